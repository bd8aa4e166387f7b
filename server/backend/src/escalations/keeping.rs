//! Making, changing and removing policies.

use domain::{
    Actor, Fault, Permission, Problem, Reach, Wording,
    audit::Object,
    escalations::{Content, Policy, Target},
    form::{Check, Typed},
    id::PolicyId,
    live::Topic,
};
use serde_json::json;
use sqlx::AnyConnection;

use super::{Service, call, store};
use crate::{WriteTx, audit, systems};

impl Service {
    /// What was typed, read for a team whose policies the actor may keep, with targets that are there for them.
    async fn parse(&self, conn: &mut AnyConnection, actor: &Actor, typed: &Typed, known: &[Target]) -> Result<Content, Fault> {
        let content = Content::parse(typed)?;
        if !actor.may(Permission::Read, &content.team) {
            return Err(Fault::invalid("team", &content.team, Wording::new("expect-id")));
        }
        actor.require(Permission::ManageOnCall, &content.team, "team")?;
        let offered = self.offered(conn, actor, std::slice::from_ref(&content.team)).await?;
        let mut problems = Vec::new();
        for (i, step) in content.steps.iter().enumerate() {
            let stranger = step.targets.iter().find(|target| !known.contains(target) && !offered.iter().any(|(one, _)| one == *target));
            problems.extend(
                stranger.map(|target| Problem::new(format!("steps[{i}].targets"), target, Wording::new("escalations-expect-target"))),
            );
        }
        let briefs = systems::briefs(conn, &Reach::Teams(vec![content.team.clone()]), &content.systems).await?;
        let stranger = content.systems.iter().find(|id| !briefs.iter().any(|brief| brief.id == **id));
        problems.extend(stranger.map(|id| Problem::new("systems", id, Wording::new("escalations-expect-system"))));
        if problems.is_empty() { Ok(content) } else { Err(Fault::Invalid(problems)) }
    }

    async fn kept(&self, conn: &mut AnyConnection, actor: &Actor, id: &PolicyId) -> Result<Policy, Fault> {
        let found = store::policy(conn, &actor.reach(Permission::Read), id).await?.ok_or(Fault::NotFound("policy"))?;
        actor.require(Permission::ManageOnCall, &found.content.team, "policy")?;
        Ok(found)
    }

    pub(super) async fn create(&self, actor: &Actor, typed: &Typed) -> Result<Policy, Fault> {
        actor.require_somewhere(Permission::ManageOnCall)?;
        let mut tx = self.ctx.begin_write().await?;
        let content = self.parse(&mut tx, actor, typed, &[]).await?;
        if store::name_is_taken(&mut tx, &content, None).await? {
            return Err(Fault::invalid("name", &content.name, Wording::new("expect-free")));
        }
        let id: PolicyId = self.ctx.new_id();
        store::write(&mut tx, &id, None, &content, self.ctx.now()).await?;
        let policy = store::policy(&mut tx, &Reach::All, &id).await?.ok_or(Fault::Internal)?;
        self.finish(tx, actor, "policy.create", (&id, &content), &json!({ "to": content })).await?;
        Ok(policy)
    }

    pub(super) async fn change(&self, actor: &Actor, id: &PolicyId, typed: &Typed) -> Result<(), Fault> {
        actor.require_somewhere(Permission::ManageOnCall)?;
        let mut tx = self.ctx.begin_write().await?;
        let before = self.kept(&mut tx, actor, id).await?;
        let version = {
            let mut check = Check::new(typed);
            let version = check.number("version", 1, i64::MAX);
            check.finish((version,))?.0
        };
        let known: Vec<Target> = before.content.steps.iter().flat_map(|step| step.targets.iter().cloned()).collect();
        let content = self.parse(&mut tx, actor, typed, &known).await?;
        if version != before.version {
            return Err(Fault::conflict("conflict-policy-edited"));
        }
        if content == before.content {
            return Ok(());
        }
        if store::name_is_taken(&mut tx, &content, Some(id)).await? {
            return Err(Fault::invalid("name", &content.name, Wording::new("expect-free")));
        }
        if !store::write(&mut tx, id, Some(version), &content, self.ctx.now()).await? {
            return Err(Fault::conflict("conflict-policy-edited"));
        }
        self.finish(tx, actor, "policy.change", (id, &content), &json!({ "from": before.content, "to": content })).await
    }

    pub(super) async fn remove(&self, actor: &Actor, id: &PolicyId) -> Result<(), Fault> {
        actor.require_somewhere(Permission::ManageOnCall)?;
        let mut tx = self.ctx.begin_write().await?;
        let before = self.kept(&mut tx, actor, id).await?;
        if !store::delete(&mut tx, id).await? {
            return Err(Fault::NotFound("policy"));
        }
        self.finish(tx, actor, "policy.remove", (id, &before.content), &json!({ "from": before.content })).await
    }

    async fn finish(
        &self,
        mut tx: WriteTx,
        actor: &Actor,
        act: &str,
        (id, content): (&PolicyId, &Content),
        detail: &serde_json::Value,
    ) -> Result<(), Fault> {
        tx.announce(Topic::OnCall, id, Some(&content.team));
        audit::record(&mut tx, &self.ctx, actor, act, Object::new("policy", id, &content.name, Some(&content.team)), detail).await?;
        tx.commit().await
    }

    /// Each step's targets as they are now.
    pub(super) async fn names(&self, conn: &mut AnyConnection, content: &Content) -> Result<Vec<Vec<domain::escalations::Called>>, Fault> {
        let mut names = Vec::new();
        for step in &content.steps {
            names.push(call::foresee(conn, &self.ctx, &content.team, &step.targets, self.ctx.now()).await?);
        }
        Ok(names)
    }
}
