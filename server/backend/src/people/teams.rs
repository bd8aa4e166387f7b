//! Teams.

use domain::{
    Actor, Fault, Permission, Wording,
    audit::Object,
    form::Typed,
    id::TeamId,
    live::Topic,
    people::{Team, TeamDraft},
};
use serde_json::json;

use super::{Service, store, users::taken};
use crate::{audit, seal::random_hex};

const KEEP: Permission = Permission::ManagePeople;

impl Service {
    pub(super) async fn list_teams(&self, actor: &Actor) -> Result<Vec<Team>, Fault> {
        actor.authenticated()?;
        let mut conn = self.ctx.db.read().await?;
        store::teams::list(&mut conn, &actor.reach(Permission::Read)).await
    }

    pub(super) async fn make_team(&self, actor: &Actor, typed: &Typed) -> Result<TeamId, Fault> {
        actor.require_everywhere(KEEP)?;
        let draft = TeamDraft::parse(&typed.with_key())?;
        let id: TeamId = self.ctx.new_id();
        let mut tx = self.ctx.begin_write().await?;
        self.insert_team(&mut tx, &id, &draft).await?;
        tx.announce(Topic::People, &id, None);
        audit::record(&mut tx, &self.ctx, actor, "team.add", Object::new("team", &id, &draft.name, Some(&id)), &json!({"key": draft.key}))
            .await?;
        tx.commit().await?;
        Ok(id)
    }

    pub(super) async fn insert_team(&self, tx: &mut crate::WriteTx, id: &TeamId, draft: &TeamDraft) -> Result<(), Fault> {
        refuse_name(tx, id, draft).await?;
        let inserted = store::teams::insert(tx, id, draft, &random_hex(), self.ctx.now()).await;
        inserted.map_err(|fault| taken(fault, "key", draft.key.as_str()))
    }

    pub(super) async fn rename_team(&self, actor: &Actor, id: &TeamId, typed: &Typed) -> Result<(), Fault> {
        actor.require_everywhere(KEEP)?;
        let draft = TeamDraft::parse(typed)?;
        let mut tx = self.ctx.begin_write().await?;
        refuse_name(&mut tx, id, &draft).await?;
        let there = (store::teams::key(&mut tx, id).await?, store::teams::name(&mut tx, id).await?);
        if (there.0.as_deref(), there.1.as_deref()) == (Some(draft.key.as_str()), Some(draft.name.as_str())) {
            return Ok(());
        }
        let changed = store::teams::edit(&mut tx, id, &draft).await.map_err(|fault| taken(fault, "key", draft.key.as_str()))?;
        if !changed {
            return Err(Fault::NotFound("team"));
        }
        tx.announce(Topic::People, id, None);
        audit::record(&mut tx, &self.ctx, actor, "team.edit", Object::new("team", id, &draft.name, Some(id)), &json!({"key": draft.key}))
            .await?;
        tx.commit().await
    }

    pub(super) async fn drop_team(&self, actor: &Actor, id: &TeamId) -> Result<(), Fault> {
        actor.require_everywhere(KEEP)?;
        let mut tx = self.ctx.begin_write().await?;
        let name = store::teams::name(&mut tx, id).await?.ok_or(Fault::NotFound("team"))?;
        if store::teams::members(&mut tx, id).await? > 0 {
            return Err(Fault::conflict("conflict-team-has-members"));
        }
        store::teams::remove(&mut tx, id).await?;
        tx.announce(Topic::People, id, None);
        audit::record(&mut tx, &self.ctx, actor, "team.remove", Object::new("team", id, name, Some(id)), &json!({})).await?;
        tx.commit().await
    }
}

/// A name that another team has is told at its own field; a key that another team has is refused by the database.
async fn refuse_name(tx: &mut crate::WriteTx, id: &TeamId, draft: &TeamDraft) -> Result<(), Fault> {
    if store::teams::name_is_taken(tx, draft.name.as_str(), id).await? {
        return Err(Fault::invalid("name", &draft.name, Wording::new("expect-free")));
    }
    Ok(())
}
