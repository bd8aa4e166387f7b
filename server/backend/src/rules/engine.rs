//! The engine `rules`: evaluates every rule when it is due, rules of one source one after another.
//!
//! **Architecture invariant:** a source has one place, and is given up for this turn when its rules take too long: one that hangs
//! holds up its own rules only. So of one rule there is one evaluation at a time, and none comes back after a newer one. Rules that had
//! no turn come before all others the next time: however long a source takes, each has its turn.

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
    time::{DAY, MINUTE, SECOND},
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
use crate::{
    Context, Engine,
    egress::Egress,
    transactions,
    turns::{Turn, Turns, is_stale, line_up},
};

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
    /// How long transactions are kept.
    pub transactions: transactions::Settings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            by_hand: false,
            concurrency: 16,
            patience: Duration::from_secs(60),
            kept_ms: [2 * DAY, 90 * DAY, 3 * 366 * DAY],
            transactions: transactions::Settings::default(),
        }
    }
}

/// Evaluates rules.
pub struct Evaluator {
    ctx: Context,
    egress: Egress,
    settings: Arc<Settings>,
    running: tokio::sync::Mutex<Running>,
    cleared: Mutex<Option<Timestamp>>,
    /// The past that windows are held against.
    memory: Arc<Memory>,
}

/// What all evaluations share.
type Ground = (Arc<Settings>, Arc<Memory>);

/// A rule that is to be evaluated.
struct Claimed {
    rule: Stored,
    /// The moment that it was moved to, and what was counted as missed by that.
    next: Timestamp,
    missed: i64,
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
        let settings = Arc::new(settings);
        Self { ctx, egress, settings, running: tokio::sync::Mutex::default(), cleared: Mutex::default(), memory: Arc::default() }
    }

    /// Claims what is due; what waits too long is counted as missed when its turn comes.
    async fn claim(&self, busy: &[String], now: Timestamp) -> Result<Vec<Claimed>, Fault> {
        let mut due = store::due(&mut *self.ctx.db.read().await?, busy, now, BATCH).await?;
        due.retain(|rule| !busy.contains(&source_of(rule)));
        if due.is_empty() {
            return Ok(Vec::new());
        }
        let mut tx = self.ctx.begin_write().await?;
        let mut claimed = Vec::with_capacity(due.len());
        for rule in due {
            let interval_ms = i64::from(rule.interval_s) * 1_000;
            let missed = if rule.standing.evaluated_at.is_some() { now.since(rule.next_at) / interval_ms } else { 0 };
            let next = if missed == 0 { rule.next_at.plus(interval_ms) } else { now.plus(interval_ms) };
            let next = next.max(now.plus(1));
            if store::claim(&mut tx, &rule, next, missed).await? {
                claimed.push(Claimed { rule, next, missed });
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

/// Evaluates rules one after another, together until the deadline; gives how many. Those that have no turn by then stay due. Where the
/// source answers nobody they are unknown, and come when it is asked again, before those that had their turn.
async fn evaluate((ctx, egress, ground): (Context, Egress, Ground), rules: Vec<Claimed>, now: Timestamp, deadline: Instant) -> u64 {
    let (settings, memory) = &ground;
    let (mut done, mut waiting) = (0, Vec::new());
    // Rules without a source have nothing in common that could be silent.
    let mut turns = Turns::until(deadline, rules.iter().all(|claimed| claimed.rule.input.source().is_none()));
    let again = rules.iter().map(|claimed| claimed.next).min().unwrap_or(now);
    for claimed in rules {
        let rule = &claimed.rule;
        let what = What { system: &rule.system, input: &rule.input, weeks: rule.weeks, memory, counts: &settings.transactions };
        let turn = turns.take(read::now(&ctx, &egress, &what, now)).await;
        let answers = turns.answered(matches!(&turn, Turn::Had(Ok(outcome)) if !matches!(outcome, Outcome::Unknown(_))));
        let waits = matches!(turn, Turn::Waits);
        if !waits || !answers || is_stale(rule.standing.evaluated_at, i64::from(rule.interval_s) * SECOND, ctx.now()) {
            let read = match turn {
                Turn::Had(read) => read,
                Turn::Late | Turn::Waits => Ok(Outcome::Unknown("the source takes too long for all that is asked of it".to_owned())),
            };
            let outcome = match read {
                Ok(outcome) => record::apply(&ctx, rule, outcome).await,
                Err(fault) => Err(fault),
            };
            match outcome {
                Ok(counted) => done += u64::from(counted),
                // It comes again with its next turn; others go on.
                Err(fault) => tracing::warn!(rule = %rule.id, %fault, "a rule could not be evaluated"),
            }
        }
        if waits {
            waiting.push(claimed);
        }
    }
    if turns.silent() {
        waiting.iter_mut().for_each(|claimed| claimed.missed = 0);
        line_up(again, waiting.iter_mut().map(|claimed| &mut claimed.rule.next_at));
    }
    if let Err(fault) = give_back(&ctx, &waiting).await {
        tracing::warn!(%fault, "rules that had no turn wait for their next one");
    }
    done
}

/// These are due as their rules say, not as they were claimed for.
async fn give_back(ctx: &Context, waiting: &[Claimed]) -> Result<(), Fault> {
    if waiting.is_empty() {
        return Ok(());
    }
    let mut tx = ctx.begin_write().await?;
    for claimed in waiting {
        store::give_back(&mut tx, &claimed.rule, claimed.next, claimed.missed).await?;
    }
    tx.commit().await
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
            let mut batches: BTreeMap<String, Vec<Claimed>> = BTreeMap::new();
            for claimed in self.claim(&running.busy(), now).await? {
                batches.entry(source_of(&claimed.rule)).or_default().push(claimed);
            }
            let deadline = Instant::now() + self.settings.patience;
            for (source, rules) in batches {
                let ground = (self.settings.clone(), self.memory.clone());
                let task = running.tasks.spawn(evaluate((self.ctx.clone(), self.egress.clone(), ground), rules, now, deadline));
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
