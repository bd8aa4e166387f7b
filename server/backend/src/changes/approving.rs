//! Four eyes: approving and refusing, and that fifty approvals at once have one effect.

use domain::{
    Actor, Fault, Permission, Span, Wording,
    changes::{Approval, EntryKind, Question, State, Verdict, Waiting},
    deliveries::Notify,
    form::{Check, Typed},
    id::{ChangeId, UserId},
};
use serde_json::json;

use super::{
    Service,
    acts::{person, remark},
    authority::{Approver, Stance},
    binding,
    carrying::take_back_runs,
    loaded::{self, Loaded},
    maintaining,
    requiring::held_back,
    since::since_approval,
    store::{self, Counted, NewApproval},
    surroundings::Around,
    tell,
};
use crate::WriteTx;

/// Most changes on the approvals page.
const MOST_WAITING: usize = 200;

/// A verdict under way: the change, held against others; what was said of it; and what the actor may do about it.
struct Before {
    tx: WriteTx,
    change: Loaded,
    given: Vec<Approval>,
    stance: Stance,
}

impl Service {
    pub(super) async fn approve(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault> {
        let Before { mut tx, change, given, stance } = self.begin_verdict(actor, id).await?;
        let user = person(actor, Permission::ApproveChanges)?;
        let hash = seen_hash(typed)?;
        let remark = remark(typed, false)?;
        if let Stance::Refused(wording) = &stance
            && wording.key != "conflict-change-not-your-turn"
        {
            return Err(Fault::Conflict(wording.clone()));
        }
        if hash != change.stored.hash {
            return Err(Fault::conflict("conflict-change-edited"));
        }
        if matches!(stance, Stance::Already) {
            return Ok(());
        }
        self.ground(&mut tx, actor, &change).await?.gate(&change).decide(Question::Approve, false)?;
        let Stance::May { place, principal, name } = stance else {
            return Err(Fault::conflict("conflict-change-not-your-turn"));
        };
        let owed = change.stored.summary.owed_at.is_some();
        let verdict = NewApproval { place, principal: (&principal, &name), ..self.verdict(&change, user, &actor.name, &remark) };
        let state = match store::approve(&mut tx, &verdict).await? {
            Counted::Before => return Ok(()),
            Counted::Moved => return Err(Fault::conflict("conflict-change-moved")),
            Counted::Now(state) => state,
        };
        let mut widened = None;
        if change.stored.summary.approvals + 1 >= change.stored.summary.needed {
            if owed {
                widened = maintaining::widen(&mut tx, &self.ctx, &change).await?;
            }
            tell::notice(&mut tx, &self.ctx, actor, Notify::ChangeApproved, &change, state, None).await?;
            tell::approved(&mut tx, &self.ctx, actor, &change, state).await?;
        } else {
            let mut given = given;
            given
                .extend(store::approvals(&mut tx, id, change.stored.version).await?.into_iter().filter(|a| !a.void && a.approver == *user));
            tell::approvers(&mut tx, &self.ctx, (actor, 0), &change, &given).await?;
        }
        let place_of = (principal != *user).then_some(&name);
        let text = match place_of {
            None => remark.clone(),
            Some(name) if remark.is_empty() => format!("→ {name}"),
            Some(name) => format!("→ {name}\n\n{remark}"),
        };
        let detail = json!({ "hash": hash, "remark": remark, "state": state, "owed": owed, "demand": place, "in_place_of": place_of });
        let mut entries = vec![(EntryKind::Approved, text.as_str())];
        entries.extend(widened.as_deref().map(|told| (EntryKind::MaintenanceOpened, told)));
        tell::act(&mut tx, &self.ctx, actor, &change, "change.approve", &entries, &detail).await?;
        tx.commit().await
    }

    pub(super) async fn reject(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault> {
        let Before { mut tx, change, given, stance } = self.begin_verdict(actor, id).await?;
        let user = person(actor, Permission::ApproveChanges)?;
        let hash = seen_hash(typed)?;
        let remark = remark(typed, true)?;
        match &stance {
            Stance::Refused(wording) if !matches!(wording.key, "conflict-change-not-your-turn" | "conflict-change-approved-already") => {
                return Err(Fault::Conflict(wording.clone()));
            }
            _ => {}
        }
        if hash != change.stored.hash {
            return Err(Fault::conflict("conflict-change-edited"));
        }
        let refused = |a: &Approval| !a.void && a.approver == *user && a.verdict == Verdict::Reject;
        if change.stored.summary.state == State::Rejected && given.iter().any(refused) {
            return Ok(());
        }
        let owed = change.stored.summary.owed_at.is_some();
        let state = if owed { change.stored.summary.state } else { change.stored.summary.state.step(domain::changes::Act::Reject)? };
        if store::refuse(&mut tx, &self.verdict(&change, user, &actor.name, &remark), owed).await? == 0 {
            return Err(Fault::conflict("conflict-change-moved"));
        }
        if owed {
            take_back_runs(&mut tx, &self.ctx, actor, &change).await?;
        }
        tell::notice(&mut tx, &self.ctx, actor, Notify::ChangeRejected, &change, state, None).await?;
        let detail = json!({ "hash": hash, "remark": remark });
        tell::act(&mut tx, &self.ctx, actor, &change, "change.reject", &[(EntryKind::Rejected, &remark)], &detail).await?;
        tx.commit().await
    }

    pub(super) async fn waiting(&self, actor: &Actor) -> Result<Vec<Waiting>, Fault> {
        let mut conn = self.ctx.db.read().await?;
        let approver = Approver::read(&mut conn, actor, self.ctx.now()).await?.filter(Approver::may_somewhere);
        let Some(approver) = approver else { return actor.require_somewhere(Permission::ApproveChanges).map(|()| Vec::new()) };
        let pending = store::awaiting(&mut conn, &actor.reach(Permission::Read), 500).await?;
        let mut mine = Vec::new();
        for change in loaded::wholes(&mut conn, pending).await? {
            let given = store::approvals(&mut conn, change.id(), change.stored.version).await?;
            if mine.len() < MOST_WAITING && matches!(approver.stance(&change, &given), Stance::May { .. }) {
                mine.push(change);
            }
        }
        let spans = mine.iter().map(|c| c.stored.summary.busy());
        let Some(widest) = spans.reduce(|a, b| Span { from: a.from.min(b.from), to: a.to.max(b.to) }) else { return Ok(Vec::new()) };
        let mut around = Around::gather(&mut conn, actor, widest, self.ctx.now()).await?;
        let mut waiting = Vec::with_capacity(mine.len());
        for change in mine {
            let conflicts = around.of_change(&mut conn, &change).await?;
            let (evidence, shown) = self.evidence(&mut conn, &change).await?;
            let refused = held_back(&change, &evidence).into_iter().next().map(|refusal| refusal.why);
            let changed_since_approval = since_approval(&mut conn, &change).await?;
            let (hash, summary) = (change.stored.hash.clone(), change.stored.summary);
            let tools = binding::tool_refs(&mut conn, &change.content).await?;
            let content = change.content;
            waiting.push(Waiting { hash, summary, content, conflicts, evidence, shown, changed_since_approval, tools, refused });
        }
        Ok(waiting)
    }

    /// Whether the actor may approve now; if not though they would be asked, why.
    pub(super) async fn approval_power(
        &self,
        conn: &mut sqlx::AnyConnection,
        actor: &Actor,
        change: &Loaded,
        given: &[Approval],
    ) -> Result<(bool, Option<Wording>), Fault> {
        let approver = Approver::read(conn, actor, self.ctx.now()).await?.filter(Approver::may_somewhere);
        let Some(approver) = approver else { return Ok((false, None)) };
        Ok(match approver.stance(change, given) {
            Stance::May { .. } => (true, None),
            Stance::Already => (false, Some(Wording::new("conflict-change-approved-already"))),
            Stance::Refused(wording) => (false, Some(wording)),
            Stance::Nothing => (false, Some(Wording::new("conflict-change-other-teams"))),
        })
    }

    async fn begin_verdict(&self, actor: &Actor, id: &ChangeId) -> Result<Before, Fault> {
        actor.authenticated()?;
        let mut tx = self.ctx.begin_write().await?;
        // One verdict after another: whoever comes second sees what the first has said.
        store::hold(&mut tx, id).await?;
        let change = loaded::change(&mut tx, actor, id.as_str()).await?;
        let given = store::approvals(&mut tx, id, change.stored.version).await?;
        let stance = match Approver::read(&mut tx, actor, self.ctx.now()).await? {
            Some(approver) => approver.stance(&change, &given),
            None => Stance::Nothing,
        };
        if matches!(stance, Stance::Nothing) {
            return Err(Fault::Forbidden(Permission::ApproveChanges));
        }
        Ok(Before { tx, change, given, stance })
    }

    /// A verdict in one's own place, on the first demand.
    fn verdict<'a>(&self, change: &'a Loaded, approver: &'a UserId, name: &'a str, remark: &'a str) -> NewApproval<'a> {
        NewApproval {
            change: change.id(),
            version: change.stored.version,
            hash: &change.stored.hash,
            requester: &change.stored.requester,
            author: &change.author,
            approver,
            name,
            principal: (approver, name),
            place: 0,
            remark,
            at: self.ctx.now(),
            until: (change.stored.approval_ms > 0).then(|| self.ctx.now().plus(change.stored.approval_ms)),
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
        let mut around = Around::gather(conn, actor, change.stored.summary.busy(), self.ctx.now()).await?;
        around.of_change(conn, change).await
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
