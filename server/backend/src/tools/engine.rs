//! Claims runs that may start, finds those whose watcher is gone, hands on the wish to kill.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    Actor, Fault, Reach, Timestamp,
    audit::Object,
    id::{RunId, TeamId},
    live::Topic,
    time::{DAY, SECOND},
    tools::{Run, RunState},
};
use serde_json::json;
use sqlx::AnyConnection;
use tokio::sync::Notify;

use super::{Settings, account::Standing, joined, process, request, store, switch, watch};
use crate::{
    Context, Engine, audit, changes,
    claims::{Claims, Kept, abandoned_by},
    systems,
};

/// Name of the engine, and of its bell.
pub(super) const NAME: &str = "runs";
/// How long a claim holds without being renewed.
const LEASE: i64 = 30 * SECOND;
/// How long a run waits for approval.
const PATIENCE: i64 = DAY;

/// Runs tools: the engine, and the watchers it has started.
pub struct Runner {
    ctx: Context,
    settings: Arc<Settings>,
    host: String,
    /// Runs that this process watches; what is rung kills one.
    watched: Arc<Claims<RunId, Notify>>,
}

impl Runner {
    pub(super) fn new(ctx: Context, settings: Arc<Settings>) -> Self {
        Self { ctx, settings, host: process::host(), watched: Claims::new() }
    }

    /// Ends every run of this process and waits until that is written, for 10 s at most. Runs that were under way
    /// are lost, not killed: nobody asked for their end.
    pub async fn stop(&self) {
        if !self.watched.end().await {
            tracing::warn!("runs were still ending when the time was up; they are found lost at the next start");
        }
    }

    /// Ends a run that this process watches, now. What was written of the wish reaches every other process.
    pub(super) fn kill(&self, id: &RunId) {
        if let Some(kill) = self.watched.signal(id) {
            kill.notify_one();
        }
    }

    /// Runs that nobody approved in time will not start any more.
    async fn withdraw(&self, now: Timestamp) -> Result<u64, Fault> {
        let mut tx = self.ctx.begin_write().await?;
        let mut count = 0;
        for run in store::runs::waiting_since(&mut tx, now.plus(-PATIENCE)).await? {
            if store::runs::withdraw(&mut tx, &run.id, now).await? {
                count += 1;
                self.record(&mut tx, &run, "run.withdraw").await?;
            }
        }
        tx.commit().await?;
        Ok(count)
    }

    /// Runs that nobody watches: what is left of them is ended, and they are lost.
    async fn bury(&self, now: Timestamp) -> Result<u64, Fault> {
        let abandoned_by = abandoned_by(&self.ctx.db, now);
        let orphans = store::runs::orphans(&mut *self.ctx.db.read().await?, &self.watched.holder, abandoned_by).await?;
        let mut count = 0;
        for (run, runner, host) in orphans {
            if self.watched.goes_on(&runner, &run.id) {
                continue;
            }
            match self.bury_one(&run, &runner, &host, now).await {
                Ok(buried) => count += u64::from(buried),
                Err(fault @ Fault::Unavailable(_)) => return Err(fault),
                Err(fault) => tracing::error!(run = %run.id, %fault, "a run that nobody watches cannot be ended"),
            }
        }
        Ok(count)
    }

    async fn bury_one(&self, run: &Run, runner: &str, host: &str, now: Timestamp) -> Result<bool, Fault> {
        let gone = host != self.host || process::end_all(&run.id, self.settings.kill_grace).await;
        let state = if gone { RunState::Lost } else { RunState::KillUnconfirmed };
        let mut tx = self.ctx.begin_write().await?;
        let finish = store::Finish { state, exit_code: None, trouble: String::new(), log: (run.log_lines, run.log_bytes, run.log_cut) };
        let ended = store::runs::finish(&mut tx, &run.id, runner, &finish, now).await?;
        if ended {
            joined::tell(&mut tx, &self.ctx, run, state, None, joined::NAME).await?;
            self.record(&mut tx, run, "run.lose").await?;
            tx.commit().await?;
        }
        Ok(ended)
    }

    async fn record(&self, tx: &mut crate::WriteTx, run: &Run, act: &str) -> Result<(), Fault> {
        tx.announce(Topic::Runs, &run.id, Some(&run.team));
        let object = Object::new("run", &run.id, &run.tool_name, Some(&run.team));
        audit::record(tx, &self.ctx, &Actor::engine(NAME), act, object, &json!({})).await
    }

    /// Starts what may start and has room.
    async fn claim(self: &Arc<Self>, now: Timestamp) -> Result<u64, Fault> {
        if self.watched.stop.is_cancelled() {
            return Ok(0);
        }
        let room = self.settings.max_running.saturating_sub(self.watched.count());
        let queued = {
            let mut conn = self.ctx.db.read().await?;
            if room == 0 || !switch::read(&mut conn, &self.settings).await?.is_on() {
                return Ok(0);
            }
            store::runs::queued(&mut conn, room).await?
        };
        let mut count = 0;
        for id in queued {
            let (kept, kill) = self.watched.keep(id.clone(), Notify::new());
            match self.take(&id, now).await {
                Ok(Some((run, secrets, standing))) => {
                    count += 1;
                    let (stop, runner) = (self.watched.stop.clone(), self.watched.holder.clone());
                    self.start(kept, watch::Claim { run, secrets, kill, stop, runner, standing });
                }
                Ok(None) => {}
                Err(fault @ Fault::Unavailable(_)) => return Err(fault),
                // This one will never start; those behind it shall.
                Err(_) => count += u64::from(self.refuse(&id, now).await?),
            }
        }
        Ok(count)
    }

    /// Ends a queued run that cannot be started, with the reason; whether it was still queued.
    async fn refuse(&self, id: &RunId, now: Timestamp) -> Result<bool, Fault> {
        let trouble = "what is stored of the run cannot be used; the log of the portal says more";
        let mut tx = self.ctx.begin_write().await?;
        let refused = store::runs::refuse(&mut tx, id, trouble, now).await?;
        if refused {
            tx.announce(Topic::Runs, id, None);
            let object = Object::new("run", id, "", None);
            audit::record(&mut tx, &self.ctx, &Actor::engine(NAME), "run.refuse", object, &json!({ "trouble": trouble })).await?;
            tx.commit().await?;
        }
        Ok(refused)
    }

    /// Claims one run: the claim and the wiping of its secrets are one write, so no secret outlives its start. A run whose
    /// secrets no key opens, or that nothing would keep from the portal, or whose change was refused, is over with that.
    async fn take(&self, id: &RunId, now: Timestamp) -> Result<Option<(Run, Vec<(String, String)>, Standing)>, Fault> {
        let mut tx = self.ctx.begin_write().await?;
        let (asked, _) = store::runs::get(&mut tx, &Reach::All, id).await?;
        match changes::refuse_run(&mut tx, &asked).await {
            Ok(()) => {}
            Err(Fault::Conflict(_)) => {
                if store::runs::refuse(&mut tx, id, "the change that it was for was refused", now).await? {
                    joined::tell(&mut tx, &self.ctx, &asked, RunState::NotStarted, None, joined::NAME).await?;
                    self.record(&mut tx, &asked, "run.refuse").await?;
                    tx.commit().await?;
                }
                return Ok(None);
            }
            Err(fault) => return Err(fault),
        }
        let Some((run, sealed)) = store::runs::claim(&mut tx, id, &self.watched.holder, &self.host, now, now.plus(LEASE)).await? else {
            return Ok(None);
        };
        let secrets = request::unseal(&self.ctx, &run.id, &sealed)
            .map_err(|_| "no key opens its secrets: they were sealed with a key that this process does not have".to_owned());
        let standing = self.settings.standing(&key_of(&mut tx, &run.team).await?).map_err(|fault| fault.to_string());
        let (secrets, standing) = match (secrets, standing) {
            (Ok(secrets), Ok(standing)) => (secrets, standing),
            (Err(trouble), _) | (_, Err(trouble)) => {
                let finish = store::Finish { state: RunState::NotStarted, exit_code: None, trouble, log: (0, 0, false) };
                store::runs::finish(&mut tx, id, &self.watched.holder, &finish, now).await?;
                joined::tell(&mut tx, &self.ctx, &run, finish.state, None, joined::NAME).await?;
                self.record(&mut tx, &run, "run.refuse").await?;
                tx.commit().await?;
                return Ok(None);
            }
        };
        tx.announce(Topic::Runs, &run.id, Some(&run.team));
        joined::tell(&mut tx, &self.ctx, &run, RunState::Running, None, &run.requested_name).await?;
        tx.commit().await?;
        Ok(Some((run, secrets, standing)))
    }

    fn start(self: &Arc<Self>, kept: Kept<RunId, Notify>, claim: watch::Claim) {
        let this = self.clone();
        self.watched.spawn(kept, async move {
            watch::watch(this.ctx.clone(), this.settings.clone(), claim).await;
            this.ctx.bus.ring(NAME);
        });
    }
}

/// Key of a team; empty where it is gone.
pub(super) async fn key_of(conn: &mut AnyConnection, team: &TeamId) -> Result<String, Fault> {
    let teams = systems::teams(conn).await?;
    Ok(teams.into_iter().find(|choice| choice.id == *team).map(|choice| choice.key).unwrap_or_default())
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
        let runner = &self.0;
        let (expired, running, unwanted) = {
            let mut conn = runner.ctx.db.read().await?;
            let expired = !store::runs::waiting_since(&mut conn, now.plus(-PATIENCE)).await?.is_empty();
            let (running, unwanted) = store::runs::mine(&mut conn, &runner.watched.holder).await?;
            (expired, running, unwanted)
        };
        for id in unwanted {
            runner.kill(&id);
        }
        if running > 0 {
            let mut tx = runner.ctx.begin_write().await?;
            store::runs::renew(&mut tx, &runner.watched.holder, now.plus(LEASE)).await?;
            tx.commit().await?;
        }
        let withdrawn = if expired { runner.withdraw(now).await? } else { 0 };
        Ok(withdrawn + runner.bury(now).await? + runner.claim(now).await?)
    }
}
