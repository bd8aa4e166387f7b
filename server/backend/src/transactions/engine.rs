//! The engine `transactions`: merges segments, and drops what is older than its retention.
//!
//! Segments pile up like in a log-structured merge tree. What the writer leaves holds all streams together: sixteen of those
//! (or what has waited long enough) become one for each stream; sixteen of one level become one of the next, and a slot that
//! is over becomes a single sealed segment. Merging is adding, so readers never see a difference. It happens outside the
//! transaction, which only swaps the pieces for their sum. Whoever deletes all pieces in its transaction owns them: of two
//! processes that merge the same slot one gives up, and none is counted twice.
//!
//! What does not read is told of once and set aside; neither the rest of its slot nor the retention waits for it.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    Fault, Timestamp,
    id::StreamId,
    live::{Event, Topic},
    streams::Keeping,
    time::{DAY, MINUTE},
    transactions::{
        Cube, Grain, Kept, MIXED, Part, STREAM,
        cells::{self, Damaged},
        split,
    },
};

use super::{
    Settings,
    store::{self, NewSegment, PieceRow, PileRow, SEALED, SWEPT_AT_ONCE, Whose},
};
use crate::{Context, Engine, streams};

/// Segments of one level that become one of the next.
const PILE: i64 = 16;
/// How long after its end a slot is sealed, and how long mixed and late data waits for more of its kind.
const CALM: i64 = 10 * MINUTE;
/// Slots merged in one transaction.
const AT_ONCE: usize = 64;
/// Merging transactions in one tick.
const ROUNDS: usize = 32;
/// Pause between two looks at the retention.
const SWEEP: i64 = 10 * MINUTE;
/// Deleting transactions of one kind in one tick.
const SWEEPS: usize = 100;

/// The engine.
pub struct Compactor {
    ctx: Context,
    settings: Arc<Settings>,
    swept: AtomicI64,
    told: AtomicI64,
}

/// The pieces of a slot, and the level of their sum.
struct Work {
    part: Part,
    into: i64,
    pieces: Vec<PieceRow>,
    /// Those that do not read.
    damaged: Vec<PieceRow>,
    sums: Vec<NewSegment>,
}

impl Work {
    /// Adds the pieces up. Pieces that do not read are found one by one.
    fn add_up(&mut self, ctx: &Context) {
        let bodies = |pieces: &[PieceRow]| split(self.part, pieces.iter().map(|piece| piece.body.as_slice()));
        let parts = bodies(&self.pieces).or_else(|Damaged| {
            let (good, bad) =
                std::mem::take(&mut self.pieces).into_iter().partition(|piece| cells::decode(&piece.body, |_, _, _| {}).is_ok());
            (self.pieces, self.damaged) = (good, bad);
            bodies(&self.pieces)
        });
        let written_at = Timestamp(self.pieces.iter().map(|piece| piece.written_at).min().unwrap_or_default());
        self.sums = parts
            .unwrap_or_default()
            .into_iter()
            .map(|(part, mut cells)| NewSegment { part, id: ctx.new_id(), level: self.into, written_at, body: cells::encode(&mut cells) })
            .collect();
    }
}

impl Compactor {
    /// The engine over the common ground, with the service's settings.
    pub fn new(ctx: Context, settings: Settings) -> Self {
        Self { ctx, settings: Arc::new(settings), swept: AtomicI64::new(i64::MIN), told: AtomicI64::new(i64::MIN) }
    }

    /// Merges some slots; gives how many segments came of it.
    async fn merge(&self, due: &[(Part, Option<i64>)]) -> Result<u64, Fault> {
        let mut works = Vec::with_capacity(due.len());
        let mut conn = self.ctx.db.read().await?;
        for (part, level) in due {
            let into = level.map_or(SEALED, |level| (level + 1).min(SEALED - 1));
            let pieces = store::pieces(&mut conn, *part, *level).await?;
            works.push(Work { part: *part, into, pieces, damaged: Vec::new(), sums: Vec::new() });
        }
        drop(conn);
        let ctx = self.ctx.clone();
        let works = tokio::task::spawn_blocking(move || {
            works.iter_mut().for_each(|work| work.add_up(&ctx));
            works
        })
        .await
        .map_err(|_| Fault::Internal)?;
        let mut tx = self.ctx.begin_write().await?;
        let mut done = 0;
        for work in &works {
            let ids: Vec<&str> = work.pieces.iter().map(|piece| piece.id.as_str()).collect();
            if store::take_segments(&mut tx, work.part, &ids).await? != ids.len() as u64 {
                // Another process has just merged them: theirs stands, all of ours is undone.
                return Ok(0);
            }
            store::add_segments(&mut tx, &work.sums).await?;
            done += work.sums.len() as u64;
            for piece in &work.damaged {
                done += store::set_aside(&mut tx, work.part, &piece.id).await?;
            }
        }
        tx.commit().await?;
        for work in &works {
            for piece in &work.damaged {
                tracing::error!(part = ?work.part, id = piece.id, "transactions: a stored segment does not read and was set aside; its counts are missing");
            }
        }
        Ok(done)
    }

    async fn merge_all(&self, now: Timestamp) -> Result<u64, Fault> {
        let piles = store::piles(&mut *self.ctx.db.read().await?).await?;
        let mut done = 0;
        for work in due(&piles, now).chunks(AT_ONCE).take(ROUNDS) {
            done += self.merge(work).await?;
        }
        Ok(done)
    }

    /// Drops what is too old, a little at a time. What uses a value goes before the value.
    async fn sweep(&self, now: Timestamp) -> Result<u64, Fault> {
        let kept = self.settings.kept(now);
        let mut conn = self.ctx.db.read().await?;
        let own = streams::keepings(&mut conn).await?;
        let ids: Vec<&str> = own.iter().map(|(id, _)| id.as_str()).collect();
        let numbers: HashMap<String, u32> = store::find_values(&mut conn, STREAM, &ids)
            .await?
            .into_iter()
            .filter_map(|row| Some((row.value, u32::try_from(row.id).ok()?)))
            .collect();
        drop(conn);
        let longest = self.settings.longest(now, own.iter().map(|(_, keeping)| *keeping));
        let (mut dropped, mut all_gone) = self.sweep_samples(now, &own, &numbers).await?;
        for (grain, since) in [(Grain::Minute, kept.minute), (Grain::Hour, kept.hour), (Grain::Day, kept.day)] {
            // Those with a term of their own, those that hold several, and then all others.
            let mut apart = Vec::new();
            for (id, keeping) in &own {
                let Some(number) = numbers.get(id.as_str()) else { continue };
                apart.push(*number);
                let since = since_of(&self.settings.kept_by(now, *keeping), grain);
                let gone;
                (dropped, gone) = self.drop_some(dropped, Old::Segments(grain, since.plus(-grain.slot()), Whose::Of(*number))).await?;
                all_gone &= gone;
            }
            if !apart.is_empty() {
                apart.push(MIXED);
                let since = since_of(&longest, grain);
                let gone;
                (dropped, gone) = self.drop_some(dropped, Old::Segments(grain, since.plus(-grain.slot()), Whose::Of(MIXED))).await?;
                all_gone &= gone;
            }
            let gone;
            (dropped, gone) = self.drop_some(dropped, Old::Segments(grain, since.plus(-grain.slot()), Whose::AllBut(&apart))).await?;
            all_gone &= gone;
        }
        let before = now.plus(-i64::from(self.settings.batch_days) * DAY);
        // What is older than every day that is kept is refused, whoever sends it again.
        (dropped, _) = self.drop_some(dropped, Old::Batches(before, before.min(longest.day))).await?;
        if all_gone {
            (dropped, _) = self.drop_some(dropped, Old::Values(longest.day.plus(-2 * DAY))).await?;
            self.swept.store(now.0, Ordering::Relaxed);
        }
        Ok(dropped)
    }

    /// Drops the sample failures that are too old, and all of streams that keep none (any more). Which streams have any is asked before,
    /// so that nothing is searched for while nobody else may write.
    async fn sweep_samples(
        &self,
        now: Timestamp,
        own: &[(StreamId, Keeping)],
        numbers: &HashMap<String, u32>,
    ) -> Result<(u64, bool), Fault> {
        let (mut dropped, mut all_gone) = (0, true);
        let since_of = |(id, kept): &(StreamId, Keeping)| Some((*numbers.get(id.as_str())?, kept.samples_since(now)?));
        let since: HashMap<u32, Timestamp> = own.iter().filter_map(since_of).collect();
        let with_samples = store::samples::streams(&mut *self.ctx.db.read().await?).await?;
        for stream in with_samples {
            let before = since.get(&stream).copied().unwrap_or(Timestamp(i64::MAX));
            let gone;
            (dropped, gone) = self.drop_some(dropped, Old::Samples(before, stream)).await?;
            all_gone &= gone;
        }
        Ok((dropped, all_gone))
    }

    /// Drops of one kind what it can in one tick: how many with those before, and whether that was all.
    async fn drop_some(&self, mut dropped: u64, old: Old<'_>) -> Result<(u64, bool), Fault> {
        for _ in 0..SWEEPS {
            let mut tx = self.ctx.begin_write().await?;
            let some = match old {
                Old::Segments(grain, before, whose) => store::drop_segments(&mut tx, grain, before, whose).await?,
                Old::Samples(before, stream) => store::samples::drop_some(&mut tx, before, stream).await?,
                Old::Batches(before, lasting) => store::drop_batches(&mut tx, before, lasting).await?,
                Old::Values(before) => store::drop_values(&mut tx, before).await?,
            };
            tx.commit().await?;
            dropped += some;
            if some < SWEPT_AT_ONCE {
                return Ok((dropped, true));
            }
        }
        Ok((dropped, false))
    }
}

/// What is older than a moment.
#[derive(Clone, Copy)]
enum Old<'a> {
    Segments(Grain, Timestamp, Whose<'a>),
    Samples(Timestamp, u32),
    /// And for files and tables another moment.
    Batches(Timestamp, Timestamp),
    Values(Timestamp),
}

/// Since when a grain is kept.
fn since_of(kept: &Kept, grain: Grain) -> Timestamp {
    match grain {
        Grain::Minute => kept.minute,
        Grain::Hour => kept.hour,
        Grain::Day => kept.day,
    }
}

/// What to merge: a level of a slot, or (`None`) all of it.
fn due(piles: &[PileRow], now: Timestamp) -> Vec<(Part, Option<i64>)> {
    let part_of = |pile: &PileRow| {
        Some(Part { cube: Cube::of(pile.cube)?, grain: Grain::of(pile.grain)?, stream: u32::try_from(pile.system).ok()?, slot: pile.slot })
    };
    let mut due = Vec::new();
    for slot in piles.chunk_by(|a, b| (a.cube, a.grain, a.system, a.slot) == (b.cube, b.grain, b.system, b.slot)) {
        let Some(part) = slot.first().and_then(part_of) else { continue };
        let over = Timestamp(part.slot + part.grain.slot()) <= now.plus(-CALM);
        let pieces: i64 = slot.iter().map(|pile| pile.pieces).sum();
        let oldest = slot.iter().map(|pile| pile.oldest).min().unwrap_or(now.0);
        let waited = pieces >= PILE || oldest <= now.plus(-CALM).0;
        if part.stream == MIXED {
            due.extend(waited.then_some((part, Some(0))));
        } else if over && waited {
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
        // Neither waits for the other to succeed.
        let merged = self.merge_all(now).await;
        let due = now.0.saturating_sub(self.swept.load(Ordering::Relaxed)) >= SWEEP;
        let swept = if due { self.sweep(now).await } else { Ok(0) };
        // A minute is over: what was fresh may be old now, and pages that look at it should say so.
        let minute = now.floor(MINUTE).0;
        if self.told.swap(minute, Ordering::Relaxed) != minute {
            self.ctx.bus.send(Event { topic: Topic::Transactions, id: String::new(), team: None });
        }
        Ok(merged? + swept?)
    }
}
