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

use std::collections::BTreeMap;

use domain::{
    Actor, Fault, Permission, Reach, Span, Timestamp,
    audit::Object,
    id::{ScheduleId, SystemId, TeamId, UserId},
    live::Topic,
    time,
};
use jiff::tz::TimeZone;
use sqlx::AnyConnection;

use crate::{Context, WriteTx, audit, systems};
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

/// The zone whose wall time the teams within reach live by: that of most of their schedules; UTC where they have none.
pub(crate) async fn zone_of(conn: &mut AnyConnection, teams: &Reach) -> Result<TimeZone, Fault> {
    let schedules = all(conn, teams).await?;
    Ok(commonest(schedules.into_iter().map(|schedule| schedule.zone)).and_then(|name| time::zone(&name)).unwrap_or(TimeZone::UTC))
}

/// The zone of the teams of these systems.
pub(crate) async fn zone_of_systems(conn: &mut AnyConnection, ids: &[SystemId]) -> Result<TimeZone, Fault> {
    let systems = systems::briefs(conn, &Reach::All, ids).await?;
    zone_of(conn, &Reach::Teams(systems.into_iter().map(|system| system.team).collect())).await
}

/// What is there most often; of several, the first in the order of letters.
fn commonest(names: impl Iterator<Item = String>) -> Option<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    names.for_each(|name| *counts.entry(name).or_default() += 1);
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map(|(name, _)| name)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zone_of_most_schedules_is_that_of_the_team() {
        let of = |names: &[&str]| commonest(names.iter().map(|name| (*name).to_owned()));
        assert_eq!(of(&["Asia/Shanghai", "Europe/Berlin", "Europe/Berlin"]).as_deref(), Some("Europe/Berlin"));
        assert_eq!(of(&["Europe/Berlin", "Asia/Shanghai"]).as_deref(), Some("Asia/Shanghai"));
        assert_eq!(of(&[]), None);
    }
}
