//! Words and shapes of deliveries.

use domain::deliveries::{Notify, State};
use leptos::prelude::*;

use crate::{
    components::{Badge, Tone},
    t,
};

/// What a channel is told, in the language being rendered.
pub(crate) fn event_word(event: Notify) -> String {
    match event {
        Notify::AlertFiring => t!("deliveries-event-alert-firing"),
        Notify::AlertResolved => t!("deliveries-event-alert-resolved"),
        Notify::IncidentOpened => t!("deliveries-event-incident-opened"),
        Notify::IncidentReopened => t!("deliveries-event-incident-reopened"),
        Notify::IncidentResolved => t!("deliveries-event-incident-resolved"),
        Notify::ChangePending => t!("deliveries-event-change-pending"),
        Notify::ChangeApproved => t!("deliveries-event-change-approved"),
        Notify::ChangeRejected => t!("deliveries-event-change-rejected"),
        Notify::ChangeStarted => t!("deliveries-event-change-started"),
        Notify::ChangeFinished => t!("deliveries-event-change-finished"),
        Notify::ActionDue => t!("deliveries-event-action-due"),
        Notify::Page => t!("deliveries-event-page"),
        Notify::Test => t!("deliveries-event-test"),
    }
}

/// A state in the language being rendered.
pub(crate) fn state_word(state: State) -> String {
    match state {
        State::Waiting => t!("deliveries-state-waiting"),
        State::Sending => t!("deliveries-state-sending"),
        State::Delivered => t!("deliveries-state-delivered"),
        State::Dead => t!("deliveries-state-dead"),
    }
}

/// Where a delivery stands, as shape and word.
#[component]
pub(super) fn DeliveryBadge(
    /// The state.
    state: State,
) -> impl IntoView {
    let (tone, icon) = match state {
        State::Waiting => (Tone::NoData, "clock"),
        State::Sending => (Tone::Accent, "send"),
        State::Delivered => (Tone::Ok, "circle-check"),
        State::Dead => (Tone::P2, "circle-x"),
    };
    view! { <Badge tone word=state_word(state) icon/> }
}
