//! Drives every engine: woken by period *and* bell, `tick(now)` with no other input, idempotent, batched.
//!
//! Shutdown: the token is cancelled, every engine finishes the tick it is in, then the tracker is empty.

use std::{
    any::Any,
    collections::BTreeMap,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use domain::{Fault, Timestamp};
use futures::FutureExt;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::Context;

/// A clock that is corrected by no more than this is steady.
const STEADY_MS: i64 = 5_000;
/// So much later than its period an engine ticks again where nothing keeps it from that.
const AWAY_MS: i64 = 30_000;

/// An engine that knows when something is due rests for no less between two ticks, however much is due.
const BREATH: Duration = Duration::from_millis(200);

/// A part of the process that works by itself.
#[async_trait]
pub trait Engine: Send + Sync {
    /// Stable name: of its bell, its log lines, its row on the health page.
    fn name(&self) -> &'static str;
    /// Longest pause between two ticks.
    fn period(&self) -> Duration;
    /// Whether it works in every replica, because it claims piece by piece what it does; otherwise only in the one that holds
    /// the lease of its name.
    fn everywhere(&self) -> bool {
        false
    }
    /// The work comes to this replica, from the process before or another one that died or stood still: what that had in its hands is
    /// taken up as soon as it can no longer be at it.
    async fn take_over(&self, _now: Timestamp) -> Result<(), Fault> {
        Ok(())
    }
    /// The engine begins to work here, or goes on after a while in which it could not: the process or its database stood still, or the
    /// clock was set forward. What others said meanwhile was not heard. The tick comes after it, unless it fails.
    async fn resume(&self) -> Result<(), Fault> {
        Ok(())
    }
    /// Its lease has gone to another replica: forgets what it had begun and planned.
    async fn stand_down(&self) {}
    /// The clock was set back by `by` milliseconds and shows `now`: what lies ahead comes sooner by as much, or it would stand
    /// still for so long.
    async fn set_back(&self, _by: i64, _now: Timestamp) -> Result<(), Fault> {
        Ok(())
    }
    /// When something is due, if that is known to come before the period is over.
    async fn next_due(&self, _now: Timestamp) -> Option<Timestamp> {
        None
    }
    /// Does what is due at `now`; gives how many things it did. A tick with nothing due does nothing and gives 0.
    async fn tick(&self, now: Timestamp) -> Result<u64, Fault>;
}

/// How the last tick of an engine went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulse {
    /// When it ended.
    pub at: Timestamp,
    /// How many things it did, or what stopped it.
    pub outcome: Result<u64, Fault>,
}

/// All engines of the process.
#[derive(Clone)]
pub struct Engines {
    ctx: Context,
    engines: Arc<Vec<Arc<dyn Engine>>>,
    pulses: Arc<Mutex<BTreeMap<&'static str, Pulse>>>,
    /// The moment up to which each engine has gone. Where the clock was set back it stays until what the engine plans was, too.
    reached: Arc<Mutex<BTreeMap<&'static str, Timestamp>>>,
}

impl Engines {
    /// Engines over the common ground; none runs yet.
    pub fn new(ctx: Context, engines: Vec<Arc<dyn Engine>>) -> Self {
        Self { ctx, engines: Arc::new(engines), pulses: Arc::default(), reached: Arc::default() }
    }

    /// Lets each engine run on the tracker until the token is cancelled, while this process holds its lease.
    pub fn start(&self, tracker: &TaskTracker, stop: &CancellationToken) {
        for engine in self.engines.iter() {
            tracker.spawn(self.clone().drive(engine.clone(), stop.clone()));
            tracker.spawn(self.clone().renew(engine.clone(), stop.clone()));
        }
    }

    /// Ticks an engine for as long as it works here; asks now and then where it does not.
    async fn drive(self, engine: Arc<dyn Engine>, stop: CancellationToken) {
        let (lease, bell) = (self.ctx.leases.of(engine.name()), self.ctx.bus.bell(engine.name()));
        let (mut works, mut well) = (false, None);
        while !stop.is_cancelled() {
            let before = std::mem::replace(&mut works, engine.everywhere() || lease.hold().await);
            if works
                && !before
                && let Err(fault) = engine.take_over(self.ctx.now()).await
            {
                tracing::warn!(engine = engine.name(), %fault, "what another had in its hands was not taken up");
            }
            if works {
                let longest = i64::try_from(engine.period().as_millis()).unwrap_or(i64::MAX).saturating_add(AWAY_MS);
                // From the beginning of a tick that went well: what stood still may have done so in the middle of it.
                let begins = self.ctx.now();
                let resumes = well.is_none_or(|last: Timestamp| begins.since(last) > longest);
                if self.tick_one(engine.as_ref(), resumes).await.outcome.is_ok() {
                    well = Some(begins);
                }
            } else {
                well = None;
                if before {
                    engine.stand_down().await;
                }
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = bell.notified(), if works => {}
                () = self.rest(engine.as_ref(), if works { engine.period() } else { lease.pace() }, works) => {}
            }
        }
    }

    /// Rests for so long, where an engine works until something is due.
    async fn rest(&self, engine: &dyn Engine, longest: Duration, works: bool) {
        let due = async {
            let now = self.ctx.now();
            let next = if works { engine.next_due(now).await } else { None };
            match next.and_then(|at| u64::try_from(at.since(now)).ok()) {
                Some(ms) => tokio::time::sleep(Duration::from_millis(ms).max(BREATH)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = tokio::time::sleep(longest) => {}
            () = due => {}
        }
    }

    /// Renews the lease of an engine however long its tick takes.
    async fn renew(self, engine: Arc<dyn Engine>, stop: CancellationToken) {
        let lease = self.ctx.leases.of(engine.name());
        while !engine.everywhere() && !stop.is_cancelled() {
            lease.hold().await;
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(lease.pace()) => {}
            }
        }
    }

    /// Ticks every engine that may work here, round and round, until one whole round found nothing to do (at most 50 rounds): the
    /// tests' way, in which however far the clock goes nothing stood still.
    pub async fn settle(&self) -> Result<(), Fault> {
        let mut working = Vec::with_capacity(self.engines.len());
        for engine in self.engines.iter() {
            if engine.everywhere() || self.ctx.leases.of(engine.name()).hold().await {
                working.push(engine);
            }
        }
        let mut idle = 0;
        for engine in working.iter().cycle().take(50 * working.len()) {
            idle = if self.tick_one(engine.as_ref(), false).await.outcome? == 0 { idle + 1 } else { 0 };
            if idle == working.len() {
                return Ok(());
            }
        }
        if working.is_empty() {
            return Ok(());
        }
        tracing::error!("engines did not settle in 50 rounds");
        Err(Fault::Internal)
    }

    fn reach(&self, engine: &'static str, at: Timestamp) {
        self.reached.lock().unwrap_or_else(PoisonError::into_inner).insert(engine, at);
    }

    /// How far the clock was set back since the last tick of an engine, in milliseconds; 0 where it goes on as it should.
    fn set_back(&self, engine: &str, now: Timestamp) -> i64 {
        let reached = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        let back = reached.get(engine).map_or(0, |last| last.since(now));
        if back > STEADY_MS { back } else { 0 }
    }

    async fn tick_one(&self, engine: &dyn Engine, resumes: bool) -> Pulse {
        let now = self.ctx.now();
        let back = self.set_back(engine.name(), now);
        let tick = async {
            if back > 0 {
                tracing::warn!(engine = engine.name(), back_ms = back, "the clock was set back");
                engine.set_back(back, now).await?;
            }
            self.reach(engine.name(), now);
            if resumes {
                engine.resume().await?;
            }
            engine.tick(now).await
        };
        // A panic is a failed tick like another: what it had begun has rolled back, and the next tick begins anew.
        let outcome = match AssertUnwindSafe(tick).catch_unwind().await {
            Ok(outcome) => outcome,
            Err(panic) => {
                tracing::error!(engine = engine.name(), panic = what_panicked(panic.as_ref()), "an engine panicked");
                Err(Fault::Internal)
            }
        };
        if let Err(fault) = &outcome {
            tracing::warn!(engine = engine.name(), %fault, "tick failed");
        }
        let pulse = Pulse { at: self.ctx.now(), outcome };
        if self.set_back(engine.name(), pulse.at) == 0 {
            self.reach(engine.name(), pulse.at);
        }
        self.pulses.lock().unwrap_or_else(PoisonError::into_inner).insert(engine.name(), pulse.clone());
        pulse
    }

    /// Every engine with its period and its last tick, if it has ticked.
    pub fn pulses(&self) -> Vec<(&'static str, Duration, Option<Pulse>)> {
        let pulses = self.pulses.lock().unwrap_or_else(PoisonError::into_inner);
        self.engines.iter().map(|engine| (engine.name(), engine.period(), pulses.get(engine.name()).cloned())).collect()
    }
}

/// What a panic said, for the log.
pub fn what_panicked(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("of unknown kind")
}
