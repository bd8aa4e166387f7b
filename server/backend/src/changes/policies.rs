//! Approval policies: keeping them, and what they would ask for.

use domain::{
    Actor, Fault, Permission, Wording,
    audit::Object,
    changes::{DemandStatus, Demands, Kind, Policy, PolicyContent, Risk, WhatIf},
    form::{Check, Typed},
    id::ApprovalPolicyId,
    live::Topic,
};
use serde_json::json;
use sqlx::AnyConnection;

use super::{Service, authority, store};
use crate::{WriteTx, audit, people, systems};

impl Service {
    /// The policy that decides on such a change, if one does.
    pub(super) async fn deciding(
        &self,
        conn: &mut AnyConnection,
        kind: Kind,
        risk: Risk,
        tier: u8,
    ) -> Result<Option<PolicyContent>, Fault> {
        Ok(store::policies(conn).await?.into_iter().map(|policy| policy.content).find(|content| content.matches(kind, risk, tier)))
    }

    pub(super) async fn policies(&self, actor: &Actor) -> Result<Vec<Policy>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        store::policies(&mut *self.ctx.db.read().await?).await
    }

    pub(super) async fn policy(&self, actor: &Actor, id: &ApprovalPolicyId) -> Result<Policy, Fault> {
        actor.require_somewhere(Permission::Read)?;
        store::policy(&mut *self.ctx.db.read().await?, id).await
    }

    pub(super) async fn role_keys(&self, actor: &Actor) -> Result<Vec<(String, String, String)>, Fault> {
        actor.authenticated()?;
        people::role_names(&mut *self.ctx.db.read().await?).await
    }

    async fn parse_policy(&self, conn: &mut AnyConnection, typed: &Typed, but: &str) -> Result<PolicyContent, Fault> {
        let roles: Vec<String> = people::role_names(conn).await?.into_iter().map(|(key, ..)| key).collect();
        let content = PolicyContent::parse(typed, &roles)?;
        let teams = people::teams(conn, &domain::Reach::All).await?;
        for (i, stage) in content.stages.iter().enumerate() {
            if let Some(team) = stage.team.as_ref().filter(|team| !teams.iter().any(|t| t.id == **team)) {
                return Err(Fault::invalid(format!("stages[{i}].team"), team, Wording::new("changes-expect-team")));
            }
        }
        if store::named_so(conn, &content.name, but).await? {
            return Err(Fault::invalid("name", &content.name, Wording::new("changes-expect-other-name")));
        }
        Ok(content)
    }

    pub(super) async fn begin_policies(&self, actor: &Actor, policies: Vec<PolicyContent>) -> Result<Vec<ApprovalPolicyId>, Fault> {
        actor.require_everywhere(Permission::ManageSettings)?;
        let mut tx = self.ctx.begin_write().await?;
        let there = store::policies(&mut tx).await?;
        let mut set = Vec::new();
        for content in policies.into_iter().filter(|new| !there.iter().any(|policy| policy.content.stands_for(new))) {
            set.push(self.write_policy(&mut tx, actor, &content.to_typed()).await?);
        }
        tx.commit().await?;
        Ok(set)
    }

    pub(super) async fn set_policy(&self, actor: &Actor, typed: &Typed) -> Result<ApprovalPolicyId, Fault> {
        actor.require_everywhere(Permission::ManageSettings)?;
        let mut tx = self.ctx.begin_write().await?;
        let id = self.write_policy(&mut tx, actor, typed).await?;
        tx.commit().await?;
        Ok(id)
    }

    async fn write_policy(&self, tx: &mut WriteTx, actor: &Actor, typed: &Typed) -> Result<ApprovalPolicyId, Fault> {
        let content = self.parse_policy(tx, typed, "").await?;
        let id: ApprovalPolicyId = self.ctx.new_id();
        store::insert_policy(tx, &id, &content, &actor.name, self.ctx.now()).await?;
        self.end_policy(tx, actor, "approval-policy.set", &id, &content.name, &json!({ "to": content })).await?;
        Ok(id)
    }

    pub(super) async fn change_policy(&self, actor: &Actor, id: &ApprovalPolicyId, typed: &Typed) -> Result<(), Fault> {
        actor.require_everywhere(Permission::ManageSettings)?;
        let mut tx = self.ctx.begin_write().await?;
        let before = store::policy(&mut tx, id).await?;
        let version = typed.version(before.version)?;
        let content = self.parse_policy(&mut tx, typed, id.as_str()).await?;
        if version == before.version && content == before.content {
            return Ok(());
        }
        if store::update_policy(&mut tx, (id, version), &content, &actor.name, self.ctx.now()).await? == 0 {
            return Err(Fault::conflict("conflict-change-edited"));
        }
        let detail = json!({ "from": before.content, "to": content });
        self.end_policy(&mut tx, actor, "approval-policy.change", id, &content.name, &detail).await?;
        tx.commit().await
    }

    pub(super) async fn remove_policy(&self, actor: &Actor, id: &ApprovalPolicyId) -> Result<(), Fault> {
        actor.require_everywhere(Permission::ManageSettings)?;
        let mut tx = self.ctx.begin_write().await?;
        let before = store::policy(&mut tx, id).await?;
        if store::delete_policy(&mut tx, id).await? == 0 {
            return Err(Fault::NotFound("policy"));
        }
        self.end_policy(&mut tx, actor, "approval-policy.remove", id, &before.content.name, &json!({ "from": before.content })).await?;
        tx.commit().await
    }

    async fn end_policy(
        &self,
        tx: &mut WriteTx,
        actor: &Actor,
        act: &str,
        id: &ApprovalPolicyId,
        name: &str,
        detail: &serde_json::Value,
    ) -> Result<(), Fault> {
        tx.announce(Topic::Changes, id, None);
        audit::record(tx, &self.ctx, actor, act, Object::new("approval-policy", id, name, None), detail).await
    }

    /// Who must approve such a change, if it were asked for now.
    pub(super) async fn what_if(&self, actor: &Actor, typed: &Typed) -> Result<WhatIf, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let mut conn = self.ctx.db.read().await?;
        let known = systems::all(&mut conn, &actor.reach(Permission::Read)).await?;
        let mut check = Check::new(typed);
        check.only(&["kind", "risk", "systems", "team"]);
        let kind = check.field("kind", |text| domain::changes::read_word(if text.is_empty() { "normal" } else { text }, Kind::ALL));
        let risk = check.field("risk", |text| domain::changes::read_word(text, Risk::ALL));
        let systems = check.each("systems", |text| {
            let text = text.trim();
            known.iter().find(|s| s.id.as_str() == text || s.key == text).ok_or_else(|| Wording::new("changes-expect-system"))
        });
        if systems.as_ref().is_some_and(Vec::is_empty) {
            check.problem("systems", Wording::new("changes-expect-a-system"));
        }
        let (kind, risk, systems) = check.finish((kind, risk, systems))?;
        let mut owners: Vec<_> = systems.iter().map(|s| s.team.clone()).collect();
        let doer = owners.first().cloned().ok_or(Fault::Internal)?;
        owners.sort();
        owners.dedup();
        let tier = systems.iter().map(|s| s.tier).min().unwrap_or(4);
        let deciding = self.deciding(&mut conn, kind, risk, tier).await?;
        let demands = Demands::of(deciding.as_ref(), &owners, &doer, risk);
        let list: Vec<DemandStatus> = authority::status(&mut conn, &demands, &[], &[]).await?;
        Ok(WhatIf {
            policy: demands.policy,
            in_order: demands.in_order,
            hours: deciding.as_ref().map_or(0, |policy| policy.hours),
            rollback: deciding.as_ref().is_none_or(|policy| policy.rollback),
            evidence: demands.evidence,
            custom: demands.custom,
            environment: demands.environment,
            like_production: demands.like_production,
            bounds: demands.bounds,
            demands: list,
        })
    }
}
