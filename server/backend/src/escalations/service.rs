//! What people ask of escalations: policies and what they would do, what was done for an incident, paging by hand.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::{
    Actor, Fault, Permission, Reach, Span, Timestamp, Wording,
    alerts::Severity,
    audit::Object,
    escalations::{Checked, Choices, Escalations, Planned, Policy, Record, Run, Taken, Target, Trouble, Warning, read_target},
    form::Typed,
    id::{IncidentId, PolicyId, TeamId},
    incidents::SystemRef,
    oncall::{Burden, PersonRef, burdens, is_told},
};
use serde_json::json;
use sqlx::AnyConnection;

use super::{ENGINE, begin, call, record, store};
use crate::{
    Context, WriteTx, audit, deliveries,
    incidents::{self, Facts},
    oncall, people, systems,
};

/// Implements [`Escalations`].
pub struct Service {
    pub(super) ctx: Context,
}

impl Service {
    /// The service over the common ground.
    pub fn new(ctx: Context) -> Self {
        Self { ctx }
    }

    async fn checked(&self, conn: &mut AnyConnection, policy: Policy) -> Result<Checked, Fault> {
        let names = self.names(conn, &policy.content).await?;
        let warnings = (1_i64..)
            .zip(&names)
            .flat_map(|(step, called)| {
                called.iter().filter_map(move |called| {
                    let name = if called.person_name.is_empty() { called.name.clone() } else { called.person_name.clone() };
                    called.trouble.map(|trouble| Warning { step, name, trouble })
                })
            })
            .collect();
        Ok(Checked { policy, names, warnings })
    }

    /// What a step of a policy of these teams may page, within the actor's reach.
    pub(super) async fn offered(&self, conn: &mut AnyConnection, actor: &Actor, teams: &[TeamId]) -> Result<Vec<(Target, String)>, Fault> {
        let reach = actor.reach(Permission::Read);
        let mut offered = Vec::new();
        for schedule in oncall::all(conn, &reach).await? {
            offered.push((Target::Schedule(schedule.id), schedule.name));
        }
        let mut persons = BTreeMap::new();
        for team in teams {
            for holder in people::holders(conn, Permission::WorkIncidents, team).await? {
                persons.insert(holder.id, holder.name);
            }
        }
        offered.extend(persons.into_iter().map(|(id, name)| (Target::User(id), name)));
        for team in people::teams(conn, &reach).await? {
            offered.push((Target::Team(team.id), team.name));
        }
        for (id, name) in deliveries::choosable(conn, &reach).await? {
            offered.push((Target::Channel(id), name));
        }
        Ok(offered)
    }

    /// Begins an act on an incident, which is locked.
    async fn locked(&self, actor: &Actor, incident: &IncidentId) -> Result<(WriteTx, Facts), Fault> {
        actor.require_somewhere(Permission::WorkIncidents)?;
        let mut tx = self.ctx.begin_write().await?;
        let team = incidents::readable(&mut tx, actor, incident).await?;
        actor.require(Permission::WorkIncidents, &team, "incident")?;
        let facts = incidents::locked(&mut tx, incident).await?;
        if !facts.open {
            return Err(Fault::conflict("conflict-incident-over"));
        }
        Ok((tx, facts))
    }

    async fn end(&self, mut tx: WriteTx, actor: &Actor, act: &str, incident: &Facts, detail: &serde_json::Value) -> Result<(), Fault> {
        let object = Object::new("incident", &incident.id, format!("INC-{} {}", incident.number, incident.title), Some(&incident.team));
        audit::record(&mut tx, &self.ctx, actor, act, object, detail).await?;
        tx.commit().await
    }
}

#[async_trait]
impl Escalations for Service {
    async fn policies(&self, actor: &Actor) -> Result<Vec<Checked>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        let mut told = Vec::new();
        for policy in store::policies(conn, &actor.reach(Permission::Read)).await? {
            told.push(self.checked(conn, policy).await?);
        }
        Ok(told)
    }

    async fn policy(&self, actor: &Actor, id: &PolicyId) -> Result<Checked, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        let policy = store::policy(conn, &actor.reach(Permission::Read), id).await?.ok_or(Fault::NotFound("policy"))?;
        self.checked(conn, policy).await
    }

    async fn what_if(&self, actor: &Actor, id: &PolicyId, severity: Severity, begin: Timestamp) -> Result<Vec<Planned>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        let policy = store::policy(conn, &actor.reach(Permission::Read), id).await?.ok_or(Fault::NotFound("policy"))?;
        if !is_told(begin) {
            return Err(Fault::invalid("at", begin.rfc3339(), Wording::new("expect-time")));
        }
        call::climb(conn, &self.ctx, &policy.content, severity, begin, 0).await
    }

    async fn choices(&self, actor: &Actor) -> Result<Choices, Fault> {
        actor.require_somewhere(Permission::ManageOnCall)?;
        let conn = &mut *self.ctx.db.read().await?;
        let teams: Vec<(TeamId, String)> =
            people::teams(conn, &actor.reach(Permission::ManageOnCall)).await?.into_iter().map(|team| (team.id, team.name)).collect();
        let ids: Vec<TeamId> = teams.iter().map(|(id, _)| id.clone()).collect();
        let targets = self.offered(conn, actor, &ids).await?;
        let systems = systems::all(conn, &Reach::Teams(ids)).await?.into_iter().map(|brief| SystemRef { id: brief.id, name: brief.name });
        Ok(Choices { teams, targets, systems: systems.collect(), ..Choices::default() })
    }

    async fn create(&self, actor: &Actor, typed: &Typed) -> Result<Policy, Fault> {
        self.create(actor, typed).await
    }

    async fn change(&self, actor: &Actor, id: &PolicyId, typed: &Typed) -> Result<(), Fault> {
        self.change(actor, id, typed).await
    }

    async fn remove(&self, actor: &Actor, id: &PolicyId) -> Result<(), Fault> {
        self.remove(actor, id).await
    }

    async fn record(&self, actor: &Actor, incident: &IncidentId) -> Result<Record, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        incidents::readable(conn, actor, incident).await?;
        record(conn, incident).await
    }

    async fn targets(&self, actor: &Actor, incident: &IncidentId) -> Result<Choices, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        let team = incidents::readable(conn, actor, incident).await?;
        let targets = self.offered(conn, actor, std::slice::from_ref(&team)).await?;
        let each: Vec<Target> = targets.iter().map(|(target, _)| target.clone()).collect();
        let called = call::foresee(conn, &self.ctx, &team, &each, self.ctx.now()).await?;
        // A team is reached where anybody of it is.
        let in_vain = |target: Target| {
            let troubles: Option<Vec<Trouble>> = called.iter().filter(|one| one.target == target).map(|one| one.trouble).collect();
            Some((target, troubles?.first().copied()?))
        };
        let unreached = each.into_iter().filter_map(in_vain).collect();
        Ok(Choices { targets, unreached, ..Choices::default() })
    }

    async fn escalate(&self, actor: &Actor, incident: &IncidentId) -> Result<Run, Fault> {
        let (mut tx, facts) = self.locked(actor, incident).await?;
        let now = self.ctx.now();
        let run = match store::running(&mut tx, incident).await? {
            Some(climbing) => climbing.run,
            None => begin(&mut tx, &self.ctx, &facts)
                .await?
                .ok_or_else(|| Fault::Conflict(Wording::new("conflict-no-policy").with("severity", facts.severity.name())))?,
        };
        store::ask(&mut tx, &run.id, now).await?;
        tx.ring(ENGINE);
        let run = Run { next_at: Some(now), ..run };
        self.end(tx, actor, "incident.escalate", &facts, &json!({ "policy": run.policy_name })).await?;
        Ok(run)
    }

    async fn page(&self, actor: &Actor, incident: &IncidentId, typed: &Typed) -> Result<Taken, Fault> {
        let (mut tx, facts) = self.locked(actor, incident).await?;
        let target = read_target(typed)?;
        let offered = self.offered(&mut tx, actor, std::slice::from_ref(&facts.team)).await?;
        if !offered.iter().any(|(one, _)| *one == target) {
            return Err(Fault::invalid("target", &target, Wording::new("escalations-expect-target")));
        }
        let targets = [target];
        let what = call::Page { round: 0, step: 0, by: &actor.name, run: None, policy: "", targets: &targets };
        let taken = call::page(&mut tx, &self.ctx, &facts, &what).await?;
        self.end(tx, actor, "incident.page", &facts, &json!({ "target": targets, "called": taken.called })).await?;
        Ok(taken)
    }

    async fn load(&self, actor: &Actor, span: Span) -> Result<Vec<Burden>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        let pages = store::paged(conn, &actor.reach(Permission::Read), span).await?;
        let mut ids: Vec<_> = pages.iter().map(|page| page.person.clone()).collect();
        ids.sort();
        ids.dedup();
        let people = people::named(conn, &ids).await?.into_iter().map(|named| {
            let zone = domain::time::zone(&named.zone).unwrap_or(jiff::tz::TimeZone::UTC);
            (named.id.clone(), (PersonRef { id: named.id, name: named.name, absent: named.disabled }, zone))
        });
        Ok(burdens(&pages, &people.collect()))
    }
}
