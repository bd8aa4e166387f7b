//! The page `/transactions`: which slice broke? Figures, charts, codes, merchants and links of a span, beside the same span last
//! week. A click on a value adds it to the choice; the choice, the span and the order are the URL.

mod bands;
mod charts;
pub(crate) mod explain;
mod export;
mod figures;
mod levels;
pub(crate) mod samples;
mod slices;

pub(crate) use figures::{float, signed};

use std::collections::BTreeMap;

use axum::{Extension, response::Response};
use domain::{
    Fault, Permission, Span,
    form::Typed,
    overview::Events,
    slices::{Asked, Explanation, Looked},
    transactions::{Analysis, FailureSamples, Filter, Grain, Question, SAMPLES_SHOWN, SamplesAsked, SliceRow, SliceTable, Sort, Tables},
};
use http::{HeaderMap, header};
use leptos::prelude::*;

use crate::{
    components::{
        Chart, Empty, EmptyKind, FacetOption, Facets, Here, Icon, LinkButton, Notice, PageHead, Panel, RangePicker, TimeRange, Tone, When,
    },
    edge::Secure,
    fault::Answer,
    routes::{Need, Routes},
    t, tr,
    visit::Visit,
};

/// Its pages and acts.
pub fn routes() -> Routes {
    let export = Need::Permission(Permission::Export);
    let routes = Routes::new().get("/transactions", Need::LoggedIn, show);
    explain::routes(routes.get("/transactions.csv", export, export::csv).get("/transactions.xlsx", export, export::xlsx))
}

/// Rows of each table on the page; the CSV has all.
const TOP: usize = 15;

/// What the URL asks.
fn question(visit: &Visit, span: Span, top: usize) -> Result<Question, Fault> {
    let here = Here::parse(&visit.path_and_query);
    let typed = Typed::from_pairs(here.pairs().iter().cloned());
    let (filter, sort) = (Filter::read(&typed)?, Sort::parse(typed.get("sort"))?);
    Ok(Question { span, filter, zone: visit.zone_name.clone(), sort, top, tables: Tables::All })
}

/// Changes and incidents of the span, for those who may see any.
async fn events(visit: &Visit, span: Span) -> Result<Events, Fault> {
    match visit.portal.overview.events(&visit.actor, span).await {
        Err(Fault::Forbidden(_)) => Ok(Events { changes: Vec::new(), incidents: Vec::new() }),
        read => read,
    }
}

async fn show(visit: Visit, secure: Option<Extension<Secure>>, headers: HeaderMap) -> Answer {
    let range = TimeRange::of(&visit, "now-6h")?;
    let question = question(&visit, range.span, TOP)?;
    let analysis = visit.portal.transactions.analyse(&visit.actor, &question).await?;
    let events = events(&visit, analysis.span).await?;
    let expected = bands::of(&visit, &analysis).await?;
    let sample = if analysis.latest.is_none() { sample(&visit, &origin(secure, &headers)).await? } else { String::new() };
    let found = explained(&visit, &range, &question).await?;
    let asked = SamplesAsked { span: analysis.span, filter: analysis.filter.clone(), excused: Vec::new(), most: SAMPLES_SHOWN };
    let samples = visit.portal.transactions.samples(&visit.actor, &asked).await?;
    Ok(page(&visit, range, question, analysis, &events, (found, expected, samples), sample))
}

/// Spans up to this are explained at once when somebody brushes them.
const BRUSHED: i64 = 2 * domain::time::DAY;

/// What explains a span that somebody brushed: one that does not follow the clock.
async fn explained(visit: &Visit, range: &TimeRange, question: &Question) -> Result<Option<Explanation>, Fault> {
    if range.from.starts_with("now") || range.span.length() > BRUSHED {
        return Ok(None);
    }
    let (filter, zone) = (question.filter.clone(), question.zone.clone());
    let asked = Asked { span: range.span, filter, zone, looked: Looked::Success, excused: Vec::new() };
    visit.portal.explanations.explain(&visit.actor, &asked).await.map(Some)
}

fn page(
    visit: &Visit,
    range: TimeRange,
    question: Question,
    analysis: Analysis,
    events: &Events,
    (found, expected, samples): (Option<Explanation>, Option<bands::Expected>, FailureSamples),
    sample: String,
) -> Response {
    let title = tr!(visit, "transactions-title");
    let heading = title.clone();
    let csv = visit.may(Permission::Export);
    let picked = range.clone();
    let labels = labels_of(&analysis);
    let mut drawn = charts::drawn(visit, &analysis, events);
    let banded = expected.as_ref().map(|expected| bands::lay(visit, expected, &analysis.points, &mut drawn)).unwrap_or_default();
    levels::mark(visit, &analysis, &banded, &mut drawn);
    visit.page(title, move || {
        let body = if analysis.latest.is_none() {
            nothing_yet(sample).into_any()
        } else if analysis.totals.total == 0 && analysis.totals.failed == 0 && analysis.before.total == 0 {
            view! { <Empty kind=EmptyKind::NoMatch title=t!("transactions-none-here") text=t!("transactions-none-here-text")/> }.into_any()
        } else {
            let (empty_filter, rates) = (analysis.filter.is_empty(), analysis.filter.code.is_empty());
            let order = order();
            let currency = analysis.currency.as_deref();
            let sliced =
                |dimension: &str, title: String, rows: &[SliceRow]| slices::table(dimension, title, rows, !empty_filter, rates, currency);
            let table = |table: &&SliceTable| sliced(&table.dimension, heading_of(table), &table.rows);
            // Beside the codes stands the first dimension with few values.
            let first = analysis.dimensions.iter().find(|table| !table.wide);
            let others: Vec<&SliceTable> =
                analysis.dimensions.iter().filter(|table| first.is_none_or(|first| first.dimension != table.dimension)).collect();
            view! {
                <div id="transactions-live" class="stack" data-live=range.follows().then_some("transactions")>
                    {figures::figures(&analysis)}
                    {explain::brushed(found.as_ref(), &range)}
                    {grounds(&analysis)}
                    {expected.as_ref().map(bands::notes)}
                    {currencies(&analysis)}
                    <div class="transactions-charts">
                        {drawn
                            .into_iter()
                            .map(|d| view! { <div class="panel transactions-chart"><Chart id=d.id title=d.title summary=d.summary data=d.data/></div> })
                            .collect_view()}
                    </div>
                    <div class="halves">
                        {slices::codes(&analysis)}
                        {first.as_ref().map(table)}
                    </div>
                    {samples::panel(&samples, analysis.totals.failed > 0)}
                    <div class="row-apart">{order}</div>
                    {others.iter().filter(|table| table.wide).map(table).collect_view()}
                    // With amounts, tables are too wide for two of them side by side.
                    <div class=if currency.is_some() { "stack" } else { "halves" }>
                        {others.iter().filter(|table| !table.wide).map(table).collect_view()}
                        {(!analysis.streams.is_empty()).then(|| sliced("stream", t!("transactions-streams"), &analysis.streams))}
                        {sliced("system", t!("transactions-systems"), &analysis.systems)}
                    </div>
                </div>
            }
            .into_any()
        };
        let latency = latency_note(&analysis);
        let acts = csv.then(|| {
            let href = |by: &str| Here::now().at("/transactions.csv").with("by", by).href();
            let by = finest(&analysis).map(|table| {
                let label = match (table.dimension.as_str(), table.label.is_empty()) {
                    ("merchant", true) => t!("transactions-csv-merchants"),
                    _ => t!("transactions-csv-by", name = name_of(&table.dimension, &table.label)),
                };
                view! { <LinkButton href=href(&table.dimension) label icon="download"/> }
            });
            let book = Here::now().at("/transactions.xlsx").href();
            view! {
                <LinkButton href=href("point") label=t!("transactions-csv-points") icon="download"/>
                {by}
                <LinkButton href=book label="XLSX" icon="download"/>
            }
        });
        view! {
            <PageHead title=heading sub=t!("transactions-sub")>{acts}</PageHead>
            <div class="stack">
                <RangePicker range=picked long=true/>
                {chips(&question.filter, &labels)}
                {latency}
                {body}
            </div>
        }
    })
}

/// The dimension by which a file is asked for: merchants, or whatever else has many values.
fn finest(analysis: &Analysis) -> Option<&SliceTable> {
    let tables = &analysis.dimensions;
    tables.iter().find(|table| table.dimension == "merchant").or_else(|| tables.iter().find(|table| table.wide)).or(tables.first())
}

/// How the dimensions were labelled, by their keys.
fn labels_of(analysis: &Analysis) -> BTreeMap<String, String> {
    analysis.dimensions.iter().map(|table| (table.dimension.clone(), table.label.clone())).collect()
}

/// What a dimension is called: as it was declared; of the usual ones the word of the language.
fn name_of(dimension: &str, label: &str) -> String {
    match dimension {
        _ if !label.is_empty() => label.to_owned(),
        "system" | "stream" | "link" | "merchant" | "channel" | "code" => t!(&format!("transactions-by-{dimension}")),
        other => other.to_owned(),
    }
}

/// The heading of a table.
fn heading_of(table: &SliceTable) -> String {
    match table.dimension.as_str() {
        "link" | "merchant" | "channel" if table.label.is_empty() => t!(&format!("transactions-{}s", table.dimension)),
        other => name_of(other, &table.label),
    }
}

/// The choice as chips; each takes itself away.
fn chips(filter: &Filter, labels: &BTreeMap<String, String>) -> impl IntoView + use<> {
    let here = Here::now();
    let chips = filter
        .choices()
        .map(|(dimension, value)| {
            let href = here.clone().toggled(dimension, value).href();
            let name = name_of(dimension, labels.get(dimension).map_or("", String::as_str));
            let label = t!("transactions-chip-remove", name = name.clone(), value = value);
            view! {
                <a class="chip" href=href aria-label=label>
                    <span class="muted">{name}</span>
                    " "
                    <span>{value.to_owned()}</span>
                    <Icon name="circle-x"/>
                </a>
            }
        })
        .collect_view();
    let chosen: Vec<&str> = filter.choices().map(|(dimension, _)| dimension).collect();
    (!filter.is_empty()).then(|| {
        let all = chosen.iter().fold(here, |here, dimension| here.without(dimension)).href();
        view! {
            <nav class="chips" aria-label=t!("transactions-chosen")>
                {chips}
                <LinkButton href=all label=t!("transactions-choose-all") small=true/>
            </nav>
        }
    })
}

/// What is not known under this choice.
fn latency_note(analysis: &Analysis) -> impl IntoView + use<> {
    let filter = &analysis.filter;
    let wide = analysis.dimensions.iter().any(|table| table.wide && !filter.chosen(&table.dimension).is_empty());
    let by_slice = wide || !filter.code.is_empty();
    by_slice.then(|| view! { <p class="muted small">{t!("transactions-no-latency")}</p> })
}

fn order() -> impl IntoView {
    let options = [("", "transactions-sort-failures"), ("volume", "transactions-sort-volume"), ("rate", "transactions-sort-rate")];
    let options = options.map(|(value, key)| FacetOption::new(value, t!(key))).to_vec();
    view! { <Facets name="sort" label=t!("transactions-sort") options/> }
}

/// How this portal was reached: what a sender must call, too.
fn origin(secure: Option<Extension<Secure>>, headers: &HeaderMap) -> String {
    let scheme = if secure.is_some_and(|Extension(secure)| secure.0) { "https" } else { "http" };
    let host = headers.get(header::HOST).and_then(|v| v.to_str().ok()).unwrap_or("HOST");
    format!("{scheme}://{host}")
}

/// A line that a sender could post now, with a system that it may post to.
async fn sample(visit: &Visit, origin: &str) -> Result<String, Fault> {
    let system = first_system(visit).await?.unwrap_or_else(|| "SYSTEM-KEY".to_owned());
    let line = format!(
        r#"{{"time":"{}","system":"{system}","link":"L1","merchant":"M17","channel":"app","code":"00","latency_ms":42,"amount":"12.50","currency":"CNY"}}"#,
        visit.now.rfc3339()
    );
    Ok(format!(
        "curl {origin}/api/v1/transactions \\\n  -H 'Authorization: Bearer TOKEN' \\\n  -H 'Content-Type: application/x-ndjson' \\\n  \
         -H 'Idempotency-Key: batch-1' \\\n  --data-binary '{line}'"
    ))
}

async fn first_system(visit: &Visit) -> Result<Option<String>, Fault> {
    let page = visit.portal.systems.list(&visit.actor, &domain::systems::Filter::default(), &domain::PageRequest::default()).await?;
    Ok(page.items.into_iter().next().map(|row| row.brief.key))
}

fn nothing_yet(sample: String) -> impl IntoView {
    view! {
        <Empty kind=EmptyKind::NotConfigured title=t!("transactions-nothing-yet") text=t!("transactions-nothing-yet-text")>
            <LinkButton href="/admin/tokens" label=t!("transactions-make-token")/>
            <LinkButton href="/api/docs" label=t!("transactions-read-api")/>
        </Empty>
        <Panel title=t!("transactions-example")>
            <pre class="transactions-example" tabindex="0"><code>{sample}</code></pre>
        </Panel>
    }
}

/// Why amounts are not told over time and by value, where there are some of several currencies.
fn currencies(analysis: &Analysis) -> impl IntoView + use<> {
    let several = analysis.currency.is_none() && analysis.totals.money.len() > 1;
    several.then(|| view! { <p class="muted small">{t!("transactions-several-currencies")}</p> })
}

/// How fresh the figures are, how fine, and how wide the span is that was counted.
fn grounds(analysis: &Analysis) -> impl IntoView + use<> {
    let resolution = match analysis.resolution {
        Grain::Minute => None,
        Grain::Hour => Some(t!("transactions-by-hour")),
        Grain::Day => Some(t!("transactions-by-day")),
    };
    let latest = analysis.latest;
    let damaged = (analysis.damaged > 0).then(|| t!("transactions-damaged", count = analysis.damaged));
    view! {
        <p class="muted small">
            {t!("transactions-latest")}" "<When at=latest/>
        </p>
        {damaged.map(|text| view! { <Notice tone=Tone::P2><p>{text}</p></Notice> })}
        {resolution.map(|text| view! { <Notice tone=Tone::P4><p>{text}</p></Notice> })}
    }
}
