//! What stands below the verdict: figures, a strip per system, incidents, alerts, changes.

use std::collections::HashMap;

use domain::{
    Timestamp,
    changes::number_text,
    monitors::{CellState, Shown, StripCell},
    overview::{Summary, SystemLine},
};
use leptos::prelude::*;

use crate::{
    components::{
        Badge, Cell, Column, Delta, Empty, EmptyKind, Kpi, Kpis, LinkButton, Panel, SeverityBadge, Slot, StatusStrip, SuccessKpi, Table,
        Tone, When, WhenSpan, WhenStyle, compact, full, percent, significant,
    },
    t,
    transactions::{float, signed},
    visit::use_visit,
};

pub(super) fn figures(summary: &Summary) -> impl IntoView + use<> {
    let (now, before) = (&summary.totals, &summary.before);
    let against = t!("transactions-last-week");
    let volume = Delta::relative(float(now.total), float(before.total), against.clone());
    let p95 = now.p95.zip(before.p95).and_then(|(now, before)| Delta::relative(now, before, against.clone()));
    let success_before = (before.total > 0).then(|| (signed(before.total), signed(before.failed), against));
    let (total, failed, latency) = (now.total, now.failed, now.p95);
    // No transaction in a quarter of an hour is no figure, it is a gap.
    let known = total > 0;
    let severe = summary.severe;
    let tone = if severe > 0 { Some(Tone::P1) } else { None };
    view! {
        <Kpis>
            <Kpi label=t!("overview-volume") value=known.then(|| compact(float(total))) delta=volume href="/transactions?from=now-15m"/>
            <SuccessKpi label=t!("overview-success") total=signed(total) failed=signed(failed) before=success_before href="/transactions?from=now-15m"/>
            <Kpi label=t!("overview-p95") value=latency.map(significant) unit=latency.map(|_| "ms".to_owned()) delta=p95 href="/transactions?from=now-15m"/>
            <Kpi label=t!("overview-severe") value=full(signed(severe)) tone href="/incidents?open=on&severity=P1&severity=P2"/>
        </Kpis>
    }
}

/// Word and tone of a system's worst monitor.
fn shown(line: &SystemLine) -> (Tone, String) {
    match line.shown {
        None => (Tone::NoData, t!("overview-not-monitored")),
        Some(Shown::Down) => (Tone::P1, t!("status-down")),
        Some(Shown::Unknown | Shown::New) => (Tone::NoData, t!("status-no-data")),
        Some(Shown::Maintenance) => (Tone::Maintenance, t!("status-maintenance")),
        Some(Shown::Paused) => (Tone::NoData, t!("overview-paused")),
        Some(Shown::Up) => (Tone::Ok, t!("status-up")),
    }
}

/// What the cells of all strips say: they lie under the same hours, so each word and each time is written once for all.
struct Said {
    clocks: HashMap<Timestamp, String>,
    unknown: String,
    up: String,
    partly: String,
    down: String,
}

impl Said {
    fn of(lines: &[SystemLine]) -> Self {
        let visit = use_visit();
        let spans = lines.iter().flat_map(|line| &line.strip).map(|cell| cell.span);
        let mut clocks = HashMap::new();
        for at in spans.flat_map(|span| [span.from, span.to]) {
            clocks.entry(at).or_insert_with(|| visit.wall(at).get(11..16).unwrap_or_default().to_owned());
        }
        Self { clocks, unknown: t!("status-no-data"), up: t!("status-up"), partly: t!("status-degraded"), down: t!("status-down") }
    }

    fn slot(&self, cell: &StripCell) -> Slot {
        let (tone, height, word) = match cell.cell.state() {
            CellState::None | CellState::Unknown => (Tone::NoData, 0.15, &self.unknown),
            CellState::Up => (Tone::Ok, 1.0, &self.up),
            CellState::Partly => (Tone::P3, 0.7, &self.partly),
            CellState::Down => (Tone::P1, 0.45, &self.down),
        };
        let clock = |at| self.clocks.get(&at).cloned().unwrap_or_default();
        Slot { tone, height, from: clock(cell.span.from), to: clock(cell.span.to), word: word.clone() }
    }
}

fn system(line: &SystemLine, said: &Said) -> impl IntoView + use<> {
    let (tone, word) = shown(line);
    let (count, failures) =
        line.strip.iter().fold((0, 0), |(c, f), cell| (c + cell.cell.count - cell.cell.unknown, f + cell.cell.failures));
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
    let available = (count > 0).then(|| 1.0 - failures as f64 / count as f64);
    let summary = t!("overview-strip-says", system = line.system.name.clone(), share = percent(available));
    let slots = line.strip.iter().map(|cell| said.slot(cell)).collect::<Vec<_>>();
    let (href, name, team) = (format!("/systems/{}", line.system.id), line.system.name.clone(), line.system.team_name.clone());
    let tier = t!("overview-tier", tier = i64::from(line.system.tier));
    view! {
        <li class="overview-system">
            <a class="overview-system-name" href=href>{name}</a>
            <span class="muted small overview-system-team">{format!("{team} · {tier}")}</span>
            <Badge tone word/>
            <StatusStrip summary slots/>
            <span class="number small overview-system-share">{percent(available)}</span>
        </li>
    }
}

pub(super) fn systems(summary: &Summary) -> impl IntoView + use<> {
    let said = Said::of(&summary.systems);
    let lines = summary.systems.iter().map(|line| system(line, &said)).collect_view();
    let body = if summary.systems.is_empty() {
        view! {
            <Empty kind=EmptyKind::NotConfigured title=t!("overview-no-systems") text=t!("overview-no-systems-text") tight=true>
                <LinkButton href="/systems" label=t!("overview-to-systems")/>
            </Empty>
        }
        .into_any()
    } else {
        view! { <ul class="overview-systems">{lines}</ul> }.into_any()
    };
    view! { <Panel title=t!("overview-systems") flush=true>{body}</Panel> }
}

pub(super) fn incidents(summary: &Summary) -> impl IntoView + use<> {
    let rows = summary
        .incidents
        .iter()
        .take(12)
        .map(|i| {
            let (href, title) =
                (format!("/incidents/{}", i.id), format!("{} {}", i.label(), crate::alerts::spoken_title(&i.title, &i.told)));
            let (level, opened) = (u8::try_from(i.severity.rank()).unwrap_or(4), i.opened_at);
            let state = t!(&format!("incidents-state-{}", i.state.name()));
            view! {
                <li class="overview-item">
                    <SeverityBadge level/>
                    <a href=href>{title}</a>
                    <span class="muted small">{state}" · "<When at=opened style=WhenStyle::Ago/></span>
                </li>
            }
        })
        .collect_view();
    let body = if summary.incidents.is_empty() {
        view! { <Empty kind=EmptyKind::Clear title=t!("overview-no-incidents") tight=true/> }.into_any()
    } else {
        view! { <ul class="overview-items">{rows}</ul> }.into_any()
    };
    view! { <Panel title=t!("overview-incidents", count = summary.incidents.len()) flush=true>{body}</Panel> }
}

pub(super) fn alerts(summary: &Summary) -> impl IntoView + use<> {
    let rows = summary
        .alerts
        .iter()
        .take(12)
        .map(|a| {
            let (href, title, since) = (format!("/alerts/{}", a.id), crate::alerts::alert_title(a), a.fired_at.unwrap_or(a.started_at));
            let level = u8::try_from(a.severity.rank()).unwrap_or(4);
            let seen = if a.acknowledged_at.is_some() { t!("overview-acknowledged") } else { t!("overview-unacknowledged") };
            view! {
                <li class="overview-item">
                    <SeverityBadge level/>
                    <a href=href>{title}</a>
                    <span class="muted small">{seen}" · "<When at=since style=WhenStyle::Ago/></span>
                </li>
            }
        })
        .collect_view();
    let body = if summary.alerts.is_empty() {
        view! { <Empty kind=EmptyKind::Clear title=t!("overview-no-alerts") tight=true/> }.into_any()
    } else {
        view! { <ul class="overview-items">{rows}</ul> }.into_any()
    };
    view! { <Panel title=t!("overview-alerts", count = summary.alerts.len()) flush=true>{body}</Panel> }
}

pub(super) fn changes(summary: &Summary) -> impl IntoView + use<> {
    let columns = vec![
        Column::new(t!("overview-change")),
        Column::new(t!("overview-when")),
        Column::new(t!("overview-state")),
        Column::new(t!("overview-on")),
    ];
    let rows = summary
        .changes
        .iter()
        .map(|c| {
            let (href, title, span) = (format!("/changes/{}", c.id), format!("{} {}", number_text(c.number), c.title), c.busy());
            let state = t!(&format!("changes-state-{}", c.state.name()));
            let systems = c.systems.iter().map(|s| s.name.clone()).collect::<Vec<_>>().join(", ");
            view! {
                <tr>
                    <Cell main=true><a href=href>{title}</a></Cell>
                    <Cell label=t!("overview-when")><WhenSpan from=span.from to=span.to/></Cell>
                    <Cell label=t!("overview-state")>{state}</Cell>
                    <Cell label=t!("overview-on")>{systems}</Cell>
                </tr>
            }
        })
        .collect_view();
    let body = if summary.changes.is_empty() {
        view! { <Empty kind=EmptyKind::Clear title=t!("overview-no-changes") tight=true/> }.into_any()
    } else {
        view! { <Table caption=t!("overview-changes") columns>{rows}</Table> }.into_any()
    };
    view! { <Panel title=t!("overview-changes") flush=true>{body}</Panel> }
}
