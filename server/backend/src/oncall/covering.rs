//! Somebody takes over.

use domain::{
    Actor, Fault, Permission, Span, Wording,
    form::Typed,
    id::{CoverId, ScheduleId, UserId},
    oncall::{CoverInput, on_call},
};
use serde_json::json;
use sqlx::AnyConnection;

use super::{
    Service,
    store::{self, Stored, covers},
};
use crate::people;

/// Whether each moment of the span is one of these: whoever has it, or a gap.
pub(super) async fn held(
    conn: &mut AnyConnection,
    schedule: &Stored,
    span: Span,
    by: impl Fn(Option<&UserId>) -> bool,
) -> Result<bool, Fault> {
    let covers = covers::during(conn, &[schedule.id()], span).await?;
    let briefs: Vec<_> = covers.iter().map(covers::Stored::brief).collect();
    Ok(on_call(&schedule.plan, &briefs, span).iter().all(|shift| by(shift.person.as_ref())))
}

impl Service {
    pub(super) async fn cover(&self, actor: &Actor, id: &ScheduleId, typed: &Typed) -> Result<CoverId, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let mut tx = self.ctx.begin_write().await?;
        // Of two who take the same shift the second sees what the first one did.
        store::lock(&mut tx, id).await?;
        let schedule = self.find(&mut tx, actor, id).await?;
        let me = actor.user();
        let input = CoverInput::parse(typed, me, &schedule.plan.zone)?;
        let now = self.ctx.now();
        let span = input.window.span;
        if !actor.may(Permission::ManageOnCall, schedule.team()) {
            // Whoever has a shift may give it away; anybody of the team may fill a gap themselves.
            let mine = |person: Option<&UserId>| person.map_or(me == Some(&input.person), |person| me == Some(person));
            if me.is_none() || !actor.may(Permission::WorkIncidents, schedule.team()) || !held(&mut tx, &schedule, span, mine).await? {
                return Err(Fault::Forbidden(Permission::ManageOnCall));
            }
        }
        if span.to <= now {
            let end = input.window.end.replace('T', " ");
            return Err(Fault::invalid("end", end, Wording::new("changes-expect-window-ahead")));
        }
        let workers = people::holders(&mut tx, Permission::WorkIncidents, schedule.team()).await?;
        let Some(worker) = workers.into_iter().find(|worker| worker.id == input.person) else {
            return Err(Fault::invalid("person", &input.person, Wording::new("oncall-expect-worker")));
        };
        let detail = json!({ "person": worker.name, "window": input.window, "reason": input.reason });
        let cover = covers::Stored {
            id: self.ctx.new_id(),
            schedule: id.clone(),
            person: input.person,
            window: input.window,
            reason: input.reason,
            author: (me.cloned(), actor.name.clone()),
            created_at: now,
        };
        covers::insert(&mut tx, &cover).await?;
        self.finish(tx, actor, "schedule.cover", (id, &schedule.plan.name, schedule.team()), &detail).await?;
        Ok(cover.id)
    }

    pub(super) async fn uncover(&self, actor: &Actor, id: &ScheduleId, cover: &CoverId) -> Result<(), Fault> {
        actor.require_somewhere(Permission::Read)?;
        let mut tx = self.ctx.begin_write().await?;
        let schedule = store::get(&mut tx, &actor.reach(Permission::Read), id).await?;
        let now = self.ctx.now();
        // One that is over has happened: it stays.
        let ahead = covers::during(&mut tx, &[id], Span { from: now, to: domain::Timestamp(i64::MAX) }).await?;
        let found = ahead.into_iter().find(|found| found.id == *cover).ok_or(Fault::NotFound("cover"))?;
        let own = found.author.0.is_some() && found.author.0.as_ref() == actor.user();
        // Who may write none any more takes none back, either.
        if !own || !actor.may(Permission::WorkIncidents, schedule.team()) {
            actor.require(Permission::ManageOnCall, schedule.team(), "schedule")?;
        }
        let wall = now.jiff().to_zoned(schedule.plan.time_zone()).strftime("%Y-%m-%dT%H:%M").to_string();
        if !covers::end(&mut tx, &found, &wall, now).await? {
            return Err(Fault::NotFound("cover"));
        }
        let detail = json!({ "person": found.person, "window": found.window });
        self.finish(tx, actor, "schedule.uncover", (id, &schedule.plan.name, schedule.team()), &detail).await
    }
}
