//! The maintenance window of a change: opened by its start, closed by its end, by whatever way that comes, or with the window in which
//! it may be worked on, whichever is first. As long as it is open, monitors of the systems touched are under maintenance, and alerts
//! that begin on what needs those tell nobody.
//!
//! **Invariant:** what keeps others quiet ends at a moment that is written down before it begins: no work that is forgotten hides
//! what fails after it.
//!
//! **Invariant:** what nobody has approved keeps nobody else quiet: an emergency that runs first holds the systems of teams in which
//! whoever began it carries out changes, nothing that needs them, and for [`LONGEST_UNAPPROVED`] at most.

use domain::{
    Actor, Fault, Permission, Reach, Timestamp,
    changes::{EntryKind, State},
    id::{ChangeId, SystemId, UserId},
    time::HOUR,
};
use serde_json::json;
use sqlx::AnyConnection;

use super::{
    engine::NAME,
    loaded::{self, Loaded},
    store, tell,
};
use crate::{
    Context, WriteTx, monitors, people,
    systems::{self, Links},
};

/// Longest that work which nobody has approved keeps anything quiet.
const LONGEST_UNAPPROVED: i64 = 4 * HOUR;

/// Opens the window of what is approved, on the transaction that begins the work; gives what the timeline tells of it.
pub(super) async fn open(tx: &mut WriteTx, ctx: &Context, change: &Loaded) -> Result<String, Fault> {
    let until = change.content.window.span.to;
    let around = Links::read(tx).await?.needed_by(&change.content.systems)?.len();
    let systems: Vec<_> = change.systems.iter().map(|system| (&system.id, system.name.as_str())).collect();
    hold(tx, ctx, change, (&systems, around), until).await
}

/// Opens the window of what nobody has approved, begun by that actor; `None` where nothing of it is theirs to hold.
pub(super) async fn open_unapproved(tx: &mut WriteTx, ctx: &Context, actor: &Actor, change: &Loaded) -> Result<Option<String>, Fault> {
    let own = change.systems.iter().filter(|system| actor.may(Permission::ExecuteChanges, &system.team));
    let systems: Vec<_> = own.map(|system| (&system.id, system.name.as_str())).collect();
    if systems.is_empty() {
        return Ok(None);
    }
    let until = change.content.window.span.to.min(ctx.now().plus(LONGEST_UNAPPROVED));
    hold(tx, ctx, change, (&systems, 0), until).await.map(Some)
}

/// Opens the rest of the window where work was begun first and is approved now, while it lasts.
pub(super) async fn widen(tx: &mut WriteTx, ctx: &Context, change: &Loaded) -> Result<Option<String>, Fault> {
    let lasts = change.stored.summary.state == State::Executing && change.content.window.span.to > ctx.now();
    if lasts { open(tx, ctx, change).await.map(Some) } else { Ok(None) }
}

async fn hold(
    tx: &mut WriteTx,
    ctx: &Context,
    change: &Loaded,
    (systems, around): (&[(&SystemId, &str)], usize),
    until: Timestamp,
) -> Result<String, Fault> {
    let (ids, names): (Vec<SystemId>, Vec<&str>) = systems.iter().map(|(id, name)| ((*id).clone(), *name)).unzip();
    store::maintain(tx, change.id(), Some(until)).await?;
    monitors::open_window(tx, ctx, change.id(), &ids, until).await?;
    Ok(format!("{}\n{}\n{around}", until.0, names.join(", ")))
}

/// Those of the systems that work which nobody has approved holds: of teams in which whoever began it carries out changes.
pub(super) async fn held_by(conn: &mut AnyConnection, starter: &UserId, touched: &[SystemId]) -> Result<Vec<SystemId>, Fault> {
    let Some(person) = people::actor_of(conn, starter).await? else { return Ok(Vec::new()) };
    let own = systems::briefs(conn, &Reach::All, touched).await?.into_iter();
    Ok(own.filter(|system| person.may(Permission::ExecuteChanges, &system.team)).map(|system| system.id).collect())
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
