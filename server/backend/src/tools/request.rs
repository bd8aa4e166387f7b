//! From what was typed to exact arguments; secrets on their way from the form to the command.

use std::collections::BTreeMap;

use domain::{
    Actor, Fault, Permission, Problem, Wording,
    form::Typed,
    id::{ChangeId, IncidentId, RunId},
    tools::{Definition, Kind, MASK, Value, variable},
};
use sqlx::AnyConnection;

use super::joined;
use crate::{Context, systems};

/// A run that could be started.
pub(super) struct Request {
    pub(super) argv: Vec<String>,
    /// For the record: secrets masked.
    pub(super) values: Vec<Value>,
    /// Environment variables that carry secrets.
    pub(super) secrets: Vec<(String, String)>,
    pub(super) incident: Option<IncidentId>,
    pub(super) change: Option<ChangeId>,
}

/// Reads `p.KEY` fields (or a JSON object `parameters`), `incident` and `change`. `forgiving`: a preview shows what
/// is there, so missing secrets are no problem.
pub(super) async fn read(
    conn: &mut AnyConnection,
    actor: &Actor,
    definition: &Definition,
    typed: &Typed,
    forgiving: bool,
) -> Result<Request, Fault> {
    let mut given: BTreeMap<String, String> = BTreeMap::new();
    let mut problems = Vec::new();
    for name in typed.names() {
        match name.strip_prefix("p.") {
            Some(key) if definition.parameter(key).is_some() => {
                given.insert(key.to_owned(), typed.get(name).to_owned());
            }
            _ if ["incident", "change", "parameters", "act"].contains(&name) => {}
            _ => {
                let keys = definition.parameters.iter().map(|p| format!("p.{}", p.key)).chain(["incident".into(), "change".into()]);
                let expected = Wording::new("expect-one-of").with("choices", keys.collect::<Vec<_>>().join(", "));
                problems.push(Problem::new(name, typed.get(name), expected));
            }
        }
    }
    if typed.has("parameters") {
        read_object(definition, typed.get("parameters"), &mut given, &mut problems);
    }
    let readable: Vec<String> = if definition.parameters.iter().any(|p| p.kind == Kind::System) {
        systems::all(conn, &actor.reach(Permission::Read)).await?.into_iter().map(|s| s.key).collect()
    } else {
        Vec::new()
    };
    let mut texts = BTreeMap::new();
    let mut values = Vec::new();
    let mut secrets = Vec::new();
    for parameter in &definition.parameters {
        let text = given.get(&parameter.key).map_or("", String::as_str);
        if text.is_empty() && parameter.is_secret() && forgiving {
            secrets.push((variable(&parameter.key), String::new()));
            continue;
        }
        let read = parameter.read(text).and_then(|text| {
            let unknown = parameter.kind == Kind::System && !text.is_empty() && !readable.contains(&text);
            if unknown { Err(Wording::new("systems-expect-system")) } else { Ok(text) }
        });
        match read {
            Ok(text) if parameter.is_secret() => {
                if !text.is_empty() {
                    values.push(Value { key: parameter.key.clone(), text: MASK.to_owned() });
                    secrets.push((variable(&parameter.key), text));
                }
            }
            Ok(text) => {
                values.push(Value { key: parameter.key.clone(), text: text.clone() });
                texts.insert(parameter.key.clone(), text);
            }
            // What was given for a secret is never said back.
            Err(expected) => {
                let field = format!("p.{}", parameter.key);
                problems.push(if parameter.is_secret() && !text.is_empty() {
                    Problem::unsaid(field, Wording::new("unsaid-characters").with("count", text.chars().count()), expected)
                } else {
                    Problem::new(field, text, expected)
                });
            }
        }
    }
    let argv = match definition.fill(&texts) {
        Ok(argv) => argv,
        Err(blamed) => {
            let told =
                |(key, expected): (&str, Wording)| Problem::new(format!("p.{key}"), texts.get(key).map_or("", String::as_str), expected);
            problems.extend(blamed.into_iter().map(told));
            Vec::new()
        }
    };
    let incident = read_id(typed, "incident", IncidentId::parse, &mut problems);
    let change = read_id(typed, "change", ChangeId::parse, &mut problems);
    if let Some(id) = &incident {
        named("incident", id.as_str(), joined::incident(conn, actor, id).await, &mut problems)?;
    }
    if let Some(id) = &change {
        named("change", id.as_str(), joined::change(conn, actor, id).await, &mut problems)?;
    }
    if !problems.is_empty() {
        return Err(Fault::Invalid(problems));
    }
    Ok(Request { argv, values, secrets, incident, change })
}

/// What is not there for the actor is a problem of the field; what they may only look at is refused.
fn named(field: &str, id: &str, found: Result<(), Fault>, problems: &mut Vec<Problem>) -> Result<(), Fault> {
    match found {
        Err(Fault::NotFound(_)) => problems.push(Problem::new(field, id, Wording::new("expect-id"))),
        other => return other,
    }
    Ok(())
}

fn read_id<T>(typed: &Typed, field: &str, parse: fn(&str) -> Option<T>, problems: &mut Vec<Problem>) -> Option<T> {
    let text = typed.get(field).trim();
    if text.is_empty() {
        return None;
    }
    let id = parse(text);
    if id.is_none() {
        problems.push(Problem::new(field, text, Wording::new("expect-id")));
    }
    id
}

fn read_object(definition: &Definition, json: &str, given: &mut BTreeMap<String, String>, problems: &mut Vec<Problem>) {
    let Ok(object) = serde_json::from_str::<Typed>(json) else {
        problems.push(Problem::new("parameters", "", Wording::new("tools-expect-object")));
        return;
    };
    for key in object.names() {
        if definition.parameter(key).is_some() {
            given.insert(key.to_owned(), object.get(key).to_owned());
        } else {
            let keys = definition.parameters.iter().map(|p| p.key.as_str()).collect::<Vec<_>>().join(", ");
            problems.push(Problem::new(format!("parameters.{key}"), "", Wording::new("expect-one-of").with("choices", keys)));
        }
    }
}

/// What the secrets of a run are sealed for; a sealed text moved to another run does not open.
fn purpose(run: &RunId) -> String {
    format!("runs.secrets.{run}")
}

/// Seals the secrets of a run; the empty text where there are none.
pub(super) fn seal(ctx: &Context, run: &RunId, secrets: &[(String, String)]) -> Result<String, Fault> {
    if secrets.is_empty() {
        return Ok(String::new());
    }
    ctx.seal.seal_value(&purpose(run), secrets)
}

/// Opens what [`seal`] sealed.
pub(super) fn unseal(ctx: &Context, run: &RunId, sealed: &str) -> Result<Vec<(String, String)>, Fault> {
    if sealed.is_empty() {
        return Ok(Vec::new());
    }
    ctx.seal.unseal_value(&purpose(run), sealed)
}
