//! Four eyes: who may approve what, and that fifty approvals at once have one effect.

use domain::{
    Actor, Fault, Permission, Reach, Span, Wording,
    changes::{Act, Detail, EntryKind, State, Verdict, Waiting},
    deliveries::Notify,
    form::{Check, Typed},
    id::{ChangeId, UserId},
};
use serde_json::json;

use super::{
    Service,
    acts::{person, remark},
    load::{self, Loaded},
    store::{self, Counted, NewApproval},
    surroundings::Around,
    tell,
};
use crate::WriteTx;

/// Most changes on the approvals page.
const MOST_WAITING: usize = 200;

/// Why this person may not approve this content, whatever their permissions: they asked for it or wrote it.
pub(super) fn own(change: &Loaded, user: &UserId) -> Option<Wording> {
    if change.stored.requester == *user {
        Some(Wording::new("conflict-change-own"))
    } else if change.author == *user {
        Some(Wording::new("conflict-change-own-edit"))
    } else {
        None
    }
}

impl Service {
    pub(super) async fn approve(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault> {
        let (mut tx, change) = self.begin_verdict(actor, id).await?;
        let user = person(actor, Permission::ApproveChanges)?;
        let hash = seen_hash(typed)?;
        let remark = remark(typed, false)?;
        if let Some(wording) = own(&change, user) {
            return Err(Fault::Conflict(wording));
        }
        if hash != change.stored.hash {
            return Err(Fault::conflict("conflict-change-edited"));
        }
        let said = store::approvals(&mut tx, id, change.stored.version).await?;
        if said.iter().any(|a| !a.void && a.approver == *user && a.verdict == Verdict::Approve) {
            return Ok(());
        }
        change.stored.summary.state.step(Act::Approve)?;
        let state = match store::approve(&mut tx, &self.verdict(&change, user, &actor.name, &remark)).await? {
            Counted::Before => return Ok(()),
            Counted::Moved => return Err(Fault::conflict("conflict-change-moved")),
            Counted::Now(state) => state,
        };
        if state == State::Approved {
            tell::notice(&mut tx, &self.ctx, actor, Notify::ChangeApproved, &change, state, None).await?;
        }
        let detail = json!({ "hash": hash, "remark": remark, "state": state });
        tell::act(&mut tx, &self.ctx, actor, &change, "change.approve", &[(EntryKind::Approved, &remark)], &detail).await?;
        tx.commit().await
    }

    pub(super) async fn reject(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault> {
        let (mut tx, change) = self.begin_verdict(actor, id).await?;
        let user = person(actor, Permission::ApproveChanges)?;
        let hash = seen_hash(typed)?;
        let remark = remark(typed, true)?;
        if let Some(wording) = own(&change, user) {
            return Err(Fault::Conflict(wording));
        }
        if hash != change.stored.hash {
            return Err(Fault::conflict("conflict-change-edited"));
        }
        let said = store::approvals(&mut tx, id, change.stored.version).await?;
        if change.stored.summary.state == State::Rejected
            && said.iter().any(|a| !a.void && a.approver == *user && a.verdict == Verdict::Reject)
        {
            return Ok(());
        }
        change.stored.summary.state.step(Act::Reject)?;
        if store::refuse(&mut tx, &self.verdict(&change, user, &actor.name, &remark)).await? == 0 {
            return Err(Fault::conflict("conflict-change-moved"));
        }
        tell::notice(&mut tx, &self.ctx, actor, Notify::ChangeRejected, &change, State::Rejected, None).await?;
        let detail = json!({ "hash": hash, "remark": remark });
        tell::act(&mut tx, &self.ctx, actor, &change, "change.reject", &[(EntryKind::Rejected, &remark)], &detail).await?;
        tx.commit().await
    }

    pub(super) async fn waiting(&self, actor: &Actor) -> Result<Vec<Waiting>, Fault> {
        actor.require_somewhere(Permission::ApproveChanges)?;
        let Some(user) = actor.user() else { return Ok(Vec::new()) };
        let mut conn = self.ctx.db.read().await?;
        let pending = store::readable_live(&mut conn, &actor.reach(Permission::Read), State::Pending, 500).await?;
        let mut mine = load::wholes(&mut conn, pending).await?;
        mine.retain(|change| change.may_approve(actor) && own(change, user).is_none());
        let ids: Vec<&ChangeId> = mine.iter().map(Loaded::id).collect();
        let judged = store::judged_by(&mut conn, user, &ids).await?;
        mine.retain(|change| !judged.contains(change.id()));
        mine.truncate(MOST_WAITING);
        let spans = mine.iter().map(|c| c.stored.summary.busy());
        let Some(widest) = spans.reduce(|a, b| Span { from: a.from.min(b.from), to: a.to.max(b.to) }) else { return Ok(Vec::new()) };
        let mut around = Around::gather(&mut conn, actor, widest).await?;
        let mut waiting = Vec::with_capacity(mine.len());
        for change in mine {
            let conflicts = around.of(&change.subject(&change.owners()))?;
            waiting.push(Waiting { hash: change.stored.hash.clone(), summary: change.stored.summary, content: change.content, conflicts });
        }
        Ok(waiting)
    }

    /// Why approving is not offered to the actor although the change waits.
    pub(super) fn approve_refusal(actor: &Actor, change: &Loaded, detail: &Detail) -> Option<Wording> {
        let user = actor.user()?;
        if !actor.may_somewhere(Permission::ApproveChanges) {
            return None;
        }
        if let Some(own) = own(change, user) {
            return Some(own);
        }
        if detail.approvals_given.iter().any(|a| !a.void && a.approver == *user) {
            return Some(Wording::new("conflict-change-approved-already"));
        }
        (!change.may_approve(actor)).then(|| Wording::new("conflict-change-other-teams"))
    }

    async fn begin_verdict(&self, actor: &Actor, id: &ChangeId) -> Result<(WriteTx, Loaded), Fault> {
        actor.authenticated()?;
        let mut tx = self.ctx.begin_write().await?;
        let change = load::change(&mut tx, actor, id.as_str()).await?;
        if !change.may_approve(actor) {
            return Err(Fault::Forbidden(Permission::ApproveChanges));
        }
        Ok((tx, change))
    }

    fn verdict<'a>(&self, change: &'a Loaded, approver: &'a UserId, name: &'a str, remark: &'a str) -> NewApproval<'a> {
        NewApproval {
            change: change.id(),
            version: change.stored.version,
            hash: &change.stored.hash,
            requester: &change.stored.requester,
            author: &change.author,
            approver,
            name,
            remark,
            at: self.ctx.now(),
        }
    }

    /// Freezes, neighbours and dependencies around one loaded change.
    pub(super) async fn conflicts_of(
        &self,
        conn: &mut sqlx::AnyConnection,
        actor: &Actor,
        change: &Loaded,
    ) -> Result<Vec<domain::changes::Conflict>, Fault> {
        if !change.stored.summary.state.is_live() && change.stored.summary.state != State::Draft {
            return Ok(Vec::new());
        }
        let mut around = Around::gather(conn, actor, change.stored.summary.busy()).await?;
        around.of(&change.subject(&change.owners()))
    }

    /// Freezes that matter to one change.
    pub(super) async fn freezes_of(&self, conn: &mut sqlx::AnyConnection, change: &Loaded) -> Result<Vec<domain::changes::Freeze>, Fault> {
        store::freezes(conn, &Reach::All, change.content.window.span).await
    }
}

/// The hash of the content that the approver had before them: 64 hexadecimal digits.
fn seen_hash(typed: &Typed) -> Result<String, Fault> {
    let mut check = Check::new(typed);
    check.only(&["hash", "remark", "next"]);
    let hash = check.field("hash", |text| {
        let good = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if good { Ok(text.to_owned()) } else { Err(Wording::new("changes-expect-content-hash")) }
    });
    check.finish((hash,)).map(|(hash,)| hash)
}
