//! What stands above the areas: the overview, the glance that every page carries, and the search over everything.

mod port;

use serde::{Deserialize, Serialize};

pub use port::Overview;

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
}

impl FoundKind {
    /// Its word in URLs, JSON and Fluent keys.
    pub fn word(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::System => "system",
            Self::Incident => "incident",
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
