//! Questions in PromQL: about now as a table, over a span as a chart and a table.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::Path;
use domain::{
    Fault, Permission,
    form::Typed,
    sources::{Answer as Found, AnswerKind, Query, Source},
};
use leptos::prelude::*;

use super::read_id;
use crate::{
    components::{
        Button, ButtonKind, Cell, Chart, ChartData, Column, Empty, EmptyKind, ErrorSummary, Here, Notice, PageHead, Panel, RangePicker,
        SelectField, Series, Table, TextAreaField, TimeRange, Tone, duration, full, significant,
    },
    fault::Answer,
    form::FormState,
    t, tr,
    visit::Visit,
};

/// Series drawn and listed at most.
const LINES: usize = 6;
const ROWS: usize = 200;

pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Answer {
    let source = visit.portal.sources.get(&visit.actor, &read_id(&id)?).await?;
    visit.actor.require(Permission::EditMonitors, &source.system.team, "source")?;
    let here = Here::parse(&visit.path_and_query);
    let range = TimeRange::of(&visit, "now-1h")?;
    let mut typed = Typed::default();
    typed.set("q", here.get("q"));
    typed.set("mode", if here.get("mode") == "instant" { "instant" } else { "range" });
    let answer = if here.get("q").trim().is_empty() { None } else { Some(ask(&visit, &source, &typed, &range).await) };
    let (answer, form) = match answer {
        None => (None, FormState::fresh(typed)),
        Some(Ok(answer)) => (Some(answer), FormState::fresh(typed)),
        // What was typed is kept, and what the source says against it stands above.
        Some(Err(fault @ (Fault::Invalid(_) | Fault::Unavailable(_)))) => (None, FormState::refused(typed, fault)),
        Some(Err(fault)) => return Err(fault.into()),
    };
    Ok(visit.page_as(form.status(), tr!(visit, "sources-query-title", name = source.name.clone()), move || {
        let back = (format!("/sources/{}", source.id), source.name.clone());
        let result = match answer {
            Some(answer) => view! { <Result answer/> }.into_any(),
            None if form.fault.is_some() => ().into_any(),
            None => view! { <Empty kind=EmptyKind::NotConfigured title=t!("sources-query-nothing") text=t!("sources-query-examples")/> }
                .into_any(),
        };
        view! {
            <PageHead title=t!("sources-query-title", name = source.name.clone()) back/>
            <Ask form=form.clone() range=range.clone()/>
            {(form.get("mode") == "range").then(|| view! { <RangePicker range/> })}
            {result}
        }
    }))
}

async fn ask(visit: &Visit, source: &Source, typed: &Typed, range: &TimeRange) -> std::result::Result<Found, Fault> {
    let query = if typed.get("mode") == "instant" {
        Query::instant(typed.get("q"), range.span.to)?
    } else {
        Query::range(typed.get("q"), range.span)?
    };
    visit.portal.sources.query(&visit.actor, &source.id, &query).await
}

#[component]
fn Ask(form: FormState, range: TimeRange) -> impl IntoView {
    let modes = vec![("range".to_owned(), t!("sources-mode-range")), ("instant".to_owned(), t!("sources-mode-instant"))];
    view! {
        <form class="form" method="get">
            <ErrorSummary form=form.clone() labels=vec![("q", t!("sources-promql"))]/>
            <input type="hidden" name="from" value=range.from/>
            <input type="hidden" name="to" value=range.to/>
            <TextAreaField form=form.clone() name="q" label=t!("sources-promql") hint=t!("sources-promql-hint")/>
            <div class="fields"><SelectField form name="mode" label=t!("sources-mode") options=modes/></div>
            <div class="form-acts"><Button label=t!("sources-query-ask") kind=ButtonKind::Primary icon="search"/></div>
        </form>
    }
}

/// All moments of an answer, and each series at them.
fn lines(answer: &Found) -> ChartData {
    let times: BTreeSet<_> = answer.series.iter().take(LINES).flat_map(|one| one.points.iter().map(|(at, _)| *at)).collect();
    let series = answer.series.iter().take(LINES).map(|one| {
        let values: BTreeMap<_, _> = one.points.iter().copied().collect();
        Series {
            name: one.title(),
            values: times.iter().map(|at| values.get(at).copied().filter(|v| v.is_finite())).collect(),
            past: false,
        }
    });
    let series = series.collect();
    ChartData { times: times.into_iter().collect(), series, ..ChartData::default() }
}

/// A value as it is written in PromQL.
fn say_value(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf".to_owned() } else { "-Inf".to_owned() }
    } else {
        significant(value)
    }
}

#[component]
fn Result(answer: Found) -> impl IntoView {
    let warnings = answer.warnings.clone().into_iter().map(|text| view! { <Notice tone=Tone::P3>{text}</Notice> }).collect_view();
    let partial = answer.partial.then(|| view! { <Notice tone=Tone::NoData title=t!("sources-answer-partial")/> });
    let told = t!(
        "sources-answer-note",
        series = full(i64::try_from(answer.series.len() + answer.left_out).unwrap_or(i64::MAX)),
        took = duration(answer.took_ms)
    );
    let body = match answer.kind {
        AnswerKind::String => view! { <p class="mono">{answer.text.clone()}</p> }.into_any(),
        _ if answer.series.is_empty() => view! { <Empty kind=EmptyKind::NoMatch title=t!("sources-answer-empty") tight=true/> }.into_any(),
        _ => view! { <Rows answer=answer.clone()/> }.into_any(),
    };
    let chart = (answer.kind == AnswerKind::Matrix && !answer.series.is_empty()).then(|| {
        let summary = t!("sources-answer-chart", shown = answer.series.len().min(LINES), total = answer.series.len() + answer.left_out);
        view! { <Chart id="source-answer" title=t!("sources-answer") summary data=lines(&answer)/> }
    });
    view! {
        {partial}
        {warnings}
        {chart}
        <Panel title=t!("sources-answer") flush=true><p class="muted small">{told}</p>{body}</Panel>
    }
}

#[component]
fn Rows(answer: Found) -> impl IntoView {
    let columns = vec![Column::new(t!("sources-series")), Column::new(t!("sources-last")).number()];
    let more = answer.series.len().saturating_sub(ROWS) + answer.left_out;
    let rows = answer
        .series
        .into_iter()
        .take(ROWS)
        .map(|one| {
            let title = one.title();
            let last = one.points.last().map(|(_, value)| say_value(*value)).unwrap_or_default();
            view! {
                <tr>
                    <Cell main=true><span class="mono sources-series">{title}</span></Cell>
                    <Cell label=t!("sources-last") number=true>{last}</Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Table caption=t!("sources-answer") columns>{rows}</Table>
        {(more > 0).then(|| view! { <p class="muted small">{t!("sources-answer-more", count = more)}</p> })}
    }
}
