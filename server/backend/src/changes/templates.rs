//! Templates: making them, agreeing to them, and the standard changes that need no agreement of their own because of them.

use std::collections::BTreeMap;

use domain::{
    Actor, Fault, Permission, Problem, Reach, Wording,
    audit::Object,
    changes::{Kind, State, Template, Templates},
    form::{Check, Typed},
    id::{ChangeId, TemplateId},
    live::Topic,
    systems::Brief,
    text::Name,
};
use serde_json::{Value, json};
use sqlx::AnyConnection;

use super::{
    Service,
    acts::person,
    binding,
    loaded::{self, Loaded},
    store::{self, Move},
};
use crate::{WriteTx, audit, systems};

impl Service {
    /// What a standard change was agreed to with, if it still is what was agreed to; `None` for others.
    ///
    /// # Errors
    /// `Conflict` where the template is out of the actor's reach, not agreed to or out of use; `Invalid` names every field that is another
    /// one than there.
    async fn agreed_with(&self, conn: &mut AnyConnection, actor: &Actor, change: &Loaded) -> Result<Option<Template>, Fault> {
        let Some(id) = &change.content.template else { return Ok(None) };
        let template = store::template(conn, &actor.reach(Permission::Read), id).await?.filter(Template::is_usable);
        let template = template.ok_or_else(|| Fault::conflict("conflict-change-template"))?;
        let mut differing = template.differing(&change.content);
        if differing.is_empty() {
            let agreed = (&template.content, template.approved_at.ok_or(Fault::Internal)?);
            let asked = (&change.content, store::written_at(conn, change.id(), change.stored.version).await?);
            if !binding::does_as_agreed(conn, agreed, asked).await? {
                differing.push("steps");
            }
        }
        if differing.is_empty() {
            return Ok(Some(template));
        }
        let problem = |field: &str| Problem::new(field, "", Wording::new("changes-expect-as-template").with("template", &template.name));
        Err(Fault::Invalid(differing.into_iter().map(problem).collect()))
    }

    /// A change that has just been asked for: a standard one is approved with its template, and the template's name and approver are
    /// given.
    pub(super) async fn approve_standard(&self, tx: &mut WriteTx, actor: &Actor, change: &Loaded) -> Result<Option<String>, Fault> {
        let Some(template) = self.agreed_with(tx, actor, change).await? else { return Ok(None) };
        let step = Move::plain(State::Pending, State::Approved, change.stored.version);
        if store::step(tx, change.id(), &step, self.ctx.now()).await? == 0 {
            return Err(Fault::conflict("conflict-change-moved"));
        }
        Ok(Some(format!("{} ({})", template.name, template.approved_by)))
    }

    async fn named(&self, conn: &mut AnyConnection, mut found: Vec<Template>) -> Result<Vec<Template>, Fault> {
        let mut wanted: Vec<_> = found.iter().flat_map(|one| one.content.systems.iter().cloned()).collect();
        wanted.sort();
        wanted.dedup();
        let briefs: BTreeMap<_, Brief> =
            systems::briefs(conn, &Reach::All, &wanted).await?.into_iter().map(|brief| (brief.id.clone(), brief)).collect();
        for one in &mut found {
            one.systems = one.content.systems.iter().filter_map(|id| briefs.get(id).map(loaded::reference)).collect();
        }
        Ok(found)
    }

    async fn found(&self, conn: &mut AnyConnection, actor: &Actor, id: &TemplateId) -> Result<Template, Fault> {
        actor.authenticated()?;
        let found = store::template(conn, &actor.reach(Permission::Read), id).await?.ok_or(Fault::NotFound("template"))?;
        self.named(conn, vec![found]).await?.pop().ok_or(Fault::Internal)
    }

    async fn end_template(&self, tx: &mut WriteTx, actor: &Actor, act: &str, template: &Template, detail: &Value) -> Result<(), Fault> {
        tx.announce(Topic::Changes, &template.id, Some(&template.content.team));
        let object = Object::new("change-template", &template.id, &template.name, Some(&template.content.team));
        audit::record(tx, &self.ctx, actor, act, object, detail).await
    }
}

#[async_trait::async_trait]
impl Templates for Service {
    async fn list(&self, actor: &Actor, retired: bool) -> Result<Vec<Template>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let mut conn = self.ctx.db.read().await?;
        let found = store::templates(&mut conn, &actor.reach(Permission::Read), retired).await?;
        self.named(&mut conn, found).await
    }

    async fn get(&self, actor: &Actor, id: &TemplateId) -> Result<Template, Fault> {
        self.found(&mut *self.ctx.db.read().await?, actor, id).await
    }

    async fn make(&self, actor: &Actor, change: &str, typed: &Typed) -> Result<TemplateId, Fault> {
        actor.require_somewhere(Permission::RequestChanges)?;
        let change = ChangeId::parse(change).ok_or(Fault::NotFound("change"))?;
        let (mut tx, change) = self.begin(actor, &change, Permission::RequestChanges).await?;
        let user = person(actor, Permission::RequestChanges)?;
        let mut check = Check::new(typed);
        check.only(&["name"]);
        let name = check.field("name", Name::parse);
        let (name,) = check.finish((name,))?;
        if change.content.rollback.trim().is_empty() {
            return Err(Fault::conflict("conflict-change-template-rollback"));
        }
        let mut content = change.content.clone();
        (content.kind, content.template) = (Kind::Standard, None);
        let id: TemplateId = self.ctx.new_id();
        store::insert_template(&mut tx, &id, (name.as_str(), &content), (user, &actor.name), self.ctx.now()).await?;
        store::insert_writers(&mut tx, &id, &change.writers, user).await?;
        let made = store::template(&mut tx, &Reach::All, &id).await?.ok_or(Fault::Internal)?;
        let detail = json!({ "of": change.label(), "content": content });
        self.end_template(&mut tx, actor, "change-template.make", &made, &detail).await?;
        tx.commit().await?;
        Ok(id)
    }

    async fn agree(&self, actor: &Actor, id: &TemplateId) -> Result<(), Fault> {
        let mut tx = self.ctx.begin_write().await?;
        let found = self.found(&mut tx, actor, id).await?;
        let user = person(actor, Permission::ApproveChanges)?;
        let briefs = systems::briefs(&mut tx, &Reach::All, &found.content.systems).await?;
        if briefs.iter().any(|system| !actor.may(Permission::ApproveChanges, &system.team)) {
            return Err(Fault::Forbidden(Permission::ApproveChanges));
        }
        if found.author == *user {
            return Err(Fault::conflict("conflict-change-template-own"));
        }
        if found.writers.contains(user) {
            return Err(Fault::conflict("conflict-change-template-written"));
        }
        if briefs.len() < found.content.systems.len() {
            return Err(Fault::conflict("conflict-change-template-systems"));
        }
        if !store::agree_template(&mut tx, id, (user, &actor.name), self.ctx.now()).await? {
            return if found.retired_at.is_some() { Err(Fault::conflict("conflict-change-template")) } else { Ok(()) };
        }
        self.end_template(&mut tx, actor, "change-template.agree", &found, &json!({ "content": found.content })).await?;
        tx.commit().await
    }

    async fn retire(&self, actor: &Actor, id: &TemplateId) -> Result<(), Fault> {
        let mut tx = self.ctx.begin_write().await?;
        let found = self.found(&mut tx, actor, id).await?;
        if !actor.may(Permission::RequestChanges, &found.content.team) {
            return Err(Fault::Forbidden(Permission::RequestChanges));
        }
        if !store::retire_template(&mut tx, id, self.ctx.now()).await? {
            return Ok(());
        }
        self.end_template(&mut tx, actor, "change-template.retire", &found, &json!({})).await?;
        tx.commit().await
    }
}
