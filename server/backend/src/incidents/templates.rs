//! Review templates, and the review that begins from one.

use async_trait::async_trait;
use domain::{
    Actor, Fault, Permission, Reach, Wording,
    audit::Object,
    form::Typed,
    id::{IncidentId, ReviewTemplateId},
    incidents::{Begin, ReviewSection, ReviewTemplate, TemplateInput},
};
use serde_json::json;

use super::{Service, store, teamwork};
use crate::{WriteTx, audit, people};

impl Service {
    /// Ends an act on a template.
    async fn finish_template(
        &self,
        mut tx: WriteTx,
        actor: &Actor,
        act: &str,
        template: &ReviewTemplate,
        detail: &serde_json::Value,
    ) -> Result<(), Fault> {
        let object = Object::new("review-template", &template.id, template.name.clone(), template.team.as_ref());
        audit::record(&mut tx, &self.ctx, actor, act, object, detail).await?;
        tx.commit().await
    }

    /// Refuses a team that is not there and a name that another template has.
    async fn check_template(&self, tx: &mut WriteTx, actor: &Actor, id: &ReviewTemplateId, input: &TemplateInput) -> Result<(), Fault> {
        if let Some(team) = &input.team {
            people::expect_team(tx, actor, team).await?;
        }
        if store::template_named(tx, id, input).await? {
            return Err(Fault::invalid("name", &input.name, Wording::new("expect-free")));
        }
        Ok(())
    }
}

fn told(template: &ReviewTemplate) -> serde_json::Value {
    json!({ "name": template.name, "team": template.team, "severities": template.severities, "sections": template.sections })
}

#[async_trait]
impl domain::incidents::Templates for Service {
    async fn review_templates(&self, actor: &Actor) -> Result<Vec<ReviewTemplate>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        store::templates(conn, &actor.reach(Permission::Read)).await
    }

    async fn review_template(&self, actor: &Actor, id: &ReviewTemplateId) -> Result<ReviewTemplate, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        store::template(conn, &actor.reach(Permission::Read), id).await?.ok_or(Fault::NotFound("review-template"))
    }

    async fn add_review_template(&self, actor: &Actor, typed: &Typed) -> Result<ReviewTemplate, Fault> {
        actor.require_everywhere(Permission::ManageSettings)?;
        let input = TemplateInput::parse(typed)?;
        let id: ReviewTemplateId = self.ctx.new_id();
        let mut tx = self.ctx.begin_write().await?;
        self.check_template(&mut tx, actor, &id, &input).await?;
        teamwork::bounded(store::templates(&mut tx, &Reach::All).await?.len())?;
        store::add_template(&mut tx, &id, &input, &actor.name, self.ctx.now()).await?;
        let made = store::template(&mut tx, &Reach::All, &id).await?.ok_or(Fault::Internal)?;
        self.finish_template(tx, actor, "review-template.add", &made, &told(&made)).await?;
        Ok(made)
    }

    async fn change_review_template(&self, actor: &Actor, id: &ReviewTemplateId, typed: &Typed) -> Result<(), Fault> {
        actor.require_everywhere(Permission::ManageSettings)?;
        let input = TemplateInput::parse(typed)?;
        let mut tx = self.ctx.begin_write().await?;
        let before = store::template(&mut tx, &Reach::All, id).await?.ok_or(Fault::NotFound("review-template"))?;
        self.check_template(&mut tx, actor, id, &input).await?;
        let version = typed.version(before.version)?;
        if !store::change_template(&mut tx, id, &input, version, &actor.name, self.ctx.now()).await? {
            return Err(Fault::conflict("conflict-review-template-changed"));
        }
        let after = store::template(&mut tx, &Reach::All, id).await?.ok_or(Fault::Internal)?;
        if told(&after) == told(&before) {
            return Ok(());
        }
        let detail = json!({ "from": told(&before), "to": told(&after) });
        self.finish_template(tx, actor, "review-template.change", &after, &detail).await
    }

    async fn remove_review_template(&self, actor: &Actor, id: &ReviewTemplateId) -> Result<(), Fault> {
        actor.require_everywhere(Permission::ManageSettings)?;
        let mut tx = self.ctx.begin_write().await?;
        let found = store::template(&mut tx, &Reach::All, id).await?.ok_or(Fault::NotFound("review-template"))?;
        store::remove_template(&mut tx, id).await?;
        self.finish_template(tx, actor, "review-template.remove", &found, &told(&found)).await
    }

    async fn begin_review(&self, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<(), Fault> {
        let (mut tx, row) = self.begin(actor, id).await?;
        let input = Begin::parse(typed)?;
        if row.state()?.is_open() {
            return Err(Fault::conflict("conflict-incident-review-early"));
        }
        let (name, sections): (String, Vec<ReviewSection>) = match &input.template {
            None => (String::new(), Vec::new()),
            Some(wanted) => {
                let team = row.team()?;
                let found = store::template(&mut tx, &actor.reach(Permission::Read), wanted).await?.filter(|found| found.is_for(&team));
                let found = found.ok_or_else(|| Fault::invalid("template", wanted, Wording::new("incidents-expect-template")))?;
                (found.name, found.sections.into_iter().map(ReviewSection::from).collect())
            }
        };
        if !store::begin_review(&mut tx, id, (&name, &sections), &actor.name, self.ctx.now()).await? {
            return Err(Fault::conflict("conflict-incident-review-begun"));
        }
        self.finish(tx, actor, "incident.review-begin", &row, &json!({ "template": input.template, "name": name })).await
    }
}
