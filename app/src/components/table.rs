//! Tables: real ones, with sorting and paging by links, and cards on a phone.

use domain::Permission;
use leptos::prelude::*;

use super::{Here, Icon, LinkButton, Maybe};
use crate::{t, visit::use_visit};

/// A column of a table.
#[derive(Debug, Clone, Default)]
pub struct Column {
    label: String,
    sort: Option<&'static str>,
    number: bool,
    unspoken: bool,
}

impl Column {
    /// A column by its heading.
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), ..Self::default() }
    }

    /// A column whose heading is only spoken, e.g. that of the buttons.
    pub fn unspoken(label: impl Into<String>) -> Self {
        Self { label: label.into(), unspoken: true, ..Self::default() }
    }

    /// Can be sorted by: the word that stands in `sort=` (descending with `-` before it).
    #[must_use]
    pub fn sort(mut self, word: &'static str) -> Self {
        self.sort = Some(word);
        self
    }

    /// Holds numbers: set to the right.
    #[must_use]
    pub fn number(mut self) -> Self {
        self.number = true;
        self
    }
}

/// A table. `children` are the `<tr>`s of its body; give each `<td>` its column's name with [`Cell`], so that a
/// phone can show rows as cards. Sort links change `sort` in the URL of the page.
#[component]
pub fn Table(
    /// What the table holds, for those who cannot see it.
    #[prop(into)]
    caption: String,
    /// Its columns in order.
    columns: Vec<Column>,
    /// What the list is sorted by where the URL does not say, e.g. `-started`.
    #[prop(optional, into)]
    sort: String,
    /// Stays a table on a phone (it then scrolls in its own box): for few narrow columns.
    #[prop(optional)]
    keep: bool,
    /// The rows.
    children: Children,
) -> impl IntoView {
    let here = Here::now();
    let current = if here.get("sort").is_empty() { sort } else { here.get("sort").to_owned() };
    let (current, descending) = current.strip_prefix('-').map_or((current.clone(), false), |word| (word.to_owned(), true));
    let label = caption.clone();
    let heads = columns
        .into_iter()
        .map(|column| {
            let Column { label, sort, number, unspoken } = column;
            let sorted = sort.is_some_and(|word| word == current);
            let order = sorted.then_some(if descending { "descending" } else { "ascending" });
            let inner = match sort {
                Some(word) => {
                    let next = if sorted && !descending { format!("-{word}") } else { word.to_owned() };
                    let icon = if !sorted {
                        "chevrons-up-down"
                    } else if descending {
                        "arrow-down"
                    } else {
                        "arrow-up"
                    };
                    let href = here.clone().without("after").with("sort", next).href();
                    view! { <a href=href rel="nofollow">{label}<Icon name=icon/></a> }.into_any()
                }
                None if unspoken => view! { <span class="visually-hidden">{label}</span> }.into_any(),
                None => label.into_any(),
            };
            view! { <th scope="col" class=number.then_some("number") aria-sort=order>{inner}</th> }
        })
        .collect_view();
    view! {
        <div class="table-wrap" role="group" aria-label=label tabindex="0">
            <table class="table" data-cards=(!keep).then_some("")>
                <caption>{caption}</caption>
                <thead>
                    <tr>{heads}</tr>
                </thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
}

/// A cell that carries its column's name for the phone.
#[component]
pub fn Cell(
    /// The column's name; empty where the cell speaks for itself.
    #[prop(optional, into)]
    label: Maybe<String>,
    /// Holds a number.
    #[prop(optional)]
    number: bool,
    /// Names the row; its link is the row's link (`Enter` follows it).
    #[prop(optional)]
    main: bool,
    /// Holds the buttons of the row.
    #[prop(optional)]
    acts: bool,
    /// What stands in it.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let Maybe(label) = label;
    let class = match (main, number, acts) {
        (true, ..) => Some("cell-main"),
        (_, true, _) => Some("number"),
        (.., true) => Some("cell-acts"),
        _ => None,
    };
    let inner = children.map(|children| children());
    if main {
        view! { <th scope="row" class=class data-label=label>{inner}</th> }.into_any()
    } else {
        view! { <td class=class data-label=label>{inner}</td> }.into_any()
    }
}

/// Below a list: how many are shown, to the first page, to the next, and the whole filter as CSV.
#[component]
pub fn Pager(
    /// Rows on this page.
    shown: usize,
    /// Cursor of the next page.
    next: Option<String>,
    /// Where the CSV of the whole filter is, without query; the page's own query is added. Shown to those who may export.
    #[prop(optional, into)]
    csv: Maybe<String>,
) -> impl IntoView {
    let Maybe(csv) = csv;
    let here = Here::now();
    let first = (!here.get("after").is_empty()).then(|| {
        let href = here.clone().without("after").href();
        view! { <LinkButton href label=t!("pager-first") icon="chevrons-left" small=true/> }
    });
    let next_link = next.map(|cursor| {
        let href = here.clone().with("after", cursor).href();
        view! { <LinkButton href label=t!("pager-next") icon="chevron-right" small=true/> }
    });
    // Offered to those who may take it.
    let csv = csv.filter(|_| use_visit().may(Permission::Export)).map(|path| {
        let href = here.without("after").at(&path).href();
        view! { <LinkButton href label=t!("pager-csv") icon="download" small=true/> }
    });
    view! {
        <nav class="pager" aria-label=t!("pager-label")>
            <span class="pager-note">{t!("pager-shown", count = shown)}</span>
            <span class="row">{csv}{first}{next_link}</span>
        </nav>
    }
}
