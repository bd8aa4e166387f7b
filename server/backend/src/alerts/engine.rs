//! The clockwork of alerts: what moves because time has passed, not because somebody said something.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use domain::{Fault, Timestamp, time::MINUTE};

use super::{pipeline::Judge, step, store};
use crate::{Context, Engine};

/// Name of the engine, and of its bell.
const NAME: &str = "alerts";
/// Alerts looked at in one tick, and moved in one transaction.
const BATCH: usize = 200;
const TOGETHER: usize = 200;
/// How long an alert that cannot be moved is left alone.
const ASIDE: i64 = MINUTE;

/// The engine `alerts`: `pending → firing` and `recovering → resolved` when their delays are over.
pub struct Clockwork {
    ctx: Context,
    /// Alerts that could not be moved, and until when they are left alone: they must not stand in the way of the others.
    aside: Mutex<HashMap<String, Timestamp>>,
    /// When it looked last; `None` before it has done so here.
    looked: Mutex<Option<Timestamp>>,
}

impl Clockwork {
    /// The engine over the common ground.
    pub fn new(ctx: Context) -> Self {
        Self { ctx, aside: Mutex::default(), looked: Mutex::default() }
    }

    fn looked(&self) -> Option<Timestamp> {
        *self.looked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&self, at: Option<Timestamp>) {
        *self.looked.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }

    /// Alerts that are due and not left alone, and whether there may be more.
    async fn due(&self, now: Timestamp) -> Result<(Vec<String>, bool), Fault> {
        let aside = {
            let mut aside = self.aside.lock().unwrap_or_else(PoisonError::into_inner);
            aside.retain(|_, until| *until > now);
            aside.clone()
        };
        let limit = BATCH + aside.len();
        let mut due = store::due(&mut *self.ctx.db.read().await?, now, limit).await?;
        let full = due.len() >= limit;
        due.retain(|id| !aside.contains_key(id));
        Ok((due, full))
    }

    /// Moves these on in one transaction: all or none.
    async fn advance(&self, ids: &[String], now: Timestamp) -> Result<u64, Fault> {
        let mut tx = self.ctx.begin_write().await?;
        let mut judge = Judge::begin(&mut tx, now).await?;
        // Between the look and the lock they may have moved already.
        let rows = store::take(&mut tx, ids).await?;
        let done = step::advance(&mut tx, &self.ctx, &mut judge, rows).await?;
        tx.commit().await?;
        Ok(done)
    }

    /// Moves these on one by one, because together they could not be.
    async fn advance_each(&self, ids: &[String], now: Timestamp) -> Result<u64, Fault> {
        let mut done = 0;
        for id in ids {
            match self.advance(std::slice::from_ref(id), now).await {
                Ok(count) => done += count,
                // It is not this alert that is in trouble.
                Err(fault @ Fault::Unavailable(_)) => return Err(fault),
                Err(fault) => {
                    tracing::error!(alert = id, %fault, "an alert cannot be moved on; it is left alone for a minute");
                    self.aside.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), now.plus(ASIDE));
                }
            }
        }
        Ok(done)
    }
}

#[async_trait]
impl Engine for Clockwork {
    fn name(&self) -> &'static str {
        NAME
    }

    fn period(&self) -> Duration {
        Duration::from_secs(1)
    }

    async fn resume(&self) -> Result<(), Fault> {
        let now = self.ctx.now();
        super::wake(&self.ctx, self.looked(), now).await?;
        // A tick that fails after this has it woken again, for the time since.
        self.look(Some(now));
        Ok(())
    }

    /// Another looks from here on.
    async fn stand_down(&self) {
        self.look(None);
    }

    async fn set_back(&self, by: i64, _now: Timestamp) -> Result<(), Fault> {
        let mut tx = self.ctx.begin_write().await?;
        store::sooner(&mut tx, by).await?;
        tx.commit().await?;
        self.look(self.looked().map(|at| at.plus(-by)));
        Ok(())
    }

    async fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        // What cannot be read now is looked for by the tick.
        let mut conn = self.ctx.db.read().await.ok()?;
        store::next_due(&mut conn, now).await.ok().flatten()
    }

    async fn tick(&self, now: Timestamp) -> Result<u64, Fault> {
        let (due, full) = self.due(now).await?;
        let mut done = 0;
        for together in due.chunks(TOGETHER) {
            done += match self.advance(together, now).await {
                Ok(count) => count,
                Err(_) => self.advance_each(together, now).await?,
            };
        }
        if full {
            self.ctx.bus.bell(NAME).notify_one();
        }
        self.look(Some(now));
        Ok(done)
    }
}
