//! Delegation of approval, and approving several changes at once.

use domain::{
    Actor, Fault, Permission, Wording,
    audit::Object,
    changes::{Answered, Delegation, NewDelegation},
    form::Typed,
    id::{ChangeId, DelegationId, UserId},
    live::Topic,
    people::UserBrief,
};
use serde_json::json;

use super::{Service, acts::person, store};
use crate::{audit, people};

/// Most changes that are approved in one go.
const MOST_AT_ONCE: usize = 100;

impl Service {
    /// Delegations that the actor has given, and those given to them.
    pub(super) async fn delegations(&self, actor: &Actor) -> Result<(Vec<Delegation>, Vec<Delegation>), Fault> {
        actor.authenticated()?;
        let Some(user) = actor.user() else { return Ok((Vec::new(), Vec::new())) };
        let mut conn = self.ctx.db.read().await?;
        let now = self.ctx.now();
        Ok((store::delegations_from(&mut conn, user, now).await?, store::delegations_to(&mut conn, user, now).await?))
    }

    /// Persons to whom the actor could delegate: those who read what they approve.
    pub(super) async fn delegates(&self, actor: &Actor) -> Result<Vec<UserBrief>, Fault> {
        actor.require_somewhere(Permission::ApproveChanges)?;
        let user = person(actor, Permission::ApproveChanges)?;
        let mut conn = self.ctx.db.read().await?;
        let mut found: Vec<UserBrief> = Vec::new();
        for team in people::teams(&mut conn, &actor.reach(Permission::ApproveChanges)).await? {
            for person in people::holders(&mut conn, Permission::Read, &team.id).await? {
                if person.id != *user && !found.iter().any(|other| other.id == person.id) {
                    found.push(person);
                }
            }
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    pub(super) async fn delegate(&self, actor: &Actor, typed: &Typed) -> Result<DelegationId, Fault> {
        actor.require_somewhere(Permission::ApproveChanges)?;
        // What a token made would outlive it.
        let user = people::person(actor)?;
        let now = self.ctx.now();
        let new = NewDelegation::parse(typed, now)?;
        let to = self.delegates(actor).await?.into_iter().find(|p| p.id.as_str() == new.to || p.login == new.to);
        let to = to.ok_or_else(|| Fault::invalid("to", &new.to, Wording::new("changes-expect-delegate")))?;
        let mut tx = self.ctx.begin_write().await?;
        let made = Delegation {
            id: self.ctx.new_id(),
            from: user.clone(),
            from_name: actor.name.clone(),
            to: to.id,
            to_name: to.name,
            since: now,
            until: new.until,
            reason: new.reason,
        };
        store::insert_delegation(&mut tx, &made).await?;
        tx.announce(Topic::Changes, &made.id, None);
        let object = Object::new("delegation", &made.id, format!("{} → {}", made.from_name, made.to_name), None);
        audit::record(&mut tx, &self.ctx, actor, "approval.delegate", object, &json!(made)).await?;
        tx.commit().await?;
        Ok(made.id)
    }

    /// Ends it: whoever gave it, whoever has it, or who manages people.
    pub(super) async fn end_delegation(&self, actor: &Actor, id: &DelegationId) -> Result<(), Fault> {
        actor.authenticated()?;
        let mut tx = self.ctx.begin_write().await?;
        let made = store::delegation(&mut tx, id).await?;
        let is = |one: &UserId| actor.user() == Some(one);
        if !is(&made.from) && !is(&made.to) && actor.require_everywhere(Permission::ManagePeople).is_err() {
            return Err(Fault::NotFound("delegation"));
        }
        if store::end_delegation(&mut tx, id, self.ctx.now()).await? == 0 {
            return Ok(());
        }
        tx.announce(Topic::Changes, id, None);
        let object = Object::new("delegation", id, format!("{} → {}", made.from_name, made.to_name), None);
        audit::record(&mut tx, &self.ctx, actor, "approval.delegation-end", object, &json!({})).await?;
        tx.commit().await
    }

    /// Approves several changes, each for itself: field `pick`, repeated, is `ID:HASH`.
    pub(super) async fn approve_many(&self, actor: &Actor, typed: &Typed) -> Result<Vec<Answered>, Fault> {
        actor.authenticated()?;
        let picks = typed.all("pick");
        if picks.is_empty() || picks.len() > MOST_AT_ONCE {
            return Err(Fault::invalid("pick", picks.len(), Wording::new("changes-expect-picks").with("max", MOST_AT_ONCE)));
        }
        let mut answers = Vec::with_capacity(picks.len());
        for pick in picks {
            let read = pick.split_once(':').and_then(|(id, hash)| Some((ChangeId::parse(id)?, hash)));
            let Some((id, hash)) = read else {
                return Err(Fault::invalid("pick", pick, Wording::new("changes-expect-picks").with("max", MOST_AT_ONCE)));
            };
            let mut one = Typed::default();
            one.set("hash", hash);
            let refused = match self.approve(actor, &id, &one).await {
                Ok(()) => None,
                Err(Fault::Conflict(wording)) => Some(wording),
                Err(Fault::NotFound(_) | Fault::Forbidden(_)) => Some(Wording::new("conflict-change-not-yours")),
                Err(fault) => return Err(fault),
            };
            answers.push(Answered { id, approved: refused.is_none(), refused });
        }
        Ok(answers)
    }
}
