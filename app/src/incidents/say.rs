//! Words and shapes of incidents.

use domain::{
    deliveries::Notify,
    incidents::{EntryKind, Incident, Role, State, TimeKind},
};
use leptos::prelude::*;

use super::{
    cost::time_word,
    together::{told_link, told_role},
};
use crate::{
    components::{Badge, Tone},
    deliveries::event_word,
    monitors::told_words,
    t,
    visit::use_visit,
};

/// A state in the language being rendered.
pub(super) fn state_word(state: State) -> String {
    match state {
        State::Triage => t!("incidents-state-triage"),
        State::Investigating => t!("incidents-state-investigating"),
        State::Identified => t!("incidents-state-identified"),
        State::Mitigated => t!("incidents-state-mitigated"),
        State::Resolved => t!("incidents-state-resolved"),
        State::Reviewed => t!("incidents-state-reviewed"),
        State::Closed => t!("incidents-state-closed"),
    }
}

/// What the button does that moves it there.
pub(super) fn move_word(to: State) -> String {
    match to {
        State::Triage => t!("incidents-state-triage"),
        State::Investigating => t!("incidents-move-investigating"),
        State::Identified => t!("incidents-move-identified"),
        State::Mitigated => t!("incidents-move-mitigated"),
        State::Resolved => t!("incidents-move-resolved"),
        State::Reviewed => t!("incidents-move-reviewed"),
        State::Closed => t!("incidents-move-closed"),
    }
}

/// Where an incident stands, as shape and word. How bad it is, is another badge.
#[component]
pub(super) fn IncidentStateBadge(
    /// The state.
    state: State,
) -> impl IntoView {
    let (tone, icon) = match state {
        State::Triage => (Tone::Accent, "bell"),
        State::Investigating => (Tone::Accent, "search"),
        State::Identified => (Tone::Accent, "eye"),
        State::Mitigated => (Tone::Ok, "shield"),
        State::Resolved => (Tone::Ok, "circle-check"),
        State::Reviewed => (Tone::Ok, "clipboard-check"),
        State::Closed => (Tone::NoData, "lock"),
    };
    view! { <Badge tone word=state_word(state) icon plain=!state.is_open()/> }
}

/// What was done, as a short sentence without the name, its icon and colour.
pub(super) fn entry_words(kind: EntryKind, text: &str, roles: &[Role]) -> (String, &'static str, Tone) {
    let state = || State::parse(text).map_or_else(|| text.to_owned(), state_word);
    match kind {
        EntryKind::Opened => (t!("incidents-entry-opened"), "flag", Tone::Accent),
        EntryKind::Reopened => (t!("incidents-entry-reopened", text = text), "undo-2", Tone::P2),
        EntryKind::Linked => (t!("incidents-entry-linked", text = text), "link", Tone::NoData),
        EntryKind::AlertFired => (t!("incidents-entry-alert-fired", text = crate::alerts::titled_words(text)), "siren", Tone::P1),
        EntryKind::AlertAcknowledged => {
            (t!("incidents-entry-alert-acknowledged", text = crate::alerts::title_words(text)), "check", Tone::Accent)
        }
        EntryKind::AlertResolved => {
            (t!("incidents-entry-alert-resolved", text = crate::alerts::titled_words(text)), "circle-check", Tone::Ok)
        }
        EntryKind::Moved => (t!("incidents-entry-moved", state = state()), "arrow-right", Tone::Accent),
        EntryKind::Owned => (t!("incidents-entry-owned", name = text), "user", Tone::Accent),
        EntryKind::Released => (t!("incidents-entry-released"), "user", Tone::NoData),
        EntryKind::Edited => (t!("incidents-entry-edited", text = text), "pencil", Tone::NoData),
        EntryKind::Comment => (t!("incidents-entry-comment"), "message-square", Tone::Accent),
        EntryKind::Change => (t!("incidents-entry-change", text = crate::changes::say_told(text)), "calendar-range", Tone::Maintenance),
        EntryKind::CauseConfirmed => (t!("incidents-entry-cause-confirmed", text = crate::alerts::title_words(text)), "flag", Tone::P2),
        EntryKind::CauseRejected => (t!("incidents-entry-cause-rejected", text = crate::alerts::title_words(text)), "minus", Tone::NoData),
        EntryKind::Deployment => (t!("incidents-entry-deployment", text = told_deployment(text)), "arrow-up", Tone::Maintenance),
        EntryKind::Run => (t!("incidents-entry-run", text = crate::tools::say_told(text)), "square-terminal", Tone::Accent),
        EntryKind::Delivered => (t!("incidents-entry-delivered", text = told(text)), "send", Tone::Ok),
        EntryKind::RoleGiven => (t!("incidents-entry-role-given", text = told_role(roles, text)), "user", Tone::Accent),
        EntryKind::RoleTaken => (t!("incidents-entry-role-taken", text = told_role(roles, text)), "user", Tone::NoData),
        EntryKind::TaskAdded => (t!("incidents-entry-task-added", text = text), "clipboard-check", Tone::Accent),
        EntryKind::TaskDone => (t!("incidents-entry-task-done", text = text), "check", Tone::Ok),
        EntryKind::TaskReopened => (t!("incidents-entry-task-reopened", text = text), "undo-2", Tone::NoData),
        EntryKind::TaskRemoved => (t!("incidents-entry-task-removed", text = text), "minus", Tone::NoData),
        EntryKind::RunbookPinned if text.is_empty() => (t!("incidents-entry-runbook"), "scroll-text", Tone::NoData),
        EntryKind::RunbookPinned => (t!("incidents-entry-runbook-of", text = text), "scroll-text", Tone::NoData),
        EntryKind::MergedInto => (t!("incidents-entry-merged-into", text = text), "link", Tone::P3),
        EntryKind::MergedFrom => (t!("incidents-entry-merged-from", text = text), "link", Tone::P3),
        EntryKind::Related => (t!("incidents-entry-related", text = told_link(text)), "link", Tone::NoData),
        EntryKind::Unrelated => (t!("incidents-entry-unrelated", text = told_link(text)), "link", Tone::NoData),
        EntryKind::FileAdded => (t!("incidents-entry-file-added", text = text), "download", Tone::Accent),
        EntryKind::FileRemoved => (t!("incidents-entry-file-removed", text = text), "trash-2", Tone::NoData),
        EntryKind::Published => (t!("incidents-entry-published", text = text), "send", Tone::Accent),
        EntryKind::Finding => (t!("incidents-entry-finding", text = text), "search", Tone::P2),
        EntryKind::Impact => (t!("incidents-entry-impact", text = text), "info", Tone::P3),
        EntryKind::TimeCorrected => (t!("incidents-entry-time", text = told_time(text)), "clock", Tone::NoData),
        EntryKind::ReviewBegun => (t!("incidents-entry-review"), "clipboard-check", Tone::Accent),
        EntryKind::ActionAdded => (t!("incidents-entry-action-added", text = text), "clipboard-check", Tone::Accent),
        EntryKind::ActionDone => (t!("incidents-entry-task-done", text = text), "check", Tone::Ok),
        EntryKind::ActionDropped => (t!("incidents-entry-action-dropped", text = text), "minus", Tone::NoData),
        EntryKind::SystemAdded => (t!("incidents-entry-system-added", text = text), "boxes", Tone::NoData),
        EntryKind::SystemRemoved => (t!("incidents-entry-system-removed", text = text), "boxes", Tone::NoData),
        EntryKind::Acknowledged => (t!("incidents-entry-acknowledged"), "check", Tone::Accent),
        EntryKind::Paged => (t!("incidents-entry-paged", text = text), "bell", Tone::P2),
        EntryKind::PagedNobody => (t!("incidents-entry-paged-nobody", text = text), "circle-x", Tone::P1),
        EntryKind::PagingAgain => (t!("incidents-entry-paging-again"), "bell", Tone::P2),
        EntryKind::PagingHeld => (t!("incidents-entry-paging-held"), "bell-off", Tone::NoData),
        EntryKind::Unanswered => (t!("incidents-entry-unanswered", text = text), "octagon-alert", Tone::P1),
        EntryKind::DeliveryFailed => (t!("incidents-entry-delivery-failed", text = told(text)), "circle-x", Tone::P2),
    }
}

/// What was told of a moment, `began → 1741932000000: why`, in the reader's language and zone.
fn told_time(text: &str) -> String {
    let parts = text.split_once(" → ").and_then(|(kind, rest)| Some((TimeKind::parse(kind)?, rest.split_once(": ")?)));
    parts.map_or_else(
        || text.to_owned(),
        |(kind, (at, why))| {
            let at = at.parse().map_or_else(|_| t!("incidents-time-fact"), |ms| use_visit().wall(domain::Timestamp(ms)));
            format!("{} → {at} ({why})", time_word(kind))
        },
    )
}

/// What was told of a deployment, `4.12 → production: failed`, with the state in the reader's language.
fn told_deployment(text: &str) -> String {
    let parts = text.rsplit_once(": ").and_then(|(what, state)| Some((what, domain::deployments::State::parse(state)?)));
    parts.map_or_else(|| text.to_owned(), |(what, state)| format!("{what}: {}", crate::deployments::state_word(state)))
}

/// What was told to whom, `incident.opened → pager`, with the event in the reader's language.
fn told(text: &str) -> String {
    let event = text.split_once(" → ").and_then(|(event, rest)| Some((Notify::parse(event)?, rest)));
    let Some((event, rest)) = event else { return text.to_owned() };
    let rest = match rest.split_once(": ") {
        Some((channel, why)) => format!("{channel}: {}", told_words(why)),
        None => rest.to_owned(),
    };
    format!("{} → {rest}", event_word(event))
}

/// The one who did it; what the house did by itself carries the house's name.
pub(super) fn who(actor: &str) -> String {
    let ours = [
        "explanations",
        "impact",
        "alerts",
        "deliveries",
        "tools",
        "changes",
        "monitors",
        "escalations",
        "actions",
        "dispatch",
        "rules",
        "objectives",
        "sources",
        "runs",
    ];
    if ours.contains(&actor) { t!("incidents-by-itself") } else { actor.to_owned() }
}

/// The systems by name, in a row.
pub(super) fn system_names(incident: &Incident) -> String {
    incident.systems.iter().map(|system| system.name.as_str()).collect::<Vec<_>>().join(", ")
}
