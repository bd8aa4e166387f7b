//! The service of the area `transactions`, and what sibling areas may ask of it on their own connection.
//!
//! A batch is parsed off the async threads, waits in a bounded queue, and is written by one task that takes whatever waits
//! into a single transaction ([`writer`]); the answer goes out after the commit. The engine ([`engine`]) merges segments and drops
//! what is older than its retention. Pages read through [`ask`].

mod ask;
mod dictionary;
mod engine;
mod store;
mod writer;

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use domain::{
    Actor, Fault, Permission, Wording,
    time::{DAY, MINUTE},
    transactions::{Analysis, Batch, Kept, Question, Receipt, Rules, Target, read_batch},
};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::{Context, systems};
pub use ask::{latest, totals};
pub use engine::Compactor;
use writer::{Job, Queue};

/// What boot may choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Codes that mean success where a line does not say `success` itself; compared without case.
    pub success_codes: Vec<String>,
    /// Batches that may wait; one more is answered with "too many".
    pub queue: usize,
    /// Days that minutes are kept.
    pub minute_days: u32,
    /// Days that hours are kept.
    pub hour_days: u32,
    /// Days that days are kept; older transactions are refused.
    pub day_days: u32,
    /// Days that the key of a batch is remembered.
    pub batch_days: u32,
    /// Different values that one dimension may have; further ones are counted together as `(other)`.
    pub max_values: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            success_codes: ["00", "0000", "SUCCESS"].map(str::to_owned).to_vec(),
            queue: 64,
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
    fn kept(&self, now: domain::Timestamp) -> Kept {
        let since = |days: u32| now.plus(-i64::from(days) * DAY);
        Kept { minute: since(self.minute_days), hour: since(self.hour_days), day: since(self.day_days) }
    }
}

/// How far a sender's clock may run ahead.
const AHEAD: i64 = 10 * MINUTE;

/// Implements [`domain::transactions::Transactions`].
pub struct Service {
    ctx: Context,
    settings: Arc<Settings>,
    queue: Queue,
    /// As many parsers as there are cores: more would only fill memory.
    parsers: Arc<Semaphore>,
}

impl Service {
    /// The service over the common ground. Starts the writer task on the current runtime; it ends when the service is dropped
    /// and its queue is empty.
    pub fn new(ctx: Context, settings: Settings) -> Self {
        let settings = Arc::new(settings);
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let queue = Queue::start(ctx.clone(), settings.clone());
        Self { ctx, settings, queue, parsers: Arc::new(Semaphore::new(cores)) }
    }

    /// The systems within the actor's reach, and to which of them it may post.
    async fn rules(&self, actor: &Actor) -> Result<Rules, Fault> {
        let now = self.ctx.now();
        let mut conn = self.ctx.db.read().await?;
        let systems: HashMap<_, _> = systems::all(&mut conn, &actor.reach(Permission::Read))
            .await?
            .into_iter()
            .map(|s| (s.key, if actor.may(Permission::IngestTransactions, &s.team) { Target::Open(s.id) } else { Target::Closed }))
            .collect();
        Ok(Rules {
            now,
            oldest: self.settings.kept(now).day,
            newest: now.plus(AHEAD),
            success_codes: self.settings.success_codes.clone(),
            systems,
        })
    }
}

/// Who a batch key belongs to: the person, so that a sender may change its token between two attempts.
fn sender(actor: &Actor) -> String {
    actor.user().map_or_else(|| format!("engine:{}", actor.name), |user| format!("user:{user}"))
}

fn check_key(key: &str) -> Result<(), Fault> {
    let good = (1..=200).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    if good { Ok(()) } else { Err(Fault::invalid("Idempotency-Key", key, Wording::new("expect-transaction-key"))) }
}

#[async_trait]
impl domain::transactions::Transactions for Service {
    async fn ingest(&self, actor: &Actor, batch: Batch) -> Result<Receipt, Fault> {
        actor.require_somewhere(Permission::IngestTransactions)?;
        if let Some(key) = &batch.key {
            check_key(key)?;
        }
        // The place in the queue comes before the work, so that overload costs nothing.
        let place = self.queue.place()?;
        let rules = self.rules(actor).await?;
        let parser = self.parsers.clone().acquire_owned().await.map_err(|_| Fault::Internal)?;
        let keyed = batch.key.is_some();
        let (parsed, fingerprint) = tokio::task::spawn_blocking(move || {
            let _parser = parser;
            let fingerprint = if keyed { hex::encode(Sha256::digest(&batch.body)) } else { String::new() };
            read_batch(&batch.body, &rules).map(|parsed| (parsed, fingerprint))
        })
        .await
        .map_err(|_| Fault::Internal)??;
        if parsed.rows.is_empty() {
            return Ok(parsed.receipt);
        }
        let mut receipt = parsed.receipt;
        let counts = (receipt.accepted, receipt.refused);
        let job = Job { rows: parsed.rows, names: parsed.names, sender: sender(actor), key: batch.key, fingerprint, counts };
        let outcome = place.write(job).await?;
        (receipt.accepted, receipt.refused) = outcome.counts;
        receipt.replayed = outcome.replayed;
        Ok(receipt)
    }

    async fn analyse(&self, actor: &Actor, question: &Question) -> Result<Analysis, Fault> {
        actor.authenticated()?;
        ask::analyse(&self.ctx, &self.settings, &actor.reach(Permission::Read), question).await
    }
}
