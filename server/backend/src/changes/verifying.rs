//! What people read of a change's watching, and say in place of it.

use domain::{
    Actor, Fault, Permission, Wording,
    changes::{Act, EntryKind, Judged, Outcome, Verification, parse_judgement},
    deliveries::Notify,
    form::Typed,
    id::{ChangeId, SystemId},
};
use serde_json::json;
use sqlx::AnyConnection;

use super::{
    Service,
    carrying::{sole_refusal, take_part},
    loaded::{self, Loaded},
    store, tell,
};
use crate::{WriteTx, systems};

/// Takes the names off the systems that were looked at beside the change and that the actor may not see.
pub(super) async fn veiled(conn: &mut AnyConnection, actor: &Actor, mut known: Verification) -> Result<Verification, Fault> {
    let beside = |known: &Verification| known.looks.iter().flat_map(|look| &look.controls).filter_map(|c| SystemId::parse(&c.id)).collect();
    let mut ids: Vec<SystemId> = beside(&known);
    if ids.is_empty() {
        return Ok(known);
    }
    ids.sort();
    ids.dedup();
    let seen = systems::briefs(conn, &actor.reach(Permission::Read), &ids).await?;
    for control in known.looks.iter_mut().flat_map(|look| &mut look.controls) {
        if !seen.iter().any(|system| system.id.as_str() == control.id) {
            control.id.clear();
            control.name.clear();
        }
    }
    Ok(known)
}

/// Whether it was undone, or somebody set about it. Undoing waits for nobody, so whoever alone approved it may have ended it: that it went
/// otherwise is not theirs to say.
async fn was_undone(conn: &mut AnyConnection, change: &Loaded) -> Result<bool, Fault> {
    Ok(change.stored.summary.outcome == Some(Outcome::RolledBack) || store::rollback(conn, change.id()).await?.is_some())
}

/// Why the actor may say nothing of how it ended but that it was undone.
pub(super) async fn refusal(conn: &mut AnyConnection, actor: &Actor, change: &Loaded) -> Result<Option<Wording>, Fault> {
    if was_undone(conn, change).await? { sole_refusal(conn, actor, change).await } else { Ok(None) }
}

impl Service {
    pub(super) async fn verification(&self, actor: &Actor, id: &str) -> Result<Verification, Fault> {
        let mut conn = self.ctx.db.read().await?;
        let change = loaded::change(&mut conn, actor, id).await?;
        let known = store::verification(&mut conn, change.id(), true).await?.ok_or(Fault::NotFound("verification"))?;
        veiled(&mut conn, actor, known).await
    }

    pub(super) async fn judge(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault> {
        let (mut tx, change) = self.begin(actor, id, Permission::ExecuteChanges).await?;
        let (outcome, reason) = parse_judgement(typed)?;
        if outcome != Outcome::RolledBack && was_undone(&mut tx, &change).await? {
            take_part(&mut tx, actor, &change).await?;
        }
        let tx = self.give_up(tx, actor, &change, outcome).await?;
        self.judge_in(tx, actor, &change, outcome, reason).await
    }

    /// Says how a change ended that is observed, on the caller's transaction.
    pub(super) async fn judge_in(
        &self,
        mut tx: WriteTx,
        actor: &Actor,
        change: &Loaded,
        outcome: Outcome,
        reason: String,
    ) -> Result<(), Fault> {
        let to = change.stored.summary.state.step(Act::Judge)?;
        let now = self.ctx.now();
        let before = store::verification(&mut tx, change.id(), false).await?.and_then(|known| known.judged);
        let same = before.is_some_and(|said| said.outcome == outcome && said.reason == reason);
        if same && change.stored.summary.outcome == Some(outcome) {
            return Ok(());
        }
        if store::set_outcome(&mut tx, change.id(), outcome, now).await? == 0 {
            return Err(Fault::conflict("conflict-change-moved"));
        }
        store::end_watch(&mut tx, change.id()).await?;
        store::keep_judged(&mut tx, change.id(), &Judged { outcome, reason: reason.clone(), by: actor.name.clone(), at: now }).await?;
        tell::incidents(&mut tx, &self.ctx, actor, change, outcome.name()).await?;
        tell::notice(&mut tx, &self.ctx, actor, Notify::ChangeFinished, change, to, Some(outcome)).await?;
        let text = format!("{outcome}\n{reason}");
        let detail = json!({ "from": change.stored.summary.outcome, "outcome": outcome, "reason": reason });
        tell::act(&mut tx, &self.ctx, actor, change, "change.judge", &[(EntryKind::Judged, &text)], &detail).await?;
        tx.commit().await
    }
}
