//! Working on an incident together: roles and who holds them, tasks, the pinned runbook, and incidents that belong
//! together.
//!
//! Whoever holds the role [`COMMANDER`] leads the incident, and whoever leads holds it: one truth under two words.

mod input;
mod port;

use serde::{Deserialize, Serialize};

use super::State;
use crate::{
    Timestamp,
    id::{IncidentId, SystemId, TaskId, UserId},
    time::{HOUR, MINUTE},
    words::words,
};
pub use input::{LinkInput, ResponderInput, RoleInput, RunbookInput, SystemInput, TASK_FIELDS, TaskInput, read_merge, read_window};
pub use port::Teamwork;

/// Key of the role that leads; it cannot be removed from the list.
pub const COMMANDER: &str = "commander";

/// Most responders, tasks and links of one incident, and most roles of the house.
pub const MOST: i64 = 200;

/// Bounds of the window within which a relapse reopens an incident, in milliseconds: none, to a day.
pub const WINDOW_MS: std::ops::RangeInclusive<i64> = 0..=24 * HOUR;

/// The window in minutes as a form shows it.
pub fn window_minutes(ms: i64) -> i64 {
    ms / MINUTE
}

/// A part that somebody can play in an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = IncidentRole))]
pub struct Role {
    /// Its handle, e.g. `scribe`.
    pub key: String,
    /// Its English name.
    pub name: String,
    /// Its Chinese name.
    pub name_zh: String,
}

/// Somebody in a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Responder {
    /// Who.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// Key of the role.
    pub role: String,
    /// Since when.
    pub since: Timestamp,
}

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// What.
    pub text: String,
    /// By whom; `null` for whoever comes first.
    pub assignee: Option<UserId>,
    /// Their name; empty for nobody in particular.
    pub assignee_name: String,
    /// By when.
    pub due: Option<Timestamp>,
    /// Who wrote it down.
    pub by: String,
    /// Who did it; empty while it is to be done.
    pub done_by: String,
    /// When it was done.
    pub done_at: Option<Timestamp>,
}

impl Task {
    /// Whether it should have been done by now, and is not.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.done_at.is_none() && self.due.is_some_and(|due| due < now)
    }
}

words! {
    /// How an incident belongs to another.
    pub enum LinkKind {
        /// They have to do with each other.
        Related = "related",
        /// The other one led to this.
        CausedBy = "caused-by",
        /// Both are the same disturbance.
        Duplicate = "duplicate",
    }
}

/// Another incident that belongs to this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Linked {
    /// How.
    pub kind: LinkKind,
    /// Whether it was said of the other one: with `caused-by`, this led to the other.
    pub reverse: bool,
    /// The other one.
    pub incident: IncidentId,
    /// Its number.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub state: State,
}

/// What to do, as it was written down beforehand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Runbook {
    /// The system it was written for; `null` where it was written for this incident.
    pub system: Option<SystemId>,
    /// Name of that system; empty where there is none.
    pub system_name: String,
    /// Whether somebody chose it; else it is that of the first system.
    pub pinned: bool,
    /// Markdown.
    pub text: String,
}

/// Who and what there is around an incident: part of its detail.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = IncidentTeamwork))]
pub struct Together {
    /// The roles of the house, in their order.
    pub roles: Vec<Role>,
    /// Who holds which.
    pub responders: Vec<Responder>,
    /// What is to be done, what is done last.
    pub tasks: Vec<Task>,
    /// What to do, if anybody has written it down.
    pub runbook: Option<Runbook>,
    /// Incidents that belong to this one, as far as the reader's teams reach.
    pub links: Vec<Linked>,
    /// The incidents that turned out to be this one: number and title.
    pub merged: Vec<(i64, String)>,
    /// Number of the incident that this one turned out to be.
    pub merged_into: Option<i64>,
}

/// Rules of the house for all incidents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = IncidentRules))]
pub struct Rules {
    /// How long after resolution a fault that comes back reopens the incident, in milliseconds; 0: never.
    pub reopen_within_ms: i64,
    /// The roles, in their order.
    pub roles: Vec<Role>,
}
