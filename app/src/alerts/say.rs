//! Words and shapes of alerts.

use domain::{
    alerts::{Cause, Labels, Reason, Severity, State, of_label},
    id::SystemId,
};
use leptos::prelude::*;

use crate::{
    components::{Badge, Here, Tab, Tabs, Tone},
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

/// Says how many earlier rows of a list are left out; nothing where none is.
pub(super) fn earlier(count: i64) -> Option<impl IntoView> {
    (count > 0).then(|| view! { <p class="muted small">{t!("alerts-earlier", count = count)}</p> })
}

/// The system of an alert as a link; a dash where it concerns none.
pub(super) fn system_link(system: Option<&SystemId>, name: &str) -> AnyView {
    match system {
        Some(id) => view! { <a href=format!("/systems/{id}")>{name.to_owned()}</a> }.into_any(),
        None => "—".into_any(),
    }
}

/// What kept an alert quiet as its history has it, a cause and a name each, in the language being rendered.
pub(super) fn causes_words(detail: &str) -> String {
    let one = |said: &str| {
        let (cause, name) = said.split_once(' ').unwrap_or((said, ""));
        Some(reason_words(&Reason { cause: Cause::parse(cause)?, by: String::new(), name: name.to_owned() }))
    };
    // A name may have a comma in it.
    detail.split(", ").map(|said| one(said).unwrap_or_else(|| said.to_owned())).collect::<Vec<_>>().join(", ")
}

/// Why an alert tells nobody, in the language being rendered.
fn reason_words(reason: &Reason) -> String {
    let (elsewhere, name) = (reason.name.is_empty(), reason.name.as_str());
    match reason.cause {
        Cause::Inhibition if elsewhere => t!("alerts-quiet-inhibition-elsewhere"),
        Cause::Dependency if elsewhere => t!("alerts-quiet-dependency-elsewhere"),
        Cause::Maintenance if elsewhere => t!("alerts-quiet-maintenance-elsewhere"),
        Cause::Silence => t!("alerts-quiet-silence", name = name),
        Cause::Inhibition => t!("alerts-quiet-inhibition", name = name),
        Cause::Dependency => t!("alerts-quiet-dependency", name = name),
        Cause::Maintenance => t!("alerts-quiet-maintenance", name = name),
        Cause::Monitor => t!("alerts-quiet-monitor", name = name),
        Cause::Unsettled => t!("alerts-quiet-unsettled"),
        Cause::Flapping => t!("alerts-quiet-flapping", count = name),
        Cause::Nobody => t!("alerts-quiet-nobody", name = name),
    }
}

/// Why an alert tells nobody, as one item of a list.
pub(super) fn reason_item(reason: Reason) -> impl IntoView {
    let elsewhere = reason.name.is_empty();
    let words = reason_words(&reason);
    let href = match reason.cause {
        // Another team's page may be closed to whoever reads this.
        Cause::Inhibition | Cause::Dependency | Cause::Maintenance if elsewhere => String::new(),
        Cause::Silence => format!("/alerts/silences/{}", reason.by),
        Cause::Inhibition | Cause::Dependency => format!("/alerts/{}", reason.by),
        Cause::Maintenance => format!("/changes/{}", reason.by),
        Cause::Monitor => format!("/monitors/{}", reason.by),
        Cause::Unsettled | Cause::Flapping | Cause::Nobody => String::new(),
    };
    if href.is_empty() { view! { <li>{words}</li> }.into_any() } else { view! { <li><a href=href>{words}</a></li> }.into_any() }
}

/// Says that an alert tells nobody; nothing where it does.
#[component]
pub(super) fn QuietBadge(
    /// Why.
    reasons: Vec<Reason>,
) -> impl IntoView {
    (!reasons.is_empty()).then(|| view! { <Badge tone=Tone::Maintenance word=t!("alerts-suppressed") icon="bell-off"/> })
}

/// The pages about alerts.
#[component]
pub(super) fn AlertTabs(
    /// Path of the one that is shown.
    current: &'static str,
) -> impl IntoView {
    let tab = |href: &str, label: String| Tab { href: href.to_owned(), label, count: None };
    let tabs = vec![
        tab("/alerts", t!("alerts-title")),
        tab("/alerts/silences", t!("silences-title")),
        tab("/alerts/routing", t!("routing-title")),
        tab("/alerts/what-if", t!("whatif-title")),
    ];
    view! { <Tabs label=t!("alerts-title") tabs current/> }
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
