//! What comes again, in words: how often, when on the clock, until when.

use domain::alerts::{
    Recurrence,
    recurrence::{Cadence, Days},
};
use leptos::prelude::*;

use crate::t;

/// `every Friday at 18:00, until 2026-12-31`; the rule itself where a few words cannot say it.
#[component]
pub fn Again(recurrence: Recurrence) -> AnyView {
    let Some(said) = recurrence.cadence().and_then(|cadence| said(&cadence, &recurrence.time())) else {
        return view! { <code>{recurrence.written().rrule.clone()}</code> }.into_any();
    };
    view! { <span title=recurrence.written().rrule.clone()>{said}</span> }.into_any()
}

fn said(cadence: &Cadence, time: &str) -> Option<String> {
    let every = cadence.every;
    let often = match &cadence.on {
        Days::Every => t!("again-days", every = every),
        Days::OfWeek(days) => {
            let days: Vec<i8> = days.iter().map(|day| day.to_monday_one_offset()).collect();
            let workdays = days == [1, 2, 3, 4, 5];
            let days = if workdays { t!("again-workdays") } else { joined(days.into_iter().map(weekday)) };
            t!("again-weeks", every = every, days = days)
        }
        Days::OfMonth(days) => {
            let days: Option<Vec<String>> = days.iter().map(|day| day_of_month(*day)).collect();
            t!("again-months", every = every, days = joined(days?.into_iter()))
        }
        Days::Nth(days) => {
            let days: Option<Vec<String>> =
                days.iter().map(|(which, day)| nth(i64::from(*which), weekday(day.to_monday_one_offset()))).collect();
            t!("again-months", every = every, days = joined(days?.into_iter()))
        }
        Days::NthWorkday(places) => {
            let days: Option<Vec<String>> = places.iter().map(|which| nth(i64::from(*which), t!("again-workday"))).collect();
            t!("again-months", every = every, days = joined(days?.into_iter()))
        }
        Days::OfYear(month, day) => t!("again-years", every = every, month = t!(&format!("month-{month}")), day = i64::from(*day)),
    };
    let text = t!("again-at", often = often, time = time);
    Some(match cadence.last {
        Some(last) => t!("again-until", text = text, day = last.to_string()),
        None => text,
    })
}

fn weekday(number: i8) -> String {
    t!(&format!("weekday-{number}"))
}

fn nth(which: i64, day: String) -> Option<String> {
    matches!(which, -1 | 1..=5).then(|| t!("again-nth", which = which, day = day))
}

fn day_of_month(day: i8) -> Option<String> {
    match day {
        -1 => Some(t!("again-last-day")),
        day if day > 0 => Some(t!("again-day", day = i64::from(day))),
        _ => None,
    }
}

fn joined(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(&t!("again-comma"))
}
