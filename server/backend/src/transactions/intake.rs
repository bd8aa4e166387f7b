//! The way of a batch until it is written: a place before anything is read, room for its bytes as they come, a turn to unfold
//! and parse it, room for its rows until they are packed.
//!
//! **Invariant:** everything that a batch fills memory with is held against a bound before it is there: bodies as they travel
//! against [`Settings::queue_bytes`], unfolded ones against the turns, parsed rows against [`QUEUE_ROWS`].

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    Actor, Fault, Permission, Timestamp, Wording,
    id::StreamId,
    streams::{Stream, content_key},
    time::MINUTE,
    transactions::{Batch, Intake, LocalNames, Receipt, Rules, Target, read_batch},
};
use sha2::{Digest, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    Settings, dictionary,
    store::BatchKey,
    writer::{Job, Place, Queue},
};
use crate::{Context, streams, systems};

/// How far a sender's clock may run ahead.
const AHEAD: i64 = 10 * MINUTE;
/// Rows that may wait to be packed, of 64 bytes each.
const QUEUE_ROWS: u32 = 500_000;
/// What bodies are counted in.
const UNIT: u64 = 1 << 10;

/// Where batches come in.
pub(super) struct Desk {
    ctx: Context,
    settings: Arc<Settings>,
    queue: Queue,
    /// Bodies as they travel, in units.
    bytes: Arc<Semaphore>,
    /// As many turns as there are cores: more would only fill memory.
    turns: Arc<Semaphore>,
    rows: Arc<Semaphore>,
}

impl Desk {
    /// Starts the writer task on the current runtime; it ends when desk and places are gone and its queue is empty.
    pub(super) fn open(ctx: Context, settings: Arc<Settings>) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let queue = Queue::start(ctx.clone(), settings.clone());
        let bytes = Arc::new(Semaphore::new(units(&settings, u64::MAX) as usize));
        Self { ctx, settings, queue, bytes, turns: Arc::new(Semaphore::new(cores)), rows: Arc::new(Semaphore::new(QUEUE_ROWS as usize)) }
    }

    /// Whether what comes in is written.
    pub(super) fn is_served(&self) -> bool {
        self.queue.is_served()
    }

    pub(super) fn reserve(self: Arc<Self>, actor: &Actor, bytes: u64) -> Result<Box<dyn Intake>, Fault> {
        actor.require_somewhere(Permission::IngestTransactions)?;
        let place = self.queue.place()?;
        let held = self.bytes.clone().try_acquire_many_owned(0).map_err(|_| Fault::Internal)?;
        let mut reserved = Reserved { actor: actor.clone(), place, held, turn: None, desk: self };
        reserved.grow(bytes)?;
        Ok(Box::new(reserved))
    }

    /// The streams that the actor may see or post to, and to which of them it may post; and the one that all lines are of, where one is
    /// named. A sender need not be a reader.
    async fn rules(&self, actor: &Actor, batch: &Batch) -> Result<(Rules, Option<StreamId>), Fault> {
        let now = self.ctx.now();
        let mut conn = self.ctx.db.read().await?;
        let reach = actor.reach(Permission::Read).or(actor.reach(Permission::IngestTransactions));
        let systems = systems::all(&mut conn, &reach).await?;
        let streams = streams::of(&mut conn, systems).await?;
        let only = match (&batch.stream, &batch.stream_name) {
            (None, None) => None,
            (id, name) => {
                let named = |stream: &Stream| id.as_ref().map_or(name.as_ref() == Some(&stream.full), |id| stream.id == *id);
                let at = streams.iter().position(named).ok_or(Fault::NotFound("stream"))?;
                let team = &streams[at].system.team;
                if !actor.may(Permission::IngestTransactions, team) {
                    return Err(Fault::Forbidden(Permission::IngestTransactions));
                }
                Some(at)
            }
        };
        let named = only.map(|at| streams[at].id.clone());
        let targets = streams.into_iter().enumerate().map(|(at, stream)| {
            let kept = self.settings.kept_by(now, stream.keeping);
            let read_as = batch.read_as.as_deref().filter(|_| only == Some(at));
            let layout = read_as.cloned().unwrap_or_else(|| stream.layout());
            let open = actor.may(Permission::IngestTransactions, &stream.system.team);
            Target { name: stream.full, layout, open, oldest: kept.day }
        });
        let mut targets: Vec<Target> = targets.collect();
        if let Some(columns) = &batch.columns {
            let only = only.and_then(|at| targets.get_mut(at));
            let target = only.ok_or_else(|| Fault::invalid("stream", "", Wording::new("streams-expect-named")))?;
            target.layout = columns.applied(&target.layout)?;
        }
        Ok((Rules::new((now, now.plus(AHEAD)), self.settings.success_codes.clone(), targets, only), named))
    }
}

/// So many bytes in units; never more than there are, so that what is allowed at all gets through when nothing else waits.
fn units(settings: &Settings, bytes: u64) -> u32 {
    let all = u32::try_from((settings.queue_bytes as u64).div_ceil(UNIT)).unwrap_or(u32::MAX >> 4).clamp(1, u32::MAX >> 4);
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX).min(all)
}

/// A place taken. What it holds is free again when it is dropped.
struct Reserved {
    actor: Actor,
    place: Place,
    held: OwnedSemaphorePermit,
    turn: Option<OwnedSemaphorePermit>,
    desk: Arc<Desk>,
}

#[async_trait]
impl Intake for Reserved {
    fn grow(&mut self, bytes: u64) -> Result<(), Fault> {
        let held = u32::try_from(self.held.num_permits()).unwrap_or(u32::MAX);
        let more = units(&self.desk.settings, bytes).saturating_sub(held);
        if more > 0 {
            let more = self.desk.bytes.clone().try_acquire_many_owned(more).map_err(|_| Fault::TooMany { retry_after_s: 1 })?;
            self.held.merge(more);
        }
        Ok(())
    }

    async fn turn(&mut self) -> Result<(), Fault> {
        if self.turn.is_none() {
            self.turn = Some(self.desk.turns.clone().acquire_owned().await.map_err(|_| Fault::Internal)?);
        }
        Ok(())
    }

    async fn count(mut self: Box<Self>, batch: Batch) -> Result<Receipt, Fault> {
        if let Some(key) = &batch.key {
            check_key(key)?;
        }
        let (rules, named) = self.desk.rules(&self.actor, &batch).await?;
        let now = rules.now;
        self.turn().await?;
        let Self { actor, place, held, turn, desk } = *self;
        // What its bytes would be counted as is part of its content.
        let content = batch.by_content.then(|| format!("{:?}", (&batch.stream, &batch.stream_name, &batch.columns)));
        let keyed = batch.key.is_some() || batch.by_content;
        // What is held goes along: should the sender go away meanwhile, it stays held until the work has ended.
        let (parsed, fingerprint, turn, held) = tokio::task::spawn_blocking(move || {
            let fingerprint = if keyed { hex::encode(Sha256::digest(&batch.body)) } else { String::new() };
            let parsed = read_batch(&batch.body, &rules);
            (parsed, fingerprint, turn, held)
        })
        .await
        .map_err(|_| Fault::Internal)?;
        let parsed = parsed?;
        let key = batch.key.or_else(|| content.map(|of| content_key("content", format!("{of}\n{fingerprint}").as_bytes())));
        // Of a sender whose every line is refused there is only to be kept that it sends: it is looked for on the page of its stream.
        let is_refused = parsed.rows.is_empty();
        if is_refused && (named.is_none() || parsed.receipt.refused == 0) {
            return Ok(parsed.receipt);
        }
        let weight = u32::try_from(parsed.rows.len()).unwrap_or(u32::MAX).min(QUEUE_ROWS);
        // The turn is given back only when there is room for the rows: nobody else parses what could not be kept.
        let room = desk.rows.clone().acquire_many_owned(weight).await.map_err(|_| Fault::Internal)?;
        drop((turn, held));
        let mut receipt = parsed.receipt;
        // What was refused as a whole may come again under its key, put right.
        let key = key.filter(|_| !is_refused).map(|key| BatchKey::new(sender(&actor), &key, named.as_ref()));
        let sent = match named.filter(|_| is_refused) {
            Some(stream) => vec![refused(&actor, stream, &receipt)],
            None => sent(&actor, &parsed.names, &receipt, now),
        };
        let job = Job {
            sent,
            newest: dictionary::newest(&parsed.rows),
            rows: parsed.rows,
            names: parsed.names,
            samples: parsed.samples.failures,
            key,
            fingerprint,
            counts: (receipt.accepted, receipt.refused),
            room,
        };
        let outcome = place.write(job).await?;
        (receipt.accepted, receipt.refused) = outcome.counts;
        receipt.replayed = outcome.replayed;
        Ok(receipt)
    }
}

/// Who a batch key belongs to: the person, so that a sender may change its token between two attempts.
fn sender(actor: &Actor) -> String {
    actor.user().map_or_else(|| format!("engine:{}", actor.name), |user| format!("user:{user}"))
}

/// What a batch tells of its sender; what was refused is put down to its first stream.
fn sent(actor: &Actor, names: &LocalNames, receipt: &Receipt, now: Timestamp) -> Vec<streams::Sent> {
    let streams = names.streams.iter().enumerate().filter_map(|(at, stream)| {
        let (oldest, newest) = stream.seen?;
        Some(streams::Sent {
            stream: stream.id.clone(),
            sender: sender(actor),
            name: actor.name.clone(),
            accepted: stream.accepted,
            refused: if at == 0 { receipt.refused } else { 0 },
            newest_lag: now.since(newest),
            oldest_lag: now.since(oldest),
        })
    });
    streams.collect()
}

/// What a batch tells of its sender of which nothing was counted.
fn refused(actor: &Actor, stream: StreamId, receipt: &Receipt) -> streams::Sent {
    let (sender, name) = (sender(actor), actor.name.clone());
    streams::Sent { stream, sender, name, accepted: 0, refused: receipt.refused, newest_lag: 0, oldest_lag: 0 }
}

fn check_key(key: &str) -> Result<(), Fault> {
    let good = (1..=200).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    if good { Ok(()) } else { Err(Fault::invalid("Idempotency-Key", key, Wording::new("expect-transaction-key"))) }
}
