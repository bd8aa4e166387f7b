//! The service of the area `objectives`, and the engine that watches how fast budgets burn.
//!
//! **Architecture invariants:** counts are read where they are kept (roll-ups of transactions, the query source), never
//! copied; an objective is claimed by moving its next moment forward; what nobody can count is unknown, and moves no alarm.

mod acts;
mod count;
mod engine;
mod reads;
mod store;
mod tell;

use std::time::Duration;

use async_trait::async_trait;
use domain::{
    Actor, Fault, Reach,
    form::Typed,
    id::ObjectiveId,
    objectives::{Hour, Objective, Objectives, Sli},
    transactions::Filter,
};
use sqlx::AnyConnection;

use crate::{Context, egress::Egress, transactions};
use count::Counting;

pub use engine::{NAME, Watcher};

/// The noun of alerts of an objective.
pub const SOURCE: &str = "objective";

/// How objectives are looked at.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether a tick waits for every look, which is how tests drive it.
    pub by_hand: bool,
    /// Sources asked at a time.
    pub concurrency: usize,
    /// How long the objectives of one source may take together.
    pub patience: Duration,
    /// How long transactions are kept.
    pub transactions: transactions::Settings,
}

impl Default for Settings {
    fn default() -> Self {
        Self { by_hand: false, concurrency: 16, patience: Duration::from_secs(50), transactions: transactions::Settings::default() }
    }
}

/// Implements [`domain::objectives::Objectives`].
pub struct Service {
    ctx: Context,
    counting: Counting,
}

impl Service {
    /// The service over the common ground; sources are asked through `egress`, the settings say how long transactions are kept.
    pub fn new(ctx: Context, egress: Egress, transactions: transactions::Settings) -> Self {
        Self { counting: Counting { ctx: ctx.clone(), egress, transactions }, ctx }
    }
}

#[async_trait]
impl Objectives for Service {
    async fn list(&self, actor: &Actor) -> Result<Vec<Objective>, Fault> {
        reads::list(&self.ctx, actor).await
    }
    async fn get(&self, actor: &Actor, id: &ObjectiveId) -> Result<Objective, Fault> {
        reads::get(&self.ctx, actor, id).await
    }
    async fn hours(&self, actor: &Actor, id: &ObjectiveId) -> Result<Vec<Hour>, Fault> {
        reads::hours(&self.counting, actor, id).await
    }
    async fn create(&self, actor: &Actor, typed: &Typed) -> Result<ObjectiveId, Fault> {
        acts::create(&self.ctx, actor, typed).await
    }
    async fn edit(&self, actor: &Actor, id: &ObjectiveId, typed: &Typed) -> Result<(), Fault> {
        acts::edit(&self.ctx, actor, id, typed).await
    }
    async fn pause(&self, actor: &Actor, id: &ObjectiveId, paused: bool) -> Result<(), Fault> {
        acts::pause(&self.ctx, actor, id, paused).await
    }
    async fn delete(&self, actor: &Actor, id: &ObjectiveId) -> Result<(), Fault> {
        acts::delete(&self.ctx, actor, id).await
    }
}

/// The choice of an objective that counts successes of transactions, the codes that it excuses, and the zone of its month, if it has
/// one; `None` where it counts something else, or is gone.
pub(crate) async fn of_successes(conn: &mut AnyConnection, id: &ObjectiveId) -> Result<Option<(Filter, Vec<String>, String)>, Fault> {
    let objective = match store::one(conn, &Reach::All, id).await {
        Err(Fault::NotFound(_)) => return Ok(None),
        other => other?,
    };
    Ok(match objective.sli {
        Sli::Success { filter, excused } => Some((filter, excused, objective.month)),
        Sli::Latency { .. } | Sli::Query { .. } => None,
    })
}
