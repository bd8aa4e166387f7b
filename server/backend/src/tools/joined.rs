//! What joins runs with incidents and changes.

use domain::{
    Actor, Fault, Permission, Problem, Timestamp, Wording,
    changes::Given,
    form::Typed,
    id::{ChangeId, IncidentId},
    incidents::EntryKind,
    tools::{Definition, Parameter, Run, RunState, Tool, Value, Version},
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
        if run.undo {
            tx.ring(changes::ROLLBACKS);
        }
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

/// What the plan of a change has a tool run for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Purpose<'a> {
    pub(crate) change: &'a ChangeId,
    /// From 0.
    pub(crate) step: usize,
    /// It undoes the step.
    pub(crate) undo: bool,
    /// What the plan gives the tool.
    pub(crate) given: &'a Given,
}

/// What a plan means by a tool that has these versions, the newest first: the one that it names, or, where it names none, the one that
/// stood at that moment.
pub(crate) fn meant(versions: &[Version], version: Option<i64>, stood_at: Timestamp) -> Option<&Definition> {
    let meant = |one: &&Version| version.map_or(one.edited_at <= stood_at, |version| one.version == version);
    versions.iter().find(meant).map(|one| &one.definition)
}

/// Refuses a tool that the plan of a change names where it does something else now than in the version that the plan means, or is given
/// something else than the plan says: nobody agreed to that.
pub(super) async fn agreed(conn: &mut AnyConnection, id: &ChangeId, tool: &Tool, values: &[Value]) -> Result<(), Fault> {
    let bound = changes::bound(conn, id, &tool.id).await?;
    if bound.given.is_empty() {
        return Ok(());
    }
    let versions = tools::versions(conn, &tool.id).await?;
    let still = |version| meant(&versions, version, bound.written_at).is_some_and(|meant| meant.runs_as(&tool.definition));
    if !bound.given.iter().all(|(_, version)| still(*version)) {
        return Err(Fault::conflict("tools-conflict-redefined"));
    }
    let open = |value: &&Value| !value.text.is_empty() && tool.definition.parameter(&value.key).is_some_and(|p| !p.is_secret());
    let given: Given = values.iter().filter(open).map(|value| (value.key.clone(), value.text.clone())).collect();
    if bound.given.iter().any(|(said, _)| *said == given) { Ok(()) } else { Err(Fault::conflict("tools-conflict-planned")) }
}

/// What a tool is run with for a step: what the plan says. Only secrets, which no plan says, are typed.
pub(super) fn planned(tool: &Tool, purpose: Purpose<'_>, typed: &Typed) -> Result<Typed, Fault> {
    let mut all = Typed::default();
    all.set("change", purpose.change);
    for (key, value) in purpose.given {
        all.set(format!("p.{key}"), value);
    }
    let mut problems = Vec::new();
    for name in typed.names() {
        let key = name.strip_prefix("p.").unwrap_or_default();
        if tool.definition.parameter(key).is_some_and(Parameter::is_secret) {
            all.set(name, typed.get(name));
        } else if purpose.given.get(key).map(String::as_str) != Some(typed.get(name)) {
            problems.push(Problem::new(name, typed.get(name), Wording::new("tools-expect-planned")));
        }
    }
    if problems.is_empty() { Ok(all) } else { Err(Fault::Invalid(problems)) }
}
