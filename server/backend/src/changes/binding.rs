//! What the plan of a change binds tools to: what each is given and what it does, as it is approved with the rest.

use domain::{
    Actor, Fault, Permission, Problem, Reach, Timestamp, Wording,
    changes::{Content, Given, ToolRef},
    id::{ChangeId, ToolId},
    systems::Brief,
    tools::{Definition, Kind},
};
use sqlx::AnyConnection;

use super::{loaded, store};
use crate::tools;

/// What a change says of a tool.
pub(crate) struct Bound {
    /// When it was written as it stands: a step that says no version of its tool means what stood then.
    pub(crate) written_at: Timestamp,
    /// What its steps give the tool, or what undoes them, and the version of it that is meant; empty where none names it.
    pub(crate) given: Vec<(Given, Option<i64>)>,
}

/// What a change says of a tool, whoever asks.
pub(crate) async fn bound(conn: &mut AnyConnection, id: &ChangeId, tool: &ToolId) -> Result<Bound, Fault> {
    let change = store::by_id(conn, &Reach::All, id.as_str()).await?.ok_or(Fault::NotFound("change"))?;
    let change = loaded::whole(conn, change).await?;
    let mut given = Vec::new();
    for step in &change.content.steps {
        let named = step.tools().filter(|(named, ..)| *named == tool);
        given.extend(named.map(|(_, given, undo)| (given.clone(), step.version(undo))));
    }
    Ok(Bound { written_at: store::written_at(conn, id, change.stored.version).await?, given })
}

/// Whether the tools of a change do what those of a template did that was agreed to at that moment; both have the same steps otherwise.
pub(super) async fn does_as_agreed(
    conn: &mut AnyConnection,
    (agreed, agreed_at): (&Content, Timestamp),
    (asked, written_at): (&Content, Timestamp),
) -> Result<bool, Fault> {
    for (before, now) in agreed.steps.iter().zip(&asked.steps) {
        for (tool, _, undo) in before.tools() {
            let versions = tools::versions(conn, tool).await?;
            let was = tools::meant(&versions, before.version(undo), agreed_at);
            let is = tools::meant(&versions, now.version(undo), written_at);
            if !was.zip(is).is_some_and(|(was, is)| was.runs_as(is)) {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// The tools that a plan names, as pages show them.
pub(super) async fn tool_refs(conn: &mut AnyConnection, content: &Content) -> Result<Vec<ToolRef>, Fault> {
    let mut named: Vec<ToolId> = content.steps.iter().flat_map(domain::changes::Step::tools).map(|(tool, ..)| tool.clone()).collect();
    named.sort();
    named.dedup();
    Ok(tools::named(conn, &named).await?.into_iter().map(tool_ref).collect())
}

pub(super) fn tool_ref((id, _, definition): (ToolId, i64, Definition)) -> ToolRef {
    let keys = |secret: bool| definition.parameters.iter().filter(|p| p.is_secret() == secret).map(|p| p.key.clone()).collect();
    let (takes, secrets) = (keys(false), keys(true));
    ToolRef { id, name: definition.name, takes, secrets }
}

/// Reads what the steps give their tools, with the tools and `systems` that the actor may name, and says which version of each is meant:
/// the one that stands. Everything wrong at once.
pub(super) async fn bind(conn: &mut AnyConnection, actor: &Actor, systems: &[Brief], content: &mut Content) -> Result<(), Fault> {
    if content.steps.iter().all(|step| step.tools().next().is_none()) {
        return Ok(());
    }
    let usable = tools::usable(conn, &actor.reach(Permission::Read)).await?;
    let mut problems = Vec::new();
    for (i, step) in content.steps.iter_mut().enumerate() {
        let does = (step.tool.as_ref(), &mut step.parameters, &mut step.tool_version, ["tool", "parameters"]);
        let undone_by = ["rollback_tool", "rollback_parameters"];
        let undoes = (step.rollback_tool.as_ref(), &mut step.rollback_parameters, &mut step.rollback_tool_version, undone_by);
        for (tool, given, meant, [part, given_part]) in [does, undoes] {
            let Some(tool) = tool else { continue };
            let Some((_, version, definition)) = usable.iter().find(|(id, ..)| id == tool) else {
                problems.push(Problem::new(format!("steps[{i}].{part}"), tool, Wording::new("expect-id")));
                continue;
            };
            *meant = Some(*version);
            let field = format!("steps[{i}].{given_part}");
            match definition.bind(given) {
                Ok(read) => {
                    let unknown = |key: &str, text: &String| {
                        definition.parameter(key).is_some_and(|p| p.kind == Kind::System)
                            && !systems.iter().any(|system| system.key == *text)
                    };
                    for (key, text) in read.iter().filter(|(key, text)| unknown(key, text)) {
                        problems.push(Problem::new(&field, format!("{key} = {text}"), Wording::new("systems-expect-system")));
                    }
                    *given = read;
                }
                Err(wrong) => problems.extend(wrong.into_iter().map(|(key, value, expected)| match value {
                    Some(value) => Problem::new(&field, format!("{key} = {value}"), expected),
                    None => Problem::unsaid(&field, Wording::new("unsaid-secret").with("key", key), expected),
                })),
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Fault::Invalid(problems)) }
}
