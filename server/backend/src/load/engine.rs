//! Claims runs whose turn has come, and finds those whose sender is gone.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    Fault, Reach, Timestamp,
    id::LoadRunId,
    load::{Plan, Run, Side, State},
    time::SECOND,
    tools::Tools,
};

use super::{Settings, deployed, seal, store, trial, watch};
use crate::{
    Context, Engine,
    claims::{Claims, abandoned_by},
    egress::Egress,
};

/// Name of the engine, and of its bell.
pub(super) const NAME: &str = "load";
/// How long a claim holds without being renewed.
pub(super) const LEASE: i64 = 15 * SECOND;

/// Makes the way out for one run: of its class, and of the thread that sends.
pub type Way = Arc<dyn Fn() -> Egress + Send + Sync>;

/// Sends runs: the engine, and the watchers it has started.
pub struct Runner {
    pub(super) ctx: Context,
    settings: Settings,
    pub(super) way: Way,
    pub(super) tools: Arc<dyn Tools>,
    /// Runs that this process sends; what is set ends one.
    pub(super) sent: Arc<Claims<LoadRunId, AtomicBool>>,
}

impl Runner {
    /// Over the common ground; `way` leads to targets and nowhere else, `tools` take away what a trial does without.
    pub fn new(ctx: Context, settings: Settings, way: Way, tools: Arc<dyn Tools>) -> Self {
        Self { ctx, settings, way, tools, sent: Claims::new() }
    }

    /// Ends every run of this process and waits until that is written, for 10 s at most: they are interrupted.
    pub async fn stop(&self) {
        if !self.sent.end().await {
            tracing::warn!("load tests were still ending when the time was up; they are found interrupted at the next start");
        }
    }

    /// Ends a run that this process sends, now. What was written of the wish reaches every other process.
    pub(super) fn end(&self, id: &LoadRunId) {
        if let Some(stop) = self.sent.signal(id) {
            stop.store(true, Ordering::Relaxed);
        }
    }

    /// Runs that nobody sends any more are interrupted.
    async fn bury(&self, now: Timestamp) -> Result<u64, Fault> {
        let abandoned_by = abandoned_by(&self.ctx.db, now);
        let orphans = store::runs::orphans(&mut *self.ctx.db.read().await?, &self.sent.holder, abandoned_by).await?;
        let end = watch::End { state: State::Interrupted, trouble: String::new(), report: None };
        let mut count = 0;
        for (id, runner) in orphans {
            if self.sent.goes_on(&runner, &id) {
                continue;
            }
            // What was asked for and has not begun must not land when nobody looks any more.
            if let Err(fault) = trial::step(self, &id).await {
                tracing::warn!(run = %id, %fault, "a trial that nobody watches is not given back yet");
            }
            let run = store::runs::get(&mut *self.ctx.db.read().await?, &Reach::All, &id).await;
            count += u64::from(match run {
                Ok(run) => watch::end(&self.ctx, &run, &runner, &end, &[]).await?,
                Err(Fault::Internal) if !self.reads(&id).await? => self.give_up(&id, &runner, State::Interrupted).await?,
                Err(fault) => return Err(fault),
            });
        }
        Ok(count)
    }

    /// Whether a run and its target are stored in a way that reads: any other trouble passes, and the run with it.
    async fn reads(&self, id: &LoadRunId) -> Result<bool, Fault> {
        let conn = &mut *self.ctx.db.read().await?;
        if !store::runs::reads(conn, id).await? {
            return Ok(false);
        }
        let run = match store::runs::get(conn, &Reach::All, id).await {
            Err(Fault::NotFound(_)) => return Ok(true),
            run => run?,
        };
        match store::targets::get(conn, &Reach::All, &run.target).await {
            Err(Fault::Internal) => Ok(false),
            target => target.map(|_| true),
        }
    }

    /// Ends a run that is stored in a way that does not read, so that those behind it get their turn.
    async fn give_up(&self, id: &LoadRunId, runner: &str, state: State) -> Result<bool, Fault> {
        let mut tx = self.ctx.begin_write().await?;
        let trouble = "what is stored of the run cannot be read; the log of the portal says more";
        let ended = store::runs::finish(&mut tx, (id, runner), (state, trouble, ""), self.ctx.now()).await?;
        tx.commit().await?;
        Ok(ended)
    }

    /// Starts what may start and has room.
    async fn claim(self: &Arc<Self>, now: Timestamp) -> Result<u64, Fault> {
        let mut count = 0;
        while !self.sent.stop.is_cancelled() && self.sent.count() < self.settings.at_once {
            let Some(id) = store::runs::next(&mut *self.ctx.db.read().await?).await? else { break };
            let (kept, stop) = self.sent.keep(id.clone(), AtomicBool::new(false));
            count += 1;
            match self.take(&id, now).await {
                Ok(Some((run, plan))) => {
                    let this = self.clone();
                    let token = self.sent.stop.clone();
                    self.sent.spawn(kept, async move {
                        watch::watch(&this, &run, plan, stop, token).await;
                        this.ctx.bus.ring(NAME);
                    });
                }
                Ok(None) => {}
                // Another process was faster at the same place.
                Err(Fault::Conflict(_)) => break,
                Err(Fault::Internal) if !self.reads(&id).await? => drop(self.give_up(&id, "", State::NotStarted).await?),
                Err(fault) => return Err(fault),
            }
        }
        Ok(count)
    }

    /// Claims one run, if its target still stands as it was when it was asked for, with the artifact that it is to show something of.
    async fn take(&self, id: &LoadRunId, now: Timestamp) -> Result<Option<(Run, Plan)>, Fault> {
        let mut tx = self.ctx.begin_write().await?;
        let claimed = store::runs::claim(&mut tx, id, &self.sent.holder, now, now.plus(LEASE)).await?;
        let Some((run, sealed)) = claimed else { return Ok(None) };
        let target = store::targets::get(&mut tx, &Reach::All, &run.target).await?;
        // The other side of a comparison is of another artifact.
        let came = if run.side == Some(Side::Baseline) { None } else { deployed::came_since(&mut tx, &run).await? };
        let plan = if target.retired || target.url != run.url {
            Err("the target was retired, or leads elsewhere, since this was asked for".to_owned())
        } else if let Some(why) = came {
            Err(why)
        } else {
            match seal::open(&self.ctx, &run, &sealed) {
                Ok(script) => target.plan(&script).map_err(|_| "the target bears less than when this was asked for".to_owned()),
                Err(_) => Err("no key opens its script: it was sealed with a key that this process does not have".to_owned()),
            }
        };
        watch::announce(&mut tx, &run);
        tx.commit().await?;
        match plan {
            Ok(plan) => Ok(Some((run, plan))),
            Err(trouble) => {
                let end = watch::End { state: State::NotStarted, trouble, report: None };
                watch::end(&self.ctx, &run, &self.sent.holder, &end, &[]).await?;
                Ok(None)
            }
        }
    }
}

/// The engine over a runner.
pub(super) struct Runs(pub(super) Arc<Runner>);

#[async_trait]
impl Engine for Runs {
    fn name(&self) -> &'static str {
        NAME
    }

    fn period(&self) -> Duration {
        Duration::from_secs(5)
    }

    fn everywhere(&self) -> bool {
        true
    }

    async fn tick(&self, now: Timestamp) -> Result<u64, Fault> {
        Ok(self.0.bury(now).await? + self.0.claim(now).await? + trial::make_good(&self.0).await?)
    }
}
