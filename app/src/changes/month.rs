//! Week and month: a cell for each day.

use domain::{
    Span, calendars as foreign,
    changes::{Calendar, Conflict, Freeze, QuietSpan, Summary},
    occasions::Time,
};
use leptos::prelude::*;

use super::{
    agenda::{day_text, occasions_of_day, of_day},
    calendar::{Days, plus, today},
    cheapest::{self, Cheapest},
    moving,
    quiet_hours::strip,
    say::{label, state_word},
};
use crate::{
    components::{Here, Icon},
    occasions::say_kind,
    t,
    visit::{Visit, use_visit},
};

/// Most changes, and most foreign events, named in a cell of the month.
const MOST: usize = 4;

fn chip(visit: &Visit, change: &Summary, conflicts: &[Conflict]) -> impl IntoView + use<> {
    let busy = change.busy();
    let time = visit.clock(busy.from);
    // In short; the sentences stand below the calendar.
    let mut reasons: Vec<String> = conflicts.iter().map(|c| t!(&format!("changes-clash-{}", c.kind))).collect();
    reasons.dedup();
    let reasons = reasons.join(", ");
    let clash = (!reasons.is_empty()).then_some("");
    let reason = clash.map(|_| view! { <span class="changes-chip-reason"><Icon name="triangle-alert"/>{reasons}</span> });
    let (shift, start) = moving::handle(visit, change).unzip();
    let how = shift.as_ref().map(|_| "changes-move-how");
    view! {
        <a
            class="changes-chip"
            href=format!("/changes/{}", change.id)
            data-state=change.state.name()
            data-conflict=clash
            data-move=shift
            data-start=start
            aria-describedby=how
        >
            <span class="number">{time}</span>" "{label(change)}
            <span class="changes-chip-state">{state_word(change.state)}</span>
            {reason}
        </a>
    }
}

fn freeze_chip(freeze: &Freeze) -> impl IntoView + use<> {
    view! {
        <a class="changes-chip" data-freeze="" href=format!("/freezes#freeze-{}", freeze.id)>
            <Icon name="snowflake" label=t!("changes-freeze")/>" "{freeze.content.reason.clone()}
        </a>
    }
}

/// The first events of foreign calendars on one day, and how many there are beside them.
fn foreign_chips(visit: &Visit, calendar: &Calendar, day: Span, most: usize) -> (impl IntoView + use<>, usize) {
    let of_day: Vec<_> = calendar.foreign.times.iter().filter(|time| time.span.overlaps(day)).collect();
    let clock = |time: &foreign::Time| visit.clock(time.span.from);
    let chips = of_day.iter().take(most).map(|time| crate::calendars::chip(&calendar.foreign, time, &clock(time))).collect_view();
    (chips, of_day.len().saturating_sub(most))
}

fn occasion_chip(one: &Time) -> impl IntoView + use<> {
    view! {
        <a class="changes-chip" data-occasion="" href=format!("/occasions#occasion-{}", one.id)>
            <Icon name="calendar-range" label=say_kind(one.kind)/>" "{one.name.clone()}
        </a>
    }
}

/// Seven days side by side, on a phone one below another.
#[component]
pub(super) fn Week(days: Days, calendar: Calendar, quiet: Vec<QuietSpan>, cheapest: Option<Cheapest>) -> impl IntoView {
    let visit = use_visit();
    let today = today(&visit);
    let cells = days
        .each(&visit)
        .into_iter()
        .map(|(day, span)| {
            let (freezes, changes) = of_day(&calendar, span);
            let occasions = occasions_of_day(&calendar, span).map(occasion_chip).collect_view();
            let freezes = freezes.into_iter().map(freeze_chip).collect_view();
            let changes = changes.into_iter().map(|(change, conflicts)| chip(&visit, change, conflicts)).collect_view();
            let (foreign, _) = foreign_chips(&visit, &calendar, span, usize::MAX);
            view! {
                <section class="changes-cell" data-day=day.to_string() data-today=(day == today).then_some("")>
                    <h2>{day_text(day)}</h2>
                    {strip(&quiet, span)}
                    {cheapest::chips(cheapest.as_ref(), span)}
                    {occasions}
                    {freezes}
                    {changes}
                    {foreign}
                </section>
            }
        })
        .collect_view();
    view! { <div class="changes-seven" data-move-step="1440" data-move-leap="10080">{cells}</div> }
}

/// The weeks of a month as a table.
#[component]
pub(super) fn Month(days: Days, calendar: Calendar, quiet: Vec<QuietSpan>, cheapest: Option<Cheapest>) -> impl IntoView {
    let visit = use_visit();
    let today = today(&visit);
    let month = plus(days.first, 7).month();
    let heads = (1..=7).map(|n| view! { <th scope="col">{t!(&format!("changes-day-{n}"))}</th> }).collect_view();
    let cells = days.each(&visit);
    let weeks = cells
        .chunks(7)
        .map(|week| {
            let row = week
                .iter()
                .map(|(day, span)| {
                    let (freezes, changes) = of_day(&calendar, *span);
                    let (foreign, more_foreign) = foreign_chips(&visit, &calendar, *span, MOST);
                    let more = changes.len().saturating_sub(MOST) + more_foreign;
                    let occasions = occasions_of_day(&calendar, *span).map(occasion_chip).collect_view();
                    let freezes = freezes.into_iter().map(freeze_chip).collect_view();
                    let changes = changes.into_iter().take(MOST).map(|(change, conflicts)| chip(&visit, change, conflicts)).collect_view();
                    // The number is what is seen, the whole date what is spoken.
                    let spoken = day_text(*day);
                    let (before, number) = spoken.split_at(spoken.len() - 2);
                    let (before, number) = (before.to_owned(), number.to_owned());
                    let there = Here::now().with("view", "agenda").with("date", day).href();
                    view! {
                        <td class="changes-cell" data-day=day.to_string() data-today=(*day == today).then_some("") data-outside=(day.month() != month).then_some("")>
                            <a class="changes-date" href=there.clone()><span class="visually-hidden">{before}</span>{number}</a>
                            {strip(&quiet, *span)}
                            {cheapest::chips(cheapest.as_ref(), *span)}
                            {occasions}
                            {freezes}
                            {changes}
                            {foreign}
                            {(more > 0).then(|| view! { <a class="changes-link" href=there>{t!("changes-more", count = more)}</a> })}
                        </td>
                    }
                })
                .collect_view();
            view! { <tr>{row}</tr> }
        })
        .collect_view();
    view! {
        <div class="table-wrap" role="region" aria-label=t!("changes-view-month") tabindex="0">
            <table class="changes-month" data-move-step="1440" data-move-leap="10080">
                <thead><tr>{heads}</tr></thead>
                <tbody>{weeks}</tbody>
            </table>
        </div>
    }
}
