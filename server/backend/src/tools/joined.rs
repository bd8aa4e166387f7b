//! What joins runs with incidents and changes.

use domain::{
    Actor, Fault, Permission,
    id::{ChangeId, IncidentId},
    incidents::EntryKind,
    tools::{Run, RunState},
};
use sqlx::AnyConnection;

use crate::{Context, WriteTx, changes, incidents};

/// Who speaks in a timeline where no person does.
pub(super) const NAME: &str = "tools";

/// Writes into the timeline of the run's incident and change that it started or how it ended.
pub(super) async fn tell(
    tx: &mut WriteTx,
    ctx: &Context,
    run: &Run,
    state: RunState,
    exit_code: Option<i32>,
    who: &str,
) -> Result<(), Fault> {
    let code = exit_code.map(|code| format!(" ({code})")).unwrap_or_default();
    let text = format!("{}: {}{code}", run.tool_name, state.word());
    let link = format!("/runs/{}", run.id);
    if let Some(incident) = &run.incident {
        incidents::note(tx, ctx, incident, who, EntryKind::Run, &text, Some(&link)).await?;
    }
    if let Some(change) = &run.change {
        changes::note(tx, ctx, change, who, &text, Some(&link)).await?;
    }
    Ok(())
}

/// An incident may be named by whoever may write into its timeline: what is run for it is told there.
pub(super) async fn incident(conn: &mut AnyConnection, actor: &Actor, id: &IncidentId) -> Result<(), Fault> {
    let team = incidents::team(conn, id).await?;
    actor.require(Permission::WorkIncidents, &team, "incident")
}

/// A change by whoever requests or executes changes of its team.
pub(super) async fn change(conn: &mut AnyConnection, actor: &Actor, id: &ChangeId) -> Result<(), Fault> {
    changes::workable(conn, actor, id).await
}
