//! Objectives in words, shapes and colours.

use domain::objectives::{Objective, Shown, Sli, SliKind, budget_left};
use leptos::prelude::*;

use crate::{
    components::{Badge, NULL, Tone, percent, significant},
    t,
};

pub(super) fn say_kind(kind: SliKind) -> String {
    match kind {
        SliKind::Success => t!("objectives-kind-success"),
        SliKind::Latency => t!("objectives-kind-latency"),
        SliKind::Query => t!("objectives-kind-query"),
    }
}

/// How long the window is: `28 days`, or which month.
pub(super) fn say_over(objective: &Objective) -> String {
    if objective.month.is_empty() {
        t!("objectives-over-days", days = objective.days)
    } else {
        t!("objectives-over-month", zone = objective.month.as_str())
    }
}

/// What must go well, in one sentence.
pub(super) fn say_target(objective: &Objective) -> String {
    let (target, over) = (format!("{}%", objective.target), say_over(objective));
    match &objective.sli {
        Sli::Success { excused, .. } if !excused.is_empty() => t!("objectives-says-excused", target = target, over = over),
        Sli::Success { .. } => t!("objectives-says-success", target = target, over = over),
        Sli::Latency { within_ms, .. } => t!("objectives-says-latency", target = target, over = over, within = significant(*within_ms)),
        Sli::Query { .. } => t!("objectives-says-query", target = target, over = over),
    }
}

/// What is left of the budget.
pub(super) fn left(objective: &Objective) -> Option<f64> {
    objective.standing.counted.and_then(|count| budget_left(count, objective.target))
}

/// A share that may be below nought.
pub(super) fn say_share(share: f64) -> String {
    if share < 0.0 { format!("−{}%", significant(-share * 100.0)) } else { percent(Some(share)) }
}

pub(super) fn say_left(objective: &Objective) -> String {
    left(objective).map_or_else(|| NULL.to_owned(), say_share)
}

pub(super) fn say_burn(burn: Option<f64>) -> String {
    burn.map_or_else(|| NULL.to_owned(), |burn| format!("{}×", significant(burn)))
}

/// How an objective is, as a badge.
#[component]
pub(super) fn ShownBadge(shown: Shown) -> impl IntoView {
    let (tone, word) = match shown {
        Shown::Burning => (Tone::P1, t!("objectives-shown-burning")),
        Shown::Spent => (Tone::P2, t!("objectives-shown-spent")),
        Shown::Unknown => (Tone::NoData, t!("objectives-shown-unknown")),
        Shown::New => (Tone::NoData, t!("objectives-shown-new")),
        Shown::Paused => (Tone::NoData, t!("objectives-shown-paused")),
        Shown::Met => (Tone::Ok, t!("objectives-shown-met")),
    };
    view! { <Badge tone word/> }
}
