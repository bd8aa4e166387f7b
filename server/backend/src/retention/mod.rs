//! Retention: what is over and old is forgotten, a little at a time.
//!
//! Every area says itself what it can do without (`forget`); this engine only gives the moment and the measure.
//! **Architecture invariants:** a batch is small and a transaction of its own, so that nobody waits for it; what still
//! runs, and what an open incident needs, is never forgotten; incidents, changes and the audit are the record and stay.
//! What was forgotten stands in the audit: how much, of what.

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use domain::{Actor, Fault, Timestamp, audit::Object, status::CONFIRM_LASTS_MS, time::DAY};
use serde_json::json;
use sqlx::AnyConnection;

use crate::{Context, Engine, alerts, audit, deliveries, load, people, tools};

/// Name of the engine, and of its bell.
const NAME: &str = "retention";
/// Batches of one area in one tick: a tick ends, so that the process can.
const BATCHES: usize = 200;
/// The pause after a full batch: others write meanwhile.
const PAUSE: Duration = Duration::from_millis(10);

/// How long things are kept after they are over, in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Alerts with their history.
    pub alerts_ms: i64,
    /// Deliveries with what was sent.
    pub deliveries_ms: i64,
    /// What runs of tools wrote; the seconds of load tests.
    pub run_logs_ms: i64,
    /// Runs of tools.
    pub runs_ms: i64,
    /// API tokens that have ended.
    pub tokens_ms: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { alerts_ms: 400 * DAY, deliveries_ms: 90 * DAY, run_logs_ms: 180 * DAY, runs_ms: 400 * DAY, tokens_ms: 90 * DAY }
    }
}

/// What is forgotten. A log goes before the run that wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Area {
    Alerts,
    Deliveries,
    /// Subscriptions that were asked for and never confirmed.
    Unconfirmed,
    RunLogs,
    Runs,
    /// The seconds of load tests; what came of them stays.
    LoadSeconds,
    Tokens,
}

impl Area {
    const ALL: [Self; 7] = [Self::Alerts, Self::Deliveries, Self::Unconfirmed, Self::RunLogs, Self::Runs, Self::LoadSeconds, Self::Tokens];

    fn name(self) -> &'static str {
        match self {
            Self::Alerts => "alerts",
            Self::Deliveries => "deliveries",
            Self::Unconfirmed => "unconfirmed_subscriptions",
            Self::RunLogs => "run_logs",
            Self::Runs => "runs",
            Self::LoadSeconds => "load_seconds",
            Self::Tokens => "tokens",
        }
    }

    /// Rows of one batch: a piece of a log may have some hundred KiB.
    fn batch(self) -> u32 {
        if self == Self::RunLogs { 20 } else { 200 }
    }

    fn kept_ms(self, settings: &Settings) -> i64 {
        match self {
            Self::Alerts => settings.alerts_ms,
            Self::Deliveries => settings.deliveries_ms,
            Self::Unconfirmed => CONFIRM_LASTS_MS,
            // No log is kept longer than its run.
            Self::RunLogs => settings.run_logs_ms.min(settings.runs_ms),
            Self::Runs => settings.runs_ms,
            Self::LoadSeconds => settings.run_logs_ms,
            Self::Tokens => settings.tokens_ms,
        }
    }

    /// Forgets at most about `limit` rows of what was over before; gives how many it were.
    async fn forget(self, conn: &mut AnyConnection, before: Timestamp, now: Timestamp, limit: u32) -> Result<u64, Fault> {
        match self {
            Self::Alerts => alerts::forget(conn, before, limit).await,
            Self::Deliveries => deliveries::forget(conn, before, limit).await,
            Self::Unconfirmed => deliveries::subscribers::forget_unconfirmed(conn, before, now, limit).await,
            Self::RunLogs => tools::forget_logs(conn, before, limit).await,
            Self::Runs => tools::forget(conn, before, limit).await,
            Self::LoadSeconds => load::forget_seconds(conn, before, limit).await,
            Self::Tokens => people::forget_tokens(conn, before, limit).await,
        }
    }
}

/// The engine `retention`.
pub struct Keeper {
    ctx: Context,
    settings: Settings,
}

impl Keeper {
    /// The engine over the common ground.
    pub fn new(ctx: Context, settings: Settings) -> Self {
        Self { ctx, settings }
    }

    /// Forgets of one area until there is no more, or the measure is full: then the next tick comes at once.
    async fn forget(&self, area: Area, now: Timestamp) -> Result<u64, Fault> {
        let before = now.plus(-area.kept_ms(&self.settings));
        let mut forgotten = 0;
        for _ in 0..BATCHES {
            let mut tx = self.ctx.begin_write().await?;
            let batch = area.forget(&mut tx, before, now, area.batch()).await?;
            tx.commit().await?;
            forgotten += batch;
            if batch < u64::from(area.batch()) {
                return Ok(forgotten);
            }
            tokio::time::sleep(PAUSE).await;
        }
        self.ctx.bus.bell(NAME).notify_one();
        Ok(forgotten)
    }

    async fn record(&self, counts: &BTreeMap<&'static str, u64>) -> Result<(), Fault> {
        let mut tx = self.ctx.begin_write().await?;
        let object = Object::new(NAME, NAME, NAME, None);
        audit::record(&mut tx, &self.ctx, &Actor::engine(NAME), "retention.forget", object, &json!(counts)).await?;
        tx.commit().await
    }
}

#[async_trait]
impl Engine for Keeper {
    fn name(&self) -> &'static str {
        NAME
    }

    fn period(&self) -> Duration {
        Duration::from_secs(3_600)
    }

    /// What one area cannot forget does not keep the others from forgetting.
    async fn tick(&self, now: Timestamp) -> Result<u64, Fault> {
        let (mut counts, mut trouble) = (BTreeMap::new(), None);
        for area in Area::ALL {
            match self.forget(area, now).await {
                Ok(0) => {}
                Ok(count) => drop(counts.insert(area.name(), count)),
                Err(fault) => {
                    tracing::error!(area = area.name(), %fault, "nothing was forgotten");
                    trouble = Some(fault);
                }
            }
        }
        if !counts.is_empty() {
            self.record(&counts).await?;
        }
        trouble.map_or(Ok(counts.values().sum()), Err)
    }
}
