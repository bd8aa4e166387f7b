//! One task writes: it takes every batch that waits into a single transaction, so that the cost of making it durable is shared.
//! While one group is being committed, the next is looked up, numbered and packed.
//!
//! **Invariants:** a batch's cells, its sample failures and the row that remembers its key are one transaction; the sender hears of it after the commit;
//! two batches with one key are never under way at the same time: the second waits until the first is durable, or has failed,
//! and is looked up then; a panic costs the batches of one group, never the task.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    panic::AssertUnwindSafe,
    sync::Arc,
};

use domain::{
    Fault, Timestamp,
    id::{SystemId, TeamId},
    live::Topic,
    time::MINUTE,
    transactions::{Failure, Grain, Kept, LocalNames, Roll, Row, cells},
};
use futures::FutureExt;
use tokio::{
    sync::{
        OwnedSemaphorePermit,
        mpsc::{self, OwnedPermit, error::TrySendError},
        oneshot,
    },
    task::JoinHandle,
};

use super::{
    Settings,
    dictionary::{Dictionary, Translation},
    samples,
    store::{self, BatchKey, Known, NewBatch, NewSegment, samples::NewSample},
};
use crate::{Context, engines::what_panicked, streams, systems};

/// Rows that one transaction takes at most: bounds how long a commit is away.
const GROUP_ROWS: usize = 60_000;

/// A parsed batch.
pub(super) struct Job {
    pub(super) rows: Vec<Row>,
    pub(super) names: LocalNames,
    /// Failures that may be kept one by one.
    pub(super) samples: Vec<Failure>,
    /// The end of its newest minute, epoch-milliseconds.
    pub(super) newest: i64,
    pub(super) key: Option<BatchKey>,
    pub(super) fingerprint: String,
    /// Lines accepted and refused.
    pub(super) counts: (u64, u64),
    /// What it tells of its sender.
    pub(super) sent: Vec<streams::Sent>,
    /// Held until the rows are packed.
    pub(super) room: OwnedSemaphorePermit,
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

/// A place in the queue, taken before the batch is read.
pub(super) struct Place(OwnedPermit<(Job, Reply)>);

impl Queue {
    pub(super) fn start(ctx: Context, settings: Arc<Settings>) -> Self {
        let (sender, receiver) = mpsc::channel(settings.queue.max(1));
        let dictionary = Dictionary::new(settings.max_values);
        tokio::spawn(Writer { ctx, settings, dictionary, later: Vec::new(), writing: None }.run(receiver));
        Self { sender }
    }

    /// A place, or the advice to come back in a second. [`Fault::Internal`] where nobody writes any more.
    pub(super) fn place(&self) -> Result<Place, Fault> {
        self.sender.clone().try_reserve_owned().map(Place).map_err(|refusal| match refusal {
            TrySendError::Full(_) => Fault::TooMany { retry_after_s: 1 },
            TrySendError::Closed(_) => Fault::Internal,
        })
    }

    /// Whether somebody writes.
    pub(super) fn is_served(&self) -> bool {
        !self.sender.is_closed()
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
    /// Batches that must wait for what is being written.
    later: Vec<(Job, Reply)>,
    writing: Option<Writing>,
}

/// A group that is being committed.
struct Writing {
    keys: HashSet<BatchKey>,
    task: JoinHandle<()>,
}

/// A group that is packed.
struct Packed {
    now: Timestamp,
    batches: Vec<NewBatch>,
    segments: Vec<NewSegment>,
    samples: Vec<NewSample>,
    latest: Vec<(String, i64)>,
    teams: Vec<TeamId>,
    sent: Vec<streams::Sent>,
    /// Streams and dimensions of which values were counted as another one.
    others: Vec<(String, String)>,
}

impl Writer {
    async fn run(mut self, mut queue: mpsc::Receiver<(Job, Reply)>) {
        loop {
            match AssertUnwindSafe(self.turn(&mut queue)).catch_unwind().await {
                Ok(true) => {}
                Ok(false) => break,
                Err(panic) => {
                    // Who waited for this group hears of it: their replies went with it. The dictionary may believe in
                    // numbers that were never written, so it is read anew.
                    tracing::error!(panic = what_panicked(panic.as_ref()), "the writer of transactions panicked");
                    self.dictionary = Dictionary::new(self.settings.max_values);
                }
            }
        }
        self.settle().await;
    }

    /// Waits for batches and has a group of them written; `false` when nobody can send any more.
    async fn turn(&mut self, queue: &mut mpsc::Receiver<(Job, Reply)>) -> bool {
        let mut group = std::mem::take(&mut self.later);
        if group.is_empty() {
            match queue.recv().await {
                Some(first) => group.push(first),
                None => return false,
            }
        }
        let mut rows: usize = group.iter().map(|(job, _)| job.rows.len()).sum();
        while rows < GROUP_ROWS {
            let Ok(next) = queue.try_recv() else { break };
            rows += next.0.rows.len();
            group.push(next);
        }
        let mut keys = HashSet::new();
        let under_way = self.writing.as_ref().map(|writing| &writing.keys);
        let (group, again): (Vec<_>, Vec<_>) = group.into_iter().partition(|(job, _)| {
            let Some(key) = &job.key else { return true };
            !under_way.is_some_and(|keys| keys.contains(key)) && keys.insert(key.clone())
        });
        self.later = again;
        if group.is_empty() {
            self.settle().await;
            return true;
        }
        let (jobs, replies) = self.fresh(group).await;
        if jobs.is_empty() {
            return true;
        }
        let outcomes: Vec<_> = jobs.iter().map(|job| Outcome { counts: job.counts, replayed: false }).collect();
        let packed = self.pack(jobs).await;
        self.settle().await;
        let ctx = self.ctx.clone();
        let task = tokio::spawn(async move {
            let written = match packed {
                Ok(packed) => commit(&ctx, packed).await,
                Err(fault) => Err(fault),
            };
            for (reply, outcome) in replies.into_iter().zip(outcomes) {
                // A sender that has gone away asks again with its key.
                drop(reply.send(written.clone().map(|()| outcome)));
            }
        });
        self.writing = Some(Writing { keys, task });
        true
    }

    /// Waits until nothing is being written.
    async fn settle(&mut self) {
        if let Some(writing) = self.writing.take()
            && writing.task.await.is_err()
        {
            // Who waited for it has been told by the loss of the reply.
            tracing::error!("transactions: a write panicked");
        }
    }

    /// Answers those batches that came before; gives the others.
    async fn fresh(&self, group: Vec<(Job, Reply)>) -> (Vec<Job>, Vec<Reply>) {
        let known = self.known(&group).await;
        let (mut jobs, mut replies) = (Vec::new(), Vec::new());
        for (job, reply) in group {
            let before = match (&job.key, &known) {
                (None, _) => None,
                (Some(_), Err(fault)) => Some(Err(fault.clone())),
                (Some(key), Ok(known)) => known.find(key, &job.fingerprint).map(|row| {
                    if row.fingerprint != job.fingerprint {
                        return Err(Fault::conflict("conflict-transaction-key"));
                    }
                    Ok(Outcome { counts: (row.accepted.cast_unsigned(), row.refused.cast_unsigned()), replayed: true })
                }),
            };
            match before {
                None => {
                    jobs.push(job);
                    replies.push(reply);
                }
                Some(answer) => drop(reply.send(answer)),
            }
        }
        (jobs, replies)
    }

    async fn known(&self, group: &[(Job, Reply)]) -> Result<Known, Fault> {
        let keys: Vec<&BatchKey> = group.iter().filter_map(|(job, _)| job.key.as_ref()).collect();
        if keys.is_empty() {
            return Ok(Known::default());
        }
        store::batches(&mut *self.ctx.db.read().await?, &keys).await
    }

    /// Numbers, rolls up and packs a group, off the async threads.
    async fn pack(&mut self, jobs: Vec<Job>) -> Result<Packed, Fault> {
        let now = self.ctx.now();
        self.dictionary.prepare(&self.ctx, &jobs).await?;
        let translations: Vec<Translation> = jobs.iter().map(|job| self.dictionary.translate(&job.names)).collect();
        let teams = self.teams(&jobs).await?;
        let others = self.dictionary.take_others();
        let keepings = streams::keepings(&mut *self.ctx.db.read().await?).await?;
        let (ctx, kept) = (self.ctx.clone(), self.settings.longest(now, keepings.iter().map(|(_, keeping)| *keeping)));
        tokio::task::spawn_blocking(move || {
            let (latest, segments) = (latest(&jobs), pack(&ctx, &jobs, &translations, (now, &kept)));
            let (sent, samples) = (sent(&jobs), samples::packed(&ctx, &jobs, &translations));
            let remembered = |job: Job| {
                drop(job.room);
                Some(NewBatch { key: job.key?, fingerprint: job.fingerprint, counts: job.counts })
            };
            let mut batches: Vec<_> = jobs.into_iter().filter_map(remembered).collect();
            batches.sort_unstable();
            Packed { now, batches, segments, samples, latest, teams, sent, others }
        })
        .await
        .map_err(|_| Fault::Internal)
    }

    /// The teams that are told.
    async fn teams(&self, jobs: &[Job]) -> Result<Vec<TeamId>, Fault> {
        let ids = jobs.iter().flat_map(|job| &job.names.streams).map(|stream| stream.system.clone());
        let ids: Vec<SystemId> = ids.collect::<BTreeSet<_>>().into_iter().collect();
        let briefs = systems::briefs(&mut *self.ctx.db.read().await?, &domain::Reach::All, &ids).await?;
        let teams: BTreeSet<_> = briefs.into_iter().map(|brief| brief.team).collect();
        Ok(teams.into_iter().collect())
    }
}

async fn commit(ctx: &Context, packed: Packed) -> Result<(), Fault> {
    let Packed { now, batches, segments, samples, latest, teams, sent, others } = packed;
    let mut tx = ctx.begin_write().await?;
    if store::add_batches(&mut tx, &batches, now).await? != batches.len() as u64 {
        // Another process has just counted one of them: whoever asks again is told so.
        return Err(Fault::TooMany { retry_after_s: 1 });
    }
    store::add_segments(&mut tx, &segments).await?;
    store::samples::add(&mut tx, &samples).await?;
    store::move_latest(&mut tx, &latest, now).await?;
    streams::note(&mut tx, &sent, &others, now).await?;
    for team in teams {
        tx.announce(Topic::Transactions, "", Some(&team));
    }
    tx.commit().await
}

/// The newest minute of every stream, sorted by stream.
fn latest(jobs: &[Job]) -> Vec<(String, i64)> {
    let mut latest: BTreeMap<&str, i64> = BTreeMap::new();
    for stream in jobs.iter().flat_map(|job| &job.names.streams) {
        if let Some((_, newest)) = stream.seen {
            let at = latest.entry(stream.id.as_str()).or_insert(i64::MIN);
            *at = newest.floor(MINUTE).0.max(*at);
        }
    }
    latest.into_iter().map(|(stream, at)| (stream.to_owned(), at)).collect()
}

/// What the batches of a group tell of their senders: each stream and sender once, in order.
fn sent(jobs: &[Job]) -> Vec<streams::Sent> {
    let mut all: BTreeMap<(&str, &str), streams::Sent> = BTreeMap::new();
    for sent in jobs.iter().flat_map(|job| &job.sent) {
        all.entry((sent.stream.as_str(), sent.sender.as_str())).and_modify(|sum| sum.add(sent)).or_insert_with(|| sent.clone());
    }
    all.into_values().collect()
}

/// Rolls rows up and packs them.
fn pack(ctx: &Context, jobs: &[Job], translations: &[Translation], (now, kept): (Timestamp, &Kept)) -> Vec<NewSegment> {
    let mut roll = Roll::default();
    for (job, translation) in jobs.iter().zip(translations) {
        for row in &job.rows {
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
    parts
        .map(|(part, mut cells)| NewSegment { part, id: ctx.new_id(), level: 0, written_at: now, body: cells::encode(&mut cells) })
        .collect()
}
