//! On call: schedules of teams, covers and swaps, and who has the pager at a moment.
//!
//! | file | tells |
//! |---|---|
//! | `reading` | calendars, who is on now, what a form may offer |
//! | `keeping` | making, changing and removing schedules |
//! | `covering`, `swapping` | somebody takes over; two take each other's shift |
//! | `feeds` | iCalendar behind a secret address |
//!
//! Who has a shift is never stored: the rule of `domain` tells it from the plan and the covers, whenever it is asked.

mod covering;
mod feeds;
mod keeping;
mod port;
mod reading;
mod store;
mod swapping;

use domain::{
    Actor, Fault, Permission, Reach, Span, Timestamp,
    audit::Object,
    id::{ScheduleId, TeamId, UserId},
    live::Topic,
};
use sqlx::AnyConnection;

use crate::{Context, WriteTx, audit};
use store::Stored;

/// Implements [`domain::oncall::OnCall`].
pub struct Service {
    ctx: Context,
    /// Where people reach the portal, without a slash at the end: what a calendar links to.
    url: String,
}

impl Service {
    /// The service over the common ground, of a portal that people reach under `url`.
    pub fn new(ctx: Context, url: String) -> Self {
        Self { ctx, url }
    }

    /// One schedule within the actor's reach.
    async fn find(&self, conn: &mut AnyConnection, actor: &Actor, id: &ScheduleId) -> Result<Stored, Fault> {
        store::get(conn, &actor.reach(Permission::Read), id).await
    }

    /// One schedule that the actor may keep.
    async fn kept(&self, conn: &mut AnyConnection, actor: &Actor, id: &ScheduleId) -> Result<Stored, Fault> {
        let found = self.find(conn, actor, id).await?;
        actor.require(Permission::ManageOnCall, found.team(), "schedule")?;
        Ok(found)
    }

    /// Ends an act: tells live pages, writes the audit row, commits.
    async fn finish(
        &self,
        mut tx: WriteTx,
        actor: &Actor,
        act: &str,
        (id, name, team): (&ScheduleId, &str, &TeamId),
        detail: &serde_json::Value,
    ) -> Result<(), Fault> {
        tx.announce(Topic::OnCall, id, Some(team));
        audit::record(&mut tx, &self.ctx, actor, act, Object::new("schedule", id, name, Some(team)), detail).await?;
        tx.commit().await
    }
}

/// Every schedule within reach, by name.
pub(crate) async fn all(conn: &mut AnyConnection, reach: &Reach) -> Result<Vec<domain::oncall::ScheduleRef>, Fault> {
    Ok(store::list(conn, reach, None).await?.into_iter().map(|stored| stored.schedule).collect())
}

/// Name of a schedule and who has it at a moment, nobody in a gap; `None` where there is no such schedule.
pub(crate) async fn present(conn: &mut AnyConnection, id: &ScheduleId, at: Timestamp) -> Result<Option<(String, Option<UserId>)>, Fault> {
    let stored = match store::get(conn, &Reach::All, id).await {
        Ok(stored) => stored,
        Err(Fault::NotFound(_)) => return Ok(None),
        Err(fault) => return Err(fault),
    };
    let covers = store::covers::during(conn, &[id], Span { from: at, to: at.plus(1) }).await?;
    let briefs: Vec<_> = covers.iter().map(store::covers::Stored::brief).collect();
    Ok(Some((stored.plan.name.clone(), domain::oncall::present(&stored.plan, &briefs, at))))
}
