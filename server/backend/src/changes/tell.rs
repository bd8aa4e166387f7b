//! What follows from an act: a row on the timeline, the audit row, live pages, notifications.

use domain::{
    Actor, Fault,
    audit::Object,
    changes::{EntryKind, Outcome, State, number_text},
    deliveries::{Notice, Notify},
    live::Topic,
};
use serde_json::{Value, json};

use super::{load::Loaded, store};
use crate::{Context, WriteTx, audit, deliveries, incidents};

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

/// Notifies the channels of the change's team, and of the owners of the systems it touches. `state` and `outcome` are
/// those after the act. The key is the same for every team:
/// a channel that hears several of them is told once.
pub(super) async fn notice(
    tx: &mut WriteTx,
    ctx: &Context,
    actor: &Actor,
    event: Notify,
    change: &Loaded,
    state: State,
    outcome: Option<Outcome>,
) -> Result<(), Fault> {
    let summary = &change.stored.summary;
    let window = &change.content.window;
    let payload = json!({
        "id": summary.id,
        "number": number_text(summary.number),
        "title": change.content.title,
        "state": state,
        "risk": change.content.risk,
        "outcome": outcome,
        "team": { "id": summary.team.id, "name": summary.team.name },
        "systems": change.systems.iter().map(|s| json!({ "id": s.id })).collect::<Vec<_>>(),
        "window": { "start": window.start, "end": window.end, "zone": window.zone, "from": window.span.from.rfc3339(), "to": window.span.to.rfc3339() },
        "requester": summary.requester,
        "actor": actor.name,
        "path": format!("/changes/{}", summary.id),
    });
    let mut teams = change.owners();
    teams.push(change.team().clone());
    teams.sort();
    teams.dedup();
    for team in teams {
        let key = format!("{event}:{}:{}", summary.id, change.stored.sequence).replace('.', "-");
        let system = change.systems.iter().find(|s| s.team == team).or(change.systems.first()).map(|s| s.id.clone());
        deliveries::enqueue(tx, ctx, Notice { event: event.name(), system, team, incident: None, payload: payload.clone(), key }).await?;
    }
    Ok(())
}

/// Notes in every open incident on the systems touched that work began or how it ended.
pub(super) async fn incidents(tx: &mut WriteTx, ctx: &Context, actor: &Actor, change: &Loaded, what: &str) -> Result<(), Fault> {
    let text = format!("{}: {what}", change.label());
    let link = format!("/changes/{}", change.id());
    incidents::note_open_on(tx, ctx, &change.content.systems, &actor.name, domain::incidents::EntryKind::Change, &text, Some(&link)).await
}
