//! What the scheduler has to do with the database: what is planned, what was found, what is kept no longer.
//!
//! Results wait in a bounded queue. When the database goes away they go back to its head and are tried again; only beyond
//! the bound are the oldest given up, and that is said. One row that cannot be read or written holds up none of the others.
//! What may be written already, because nobody knows whether its transaction was committed, is tried again only as far as it is not.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::{Fault, Timestamp, id::MonitorId, live::Topic, monitors::Resolution, time::MINUTE};
use tokio::{sync::Notify, time::Instant};

use super::{
    Settings,
    engine::Board,
    locations,
    record::{self, Finding, Source},
    recurring,
    store::{self, Watermark},
};
use crate::{Context, db::Uncommitted};

/// Results in one transaction at most.
const BATCH: usize = 500;
/// Transactions of results in one go; the rest waits for the next.
const BATCHES: usize = 16;
/// Results that wait for a database that is not there; beyond this the oldest are given up.
const UNSAVED: usize = 20_000;
/// Between two looks at the tables for what was edited, missed or ended, and two steps of clearing.
const LOOK: Duration = Duration::from_secs(1);
/// Between two words to live pages that results have come; a state that moves is told at once.
const SPEAK: Duration = Duration::from_secs(2);
/// From one clearing of what is kept no longer to the next.
const CLEAR_MS: i64 = 300_000;
/// Monitors whose results are trimmed in one step, and slots of roll-ups that are deleted in one.
const TRIM: u32 = 50;
const AGE: u32 = 2_000;
/// How long a heartbeat that could not be written is left alone.
const REST_MS: i64 = 5 * MINUTE;

/// Takes results in and writes them.
pub(super) struct Clerk {
    ctx: Context,
    settings: Settings,
    queue: Mutex<VecDeque<Finding>>,
    full: Notify,
    memory: tokio::sync::Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    watermark: Option<Watermark>,
    looked: Option<Instant>,
    spoke: Option<Instant>,
    /// What could not be written, and until when it rests.
    resting: HashMap<MonitorId, Timestamp>,
    cleared: Option<Timestamp>,
    clearing: Option<Clearing>,
}

/// How far a clearing has come.
enum Clearing {
    /// Results of monitors up to this id.
    Results(String),
    /// Roll-ups, with this place in [`Resolution::ALL`] next.
    Rollups(usize),
}

/// These may be written: nobody knows.
fn doubt(findings: &mut [Finding]) {
    for finding in findings {
        if let Source::Check(version) = finding.source {
            finding.source = Source::Doubted(version);
        }
    }
}

impl Clerk {
    pub(super) fn new(ctx: Context, settings: Settings) -> Self {
        Self { ctx, settings, queue: Mutex::default(), full: Notify::new(), memory: tokio::sync::Mutex::default() }
    }

    fn queue(&self) -> MutexGuard<'_, VecDeque<Finding>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a result in; never waits.
    pub(super) fn hand_in(&self, finding: Finding) {
        let mut queue = self.queue();
        if queue.len() >= UNSAVED {
            queue.pop_front();
            metrics::counter!("evenkeel_probe_results_given_up_total").increment(1);
        }
        queue.push_back(finding);
        if queue.len() >= BATCH {
            self.full.notify_one();
        }
    }

    /// Forgets what waits and what is known: another process checks now.
    pub(super) async fn forget(&self) {
        self.queue().clear();
        *self.memory.lock().await = Memory::default();
    }

    /// Returns when the patience is over, or so many results wait that they fill a transaction.
    pub(super) async fn wait_for_a_batch(&self, patience: Duration) {
        let _ = tokio::time::timeout(patience, self.full.notified()).await;
    }

    /// Writes what waits, and everything that is to be looked at once in a while.
    pub(super) async fn work(&self, board: &Mutex<Board>, now: Timestamp) -> Result<u64, Fault> {
        let mut done = self.save().await?;
        let due = self.memory.lock().await.looked.is_none_or(|at| at.elapsed() >= LOOK);
        if due {
            done += self.look(board, now).await?;
            self.clear(now).await?;
        }
        Ok(done)
    }

    /// Reads the plan anew if a monitor was made, edited or deleted; tells of heartbeats that were not called and takes
    /// maintenances off that are over.
    pub(super) async fn look(&self, board: &Mutex<Board>, now: Timestamp) -> Result<u64, Fault> {
        let mut memory = self.memory.lock().await;
        memory.looked = Some(Instant::now());
        let mut conn = self.ctx.db.read().await?;
        let watermark = store::watermark(&mut conn).await?;
        if memory.watermark.as_ref() != Some(&watermark) {
            let rows = store::planned(&mut conn, &self.ctx.seal).await?;
            board.lock().unwrap_or_else(PoisonError::into_inner).schedule.rebuild(rows, now);
            memory.watermark = Some(watermark);
        }
        // Before what is over is read: another may follow at once.
        drop(conn);
        let begun = recurring::begin(&self.ctx, now).await?;
        let mut conn = self.ctx.db.read().await?;
        let mut overdue = store::overdue(&mut conn, now, 500).await?;
        let over = store::maintenances_over(&mut conn, now).await?;
        drop(conn);
        memory.resting.retain(|_, until| now < *until);
        overdue.retain(|(id, _)| !memory.resting.contains_key(id));
        let mut missed: Vec<_> = overdue.into_iter().map(|(id, due)| record::miss(id, due, now)).collect();
        let turned = locations::look(&self.ctx, now).await?;
        let lifted = if over > 0 { self.lift(now).await? } else { 0 };
        let count = missed.len() + usize::try_from(turned + begun + lifted).unwrap_or_default();
        let refused = self.write_or_each(&mut missed, false).await.map_err(|(_, fault)| fault)?;
        memory.resting.extend(refused.into_iter().map(|id| (id, now.plus(REST_MS))));
        u64::try_from(count).map_err(|_| Fault::Internal)
    }

    /// Takes maintenances off that are over; gives how many there were.
    async fn lift(&self, now: Timestamp) -> Result<u64, Fault> {
        let mut tx = self.ctx.begin_write().await?;
        let lifted = store::end_maintenances(&mut tx, now).await?;
        record::maintained(&mut tx);
        tx.commit().await?;
        Ok(lifted)
    }

    /// Writes what waits. What cannot be written now goes back and is tried again.
    pub(super) async fn save(&self) -> Result<u64, Fault> {
        let mut memory = self.memory.lock().await;
        let mut saved = 0;
        for _ in 0..BATCHES {
            let mut batch: Vec<Finding> = {
                let mut queue = self.queue();
                let end = queue.len().min(BATCH);
                queue.drain(..end).collect()
            };
            if batch.is_empty() {
                break;
            }
            let speak = memory.spoke.is_none_or(|at| at.elapsed() >= SPEAK);
            if let Err((written, fault)) = self.write_or_each(&mut batch, speak).await {
                self.give_back(batch, written);
                return Err(fault);
            }
            if speak {
                memory.spoke = Some(Instant::now());
            }
            for finding in batch {
                metrics::counter!("evenkeel_probes_total", "verdict" => finding.result.verdict.name()).increment(1);
                saved += 1;
            }
        }
        Ok(saved)
    }

    /// Puts all but the first `written` back to the head of the queue, within its bound.
    fn give_back(&self, batch: Vec<Finding>, written: usize) {
        let mut queue = self.queue();
        for finding in batch.into_iter().skip(written).rev() {
            queue.push_front(finding);
        }
        let excess = queue.len().saturating_sub(UNSAVED);
        if excess > 0 {
            queue.drain(..excess);
            metrics::counter!("evenkeel_probe_results_given_up_total").increment(excess as u64);
            tracing::error!(excess, "results given up: the database has been away for too long");
        }
    }

    /// Writes results in one transaction or, where that fails, each in its own; gives the monitors whose result was refused.
    /// An error says that the database is away, or went while it committed, and how many were dealt with before.
    async fn write_or_each(&self, findings: &mut [Finding], speak: bool) -> Result<Vec<MonitorId>, (usize, Fault)> {
        match self.write(findings, speak).await {
            Ok(()) => return Ok(Vec::new()),
            Err(Uncommitted::Refused(fault @ Fault::Unavailable(_))) => return Err((0, fault)),
            Err(Uncommitted::Refused(_)) => {}
            Err(Uncommitted::Doubted) => {
                doubt(findings);
                return Err((0, Fault::Internal));
            }
        }
        let mut refused = Vec::new();
        for (place, finding) in findings.iter_mut().enumerate() {
            match self.write(std::slice::from_ref(finding), false).await {
                Ok(()) => {}
                Err(Uncommitted::Refused(fault @ Fault::Unavailable(_))) => return Err((place, fault)),
                Err(Uncommitted::Doubted) => {
                    doubt(std::slice::from_mut(finding));
                    return Err((place, Fault::Internal));
                }
                Err(Uncommitted::Refused(fault)) => {
                    tracing::error!(%fault, monitor = %finding.monitor, "a result is given up");
                    refused.push(finding.monitor.clone());
                }
            }
        }
        Ok(refused)
    }

    /// Writes results in one transaction.
    async fn write(&self, findings: &[Finding], speak: bool) -> Result<(), Uncommitted> {
        if findings.is_empty() {
            return Ok(());
        }
        let mut tx = self.ctx.begin_write().await?;
        record::apply(&mut tx, &self.ctx, findings).await?;
        if speak {
            tx.announce(Topic::Monitors, "", None);
        }
        tx.commit_or_doubt().await
    }

    /// Deletes everything that is kept no longer, if it is time to.
    pub(super) async fn clear_all(&self, now: Timestamp) -> Result<(), Fault> {
        while self.clear(now).await? {}
        Ok(())
    }

    /// One small step of deleting what is kept no longer; whether there is more to delete.
    async fn clear(&self, now: Timestamp) -> Result<bool, Fault> {
        let mut memory = self.memory.lock().await;
        let step = match memory.clearing.take() {
            Some(step) => step,
            None if memory.cleared.is_some_and(|at| (0..CLEAR_MS).contains(&now.since(at))) => return Ok(false),
            None => {
                memory.cleared = Some(now);
                Clearing::Results(String::new())
            }
        };
        memory.clearing = match step {
            Clearing::Results(after) => Some(self.trim(&after).await?.map_or(Clearing::Rollups(0), Clearing::Results)),
            Clearing::Rollups(place) => self.age(place, now).await?,
        };
        Ok(memory.clearing.is_some())
    }

    /// Trims the results of the next monitors after this id; gives the last of them, `None` after the last of all.
    async fn trim(&self, after: &str) -> Result<Option<String>, Fault> {
        let ids = store::ids_after(&mut *self.ctx.db.read().await?, after, TRIM).await?;
        if ids.is_empty() {
            return Ok(None);
        }
        let mut tx = self.ctx.begin_write().await?;
        for id in &ids {
            store::trim_results(&mut tx, id, self.settings.results).await?;
            store::places::trim(&mut tx, id).await?;
        }
        tx.commit().await?;
        Ok(ids.last().cloned())
    }

    /// Deletes some roll-ups that are kept no longer; gives the next step.
    async fn age(&self, place: usize, now: Timestamp) -> Result<Option<Clearing>, Fault> {
        let Some(resolution) = Resolution::ALL.get(place) else { return Ok(None) };
        let before = now.plus(-self.settings.rollups_ms(*resolution));
        let mut tx = self.ctx.begin_write().await?;
        let deleted = store::age_rollups(&mut tx, *resolution, before, AGE).await?;
        tx.commit().await?;
        Ok(Some(Clearing::Rollups(if deleted < u64::from(AGE) { place + 1 } else { place })))
    }
}
