//! The scheduler of checks: begins what is due, a bounded number at a time.
//!
//! **Architecture invariant:** beginning a check never waits for the database. What is found goes into a bounded queue; the
//! [`Clerk`] writes it while further checks begin. Only by hand (without patience) does one happen after the other, so that
//! tests see the same thing every time.

use std::{
    collections::HashMap,
    future::Future,
    pin::pin,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use domain::{Fault, Timestamp, id::MonitorId, monitors::Place};
use sketches_ddsketch::{Config, DDSketch};
use tokio::{
    task::{Id, JoinError, JoinSet},
    time::Instant,
};

use super::{
    Settings,
    acts::{open_secret, sealed_result},
    clerk::Clerk,
    probe::{self, Asking},
    record::{Finding, Source},
    schedule::{Lane, Launch, Schedule},
    store, wake,
};
use crate::{Context, Engine, egress::Egress};

/// Name of the engine and of its bell.
pub const NAME: &str = "monitors";
/// A check that took longer and gave no answer sends its monitor into the slow lane.
pub(super) const SLOW: Duration = Duration::from_secs(1);

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
    board: Mutex<Board>,
    flights: tokio::sync::Mutex<Flights>,
    clerk: Clerk,
}

/// What is planned and what was begun; held for moments only.
pub(super) struct Board {
    pub(super) schedule: Schedule,
    figures: Figures,
    lateness: DDSketch,
}

/// Checks under way.
#[derive(Default)]
struct Flights {
    checks: JoinSet<(Finding, Lane)>,
    /// Which task checks which monitor from which lane, to find it again where the task broke off.
    tasks: HashMap<Id, (MonitorId, Lane)>,
}

fn no_lateness() -> DDSketch {
    DDSketch::new(Config::new(0.01, 2_048, 0.001))
}

impl Prober {
    /// The engine over the common ground; it begins with the first tick.
    pub fn new(ctx: Context, egress: Egress, settings: Settings) -> Self {
        let board = Board { schedule: Schedule::default(), figures: Figures::default(), lateness: no_lateness() };
        let clerk = Clerk::new(ctx.clone(), settings.clone());
        Self { ctx, egress, settings, board: Mutex::new(board), flights: tokio::sync::Mutex::default(), clerk }
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it has done since it began.
    pub fn figures(&self) -> Figures {
        let board = self.board();
        let quantile = |q| board.lateness.quantile(q).ok().flatten().unwrap_or_default();
        Figures { lateness_s: (quantile(0.5), quantile(0.99), board.lateness.max().unwrap_or_default()), ..board.figures }
    }

    /// Begins its figures anew.
    pub fn forget_figures(&self) {
        let mut board = self.board();
        board.figures = Figures::default();
        board.lateness = no_lateness();
    }

    /// Begins what is due, as far as there is room, unless another replica may be doing so by now.
    fn launch(&self, flights: &mut Flights) {
        if !self.ctx.acts() {
            return;
        }
        let now = self.ctx.now();
        let mut board = self.board();
        let Board { schedule, figures, lateness } = &mut *board;
        while let Some(launch) = schedule.launch(now, self.settings.concurrency, &mut figures.passed_over) {
            let late_ms = now.since(launch.due).max(0);
            #[expect(clippy::cast_precision_loss, reason = "milliseconds of lateness are few")]
            let late = late_ms as f64 / 1_000.0;
            lateness.add(late);
            figures.begun += 1;
            figures.missed += u64::from(late_ms > launch.target.interval_ms());
            metrics::histogram!("evenkeel_probe_lateness_seconds").record(late);
            let task = (launch.monitor.clone(), launch.lane);
            let handle = flights.checks.spawn(check(self.egress.clone(), self.ctx.clone(), launch));
            flights.tasks.insert(handle.id(), task);
        }
    }

    /// A check has ended: its place is free, its result waits to be written.
    fn land(&self, flights: &mut Flights, joined: Result<(Id, (Finding, Lane)), JoinError>) {
        let id = match &joined {
            Ok((id, _)) => *id,
            Err(error) => error.id(),
        };
        let next = joined.as_ref().map_or(Lane::Quick, |(_, (_, next))| *next);
        if let Some((monitor, lane)) = flights.tasks.remove(&id) {
            self.board().schedule.landed(&monitor, lane, next);
        }
        match joined {
            Ok((_, (finding, _))) => self.clerk.hand_in(finding),
            Err(error) => tracing::error!(%error, "a check broke off"),
        }
    }

    /// Begins checks and takes their results in for as long as `work` goes on.
    async fn fly_during<T>(&self, flights: &mut Flights, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            self.launch(flights);
            let wake = self.next_wake();
            tokio::select! {
                done = &mut work => return done,
                Some(joined) = flights.checks.join_next_with_id() => self.land(flights, joined),
                () = tokio::time::sleep_until(wake) => {}
            }
        }
    }

    /// Begins checks and takes their results in until nothing is due and none is under way.
    async fn fly_out(&self, flights: &mut Flights) {
        self.launch(flights);
        while let Some(joined) = flights.checks.join_next_with_id().await {
            self.land(flights, joined);
            self.launch(flights);
        }
    }

    /// The next moment at which something is due and there is room for it, on the monotonic clock.
    fn next_wake(&self) -> Instant {
        let far = Duration::from_secs(3_600);
        let wait = self.board().schedule.next(self.settings.concurrency).map_or(far, |due| {
            Duration::from_millis(u64::try_from(due.since(self.ctx.now()).max(0)).unwrap_or_default()).max(Duration::from_millis(1))
        });
        Instant::now() + wait
    }
}

/// Asks a target once; the finding, and the lane by which the monitor goes next time.
async fn check(egress: Egress, ctx: Context, launch: Launch) -> (Finding, Lane) {
    let (at, begin) = (ctx.now(), Instant::now());
    let secret = open_secret(&ctx, &launch.credential);
    let result = match secret {
        Ok(secret) => probe::probe(Asking::new(&egress, secret.as_ref(), at), &launch.target).await,
        Err(_) => sealed_result(at),
    };
    let lane = if result.latency_us.is_none() && begin.elapsed() > SLOW { Lane::Slow } else { Lane::Quick };
    (Finding { monitor: launch.monitor, place: Place::here(), source: Source::Check(launch.version), result }, lane)
}

#[async_trait]
impl Engine for Prober {
    fn name(&self) -> &'static str {
        NAME
    }

    fn period(&self) -> Duration {
        Duration::from_millis(5)
    }

    async fn stand_down(&self) {
        let mut flights = self.flights.lock().await;
        flights.checks.shutdown().await;
        flights.tasks.clear();
        self.board().schedule = Schedule::default();
        self.clerk.forget().await;
    }

    async fn resume(&self) -> Result<(), Fault> {
        wake::wake(&self.ctx).await
    }

    async fn set_back(&self, by: i64, now: Timestamp) -> Result<(), Fault> {
        let mut tx = self.ctx.begin_write().await?;
        store::sooner(&mut tx, by, now).await?;
        tx.commit().await
    }

    async fn tick(&self, now: Timestamp) -> Result<u64, Fault> {
        let mut flights = self.flights.lock().await;
        let Some(patience) = self.settings.patience else {
            let looked = self.clerk.look(&self.board, now).await?;
            self.fly_out(&mut flights).await;
            let saved = self.clerk.save().await?;
            self.clerk.clear_all(now).await?;
            return Ok(looked + saved);
        };
        self.fly_during(&mut flights, self.clerk.wait_for_a_batch(patience)).await;
        // The plan of everything may be read in it: too large for a future that others hold.
        self.fly_during(&mut flights, Box::pin(self.clerk.work(&self.board, now))).await
    }
}
