//! What joins runs with incidents and changes.

use domain::{
    Actor, Fault, Permission,
    id::{ChangeId, IncidentId},
    incidents::EntryKind,
    tools::{Run, RunState, Tool},
};
use sqlx::AnyConnection;

use super::store::tools;
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

/// Refuses a tool that is a step of a change and does something else now than when the change was approved: nobody agreed to that.
pub(super) async fn agreed(conn: &mut AnyConnection, id: &ChangeId, tool: &Tool) -> Result<(), Fault> {
    let Some(at) = changes::agreed_at(conn, id, &tool.id).await? else { return Ok(()) };
    let was = tools::versions(conn, &tool.id).await?.into_iter().find(|version| version.edited_at <= at);
    match was {
        Some(was) if was.definition.runs_as(&tool.definition) => Ok(()),
        _ => Err(Fault::conflict("tools-conflict-redefined")),
    }
}
