//! `/merchants`: every merchant of a span, the one that loses most first.

use domain::{
    Fault, Permission, Wording,
    merchants::{Listed, Order, Standing, list},
    transactions::Filter,
};
use leptos::prelude::*;

use super::path;
use crate::{
    components::{
        Cell, Column, Delta, DeltaText, Empty, EmptyKind, FilterBar, FilterSearch, Here, LinkButton, NULL, PageHead, RangePicker, Table,
        TimeRange, full, percent,
    },
    csv::whole_csv,
    fault::Answer,
    t, tr,
    transactions::{float, signed},
    visit::Visit,
    xlsx::{MOST_ROWS, Sheet, xlsx as workbook},
};

/// Rows of one page.
const SIZE: usize = 50;
/// Pages that there may be.
const MOST: usize = 1_000_000;

/// Every merchant that fits, in order.
async fn rows(visit: &Visit) -> Result<(TimeRange, Vec<Standing>), Fault> {
    let range = TimeRange::of(visit, "now-24h")?;
    let here = Here::parse(&visit.path_and_query);
    let order = Order::parse(here.get("sort"))?;
    let (zone, search) = (visit.zone_name.clone(), here.get("q").to_owned());
    let asked = Listed { span: range.span, filter: Filter::default(), zone, order, search };
    let rows = list(&visit.portal, &visit.actor, asked).await?;
    Ok((range, rows))
}

/// Which page the URL asks for, from 1.
fn wanted_page(here: &Here) -> Result<usize, Fault> {
    match here.get("page") {
        "" => Ok(1),
        text => text
            .parse()
            .ok()
            .filter(|page| (1..=MOST).contains(page))
            .ok_or_else(|| Fault::invalid("page", text, Wording::new("expect-between").with("min", 1).with("max", MOST))),
    }
}

/// `GET /merchants`
pub(super) async fn page(visit: Visit) -> Answer {
    let here = Here::parse(&visit.path_and_query);
    let number = wanted_page(&here)?;
    let (range, rows) = rows(&visit).await?;
    let count = rows.len();
    let searched = !here.get("q").trim().is_empty();
    let shown: Vec<Standing> = rows.into_iter().skip((number - 1) * SIZE).take(SIZE).collect();
    let alone = shown.iter().any(|row| row.excess.is_none());
    let export = visit.may(Permission::Export);
    Ok(visit.page(tr!(visit, "merchants-title"), move || {
        let here = Here::now();
        let acts = export.then(|| {
            let href = |path: &str| here.clone().at(path).without("page").href();
            view! {
                <LinkButton href=href("/merchants.csv") label="CSV" icon="download"/>
                <LinkButton href=href("/merchants.xlsx") label="XLSX" icon="download"/>
            }
        });
        let query = here.without("page").href();
        let query = query.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default();
        let body = if shown.is_empty() {
            let kind = if searched { EmptyKind::NoMatch } else { EmptyKind::Clear };
            view! { <Empty kind title=t!("merchants-none") text=t!("merchants-none-text")/> }.into_any()
        } else {
            view! { {table(&shown, &query)} {pager(number, count)} }.into_any()
        };
        view! {
            <PageHead title=t!("merchants-title") sub=t!("merchants-sub")>{acts}</PageHead>
            <div class="stack">
                <RangePicker range long=true/>
                <FilterBar><FilterSearch name="q" label=t!("merchants-search")/></FilterBar>
                <p class="muted small">{t!("merchants-count", count = count)}</p>
                {alone.then(|| view! { <p class="muted small">{t!("merchants-alone")}</p> })}
                {body}
            </div>
        }
    }))
}

fn table(rows: &[Standing], query: &str) -> impl IntoView + use<> {
    let columns = vec![
        Column::new(t!("merchants-merchant")).sort("name"),
        Column::new(t!("merchants-excess")).number().sort("excess"),
        Column::new(t!("transactions-failures")).number().sort("failed"),
        Column::new(t!("transactions-success")).number().sort("rate"),
        Column::new(t!("transactions-against")).number(),
        Column::new(t!("transactions-volume")).number().sort("volume"),
        Column::new(t!("merchants-trend")).number(),
    ];
    let body = rows
        .iter()
        .map(|row| {
            let slice = &row.row;
            let points = slice.success_rate().zip(slice.before_rate()).and_then(|(now, before)| Delta::points(now, before, ""));
            let points = points.map_or_else(|| NULL.into_any(), |delta| view! { <DeltaText delta/> }.into_any());
            let trend = Delta::relative(float(slice.total), float(slice.before_total), "");
            let trend = trend.map_or_else(|| NULL.into_any(), |delta| view! { <DeltaText delta/> }.into_any());
            let href = if query.is_empty() { path(&slice.value) } else { format!("{}?{}", path(&slice.value), span_of(query)) };
            let value = slice.value.clone();
            let name = (!row.name.is_empty()).then(|| view! { " "<span class="muted">{row.name.clone()}</span> });
            #[expect(clippy::cast_possible_truncation, reason = "a count for people")]
            let excess = row.excess.map_or_else(|| NULL.to_owned(), |excess| full(excess.round() as i64));
            let (failed, total, rate) = (full(signed(slice.failed)), full(signed(slice.total)), percent(slice.success_rate()));
            view! {
                <tr>
                    <Cell main=true><a href=href>{value}</a>{name}</Cell>
                    <Cell number=true label=t!("merchants-excess")>{excess}</Cell>
                    <Cell number=true label=t!("transactions-failures")>{failed}</Cell>
                    <Cell number=true label=t!("transactions-success")>{rate}</Cell>
                    <Cell number=true label=t!("transactions-against")>{points}</Cell>
                    <Cell number=true label=t!("transactions-volume")>{total}</Cell>
                    <Cell number=true label=t!("merchants-trend")>{trend}</Cell>
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption=t!("merchants-title") columns sort="-excess">{body}</Table> }
}

/// Of the query only the span: what was searched for and how it was sorted is the list's own.
fn span_of(query: &str) -> String {
    query.split('&').filter(|pair| pair.starts_with("from=") || pair.starts_with("to=")).collect::<Vec<_>>().join("&")
}

fn pager(number: usize, count: usize) -> impl IntoView {
    let pages = count.div_ceil(SIZE).max(1);
    let here = Here::now();
    let before = (number > 1).then(|| here.clone().with("page", if number == 2 { String::new() } else { (number - 1).to_string() }).href());
    let next = (number < pages).then(|| here.with("page", number + 1).href());
    (pages > 1).then(|| {
        view! {
            <nav class="row" aria-label=t!("merchants-pages")>
                {before.map(|href| view! { <LinkButton href label=t!("merchants-before")/> })}
                <span class="muted">{t!("merchants-page", number = number, pages = pages)}</span>
                {next.map(|href| view! { <LinkButton href label=t!("merchants-next")/> })}
            </nav>
        }
    })
}

const HEAD: [&str; 9] = [
    "merchant",
    "name",
    "excess_failures",
    "failures",
    "transactions",
    "success_rate",
    "failures_last_week",
    "transactions_last_week",
    "success_rate_last_week",
];

fn cells(one: Standing) -> Vec<String> {
    let Standing { row, name, excess } = one;
    let share = |value: Option<f64>| value.map(|value| format!("{value:.6}")).unwrap_or_default();
    let (now, before) = (share(row.success_rate()), share(row.before_rate()));
    vec![
        row.value,
        name,
        excess.map(|excess| format!("{excess:.1}")).unwrap_or_default(),
        row.failed.to_string(),
        row.total.to_string(),
        now,
        row.before_failed.to_string(),
        row.before_total.to_string(),
        before,
    ]
}

/// `GET /merchants.csv`
pub(super) async fn csv(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::Export)?;
    let (_, rows) = rows(&visit).await?;
    Ok(whole_csv("merchants.csv", &HEAD, rows.into_iter().map(cells))?)
}

/// `GET /merchants.xlsx`: the first of them, in the order of the page.
pub(super) async fn xlsx(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::Export)?;
    let (_, rows) = rows(&visit).await?;
    let cells = rows.into_iter().take(MOST_ROWS).map(cells).collect();
    Ok(workbook("merchants.xlsx", &[Sheet::new("merchants", &HEAD, cells)])?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_span_goes_along() {
        assert_eq!(span_of("from=now-1h&q=x&to=now&sort=name"), "from=now-1h&to=now");
    }
}
