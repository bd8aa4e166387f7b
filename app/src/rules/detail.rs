//! One rule: how it is, its values against its thresholds, its label sets.

use std::collections::BTreeMap;

use axum::extract::Path;
use domain::{
    Permission,
    alerts::Labels,
    monitors::Resolution,
    rules::{Condition, Instance, Rule, Shown, Slot},
};
use leptos::prelude::*;

use super::{
    read_id,
    words::{ShownBadge, say_condition, say_input, say_kind, say_no_data, unit},
};
use crate::{
    alerts::seen_words,
    components::{
        Badge, Cell, Chart, ChartData, Column, Confirm, Empty, EmptyKind, Fact, Facts, LinkButton, NULL, Notice, PageHead, Panel,
        PostButton, RangePicker, Series, SeverityBadge, Table, TimeRange, Tone, When, WhenStyle, duration, full, significant,
    },
    fault::Answer,
    t,
    visit::Visit,
};

pub(super) async fn detail(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = read_id(&id)?;
    let (port, actor) = (&visit.portal.rules, &visit.actor);
    let rule = port.get(actor, &id).await?;
    let range = TimeRange::of(&visit, "now-6h")?;
    let values = port.values(actor, &id, range.span).await?;
    let instances = port.instances(actor, &id).await?;
    let source = match rule.input.source() {
        Some(source) => visit.portal.sources.get(actor, source).await.ok(),
        None => None,
    };
    let may_edit = actor.may(Permission::EditMonitors, &rule.system.team);
    Ok(visit.page(rule.name.clone(), move || {
        let chart = chart(&rule, &range, &values);
        let source = source.map(|source| (format!("/sources/{}", source.id), source.name));
        let (one, two, three) = (rule.clone(), rule.clone(), rule.clone());
        view! {
            <Head rule=one may_edit/>
            <div class="stack">
                <div id="rule-now" class="stack" data-live="rules"><Standing rule=two/></div>
                <RangePicker range/>
                {chart}
                <div class="split">
                    <Panel title=t!("rules-instances") id="rule-instances" live="rules" flush=true><Instances rule=three instances/></Panel>
                    <Side rule source may_edit/>
                </div>
            </div>
        }
    }))
}

#[component]
fn Head(rule: Rule, may_edit: bool) -> impl IntoView {
    let at = |act: &str| format!("/rules/{}/{act}", rule.id);
    let acts = may_edit.then(|| {
        let toggle = if rule.paused {
            view! { <PostButton action=at("resume") label=t!("rules-resume") icon="play"/> }.into_any()
        } else {
            view! { <PostButton action=at("pause") label=t!("rules-pause") icon="clock"/> }.into_any()
        };
        view! { {toggle} <LinkButton href=at("edit") label=t!("rules-edit") icon="pencil"/> }
    });
    let level = u8::try_from(rule.severity.usual.rank()).unwrap_or(4);
    let badges = view! { <ShownBadge shown=rule.standing.shown/> <SeverityBadge level/> }.into_any();
    let sub = say_condition(&rule);
    view! { <PageHead title=rule.name.clone() sub badges back=("/rules".to_owned(), t!("rules-title"))>{acts}</PageHead> }
}

#[component]
fn Standing(rule: Rule) -> impl IntoView {
    let standing = rule.standing;
    let notice = match standing.shown {
        Shown::Unknown => Some(t!("rules-notice-unknown")),
        Shown::NoData => Some(t!("rules-notice-no-data")),
        _ => None,
    };
    let why = (!standing.why.is_empty()).then(|| view! { <span class="mono rules-line">{seen_words(&standing.why)}</span> });
    let since = standing.since;
    let notice = match (notice, why) {
        (Some(title), why) => {
            Some(view! { <Notice tone=Tone::NoData title>{t!("rules-since")}" "<When at=since/>" "{why}</Notice> }.into_any())
        }
        // It holds or not, and something is to be said of that.
        (None, why) => why.map(|why| view! { <Notice tone=Tone::NoData>{why}</Notice> }.into_any()),
    };
    view! {
        {notice}
        <Facts>
            <Fact name=t!("rules-state")><ShownBadge shown=standing.shown/></Fact>
            <Fact name=t!("rules-since")><When at=since/></Fact>
            <Fact name=t!("rules-evaluated")><When at=standing.evaluated_at/></Fact>
            <Fact name=t!("rules-holding")>{format!("{} / {}", full(standing.holding), full(standing.values))}</Fact>
            <Fact name=t!("rules-missed")>{full(standing.missed)}</Fact>
        </Facts>
    }
}

/// The values against the threshold. Gaps stay gaps.
fn chart(rule: &Rule, range: &TimeRange, values: &[Slot]) -> AnyView {
    let resolution = Resolution::for_span(range.span);
    let width = resolution.width_ms();
    let from = range.span.from.floor(width);
    let times: Vec<_> = (0..=range.span.to.since(from) / width).map(|slot| from.plus(slot * width)).collect();
    let by_time: BTreeMap<_, _> = values.iter().map(|slot| (slot.at, slot)).collect();
    let line = |name: String, pick: fn(&Slot) -> f64| Series {
        name,
        values: times.iter().map(|at| by_time.get(at).map(|slot| pick(slot))).collect(),
        past: false,
    };
    let series = vec![line(t!("rules-most"), |s| s.most), line(t!("rules-mean"), |s| s.mean), line(t!("rules-least"), |s| s.least)];
    let limit = match rule.condition {
        Condition::Threshold(threshold) => Some(threshold.fire),
        Condition::Present => None,
    };
    let recover = match rule.condition {
        Condition::Threshold(threshold) if threshold.fire != threshold.recover => {
            Some(Series { name: t!("rules-recover"), values: vec![Some(threshold.recover); times.len()], past: true })
        }
        _ => None,
    };
    let most = values.iter().map(|slot| slot.most).reduce(f64::max).map_or_else(|| NULL.to_owned(), significant);
    let least = values.iter().map(|slot| slot.least).reduce(f64::min).map_or_else(|| NULL.to_owned(), significant);
    let summary = t!("rules-chart-summary", least = least, most = most, width = duration(width));
    let series = series.into_iter().chain(recover).collect();
    let data = ChartData { times, series, unit: unit(rule), limit, ..ChartData::default() };
    view! { <Chart id="rule-values" title=t!("rules-values") summary data live="rules"/> }.into_any()
}

#[component]
fn Instances(rule: Rule, instances: Vec<Instance>) -> impl IntoView {
    if instances.is_empty() {
        return view! { <Empty kind=EmptyKind::Clear title=t!("rules-instances-none") tight=true/> }.into_any();
    }
    let columns = vec![
        Column::new(t!("rules-state")),
        Column::new(t!("rules-label-set")),
        Column::new(t!("rules-value")).number(),
        Column::new(t!("rules-since")),
    ];
    let unit = unit(&rule);
    let rows = instances
        .into_iter()
        .map(|one| {
            let (tone, word) = if one.holds { (Tone::P1, t!("rules-holds")) } else { (Tone::Ok, t!("rules-holds-not")) };
            let labels: Vec<String> = one.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let labels = if labels.is_empty() { rule.name.clone() } else { labels.join(" ") };
            let value = one.value.map_or_else(|| NULL.to_owned(), |value| format!("{} {unit}", significant(value)));
            view! {
                <tr>
                    <Cell label=t!("rules-state")><Badge tone word/></Cell>
                    <Cell main=true><span class="mono rules-line">{labels}</span></Cell>
                    <Cell label=t!("rules-value") number=true>{value}</Cell>
                    <Cell label=t!("rules-since")><When at=one.since style=WhenStyle::Ago/></Cell>
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption=t!("rules-instances") columns>{rows}</Table> }.into_any()
}

/// What alerts carry, of a rule or of an objective: the runbook, labels, annotations.
pub(crate) fn carried(labels: &Labels, annotations: &Labels, runbook: &str) -> impl IntoView + use<> {
    let lines = |name: String, labels: &Labels| {
        let items = labels.iter().map(|(name, text)| format!("{name}: {text}")).collect::<Vec<_>>();
        (!items.is_empty()).then(|| {
            let items = items.into_iter().map(|text| view! { <li class="mono rules-line">{text}</li> }).collect_view();
            view! { <Fact name><ul>{items}</ul></Fact> }
        })
    };
    let (text, href) = (runbook.to_owned(), runbook.to_owned());
    let runbook = (!runbook.is_empty())
        .then(|| view! { <Fact name=t!("rules-runbook")><a class="rules-line" href=href rel="noreferrer">{text}</a></Fact> });
    view! {
        {runbook}
        {lines(t!("rules-labels"), labels)}
        {lines(t!("rules-annotations"), annotations)}
    }
}

#[component]
fn Side(rule: Rule, source: Option<(String, String)>, may_edit: bool) -> impl IntoView {
    let seconds = |s: u32| duration(i64::from(s) * 1_000);
    let text =
        |name: String, text: String| (!text.is_empty()).then(|| view! { <Fact name><span class="mono rules-line">{text}</span></Fact> });
    let carried = carried(&rule.labels, &rule.annotations, &rule.runbook);
    let steps = text(t!("rules-severity-steps"), rule.severity.write_steps());
    let label = text(t!("rules-severity-label"), rule.severity.label.clone());
    let weeks = text(t!("rules-weeks"), rule.weeks.map(|weeks| weeks.to_string()).unwrap_or_default());
    let reads = text(t!("rules-reads"), say_input(&rule));
    let condition = say_condition(&rule);
    let (kind, no_data) = (say_kind(rule.input.kind()), say_no_data(rule.no_data));
    let times = [(t!("rules-for"), rule.for_s), (t!("rules-keep"), rule.keep_s), (t!("rules-interval"), rule.interval_s)];
    let times = times.into_iter().map(|(name, s)| view! { <Fact name>{seconds(s)}</Fact> }).collect_view();
    let (href, system, team) = (format!("/systems/{}", rule.system.id), rule.system.name, rule.system.team_name);
    let (action, name) = (format!("/rules/{}/delete", rule.id), rule.name);
    let delete = may_edit.then(|| {
        let text = t!("rules-delete-text", name = name.clone());
        view! { <Confirm verb=t!("rules-delete") text action type_name=name icon="trash-2"/> }
    });
    view! {
        <div class="stack">
            <Panel title=t!("rules-what")>
                <Facts stacked=true>
                    <Fact name=t!("rules-kind")>{kind}</Fact>
                    {source.map(|(href, name)| view! { <Fact name=t!("rules-source")><a href=href>{name}</a></Fact> })}
                    {reads}
                    {weeks}
                    <Fact name=t!("rules-compare")>{condition}</Fact>
                    {times}
                    <Fact name=t!("rules-no-data")>{no_data}</Fact>
                    <Fact name=t!("rules-system")><a href=href>{system}</a></Fact>
                    <Fact name=t!("rules-team")>{team}</Fact>
                    {steps}
                    {label}
                    {carried}
                </Facts>
            </Panel>
            {delete}
        </div>
    }
}
