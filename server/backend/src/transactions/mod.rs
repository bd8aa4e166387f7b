//! The service of the area `transactions`, and what sibling areas may ask of it on their own connection.
//!
//! A batch takes a place before it is read, is parsed off the async threads ([`intake`]), waits in a bounded queue, and is
//! written by one task that takes whatever waits into a single transaction ([`writer`]); the answer goes out after the commit.
//! The engine ([`engine`]) merges segments and drops
//! what is older than its retention. Pages read through [`ask`].

mod ask;
mod dictionary;
mod engine;
pub(crate) mod explain;
mod intake;
mod slots;
mod store;
mod writer;

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    Actor, Fault, Permission, Timestamp,
    time::DAY,
    transactions::{Analysis, Intake, Kept, Question},
};

use crate::Context;
pub(crate) use ask::counted;
pub use ask::{latest, totals};
pub use engine::Compactor;
use intake::Desk;
pub(crate) use slots::{ALWAYS, slots, sum};

/// What boot may choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Codes that mean success where a line does not say `success` itself; compared without case.
    pub success_codes: Vec<String>,
    /// Batches that may wait; one more is answered with "too many".
    pub queue: usize,
    /// Bytes of bodies, as they travel, that may be in memory at a time; what comes beyond is answered with "too many".
    pub queue_bytes: usize,
    /// Days that minutes are kept.
    pub minute_days: u32,
    /// Days that hours are kept.
    pub hour_days: u32,
    /// Days that days are kept; older transactions are refused.
    pub day_days: u32,
    /// Days that the key of a batch is remembered.
    pub batch_days: u32,
    /// Different values that one dimension may have through one system; further ones are counted together as `(other)`.
    pub max_values: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            success_codes: ["00", "0000", "SUCCESS"].map(str::to_owned).to_vec(),
            queue: 64,
            queue_bytes: 128 << 20,
            minute_days: 15,
            hour_days: 100,
            day_days: 800,
            batch_days: 7,
            max_values: 200_000,
        }
    }
}

impl Settings {
    /// From when on each grain is kept.
    pub(crate) fn kept(&self, now: Timestamp) -> Kept {
        let since = |days: u32| now.plus(-i64::from(days) * DAY);
        Kept { minute: since(self.minute_days), hour: since(self.hour_days), day: since(self.day_days) }
    }

    /// What was last used before this moment is used by nothing that is kept, the last slot's length and some leisure included.
    fn values_kept(&self, now: Timestamp) -> Timestamp {
        self.kept(now).day.plus(-2 * DAY)
    }
}

/// Implements [`domain::transactions::Transactions`].
pub struct Service {
    ctx: Context,
    settings: Arc<Settings>,
    desk: Arc<Desk>,
}

impl Service {
    /// The service over the common ground. Starts the writer task on the current runtime; it ends when the service is dropped
    /// and its queue is empty.
    pub fn new(ctx: Context, settings: Settings) -> Self {
        let settings = Arc::new(settings);
        let desk = Arc::new(Desk::open(ctx.clone(), settings.clone()));
        Self { ctx, settings, desk }
    }

    /// Whether batches are written: a process in which they are not is not ready for any.
    pub fn is_written(&self) -> bool {
        self.desk.is_served()
    }
}

#[async_trait]
impl domain::transactions::Transactions for Service {
    async fn reserve(&self, actor: &Actor, bytes: u64) -> Result<Box<dyn Intake>, Fault> {
        self.desk.clone().reserve(actor, bytes)
    }

    async fn analyse(&self, actor: &Actor, question: &Question) -> Result<Analysis, Fault> {
        actor.require_somewhere(Permission::Read)?;
        ask::analyse(&self.ctx, &self.settings, &actor.reach(Permission::Read), question).await
    }
}
