//! Roles.

use domain::{
    Actor, Fault, Permission, PermissionSet,
    actor::Grants,
    audit::Object,
    form::Typed,
    id::RoleId,
    live::Topic,
    people::{Role, RoleDraft, covers},
};
use serde_json::json;

use super::{Service, store, users::taken};
use crate::audit;

const KEEP: Permission = Permission::ManagePeople;

/// A role may be given in every team, so whoever shapes it must hold it in every team.
fn shapes(actor: &Actor, permissions: PermissionSet) -> Result<(), Fault> {
    let given = Grants { everywhere: permissions, ..Grants::default() };
    if covers(&actor.grants, &given) { Ok(()) } else { Err(Fault::conflict("conflict-gives-more-than-held")) }
}

impl Service {
    pub(super) async fn list_roles(&self, actor: &Actor) -> Result<Vec<Role>, Fault> {
        actor.require_everywhere(KEEP)?;
        let mut conn = self.ctx.db.read().await?;
        store::roles::list(&mut conn).await
    }

    pub(super) async fn make_role(&self, actor: &Actor, typed: &Typed) -> Result<RoleId, Fault> {
        actor.require_everywhere(KEEP)?;
        let draft = RoleDraft::parse(typed)?;
        shapes(actor, draft.permissions)?;
        let id: RoleId = self.ctx.new_id();
        let mut tx = self.ctx.begin_write().await?;
        let inserted = store::roles::insert(&mut tx, &id, &draft, self.ctx.now()).await;
        inserted.map_err(|fault| taken(fault, "key", draft.key.as_str()))?;
        tx.announce(Topic::People, &id, None);
        let detail = json!({"permissions": draft.permissions.to_names(), "home": draft.home});
        audit::record(&mut tx, &self.ctx, actor, "role.add", Object::new("role", &id, &draft.key, None), &detail).await?;
        tx.commit().await?;
        Ok(id)
    }

    pub(super) async fn shape_role(&self, actor: &Actor, id: &RoleId, typed: &Typed) -> Result<(), Fault> {
        actor.require_everywhere(KEEP)?;
        let draft = RoleDraft::parse(typed)?;
        let mut tx = self.ctx.begin_write().await?;
        let before = store::roles::get(&mut tx, id).await?.ok_or(Fault::NotFound("role"))?;
        shapes(actor, draft.permissions.union(before.permissions))?;
        let words = (before.key.as_str(), before.name.as_str(), before.name_zh.as_str(), before.home.as_str());
        let same = words == (draft.key.as_str(), draft.name.as_str(), draft.name_zh.as_str(), draft.home.as_str());
        if same && before.permissions == draft.permissions {
            return Ok(());
        }
        let edited = store::roles::edit(&mut tx, id, &draft, self.ctx.now()).await;
        edited.map_err(|fault| taken(fault, "key", draft.key.as_str()))?;
        let detail = json!({"before": before.permissions.to_names(), "after": draft.permissions.to_names(), "home": draft.home});
        self.done(tx, actor, "role.edit", Object::new("role", id, &draft.key, None), &detail).await
    }

    pub(super) async fn drop_role(&self, actor: &Actor, id: &RoleId) -> Result<(), Fault> {
        actor.require_everywhere(KEEP)?;
        let mut tx = self.ctx.begin_write().await?;
        let role = store::roles::get(&mut tx, id).await?.ok_or(Fault::NotFound("role"))?;
        store::roles::remove(&mut tx, id).await?;
        let detail = json!({"permissions": role.permissions.to_names()});
        self.done(tx, actor, "role.remove", Object::new("role", id, role.key, None), &detail).await
    }
}
