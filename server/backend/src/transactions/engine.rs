//! The engine `transactions`: merges segments, and drops what is older than its retention.
//!
//! Segments pile up like in a log-structured merge tree: sixteen of one level become one of the next, and a slot that is over
//! becomes a single sealed segment. Merging is adding, so readers never see a difference. Whoever deletes a segment in its
//! transaction owns it: two processes that merge the same slot share its segments, they never count one twice.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    Fault, Timestamp,
    live::{Event, Topic},
    time::{DAY, MINUTE},
    transactions::{
        Cube, Grain, Part,
        cells::{self, Cells},
    },
};

use super::{
    Settings,
    store::{self, NewSegment, PileRow, SEALED},
};
use crate::{Context, Engine};

/// Segments of one level that become one of the next.
const PILE: i64 = 16;
/// How long after its end a slot is sealed, and how long late data waits for more of its kind.
const CALM: i64 = 10 * MINUTE;
/// Slots merged in one transaction.
const AT_ONCE: usize = 64;
/// Merging transactions in one tick.
const ROUNDS: usize = 32;
/// Pause between two looks at the retention.
const SWEEP: i64 = 10 * MINUTE;

/// The engine.
pub struct Compactor {
    ctx: Context,
    settings: Arc<Settings>,
    swept: AtomicI64,
    told: AtomicI64,
}

impl Compactor {
    /// The engine over the common ground, with the service's settings.
    pub fn new(ctx: Context, settings: Settings) -> Self {
        Self { ctx, settings: Arc::new(settings), swept: AtomicI64::new(i64::MIN), told: AtomicI64::new(i64::MIN) }
    }

    async fn merge(&self, work: &[(Part, Option<i64>)], now: Timestamp) -> Result<u64, Fault> {
        let mut tx = self.ctx.begin_write().await?;
        let mut merged = Vec::new();
        for (part, level) in work {
            let bodies = store::take_segments(&mut tx, *part, *level).await?;
            let into = level.map_or(SEALED, |level| (level + 1).min(SEALED - 1));
            if !bodies.is_empty() {
                merged.push((*part, into, bodies));
            }
        }
        let ctx = self.ctx.clone();
        let segments = tokio::task::spawn_blocking(move || {
            let add = |(part, level, bodies): (Part, i64, Vec<Vec<u8>>)| {
                let mut cells = Cells::new();
                for body in &bodies {
                    cells::merge(&mut cells, body)?;
                }
                Ok(NewSegment { part, id: ctx.new_id(), level, body: cells::encode(&mut cells) })
            };
            merged.into_iter().map(add).collect::<Result<Vec<_>, cells::Damaged>>()
        })
        .await
        .map_err(|_| Fault::Internal)?
        .map_err(|error| {
            tracing::error!(%error, "transactions: a stored segment does not read");
            Fault::Internal
        })?;
        store::add_segments(&mut tx, &segments, now).await?;
        tx.commit().await?;
        Ok(segments.len() as u64)
    }

    async fn sweep(&self, now: Timestamp) -> Result<u64, Fault> {
        let kept = self.settings.kept(now);
        let mut tx = self.ctx.begin_write().await?;
        let mut dropped = 0;
        for (grain, since) in [(Grain::Minute, kept.minute), (Grain::Hour, kept.hour), (Grain::Day, kept.day)] {
            dropped += store::drop_segments(&mut tx, grain, since.plus(-grain.slot())).await?;
        }
        dropped += store::drop_batches(&mut tx, now.plus(-i64::from(self.settings.batch_days) * DAY)).await?;
        tx.commit().await?;
        self.swept.store(now.0, Ordering::Relaxed);
        Ok(dropped)
    }
}

/// What to merge: a level of a slot, or (`None`) all of it.
fn due(piles: &[PileRow], now: Timestamp) -> Vec<(Part, Option<i64>)> {
    let part_of = |pile: &PileRow| {
        Some(Part { cube: Cube::of(pile.cube)?, grain: Grain::of(pile.grain)?, system: u32::try_from(pile.system).ok()?, slot: pile.slot })
    };
    let mut due = Vec::new();
    for slot in piles.chunk_by(|a, b| (a.cube, a.grain, a.system, a.slot) == (b.cube, b.grain, b.system, b.slot)) {
        let Some(part) = slot.first().and_then(part_of) else { continue };
        let over = Timestamp(part.slot + part.grain.slot()) <= now.plus(-CALM);
        let pieces: i64 = slot.iter().map(|pile| pile.pieces).sum();
        let oldest = slot.iter().map(|pile| pile.oldest).min().unwrap_or(now.0);
        if over && (pieces >= PILE || oldest <= now.plus(-CALM).0) {
            due.push((part, None));
        } else {
            due.extend(slot.iter().filter(|pile| pile.pieces >= PILE).map(|pile| (part, Some(pile.level))));
        }
    }
    due
}

#[async_trait]
impl Engine for Compactor {
    fn name(&self) -> &'static str {
        "transactions"
    }

    fn period(&self) -> Duration {
        Duration::from_secs(2)
    }

    async fn tick(&self, now: Timestamp) -> Result<u64, Fault> {
        let piles = store::piles(&mut *self.ctx.db.read().await?).await?;
        let mut done = 0;
        for work in due(&piles, now).chunks(AT_ONCE).take(ROUNDS) {
            done += self.merge(work, now).await?;
        }
        if now.0.saturating_sub(self.swept.load(Ordering::Relaxed)) >= SWEEP {
            done += self.sweep(now).await?;
        }
        // A minute is over: what was fresh may be old now, and pages that look at it should say so.
        let minute = now.floor(MINUTE).0;
        if self.told.swap(minute, Ordering::Relaxed) != minute {
            self.ctx.bus.send(Event { topic: Topic::Transactions, id: String::new(), team: None });
        }
        Ok(done)
    }
}
