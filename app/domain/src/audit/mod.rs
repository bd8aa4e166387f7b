//! The audit trail: who did what to which thing, in a chain of keyed hashes.

mod filter;
mod port;

use serde::{Deserialize, Serialize};

use crate::{Timestamp, id::TeamId};
pub use filter::{AuditFilter, Damage, Mark, Verdict};
pub use port::Audit;

/// Every kind of thing that an act is done to; the filter of the trail offers them. An engine whose acts concern nothing else stands for
/// itself.
pub const KINDS: &[&str] = &[
    "alert",
    "alerts",
    "approval-policy",
    "calendar",
    "change",
    "change-template",
    "channel",
    "contact",
    "delegation",
    "delivery",
    "deployment",
    "evidence",
    "freeze",
    "incident",
    "incident-rules",
    "integration",
    "load-comparison",
    "load-run",
    "load-target",
    "location",
    "merchant",
    "monitor",
    "objective",
    "occasion",
    "policy",
    "retention",
    "review-template",
    "role",
    "routing",
    "rule",
    "run",
    "schedule",
    "setting",
    "settings",
    "silence",
    "source",
    "status-page",
    "stream",
    "system",
    "team",
    "token",
    "tool",
    "user",
    "view",
];

/// What an act was done to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Object {
    /// The noun, one of [`KINDS`].
    pub kind: String,
    /// Its id.
    pub id: String,
    /// Its name when the act was done.
    pub name: String,
    /// The team that owns it, if one does.
    pub team: Option<TeamId>,
}

impl Object {
    /// An object by noun, id, name and team.
    pub fn new(kind: &str, id: impl ToString, name: impl ToString, team: Option<&TeamId>) -> Self {
        debug_assert!(KINDS.contains(&kind), "{kind} is missing in the kinds of the trail");
        Self { kind: kind.into(), id: id.to_string(), name: name.to_string(), team: team.cloned() }
    }
}

/// One row of the trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditRow {
    /// 1, 2, 3 … without a gap.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// `user`, `token`, `engine` or `nobody`.
    pub actor_kind: String,
    /// Id of the user or token, name of the engine.
    pub actor_id: String,
    /// Name at that time.
    pub actor_name: String,
    /// The act, e.g. `change.approve`.
    pub act: String,
    /// What it was done to.
    pub object: Object,
    /// What changed, as JSON text.
    pub detail: String,
    /// Keyed hash over the row before and every column of this row, in hexadecimal; rows of before there was a key carry a
    /// plain one.
    pub hash: String,
}
