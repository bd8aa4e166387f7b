//! The calendar of a schedule: a lane for each layer, and below what counts in the end, gaps hatched in red. Drawn as SVG by
//! the server; the table beneath says the same.

use std::collections::BTreeMap;

use domain::{
    Span, Timestamp,
    id::UserId,
    oncall::{Duty, Roster},
    time::HOUR,
};
use jiff::{civil::Date, tz::TimeZone};
use leptos::prelude::*;

use super::say::{WallSpan, Who, because, minute};
use crate::{
    components::{Cell, Column, Table},
    t,
    visit::use_visit,
};

const HEAD: i64 = 26;
const ROW: i64 = 44;
const LABEL: i64 = 18;
const BAR: i64 = 24;

/// Midnight of a day in a zone.
pub(super) fn midnight(day: Date, zone: &TimeZone) -> Timestamp {
    day.to_zoned(zone.clone()).map_or(Timestamp(0), |at| Timestamp(at.timestamp().as_millisecond()))
}

/// The day moved by days.
pub(super) fn plus(day: Date, days: i32) -> Date {
    day.saturating_add(jiff::Span::new().days(days))
}

/// Days from one on, as a span in a zone.
pub(super) fn days(first: Date, count: i32, zone: &TimeZone) -> Span {
    let from = midnight(first, zone);
    Span { from, to: midnight(plus(first, count), zone).max(from.plus(HOUR)) }
}

/// The day that it is now in a zone.
pub(super) fn today(now: Timestamp, zone: &TimeZone) -> Date {
    now.jiff().to_zoned(zone.clone()).date()
}

fn place(at: Timestamp, span: Span) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "per cent of some weeks in milliseconds")]
    let share = at.since(span.from) as f64 / span.length() as f64;
    (share * 100.0).clamp(0.0, 100.0)
}

fn percent(value: f64) -> String {
    format!("{value:.3}%")
}

/// A colour for each person, the same in all lanes.
fn colours(roster: &Roster) -> BTreeMap<UserId, usize> {
    let all = roster.layers.iter().flat_map(|lane| &lane.duties).chain(&roster.duties);
    let mut people: Vec<&UserId> = all.filter_map(|duty| duty.person.as_ref()).map(|person| &person.id).collect();
    people.sort();
    people.dedup();
    people.into_iter().enumerate().map(|(place, id)| (id.clone(), place % 6 + 1)).collect()
}

/// The picture.
#[component]
pub(super) fn Lanes(roster: Roster, zone: TimeZone) -> impl IntoView {
    let visit = use_visit();
    let span = roster.span;
    let colours = colours(&roster);
    let mut top = HEAD;
    let mut drawn = Vec::new();
    for lane in &roster.layers {
        drawn.push(head(lane.name.clone(), top));
        drawn.extend(lane.duties.iter().map(|duty| bar(duty, span, top + LABEL, &colours, &zone, true)));
        top += ROW;
    }
    drawn.push(head(t!("oncall-final"), top));
    drawn.extend(roster.duties.iter().map(|duty| bar(duty, span, top + LABEL, &colours, &zone, false)));
    let height = top + ROW + 4;
    let count = i32::try_from(span.length() / (24 * HOUR)).unwrap_or(1).max(1);
    let first = today(span.from, &zone);
    let step = if count > 16 { 7 } else { 1 };
    let grid = (0..=count)
        .step_by(step)
        .map(|n| (plus(first, n), midnight(plus(first, n), &zone)))
        .filter(|(_, at)| span.contains(*at))
        .map(|(day, at)| {
            let x = percent(place(at, span));
            let word = super::say::day_word(domain::oncall::Day::ALL[usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0)]);
            view! {
                <line x1=x.clone() x2=x.clone() y1="0" y2=height.to_string() class="oncall-grid"></line>
                <svg x=x y="0" width="20%" height=HEAD.to_string()><text x="6" y="17" class="oncall-axis">{format!("{word} {}", day.strftime("%m-%d"))}</text></svg>
            }
        })
        .collect_view();
    let now = span.contains(visit.now).then(|| {
        let x = percent(place(visit.now, span));
        view! { <line x1=x.clone() x2=x y1=HEAD.to_string() y2=height.to_string() class="oncall-now"></line> }
    });
    view! {
        <div class="oncall-wide">
            <svg class="oncall-lanes" width="100%" height=height.to_string() role="img" aria-label=t!("oncall-lanes-label")>
                <defs>
                    <pattern id="oncall-hatch" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                        <rect width="8" height="8" class="oncall-hatch-ground"></rect>
                        <line x1="0" y1="0" x2="0" y2="8" class="oncall-hatch-line"></line>
                    </pattern>
                </defs>
                {grid}
                {drawn}
                {now}
            </svg>
        </div>
    }
}

fn head(name: String, top: i64) -> AnyView {
    view! {
        <line x1="0" x2="100%" y1=top.to_string() y2=top.to_string() class="oncall-grid"></line>
        <text x="6" y=(top + 14).to_string() class="oncall-lane-name">{name}</text>
    }
    .into_any()
}

fn bar(duty: &Duty, span: Span, top: i64, colours: &BTreeMap<UserId, usize>, zone: &TimeZone, faint: bool) -> AnyView {
    let (x, to) = (place(duty.span.from, span), place(duty.span.to, span));
    let name = duty.person.as_ref().map_or_else(|| t!("oncall-nobody"), |person| person.name.clone());
    let spoken = format!("{name} · {} – {} · {}", minute(duty.span.from, zone), minute(duty.span.to, zone), because(duty));
    let colour = duty.person.as_ref().and_then(|person| colours.get(&person.id)).copied().unwrap_or(0);
    let gap = duty.person.is_none();
    let cover = duty.cover.is_some();
    view! {
        <svg x=percent(x) y=top.to_string() width=percent((to - x).max(0.2)) height=BAR.to_string()>
            <title>{spoken}</title>
            <rect
                x="1"
                y="1"
                width="99%"
                height=(BAR - 2).to_string()
                rx="4"
                class="oncall-bar"
                data-colour=(!gap).then(|| colour.to_string())
                data-gap=gap.then_some("")
                data-cover=cover.then_some("")
                data-faint=faint.then_some("")
                fill=gap.then_some("url(#oncall-hatch)")
            ></rect>
            <text x="7" y="16" class="oncall-bar-text" data-gap=gap.then_some("")>{name}</text>
        </svg>
    }
    .into_any()
}

/// What counts in the end, row by row.
#[component]
pub(super) fn Duties(duties: Vec<Duty>, zone: TimeZone) -> impl IntoView {
    let columns = vec![Column::new(t!("oncall-who")), Column::new(t!("oncall-when")), Column::new(t!("oncall-because"))];
    let rows = duties
        .into_iter()
        .map(|duty| {
            let (span, because, zone) = (duty.span, because(&duty), zone.clone());
            let gap = duty.person.is_none().then_some("");
            view! {
                <tr data-gap=gap>
                    <Cell main=true><Who duty/></Cell>
                    <Cell label=t!("oncall-when")><WallSpan span zone/></Cell>
                    <Cell label=t!("oncall-because")>{because}</Cell>
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption=t!("oncall-final") columns>{rows}</Table> }
}
