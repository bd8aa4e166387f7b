//! Foreign calendars on the calendar of changes: their events with where they are from, and how fresh each is.

use domain::calendars::{ForeignCalendar, Time, Times};
use leptos::prelude::*;

use crate::{
    components::{Icon, When, WhenSpan, WhenStyle},
    t,
};

/// `Office · calendar.example.org`.
pub(crate) fn say_source(calendar: &ForeignCalendar) -> String {
    format!("{} · {}", calendar.content.name, calendar.host)
}

fn source(times: &Times, time: &Time) -> String {
    times.of(time).map(say_source).unwrap_or_default()
}

fn href(time: &Time) -> String {
    format!("/calendars#calendar-{}", time.calendar)
}

/// An event in a cell of a week or a month.
pub(crate) fn chip(times: &Times, time: &Time, clock: &str) -> impl IntoView + use<> {
    let clock = (!time.whole_days).then(|| view! { <span class="number">{clock.to_owned()}</span>" " });
    view! {
        <a class="changes-chip" data-foreign="" href=href(time)>
            {clock}{time.name.clone()}<span class="changes-chip-state">{source(times, time)}</span>
        </a>
    }
}

/// An event in a line of the agenda.
pub(crate) fn line(times: &Times, time: &Time) -> impl IntoView + use<> {
    let when = (!time.whole_days).then(|| view! { <WhenSpan from=time.span.from to=time.span.to/>" · " });
    view! {
        <a href=href(time)><Icon name="calendar-range" label=t!("calendars-one")/>" "{time.name.clone()}</a>
        <span class="muted">{when}{source(times, time)}</span>
    }
}

/// How fresh each calendar is, below the picture.
#[component]
pub(crate) fn Sources(calendars: Vec<ForeignCalendar>) -> impl IntoView {
    let each = calendars
        .into_iter()
        .map(|calendar| {
            let href = format!("/calendars#calendar-{}", calendar.id);
            view! { <li><a href=href>{say_source(&calendar)}</a>" · "<Freshness calendar/></li> }
        })
        .collect_view();
    view! { <ul class="changes-sources" aria-label=t!("calendars-title")>{each}</ul> }
}

/// When it was last read, and since when and why it cannot be.
#[component]
pub(super) fn Freshness(calendar: ForeignCalendar) -> impl IntoView {
    let reading = calendar.reading;
    let read = match reading.read_at {
        Some(at) => view! { {t!("calendars-read")}" "<When at=at style=WhenStyle::Ago/> }.into_any(),
        None if reading.failing_since.is_none() => view! { <span class="muted">{t!("calendars-unread")}</span> }.into_any(),
        None => view! { <span class="muted">{t!("calendars-never-read")}</span> }.into_any(),
    };
    let failing = reading.failing_since.map(|since| {
        view! {
            <p class="calendars-failure">
                <Icon name="triangle-alert"/>" "{t!("calendars-failing")}" "<When at=since/>": "<code>{reading.failure}</code>
            </p>
        }
    });
    view! { {read}{failing} }
}
