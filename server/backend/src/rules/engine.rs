//! The engine `rules`: evaluates every rule when it is due, rules of one source one after another.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    Fault, Timestamp,
    monitors::Resolution,
    time::{DAY, MINUTE},
};
use tokio::task::JoinSet;

use super::{
    read::{self, What},
    readings, record,
    store::{self, Stored},
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
    /// Milliseconds that minutes, hours and days are kept.
    pub kept_ms: [i64; 3],
}

impl Default for Settings {
    fn default() -> Self {
        Self { by_hand: false, concurrency: 16, kept_ms: [2 * DAY, 90 * DAY, 3 * 366 * DAY] }
    }
}

/// Evaluates rules.
pub struct Evaluator {
    ctx: Context,
    egress: Egress,
    settings: Settings,
    running: tokio::sync::Mutex<JoinSet<u64>>,
    cleared: Mutex<Option<Timestamp>>,
}

impl Evaluator {
    /// The engine over the common ground.
    pub fn new(ctx: Context, egress: Egress, settings: Settings) -> Self {
        Self { ctx, egress, settings, running: tokio::sync::Mutex::default(), cleared: Mutex::default() }
    }

    /// Claims what is due; what waits too long is counted as missed when its turn comes.
    async fn claim(&self, now: Timestamp) -> Result<Vec<Stored>, Fault> {
        let due = store::due(&mut *self.ctx.db.read().await?, now, BATCH).await?;
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

/// Evaluates rules one after another; gives how many.
async fn evaluate(ctx: Context, egress: Egress, rules: Vec<Stored>, now: Timestamp) -> u64 {
    let mut done = 0;
    for rule in rules {
        let what = What { system: &rule.system, input: &rule.input, weeks: rule.weeks };
        let outcome = match read::now(&ctx, &egress, &what, now).await {
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
        let mut running = self.running.lock().await;
        if running.len() < self.settings.concurrency {
            let mut batches: BTreeMap<String, Vec<Stored>> = BTreeMap::new();
            for rule in self.claim(now).await? {
                batches.entry(rule.input.source().map(ToString::to_string).unwrap_or_default()).or_default().push(rule);
            }
            for rules in batches.into_values() {
                running.spawn(evaluate(self.ctx.clone(), self.egress.clone(), rules, now));
            }
        }
        let mut done = 0;
        loop {
            let next = if self.settings.by_hand { running.join_next().await } else { running.try_join_next() };
            match next {
                None => break,
                Some(Ok(count)) => done += count,
                Some(Err(error)) => tracing::error!(%error, "evaluating rules failed"),
            }
        }
        self.clear(now).await?;
        Ok(done)
    }
}
