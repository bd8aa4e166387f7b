//! A change as incidents look at it.

use serde::{Deserialize, Serialize};

use super::{Outcome, Risk, State};
use crate::{
    Span, Timestamp,
    id::{ChangeId, SystemId, TeamId},
};

/// A change as a suspect: what an incident wants to know of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecentChange {
    /// Its id.
    pub id: ChangeId,
    /// 12, said as `CHG-12`.
    pub number: i64,
    /// One line.
    pub title: String,
    /// The team that did the work.
    pub team: TeamId,
    /// Where it stands.
    pub state: State,
    /// How it ended, if it has.
    pub outcome: Option<Outcome>,
    /// How risky it was said to be.
    pub risk: Risk,
    /// The nearest of the systems asked for.
    pub system: SystemId,
    /// Its distance, as given by the asker.
    pub distance: u32,
    /// When work began, if it has.
    pub started_at: Option<Timestamp>,
    /// When work ended, if it has.
    pub finished_at: Option<Timestamp>,
    /// When it may run.
    pub window: Span,
}
