//! One objective: what is left of its budget, how fast it burns, and what burnt it.

use axum::extract::Path;
use domain::{
    Fault, PageRequest, Permission, Span, changes, incidents,
    objectives::{ALARMS, Count, Hour, Objective, Shown, Sli, allowed, budget_left},
    sources,
    time::HOUR,
};
use leptos::prelude::*;

use super::{
    read_id,
    words::{ShownBadge, say_burn, say_kind, say_left, say_over, say_share, say_target},
};
use crate::{
    alerts::seen_words,
    components::{
        Badge, Cell, Chart, ChartData, Column, Confirm, Empty, EmptyKind, Fact, Facts, Kpi, Kpis, LinkButton, Mark, NULL, Notice, PageHead,
        Panel, PostButton, Series, SeverityBadge, Shade, Table, Tone, When, WhenStyle, duration, full, percent,
    },
    fault::{Answer, words},
    rules::carried,
    t,
    visit::Visit,
};

/// What burnt the budget: at most so many of each.
const MOST: u32 = 20;

/// Hours, incidents and changes of the window, and the source that is asked.
struct Past {
    source: Option<sources::Source>,
    hours: Result<Vec<Hour>, Fault>,
    incidents: Vec<incidents::Incident>,
    changes: Vec<changes::Summary>,
}

async fn past(visit: &Visit, objective: &Objective) -> Past {
    let (portal, actor, now) = (&visit.portal, &visit.actor, visit.now);
    let from = objective.begins(now);
    let page = PageRequest { after: None, limit: MOST };
    // What cannot be read now is left out; the page stands without.
    let source = match objective.sli.source() {
        Some(id) => portal.sources.get(actor, id).await.ok(),
        None => None,
    };
    let hours = portal.objectives.hours(actor, &objective.id).await;
    // What customers miss here may have broken in what the system needs.
    let needs = portal.systems.get(actor, &objective.system.id).await.map(|system| system.needs).unwrap_or_default();
    let systems: Vec<_> = std::iter::once(objective.system.id.clone()).chain(needs.into_iter().map(|brief| brief.id)).collect();
    let filter = incidents::Filter { systems: systems.clone(), ..incidents::Filter::default() };
    let incidents = portal.incidents.list(actor, &filter, &page).await.map(|page| page.items).unwrap_or_default();
    let incidents = incidents.into_iter().filter(|one| one.resolved_at.is_none_or(|at| at >= from)).collect();
    let filter = changes::Filter { systems, span: Span::new(from, now), ..changes::Filter::default() };
    let changes = portal.changes.list(actor, &filter, &page).await.map(|page| page.items).unwrap_or_default();
    Past { source, hours, incidents, changes: changes.into_iter().filter(|one| one.started_at.is_some()).collect() }
}

pub(super) async fn detail(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = read_id(&id)?;
    let objective = visit.portal.objectives.get(&visit.actor, &id).await?;
    let past = past(&visit, &objective).await;
    let may_edit = visit.actor.may(Permission::EditMonitors, &objective.system.team);
    let v = visit.clone();
    Ok(visit.page(objective.name.clone(), move || {
        let chart = chart(&v, &objective, &past);
        let burnt = burnt(&v, &objective, &past);
        let (one, two, three) = (objective.clone(), objective.clone(), objective.clone());
        let source = past.source.map(|source| (format!("/sources/{}", source.id), source.name));
        view! {
            <Head objective=one may_edit/>
            <div class="stack">
                <div id="objective-now" class="stack" data-live="rules"><Standing objective=two/></div>
                {chart}
                <div class="split">
                    <Panel title=t!("objectives-burnt") flush=true>{burnt}</Panel>
                    <Side objective=three source may_edit/>
                </div>
            </div>
        }
    }))
}

#[component]
fn Head(objective: Objective, may_edit: bool) -> impl IntoView {
    let at = |act: &str| format!("/objectives/{}/{act}", objective.id);
    let acts = may_edit.then(|| {
        let toggle = if objective.paused {
            view! { <PostButton action=at("resume") label=t!("objectives-resume") icon="play"/> }.into_any()
        } else {
            view! { <PostButton action=at("pause") label=t!("objectives-pause") icon="clock"/> }.into_any()
        };
        view! { {toggle} <LinkButton href=at("edit") label=t!("objectives-edit") icon="pencil"/> }
    });
    let badges = view! { <ShownBadge shown=objective.standing.shown/> }.into_any();
    let sub = say_target(&objective);
    view! { <PageHead title=objective.name.clone() sub badges back=("/objectives".to_owned(), t!("objectives-title"))>{acts}</PageHead> }
}

#[component]
fn Standing(objective: Objective) -> impl IntoView {
    let standing = objective.standing.clone();
    let unknown = (standing.shown == Shown::Unknown).then(|| {
        let why = seen_words(&standing.why);
        view! { <Notice tone=Tone::NoData title=t!("objectives-notice-unknown")><span class="mono rules-line">{why}</span></Notice> }
    });
    let count = |n: f64| {
        #[expect(clippy::cast_possible_truncation, reason = "the conversion saturates")]
        let n = n.round() as i64;
        full(n)
    };
    let note = standing.counted.map_or_else(String::new, |counted| {
        t!("objectives-reached-note", bad = count(counted.bad()), total = count(counted.total), target = format!("{}%", objective.target))
    });
    let allowed = standing.counted.map_or_else(|| NULL.to_owned(), |counted| count(allowed(counted.total, objective.target)));
    let reached = percent(standing.counted.and_then(Count::share));
    let columns = vec![
        Column::new(t!("objectives-alarm")),
        Column::new(t!("objectives-severity")),
        Column::new(t!("objectives-long")).number(),
        Column::new(t!("objectives-short")).number(),
        Column::new(t!("objectives-state")),
    ];
    let rows = ALARMS
        .iter()
        .zip(standing.burns.iter().copied().map(Some).chain(std::iter::repeat(None)))
        .map(|(alarm, burn)| {
            let (tone, word) = match burn.and_then(|burn| burn.holds) {
                Some(true) => (Tone::P1, t!("objectives-alarm-holds")),
                Some(false) => (Tone::Ok, t!("objectives-alarm-quiet")),
                None => (Tone::NoData, t!("objectives-alarm-unknown")),
            };
            let level = u8::try_from(alarm.severity.rank()).unwrap_or(4);
            let name = t!(
                "objectives-alarm-name",
                factor = alarm.factor.to_string(),
                long = duration(alarm.long_ms),
                short = duration(alarm.short_ms)
            );
            view! {
                <tr>
                    <Cell main=true>{name}</Cell>
                    <Cell label=t!("objectives-severity")><SeverityBadge level/></Cell>
                    <Cell label=t!("objectives-long") number=true>{say_burn(burn.and_then(|burn| burn.long))}</Cell>
                    <Cell label=t!("objectives-short") number=true>{say_burn(burn.and_then(|burn| burn.short))}</Cell>
                    <Cell label=t!("objectives-state")><Badge tone word/></Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        {unknown}
        <Kpis>
            <Kpi label=t!("objectives-left") value=say_left(&objective) note=t!("objectives-left-note", allowed = allowed)/>
            <Kpi label=t!("objectives-reached") value=reached note/>
        </Kpis>
        <Table caption=t!("objectives-alarms") columns>{rows}</Table>
    }
}

/// The burn-down: what is left of the budget after each hour, with incidents and changes.
fn chart(visit: &Visit, objective: &Objective, past: &Past) -> AnyView {
    let hours = match &past.hours {
        Ok(hours) => hours,
        Err(fault) => {
            let why = words(visit.locale, fault, &visit.request_id).1.join(" ");
            return view! {
                <Panel title=t!("objectives-chart")><Empty kind=EmptyKind::Unreachable title=t!("objectives-chart-none") text=why tight=true/></Panel>
            }
            .into_any();
        }
    };
    let hours: Vec<&Hour> = hours.iter().filter(|hour| hour.at <= visit.now).collect();
    let Some(last) = hours.last() else { return ().into_any() };
    // Before anything was counted nothing is known: no full budget is drawn there.
    let known = hours.iter().position(|hour| hour.count.total > 0.0).unwrap_or(hours.len());
    let from = hours.first().map_or(visit.now, |hour| hour.at);
    let marks = past
        .changes
        .iter()
        .filter_map(|change| {
            let at = change.started_at.filter(|at| *at >= from)?;
            Some(Mark { at, label: format!("CHG-{} {}", change.number, change.title), href: format!("/changes/{}", change.id) })
        })
        .collect();
    let shades = past
        .incidents
        .iter()
        .map(|incident| Shade {
            from: incident.opened_at.max(from),
            to: incident.resolved_at.unwrap_or(visit.now),
            label: format!("{} {}", incident.label(), incident.title),
            href: format!("/incidents/{}", incident.id),
        })
        .collect();
    let values = (0..).zip(&hours).map(|(place, hour)| (place >= known).then_some(hour.left * 100.0)).collect();
    let left = Series { name: t!("objectives-left"), values, past: false };
    let data = ChartData {
        times: hours.iter().map(|hour| hour.at).collect(),
        series: vec![left],
        unit: "%".into(),
        limit: Some(0.0),
        marks,
        shades,
        ..ChartData::default()
    };
    let summary = if known < hours.len() {
        t!("objectives-chart-summary", left = say_share(last.left), over = say_over(objective))
    } else {
        t!("objectives-chart-nothing", over = say_over(objective))
    };
    let csv = visit.actor.may(Permission::Export, &objective.system.team).then(|| {
        let href = format!("/objectives/{}/hours.csv", objective.id);
        view! { <p><LinkButton href label=t!("objectives-hours-csv") icon="download" small=true/></p> }
    });
    view! {
        <Chart id="objective-budget" title=t!("objectives-chart") summary data live="rules"/>
        {csv}
    }
    .into_any()
}

/// Share of the window's budget that went wrong in a stretch.
fn used(objective: &Objective, hours: &[Hour], span: Span) -> Option<f64> {
    let whole = hours.iter().fold(Count::default(), |sum, hour| sum.and(hour.count));
    let bad: f64 = hours.iter().filter(|hour| hour.at.plus(HOUR) > span.from && hour.at < span.to).map(|hour| hour.count.bad()).sum();
    let left = budget_left(Count { good: whole.total - bad, total: whole.total }, objective.target)?;
    Some(1.0 - left)
}

fn burnt(visit: &Visit, objective: &Objective, past: &Past) -> AnyView {
    if past.incidents.is_empty() && past.changes.is_empty() {
        return view! { <Empty kind=EmptyKind::Clear title=t!("objectives-burnt-none") tight=true/> }.into_any();
    }
    let columns = vec![
        Column::new(t!("objectives-what")),
        Column::new(t!("objectives-when")),
        Column::new(t!("objectives-lasted")).number(),
        Column::new(t!("objectives-used")).number(),
    ];
    let mut rows: Vec<_> = past
        .incidents
        .iter()
        .map(|one| (one.opened_at, one.resolved_at, format!("{} {}", one.label(), one.title), format!("/incidents/{}", one.id)))
        .collect();
    rows.extend(past.changes.iter().filter_map(|one| {
        Some((one.started_at?, one.finished_at, format!("CHG-{} {}", one.number, one.title), format!("/changes/{}", one.id)))
    }));
    rows.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
    let rows = rows
        .into_iter()
        .map(|(from, to, title, href)| {
            let to = to.unwrap_or(visit.now);
            let share = Span::new(from, to).zip(past.hours.as_ref().ok()).and_then(|(span, hours)| used(objective, hours, span));
            view! {
                <tr>
                    <Cell main=true><a href=href>{title}</a></Cell>
                    <Cell label=t!("objectives-when")><When at=from style=WhenStyle::Wall/></Cell>
                    <Cell label=t!("objectives-lasted") number=true>{duration(to.since(from))}</Cell>
                    <Cell label=t!("objectives-used") number=true>{percent(share)}</Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Table caption=t!("objectives-burnt") columns>{rows}</Table>
        <p class="panel-body muted small">{t!("objectives-used-note")}</p>
    }
    .into_any()
}

#[component]
fn Side(objective: Objective, source: Option<(String, String)>, may_edit: bool) -> impl IntoView {
    let source = source.map(|(href, name)| view! { <Fact name=t!("rules-source")><a href=href>{name}</a></Fact> });
    let text =
        |name: String, text: String| (!text.is_empty()).then(|| view! { <Fact name><span class="mono rules-line">{text}</span></Fact> });
    let counted = match &objective.sli {
        Sli::Success { filter, .. } | Sli::Latency { filter, .. } => {
            let chosen: Vec<String> = filter.choices().map(|(dimension, value)| format!("{dimension}={value}")).collect();
            let excused = if let Sli::Success { excused, .. } = &objective.sli { excused.join(", ") } else { String::new() };
            vec![text(t!("objectives-chosen"), chosen.join(" ")), text(t!("objectives-excused"), excused)]
        }
        Sli::Query { good, total, .. } => vec![text(t!("objectives-good"), good.clone()), text(t!("objectives-total"), total.clone())],
    };
    let kind = say_kind(objective.sli.kind());
    let window = say_over(&objective);
    let (href, system, team) = (format!("/systems/{}", objective.system.id), objective.system.name, objective.system.team_name);
    let (action, name) = (format!("/objectives/{}/delete", objective.id), objective.name);
    let delete = may_edit.then(|| {
        let text = t!("objectives-delete-text", name = name.clone());
        view! { <Confirm verb=t!("objectives-delete") text action type_name=name icon="trash-2"/> }
    });
    let (evaluated, since) = (objective.standing.evaluated_at, objective.standing.since);
    view! {
        <div class="stack">
            <Panel title=t!("objectives-about")>
                <Facts stacked=true>
                    <Fact name=t!("objectives-kind")>{kind}</Fact>
                    {source}
                    {counted}
                    <Fact name=t!("objectives-target")>{format!("{}%", objective.target)}</Fact>
                    <Fact name=t!("objectives-window")>{window}</Fact>
                    <Fact name=t!("objectives-system")><a href=href>{system}</a></Fact>
                    <Fact name=t!("objectives-team")>{team}</Fact>
                    {carried(&objective.words.labels, &objective.words.annotations, &objective.words.runbook)}
                    <Fact name=t!("objectives-since")><When at=since/></Fact>
                    <Fact name=t!("objectives-evaluated")><When at=evaluated/></Fact>
                </Facts>
            </Panel>
            {delete}
        </div>
    }
}
