//! The dispatcher: groups whose time has come, and alerts that are quiet, or are no longer, because time has passed.

use std::{sync::Mutex, time::Duration};

use async_trait::async_trait;
use domain::{
    Fault, Timestamp,
    alerts::{DecisionKind, Reason},
    live::Topic,
};
use serde_json::json;

use super::{
    groups,
    judge::{Judge, Subject},
    store,
};
use crate::{
    Context, Engine,
    alerts::{
        step,
        store::{AlertRow, append_event, take},
    },
};

/// Name of the engine, and of its bell.
pub(in crate::alerts) const NAME: &str = "dispatch";
/// Groups that speak in one tick.
const GROUPS: usize = 500;
/// Alerts that are judged in one tick, and from how many on that is done seldom.
const JUDGED: u32 = 20_000;
const MANY: usize = 1_000;
/// How seldom: once in so many milliseconds.
const SELDOM: i64 = 10_000;

/// The engine `dispatch`.
pub struct Dispatcher {
    ctx: Context,
    /// When alerts were judged last, and how many there were.
    judged: Mutex<(Timestamp, usize)>,
}

impl Dispatcher {
    /// The engine over the common ground.
    pub fn new(ctx: Context) -> Self {
        Self { ctx, judged: Mutex::new((Timestamp(i64::MIN), 0)) }
    }

    /// Lets every group speak whose time has come, each in a transaction of its own: one that cannot holds up no other.
    async fn groups(&self, now: Timestamp) -> Result<u64, Fault> {
        let due = store::due(&mut *self.ctx.db.read().await?, now, GROUPS).await?;
        let mut done = 0;
        for id in &due {
            let mut tx = self.ctx.begin_write().await?;
            let mut judge = Judge::begin(&mut tx, now).await?;
            match groups::flush(&mut tx, &self.ctx, &mut judge, id).await {
                Ok(true) => {
                    tx.commit().await?;
                    done += 1;
                }
                Ok(false) => {}
                Err(fault @ Fault::Unavailable(_)) => return Err(fault),
                Err(fault) => tracing::error!(group = id, %fault, "a group cannot speak"),
            }
        }
        if due.len() >= GROUPS {
            self.ctx.bus.bell(NAME).notify_one();
        }
        Ok(done)
    }

    fn is_time(&self, now: Timestamp) -> bool {
        let judged = self.judged.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        judged.1 < MANY || now.since(judged.0) >= SELDOM
    }

    /// Looks at everything that fires: what is quiet now and was not, what was and is not.
    async fn judge(&self, now: Timestamp) -> Result<u64, Fault> {
        if !self.is_time(now) {
            return Ok(0);
        }
        let mut changed: Vec<(AlertRow, Vec<Reason>)> = Vec::new();
        {
            let conn = &mut *self.ctx.db.read().await?;
            let mut judge = Judge::begin(conn, now).await?;
            let lasting = store::lasting(conn, JUDGED).await?;
            *self.judged.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = (now, lasting.len());
            for row in lasting {
                // One that does not read is left to the clockwork, which says so.
                let Ok(subject) = Subject::of(&row) else { continue };
                let reasons = judge.reasons(conn, &subject).await?;
                if reasons != row.suppressed()? {
                    changed.push((row, reasons));
                }
            }
        }
        let mut done = 0;
        for chunk in changed.chunks(50) {
            let mut tx = self.ctx.begin_write().await?;
            let judge = Judge::begin(&mut tx, now).await?;
            for (row, reasons) in chunk {
                let Some(mut row) = take(&mut tx, &row.id, now).await? else { continue };
                let quiet = !reasons.is_empty();
                row.suppressed = serde_json::to_string(reasons).map_err(|_| Fault::Internal)?;
                store::set_suppressed(&mut tx, &row).await?;
                let kind = if quiet { DecisionKind::Suppressed } else { DecisionKind::Released };
                store::decide(&mut tx, &self.ctx, &row.id, kind, &json!({ "reasons": reasons })).await?;
                let state = row.state.clone();
                let detail = reasons.iter().map(|reason| format!("{} {}", reason.cause, reason.name)).collect::<Vec<_>>().join(", ");
                append_event(&mut tx, &self.ctx, &row, kind.name(), &state, &detail, "alerts").await?;
                tx.announce(Topic::Alerts, &row.id, Some(&row.team()?));
                if !quiet {
                    step::heard(&mut tx, &self.ctx, &judge, &mut row).await?;
                    for group in store::groups_of(&mut tx, &row.id).await?.iter().filter(|group| group.standing == 1) {
                        store::set_next(&mut tx, &group.id, Some(now)).await?;
                    }
                }
                done += 1;
            }
            tx.commit().await?;
        }
        Ok(done)
    }
}

#[async_trait]
impl Engine for Dispatcher {
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
        Ok(self.judge(now).await? + self.groups(now).await?)
    }
}
