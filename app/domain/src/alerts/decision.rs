//! What was decided about an alert, kept as it was when it was decided.

use serde::{Deserialize, Serialize};

use super::{Alert, Considered, Labels, Reason, Term};
use crate::{
    Timestamp,
    escalations::Record,
    id::{GroupId, TeamId},
    words::words,
};

words! {
    /// What was decided.
    pub enum DecisionKind {
        /// Which routes took it: `version`, `standing`, `routes`, `groups`.
        Routed = "routed",
        /// It is kept quiet: `reasons`.
        Suppressed = "suppressed",
        /// Nothing keeps it quiet any more.
        Released = "released",
        /// Its group would have spoken, and is mute at this time: `group`, `receiver`, `interval`.
        Held = "held",
        /// Its group spoke of it: `group`, `receiver`, `told`, `alerts`, `number`, `key`, `channels`.
        Told = "told",
    }
}

/// One decision; `data` holds what its kind says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Decision {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: DecisionKind,
    /// The facts of it.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub data: serde_json::Value,
}

/// A message that a decision sent out, as the ledger has it now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Receipt {
    /// The delivery.
    pub id: crate::id::DeliveryId,
    /// Key of the notification.
    pub key: String,
    /// Name of the channel.
    pub channel: String,
    /// Where it stands.
    pub state: crate::deliveries::State,
    /// When it was delivered.
    pub delivered_at: Option<Timestamp>,
    /// Status of the last answer.
    pub last_status: Option<i64>,
    /// Why the last attempt failed.
    pub last_error: String,
}

/// A group of alerts as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Its receiver.
    pub receiver: String,
    /// The route that leads to it.
    pub place: String,
    /// Its labels.
    pub labels: Labels,
    /// When it speaks next, if anything is to be said.
    pub next_at: Option<Timestamp>,
    /// When it spoke last.
    pub told_at: Option<Timestamp>,
    /// How often it spoke.
    pub said: i64,
    /// Whether the routes do not lead here any more: it only tells the ends that it owes.
    pub leaving: bool,
    /// Whether it tells one alert by itself, because there are no routes.
    pub standing: bool,
    /// Its alerts, as far as the reader's teams reach.
    pub alerts: Vec<Alert>,
}

/// Everything that was decided about an alert, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Why {
    /// The rule that it fired by, as it was while the alert ran; empty where its source says none.
    pub rule: Vec<Term>,
    /// What was seen when it began to fire; empty where it never did.
    pub value: String,
    /// The decisions, oldest first; of more than 500 the newest.
    pub decisions: Vec<Decision>,
    /// How many earlier decisions are left out.
    pub earlier_decisions: i64,
    /// What was sent, oldest first; of more than 200 the newest.
    pub receipts: Vec<Receipt>,
    /// How many earlier ones of them are left out.
    pub earlier_receipts: i64,
    /// The groups in which it is now.
    pub groups: Vec<Group>,
    /// Who was paged for its incident, step after step; `null` where it has none that the reader may see.
    pub paging: Option<Record>,
}

/// A receiver that an alert would reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reached {
    /// Its name.
    pub receiver: String,
    /// The route.
    pub place: String,
    /// Names of its channels that are on.
    pub channels: Vec<String>,
    /// Labels of the group that the alert would be in.
    pub group: Labels,
    /// How long the group waits, may be told again, repeats. Milliseconds.
    pub wait_ms: i64,
    /// See `wait_ms`.
    pub interval_ms: i64,
    /// See `wait_ms`.
    pub repeat_ms: i64,
    /// The interval that keeps it mute at that time.
    pub mute: Option<String>,
}

/// What would happen to an alert with these labels at this time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WhatIf {
    /// The time.
    pub at: Timestamp,
    /// The labels.
    pub labels: Labels,
    /// The team that it would belong to.
    pub team: Option<TeamId>,
    /// Name of that team.
    pub team_name: String,
    /// Name of the system that it would concern; empty for none.
    pub system_name: String,
    /// Every route, and what became of it.
    pub routes: Vec<Considered>,
    /// Who would be told.
    pub reached: Vec<Reached>,
    /// What would keep it quiet.
    pub reasons: Vec<Reason>,
    /// Whom the incident that it opens would page; `null` where it is kept quiet, or no policy pages for its severity.
    pub paging: Option<crate::escalations::Foreseen>,
    /// Of a moment that is over: what no history tells of, so that it is read as it is now; empty for now and for what comes.
    pub untold: Vec<Untold>,
}

impl WhatIf {
    /// Whether somebody would hear of it, if nothing kept it quiet: a channel that is on and not mute, or whom a policy pages.
    pub fn is_heard(&self) -> bool {
        self.paging.is_some() || self.reached.iter().any(|reached| reached.mute.is_none() && !reached.channels.is_empty())
    }
}

words! {
    /// What no history tells of.
    pub enum Untold {
        /// Which systems need which, and whose they are.
        Links = "links",
        /// Where receivers send, and whom escalation policies page.
        Channels = "channels",
        /// Silences that were edited since.
        Silences = "silences",
        /// Alerts of that time: none is kept.
        Alerts = "alerts",
        /// Maintenance of the monitor that the labels name: the system has none of that name now, or several.
        Maintenance = "maintenance",
    }
}

/// A version of the routing file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoutingVersion {
    /// Its number, from 1; 0 where nothing was ever written.
    pub version: i64,
    /// The file.
    pub yaml: String,
    /// Who wrote it.
    pub author: String,
    /// When.
    pub at: Timestamp,
}
