//! States and commands in words.

use domain::tools::{Kind, RunState};
use leptos::prelude::*;

use crate::{components::Tone, t};

/// Colour and word of a state.
pub(super) fn state(state: RunState) -> (Tone, String) {
    match state {
        RunState::Awaiting => (Tone::P3, t!("runs-state-awaiting")),
        RunState::Queued => (Tone::NoData, t!("runs-state-queued")),
        RunState::Running => (Tone::Accent, t!("runs-state-running")),
        RunState::Succeeded => (Tone::Ok, t!("runs-state-succeeded")),
        RunState::Failed => (Tone::P2, t!("runs-state-failed")),
        RunState::TimedOut => (Tone::P2, t!("runs-state-timed-out")),
        RunState::Killed => (Tone::P3, t!("runs-state-killed")),
        RunState::KillUnconfirmed => (Tone::P1, t!("runs-state-kill-unconfirmed")),
        RunState::NotStarted => (Tone::P2, t!("runs-state-not-started")),
        RunState::Lost => (Tone::P2, t!("runs-state-lost")),
        RunState::Rejected => (Tone::NoData, t!("runs-state-rejected")),
        RunState::Withdrawn => (Tone::NoData, t!("runs-state-withdrawn")),
    }
}

/// What may be given for a parameter.
pub(super) fn rule(kind: &Kind) -> String {
    match kind {
        Kind::Text { pattern } if pattern.is_empty() => t!("tools-rule-text"),
        Kind::Text { pattern } => t!("tools-rule-pattern", pattern = pattern.as_str()),
        Kind::Number { min, max } => t!("tools-rule-number", min = min.to_string(), max = max.to_string()),
        Kind::Choice { options } => t!("tools-rule-choice", options = options.join(", ")),
        Kind::System => t!("tools-rule-system"),
        Kind::Secret => t!("tools-rule-secret"),
    }
}

/// The kinds, each with its word.
pub(super) fn kinds() -> Vec<(String, String)> {
    [
        ("text", t!("tools-kind-text")),
        ("number", t!("tools-kind-number")),
        ("choice", t!("tools-kind-choice")),
        ("system", t!("tools-kind-system")),
        ("secret", t!("tools-kind-secret")),
    ]
    .map(|(kind, word)| (kind.to_owned(), word))
    .to_vec()
}

/// Every argument by itself, so that none can hide in another.
pub(super) fn command(argv: &[String]) -> impl IntoView + use<> {
    let arguments = argv.iter().map(|argument| view! { <li><code>{argument.clone()}</code></li> }).collect_view();
    view! { <ol class="tools-argv">{arguments}</ol> }
}
