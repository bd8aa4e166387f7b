//! The service of the area `views`.
//!
//! **Invariant:** nobody but its owner reads a view that is not shared; sharing takes what the list demands of who arranges it.

mod store;

use async_trait::async_trait;
use domain::{
    Actor, Fault, Permission, Wording,
    audit::Object,
    form::Typed,
    id::{UserId, ViewId},
    views::{MOST, Place, SavedView, ViewContent, Views},
};
use serde_json::{Value, json};
use sqlx::AnyConnection;

use crate::{Context, WriteTx, audit, people};

/// Implements [`Views`].
pub struct Service {
    ctx: Context,
}

/// Views are kept by persons, who read something at all.
fn person(actor: &Actor) -> Result<&UserId, Fault> {
    actor.require_somewhere(Permission::Read)?;
    actor.user().ok_or(Fault::Forbidden(Permission::Read))
}

fn taken(content: &ViewContent) -> Fault {
    Fault::invalid("name", &content.name, Wording::new("views-expect-other-name"))
}

/// Says so where somebody else has written the name meanwhile.
fn written<T>(done: Result<T, Fault>, content: &ViewContent) -> Result<T, Fault> {
    done.map_err(|fault| match fault {
        Fault::Conflict(wording) if wording.key == "conflict-taken" => taken(content),
        other => other,
    })
}

impl Service {
    /// The service over the common ground.
    pub fn new(ctx: Context) -> Self {
        Self { ctx }
    }

    async fn loaded(&self, conn: &mut AnyConnection, actor: &Actor, id: &ViewId) -> Result<SavedView, Fault> {
        let user = person(actor)?;
        store::one(conn, &actor.reach(Permission::Read), user, id).await?.ok_or(Fault::NotFound("view"))
    }

    /// The view, if the actor may change it: it may be read, so what is missing is the permission.
    async fn editable(&self, conn: &mut AnyConnection, actor: &Actor, id: &ViewId) -> Result<SavedView, Fault> {
        let view = self.loaded(conn, actor, id).await?;
        if view.editable_by(actor) { Ok(view) } else { Err(Fault::Forbidden(Permission::ManagePeople)) }
    }

    /// Reads what was typed and holds it against what there is; `old` is the view that is changed.
    async fn read(&self, conn: &mut AnyConnection, actor: &Actor, typed: &Typed, old: Option<&SavedView>) -> Result<ViewContent, Fault> {
        let user = person(actor)?;
        let content = ViewContent::parse(typed)?;
        if let Some(team) = &content.team
            && old.is_none_or(|view| view.content.team.as_ref() != Some(team))
        {
            people::expect_team(conn, actor, team).await?;
            actor.require(content.place.shared_by(), team, "team")?;
            if store::count_of_team(conn, content.place, team).await? >= MOST {
                return Err(Fault::Conflict(Wording::new("views-conflict-team-full").with("max", MOST)));
            }
        }
        if old.is_none() && store::count_of(conn, content.place, user).await? >= MOST {
            return Err(Fault::Conflict(Wording::new("views-conflict-full").with("max", MOST)));
        }
        // A name is its owner's, whoever gives it.
        let named = match old {
            Some(view) => store::named_beside(conn, &view.id, &content.name).await?,
            None => store::named(conn, content.place, user, &content.name).await?,
        };
        if named { Err(taken(&content)) } else { Ok(content) }
    }

    async fn end(
        &self,
        tx: &mut WriteTx,
        actor: &Actor,
        act: &str,
        id: &ViewId,
        content: &ViewContent,
        detail: &Value,
    ) -> Result<(), Fault> {
        audit::record(tx, &self.ctx, actor, act, Object::new("view", id, &content.name, content.team.as_ref()), detail).await
    }
}

#[async_trait]
impl Views for Service {
    async fn list(&self, actor: &Actor, place: Option<Place>) -> Result<Vec<SavedView>, Fault> {
        let user = person(actor)?;
        store::list(&mut *self.ctx.db.read().await?, &actor.reach(Permission::Read), user, place).await
    }

    async fn get(&self, actor: &Actor, id: &ViewId) -> Result<SavedView, Fault> {
        self.loaded(&mut *self.ctx.db.read().await?, actor, id).await
    }

    async fn preferred(&self, actor: &Actor, place: Place) -> Result<Option<SavedView>, Fault> {
        Ok(self.list(actor, Some(place)).await?.into_iter().find(|view| view.preferred))
    }

    async fn save(&self, actor: &Actor, typed: &Typed) -> Result<ViewId, Fault> {
        let user = person(actor)?;
        let mut tx = self.ctx.begin_write().await?;
        let content = self.read(&mut tx, actor, typed, None).await?;
        let id: ViewId = self.ctx.new_id();
        written(store::insert(&mut tx, &id, (user, &actor.name), &content, self.ctx.now()).await, &content)?;
        let preferred = typed.has("preferred");
        if preferred {
            store::prefer(&mut tx, user, content.place, Some(&id)).await?;
        }
        self.end(&mut tx, actor, "view.save", &id, &content, &json!({ "to": content, "preferred": preferred })).await?;
        tx.commit().await?;
        Ok(id)
    }

    async fn change(&self, actor: &Actor, id: &ViewId, typed: &Typed) -> Result<SavedView, Fault> {
        let user = person(actor)?;
        let mut tx = self.ctx.begin_write().await?;
        let before = self.editable(&mut tx, actor, id).await?;
        let mut wanted = typed.clone();
        wanted.set("place", before.content.place);
        let content = self.read(&mut tx, actor, &wanted, Some(&before)).await?;
        let version = typed.version(before.version)?;
        if version == before.version && content == before.content {
            return Ok(before);
        }
        if !written(store::update(&mut tx, (id, version), &content, self.ctx.now()).await, &content)? {
            return Err(Fault::conflict("views-conflict-edited"));
        }
        self.end(&mut tx, actor, "view.change", id, &content, &json!({ "from": before.content, "to": content })).await?;
        let after = store::whatever(&mut tx, user, id).await?.ok_or(Fault::Internal)?;
        tx.commit().await?;
        Ok(after)
    }

    async fn remove(&self, actor: &Actor, id: &ViewId) -> Result<(), Fault> {
        person(actor)?;
        let mut tx = self.ctx.begin_write().await?;
        let before = self.editable(&mut tx, actor, id).await?;
        if !store::delete(&mut tx, id).await? {
            return Err(Fault::NotFound("view"));
        }
        self.end(&mut tx, actor, "view.remove", id, &before.content, &json!({ "from": before.content })).await?;
        tx.commit().await
    }

    async fn prefer(&self, actor: &Actor, id: &ViewId, yes: bool) -> Result<(), Fault> {
        let user = person(actor)?;
        let mut tx = self.ctx.begin_write().await?;
        let view = self.loaded(&mut tx, actor, id).await?;
        if view.preferred == yes {
            return Ok(());
        }
        store::prefer(&mut tx, user, view.content.place, yes.then_some(id)).await?;
        self.end(&mut tx, actor, "view.prefer", id, &view.content, &json!({ "preferred": yes })).await?;
        tx.commit().await
    }
}
