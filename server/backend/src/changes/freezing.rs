//! Freezes: who may set them, and reading them with names.

use std::collections::BTreeMap;

use domain::{
    Actor, Fault, Page, PageRequest, Permission, Reach,
    audit::Object,
    changes::{Freeze, FreezeContent, Scope},
    form::{Check, Typed},
    id::{FreezeId, SystemId, TeamId},
    live::Topic,
    systems::Brief,
};
use serde_json::json;
use sqlx::AnyConnection;

use super::{Service, loaded, store};
use crate::{WriteTx, audit, people, systems};

/// Fills the names of systems in.
pub(super) async fn named(conn: &mut AnyConnection, mut freezes: Vec<Freeze>) -> Result<Vec<Freeze>, Fault> {
    let ids = |freeze: &Freeze| match &freeze.content.scope {
        Scope::Systems(systems) => systems.clone(),
        Scope::All | Scope::Team(_) => Vec::new(),
    };
    let wanted: Vec<SystemId> = freezes.iter().flat_map(ids).collect();
    if wanted.is_empty() {
        return Ok(freezes);
    }
    let briefs: BTreeMap<SystemId, Brief> =
        systems::briefs(conn, &Reach::All, &wanted).await?.into_iter().map(|b| (b.id.clone(), b)).collect();
    for freeze in &mut freezes {
        freeze.systems = ids(freeze).iter().filter_map(|id| briefs.get(id).map(loaded::reference)).collect();
    }
    Ok(freezes)
}

/// A freeze of everything needs the permission everywhere, any other in every team that it binds.
fn require(actor: &Actor, scope: &Scope, systems: &[Brief]) -> Result<(), Fault> {
    match scope {
        Scope::All => actor.require_everywhere(Permission::SetFreezes),
        Scope::Team(team) => actor.require(Permission::SetFreezes, team, "team"),
        Scope::Systems(ids) => {
            systems.iter().filter(|s| ids.contains(&s.id)).try_for_each(|s| actor.require(Permission::SetFreezes, &s.team, "system"))
        }
    }
}

fn team_of(scope: &Scope) -> Option<&TeamId> {
    match scope {
        Scope::Team(team) => Some(team),
        Scope::All | Scope::Systems(_) => None,
    }
}

impl Service {
    pub(super) async fn freezes(&self, actor: &Actor, past: bool, page: &PageRequest) -> Result<Page<Freeze>, Fault> {
        actor.authenticated()?;
        let mut conn = self.ctx.db.read().await?;
        let since = (!past).then(|| self.ctx.now());
        let rows = store::list_freezes(&mut conn, &actor.reach(Permission::Read), since, page).await?;
        let cut = Page::cut(rows, page.limit, |f| (f.content.extent().to.0, f.id.to_string()));
        Ok(Page { items: named(&mut conn, cut.items).await?, next: cut.next })
    }

    pub(super) async fn freeze(&self, actor: &Actor, id: &FreezeId) -> Result<Freeze, Fault> {
        actor.authenticated()?;
        let mut conn = self.ctx.db.read().await?;
        let found = store::freeze(&mut conn, &actor.reach(Permission::Read), id).await?.ok_or(Fault::NotFound("freeze"))?;
        named(&mut conn, vec![found]).await?.pop().ok_or(Fault::Internal)
    }

    pub(super) async fn set_freeze(&self, actor: &Actor, typed: &Typed) -> Result<FreezeId, Fault> {
        actor.require_somewhere(Permission::SetFreezes)?;
        let mut tx = self.ctx.begin_write().await?;
        let (content, systems) = self.parse_freeze(&mut tx, actor, typed, &[]).await?;
        let id: FreezeId = self.ctx.new_id();
        store::insert_freeze(&mut tx, &id, &actor.name, &content, &systems, self.ctx.now()).await?;
        self.end(&mut tx, actor, "freeze.set", &id, &content, &json!({ "to": content })).await?;
        tx.commit().await?;
        Ok(id)
    }

    pub(super) async fn change_freeze(&self, actor: &Actor, id: &FreezeId, typed: &Typed) -> Result<(), Fault> {
        actor.authenticated()?;
        let mut tx = self.ctx.begin_write().await?;
        let (before, old) = self.load_freeze(&mut tx, actor, id).await?;
        let version = {
            let mut check = Check::new(typed);
            let version = check.number("version", 1, i64::MAX);
            check.finish((version,))?.0
        };
        let (content, systems) = self.parse_freeze(&mut tx, actor, typed, &old).await?;
        if content == before.content {
            return Ok(());
        }
        if store::update_freeze(&mut tx, id, version, &actor.name, &content, &systems, self.ctx.now()).await? == 0 {
            return Err(Fault::conflict("conflict-change-edited"));
        }
        // Other words for the same freeze: who broke it broke this.
        if (FreezeContent { reason: before.content.reason.clone(), ..content.clone() }) == before.content {
            store::keep_breaks(&mut tx, id, version).await?;
        }
        self.end(&mut tx, actor, "freeze.change", id, &content, &json!({ "from": before.content, "to": content })).await?;
        tx.commit().await
    }

    pub(super) async fn lift_freeze(&self, actor: &Actor, id: &FreezeId) -> Result<(), Fault> {
        actor.authenticated()?;
        let mut tx = self.ctx.begin_write().await?;
        let (before, _) = self.load_freeze(&mut tx, actor, id).await?;
        if store::delete_freeze(&mut tx, id).await? == 0 {
            return Err(Fault::NotFound("freeze"));
        }
        self.end(&mut tx, actor, "freeze.lift", id, &before.content, &json!({ "from": before.content })).await?;
        tx.commit().await
    }

    /// The freeze within reach, if the actor may set freezes on what it covers.
    async fn load_freeze(&self, conn: &mut AnyConnection, actor: &Actor, id: &FreezeId) -> Result<(Freeze, Vec<Brief>), Fault> {
        let found = store::freeze(conn, &actor.reach(Permission::Read), id).await?.ok_or(Fault::NotFound("freeze"))?;
        let systems = match &found.content.scope {
            Scope::Systems(ids) => systems::briefs(conn, &Reach::All, ids).await?,
            Scope::All | Scope::Team(_) => Vec::new(),
        };
        match require(actor, &found.content.scope, &systems) {
            // It may be read, so it is there: what is missing is the permission.
            Err(Fault::NotFound(_)) => Err(Fault::Forbidden(Permission::SetFreezes)),
            other => other.map(|()| (found, systems)),
        }
    }

    async fn parse_freeze(
        &self,
        conn: &mut AnyConnection,
        actor: &Actor,
        typed: &Typed,
        old: &[Brief],
    ) -> Result<(FreezeContent, Vec<Brief>), Fault> {
        let mut known = systems::all(conn, &actor.reach(Permission::Read)).await?;
        known.extend(old.iter().cloned());
        known.sort_by(|a, b| a.id.cmp(&b.id));
        known.dedup_by(|a, b| a.id == b.id);
        let content = FreezeContent::parse(typed, &known)?;
        if let Scope::Team(team) = &content.scope {
            people::expect_team(conn, actor, team).await?;
        }
        require(actor, &content.scope, &known)?;
        Ok((content, known))
    }

    async fn end(
        &self,
        tx: &mut WriteTx,
        actor: &Actor,
        act: &str,
        id: &FreezeId,
        content: &FreezeContent,
        detail: &serde_json::Value,
    ) -> Result<(), Fault> {
        tx.announce(Topic::Changes, id, team_of(&content.scope));
        audit::record(tx, &self.ctx, actor, act, Object::new("freeze", id, &content.reason, team_of(&content.scope)), detail).await
    }
}
