//! The audit trail: who did what to which thing, in a chain of hashes.

mod filter;
mod port;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Timestamp, id::TeamId};
pub use filter::{AuditFilter, Damage, Verdict};
pub use port::Audit;

/// What an act was done to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Object {
    /// The noun, e.g. `change`.
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
    /// Hex SHA-256 over the row before and this row.
    pub hash: String,
}

impl AuditRow {
    /// The hash that this row must carry on top of the row before (empty before the first). Every part is
    /// preceded by its length, so that no two rows give the same bytes.
    pub fn chain(&self, before: &str) -> String {
        let mut sha = Sha256::new();
        let (seq, at) = (self.seq.to_string(), self.at.0.to_string());
        for part in [
            before,
            &seq,
            &at,
            &self.actor_kind,
            &self.actor_id,
            &self.actor_name,
            &self.act,
            &self.object.kind,
            &self.object.id,
            &self.object.name,
            self.object.team.as_ref().map_or("", TeamId::as_str),
            &self.detail,
        ] {
            sha.update((part.len() as u64).to_be_bytes());
            sha.update(part.as_bytes());
        }
        sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
