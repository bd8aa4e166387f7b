//! The engine `rules`: evaluates every rule when it is due, rules of one source one after another.
//!
//! **Architecture invariant:** a source has one place, and is given up for this turn when its rules take too long: one that hangs
//! holds up its own rules only. So of one rule there is one evaluation at a time, and none comes back after a newer one.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    Fault, Timestamp,
    monitors::Resolution,
    rules::Outcome,
    time::{DAY, MINUTE},
};
use tokio::{
    task::{Id, JoinError, JoinSet},
    time::Instant,
};

use super::{
    read::{self, What},
    readings, record,
    store::{self, Stored},
    unusual::Memory,
};
use crate::{Context, Engine, egress::Egress};

/// Name of the engine, and of its bell.
pub const NAME: &str = "rules";
/// Rules claimed in one tick, and slots deleted in one.
const BATCH: i64 = 500;
const AGE: u32 = 5_000;
/// From one clearing to the next.
const CLEAR_MS: i64 = 5 * MINUTE;

/// How rules are evaluated and how long their values are kept.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether a tick waits for every evaluation, which is how tests drive it.
    pub by_hand: bool,
    /// Sources asked at a time.
    pub concurrency: usize,
    /// How long the rules of one source may take together.
    pub patience: Duration,
    /// Milliseconds that minutes, hours and days are kept.
    pub kept_ms: [i64; 3],
}

impl Default for Settings {
    fn default() -> Self {
        Self { by_hand: false, concurrency: 16, patience: Duration::from_secs(60), kept_ms: [2 * DAY, 90 * DAY, 3 * 366 * DAY] }
    }
}

/// Evaluates rules.
pub struct Evaluator {
    ctx: Context,
    egress: Egress,
    settings: Settings,
    running: tokio::sync::Mutex<Running>,
    cleared: Mutex<Option<Timestamp>>,
    /// The past that windows are held against.
    memory: Arc<Memory>,
}

/// What is being evaluated beside the tick.
#[derive(Default)]
struct Running {
    tasks: JoinSet<u64>,
    /// The source of each task; empty for rules that ask none.
    sources: HashMap<Id, String>,
}

impl Running {
    fn busy(&self) -> Vec<String> {
        self.sources.values().cloned().collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Takes note of a task that has ended; gives how many it evaluated.
    fn ended(&mut self, joined: Result<(Id, u64), JoinError>) -> u64 {
        match joined {
            Ok((id, count)) => {
                self.sources.remove(&id);
                count
            }
            Err(error) => {
                self.sources.remove(&error.id());
                tracing::error!(%error, "evaluating rules failed");
                0
            }
        }
    }
}

impl Evaluator {
    /// The engine over the common ground.
    pub fn new(ctx: Context, egress: Egress, settings: Settings) -> Self {
        Self { ctx, egress, settings, running: tokio::sync::Mutex::default(), cleared: Mutex::default(), memory: Arc::default() }
    }

    /// Claims what is due; what waits too long is counted as missed when its turn comes.
    async fn claim(&self, busy: &[String], now: Timestamp) -> Result<Vec<Stored>, Fault> {
        let mut due = store::due(&mut *self.ctx.db.read().await?, busy, now, BATCH).await?;
        due.retain(|rule| !busy.contains(&source_of(rule)));
        if due.is_empty() {
            return Ok(due);
        }
        let mut tx = self.ctx.begin_write().await?;
        let mut claimed = Vec::with_capacity(due.len());
        for rule in due {
            let interval_ms = i64::from(rule.interval_s) * 1_000;
            let missed = if rule.standing.evaluated_at.is_some() { now.since(rule.next_at) / interval_ms } else { 0 };
            let next = if missed == 0 { rule.next_at.plus(interval_ms) } else { now.plus(interval_ms) };
            if store::claim(&mut tx, &rule, next.max(now.plus(1)), missed).await? {
                claimed.push(rule);
            }
        }
        tx.commit().await?;
        Ok(claimed)
    }

    async fn clear(&self, now: Timestamp) -> Result<(), Fault> {
        {
            let mut cleared = self.cleared.lock().unwrap_or_else(PoisonError::into_inner);
            if cleared.is_some_and(|at| now.since(at) < CLEAR_MS) {
                return Ok(());
            }
            *cleared = Some(now);
        }
        for (resolution, kept) in Resolution::ALL.iter().zip(self.settings.kept_ms) {
            // What is over goes as fast as it comes, in acts that hold up nobody.
            loop {
                let mut tx = self.ctx.begin_write().await?;
                let gone = readings::age(&mut tx, *resolution, now.plus(-kept), AGE).await?;
                tx.commit().await?;
                if gone < u64::from(AGE) {
                    break;
                }
            }
        }
        Ok(())
    }
}

/// The source of a rule; empty where it asks none.
fn source_of(rule: &Stored) -> String {
    rule.input.source().map(ToString::to_string).unwrap_or_default()
}

/// Evaluates rules one after another, together until the deadline; gives how many. Of those that have no turn by then nobody
/// knows anything.
async fn evaluate((ctx, egress, memory): (Context, Egress, Arc<Memory>), rules: Vec<Stored>, now: Timestamp, deadline: Instant) -> u64 {
    let mut done = 0;
    for rule in rules {
        let what = What { system: &rule.system, input: &rule.input, weeks: rule.weeks, memory: &memory };
        let late = || Ok(Outcome::Unknown("the source takes too long for all that is asked of it".to_owned()));
        let read = tokio::time::timeout_at(deadline, read::now(&ctx, &egress, &what, now)).await;
        let outcome = match read.unwrap_or_else(|_| late()) {
            Ok(outcome) => record::apply(&ctx, &rule, outcome).await,
            Err(fault) => Err(fault),
        };
        match outcome {
            Ok(counted) => done += u64::from(counted),
            // It comes again with its next turn; others go on.
            Err(fault) => tracing::warn!(rule = %rule.id, %fault, "a rule could not be evaluated"),
        }
    }
    done
}

#[async_trait]
impl Engine for Evaluator {
    fn name(&self) -> &'static str {
        NAME
    }

    fn period(&self) -> Duration {
        Duration::from_secs(1)
    }

    async fn set_back(&self, by: i64, now: Timestamp) -> Result<(), Fault> {
        let mut tx = self.ctx.begin_write().await?;
        store::sooner(&mut tx, by, now).await?;
        tx.commit().await
    }

    async fn tick(&self, now: Timestamp) -> Result<u64, Fault> {
        let running = &mut *self.running.lock().await;
        let mut done = 0;
        while let Some(joined) = running.tasks.try_join_next_with_id() {
            done += running.ended(joined);
        }
        if running.tasks.len() < self.settings.concurrency {
            let mut batches: BTreeMap<String, Vec<Stored>> = BTreeMap::new();
            for rule in self.claim(&running.busy(), now).await? {
                batches.entry(source_of(&rule)).or_default().push(rule);
            }
            let deadline = Instant::now() + self.settings.patience;
            for (source, rules) in batches {
                let task =
                    running.tasks.spawn(evaluate((self.ctx.clone(), self.egress.clone(), self.memory.clone()), rules, now, deadline));
                running.sources.insert(task.id(), source);
            }
        }
        while self.settings.by_hand
            && let Some(joined) = running.tasks.join_next_with_id().await
        {
            done += running.ended(joined);
        }
        self.clear(now).await?;
        Ok(done)
    }
}
