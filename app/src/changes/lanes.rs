//! The lane timeline: a lane for each team or each system, a bar for each change, drawn as SVG by the server. Positions are per
//! cent, so that it fits any width without a script and without inline styles.

use std::collections::BTreeMap;

use domain::{
    Span, Timestamp, calendars as foreign,
    changes::{Calendar, Conflict, Freeze, LaneBy, QuietSpan, Scope, Summary},
    deployments::Deployment,
    id::{SystemId, TeamId},
    occasions::Time,
    time::HOUR,
};
use leptos::prelude::*;

use super::{
    calendar::Days,
    cheapest::{self, Cheapest},
    moving,
    quiet_hours::bands,
    rows::{BAR, LEADING, Put, ROW, tops},
    say::{conflict_text, label, risk_word, scope_text, state_word},
};
use crate::{
    components::Here,
    occasions::say_kind,
    t,
    visit::{Visit, use_visit},
};

const HEAD: i64 = 28;
const LANE_HEAD: i64 = 26;

/// Where a moment lies in a span, in per cent, clamped.
pub(super) fn place(at: Timestamp, span: Span) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "per cent of a few weeks in milliseconds")]
    let share = at.since(span.from) as f64 / span.length() as f64;
    (share * 100.0).clamp(0.0, 100.0)
}

pub(super) fn percent(value: f64) -> String {
    format!("{value:.3}%")
}

fn over(of: Span, span: Span, title: &str) -> Put {
    Put::new(place(of.from, span), place(of.to, span), title)
}

struct Lane {
    name: String,
    /// Whose it is; the owner where it is a system's.
    team: Option<TeamId>,
    /// Where it is a system's, which.
    system: Option<SystemId>,
    items: Vec<(Summary, Vec<Conflict>)>,
}

impl Lane {
    fn new(name: &str, team: Option<TeamId>, system: Option<SystemId>) -> Self {
        Self { name: name.to_owned(), team, system, items: Vec::new() }
    }

    /// Whether a freeze of this scope lies on the whole of it, and not on every other as well.
    fn is_in(&self, scope: &Scope) -> bool {
        match scope {
            Scope::All => false,
            Scope::Team(frozen) => self.team.as_ref() == Some(frozen),
            Scope::Systems(frozen) => self.system.as_ref().is_some_and(|system| frozen.contains(system)),
        }
    }
}

/// The lanes by name. A change that touches several systems is in each of their lanes.
fn sorted(calendar: &Calendar, by: LaneBy) -> Vec<Lane> {
    let mut lanes: BTreeMap<(String, String), Lane> = BTreeMap::new();
    for (change, conflicts) in calendar.changes.iter().zip(&calendar.conflicts) {
        let mut put = |name: &str, id: String, lane: Lane| {
            let lane = lanes.entry((name.to_owned(), id)).or_insert(lane);
            lane.items.push((change.clone(), conflicts.clone()));
        };
        match by {
            LaneBy::Team => {
                let team = &change.team;
                put(&team.name, team.id.to_string(), Lane::new(&team.name, Some(team.id.clone()), None));
            }
            LaneBy::System => {
                for system in &change.systems {
                    let owner = calendar.owners.get(&system.id).cloned();
                    put(&system.name, system.id.to_string(), Lane::new(&system.name, owner, Some(system.id.clone())));
                }
            }
        }
    }
    lanes.into_values().collect()
}

/// The picture of the days.
#[component]
pub(super) fn Lanes(
    days: Days,
    calendar: Calendar,
    brought: Vec<Deployment>,
    quiet: Vec<QuietSpan>,
    cheapest: Option<Cheapest>,
    by: LaneBy,
) -> impl IntoView {
    let visit = use_visit();
    let span = days.span;
    let lanes = sorted(&calendar, by);
    let mut top = HEAD;
    let mut drawn = Vec::new();
    // Names lie on everything else: the line of now goes behind them.
    let mut heads = Vec::new();
    let mut hatches = Vec::new();
    if let Some(found) = cheapest.filter(|found| found.ranked().next().is_some()) {
        let said: Vec<String> = found.ranked().map(|(rank, window)| cheapest::text(&visit, rank, window)).collect();
        let bars: Vec<_> = found.ranked().zip(&said).map(|((_, window), said)| over(window.span, span, said)).collect();
        let (tops, height) = tops(&bars);
        heads.push(lane_head(t!("changes-cheapest-mark"), top));
        for (((rank, window), said), (put, row)) in found.ranked().zip(said).zip(bars.iter().zip(tops)) {
            drawn.push(marked("changes-cheapest-bar", found.href(rank, window), said, put, top + LANE_HEAD + row));
        }
        top += LANE_HEAD + height;
    }
    if !calendar.freezes.is_empty() {
        let bars: Vec<_> = calendar.freezes.iter().map(|f| over(f.content.window.span, span, &freeze_title(f))).collect();
        let (tops, height) = tops(&bars);
        heads.push(lane_head(t!("changes-freezes"), top));
        for ((freeze, put), row) in calendar.freezes.iter().zip(&bars).zip(tops) {
            drawn.push(freeze_bar(freeze, put, top + LANE_HEAD + row));
        }
        top += LANE_HEAD + height;
    }
    if !calendar.occasions.is_empty() {
        let bars: Vec<_> = calendar.occasions.iter().map(|one| over(one.span, span, &one.name)).collect();
        let (tops, height) = tops(&bars);
        heads.push(lane_head(t!("occasions-title"), top));
        for ((one, put), row) in calendar.occasions.iter().zip(&bars).zip(tops) {
            drawn.push(occasion_bar(one, put, top + LANE_HEAD + row));
        }
        top += LANE_HEAD + height;
    }
    for foreign in &calendar.foreign.calendars {
        let times: Vec<_> = calendar.foreign.times.iter().filter(|time| time.calendar == foreign.id).collect();
        if times.is_empty() {
            continue;
        }
        let bars: Vec<_> = times.iter().map(|time| over(time.span, span, &time.name)).collect();
        let (tops, height) = tops(&bars);
        let source = crate::calendars::say_source(foreign);
        heads.push(lane_head(source.clone(), top));
        for ((time, put), row) in times.into_iter().zip(&bars).zip(tops) {
            drawn.push(foreign_bar(&source, time, put, top + LANE_HEAD + row));
        }
        top += LANE_HEAD + height;
    }
    if !brought.is_empty() {
        heads.push(lane_head(t!("deployments-title"), top));
        drawn.extend(brought.iter().map(|made| mark(made, span, top + LANE_HEAD)));
        top += LANE_HEAD + ROW;
    }
    let first_lane = top;
    for lane in lanes {
        let bars: Vec<_> = lane.items.iter().map(|(c, conflicts)| over(c.busy(), span, &title(c, conflicts))).collect();
        let (tops, height) = tops(&bars);
        let height = LANE_HEAD + height;
        for freeze in &calendar.freezes {
            if lane.is_in(&freeze.content.scope) {
                hatches.push(hatch(freeze, span, top, height));
            }
        }
        // The calendar of this system alone: with the cheapest windows of it.
        let alone = lane.system.as_ref().map(|system| Here::now().with("system", system).href());
        let head = lane_head(lane.name, top);
        heads.push(match alone {
            Some(href) => view! { <a href=href>{head}</a> }.into_any(),
            None => head,
        });
        for (((change, conflicts), put), row) in lane.items.into_iter().zip(&bars).zip(tops) {
            drawn.push(bar(&visit, &change, &conflicts, put, top + LANE_HEAD + row));
        }
        top += height;
    }
    for freeze in calendar.freezes.iter().filter(|f| matches!(f.content.scope, Scope::All)) {
        hatches.push(hatch(freeze, span, first_lane, top - first_lane));
    }
    let height = top + 4;
    let quiet = bands(&quiet, span, (HEAD, height - HEAD));
    let label = match by {
        LaneBy::Team => t!("changes-lanes-label"),
        LaneBy::System => t!("changes-lanes-label-system"),
    };
    let marks: Vec<(Timestamp, String)> = if days.count == 1 {
        (0..24).step_by(3).map(|hour| (span.from.plus(hour * HOUR), format!("{hour:02}:00"))).filter(|(at, _)| span.contains(*at)).collect()
    } else {
        days.each(&visit)
            .into_iter()
            .map(|(day, of)| {
                (of.from, format!("{} {}", t!(&format!("changes-day-{}", day.weekday().to_monday_one_offset())), day.strftime("%m-%d")))
            })
            .collect()
    };
    let grid = marks
        .into_iter()
        .map(|(at, text)| {
            let x = percent(place(at, span));
            view! {
                <line x1=x.clone() x2=x.clone() y1="0" y2=height.to_string() class="changes-grid"></line>
                <svg x=x y="0" width="14%" height=HEAD.to_string()><text x="6" y="18" class="changes-axis">{text}</text></svg>
            }
        })
        .collect_view();
    let now = span.contains(visit.now).then(|| {
        let x = percent(place(visit.now, span));
        view! { <line x1=x.clone() x2=x y1=HEAD.to_string() y2=height.to_string() class="changes-now"></line> }
    });
    view! {
        <svg
            class="changes-lanes"
            width="100%"
            height=height.to_string()
            role="group"
            aria-label=label
            data-move-span=span.length().to_string()
            data-move-step=super::calendar::step(days).0.to_string()
            data-move-leap=super::calendar::step(days).1.to_string()
        >
            <defs>
                <pattern id="changes-hatch" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                    <rect width="8" height="8" class="changes-hatch-ground"></rect>
                    <line x1="0" y1="0" x2="0" y2="8" class="changes-hatch-line"></line>
                </pattern>
            </defs>
            {quiet}
            {hatches}
            {grid}
            {drawn}
            {now}
            {heads}
        </svg>
    }
}

fn lane_head(name: String, top: i64) -> AnyView {
    view! {
        <line x1="0" x2="100%" y1=top.to_string() y2=top.to_string() class="changes-grid"></line>
        <text x="6" y=(top + 18).to_string() class="changes-lane-name">{name}</text>
    }
    .into_any()
}

fn hatch(freeze: &Freeze, span: Span, top: i64, height: i64) -> AnyView {
    let (x, to) = (place(freeze.content.window.span.from, span), place(freeze.content.window.span.to, span));
    view! { <rect x=percent(x) width=percent(to - x) y=top.to_string() height=height.to_string() fill="url(#changes-hatch)"></rect> }
        .into_any()
}

fn freeze_title(freeze: &Freeze) -> String {
    format!("{} · {}", freeze.content.reason, scope_text(freeze))
}

/// Number and name; a mark first where something conflicts.
fn title(change: &Summary, conflicts: &[Conflict]) -> String {
    let mark = if conflicts.is_empty() { "" } else { "! " };
    format!("{mark}{}", label(change))
}

/// The lines of a title, over the bar and as far beyond it as they need.
fn written(put: &Put, top: i64) -> impl IntoView + use<> {
    let (x, dx, anchor) = (percent(put.hold), if put.leftwards { "-8" } else { "8" }, if put.leftwards { "end" } else { "start" });
    let lines = (0_i64..)
        .zip(&put.lines)
        .map(|(i, line)| {
            view! { <tspan x=x.clone() dx=dx dy=(if i == 0 { 0 } else { LEADING }).to_string()>{line.clone()}</tspan> }
        })
        .collect_view();
    view! { <text y=(top + 18).to_string() text-anchor=anchor class="changes-bar-text">{lines}</text> }
}

fn freeze_bar(freeze: &Freeze, put: &Put, top: i64) -> AnyView {
    let spoken = format!("{}: {}", t!("changes-freeze"), freeze_title(freeze));
    let height = (put.height() - 2).to_string();
    view! {
        <a href=format!("/freezes#freeze-{}", freeze.id)>
            <title>{spoken}</title>
            <rect
                x=percent(put.x)
                y=(top + 1).to_string()
                width=percent(put.width)
                height=height
                rx="4"
                fill="url(#changes-hatch)"
                class="changes-freeze-bar"
            ></rect>
            {written(put, top)}
        </a>
    }
    .into_any()
}

/// An occasion, over its days.
fn occasion_bar(one: &Time, put: &Put, top: i64) -> AnyView {
    let spoken = format!("{}: {}", say_kind(one.kind), one.name);
    bar_of(format!("/occasions#occasion-{}", one.id), spoken, false, put, top)
}

/// An event of a foreign calendar.
fn foreign_bar(source: &str, time: &foreign::Time, put: &Put, top: i64) -> AnyView {
    bar_of(format!("/calendars#calendar-{}", time.calendar), format!("{source}: {}", time.name), true, put, top)
}

/// What is no change and stands beside them.
fn bar_of(href: String, spoken: String, foreign: bool, put: &Put, top: i64) -> AnyView {
    let (x, width, height) = (percent(put.x), percent(put.width), (put.height() - 2).to_string());
    view! {
        <a href=href>
            <title>{spoken}</title>
            <rect x=x y=(top + 1).to_string() width=width height=height rx="4" class="changes-occasion-bar" data-foreign=foreign.then_some("")></rect>
            {written(put, top)}
        </a>
    }
    .into_any()
}

/// A window that is proposed.
fn marked(class: &'static str, href: String, spoken: String, put: &Put, top: i64) -> AnyView {
    let (x, width, height) = (percent(put.x), percent(put.width), (put.height() - 2).to_string());
    view! {
        <a href=href>
            <title>{spoken}</title>
            <rect x=x y=(top + 1).to_string() width=width height=height rx="4" class=class></rect>
            {written(put, top)}
        </a>
    }
    .into_any()
}

/// A deployment, as a mark at its beginning.
fn mark(made: &Deployment, span: Span, top: i64) -> AnyView {
    let x = place(made.started_at, span).min(98.5);
    let spoken = format!("{} {} · {}", made.system_name, made.label(), crate::deployments::state_word(made.state));
    view! {
        <a href=format!("/deployments?system={}#deployment-{}", made.system, made.id)>
            <svg x=percent(x) y=top.to_string() width="24" height=BAR.to_string()>
                <title>{spoken}</title>
                <rect width="24" height="100%" class="changes-mark-ground"></rect>
                <path d="M2 20 L8 6 L14 20 Z" class="changes-mark" data-state=made.state.name()></path>
            </svg>
        </a>
    }
    .into_any()
}

fn bar(visit: &Visit, change: &Summary, conflicts: &[Conflict], put: &Put, top: i64) -> AnyView {
    let mut spoken = format!("{} · {} · {}", label(change), state_word(change.state), risk_word(change.risk));
    for conflict in conflicts {
        spoken.push_str(" · ");
        spoken.push_str(&conflict_text(conflict));
    }
    let height = (put.height() - 2).to_string();
    let (shift, start) = moving::handle(visit, change).unzip();
    let how = shift.as_ref().map(|_| "changes-move-how");
    view! {
        <a href=format!("/changes/{}", change.id) data-move=shift data-start=start aria-describedby=how>
            <title>{spoken}</title>
            <rect
                x=percent(put.x)
                y=(top + 1).to_string()
                width=percent(put.width)
                height=height
                rx="4"
                class="changes-bar"
                data-state=change.state.name()
                data-conflict=(!conflicts.is_empty()).then_some("")
            ></rect>
            {written(put, top)}
        </a>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_outside_is_clamped() {
        let span = Span { from: Timestamp(100), to: Timestamp(200) };
        assert!((place(Timestamp(150), span) - 50.0).abs() < 1e-9);
        assert!(place(Timestamp(0), span).abs() < 1e-9 && (place(Timestamp(999), span) - 100.0).abs() < 1e-9);
    }
}
