//! Words and shapes of alerts.

use domain::{
    alerts::{Labels, Severity, State, of_label},
    id::SystemId,
};
use leptos::prelude::*;

use crate::{
    components::{Badge, Here, Tone},
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

/// The system of an alert as a link; a dash where it concerns none.
pub(super) fn system_link(system: Option<&SystemId>, name: &str) -> AnyView {
    match system {
        Some(id) => view! { <a href=format!("/systems/{id}")>{name.to_owned()}</a> }.into_any(),
        None => "—".into_any(),
    }
}

/// Labels that a row of a list leaves out: it says the same in columns of its own.
const SAID: &[&str] = &["alertname", "system", "team", "tier", "severity", "monitor"];

/// Labels, each a link to the alerts that carry it.
#[component]
pub(super) fn LabelChips(
    /// The labels.
    labels: Labels,
    /// Only what a list does not say already, and not too many.
    #[prop(optional)]
    few: bool,
) -> impl IntoView {
    let shown: Vec<_> = labels.into_iter().filter(|(name, _)| !few || !SAID.contains(&name.as_str())).collect();
    let most = if few { 4 } else { usize::MAX };
    let rest = shown.len().saturating_sub(most);
    let chips = shown
        .into_iter()
        .take(most)
        .map(|(name, value)| {
            let href = Here::parse("/alerts").with("label", of_label(&name, &value)).href();
            view! { <li><a href=href><span class="muted">{name}"="</span>{value}</a></li> }
        })
        .collect_view();
    (rest > 0 || !chips.is_empty()).then(|| {
        view! {
            <ul class="alerts-labels" aria-label=t!("alerts-labels")>
                {chips}
                {(rest > 0).then(|| view! { <li class="muted">{format!("+{rest}")}</li> })}
            </ul>
        }
    })
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
