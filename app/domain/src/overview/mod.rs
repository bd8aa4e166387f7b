//! What stands above the areas: the overview, the glance that every page carries, and the search over everything.

mod port;
mod verdict;

use serde::{Deserialize, Serialize};

pub use port::Overview;
pub use verdict::{Answer, FRESH, Reason, Seen, Verdict};

use crate::{
    Span, Timestamp,
    alerts::Alert,
    changes,
    incidents::Incident,
    monitors::{Shown, StripCell},
    systems::Brief,
    transactions::Totals,
};

/// What the frame of every page says of the state of things within the actor's reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Glance {
    /// The worst severity of an open incident or a firing alert, 1 (critical) to 4; `None` when all is well.
    pub worst: Option<u8>,
    /// Alerts that fire and that nobody has acknowledged.
    pub alerts: i64,
    /// Open incidents.
    pub incidents: i64,
    /// What waits for this actor's approval.
    pub approvals: i64,
}

/// What kind of thing was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum FoundKind {
    /// A page of the portal.
    Page,
    /// A system.
    System,
    /// An incident.
    Incident,
    /// A change.
    Change,
    /// A tool.
    Tool,
    /// A monitor.
    Monitor,
    /// An alert that lasts.
    Alert,
    /// A rule.
    Rule,
    /// A metric source.
    Source,
    /// An objective.
    Objective,
    /// A schedule of on call.
    Schedule,
    /// A status page.
    Status,
}

impl FoundKind {
    /// Its word in URLs, JSON and Fluent keys.
    pub fn word(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::System => "system",
            Self::Incident => "incident",
            Self::Monitor => "monitor",
            Self::Alert => "alert",
            Self::Rule => "rule",
            Self::Source => "source",
            Self::Objective => "objective",
            Self::Schedule => "schedule",
            Self::Status => "status",
            Self::Change => "change",
            Self::Tool => "tool",
        }
    }
}

/// Something that was found by name, number or pinyin initials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Found {
    /// What it is.
    pub kind: FoundKind,
    /// Its name, with its number where it has one.
    pub title: String,
    /// What tells it from others: team, state.
    pub subtitle: String,
    /// Path of its page.
    pub href: String,
}

/// A system on the overview.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SystemLine {
    /// The system.
    pub system: Brief,
    /// The worst of its monitors; `None` where it has none.
    pub shown: Option<Shown>,
    /// How many monitors it has.
    pub monitors: u64,
    /// Its last 24 hours in equal cells.
    pub strip: Vec<StripCell>,
}

/// Everything the overview shows, cut to the actor's reach.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Summary {
    /// When it was read.
    pub at: Timestamp,
    /// Are customers hurt now?
    pub verdict: Verdict,
    /// The span of the figures: the last 15 minutes.
    pub span: Span,
    /// Transactions in it.
    pub totals: Totals,
    /// Transactions in the same span last week, by the clock on the wall where the teams are on call.
    pub before: Totals,
    /// Open incidents of severity P1 and P2.
    pub severe: u64,
    /// Every system, those that are down first.
    pub systems: Vec<SystemLine>,
    /// Open incidents, the worst first.
    pub incidents: Vec<Incident>,
    /// Changes within four hours around now, by start.
    pub changes: Vec<changes::Summary>,
    /// Alerts that fire.
    pub alerts: Vec<Alert>,
}

/// What is drawn on every chart over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Events {
    /// Changes that ran or may run in the span.
    pub changes: Vec<changes::Summary>,
    /// Incidents that were open in the span.
    pub incidents: Vec<Incident>,
}
