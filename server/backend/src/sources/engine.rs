//! The engine `sources`: asks every source when it is due, and clears away what is kept no longer.
//!
//! Asking is done beside the tick, so that a source that hangs holds up no other; a tick takes in what has come back.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use domain::{Fault, Timestamp, monitors::Resolution, time::MINUTE};
use tokio::task::JoinSet;

use super::{
    Settings,
    acts::unseal,
    fetch, record,
    store::{self, Stored},
};
use crate::{Context, Engine, egress::Egress};

/// Name of the engine, and of its bell.
pub const NAME: &str = "sources";
/// From one clearing to the next, and slots of one width deleted in one.
const CLEAR_MS: i64 = 5 * MINUTE;
const AGE: u32 = 5_000;

/// Asks sources.
pub struct Collector {
    ctx: Context,
    egress: Egress,
    settings: Settings,
    asking: tokio::sync::Mutex<JoinSet<Result<bool, Fault>>>,
    cleared: Mutex<Option<Timestamp>>,
}

impl Collector {
    /// The engine over the common ground.
    pub fn new(ctx: Context, egress: Egress, settings: Settings) -> Self {
        Self { ctx, egress, settings, asking: tokio::sync::Mutex::default(), cleared: Mutex::default() }
    }

    /// Claims what is due, as far as there is room.
    async fn claim(&self, room: usize, now: Timestamp) -> Result<Vec<Stored>, Fault> {
        let limit = i64::try_from(room).unwrap_or(i64::MAX);
        let due = store::due(&mut *self.ctx.db.read().await?, now, limit).await?;
        if due.is_empty() {
            return Ok(due);
        }
        let mut tx = self.ctx.begin_write().await?;
        let mut claimed = Vec::with_capacity(due.len());
        for source in due {
            let interval_ms = i64::from(source.interval_s) * 1_000;
            let missed = if source.standing.asked_at.is_some() { now.since(source.next_at) / interval_ms } else { 0 };
            // The rhythm stays where it was, unless much was missed.
            let next = if missed == 0 { source.next_at.plus(interval_ms) } else { now.plus(interval_ms) };
            if store::claim(&mut tx, &source, next.max(now.plus(1)), missed).await? {
                claimed.push(source);
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
        for resolution in Resolution::ALL {
            let before = now.plus(-self.settings.kept_ms(*resolution));
            // What is over goes as fast as it comes, in acts that hold up nobody.
            loop {
                let mut tx = self.ctx.begin_write().await?;
                let gone = store::age(&mut tx, *resolution, before, AGE).await?;
                tx.commit().await?;
                if gone < u64::from(AGE) {
                    break;
                }
            }
        }
        let before = now.plus(-self.settings.kept_ms(Resolution::Day));
        let mut tx = self.ctx.begin_write().await?;
        store::age_series(&mut tx, before, AGE).await?;
        tx.commit().await
    }
}

/// Asks one source and writes what it gave.
async fn ask(ctx: Context, egress: Egress, source: Stored, now: Timestamp) -> Result<bool, Fault> {
    let tried = match unseal(&ctx, &source) {
        Ok(secret) => fetch::ask(&egress, &source, secret.as_deref()).await,
        Err(_) => fetch::Try { outcome: Err("the secret cannot be opened: the key file is another one".into()), took_ms: 0 },
    };
    record::apply(&ctx, &source, now, tried, false).await
}

#[async_trait]
impl Engine for Collector {
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
        let mut asking = self.asking.lock().await;
        let room = self.settings.concurrency.saturating_sub(asking.len());
        for source in self.claim(room, now).await? {
            asking.spawn(ask(self.ctx.clone(), self.egress.clone(), source, now));
        }
        let mut done = 0;
        loop {
            let next = if self.settings.by_hand { asking.join_next().await } else { asking.try_join_next() };
            match next {
                None => break,
                Some(Ok(Ok(counted))) => done += u64::from(counted),
                Some(Ok(Err(fault))) => tracing::warn!(%fault, "what a source gave could not be written"),
                Some(Err(error)) => tracing::error!(%error, "asking a source failed"),
            }
        }
        self.clear(now).await?;
        Ok(done)
    }
}
