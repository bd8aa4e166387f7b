//! Words of escalations.

use domain::{
    alerts::Severity,
    escalations::{Called, Progress, Step, Trouble},
    time::MINUTE,
};
use leptos::prelude::*;

use crate::{
    components::{Badge, Tone, duration},
    t,
};

/// Why nobody is reached.
pub(super) fn trouble_word(trouble: Trouble) -> String {
    t!(&format!("escalations-trouble-{trouble}"))
}

/// Where a run stands.
pub(super) fn run_word(state: Progress) -> String {
    t!(&format!("escalations-run-{state}"))
}

pub(super) fn run_tone(state: Progress) -> Tone {
    match state {
        Progress::Running => Tone::P2,
        Progress::Acknowledged | Progress::Resolved => Tone::Ok,
        Progress::Exhausted => Tone::P1,
        Progress::Replaced => Tone::NoData,
    }
}

/// Severities in one word where it is all of them.
fn severities(of: &[Severity]) -> String {
    if of.len() == Severity::ALL.len() { String::new() } else { of.iter().map(|s| s.name()).collect::<Vec<_>>().join(", ") }
}

/// "After 5 min, if nobody acknowledged", with the severities where it is not all.
pub(super) fn sentence(number: usize, step: &Step) -> String {
    let when = match (number, step.after_min) {
        (_, 0) => t!("escalations-at-once"),
        (1, min) => t!("escalations-after", duration = duration(min * MINUTE)),
        (_, min) => t!("escalations-after-if", duration = duration(min * MINUTE)),
    };
    match severities(&step.severities) {
        all if all.is_empty() => when,
        some => t!("escalations-for", when = when, severities = some),
    }
}

/// Whom: `Lena (on call, Payments primary)`; in red why nobody.
#[component]
pub(super) fn Names(called: Vec<Called>) -> impl IntoView {
    let items = called
        .into_iter()
        .map(|called| {
            let name = match (called.person_name.as_str(), called.name.as_str()) {
                ("", name) => name.to_owned(),
                (person, name) if person == name => person.to_owned(),
                (person, name) => match &called.target {
                    domain::escalations::Target::Schedule(_) => t!("escalations-on-call", person = person, schedule = name),
                    _ => t!("escalations-of", person = person, name = name),
                },
            };
            let trouble = called.trouble.map(|trouble| view! { " "<Badge tone=Tone::P1 word=trouble_word(trouble)/> });
            view! { <li>{name}{trouble}</li> }
        })
        .collect_view();
    view! { <ul class="oncall-names">{items}</ul> }
}
