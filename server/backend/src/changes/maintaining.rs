//! The maintenance window of a change: opened by its start, closed by its end, by whatever way that comes, or with the window in which
//! it may be worked on, whichever is first. As long as it is open, monitors of the systems touched are under maintenance, and alerts
//! that begin on what needs those tell nobody.
//!
//! **Invariant:** what keeps others quiet ends at a moment that is written down before it begins: no work that is forgotten hides
//! what fails after it.

use domain::{Actor, Fault, Reach, Timestamp, changes::EntryKind, id::ChangeId};
use serde_json::json;

use super::{
    engine::NAME,
    loaded::{self, Loaded},
    store, tell,
};
use crate::{Context, WriteTx, monitors, systems::Links};

/// Opens the window on the transaction that begins the work; gives what the timeline tells of it.
pub(super) async fn open(tx: &mut WriteTx, ctx: &Context, change: &Loaded) -> Result<String, Fault> {
    let until = change.content.window.span.to;
    store::maintain(tx, change.id(), Some(until)).await?;
    monitors::open_window(tx, ctx, change.id(), &change.content.systems, until).await?;
    let around = Links::read(tx).await?.needed_by(&change.content.systems)?.len();
    let systems: Vec<&str> = change.systems.iter().map(|system| system.name.as_str()).collect();
    Ok(format!("{}\n{}\n{around}", until.0, systems.join(", ")))
}

/// Closes it; `false` where it was closed already.
pub(super) async fn close(tx: &mut WriteTx, ctx: &Context, change: &ChangeId) -> Result<bool, Fault> {
    if store::maintain(tx, change, None).await? == 0 {
        return Ok(false);
    }
    monitors::close_window(tx, ctx, change).await?;
    Ok(true)
}

/// Closes it because the time for the work is over, although the work is not.
pub(super) async fn run_out(ctx: &Context, id: &ChangeId, now: Timestamp) -> Result<u64, Fault> {
    let mut tx = ctx.begin_write().await?;
    let Some(found) = store::by_id(&mut tx, &Reach::All, id.as_str()).await? else { return Ok(0) };
    let change = loaded::whole(&mut tx, found).await?;
    let over = change.stored.maintained_until.is_some_and(|until| until <= now);
    if !over || !close(&mut tx, ctx, id).await? {
        return Ok(0);
    }
    let entries = [(EntryKind::MaintenanceClosed, "window")];
    tell::act(&mut tx, ctx, &Actor::engine(NAME), &change, "change.unmaintain", &entries, &json!({ "of": "window" })).await?;
    tx.commit().await?;
    Ok(1)
}
