//! The agenda: day by day, one change below another. What a phone shows first.

use domain::{
    Span,
    changes::{Calendar, Conflict, Freeze, Summary},
    occasions::Time,
};
use leptos::prelude::*;

use super::{
    calendar::{Days, today},
    cheapest::{self, Cheapest},
    say::{ChangeBadges, ConflictList, label, scope_text, system_names},
};
use crate::{
    components::{Icon, WhenSpan},
    occasions::say_kind,
    t,
    visit::use_visit,
};

/// Those of one day.
pub(super) fn occasions_of_day(calendar: &Calendar, span: Span) -> impl Iterator<Item = &Time> {
    calendar.occasions.iter().filter(move |one| one.span.overlaps(span))
}

/// An occasion in a line: its name and its kind.
fn occasion_line(one: &Time) -> impl IntoView + use<> {
    view! {
        <a href=format!("/occasions#occasion-{}", one.id)><Icon name="calendar-range" label=say_kind(one.kind)/>" "{one.name.clone()}</a>
    }
}

/// Changes and freezes of one day.
pub(super) fn of_day(calendar: &Calendar, span: Span) -> (Vec<&Freeze>, Vec<(&Summary, &[Conflict])>) {
    let freezes = calendar.freezes.iter().filter(|f| f.content.window.span.overlaps(span)).collect();
    let changes = calendar.changes.iter().zip(&calendar.conflicts).filter(|(c, _)| c.busy().overlaps(span));
    (freezes, changes.map(|(c, conflicts)| (c, conflicts.as_slice())).collect())
}

/// `Fri 2025-03-14`.
pub(super) fn day_text(day: jiff::civil::Date) -> String {
    format!("{} {day}", t!(&format!("changes-day-{}", day.weekday().to_monday_one_offset())))
}

/// Days that have something, in order.
#[component]
pub(super) fn Agenda(days: Days, calendar: Calendar, cheapest: Option<Cheapest>) -> impl IntoView {
    let visit = use_visit();
    let today = today(&visit);
    days.each(&visit)
        .into_iter()
        .filter_map(|(day, span)| {
            let (freezes, changes) = of_day(&calendar, span);
            let occasions: Vec<_> =
                occasions_of_day(&calendar, span).map(|one| view! { <li class="changes-item">{occasion_line(one)}</li> }).collect();
            let foreign: Vec<_> = calendar
                .foreign
                .times
                .iter()
                .filter(|time| time.span.overlaps(span))
                .map(|time| view! { <li class="changes-item">{crate::calendars::line(&calendar.foreign, time)}</li> })
                .collect();
            let windows = cheapest::lines(cheapest.as_ref(), span);
            if windows.is_empty() && freezes.is_empty() && changes.is_empty() && occasions.is_empty() && foreign.is_empty() {
                return None;
            }
            let freezes = freezes
                .into_iter()
                .map(|freeze| view! { <li class="changes-item" data-freeze=""><FreezeLine freeze=freeze.clone()/></li> })
                .collect_view();
            let changes = changes
                .into_iter()
                .map(|(change, conflicts)| {
                    let clash = (!conflicts.is_empty()).then_some("");
                    let (state, change, conflicts) = (change.state.name(), change.clone(), conflicts.to_vec());
                    view! { <li class="changes-item" data-state=state data-conflict=clash><Item change conflicts/></li> }
                })
                .collect_view();
            let mark = (day == today).then(|| view! { " " <span class="muted">{t!("changes-today")}</span> });
            Some(view! {
                <section class="changes-day">
                    <h2>{day_text(day)}{mark}</h2>
                    <ul>{windows}{occasions}{freezes}{changes}{foreign}</ul>
                </section>
            })
        })
        .collect_view()
}

/// One freeze in a line.
#[component]
pub(super) fn FreezeLine(freeze: Freeze) -> impl IntoView {
    let scope = scope_text(&freeze);
    let span = freeze.content.window.span;
    view! {
        <a href=format!("/freezes#freeze-{}", freeze.id)><Icon name="snowflake" label=t!("changes-freeze")/>" "{freeze.content.reason}</a>
        <span class="muted">{scope}" · "<WhenSpan from=span.from to=span.to/></span>
    }
}

/// One change with its badges, systems and conflicts.
#[component]
fn Item(change: Summary, conflicts: Vec<Conflict>) -> impl IntoView {
    let busy = change.busy();
    let systems = system_names(&change.systems);
    view! {
        <a class="changes-item-title" href=format!("/changes/{}", change.id)>{label(&change)}</a>
        <span class="row"><ChangeBadges state=change.state risk=change.risk kind=change.kind outcome=change.outcome/></span>
        <span class="muted"><WhenSpan from=busy.from to=busy.to/>" · "{systems}" · "{change.team.name}</span>
        {(!conflicts.is_empty()).then(|| view! { <ConflictList conflicts/> })}
    }
}
