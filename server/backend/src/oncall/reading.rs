//! Calendars, who is on now, what a form may offer.

use std::collections::BTreeMap;

use domain::{
    Actor, Fault, Permission, Span, Wording,
    form::Typed,
    id::{CoverId, ScheduleId, TeamId, UserId},
    oncall::{
        Choices, Cover, Duty, Lane, NowNext, OwnShift, PersonRef, Plan, Roster, Schedule, ScheduleRef, Shift, Source, is_told, on_call,
    },
    time::DAY,
};
use sqlx::AnyConnection;

use super::{
    Service,
    store::{self, Stored, covers},
};
use crate::people;

/// The longest span of a calendar, in milliseconds.
const LONGEST: i64 = 400 * DAY;
/// How far back and ahead "now" and "next" are looked for, and gaps.
const AROUND: i64 = 56 * DAY;
const GAPS_AHEAD: i64 = 28 * DAY;

/// People by id, as they are shown.
pub(super) type Faces = BTreeMap<UserId, PersonRef>;

/// Names of these people, and whether the pager would reach nobody with them: they may not enter, or not work for the team.
pub(super) async fn faces(conn: &mut AnyConnection, team: &TeamId, ids: &[UserId]) -> Result<Faces, Fault> {
    let workers = people::holders(conn, Permission::WorkIncidents, team).await?;
    let found = people::named(conn, ids).await?;
    Ok(found
        .into_iter()
        .map(|named| {
            let absent = named.disabled || !workers.iter().any(|worker| worker.id == named.id);
            (named.id.clone(), PersonRef { id: named.id, name: named.name, absent })
        })
        .collect())
}

/// A person among faces; one who is not there has no name.
pub(super) fn face(faces: &Faces, id: &UserId) -> PersonRef {
    faces.get(id).cloned().unwrap_or_else(|| PersonRef { id: id.clone(), name: String::new(), absent: true })
}

/// Everybody whom plan and covers name.
pub(super) fn everybody(plan: &Plan, covers: &[covers::Stored]) -> Vec<UserId> {
    let mut ids = plan.people();
    ids.extend(covers.iter().map(|cover| cover.person.clone()));
    ids.sort();
    ids.dedup();
    ids
}

fn duty(shift: Shift, plan: &Plan, faces: &Faces) -> Duty {
    let (layer, cover) = match shift.source {
        Source::Gap => (String::new(), None),
        Source::Layer(place) => (plan.layers.get(place).map(|layer| layer.name.clone()).unwrap_or_default(), None),
        Source::Cover(id) => (String::new(), Some(id)),
    };
    Duty { span: shift.span, person: shift.person.map(|id| face(faces, &id)), layer, cover }
}

/// What counts in a span, for people to read.
pub(super) fn duties(plan: &Plan, covers: &[(CoverId, UserId, Span)], faces: &Faces, span: Span) -> Vec<Duty> {
    on_call(plan, covers, span).into_iter().map(|shift| duty(shift, plan, faces)).collect()
}

/// Joins what follows each other and has the same person: a hand-off to oneself is none.
pub(super) fn joined(duties: Vec<Duty>) -> Vec<Duty> {
    let mut joined: Vec<Duty> = Vec::with_capacity(duties.len());
    for duty in duties {
        match joined.last_mut() {
            Some(last) if last.person == duty.person && last.span.to == duty.span.from => last.span.to = duty.span.to,
            _ => joined.push(duty),
        }
    }
    joined
}

fn roster(plan: &Plan, covers: &[(CoverId, UserId, Span)], faces: &Faces, span: Span) -> Roster {
    let layers = plan
        .layers
        .iter()
        .map(|layer| {
            let alone = Plan { layers: vec![layer.clone()], ..plan.clone() };
            let duties = duties(&alone, &[], faces, span).into_iter().filter(|duty| duty.person.is_some()).collect();
            Lane { name: layer.name.clone(), duties }
        })
        .collect();
    Roster { span, layers, duties: duties(plan, covers, faces, span) }
}

fn bounded(span: Span) -> Result<Span, Fault> {
    for (field, at) in [("from", span.from), ("to", span.to)] {
        if !is_told(at) {
            return Err(Fault::invalid(field, at.rfc3339(), Wording::new("expect-time")));
        }
    }
    if span.length() <= LONGEST {
        return Ok(span);
    }
    Err(Fault::invalid("to", span.to.rfc3339(), Wording::new("oncall-expect-span-at-most-days").with("max", LONGEST / DAY)))
}

impl Service {
    pub(super) async fn schedules(&self, actor: &Actor) -> Result<Vec<ScheduleRef>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        Ok(store::list(conn, &actor.reach(Permission::Read), None).await?.into_iter().map(|stored| stored.schedule).collect())
    }

    pub(super) async fn now(&self, actor: &Actor, team: Option<&TeamId>) -> Result<Vec<NowNext>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        let now = self.ctx.now();
        let span = Span { from: now.plus(-AROUND), to: now.plus(AROUND) };
        let found = store::list(conn, &actor.reach(Permission::Read), team).await?;
        let ids: Vec<&ScheduleId> = found.iter().map(Stored::id).collect();
        let all = covers::during(conn, &ids, span).await?;
        let mut told = Vec::new();
        for stored in found {
            let own: Vec<covers::Stored> = all.iter().filter(|cover| cover.schedule == *stored.id()).cloned().collect();
            let faces = faces(conn, stored.team(), &everybody(&stored.plan, &own)).await?;
            let briefs: Vec<_> = own.iter().map(covers::Stored::brief).collect();
            let duties = joined(duties(&stored.plan, &briefs, &faces, span));
            // The present one counts from now: what was before, and before there was a schedule, is over.
            let gap = duties.iter().find(|d| d.person.is_none() && d.span.to > now && d.span.from < now.plus(GAPS_AHEAD));
            let gap = gap.map(|duty| Span { from: duty.span.from.max(now), to: duty.span.to });
            let mut ahead = duties.into_iter().skip_while(|duty| duty.span.to <= now);
            let present = ahead.next().ok_or(Fault::Internal)?;
            let next = ahead.next();
            told.push(NowNext { schedule: stored.schedule, now: present, next, gap });
        }
        Ok(told)
    }

    pub(super) async fn own(&self, actor: &Actor) -> Result<Vec<OwnShift>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let me = actor.person()?;
        let conn = &mut *self.ctx.db.read().await?;
        let now = self.ctx.now();
        let span = Span { from: now.plus(-AROUND), to: now.plus(AROUND) };
        let mut own = Vec::new();
        for stored in store::list(conn, &actor.reach(Permission::Read), None).await? {
            let covers = covers::during(conn, &[stored.id()], span).await?;
            let briefs: Vec<_> = covers.iter().map(covers::Stored::brief).collect();
            let mine = joined(duties(&stored.plan, &briefs, &Faces::new(), span)).into_iter().filter(|duty| {
                duty.person.as_ref().is_some_and(|person| person.id == *me) && duty.span.to > now && duty.span.from < now.plus(GAPS_AHEAD)
            });
            own.extend(mine.map(|duty| OwnShift { schedule: stored.schedule.clone(), span: duty.span }));
        }
        own.sort_by_key(|shift| shift.span.from);
        Ok(own)
    }

    pub(super) async fn schedule(&self, actor: &Actor, id: &ScheduleId) -> Result<Schedule, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        let Stored { schedule, plan, version } = self.find(conn, actor, id).await?;
        let now = self.ctx.now();
        let mut covers = covers::during(conn, &[id], Span { from: now, to: now.plus(LONGEST) }).await?;
        covers.sort_by_key(|cover| cover.window.span.from);
        let faces = faces(conn, &schedule.team, &everybody(&plan, &covers)).await?;
        let people = plan.people().iter().map(|id| face(&faces, id)).collect();
        let covers = covers
            .into_iter()
            .map(|cover| Cover {
                id: cover.id,
                person: face(&faces, &cover.person),
                window: cover.window,
                reason: cover.reason,
                author: cover.author.1,
                created_at: cover.created_at,
            })
            .collect();
        Ok(Schedule { schedule, plan, people, covers, version })
    }

    pub(super) async fn roster(&self, actor: &Actor, id: &ScheduleId, span: Span) -> Result<Roster, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let span = bounded(span)?;
        let conn = &mut *self.ctx.db.read().await?;
        let stored = self.find(conn, actor, id).await?;
        let covers = covers::during(conn, &[id], span).await?;
        let faces = faces(conn, stored.team(), &everybody(&stored.plan, &covers)).await?;
        let briefs: Vec<_> = covers.iter().map(covers::Stored::brief).collect();
        Ok(roster(&stored.plan, &briefs, &faces, span))
    }

    pub(super) async fn preview(&self, actor: &Actor, id: Option<&ScheduleId>, typed: &Typed, span: Span) -> Result<Roster, Fault> {
        actor.require_somewhere(Permission::ManageOnCall)?;
        let span = bounded(span)?;
        let conn = &mut *self.ctx.db.read().await?;
        let known = match id {
            Some(id) => self.kept(conn, actor, id).await?.plan.people(),
            None => Vec::new(),
        };
        let plan = self.parse(conn, actor, typed, &known).await?;
        let covers = match id {
            Some(id) => covers::during(conn, &[id], span).await?,
            None => Vec::new(),
        };
        let faces = faces(conn, &plan.team, &everybody(&plan, &covers)).await?;
        let briefs: Vec<_> = covers.iter().map(covers::Stored::brief).collect();
        Ok(roster(&plan, &briefs, &faces, span))
    }

    pub(super) async fn choices(&self, actor: &Actor, team: Option<&TeamId>) -> Result<Choices, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        let mut teams = people::teams(conn, &actor.reach(Permission::Read)).await?;
        match team {
            Some(team) => teams.retain(|found| found.id == *team),
            None => teams.retain(|found| actor.may(Permission::ManageOnCall, &found.id)),
        }
        let mut people = Vec::new();
        for team in &teams {
            let workers = people::holders(conn, Permission::WorkIncidents, &team.id).await?;
            people.extend(workers.into_iter().map(|worker| PersonRef { id: worker.id, name: worker.name, absent: false }));
        }
        people.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        people.dedup();
        Ok(Choices { teams: teams.into_iter().map(|team| (team.id, team.name)).collect(), people })
    }
}
