//! What the plan of a change binds tools to: what each is given, as it is approved with the rest.

use domain::{
    Actor, Fault, Permission, Problem, Reach, Timestamp, Wording,
    changes::{Content, Given, ToolRef, Verdict},
    id::{ChangeId, ToolId},
    tools::{Definition, Kind},
};
use sqlx::AnyConnection;

use super::{loaded, store};
use crate::{systems, tools};

/// What a change says of a tool.
pub(crate) struct Bound {
    /// When it was approved first as it stands; `None` where nobody had to approve it.
    pub(crate) agreed_at: Option<Timestamp>,
    /// What its steps give the tool, or what undoes them; empty where none names it.
    pub(crate) given: Vec<Given>,
}

/// What a change says of a tool, whoever asks.
pub(crate) async fn bound(conn: &mut AnyConnection, id: &ChangeId, tool: &ToolId) -> Result<Bound, Fault> {
    let change = store::by_id(conn, &Reach::All, id.as_str()).await?.ok_or(Fault::NotFound("change"))?;
    let change = loaded::whole(conn, change).await?;
    let named = change.content.steps.iter().flat_map(domain::changes::Step::tools).filter(|(named, ..)| *named == tool);
    let given: Vec<Given> = named.map(|(_, given, _)| given.clone()).collect();
    if given.is_empty() {
        return Ok(Bound { agreed_at: None, given });
    }
    let said = store::approvals(conn, id, change.stored.version).await?;
    let agreed_at = said.iter().filter(|one| !one.void && one.verdict == Verdict::Approve).map(|one| one.at).min();
    Ok(Bound { agreed_at, given })
}

/// The tools that a plan names, as pages show them.
pub(super) async fn tool_refs(conn: &mut AnyConnection, content: &Content) -> Result<Vec<ToolRef>, Fault> {
    let mut named: Vec<ToolId> = content.steps.iter().flat_map(domain::changes::Step::tools).map(|(tool, ..)| tool.clone()).collect();
    named.sort();
    named.dedup();
    Ok(tools::named(conn, &named).await?.into_iter().map(tool_ref).collect())
}

pub(super) fn tool_ref((id, definition): (ToolId, Definition)) -> ToolRef {
    let keys = |secret: bool| definition.parameters.iter().filter(|p| p.is_secret() == secret).map(|p| p.key.clone()).collect();
    let (takes, secrets) = (keys(false), keys(true));
    ToolRef { id, name: definition.name, takes, secrets }
}

/// Reads what the steps give their tools, with the tools that the actor may name. Everything wrong at once.
pub(super) async fn bind(conn: &mut AnyConnection, actor: &Actor, content: &mut Content) -> Result<(), Fault> {
    if content.steps.iter().all(|step| step.tools().next().is_none()) {
        return Ok(());
    }
    let usable = tools::usable(conn, &actor.reach(Permission::Read)).await?;
    let systems: Vec<String> = systems::all(conn, &actor.reach(Permission::Read)).await?.into_iter().map(|system| system.key).collect();
    let mut problems = Vec::new();
    for (i, step) in content.steps.iter_mut().enumerate() {
        let does = (step.tool.as_ref(), &mut step.parameters, "tool", "parameters");
        let undoes = (step.rollback_tool.as_ref(), &mut step.rollback_parameters, "rollback_tool", "rollback_parameters");
        for (tool, given, part, given_part) in [does, undoes] {
            let Some(tool) = tool else { continue };
            let Some((_, definition)) = usable.iter().find(|(id, _)| id == tool) else {
                problems.push(Problem::new(format!("steps[{i}].{part}"), tool, Wording::new("expect-id")));
                continue;
            };
            let field = format!("steps[{i}].{given_part}");
            match definition.bind(given) {
                Ok(read) => {
                    let unknown = |key: &str, text: &String| {
                        definition.parameter(key).is_some_and(|p| p.kind == Kind::System) && !systems.contains(text)
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
