//! The scheduler of checks: begins what is due, a bounded number at a time, and writes the results of many in one
//! transaction.

use std::{collections::HashMap, time::Duration};

use async_trait::async_trait;
use domain::{Fault, Timestamp, id::MonitorId, live::Topic, monitors::Resolution};
use sketches_ddsketch::{Config, DDSketch};
use tokio::{
    sync::Mutex,
    task::{Id, JoinSet},
    time::Instant,
};

use super::{
    Settings, probe,
    record::{self, Finding, Source},
    schedule::Schedule,
    store::{self, Watermark},
};
use crate::{Context, Engine, egress::Egress};

/// Results in one transaction at most.
const BATCH: usize = 500;
/// Results that wait for a database that is not there; beyond this the oldest are given up.
const UNSAVED: usize = 20_000;
/// Between two looks at the tables for what was edited, missed or ended.
const LOOK: Duration = Duration::from_secs(1);
/// Between two words to live pages that results have come; a state that moves is told at once.
const SPEAK: Duration = Duration::from_secs(2);
/// Between two clearings of what is kept no longer.
const CLEAR_MS: i64 = 300_000;
/// Name of the engine and of its bell.
pub const NAME: &str = "monitors";

/// What the scheduler has done since it began.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Figures {
    /// Checks begun.
    pub begun: u64,
    /// Moments passed over because the check before was still under way.
    pub passed_over: u64,
    /// Checks that began later than their next moment: a deadline missed.
    pub missed: u64,
    /// Seconds between due and begun: median, 99 of 100, largest.
    pub lateness_s: (f64, f64, f64),
}

/// The engine.
pub struct Prober {
    ctx: Context,
    egress: Egress,
    settings: Settings,
    inner: Mutex<Inner>,
}

struct Inner {
    schedule: Schedule,
    watermark: Option<Watermark>,
    looked: Option<Instant>,
    cleared: Option<Timestamp>,
    spoke: Option<Instant>,
    flying: JoinSet<Finding>,
    /// Which task checks which monitor, to find it again where the task broke off.
    tasks: HashMap<Id, MonitorId>,
    unsaved: Vec<Finding>,
    figures: Figures,
    lateness: DDSketch,
}

impl Prober {
    /// The engine over the common ground; it begins with the first tick.
    pub fn new(ctx: Context, egress: Egress, settings: Settings) -> Self {
        let inner = Inner {
            schedule: Schedule::default(),
            watermark: None,
            looked: None,
            cleared: None,
            spoke: None,
            flying: JoinSet::new(),
            tasks: HashMap::new(),
            unsaved: Vec::new(),
            figures: Figures::default(),
            lateness: DDSketch::new(Config::new(0.01, 2_048, 0.001)),
        };
        Self { ctx, egress, settings, inner: Mutex::new(inner) }
    }

    /// What it has done since it began.
    pub async fn figures(&self) -> Figures {
        let inner = self.inner.lock().await;
        let quantile = |q| inner.lateness.quantile(q).ok().flatten().unwrap_or_default();
        Figures { lateness_s: (quantile(0.5), quantile(0.99), inner.lateness.max().unwrap_or_default()), ..inner.figures }
    }

    /// Begins its figures anew.
    pub async fn forget_figures(&self) {
        let mut inner = self.inner.lock().await;
        inner.figures = Figures::default();
        inner.lateness = DDSketch::new(Config::new(0.01, 2_048, 0.001));
    }

    /// Reads the tables anew if a monitor was made, edited or deleted.
    async fn look(&self, inner: &mut Inner, now: Timestamp) -> Result<(), Fault> {
        let mut conn = self.ctx.db.read().await?;
        let watermark = store::watermark(&mut conn).await?;
        if inner.watermark.as_ref() != Some(&watermark) {
            inner.schedule.rebuild(store::planned(&mut conn).await?, now)?;
            inner.watermark = Some(watermark);
        }
        Ok(())
    }

    /// Begins what is due, as far as there is room.
    fn launch(&self, inner: &mut Inner) {
        let now = self.ctx.now();
        while inner.flying.len() < self.settings.concurrency {
            let Some(launch) = inner.schedule.launch(now, &mut inner.figures.passed_over) else { break };
            let late_ms = now.since(launch.due).max(0);
            #[expect(clippy::cast_precision_loss, reason = "milliseconds of lateness are few")]
            let late = late_ms as f64 / 1_000.0;
            inner.lateness.add(late);
            inner.figures.begun += 1;
            inner.figures.missed += u64::from(late_ms > i64::from(launch.target.interval_s) * 1_000);
            metrics::histogram!("evenkeel_probe_lateness_seconds").record(late);
            let (egress, ctx, monitor) = (self.egress.clone(), self.ctx.clone(), launch.monitor.clone());
            let task = inner.flying.spawn(async move {
                let result = probe::probe(&egress, &launch.target, ctx.now()).await;
                Finding { monitor: launch.monitor, source: Source::Check(launch.version), result }
            });
            inner.tasks.insert(task.id(), monitor);
        }
    }

    /// Begins checks and gathers results until the patience is over or, without one, until nothing is left to do.
    async fn gather(&self, inner: &mut Inner) {
        let until = self.settings.patience.map(|patience| Instant::now() + patience);
        loop {
            self.launch(inner);
            let wake = match (until, inner.flying.is_empty()) {
                (None, true) => return,
                (None, false) => None,
                (Some(until), _) => Some(until.min(self.next_wake(inner))),
            };
            tokio::select! {
                Some(joined) = inner.flying.join_next_with_id() => {
                    let id = match &joined {
                        Ok((id, _)) => *id,
                        Err(error) => error.id(),
                    };
                    if let Some(monitor) = inner.tasks.remove(&id) {
                        inner.schedule.landed(&monitor);
                    }
                    match joined {
                        Ok((_, finding)) => inner.unsaved.push(finding),
                        Err(error) => tracing::error!(%error, "a check broke off"),
                    }
                    if inner.unsaved.len() >= BATCH {
                        return;
                    }
                }
                () = sleep_until(wake) => {
                    if until.is_some_and(|until| Instant::now() >= until) {
                        return;
                    }
                }
            }
        }
    }

    /// The next moment at which something is due and there is room for it, on the monotonic clock.
    fn next_wake(&self, inner: &Inner) -> Instant {
        let far = Duration::from_secs(3_600);
        let room = inner.flying.len() < self.settings.concurrency;
        let wait = inner.schedule.next().filter(|_| room).map_or(far, |due| {
            Duration::from_millis(u64::try_from(due.since(self.ctx.now()).max(0)).unwrap_or_default()).max(Duration::from_millis(1))
        });
        Instant::now() + wait
    }

    /// Writes what was gathered. What cannot be written now is kept and tried again.
    async fn save(&self, inner: &mut Inner) -> Result<u64, Fault> {
        if inner.unsaved.is_empty() {
            return Ok(0);
        }
        let excess = inner.unsaved.len().saturating_sub(UNSAVED);
        if excess > 0 {
            tracing::error!(excess, "results given up: the database has been away for too long");
            inner.unsaved.drain(..excess);
        }
        let mut saved = 0;
        while !inner.unsaved.is_empty() {
            let end = inner.unsaved.len().min(BATCH);
            let speak = inner.spoke.is_none_or(|at| at.elapsed() >= SPEAK);
            match self.write(&inner.unsaved[..end], speak).await {
                Ok(()) => {}
                // Later, when the database is there again.
                Err(fault @ Fault::Unavailable(_)) => return Err(fault),
                // One result that cannot be written must not hold up all others: each by itself, and what fails is given up.
                Err(_) => {
                    for finding in &inner.unsaved[..end] {
                        if let Err(fault) = self.write(std::slice::from_ref(finding), false).await {
                            tracing::error!(%fault, monitor = %finding.monitor, "a result is given up");
                        }
                    }
                }
            }
            if speak {
                inner.spoke = Some(Instant::now());
            }
            for finding in inner.unsaved.drain(..end) {
                metrics::counter!("evenkeel_probes_total", "verdict" => finding.result.verdict.name()).increment(1);
                saved += 1;
            }
        }
        Ok(saved)
    }

    /// Writes results in one transaction.
    async fn write(&self, findings: &[Finding], speak: bool) -> Result<(), Fault> {
        let mut tx = self.ctx.begin_write().await?;
        record::apply(&mut tx, &self.ctx, findings).await?;
        if speak {
            tx.announce(Topic::Monitors, "", None);
        }
        tx.commit().await
    }

    /// Heartbeats that were not called, and maintenances that are over.
    async fn watch(&self, now: Timestamp) -> Result<u64, Fault> {
        let mut conn = self.ctx.db.read().await?;
        let overdue = store::overdue(&mut conn, now, 500).await?;
        let over = store::maintenance_over(&mut conn, now).await?;
        drop(conn);
        if overdue.is_empty() && over.is_empty() {
            return Ok(0);
        }
        let findings: Vec<_> = overdue.into_iter().map(|(id, due)| record::miss(id, due, now)).collect();
        let mut tx = self.ctx.begin_write().await?;
        record::apply(&mut tx, &self.ctx, &findings).await?;
        for id in &over {
            store::set_maintenance(&mut tx, id, None).await?;
        }
        record::retell(&mut tx, &self.ctx, &over).await?;
        tx.commit().await?;
        u64::try_from(findings.len() + over.len()).map_err(|_| Fault::Internal)
    }

    /// Deletes what is kept no longer, in small transactions.
    async fn clear(&self, inner: &mut Inner, now: Timestamp) -> Result<(), Fault> {
        if inner.cleared.is_some_and(|at| (0..CLEAR_MS).contains(&now.since(at))) {
            return Ok(());
        }
        inner.cleared = Some(now);
        let keep = &self.settings;
        let mut conn = self.ctx.db.read().await?;
        let ids = store::ids(&mut conn).await?;
        drop(conn);
        for chunk in ids.chunks(200) {
            let mut tx = self.ctx.begin_write().await?;
            for id in chunk {
                store::trim_results(&mut tx, id, keep.results).await?;
            }
            tx.commit().await?;
        }
        let mut tx = self.ctx.begin_write().await?;
        for resolution in Resolution::ALL {
            store::age_rollups(&mut tx, *resolution, now.plus(-keep.rollups_ms(*resolution))).await?;
        }
        tx.commit().await
    }
}

async fn sleep_until(wake: Option<Instant>) {
    match wake {
        Some(wake) => tokio::time::sleep_until(wake).await,
        None => std::future::pending().await,
    }
}

#[async_trait]
impl Engine for Prober {
    fn name(&self) -> &'static str {
        NAME
    }

    fn period(&self) -> Duration {
        Duration::from_millis(5)
    }

    async fn tick(&self, now: Timestamp) -> Result<u64, Fault> {
        let mut inner = self.inner.lock().await;
        let inner = &mut *inner;
        let mut done = 0;
        let look = self.settings.patience.is_none() || inner.looked.is_none_or(|at| at.elapsed() >= LOOK);
        if look {
            inner.looked = Some(Instant::now());
            self.look(inner, now).await?;
            done += self.watch(now).await?;
        }
        self.gather(inner).await;
        done += self.save(inner).await?;
        if look {
            self.clear(inner, now).await?;
        }
        Ok(done)
    }
}
