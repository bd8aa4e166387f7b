//! One task writes: it takes every batch that waits into a single transaction, so that the cost of making it durable is shared.
//!
//! **Invariants:** a batch's cells and the row that remembers its key are one transaction; the sender hears of it after the commit;
//! two batches with one key are never in the same transaction.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use domain::{
    Fault, Timestamp,
    id::{EntryId, SystemId, TeamId},
    live::Topic,
    time::MINUTE,
    transactions::{Dimension, Grain, Kept, LocalNames, Roll, Row, cells},
};
use tokio::sync::{
    mpsc::{self, OwnedPermit},
    oneshot,
};

use super::{
    Settings,
    dictionary::{Dictionary, Translation},
    store::{self, NewBatch, NewSegment},
};
use crate::{Context, systems};

/// Rows that one transaction takes at most: bounds how long a commit is away.
const GROUP_ROWS: usize = 60_000;

/// A parsed batch.
pub(super) struct Job {
    pub(super) rows: Vec<Row>,
    pub(super) names: LocalNames,
    pub(super) sender: String,
    pub(super) key: Option<String>,
    pub(super) fingerprint: String,
    /// Lines accepted and refused.
    pub(super) counts: (u64, u64),
}

/// What became of a batch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome {
    pub(super) counts: (u64, u64),
    pub(super) replayed: bool,
}

type Reply = oneshot::Sender<Result<Outcome, Fault>>;

/// Where batches wait.
pub(super) struct Queue {
    sender: mpsc::Sender<(Job, Reply)>,
}

/// A place in the queue, taken before the batch is parsed.
pub(super) struct Place(OwnedPermit<(Job, Reply)>);

impl Queue {
    pub(super) fn start(ctx: Context, settings: Arc<Settings>) -> Self {
        let (sender, receiver) = mpsc::channel(settings.queue.max(1));
        let dictionary = Dictionary::new(settings.max_values);
        tokio::spawn(Writer { ctx, settings, dictionary }.run(receiver));
        Self { sender }
    }

    /// A place, or the advice to come back in a second.
    pub(super) fn place(&self) -> Result<Place, Fault> {
        self.sender.clone().try_reserve_owned().map(Place).map_err(|_| Fault::TooMany { retry_after_s: 1 })
    }
}

impl Place {
    /// Hands the batch over and waits until it is durable.
    pub(super) async fn write(self, job: Job) -> Result<Outcome, Fault> {
        let (reply, answer) = oneshot::channel();
        self.0.send((job, reply));
        answer.await.map_err(|_| Fault::Internal)?
    }
}

struct Writer {
    ctx: Context,
    settings: Arc<Settings>,
    dictionary: Dictionary,
}

impl Writer {
    async fn run(mut self, mut queue: mpsc::Receiver<(Job, Reply)>) {
        // Batches that must wait for the transaction after this one.
        let mut later: Vec<(Job, Reply)> = Vec::new();
        loop {
            let mut group = std::mem::take(&mut later);
            if group.is_empty() {
                match queue.recv().await {
                    Some(first) => group.push(first),
                    None => return,
                }
            }
            let mut rows: usize = group.iter().map(|(job, _)| job.rows.len()).sum();
            while rows < GROUP_ROWS {
                let Ok(next) = queue.try_recv() else { break };
                rows += next.0.rows.len();
                group.push(next);
            }
            let mut keys = HashSet::new();
            let (group, again): (Vec<_>, Vec<_>) =
                group.into_iter().partition(|(job, _)| job.key.as_ref().is_none_or(|key| keys.insert((job.sender.clone(), key.clone()))));
            later = again;
            self.answer(group).await;
        }
    }

    /// Writes a group and tells every sender how it went.
    async fn answer(&mut self, group: Vec<(Job, Reply)>) {
        let (mut jobs, mut replies) = (Vec::new(), Vec::new());
        for (job, reply) in group {
            match self.before(&job).await {
                Ok(None) => {
                    jobs.push(job);
                    replies.push(reply);
                }
                Ok(Some(outcome)) => drop(reply.send(Ok(outcome))),
                Err(fault) => drop(reply.send(Err(fault))),
            }
        }
        if jobs.is_empty() {
            return;
        }
        let outcomes: Vec<_> = jobs.iter().map(|job| Outcome { counts: job.counts, replayed: false }).collect();
        let written = self.write(jobs).await;
        for (reply, outcome) in replies.into_iter().zip(outcomes) {
            // A sender that has gone away asks again with its key.
            drop(reply.send(written.clone().map(|()| outcome)));
        }
    }

    /// What became of the batch when it came before, if it did.
    async fn before(&self, job: &Job) -> Result<Option<Outcome>, Fault> {
        let Some(key) = &job.key else { return Ok(None) };
        let before = store::batch(&mut *self.ctx.db.read().await?, &job.sender, key).await?;
        match before {
            None => Ok(None),
            Some(row) if row.fingerprint == job.fingerprint => {
                Ok(Some(Outcome { counts: (row.accepted.cast_unsigned(), row.refused.cast_unsigned()), replayed: true }))
            }
            Some(_) => Err(Fault::conflict("conflict-transaction-key")),
        }
    }

    async fn write(&mut self, jobs: Vec<Job>) -> Result<(), Fault> {
        let now = self.ctx.now();
        self.dictionary.prepare(&self.ctx, jobs.iter().map(|job| &job.names)).await?;
        let translations: Vec<Translation> = jobs.iter().map(|job| self.dictionary.translate(&job.names)).collect();
        let latest = latest(&jobs);
        let teams = self.teams(latest.iter().map(|(system, _)| system.as_str())).await?;
        let mut keys: Vec<(String, String, String, (u64, u64))> = Vec::new();
        let mut rows = Vec::new();
        for job in jobs {
            let key = job.key.unwrap_or_else(|| format!("-{}", self.ctx.new_id::<EntryId>()));
            keys.push((job.sender, key, job.fingerprint, job.counts));
            rows.push(job.rows);
        }
        keys.sort_unstable();
        let (ctx, kept) = (self.ctx.clone(), self.settings.kept(now));
        let segments = tokio::task::spawn_blocking(move || pack(&ctx, &rows, &translations, &kept)).await.map_err(|_| Fault::Internal)?;
        let mut tx = self.ctx.begin_write().await?;
        let batches: Vec<_> =
            keys.iter().map(|(sender, key, fingerprint, counts)| NewBatch { sender, key, fingerprint, counts: *counts }).collect();
        if store::add_batches(&mut tx, &batches, now).await? != batches.len() as u64 {
            // Another process has just counted one of them: whoever asks again is told so.
            return Err(Fault::TooMany { retry_after_s: 1 });
        }
        store::add_segments(&mut tx, &segments, now).await?;
        store::move_latest(&mut tx, &latest, now).await?;
        for team in teams {
            tx.announce(Topic::Transactions, "", Some(&team));
        }
        tx.commit().await
    }

    async fn teams(&self, ids: impl Iterator<Item = &str>) -> Result<Vec<TeamId>, Fault> {
        let ids: Vec<SystemId> = ids.filter_map(SystemId::parse).collect();
        let briefs = systems::briefs(&mut *self.ctx.db.read().await?, &domain::Reach::All, &ids).await?;
        let mut teams: Vec<_> = briefs.into_iter().map(|brief| brief.team).collect();
        teams.sort_unstable();
        teams.dedup();
        Ok(teams)
    }
}

/// The newest minute of every system, sorted by system.
fn latest(jobs: &[Job]) -> Vec<(String, i64)> {
    let mut latest: BTreeMap<&str, i64> = BTreeMap::new();
    for job in jobs {
        let systems = job.names.texts(Dimension::System);
        let mut newest = vec![i64::MIN; systems.len()];
        for row in &job.rows {
            if let Some(at) = newest.get_mut((row.system as usize).wrapping_sub(1)) {
                *at = row.minute.max(*at);
            }
        }
        for (system, minute) in systems.iter().zip(newest).filter(|(_, minute)| *minute > i64::MIN) {
            let at = latest.entry(system).or_insert(i64::MIN);
            *at = (minute * MINUTE).max(*at);
        }
    }
    latest.into_iter().map(|(system, at)| (system.to_owned(), at)).collect()
}

/// Rolls rows up and packs them. Runs off the async threads.
fn pack(ctx: &Context, rows: &[Vec<Row>], translations: &[Translation], kept: &Kept) -> Vec<NewSegment> {
    let mut roll = Roll::default();
    for (rows, translation) in rows.iter().zip(translations) {
        for row in rows {
            roll.add(&translation.row(row));
        }
    }
    let is_kept = |grain: Grain, slot: i64| {
        let since = match grain {
            Grain::Minute => kept.minute,
            Grain::Hour => kept.hour,
            Grain::Day => kept.day,
        };
        Timestamp(slot + grain.slot()) > since
    };
    let parts = roll.folded().into_iter().filter(|(part, _)| is_kept(part.grain, part.slot));
    parts.map(|(part, mut cells)| NewSegment { part, id: ctx.new_id(), level: 0, body: cells::encode(&mut cells) }).collect()
}
