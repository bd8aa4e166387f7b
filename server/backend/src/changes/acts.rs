//! Requesting, editing and discussing changes.

use domain::{
    Actor, Fault, Permission, Problem, Reach, Wording,
    changes::{Act, Content, EntryKind, Revised, SUBMIT_FIELD, State},
    deliveries::Notify,
    form::{Check, Typed},
    id::{ChangeId, UserId},
    systems::Brief,
    text::Prose,
};
use serde_json::json;
use sqlx::AnyConnection;

use super::{
    Service, binding,
    loaded::{self, Loaded},
    store::{self, Move},
    tell,
};
use crate::{WriteTx, systems};

/// The person who acts; engines neither request nor approve changes.
pub(super) fn person(actor: &Actor, permission: Permission) -> Result<&UserId, Fault> {
    actor.user().ok_or(Fault::Forbidden(permission))
}

/// Reads the field `remark`: at most 20,000 characters, may be empty unless it is `needed`.
pub(super) fn remark(typed: &Typed, needed: bool) -> Result<String, Fault> {
    let mut check = Check::new(typed);
    let remark = check.field("remark", |text| {
        let prose = Prose::parse(text)?;
        if needed && prose.as_str().trim().is_empty() { Err(Wording::new("changes-expect-reason")) } else { Ok(prose) }
    });
    check.finish((remark,)).map(|(remark,)| remark.into_string())
}

fn moved() -> Fault {
    Fault::conflict("conflict-change-moved")
}

/// Other content for a change, and how that is told.
pub(super) struct Edit {
    pub content: Content,
    pub systems: Vec<Brief>,
    /// The version that was read.
    pub version: i64,
    /// The act in the trail.
    pub verb: &'static str,
    /// The row of the timeline.
    pub entry: (EntryKind, String),
}

impl Service {
    /// What was typed, read with the systems that the actor may name (and those that the change names already).
    pub(super) async fn parse(
        &self,
        conn: &mut AnyConnection,
        actor: &Actor,
        typed: &Typed,
        old: &[Brief],
    ) -> Result<(Content, Vec<Brief>), Fault> {
        let mut known = systems::all(conn, &actor.reach(Permission::Read)).await?;
        let own = known.len();
        known.extend(old.iter().cloned());
        let lacking = || Problem::new("rollback", "", Wording::new("changes-expect-rollback"));
        // Nearly every policy asks for it: said with the rest, not after it.
        let mut content = match Content::parse(typed, &known) {
            Err(Fault::Invalid(mut found)) if typed.get("rollback").trim().is_empty() => {
                found.push(lacking());
                return Err(Fault::Invalid(found));
            }
            other => other?,
        };
        binding::bind(conn, actor, &known[..own], &mut content).await?;
        if let Some(template) = &content.template
            && store::template(conn, &actor.reach(Permission::Read), template).await?.is_none()
        {
            return Err(Fault::invalid("template", template, Wording::new("expect-id")));
        }
        known.retain(|s| content.systems.contains(&s.id));
        known.sort_by(|a, b| a.id.cmp(&b.id));
        known.dedup_by(|a, b| a.id == b.id);
        if !actor.may(Permission::Read, &content.team) {
            return Err(Fault::invalid("team", content.team, Wording::new("changes-expect-team")));
        }
        Ok((content, known))
    }

    pub(super) async fn request(&self, actor: &Actor, typed: &Typed) -> Result<ChangeId, Fault> {
        actor.require_somewhere(Permission::RequestChanges)?;
        let user = person(actor, Permission::RequestChanges)?;
        let mut tx = self.ctx.begin_write().await?;
        let (content, systems) = self.parse(&mut tx, actor, typed, &[]).await?;
        actor.require(Permission::RequestChanges, &content.team, "team")?;
        let submit = typed.has(SUBMIT_FIELD);
        let now = self.ctx.now();
        if submit {
            still_ahead(&content, now)?;
        }
        let id: ChangeId = self.ctx.new_id();
        let number = store::next_number(&mut tx).await?;
        let terms = self.terms(&mut tx, &content, &systems).await?;
        store::insert(&mut tx, (&id, number), (user, &actor.name), (&content, &terms), &systems, now).await?;
        let mut entries = vec![(EntryKind::Created, "")];
        if submit {
            store::step(&mut tx, &id, &Move::plain(State::Draft, State::Pending, 1), now).await?;
            entries.push((EntryKind::Submitted, ""));
        }
        let mut change = loaded::change(&mut tx, actor, id.as_str()).await?;
        let agreed = if submit { self.approve_standard(&mut tx, actor, &change).await? } else { None };
        if let Some(template) = &agreed {
            entries.push((EntryKind::Approved, template));
            change = loaded::change(&mut tx, actor, id.as_str()).await?;
        }
        let detail = json!({ "content": change.content, "hash": change.stored.hash, "submitted": submit, "template": agreed });
        if submit && agreed.is_none() {
            tell::notice(&mut tx, &self.ctx, actor, Notify::ChangePending, &change, State::Pending, None).await?;
            tell::approvers(&mut tx, &self.ctx, (actor, 0), &change, &[]).await?;
        }
        tell::act(&mut tx, &self.ctx, actor, &change, "change.request", &entries, &detail).await?;
        tx.commit().await?;
        Ok(id)
    }

    pub(super) async fn revise(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<Revised, Fault> {
        let mut tx = self.ctx.begin_write().await?;
        let before = loaded::change(&mut tx, actor, id.as_str()).await?;
        before.require(actor, Permission::RequestChanges)?;
        person(actor, Permission::RequestChanges)?;
        before.stored.summary.state.step(Act::Revise)?;
        let version = {
            let mut check = Check::new(typed);
            let version = check.number("version", 1, i64::MAX);
            check.finish((version,))?.0
        };
        let (content, systems) = self.parse(&mut tx, actor, typed, &before.systems).await?;
        actor.require(Permission::RequestChanges, &content.team, "team")?;
        let edit = Edit { content, systems, version, verb: "change.revise", entry: (EntryKind::Edited, String::new()) };
        self.rewrite(tx, actor, before, edit).await
    }

    /// Puts other content in the place of what was read: what was approved is void, and what asks for approval asks anew.
    pub(super) async fn rewrite(&self, mut tx: WriteTx, actor: &Actor, before: Loaded, edit: Edit) -> Result<Revised, Fault> {
        let Edit { content, systems, version, verb, entry } = edit;
        let user = person(actor, Permission::RequestChanges)?;
        let id = before.id();
        let from = before.stored.summary.state;
        let to = from.step(Act::Revise)?;
        if version != before.stored.version {
            return Err(Fault::conflict("conflict-change-edited"));
        }
        let voided = before.stored.summary.approvals;
        if content.hash() == before.stored.hash {
            if before.stored.summary.state == State::Rejected {
                return Err(Fault::conflict("conflict-change-unchanged"));
            }
            // Nothing that is approved was touched: approvals stay.
            return Ok(Revised { version, voided: 0 });
        }
        if to == State::Pending {
            still_ahead(&content, self.ctx.now())?;
        }
        let terms = self.terms(&mut tx, &content, &systems).await?;
        let done =
            store::revise(&mut tx, id, (from, version), to, (user, &actor.name), (&content, &terms), &systems, self.ctx.now()).await?;
        if done == 0 {
            return Err(moved());
        }
        let mut after = loaded::change(&mut tx, actor, id.as_str()).await?;
        let count = voided.to_string();
        let mut entries = vec![(entry.0, entry.1.as_str())];
        if voided > 0 {
            entries.push((EntryKind::Voided, count.as_str()));
        }
        let agreed = if to == State::Pending { self.approve_standard(&mut tx, actor, &after).await? } else { None };
        if let Some(template) = &agreed {
            entries.push((EntryKind::Approved, template));
            after = loaded::change(&mut tx, actor, id.as_str()).await?;
        }
        let detail = json!({ "from": before.content, "to": after.content, "state": { "from": from, "to": to }, "voided": voided, "hash": after.stored.hash });
        if voided > 0 {
            tell::notice(&mut tx, &self.ctx, actor, Notify::ChangePending, &after, State::Pending, None).await?;
        }
        if to == State::Pending && agreed.is_none() {
            tell::approvers(&mut tx, &self.ctx, (actor, 0), &after, &[]).await?;
        }
        tell::act(&mut tx, &self.ctx, actor, &after, verb, &entries, &detail).await?;
        tx.commit().await?;
        Ok(Revised { version: after.stored.version, voided })
    }

    pub(super) async fn submit(&self, actor: &Actor, id: &ChangeId) -> Result<(), Fault> {
        let (mut tx, change) = self.begin(actor, id, Permission::RequestChanges).await?;
        if change.stored.summary.state == State::Pending {
            return Ok(());
        }
        let to = change.stored.summary.state.step(Act::Submit)?;
        still_ahead(&change.content, self.ctx.now())?;
        if !self.go(&mut tx, &change, to, |m| m).await? {
            return Ok(());
        }
        // Policies and facts may be others than when it was written.
        let terms = self.terms(&mut tx, &change.content, &change.systems).await?;
        store::set_terms(&mut tx, id, &terms).await?;
        let mut change = loaded::change(&mut tx, actor, id.as_str()).await?;
        let mut entries = vec![(EntryKind::Submitted, "")];
        let agreed = self.approve_standard(&mut tx, actor, &change).await?;
        if let Some(template) = &agreed {
            entries.push((EntryKind::Approved, template));
            change = loaded::change(&mut tx, actor, id.as_str()).await?;
        } else {
            tell::notice(&mut tx, &self.ctx, actor, Notify::ChangePending, &change, State::Pending, None).await?;
            tell::approvers(&mut tx, &self.ctx, (actor, 0), &change, &[]).await?;
        }
        let detail = json!({ "hash": change.stored.hash, "template": agreed });
        tell::act(&mut tx, &self.ctx, actor, &change, "change.submit", &entries, &detail).await?;
        tx.commit().await
    }

    pub(super) async fn comment(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault> {
        actor.authenticated()?;
        let mut tx = self.ctx.begin_write().await?;
        let change = loaded::change(&mut tx, actor, id.as_str()).await?;
        // Whoever takes part in changes may speak; who only looks may not.
        let parts = [Permission::RequestChanges, Permission::ApproveChanges, Permission::ExecuteChanges];
        let teams: Vec<_> = std::iter::once(change.team().clone()).chain(change.owners()).collect();
        if !parts.iter().any(|p| teams.iter().any(|team| actor.may(*p, team))) {
            return Err(Fault::Forbidden(Permission::RequestChanges));
        }
        let mut check = Check::new(typed);
        let text = check.field("text", |text| {
            let prose = Prose::parse(text)?;
            if prose.as_str().trim().is_empty() { Err(Wording::new("expect-something")) } else { Ok(prose) }
        });
        let (text,) = check.finish((text,))?;
        let detail = json!({ "text": text });
        tell::act(&mut tx, &self.ctx, actor, &change, "change.comment", &[(EntryKind::Comment, text.as_str())], &detail).await?;
        tx.commit().await
    }

    /// Begins an act: the change within reach, and the permission in its team.
    pub(super) async fn begin(&self, actor: &Actor, id: &ChangeId, permission: Permission) -> Result<(WriteTx, Loaded), Fault> {
        actor.authenticated()?;
        let mut tx = self.ctx.begin_write().await?;
        let change = loaded::change(&mut tx, actor, id.as_str()).await?;
        change.require(actor, permission)?;
        Ok((tx, change))
    }

    /// Makes the move if the change is still where it was read. `false` where somebody made the very same move
    /// meanwhile; a fault where it went elsewhere.
    pub(super) async fn go(&self, tx: &mut WriteTx, change: &Loaded, to: State, with: impl FnOnce(Move) -> Move) -> Result<bool, Fault> {
        let step = with(Move::plain(change.stored.summary.state, to, change.stored.version));
        let outcome = step.outcome;
        if store::step(tx, change.id(), &step, self.ctx.now()).await? == 1 {
            return Ok(true);
        }
        let now = store::by_id(tx, &Reach::All, change.id().as_str()).await?.ok_or(Fault::NotFound("change"))?;
        let same = now.summary.state == to && now.version == change.stored.version && (outcome.is_none() || now.summary.outcome == outcome);
        if same { Ok(false) } else { Err(moved()) }
    }
}

/// Approval is asked only for windows that are not over.
pub(super) fn still_ahead(content: &Content, now: domain::Timestamp) -> Result<(), Fault> {
    if content.window.span.to > now {
        return Ok(());
    }
    let end = content.window.end.replace('T', " ");
    Err(Fault::invalid("end", end, Wording::new("changes-expect-window-ahead")))
}
