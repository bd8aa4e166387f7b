//! The engine `objectives`: looks at every objective each minute and tells of what burns too fast.
//!
//! Looking is done beside the tick, objectives of one source one after another, so that a source that hangs holds up no other.

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use domain::{
    Fault, Timestamp,
    live::Topic,
    objectives::{ALARMS, Look, judge},
    time::{DAY, MINUTE},
};
use tokio::task::JoinSet;

use super::{
    Settings,
    count::Counting,
    store::{self, Stored},
    tell,
};
use crate::{Context, Engine, egress::Egress, systems};

/// Name of the engine, and of its bell.
pub const NAME: &str = "objectives";
/// Objectives claimed in one tick.
const BATCH: i64 = 500;

/// Looks at objectives.
pub struct Watcher {
    counting: Counting,
    settings: Settings,
    running: tokio::sync::Mutex<JoinSet<u64>>,
}

impl Watcher {
    /// The engine over the common ground.
    pub fn new(ctx: Context, egress: Egress, settings: Settings) -> Self {
        let counting = Counting { ctx, egress, transactions: settings.transactions.clone() };
        Self { counting, settings, running: tokio::sync::Mutex::default() }
    }

    async fn claim(&self, now: Timestamp) -> Result<Vec<Stored>, Fault> {
        let ctx = &self.counting.ctx;
        let due = store::due(&mut *ctx.db.read().await?, now, BATCH).await?;
        if due.is_empty() {
            return Ok(due);
        }
        let mut tx = ctx.begin_write().await?;
        let mut claimed = Vec::with_capacity(due.len());
        for objective in due {
            // The rhythm stays where it was, unless a turn was missed.
            let next = if now.since(objective.next_at) < MINUTE { objective.next_at } else { now };
            if store::claim(&mut tx, &objective, next.plus(MINUTE)).await? {
                claimed.push(objective);
            }
        }
        tx.commit().await?;
        Ok(claimed)
    }
}

/// Counts of every stretch: each alarm's long and short one, and the whole window.
async fn look(counting: &Counting, objective: &Stored, now: Timestamp) -> Result<Result<Look, String>, Fault> {
    let stretch = |ms| counting.stretch(&objective.system, &objective.sli, ms, now);
    let mut stretches = Vec::with_capacity(ALARMS.len());
    for alarm in &ALARMS {
        let mut pair = Vec::with_capacity(2);
        for length in [alarm.long_ms, alarm.short_ms] {
            match stretch(length).await? {
                Ok(count) => pair.push(count),
                // Where one question stays without an answer the others are not asked.
                Err(why) => return Ok(Err(why)),
            }
        }
        stretches.push((pair[0], pair[1]));
    }
    Ok(stretch(i64::from(objective.days) * DAY).await?.map(|whole| Look { stretches, whole }))
}

/// Takes a look into account, unless the objective was edited, paused or deleted since; whether it counted.
async fn write(ctx: &Context, asked: &Stored, found: Result<Look, String>) -> Result<bool, Fault> {
    let mut tx = ctx.begin_write().await?;
    let held = match store::hold(&mut tx, &asked.id).await {
        Err(Fault::NotFound(_)) => return Ok(false),
        held => held?,
    };
    if held.paused || held.version != asked.version {
        return Ok(false);
    }
    let standing = judge(&held.standing, found, held.target, ctx.now());
    for (place, burn) in standing.burns.iter().enumerate() {
        tell::say(&mut tx, ctx, &held, place, burn, &standing.why).await?;
    }
    store::set_standing(&mut tx, &held.id, &standing).await?;
    let team = systems::brief(&mut tx, &held.system).await?.team;
    tx.announce(Topic::Rules, &held.id, Some(&team));
    tx.commit().await?;
    Ok(true)
}

/// Looks at objectives one after another; gives at how many.
async fn watch(counting: Counting, objectives: Vec<Stored>, now: Timestamp) -> u64 {
    let mut done = 0;
    for objective in objectives {
        let outcome = match look(&counting, &objective, now).await {
            Ok(found) => write(&counting.ctx, &objective, found).await,
            Err(fault) => Err(fault),
        };
        match outcome {
            Ok(counted) => done += u64::from(counted),
            // It comes again in a minute; others go on.
            Err(fault) => tracing::warn!(objective = %objective.id, %fault, "an objective could not be looked at"),
        }
    }
    done
}

#[async_trait]
impl Engine for Watcher {
    fn name(&self) -> &'static str {
        NAME
    }

    fn period(&self) -> Duration {
        Duration::from_secs(5)
    }

    async fn set_back(&self, by: i64, now: Timestamp) -> Result<(), Fault> {
        let mut tx = self.counting.ctx.begin_write().await?;
        store::sooner(&mut tx, by, now).await?;
        tx.commit().await
    }

    async fn tick(&self, now: Timestamp) -> Result<u64, Fault> {
        let mut running = self.running.lock().await;
        if running.len() < self.settings.concurrency {
            let mut batches: BTreeMap<String, Vec<Stored>> = BTreeMap::new();
            for objective in self.claim(now).await? {
                batches.entry(objective.sli.source().map(ToString::to_string).unwrap_or_default()).or_default().push(objective);
            }
            for objectives in batches.into_values() {
                running.spawn(watch(self.counting.clone(), objectives, now));
            }
        }
        let mut done = 0;
        loop {
            let next = if self.settings.by_hand { running.join_next().await } else { running.try_join_next() };
            match next {
                None => return Ok(done),
                Some(Ok(count)) => done += count,
                Some(Err(error)) => tracing::error!(%error, "looking at objectives failed"),
            }
        }
    }
}
