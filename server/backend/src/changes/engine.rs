//! What time alone brings about: a change that was not begun in time is over, and an approval that an emergency owes is asked for
//! every day until it is given or refused; a maintenance window ends with the time for the work; the engine `changes`.

use std::time::Duration;

use async_trait::async_trait;
use domain::{
    Actor, Fault, Reach, Timestamp,
    changes::{Act, EntryKind},
    deliveries::Notify,
    id::ChangeId,
    time::DAY,
};
use serde_json::json;

use super::{loaded, maintaining, store, tell};
use crate::{Context, Engine};

/// Name of the engine, and of its bell.
pub(super) const NAME: &str = "changes";
/// Changes of one tick.
const BATCH: u32 = 100;

/// The engine `changes`.
pub struct Timekeeper {
    ctx: Context,
}

impl Timekeeper {
    /// The engine over the common ground.
    pub fn new(ctx: Context) -> Self {
        Self { ctx }
    }

    async fn expire(&self, id: &ChangeId, now: Timestamp) -> Result<u64, Fault> {
        let mut tx = self.ctx.begin_write().await?;
        let Some(found) = store::by_id(&mut tx, &Reach::All, id.as_str()).await? else { return Ok(0) };
        let change = loaded::whole(&mut tx, found).await?;
        let summary = &change.stored.summary;
        let over = summary.window.span.to <= now || summary.approval_until.is_some_and(|until| until <= now);
        let Some(to) = summary.state.after(Act::Expire).filter(|_| over) else { return Ok(0) };
        let step = store::Move::plain(summary.state, to, change.stored.version);
        if store::step(&mut tx, id, &step, now).await? == 0 {
            return Ok(0);
        }
        let why = if summary.window.span.to <= now { "window" } else { "approval" };
        let actor = Actor::engine(NAME);
        tell::act(&mut tx, &self.ctx, &actor, &change, "change.expire", &[(EntryKind::Expired, why)], &json!({ "of": why })).await?;
        tell::notice(&mut tx, &self.ctx, &actor, Notify::ChangeExpired, &change, to, None).await?;
        tx.commit().await?;
        Ok(1)
    }

    async fn chase(&self, id: &ChangeId, now: Timestamp) -> Result<u64, Fault> {
        let mut tx = self.ctx.begin_write().await?;
        if store::chased(&mut tx, id, now, now.plus(DAY)).await? == 0 {
            return Ok(0);
        }
        let Some(found) = store::by_id(&mut tx, &Reach::All, id.as_str()).await? else { return Ok(0) };
        let change = loaded::whole(&mut tx, found).await?;
        let state = change.stored.summary.state;
        let key = format!("{}-{}-owed-{}", Notify::ChangePending, change.id(), now.0).replace('.', "-");
        tell::notice_as(&mut tx, &self.ctx, &Actor::engine(NAME), Notify::ChangePending, &change, (state, None), &key).await?;
        // Who can give it is asked themselves, each with a link of their own that opens again.
        let given = store::approvals(&mut tx, id, change.stored.version).await?;
        tell::approvers(&mut tx, &self.ctx, (&Actor::engine(NAME), now.0), &change, &given).await?;
        tx.commit().await?;
        Ok(1)
    }
}

#[async_trait]
impl Engine for Timekeeper {
    fn name(&self) -> &'static str {
        NAME
    }

    fn period(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn tick(&self, now: Timestamp) -> Result<u64, Fault> {
        let (over, owed, maintained) = {
            let conn = &mut *self.ctx.db.read().await?;
            let maintained = store::maintained_too_long(conn, now, BATCH).await?;
            (store::ran_out(conn, now, BATCH).await?, store::to_chase(conn, now, BATCH).await?, maintained)
        };
        let mut done = 0;
        for id in maintained {
            match maintaining::run_out(&self.ctx, &id, now).await {
                Ok(count) => done += count,
                Err(fault @ Fault::Unavailable(_)) => return Err(fault),
                Err(fault) => tracing::error!(change = %id, %fault, "a maintenance window cannot be closed; the others are"),
            }
        }
        for id in over {
            match self.expire(&id, now).await {
                Ok(count) => done += count,
                Err(fault @ Fault::Unavailable(_)) => return Err(fault),
                Err(fault) => tracing::error!(change = %id, %fault, "a change cannot run out; the others do"),
            }
        }
        for id in owed {
            match self.chase(&id, now).await {
                Ok(count) => done += count,
                Err(fault @ Fault::Unavailable(_)) => return Err(fault),
                Err(fault) => tracing::error!(change = %id, %fault, "an approval cannot be asked for; the others are"),
            }
        }
        Ok(done)
    }
}
