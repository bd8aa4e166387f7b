//! Deliveries: what leaves the building. A fact becomes one row of the outbox per channel that wants it, in the
//! fact's own transaction; an engine sends the rows, again and again until one attempt is answered well.
//!
//! A crash between sending and recording repeats the message with the same key; it never loses one.

mod contact;
mod input;
mod joint;
mod kind;
mod manner;
pub mod message;
mod own;
mod port;
mod rule;
mod thread;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    id::{ChannelId, DeliveryId, IncidentId, SystemId, TeamId, UserId},
    words::words,
};
pub use contact::{CODE_LASTS_MS, CODE_TRIES, CONTACTS, Contact, ContactInput, Link, LinkAs, LinkTold, code_of};
pub use input::{CHANNEL_FIELDS, ChannelInput, Filter, Present};
pub use joint::{Piece, joined};
pub use kind::{Field, Kind, mailboxes, max_alerts};
pub use manner::{LinkFor, MANNER_FIELDS, Manner, Quiet, wall_time};
pub use own::{OfEach, Own};
pub use port::{Contacts, Deliveries};
pub use rule::{MAX_ATTEMPTS, Outcome, after_attempt, backoff_ms, judge, patience_ms, signed_content};
pub use thread::thread;

words! {
    /// What a channel can be told.
    pub enum Notify {
        /// An alert began to fire.
        AlertFiring = "alert.firing",
        /// An alert that had fired is over. Exactly one for every `alert.firing`.
        AlertResolved = "alert.resolved",
        /// An incident was opened.
        IncidentOpened = "incident.opened",
        /// A relapse reopened an incident.
        IncidentReopened = "incident.reopened",
        /// An incident was resolved.
        IncidentResolved = "incident.resolved",
        /// A change waits for approval.
        ChangePending = "change.pending",
        /// A change was approved by everybody it takes.
        ChangeApproved = "change.approved",
        /// A change was refused by an approver.
        ChangeRejected = "change.rejected",
        /// A change ran out: nobody began it while its window, or its approval, lasted.
        ChangeExpired = "change.expired",
        /// A change was started.
        ChangeStarted = "change.started",
        /// A change was finished, well or not.
        ChangeFinished = "change.finished",
        /// Something was deployed for a change although there was no go.
        ChangeUngated = "change.ungated",
        /// What was seen of a change since came to a verdict.
        ChangeVerified = "change.verified",
        /// Something to be done after an incident is due; goes to its owner only.
        ActionDue = "action.due",
        /// A shift is offered for another one; goes to whoever has that one.
        SwapOffered = "swap.offered",
        /// The offer of a shift was accepted; goes to whoever offered, as the next one does.
        SwapAccepted = "swap.accepted",
        /// The offer of a shift was declined.
        SwapDeclined = "swap.declined",
        /// The offer of a shift was withdrawn; goes to whoever was asked.
        SwapWithdrawn = "swap.withdrawn",
        /// Somebody is called by an escalation. Goes to the channels and persons that are called, whatever they want.
        Page = "page",
        /// Somebody pressed the test button. Goes to that channel whatever it wants.
        Test = "test",
        /// A code that proves that a contact method reaches its person.
        Verify = "verify",
        /// Somebody outside is asked whether they want to hear of a status page. Goes to that address only.
        StatusConfirm = "status.confirm",
        /// Something was published on a status page. Goes to those who subscribed to it.
        StatusNotice = "status.notice",
    }
    /// Where a delivery stands.
    pub enum State {
        /// Waits for its next attempt.
        Waiting = "waiting",
        /// An attempt is under way.
        Sending = "sending",
        /// The endpoint answered 2xx.
        Delivered = "delivered",
        /// Given up; a person can send it again.
        Dead = "dead",
    }
    /// Why a delivery waits although nothing failed.
    pub enum Held {
        /// Quiet hours.
        Quiet = "quiet",
        /// Enough was told in this minute.
        Rate = "rate",
        /// What was to be told before it has not left yet.
        Order = "order",
    }
}

impl Notify {
    /// What a channel may choose among.
    pub fn choices() -> impl Iterator<Item = Self> {
        use Notify::{ActionDue, Page, StatusConfirm, StatusNotice, Test, Verify};
        let to_some = |n: Self| n.is_of_swap() || matches!(n, Page | ActionDue | Test | Verify | StatusConfirm | StatusNotice);
        Self::ALL.iter().copied().filter(move |n| !to_some(*n))
    }

    /// Whether it tells one of two people of the swap of their shifts.
    pub fn is_of_swap(self) -> bool {
        matches!(self, Self::SwapOffered | Self::SwapAccepted | Self::SwapDeclined | Self::SwapWithdrawn)
    }

    /// Whether it goes to somebody outside who knows a status page and nothing else of us.
    pub fn is_of_status(self) -> bool {
        matches!(self, Self::StatusConfirm | Self::StatusNotice)
    }

    /// Whether it tells that something is over and nothing else.
    pub fn is_of_end(self) -> bool {
        matches!(self, Self::AlertResolved | Self::IncidentResolved)
    }

    /// Whether somebody waits for it in front of the screen: neither quiet hours nor a rate hold it up.
    pub fn is_asked_for(self) -> bool {
        matches!(self, Self::Test | Self::Verify | Self::StatusConfirm)
    }
}

/// Something to tell: goes to every enabled channel of the team (or of all teams) that wants the event.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// What happened, by the name of a [`Notify`], e.g. `alert.firing`.
    pub event: &'static str,
    /// The system it concerns.
    pub system: Option<SystemId>,
    /// The team it concerns.
    pub team: TeamId,
    /// The incident on whose page the delivery is recorded.
    pub incident: Option<IncidentId>,
    /// The `data` of the message.
    pub payload: serde_json::Value,
    /// Idempotency key: the same key reaches a channel's outbox once. Letters, digits, `-`, `_`, `:` only.
    pub key: String,
}

/// Where notifications go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Channel {
    /// Its id.
    pub id: ChannelId,
    /// Its name.
    pub name: String,
    /// How it carries messages.
    pub kind: Kind,
    /// Where messages go, as far as it may be told.
    pub target: String,
    /// What its kind must know and may be shown, e.g. `to` for mail.
    pub settings: BTreeMap<String, String>,
    /// In which manner it speaks.
    pub manner: Manner,
    /// The team whose facts it hears; `null` for every team.
    pub team: Option<TeamId>,
    /// What it wants to hear.
    pub events: Vec<Notify>,
    /// Whether it is on. Turned off, nothing new is written for it, and what waits goes out when it is turned on again; tests
    /// are sent all the same.
    pub enabled: bool,
    /// Since when nothing arrives through it; `null` where the last attempt went well, or there was none.
    pub failing_since: Option<Timestamp>,
    /// Counts edits.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A channel just made. Where the portal made its secret, that is shown once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewChannel {
    /// The channel.
    pub channel: Channel,
    /// `whsec_…`, for the receiver of a webhook to check signatures with; never shown again. `null` for other kinds.
    pub secret: Option<String>,
}

/// One message to one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// The channel.
    pub channel: ChannelId,
    /// Name of the channel.
    pub channel_name: String,
    /// How the channel carries messages.
    pub kind: Kind,
    /// Whose contact method the channel is.
    pub user: Option<UserId>,
    /// What it tells.
    pub event: Notify,
    /// Idempotency key; every attempt carries it as `webhook-id`.
    pub key: String,
    /// The team it concerns; `null` where it concerns none.
    pub team: Option<TeamId>,
    /// The incident it concerns.
    pub incident: Option<IncidentId>,
    /// Where it stands.
    pub state: State,
    /// Attempts so far.
    pub attempts: i64,
    /// When the next attempt is due, while it waits.
    pub next_at: Timestamp,
    /// When it was written.
    pub created_at: Timestamp,
    /// When the last attempt ended.
    pub last_at: Option<Timestamp>,
    /// When it was delivered.
    pub delivered_at: Option<Timestamp>,
    /// HTTP status of the last answer.
    pub last_status: Option<i64>,
    /// Why the last attempt failed; empty where it did not.
    pub last_error: String,
    /// How the other side calls what it took; empty where it did not say.
    pub receipt: String,
    /// Why it waits although nothing failed.
    pub held: Option<Held>,
    /// The message that told this one too.
    pub summed_in: Option<DeliveryId>,
    /// The delivery that this one stands in for.
    pub instead_of: Option<DeliveryId>,
}

/// One attempt of a delivery, as it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attempt {
    /// Which one it was, from 1; counted on where the delivery is sent again.
    pub number: i64,
    /// When it ended.
    pub at: Timestamp,
    /// How many milliseconds it took.
    pub ms: i64,
    /// HTTP status of the answer.
    pub status: Option<i64>,
    /// Why it failed; empty where it did not.
    pub error: String,
}
