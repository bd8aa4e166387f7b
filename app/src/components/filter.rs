//! Filters: a GET form for what is typed, links for what is chosen, a fold around both. The state of a list is its URL.

use leptos::prelude::*;

use super::{Button, ButtonKind, Here, LinkButton};
use crate::t;

/// Parameters of a URL that choose nothing.
const NO_FILTERS: [&str; 3] = ["sort", "after", "limit"];

/// The filters of a list. On a phone they are folded away behind how many are set, or they would fill the first screen.
#[component]
pub fn FilterFold(
    /// Parameters of the URL that are no filters, e.g. `view`.
    #[prop(optional)]
    apart: Vec<&'static str>,
    /// [`Facets`] and [`FilterBar`].
    children: Children,
) -> impl IntoView {
    let here = Here::now();
    let set = here.pairs().iter().filter(|(name, _)| !NO_FILTERS.contains(&name.as_str()) && !apart.contains(&name.as_str())).count();
    let count = (set > 0).then(|| view! { <span class="filter-count">{t!("filter-count", count = set)}</span> });
    view! {
        <details class="filter-fold">
            <summary>{t!("filter-filters")}{count}</summary>
            <div class="filter-fold-body">{children()}</div>
        </details>
    }
}

/// A GET form around filter fields ([`FilterSelect`], [`FilterSearch`]); keeps the sort order and the given parameters.
#[component]
pub fn FilterBar(
    /// Parameters of the URL that are kept though no field of the form carries them, e.g. `state`, `from`, `to`.
    #[prop(optional)]
    keep: Vec<&'static str>,
    /// The fields.
    children: Children,
) -> impl IntoView {
    let here = Here::now();
    let kept = here
        .pairs()
        .iter()
        .filter(|(name, _)| name == "sort" || keep.contains(&name.as_str()))
        .map(|(name, value)| view! { <input type="hidden" name=name.clone() value=value.clone()/> })
        .collect_view();
    let filtered = here.pairs().iter().any(|(name, _)| name != "sort" && name != "after");
    view! {
        <form class="filters" method="get" action=here.path.clone() role="search">
            {kept}
            {children()}
            <Button label=t!("filter-apply")/>
            {filtered.then(|| view! { <LinkButton href=here.cleared().href() label=t!("filter-clear") kind=ButtonKind::Quiet/> })}
        </form>
    }
}

/// One of several as a filter; submits its form at once where there is JavaScript.
#[component]
pub fn FilterSelect(
    /// Name of the parameter.
    #[prop(into)]
    name: String,
    /// Label above it.
    #[prop(into)]
    label: String,
    /// Value and word of each choice.
    options: Vec<(String, String)>,
) -> impl IntoView {
    let current = Here::now().get(&name).to_owned();
    let id = format!("filter-{name}");
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <select class="input" id=id name=name data-submit="">
                <option value="">{t!("filter-all")}</option>
                {options
                    .into_iter()
                    .map(|(value, word)| {
                        let selected = value == current;
                        view! { <option value=value selected=selected>{word}</option> }
                    })
                    .collect_view()}
            </select>
        </div>
    }
}

/// Words to search for as a filter; `/` goes there.
#[component]
pub fn FilterSearch(
    /// Name of the parameter, `q` as a rule.
    #[prop(into)]
    name: String,
    /// Label above it.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let value = Here::now().get(&name).to_owned();
    let id = format!("filter-{name}");
    view! {
        <div class="field field-search">
            <label for=id.clone()>{label}</label>
            <input class="input" type="search" id=id name=name value=value data-search="" autocomplete="off"/>
        </div>
    }
}

/// One value of a facet.
#[derive(Debug, Clone)]
pub struct FacetOption {
    /// The value in the URL; empty for "all".
    pub value: String,
    /// Its word.
    pub word: String,
    /// How many rows have it.
    pub count: Option<i64>,
}

impl FacetOption {
    /// A value and its word.
    pub fn new(value: impl Into<String>, word: impl Into<String>) -> Self {
        Self { value: value.into(), word: word.into(), count: None }
    }

    /// Says how many rows have it.
    #[must_use]
    pub fn count(mut self, count: i64) -> Self {
        self.count = Some(count);
        self
    }
}

/// Values of a parameter as links. With `many` each is switched on and off; else one is chosen.
#[component]
pub fn Facets(
    /// Name of the parameter.
    #[prop(into)]
    name: String,
    /// What is chosen, for those who cannot see it.
    #[prop(into)]
    label: String,
    /// The values.
    options: Vec<FacetOption>,
    /// Several may be chosen at once.
    #[prop(optional)]
    many: bool,
) -> impl IntoView {
    let here = Here::now().without("after");
    view! {
        <nav class="facets" aria-label=label>
            {options
                .into_iter()
                .map(|option| {
                    // A switch is on whatever it was set to: `mine=1` is `mine=on`.
                    let chosen = if option.value.is_empty() {
                        here.get(&name).is_empty()
                    } else {
                        here.all(&name).any(|v| v == option.value || option.value == "on")
                    };
                    let there = if many && !option.value.is_empty() {
                        here.clone().toggled(&name, &option.value)
                    } else {
                        here.clone().with(&name, &option.value)
                    };
                    view! {
                        <a href=there.href() aria-current=chosen.then_some("true")>
                            {option.word}
                            {option.count.map(|count| view! { <span class="facet-count">{count}</span> })}
                        </a>
                    }
                })
                .collect_view()}
        </nav>
    }
}
