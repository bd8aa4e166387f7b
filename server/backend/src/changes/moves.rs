//! Moving changes through their life: into the plan, under way, done, over.

use domain::{
    Actor, Fault, Permission, Wording,
    changes::{Act, Course, EntryKind, Outcome, Question, State, failed_step, read_reason},
    deliveries::Notify,
    form::{Check, Typed},
    id::{ChangeId, EntryId},
    time::DAY,
};
use serde_json::json;

use super::{
    Service,
    acts::{person, remark},
    carrying::{lend_hand, take_part},
    loaded::Loaded,
    maintaining,
    store::{self, Move},
    tell, undoing,
};
use crate::WriteTx;

/// Whether what yields is gone past, and why: fields `override` and `reason`.
fn overriding(typed: &Typed) -> Result<(bool, String), Fault> {
    let mut check = Check::new(typed);
    check.only(&["override", "reason"]);
    let overridden = typed.has("override");
    let reason = check.field("reason", |text| if overridden || !text.trim().is_empty() { read_reason(text) } else { Ok(String::new()) });
    check.finish((reason,)).map(|(reason,)| (overridden, reason))
}

impl Service {
    pub(super) async fn schedule(&self, actor: &Actor, id: &ChangeId) -> Result<(), Fault> {
        let (mut tx, change) = self.begin(actor, id, Permission::ExecuteChanges).await?;
        let state = change.stored.summary.state;
        if state == State::Scheduled {
            return Ok(());
        }
        let to = self.ground(&mut tx, actor, &change).await?.gate(&change).decide(Question::Schedule, false)?;
        if !self.go(&mut tx, &change, to, |m| m).await? {
            return Ok(());
        }
        tell::act(&mut tx, &self.ctx, actor, &change, "change.schedule", &[(EntryKind::Scheduled, "")], &json!({})).await?;
        tx.commit().await
    }

    /// Begins the work. What yields is gone past with the field `override` and a `reason`, which are kept.
    pub(super) async fn start(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault> {
        let (mut tx, change) = self.begin(actor, id, Permission::ExecuteChanges).await?;
        let user = person(actor, Permission::ExecuteChanges)?;
        let (overridden, reason) = overriding(typed)?;
        let summary = &change.stored.summary;
        if summary.state == State::Executing {
            return Ok(());
        }
        // Who approved it is read where nobody says a verdict meanwhile.
        store::hold(&mut tx, id).await?;
        let now = self.ctx.now();
        let ground = self.ground(&mut tx, actor, &change).await?.of_executor(&mut tx, actor, &change).await?;
        let to = ground.gate(&change).decide(Question::Start, overridden)?;
        let unapproved = matches!(summary.state, State::Draft | State::Pending);
        let owed_at = unapproved.then(|| now.plus(DAY));
        let begun = Some(ground.begun());
        if !self.go(&mut tx, &change, to, |m| Move { started_at: begun, started_by: Some(user.to_string()), owed_at, ..m }).await? {
            return Ok(());
        }
        store::put_hand(&mut tx, id, user).await?;
        let past = ground.gate(&change).refusals(Question::Start);
        let maintained = if summary.window.span.to <= now {
            // There is no time left for the work.
            None
        } else if unapproved {
            maintaining::open_unapproved(&mut tx, &self.ctx, actor, &change).await?
        } else {
            Some(maintaining::open(&mut tx, &self.ctx, &change).await?)
        };
        let mut entries = vec![(EntryKind::Started, "")];
        entries.extend(maintained.as_deref().map(|told| (EntryKind::MaintenanceOpened, told)));
        for refusal in &past {
            let row: EntryId = self.ctx.new_id();
            store::insert_override(&mut tx, &row, id, (refusal.why.key, refusal.what(), &reason), (user, &actor.name), now).await?;
            entries.push((EntryKind::Overridden, reason.as_str()));
        }
        tell::incidents(&mut tx, &self.ctx, actor, &change, "started").await?;
        tell::notice(&mut tx, &self.ctx, actor, Notify::ChangeStarted, &change, to, None).await?;
        if unapproved {
            tell::notice(&mut tx, &self.ctx, actor, Notify::ChangePending, &change, to, None).await?;
            tell::approvers(&mut tx, &self.ctx, (actor, 0), &change, &[]).await?;
        }
        let keys: Vec<_> = past.iter().map(|refusal| refusal.why.key).collect();
        let detail = json!({ "hash": change.stored.hash, "overridden": keys, "reason": reason, "unapproved": unapproved });
        tell::act(&mut tx, &self.ctx, actor, &change, "change.start", &entries, &detail).await?;
        tx.commit().await
    }

    pub(super) async fn finish(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault> {
        let (mut tx, change) = self.begin(actor, id, Permission::ExecuteChanges).await?;
        let outcome = {
            let mut check = Check::new(typed);
            let outcome = check.field("outcome", Outcome::read);
            check.finish((outcome,))?.0
        };
        // What did not go as planned wants a word about it.
        let remark = remark(typed, outcome != Outcome::Success)?;
        // That it is undone, or no further, waits for nobody; it is a hand in it all the same.
        let undone = outcome == Outcome::RolledBack || undoing::open_rollback(&mut tx, id).await?.is_some();
        if change.stored.summary.state == State::Executing {
            if undone { lend_hand(&mut tx, actor, &change).await? } else { take_part(&mut tx, actor, &change).await? }
        }
        let tx = self.give_up(tx, actor, &change, outcome).await?;
        self.finish_in(tx, actor, change, outcome, remark).await
    }

    /// Ends the work on the caller's transaction.
    pub(super) async fn finish_in(
        &self,
        mut tx: WriteTx,
        actor: &Actor,
        change: Loaded,
        outcome: Outcome,
        remark: String,
    ) -> Result<(), Fault> {
        let summary = &change.stored.summary;
        if summary.state == State::Observing && summary.outcome == Some(outcome) {
            return Ok(());
        }
        let to = summary.state.step(Act::Finish)?;
        let ticked = store::ticks(&mut tx, change.id()).await?;
        if outcome == Outcome::Success && ticked.len() < change.content.steps.len() {
            let open = change.content.steps.len() - ticked.len();
            return Err(Fault::Conflict(Wording::new("conflict-change-steps-open").with("count", open)));
        }
        if let Some(tick) = failed_step(&ticked).filter(|_| outcome == Outcome::Success) {
            return Err(Fault::Conflict(Wording::new("conflict-change-failed-step").with("number", tick.place + 1)));
        }
        let now = self.ctx.now();
        store::set_paused(&mut tx, change.id(), None, now).await?;
        if !self.go(&mut tx, &change, to, |m| Move { finished_at: Some(now), outcome: Some(outcome), ..m }).await? {
            return Ok(());
        }
        let closed = maintaining::close(&mut tx, &self.ctx, change.id()).await?;
        // What was undone needs no watching.
        if let Some(course) = Course::begin(change.content.watch, now).filter(|_| outcome != Outcome::RolledBack) {
            store::begin_watch(&mut tx, change.id(), &course).await?;
        }
        let text = if remark.is_empty() { outcome.name().to_owned() } else { format!("{outcome}\n{remark}") };
        tell::incidents(&mut tx, &self.ctx, actor, &change, outcome.name()).await?;
        tell::notice(&mut tx, &self.ctx, actor, Notify::ChangeFinished, &change, to, Some(outcome)).await?;
        let detail = json!({ "outcome": outcome, "remark": remark });
        let mut entries = vec![(EntryKind::Finished, text.as_str())];
        if closed {
            entries.push((EntryKind::MaintenanceClosed, "ended"));
        }
        tell::act(&mut tx, &self.ctx, actor, &change, "change.finish", &entries, &detail).await?;
        tx.commit().await
    }

    pub(super) async fn close(&self, actor: &Actor, id: &ChangeId) -> Result<(), Fault> {
        let (mut tx, change) = self.begin(actor, id, Permission::ExecuteChanges).await?;
        if change.stored.summary.state == State::Closed {
            return Ok(());
        }
        let to = change.stored.summary.state.step(Act::Close)?;
        if change.stored.summary.owed_at.is_some() {
            return Err(Fault::conflict("conflict-change-owed"));
        }
        undoing::refuse_rolling(&mut tx, id).await?;
        if !self.go(&mut tx, &change, to, |m| m).await? {
            return Ok(());
        }
        store::end_watch(&mut tx, id).await?;
        tell::act(&mut tx, &self.ctx, actor, &change, "change.close", &[(EntryKind::Closed, "")], &json!({})).await?;
        tx.commit().await
    }

    pub(super) async fn cancel(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault> {
        let (mut tx, change) = self.begin(actor, id, Permission::RequestChanges).await?;
        let remark = remark(typed, false)?;
        if change.stored.summary.state == State::Cancelled {
            return Ok(());
        }
        let to = change.stored.summary.state.step(Act::Cancel)?;
        if !self.go(&mut tx, &change, to, |m| m).await? {
            return Ok(());
        }
        tell::act(&mut tx, &self.ctx, actor, &change, "change.cancel", &[(EntryKind::Cancelled, &remark)], &json!({ "remark": remark }))
            .await?;
        tx.commit().await
    }
}
