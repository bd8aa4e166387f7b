//! Freezes that two people break for one change.
//!
//! **Invariant:** what binds the whole house is broken only by people who may do so in the whole house, both of them: the
//! rights of one team end where the team ends. What was broken is the freeze as it was then: an edit binds again.

use domain::{
    Actor, Fault, Permission, Wording,
    changes::{EntryKind, Freeze, Scope, number_text},
    form::{Check, Typed},
    id::{ChangeId, EntryId, FreezeId},
    people::UserBrief,
};
use serde_json::json;
use sqlx::AnyConnection;

use super::{Service, acts::person, carrying::reason, loaded, store, tell};
use crate::people;

/// What whoever asks for it holds.
const FIRST: &[Permission] = &[Permission::ExecuteChanges];
/// What whoever agrees holds: one of these.
const SECOND: &[Permission] = &[Permission::SetFreezes, Permission::ApproveChanges];
/// People who are named to somebody who may not.
const NAMED: usize = 5;

/// Whether they hold one of these in the whole house.
fn holds_everywhere(actor: &Actor, permissions: &[Permission]) -> bool {
    permissions.iter().any(|permission| actor.require_everywhere(*permission).is_ok())
}

/// Whether they may ask to break it, the permission in the team of the change granted.
pub(super) fn may_ask(actor: &Actor, freeze: &Freeze) -> bool {
    freeze.content.scope != Scope::All || holds_everywhere(actor, FIRST)
}

/// Whether they may agree to break what binds the whole house.
pub(super) fn may_agree_everywhere(actor: &Actor) -> bool {
    holds_everywhere(actor, SECOND)
}

/// Refuses whoever holds none of these in the whole house, and says who does.
async fn house_wide(conn: &mut AnyConnection, actor: &Actor, freeze: &str, permissions: &[Permission]) -> Result<(), Fault> {
    if holds_everywhere(actor, permissions) { Ok(()) } else { Err(Fault::Conflict(whom_to_ask(conn, actor, freeze, permissions).await?)) }
}

/// The refusal of who may not ask to break it, with whom to ask.
pub(super) async fn refusal(conn: &mut AnyConnection, actor: &Actor, freeze: &Freeze) -> Result<Wording, Fault> {
    whom_to_ask(conn, actor, &freeze.content.reason, FIRST).await
}

async fn whom_to_ask(conn: &mut AnyConnection, actor: &Actor, freeze: &str, permissions: &[Permission]) -> Result<Wording, Fault> {
    let mut holders: Vec<UserBrief> = Vec::new();
    for permission in permissions {
        holders.extend(people::holders_everywhere(conn, *permission).await?);
    }
    holders.retain(|person| actor.user() != Some(&person.id));
    holders.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.id.cmp(&b.id)));
    holders.dedup_by(|a, b| a.id == b.id);
    let names: Vec<String> = holders.into_iter().take(NAMED).map(|person| person.name).collect();
    let key = if names.is_empty() { "conflict-freeze-house-nobody" } else { "conflict-freeze-house" };
    Ok(Wording::new(key).with("freeze", freeze).with("people", names.join(", ")))
}

impl Service {
    pub(super) async fn break_glass(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault> {
        let (mut tx, change) = self.begin(actor, id, Permission::ExecuteChanges).await?;
        let user = person(actor, Permission::ExecuteChanges)?;
        let reason = reason(typed, &["reason", "freeze"])?;
        let wrong = || Fault::invalid("freeze", typed.get("freeze"), Wording::new("changes-expect-freeze"));
        let freeze = FreezeId::parse(typed.get("freeze")).ok_or_else(wrong)?;
        let ground = self.ground(&mut tx, actor, &change).await?;
        let blocking = ground.blocking(&change).into_iter().find(|found| found.id == freeze).ok_or_else(wrong)?;
        if blocking.content.scope == Scope::All {
            house_wide(&mut tx, actor, &blocking.content.reason, FIRST).await?;
        }
        let (row, version): (EntryId, i64) = (self.ctx.new_id(), change.stored.version);
        if store::ask_break(&mut tx, &row, (id, version), &blocking, (user, &actor.name), &reason, self.ctx.now()).await? == 0 {
            return Ok(());
        }
        let text = format!("{}: {reason}", blocking.content.reason);
        let detail = json!({ "freeze": freeze, "reason": reason });
        tell::act(&mut tx, &self.ctx, actor, &change, "freeze.break-ask", &[(EntryKind::BreakAsked, &text)], &detail).await?;
        tx.commit().await
    }

    /// The second person sets freezes for the team and every system touched, or approves for all of these, has not asked, and has
    /// neither requested nor written the change; of a freeze of the whole house in the whole house.
    pub(super) async fn agree_to_break(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault> {
        actor.authenticated()?;
        let mut tx = self.ctx.begin_write().await?;
        let change = loaded::change(&mut tx, actor, id.as_str()).await?;
        if !change.may_agree_to_break(actor) {
            return Err(Fault::Forbidden(Permission::SetFreezes));
        }
        let user = person(actor, Permission::SetFreezes)?;
        let mut check = Check::new(typed);
        check.only(&["break"]);
        let asked = check.field("break", |text| EntryId::parse(text).ok_or_else(|| Wording::new("expect-id")));
        let (asked,) = check.finish((asked,))?;
        let version = change.stored.version;
        let all = store::breaks(&mut tx, id, version).await?;
        let one = all.into_iter().find(|one| one.id == asked && !one.void).ok_or(Fault::NotFound("break"))?;
        if one.agreed_at.is_some() {
            return Ok(());
        }
        if one.house {
            house_wide(&mut tx, actor, &one.freeze_reason, SECOND).await?;
        }
        change.refuse_its_own(actor)?;
        if store::agree_break(&mut tx, (&asked, id, version), (user, &actor.name), self.ctx.now()).await? == 0 {
            return Err(Fault::conflict("conflict-change-two-people"));
        }
        let text = format!("{}: {} ({} + {})", one.freeze_reason, one.reason, one.asked_by, actor.name);
        let detail = json!({ "freeze": one.freeze, "reason": one.reason, "change": number_text(change.stored.summary.number) });
        tell::act(&mut tx, &self.ctx, actor, &change, "freeze.break", &[(EntryKind::FreezeBroken, &text)], &detail).await?;
        tx.commit().await
    }
}
