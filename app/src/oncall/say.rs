//! Words and moments of on call.

use domain::{
    Span, Timestamp,
    oncall::{Day, Duty, OnHolidays, PersonRef, Rotation},
};
use jiff::tz::TimeZone;
use leptos::prelude::*;

use crate::{
    components::{Badge, Tone, duration},
    t,
};

/// A moment to the minute, in a zone.
pub(super) fn minute(at: Timestamp, zone: &TimeZone) -> String {
    at.wall(zone).chars().take(16).collect()
}

/// A span in a zone: `2025-03-14 09:00 – 18:00`, with its length.
#[component]
pub(super) fn WallSpan(span: Span, zone: TimeZone) -> impl IntoView {
    let (from, to) = (minute(span.from, &zone), minute(span.to, &zone));
    let short = if from[..10] == to[..10] { to[11..].to_owned() } else { to };
    let length = duration(span.length());
    view! {
        <span class="when">
            <time datetime=span.from.rfc3339()>{from}</time>
            " – "
            <time datetime=span.to.rfc3339()>{short}</time>
            <span class="when-relative">{format!(" ({length})")}</span>
        </span>
    }
}

/// Somebody's name, with a word where the pager would reach nobody with them.
#[component]
pub(super) fn Person(person: PersonRef) -> impl IntoView {
    let absent = person.absent.then(|| view! { " "<Badge tone=Tone::P2 word=t!("oncall-absent")/> });
    view! { <span>{person.name}</span>{absent} }
}

/// Who has it, or in red that nobody does.
#[component]
pub(super) fn Who(duty: Duty) -> impl IntoView {
    match duty.person {
        Some(person) => view! { <Person person/> }.into_any(),
        None => view! { <Badge tone=Tone::P1 word=t!("oncall-nobody")/> }.into_any(),
    }
}

/// What says who has it.
pub(super) fn because(duty: &Duty) -> String {
    match (&duty.cover, &duty.person) {
        (Some(_), _) => t!("oncall-cover"),
        (None, Some(_)) => duty.layer.clone(),
        (None, None) => t!("oncall-gap"),
    }
}

pub(super) fn day_word(day: Day) -> String {
    t!(&format!("oncall-day-{day}"))
}

pub(super) fn rotation_word(rotation: Rotation) -> String {
    t!(&format!("oncall-rotation-{rotation}"))
}

pub(super) fn holidays_word(holidays: OnHolidays) -> String {
    t!(&format!("oncall-on-holidays-{holidays}"))
}

/// The label of each field of the forms of a schedule's page.
pub(super) fn labels() -> Vec<(&'static str, String)> {
    [
        ("name", "oncall-field-name"),
        ("team", "oncall-field-team"),
        ("zone", "oncall-field-zone"),
        ("holidays", "oncall-field-holidays"),
        ("layers", "oncall-field-layers"),
        ("person", "oncall-field-person"),
        ("start", "oncall-field-from"),
        ("end", "oncall-field-to"),
        ("reason", "oncall-field-reason"),
        ("gives", "oncall-field-gives"),
        ("takes", "oncall-field-takes"),
    ]
    .into_iter()
    .map(|(name, key)| (name, t!(key)))
    .collect()
}
