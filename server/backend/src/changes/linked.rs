//! Approving by a signed link: looking at it changes nothing, its button approves exactly the content that was shown.

use domain::{
    Actor, Fault,
    changes::{ApprovalLink, Question, Verdict, Waiting},
    form::Typed,
    id::ChangeId,
};

use super::{
    Service,
    authority::{Approver, Stance},
    binding, loaded,
    since::since_approval,
    store,
};
use crate::deliveries;

impl Service {
    pub(super) async fn approval_link(&self, token: &str) -> Result<ApprovalLink, Fault> {
        let (id, actor, _) = deliveries::approval_link(&mut *self.ctx.db.read().await?, &self.ctx, token).await?;
        self.shown(&actor, &id).await
    }

    pub(super) async fn approve_by_link(&self, token: &str, typed: &Typed) -> Result<ApprovalLink, Fault> {
        let (id, actor, by_link) = deliveries::approval_link(&mut *self.ctx.db.read().await?, &self.ctx, token).await?;
        // The trail says by which link.
        let by_link = Actor { name: by_link, ..actor.clone() };
        let mut seen = Typed::default();
        seen.set("hash", typed.get("hash"));
        self.approve(&by_link, &id, &seen).await?;
        self.shown(&actor, &id).await
    }

    async fn shown(&self, actor: &Actor, id: &ChangeId) -> Result<ApprovalLink, Fault> {
        let mut conn = self.ctx.db.read().await?;
        let change = loaded::change(&mut conn, actor, id.as_str()).await?;
        let given = store::approvals(&mut conn, id, change.stored.version).await?;
        let approver = Approver::read(&mut conn, actor, self.ctx.now()).await?;
        let user = actor.user().ok_or(Fault::NotFound("link"))?;
        let approved = given.iter().any(|a| !a.void && a.approver == *user && a.verdict == Verdict::Approve);
        let closed = self.ground(&mut conn, actor, &change).await?.gate(&change).refusals(Question::Approve).into_iter().next();
        let refused = match (closed, approver.map(|approver| approver.stance(&change, &given))) {
            (Some(refusal), _) => Some(refusal.why),
            (None, Some(Stance::May { .. } | Stance::Already)) => None,
            (None, Some(Stance::Refused(why))) => Some(why),
            (None, Some(Stance::Nothing) | None) => return Err(Fault::NotFound("link")),
        };
        let conflicts = self.conflicts_of(&mut conn, actor, &change).await?;
        let (evidence, shown) = self.evidence(&mut conn, &change).await?;
        let (hash, tools) = (change.stored.hash.clone(), binding::tool_refs(&mut conn, &change.content).await?);
        let changed_since_approval = since_approval(&mut conn, &change).await?;
        let (summary, content) = (change.stored.summary, change.content);
        let refusal = refused.clone();
        let waiting = Waiting { hash, summary, content, conflicts, evidence, shown, changed_since_approval, tools, refused: refusal };
        Ok(ApprovalLink { waiting, user_name: actor.name.clone(), approved, refused })
    }
}
