//! Words and shapes of deliveries.

use domain::deliveries::{Delivery, Held, Kind, Notify, State};
use leptos::prelude::*;

use crate::{
    components::{Badge, Fact, Facts, Panel, Tone, When},
    monitors::told_words,
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
        Notify::ChangeExpired => t!("deliveries-event-change-expired"),
        Notify::ChangeStarted => t!("deliveries-event-change-started"),
        Notify::ChangeFinished => t!("deliveries-event-change-finished"),
        Notify::ChangeUngated => t!("deliveries-event-change-ungated"),
        Notify::ChangeVerified => t!("deliveries-event-change-verified"),
        Notify::ActionDue => t!("deliveries-event-action-due"),
        Notify::SwapOffered => t!("deliveries-event-swap-offered"),
        Notify::SwapAccepted => t!("deliveries-event-swap-accepted"),
        Notify::SwapDeclined => t!("deliveries-event-swap-declined"),
        Notify::SwapWithdrawn => t!("deliveries-event-swap-withdrawn"),
        Notify::Page => t!("deliveries-event-page"),
        Notify::Test => t!("deliveries-event-test"),
        Notify::Verify => t!("deliveries-event-verify"),
        Notify::StatusConfirm => t!("deliveries-event-status-confirm"),
        Notify::StatusNotice => t!("deliveries-event-status-notice"),
    }
}

/// A kind of channel in the language being rendered.
pub(crate) fn kind_word(kind: Kind) -> String {
    match kind {
        Kind::Webhook => t!("deliveries-kind-webhook"),
        Kind::Email => t!("deliveries-kind-email"),
        Kind::Slack => t!("deliveries-kind-slack"),
        Kind::Teams => t!("deliveries-kind-teams"),
        Kind::DingTalk => t!("deliveries-kind-dingtalk"),
        Kind::Feishu => t!("deliveries-kind-feishu"),
        Kind::WeCom => t!("deliveries-kind-wecom"),
        Kind::Telegram => t!("deliveries-kind-telegram"),
        Kind::Alertmanager => t!("deliveries-kind-alertmanager"),
        Kind::WebPush => t!("deliveries-kind-web-push"),
    }
}

/// What a kind is good for, in one sentence.
pub(super) fn kind_text(kind: Kind) -> String {
    match kind {
        Kind::Webhook => t!("deliveries-text-webhook"),
        Kind::Email => t!("deliveries-text-email"),
        Kind::Slack => t!("deliveries-text-slack"),
        Kind::Teams => t!("deliveries-text-teams"),
        Kind::DingTalk => t!("deliveries-text-dingtalk"),
        Kind::Feishu => t!("deliveries-text-feishu"),
        Kind::WeCom => t!("deliveries-text-wecom"),
        Kind::Telegram => t!("deliveries-text-telegram"),
        Kind::Alertmanager => t!("deliveries-text-alertmanager"),
        Kind::WebPush => t!("contacts-push-text"),
    }
}

/// Why a delivery waits although nothing failed.
pub(super) fn held_word(held: Held) -> String {
    match held {
        Held::Quiet => t!("deliveries-held-quiet"),
        Held::Rate => t!("deliveries-held-rate"),
        Held::Order => t!("deliveries-held-order"),
    }
}

/// What the other side said last: a status, a receipt, or why it failed.
pub(super) fn answer(delivery: &Delivery) -> String {
    match (delivery.last_error.as_str(), delivery.held) {
        ("", Some(held)) if delivery.state == State::Waiting => held_word(held),
        ("", _) => {
            let said = delivery.last_status.map(|status| status.to_string()).into_iter().chain(Some(told_words(&delivery.receipt)));
            let said = said.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ");
            if said.is_empty() { "—".to_owned() } else { said }
        }
        (error, _) => told_words(error),
    }
}

/// How the last message through a channel fared; keeps itself up to date.
#[component]
pub(super) fn Outcome(
    /// The delivery.
    delivery: Delivery,
) -> impl IntoView {
    let answer = answer(&delivery);
    let again = matches!(delivery.state, State::Waiting | State::Sending);
    view! {
        <div id="deliveries-outcome" data-live="deliveries">
            <Panel title=t!("deliveries-outcome")>
                <Facts>
                    <Fact name=t!("deliveries-event")>{event_word(delivery.event)}</Fact>
                    <Fact name=t!("deliveries-state")><DeliveryBadge state=delivery.state/></Fact>
                    <Fact name=t!("deliveries-answer")>{answer}</Fact>
                    <Fact name=t!("deliveries-created")><When at=delivery.created_at/></Fact>
                </Facts>
                {again.then(|| view! { <p><a href="">{t!("deliveries-look-again")}</a></p> })}
            </Panel>
        </div>
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
pub(crate) fn DeliveryBadge(
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
