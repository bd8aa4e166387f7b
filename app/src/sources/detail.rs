//! One source: how it is, what is kept of it, and what can be done.

use std::collections::BTreeMap;

use axum::extract::Path;
use domain::{
    Permission,
    id::SeriesId,
    sources::{AuthKind, Health, Kept, KeptSeries, MOST_SERIES, Source, SourceKind},
};
use leptos::prelude::*;

use super::{
    read_id,
    words::{HealthBadge, say_auth, say_kind},
};
use crate::{
    components::{
        ButtonKind, Cell, Chart, ChartData, Column, Confirm, Empty, EmptyKind, Fact, Facts, Here, LinkButton, NULL, Notice, PageHead,
        Panel, PostButton, RangePicker, Series, Table, TimeRange, Tone, When, WhenStyle, duration, full, significant,
    },
    fault::Answer,
    t,
    visit::Visit,
};

/// Metrics that are drawn where the reader chose none, and series of one drawing.
const CHARTS: usize = 3;
const LINES: usize = 6;

pub(super) async fn detail(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = read_id(&id)?;
    let (port, actor) = (&visit.portal.sources, &visit.actor);
    let source = port.get(actor, &id).await?;
    let range = TimeRange::of(&visit, "now-6h")?;
    let kept = if source.kind == SourceKind::Scrape { port.kept(actor, &id).await? } else { Vec::new() };
    let here = Here::parse(&visit.path_and_query);
    let wanted: Vec<String> = here.all("metric").map(str::to_owned).collect();
    let drawn = port.series(actor, &id, &drawn(&kept, &wanted), range.span).await?;
    let may_edit = actor.may(Permission::EditMonitors, &source.system.team);
    Ok(visit.page(source.name.clone(), move || {
        let charts = source.kind == SourceKind::Scrape && !kept.is_empty();
        view! {
            <div id="source-head" data-live="sources"><Head source=source.clone() may_edit/></div>
            <div class="stack">
                <div id="source-now" class="stack" data-live="sources"><Standing source=source.clone()/></div>
                {charts.then(|| view! { <RangePicker range/> <Charts drawn/> })}
                <div class="split" id="source-parts" data-live="sources">
                    {match source.kind {
                        SourceKind::Scrape => view! { <KeptPanel source=source.clone() kept may_edit/> }.into_any(),
                        SourceKind::Query => view! { <AskPanel source=source.clone() may_ask=may_edit/> }.into_any(),
                    }}
                    <Side source=source.clone() may_edit/>
                </div>
            </div>
        }
    }))
}

/// Which series are drawn: those of the metrics asked for, else of the first ones.
fn drawn(kept: &[Kept], wanted: &[String]) -> Vec<SeriesId> {
    let mut metrics: Vec<&str> = kept.iter().map(|one| one.metric.as_str()).collect();
    metrics.dedup();
    let metrics: Vec<&str> =
        metrics.into_iter().filter(|metric| wanted.is_empty() || wanted.iter().any(|w| w == metric)).take(CHARTS).collect();
    metrics.iter().flat_map(|metric| kept.iter().filter(move |one| one.metric == **metric).take(LINES)).map(|one| one.id.clone()).collect()
}

#[component]
fn Head(source: Source, may_edit: bool) -> impl IntoView {
    let at = |act: &str| format!("/sources/{}/{act}", source.id);
    let acts = may_edit.then(|| {
        let toggle = if source.paused {
            view! { <PostButton action=at("resume") label=t!("sources-resume") icon="play"/> }.into_any()
        } else {
            view! {
                <PostButton action=at("ask") label=t!("sources-ask") icon="refresh-cw"/>
                <PostButton action=at("pause") label=t!("sources-pause") icon="clock"/>
            }
            .into_any()
        };
        view! {
            {toggle}
            <LinkButton href=at("edit") label=t!("sources-edit") icon="pencil"/>
        }
    });
    let badges = view! { <HealthBadge health=source.standing.health/> }.into_any();
    view! {
        <PageHead title=source.name.clone() sub=source.url.clone() badges back=("/sources".to_owned(), t!("sources-title"))>{acts}</PageHead>
    }
}

#[component]
fn Standing(source: Source) -> impl IntoView {
    let standing = source.standing;
    let down = (standing.health == Health::Down).then(|| {
        view! { <Notice tone=Tone::P2 title=t!("sources-notice-down")><span class="mono sources-url">{crate::alerts::seen_words(&standing.trouble)}</span></Notice> }
    });
    let full_house = (standing.left_out > 0).then(|| {
        view! { <Notice tone=Tone::P3 title=t!("sources-notice-left-out", count = full(standing.left_out), most = MOST_SERIES)/> }
    });
    let scrape = source.kind == SourceKind::Scrape;
    view! {
        {down}
        {full_house}
        <Facts>
            <Fact name=t!("sources-state")><HealthBadge health=standing.health/></Fact>
            <Fact name=t!("sources-since")><When at=standing.since/></Fact>
            <Fact name=t!("sources-asked")><When at=standing.asked_at/></Fact>
            <Fact name=t!("sources-took")>{standing.took_ms.map_or_else(|| NULL.to_owned(), duration)}</Fact>
            {scrape.then(|| view! { <Fact name=t!("sources-samples")>{standing.samples.map_or_else(|| NULL.to_owned(), full)}</Fact> })}
            <Fact name=t!("sources-missed")>{full(standing.missed)}</Fact>
        </Facts>
    }
}

/// Times of the slots, and each line's value in them: the mean of a slot. Gaps stay gaps.
fn lines(series: &[&KeptSeries]) -> ChartData {
    let Some(first) = series.first() else { return ChartData::default() };
    let width = first.resolution.width_ms();
    let times: Vec<_> = (0..first.span.length() / width).map(|slot| first.span.from.plus(slot * width)).collect();
    let lines = series
        .iter()
        .map(|one| {
            let values: BTreeMap<_, _> = one.points.iter().map(|point| (point.at, point.mean())).collect();
            let name = if one.kept.labels.is_empty() { one.kept.metric.clone() } else { one.kept.title() };
            Series { name, values: times.iter().map(|at| values.get(at).copied()).collect(), past: false }
        })
        .collect();
    let unit = if first.kept.counts { t!("sources-per-second") } else { String::new() };
    ChartData { times, series: lines, unit, from_zero: first.kept.counts, ..ChartData::default() }
}

#[component]
fn Charts(drawn: Vec<KeptSeries>) -> impl IntoView {
    let mut metrics: Vec<&str> = drawn.iter().map(|one| one.kept.metric.as_str()).collect();
    metrics.dedup();
    metrics
        .into_iter()
        .enumerate()
        .map(|(number, metric)| {
            let of_it: Vec<&KeptSeries> = drawn.iter().filter(|one| one.kept.metric == metric).collect();
            let points: i64 = of_it.iter().flat_map(|one| &one.points).map(|point| point.count).sum();
            let most = of_it.iter().flat_map(|one| &one.points).map(|point| point.max).reduce(f64::max);
            let width = of_it.first().map(|one| duration(one.resolution.width_ms())).unwrap_or_default();
            let most = most.map_or_else(|| NULL.to_owned(), significant);
            let summary = t!("sources-chart-summary", lines = of_it.len(), readings = full(points), most = most, width = width);
            view! { <Chart id=format!("source-chart-{number}") title=metric.to_owned() summary data=lines(&of_it) live="sources"/> }
        })
        .collect_view()
}

#[component]
fn KeptPanel(source: Source, kept: Vec<Kept>, may_edit: bool) -> impl IntoView {
    let choose = format!("/sources/{}/choose", source.id);
    let link = move || {
        may_edit.then(|| view! { <LinkButton href=choose.clone() label=t!("sources-choose") icon="check" kind=ButtonKind::Primary/> })
    };
    if kept.is_empty() {
        let (title, text) = if source.choices.is_empty() {
            (t!("sources-kept-none"), t!("sources-kept-none-text"))
        } else {
            (t!("sources-kept-not-yet"), source.choices.join(", "))
        };
        return view! { <Panel title=t!("sources-kept")><Empty kind=EmptyKind::NotConfigured title text tight=true>{link()}</Empty></Panel> }.into_any();
    }
    let columns = vec![Column::new(t!("sources-series")), Column::new(t!("sources-last")).number(), Column::new(t!("sources-at"))];
    let count = kept.len();
    let rows = kept
        .into_iter()
        .take(100)
        .map(|one| {
            let href = Here::now().without("metric").with("metric", &one.metric).href();
            let unit = if one.counts { t!("sources-per-second") } else { String::new() };
            let (title, at) = (one.title(), one.last_at);
            let last = one.last.map_or_else(|| NULL.to_owned(), |value| format!("{} {unit}", significant(value)));
            view! {
                <tr>
                    <Cell main=true><a class="mono sources-series" href=href>{title}</a></Cell>
                    <Cell label=t!("sources-last") number=true>{last}</Cell>
                    <Cell label=t!("sources-at")><When at=at style=WhenStyle::Ago/></Cell>
                </tr>
            }
        })
        .collect_view();
    let acts = view! { {link()} }.into_any();
    view! {
        <Panel title=t!("sources-kept") flush=true acts>
            <Table caption=t!("sources-kept") columns>{rows}</Table>
            {(count > 100).then(|| view! { <p class="muted small">{t!("sources-kept-more", count = count)}</p> })}
        </Panel>
    }
    .into_any()
}

#[component]
fn AskPanel(source: Source, may_ask: bool) -> impl IntoView {
    view! {
        <Panel title=t!("sources-query")>
            <p>{if may_ask { t!("sources-query-text") } else { t!("sources-query-not-you") }}</p>
            {may_ask.then(|| view! { <LinkButton href=format!("/sources/{}/query", source.id) label=t!("sources-query-open") icon="search" kind=ButtonKind::Primary/> })}
        </Panel>
    }
}

#[component]
fn Side(source: Source, may_edit: bool) -> impl IntoView {
    let seconds = |s: u32| duration(i64::from(s) * 1_000);
    let delete = may_edit.then(|| {
        view! {
            <Confirm
                verb=t!("sources-delete")
                text=t!("sources-delete-text", name = source.name.clone())
                action=format!("/sources/{}/delete", source.id)
                type_name=source.name.clone()
                icon="trash-2"
            />
        }
    });
    let user = (source.auth == AuthKind::Basic).then(|| format!(" ({})", source.user));
    let tenant = (!source.tenant.is_empty())
        .then(|| view! { <Fact name=t!("sources-tenant")><span class="mono">{source.tenant.clone()}</span></Fact> });
    let choices = (!source.choices.is_empty()).then(|| {
        let items = source.choices.iter().map(|text| view! { <li class="mono sources-series">{text.clone()}</li> }).collect_view();
        view! { <Fact name=t!("sources-chosen")><ul>{items}</ul></Fact> }
    });
    let invalid = source.accept_invalid.then(|| view! { <Fact name=t!("sources-certificate")>{t!("sources-accept-invalid")}</Fact> });
    view! {
        <div class="stack">
            <Panel title=t!("sources-what")>
                <Facts stacked=true>
                    <Fact name=t!("sources-kind")>{say_kind(source.kind)}</Fact>
                    <Fact name=t!("sources-system")><a href=format!("/systems/{}", source.system.id)>{source.system.name.clone()}</a></Fact>
                    <Fact name=t!("sources-team")>{source.system.team_name.clone()}</Fact>
                    <Fact name=t!("sources-interval")>{seconds(source.interval_s)}</Fact>
                    <Fact name=t!("sources-timeout")>{seconds(source.timeout_s)}</Fact>
                    {tenant}
                    <Fact name=t!("sources-auth")>{say_auth(source.auth)}{user}</Fact>
                    {invalid}
                    {choices}
                </Facts>
            </Panel>
            {delete}
        </div>
    }
}
