//! After the fact: what it cost, when things were, the review and what is done about it.

use async_trait::async_trait;
use domain::{
    Actor, Fault, Page, PageRequest, Permission, Span, Wording,
    audit::Object,
    form::Typed,
    id::{ActionId, AlertId, IncidentId},
    incidents::{
        Action, ActionFilter, ActionInput, Correcting, Correction, EntryKind, FiguresAnswer, Impact, Ref, Review, ReviewDetail,
        ReviewInput, State, Times, proposed, read_reason,
    },
};
use serde_json::json;

use super::{Service, figures, impact, note, service::with_systems, store, teamwork};
use crate::{alerts, audit};

/// A resolved incident may be called reviewed when its review is finished, a reviewed one closed when nothing is left to be done.
pub(super) async fn allows(conn: &mut sqlx::AnyConnection, id: &IncidentId, to: State) -> Result<(), Fault> {
    match to {
        State::Reviewed if store::review(conn, id).await?.is_none_or(|review| review.finished_by.is_empty()) => {
            Err(Fault::conflict("conflict-incident-unreviewed"))
        }
        State::Closed => match store::undone(conn, id).await? {
            0 => Ok(()),
            count => Err(Fault::Conflict(Wording::new("conflict-incident-undone").with("count", count))),
        },
        _ => Ok(()),
    }
}

/// A review is finished when something is written in what must be: of the usual sections what happened and why; of a template's those
/// that it says, and in any case something.
fn refuse_unwritten(review: &Review) -> Result<(), Fault> {
    if review.sections.is_empty() {
        let written = !review.summary.trim().is_empty() && !review.causes.trim().is_empty();
        return if written { Ok(()) } else { Err(Fault::conflict("conflict-incident-review-empty")) };
    }
    let wanting = review.wanting();
    if !wanting.is_empty() {
        return Err(Fault::Conflict(Wording::new("conflict-incident-review-wanting").with("headings", wanting.join(", "))));
    }
    let blank = review.sections.iter().all(|section| section.text.trim().is_empty());
    if blank { Err(Fault::conflict("conflict-incident-review-blank")) } else { Ok(()) }
}

#[async_trait]
impl domain::incidents::After for Service {
    async fn impacts(&self, actor: &Actor, ids: &[IncidentId]) -> Result<Vec<Option<Impact>>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        let reach = actor.reach(Permission::Read);
        let within = store::within(conn, &reach, ids).await?;
        let mut found = store::impacts(conn, &reach, &within).await?;
        Ok(ids.iter().map(|id| found.remove(id.as_str())).collect())
    }

    async fn times(&self, actor: &Actor, id: &IncidentId) -> Result<Times, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        let row = store::get(conn, &actor.reach(Permission::Read), id).await?;
        let incident = with_systems(conn, vec![row]).await?.pop().ok_or(Fault::Internal)?;
        impact::times(conn, &incident).await
    }

    async fn correct(&self, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<(), Fault> {
        let (mut tx, row) = self.begin(actor, id).await?;
        let input = Correcting::parse(typed)?;
        let now = self.ctx.now();
        let incident = with_systems(&mut tx, vec![row.clone()]).await?.pop().ok_or(Fault::Internal)?;
        let before = impact::times(&mut tx, &incident).await?;
        let mut after = before.clone();
        after.of_mut(input.what).correction =
            input.at.map(|at| Correction { at, reason: input.reason.to_string(), by: actor.name.clone(), corrected_at: now });
        after.check(input.what, now)?;
        store::correct(&mut tx, id, &input, &actor.name, now).await?;
        store::unsettle(&mut tx, id).await?;
        store::unsettle_beside(&mut tx, id).await?;
        let text = format!("{} → {}: {}", input.what, input.at.map_or_else(|| "—".to_owned(), |at| at.0.to_string()), input.reason);
        note(&mut tx, &self.ctx, id, &actor.name, EntryKind::TimeCorrected, &text, None).await?;
        tx.ring("impact");
        let detail = json!({ "what": input.what, "fact": before.of(input.what).fact, "from": before.of(input.what).at(), "to": input.at, "reason": input.reason });
        self.finish(tx, actor, "incident.correct", &row, &detail).await
    }

    async fn review(&self, actor: &Actor, id: &IncidentId) -> Result<ReviewDetail, Fault> {
        let detail = domain::incidents::Incidents::get(self, actor, &Ref::Id(id.clone())).await?;
        let conn = &mut *self.ctx.db.read().await?;
        let times = impact::times(conn, &detail.incident).await?;
        let mut review = ReviewDetail {
            team_name: detail.team_name,
            review: store::review(conn, id).await?.unwrap_or_default(),
            times,
            impact: store::impacts(conn, &actor.reach(Permission::Read), std::slice::from_ref(id)).await?.remove(id.as_str()),
            causes: detail.suspects.into_iter().filter(|suspect| suspect.verdict == Some(domain::incidents::Verdict::Confirmed)).collect(),
            actions: store::actions_of(conn, id).await?,
            incident: detail.incident,
            templates: Vec::new(),
            proposed: None,
        };
        if review.review.version == 0 {
            let templates = store::templates(conn, &actor.reach(Permission::Read)).await?;
            review.templates = templates.into_iter().filter(|template| template.is_for(&review.incident.team)).collect();
            let fitting = proposed(&review.templates, &review.incident.team, review.incident.severity);
            review.proposed = fitting.map(|template| template.id.clone());
        }
        review.prefill();
        Ok(review)
    }

    async fn write_review(&self, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<(), Fault> {
        let (mut tx, row) = self.begin(actor, id).await?;
        let Review { mut sections, template, version, .. } = store::review(&mut tx, id).await?.unwrap_or_default();
        // A form that was opened before its sections were chosen anew holds the fields of the others.
        let usual = sections.is_empty();
        if typed.has("version") && typed.has("summary") != usual && typed.has("sections[0]") == usual {
            return Err(Fault::conflict("conflict-incident-review-otherwise"));
        }
        let input = ReviewInput::parse(typed, sections.len())?;
        if row.state()?.is_open() {
            return Err(Fault::conflict("conflict-incident-review-early"));
        }
        for (section, text) in sections.iter_mut().zip(&input.sections) {
            section.text = text.to_string();
        }
        let taken = (template.as_str(), sections.as_slice());
        if input.version.unwrap_or(version) != version
            || !store::write_review(&mut tx, id, &input, taken, version, &actor.name, self.ctx.now()).await?
        {
            return Err(Fault::conflict("conflict-incident-review-written"));
        }
        if version == 0 {
            note(&mut tx, &self.ctx, id, &actor.name, EntryKind::ReviewBegun, "", Some(&format!("/incidents/{}/review", row.number)))
                .await?;
        }
        let detail = if sections.is_empty() {
            json!({ "version": version + 1, "summary": input.summary, "went_well": input.went_well, "went_badly": input.went_badly, "causes": input.causes })
        } else {
            json!({ "version": version + 1, "template": template, "sections": sections })
        };
        self.finish(tx, actor, "incident.review", &row, &detail).await
    }

    async fn finish_review(&self, actor: &Actor, id: &IncidentId) -> Result<(), Fault> {
        let (mut tx, row) = self.begin(actor, id).await?;
        let state = row.state()?;
        if state != State::Resolved {
            return Err(Fault::Conflict(Wording::new("conflict-incident-move").with("from", state).with("to", State::Reviewed)));
        }
        let review = store::review(&mut tx, id).await?.unwrap_or_default();
        refuse_unwritten(&review)?;
        let now = self.ctx.now();
        store::finish_review(&mut tx, id, &actor.name, now).await?;
        note(
            &mut tx,
            &self.ctx,
            id,
            &actor.name,
            EntryKind::Moved,
            State::Reviewed.name(),
            Some(&format!("/incidents/{}/review", row.number)),
        )
        .await?;
        if !store::move_state(&mut tx, id, state, State::Reviewed, now).await? {
            return Err(Fault::conflict("conflict-incident-moved"));
        }
        self.finish(tx, actor, "incident.review-finish", &row, &json!({ "version": review.version })).await
    }

    async fn add_action(&self, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<Action, Fault> {
        let (mut tx, row) = self.begin(actor, id).await?;
        let input = ActionInput::parse(typed, actor.user())?;
        if row.state()? == State::Closed {
            return Err(Fault::conflict("conflict-incident-closed"));
        }
        let name = teamwork::worker(&mut tx, "owner", &input.owner, &row.team()?).await?;
        teamwork::bounded(store::actions_of(&mut tx, id).await?.len())?;
        let action: ActionId = self.ctx.new_id();
        store::add_action(&mut tx, &action, id, &input, &name, &actor.name, self.ctx.now()).await?;
        let made = store::action(&mut tx, &action).await?;
        let text = format!("{} → {name}", input.text);
        note(&mut tx, &self.ctx, id, &actor.name, EntryKind::ActionAdded, &text, None).await?;
        self.finish(
            tx,
            actor,
            "incident.action-add",
            &row,
            &json!({ "action": action, "text": input.text, "owner": name, "due": input.due }),
        )
        .await?;
        Ok(made)
    }

    async fn end_action(&self, actor: &Actor, action: &ActionId, typed: &Typed) -> Result<(), Fault> {
        actor.require_somewhere(Permission::Read)?;
        let mut tx = self.ctx.begin_write().await?;
        let found = store::action(&mut tx, action).await?;
        actor.require(Permission::WorkIncidents, &found.team, "action")?;
        let why = if typed.has("reason") { read_reason(typed)?.into_string() } else { String::new() };
        if !store::end_action(&mut tx, action, &actor.name, &why, self.ctx.now()).await? {
            return Ok(());
        }
        let (kind, act) = if why.is_empty() {
            (EntryKind::ActionDone, "incident.action-done")
        } else {
            (EntryKind::ActionDropped, "incident.action-drop")
        };
        let text = if why.is_empty() { found.text.clone() } else { format!("{}: {why}", found.text) };
        note(&mut tx, &self.ctx, &found.incident, &actor.name, kind, &text, None).await?;
        let object = Object::new("incident", &found.incident, format!("INC-{} {}", found.number, found.title), Some(&found.team));
        audit::record(&mut tx, &self.ctx, actor, act, object, &json!({ "action": action, "text": found.text, "reason": why })).await?;
        tx.commit().await
    }

    async fn figures(&self, actor: &Actor, span: Span) -> Result<FiguresAnswer, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        figures::of(conn, &actor.reach(Permission::Read), span).await
    }

    async fn feedback(&self, actor: &Actor, alert: &AlertId) -> Result<(i64, i64, Option<bool>), Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        let team = alerts::team(conn, alert).await?;
        actor.require(Permission::Read, &team, "alert")?;
        alerts::feedback(conn, alert, actor.user()).await
    }

    async fn say_useful(&self, actor: &Actor, alert: &AlertId, useful: bool) -> Result<(), Fault> {
        actor.require_somewhere(Permission::AcknowledgeAlerts)?;
        let mut tx = self.ctx.begin_write().await?;
        let team = alerts::team(&mut tx, alert).await?;
        actor.require(Permission::AcknowledgeAlerts, &team, "alert")?;
        let Some(user) = actor.user() else { return Err(Fault::Forbidden(Permission::AcknowledgeAlerts)) };
        if !alerts::say_useful(&mut tx, alert, user, useful, &actor.name, self.ctx.now()).await? {
            return Ok(());
        }
        tx.announce(domain::live::Topic::Alerts, alert, Some(&team));
        let object = Object::new("alert", alert, alert.to_string(), Some(&team));
        audit::record(&mut tx, &self.ctx, actor, "alert.feedback", object, &json!({ "useful": useful })).await?;
        tx.commit().await
    }

    async fn actions(&self, actor: &Actor, filter: &ActionFilter, page: &PageRequest) -> Result<Page<Action>, Fault> {
        actor.authenticated()?;
        let conn = &mut *self.ctx.db.read().await?;
        let reach = actor.reach(Permission::Read);
        let rows = store::actions(conn, &reach, actor.user(), filter, self.ctx.now(), page.position()?, page.limit).await?;
        Ok(Page::cut(rows, page.limit, |row| (row.due.0, row.id.to_string())))
    }
}
