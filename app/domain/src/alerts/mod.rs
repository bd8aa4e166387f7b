//! Alerts: a condition that holds now.
//!
//! `pending → firing → recovering → resolved`. Acknowledgement is a flag beside the state. Nothing here turns
//! quiet because data is missing: *unknown* keeps every state where it is.

mod decision;
mod filter;
pub mod group;
pub mod inbound;
mod interval;
pub mod labels;
pub mod matcher;
pub mod ours;
mod pipeline_port;
mod port;
mod posted;
pub mod recurrence;
pub mod routing;
mod rule;
mod seen;
pub mod silence;
mod spoken;
mod term;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    id::{AlertId, IncidentId, SystemId, TeamId},
    people::Locale,
    words::words,
};
pub use decision::{Decision, DecisionKind, Group, Reached, Receipt, RoutingVersion, Untold, WhatIf, Why};
pub use filter::{Filter, of_label, unread};
pub use group::{Cause, Reason, Told};
pub use interval::TimeInterval;
pub use labels::Labels;
pub use matcher::Matcher;
pub use pipeline_port::{Integrations, Routes, Silences};
pub use port::Alerts;
pub use posted::{Posted, SeenFrom, Timing};
pub use recurrence::Recurrence;
pub use routing::{Considered, Inhibition, Manners, Route, Routing, Verdict};
pub use rule::{Delays, Reading, next, path};
pub use seen::{Measure, Seen};
pub use silence::{FOREVER, Silence, SilenceContent, SilenceState};
pub use spoken::{Late, RUNBOOK, Spoken, in_language, kept_told, named, title_told};
pub use term::{Term, TermName, span};

/// Alerts that one act may acknowledge: as many as a page of the list holds.
pub const MOST_AT_ONCE: usize = crate::page::MAX_PAGE as usize;

words! {
    /// How bad it is; P1 is the worst.
    pub enum Severity {
        /// Critical: customers are hurt now.
        P1 = "P1",
        /// High: customers will be hurt soon.
        P2 = "P2",
        /// Warning: look today.
        P3 = "P3",
        /// Info.
        P4 = "P4",
    }
    /// Where an alert stands.
    pub enum State {
        /// The condition holds, not yet for long enough to tell anybody.
        Pending = "pending",
        /// The condition has held for long enough; people are told.
        Firing = "firing",
        /// The condition no longer holds, not yet for long enough to believe it.
        Recovering = "recovering",
        /// Over.
        Resolved = "resolved",
    }
    /// What a row of an alert's history tells.
    pub enum EventKind {
        /// The state moved.
        Moved = "moved",
        /// Somebody acknowledged.
        Acknowledged = "acknowledged",
        /// What is known changed: it holds, it does not, nobody knows.
        Read = "read",
        /// Something keeps it quiet.
        Suppressed = "suppressed",
        /// Nothing keeps it quiet any more.
        Released = "released",
        /// It is worse than it was.
        Worsened = "worsened",
    }
}

impl Severity {
    /// 1 for P1 to 4 for P4: how it is stored and sorted.
    pub fn rank(self) -> i64 {
        match self {
            Self::P1 => 1,
            Self::P2 => 2,
            Self::P3 => 3,
            Self::P4 => 4,
        }
    }

    /// Reads a rank; anything else than 1–3 is P4.
    pub fn from_rank(rank: i64) -> Self {
        match rank {
            1 => Self::P1,
            2 => Self::P2,
            3 => Self::P3,
            _ => Self::P4,
        }
    }
}

impl State {
    /// Whether it is over.
    pub fn is_over(self) -> bool {
        self == Self::Resolved
    }
}

/// What a source says about one condition at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    /// The noun of the source: `monitor`, `rule`, `alertmanager`.
    pub source_kind: &'static str,
    /// Its id: what tells this condition from the others of its kind.
    pub source_id: String,
    /// The system it concerns, which says whose it is; `None` where it concerns none of the catalogue: then no incident is
    /// opened for it.
    pub system: Option<SystemId>,
    /// Whose it is where there is no system; of no meaning beside one.
    pub team: Option<TeamId>,
    /// Whether the condition (the bad one) holds; `None` where nobody knows.
    pub holds: Option<bool>,
    /// How bad it is if it holds.
    pub severity: Severity,
    /// One line that names the condition, e.g. `bank-link HTTP is down`.
    pub title: String,
    /// What was seen, e.g. `status 503, expected 200`.
    pub detail: String,
    /// Page of the source within the portal, e.g. `/monitors/…`; may be empty.
    pub url: String,
    /// How long it must hold, and be gone, before it counts; `None` for the delays of its kind.
    pub delays: Option<Delays>,
    /// What it is, for routes, silences and lists. Our own sources leave out what [`labels::complete`] adds.
    pub labels: Labels,
    /// What is told of it, and no rule looks at: `summary`, `runbook_url`.
    pub annotations: Labels,
    /// What is kept of annotations that tell a finding: a [`Late`] as JSON; empty where none does.
    pub late: String,
    /// What is looked at, and when that is bad, as it is now.
    pub rule: Vec<Term>,
}

impl Signal {
    /// What makes two signals the same condition.
    pub fn fingerprint(&self) -> String {
        condition(self.source_kind, &self.source_id)
    }
}

/// The fingerprint of what this source of ours watches.
pub fn condition(source_kind: &str, source_id: &str) -> String {
    format!("{source_kind}:{source_id}")
}

/// One alert: one run of a condition from its first sign to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Alert {
    /// Its id.
    pub id: AlertId,
    /// One line that names the condition.
    pub title: String,
    /// What was seen last.
    pub detail: String,
    /// Page of the source within the portal; may be empty.
    pub url: String,
    /// How bad it is.
    pub severity: Severity,
    /// Where it stands.
    pub state: State,
    /// Whether the condition holds now; `null` where nobody knows.
    pub holds: Option<bool>,
    /// The noun of the source, e.g. `monitor`.
    pub source_kind: String,
    /// Id of the source.
    pub source_id: String,
    /// The system it concerns; `null` where it concerns none of the catalogue.
    pub system: Option<SystemId>,
    /// Name of the system; empty where there is none.
    pub system_name: String,
    /// The team that owns the system, or that it was sent to.
    pub team: TeamId,
    /// What it is, for routes, silences and lists.
    pub labels: Labels,
    /// What is told of it, and no rule looks at.
    pub annotations: Labels,
    /// What is kept of annotations that tell a finding: a [`Late`] as JSON; empty where none does.
    #[serde(skip)]
    pub late: String,
    /// Why it tells nobody; empty where nothing keeps it quiet.
    pub suppressed: Vec<Reason>,
    /// The incident it belongs to.
    pub incident: Option<IncidentId>,
    /// First sign.
    pub started_at: Timestamp,
    /// When it began to fire; absent where it never did.
    pub fired_at: Option<Timestamp>,
    /// When it was over.
    pub resolved_at: Option<Timestamp>,
    /// When it is over if nobody repeats it; absent where its source tells the end.
    pub expires_at: Option<Timestamp>,
    /// When the state was reached.
    pub changed_at: Timestamp,
    /// When its source last spoke of it, if only to say the same again.
    pub seen_at: Timestamp,
    /// When somebody acknowledged.
    pub acknowledged_at: Option<Timestamp>,
    /// Who acknowledged; empty where nobody did.
    pub acknowledged_by: String,
    /// How long the condition must hold and be gone before it counts.
    pub delays: Delays,
}

impl Alert {
    /// What it says to a reader of this language in this zone.
    pub fn spoken(&self, locale: Locale, zone: &TimeZone) -> Spoken {
        Spoken::of((&self.title, &self.detail), &self.annotations, Late::read(&self.late).as_ref(), locale, zone)
    }

    /// What it says in each language, as [`title_told`] reads it; empty where it says one alone.
    pub fn told(&self) -> String {
        kept_told(&self.annotations, &self.late).map_or_else(String::new, |told| told.to_string())
    }
}

/// What the area `incidents` is told of an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertFacts {
    /// The alert.
    pub id: AlertId,
    /// One line that names the condition.
    pub title: String,
    /// What was seen.
    pub detail: String,
    /// What it says in each language, as [`title_told`] reads it; empty where there is one alone.
    pub told: String,
    /// How bad it is.
    pub severity: Severity,
    /// The system it concerns, if its source knows one.
    pub system: Option<SystemId>,
    /// The team that owns the system, or hears of what has none.
    pub team: TeamId,
    /// What makes two alerts of a system, or of a team, have the same cause: the fingerprint of the condition; where there is no
    /// system, the group in which they are told.
    pub cause: String,
    /// The incident that it belongs to already.
    pub incident: Option<IncidentId>,
}

/// One row of an alert's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlertEvent {
    /// When.
    pub at: Timestamp,
    /// What it tells.
    pub kind: EventKind,
    /// The state before; absent on the first row.
    pub from: Option<State>,
    /// The state after.
    pub to: State,
    /// Who or what did it.
    pub actor: String,
    /// What was seen.
    pub detail: String,
}

/// An alert with its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlertDetail {
    /// The alert.
    pub alert: Alert,
    /// Number of its incident.
    pub incident_number: Option<i64>,
    /// Title of its incident.
    pub incident_title: Option<String>,
    /// What is said of that title in each language, as [`title_told`] reads it.
    #[serde(skip)]
    pub incident_told: String,
    /// Everything that happened to it, oldest first; of more than 1,000 the newest.
    pub history: Vec<AlertEvent>,
    /// How many earlier ones of them are left out.
    pub earlier_history: i64,
}
