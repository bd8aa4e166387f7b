//! Making, changing and removing schedules.

use domain::{
    Actor, Fault, Permission, Problem, Wording,
    form::{Check, Typed},
    id::{ScheduleId, UserId},
    oncall::Plan,
};
use serde_json::json;
use sqlx::AnyConnection;

use super::{Service, store};
use crate::{escalations, people, seal::random_hex};

impl Service {
    /// What was typed, read for a team whose schedules the actor may keep, with people who may work for it (and those whom
    /// the schedule names already).
    pub(super) async fn parse(&self, conn: &mut AnyConnection, actor: &Actor, typed: &Typed, known: &[UserId]) -> Result<Plan, Fault> {
        let plan = Plan::parse(typed)?;
        if !actor.may(Permission::Read, &plan.team) {
            return Err(Fault::invalid("team", &plan.team, Wording::new("expect-id")));
        }
        actor.require(Permission::ManageOnCall, &plan.team, "team")?;
        let workers = people::holders(conn, Permission::WorkIncidents, &plan.team).await?;
        let mut problems = Vec::new();
        for (i, layer) in plan.layers.iter().enumerate() {
            let stranger = layer.people.iter().find(|id| !known.contains(id) && !workers.iter().any(|worker| worker.id == **id));
            problems.extend(stranger.map(|id| Problem::new(format!("layers[{i}].people"), id, Wording::new("oncall-expect-worker"))));
        }
        if problems.is_empty() { Ok(plan) } else { Err(Fault::Invalid(problems)) }
    }

    pub(super) async fn create(&self, actor: &Actor, typed: &Typed) -> Result<ScheduleId, Fault> {
        actor.require_somewhere(Permission::ManageOnCall)?;
        let mut tx = self.ctx.begin_write().await?;
        let plan = self.parse(&mut tx, actor, typed, &[]).await?;
        if store::name_is_taken(&mut tx, &plan, None).await? {
            return Err(Fault::invalid("name", &plan.name, Wording::new("expect-free")));
        }
        let id: ScheduleId = self.ctx.new_id();
        store::insert(&mut tx, &id, &plan, &random_hex(), self.ctx.now()).await?;
        self.finish(tx, actor, "schedule.create", (&id, &plan.name, &plan.team), &json!({ "to": plan })).await?;
        Ok(id)
    }

    pub(super) async fn change(&self, actor: &Actor, id: &ScheduleId, typed: &Typed) -> Result<(), Fault> {
        actor.require_somewhere(Permission::ManageOnCall)?;
        let mut tx = self.ctx.begin_write().await?;
        let before = self.kept(&mut tx, actor, id).await?;
        let version = {
            let mut check = Check::new(typed);
            let version = check.number("version", 1, i64::MAX);
            check.finish((version,))?.0
        };
        let plan = self.parse(&mut tx, actor, typed, &before.plan.people()).await?;
        if version != before.version {
            return Err(Fault::conflict("conflict-schedule-edited"));
        }
        if plan == before.plan {
            return Ok(());
        }
        if store::name_is_taken(&mut tx, &plan, Some(id)).await? {
            return Err(Fault::invalid("name", &plan.name, Wording::new("expect-free")));
        }
        if !store::update(&mut tx, id, version, &plan, self.ctx.now()).await? {
            return Err(Fault::conflict("conflict-schedule-edited"));
        }
        self.finish(tx, actor, "schedule.change", (id, &plan.name, &plan.team), &json!({ "from": before.plan, "to": plan })).await
    }

    pub(super) async fn remove(&self, actor: &Actor, id: &ScheduleId) -> Result<(), Fault> {
        actor.require_somewhere(Permission::ManageOnCall)?;
        let mut tx = self.ctx.begin_write().await?;
        let before = self.kept(&mut tx, actor, id).await?;
        let policies = escalations::naming_schedule(&mut tx, id).await?;
        if !policies.is_empty() {
            return Err(Fault::Conflict(Wording::new("conflict-schedule-named").with("names", policies.join(", "))));
        }
        if !store::delete(&mut tx, id).await? {
            return Err(Fault::NotFound("schedule"));
        }
        self.finish(tx, actor, "schedule.remove", (id, &before.plan.name, before.team()), &json!({ "from": before.plan })).await
    }
}
