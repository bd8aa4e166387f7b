//! Words and shapes of alerts.

use domain::alerts::{Severity, State};
use leptos::prelude::*;

use crate::{
    components::{Badge, Tone},
    t,
};

/// 1 to 4, as badges want it.
pub(crate) fn level(severity: Severity) -> u8 {
    u8::try_from(severity.rank()).unwrap_or(4)
}

/// A state in the language being rendered.
pub(super) fn state_word(state: State) -> String {
    match state {
        State::Pending => t!("alerts-state-pending"),
        State::Firing => t!("alerts-state-firing"),
        State::Recovering => t!("alerts-state-recovering"),
        State::Resolved => t!("alerts-state-resolved"),
    }
}

/// Where an alert stands, as shape and word. How bad it is, is another badge.
#[component]
pub(crate) fn AlertStateBadge(
    /// The state.
    state: State,
) -> impl IntoView {
    let (tone, icon) = match state {
        State::Pending => (Tone::NoData, "clock"),
        State::Firing => (Tone::Accent, "siren"),
        State::Recovering => (Tone::Accent, "undo-2"),
        State::Resolved => (Tone::Ok, "circle-check"),
    };
    view! { <Badge tone word=state_word(state) icon plain=state.is_over()/> }
}

/// Where an act came from, if it names one of the pages on which the button stands.
pub(super) fn back(next: &str, or: String) -> String {
    let ours =
        next == "/alerts" || next == "/" || next.starts_with("/alerts?") || next.starts_with("/alerts/") || next.starts_with("/incidents/");
    if ours && !next.contains(['\\', '\r', '\n']) && !next.contains("//") { next.to_owned() } else { or }
}

#[cfg(test)]
mod tests {
    use super::back;

    #[test]
    fn only_our_own_pages_are_gone_back_to() {
        for good in ["/alerts?state=firing&severity=P1", "/incidents/42", "/"] {
            assert_eq!(back(good, "/x".into()), good);
        }
        for bad in ["//evil", "/\\evil", "https://evil", "/alerts?x=//evil", "", "/admin"] {
            assert_eq!(back(bad, "/x".into()), "/x", "{bad}");
        }
    }
}
