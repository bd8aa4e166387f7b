//! Streams as YAML: a list under `streams`, each with `system` (a key), `key` and the other fields of the form.

use std::collections::BTreeMap;

use domain::{
    Actor, Fault, Permission, Problem, Wording,
    form::Typed,
    streams::{Draft, StreamFate, full_name},
    systems::Brief,
};
use serde::Deserialize;

use super::{
    Service, acts,
    store::{self, Stored},
};
use crate::systems;

/// Streams of one file.
const MOST: usize = 500;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    streams: Vec<Typed>,
}

/// Reads a file; what is wrong names its entry.
fn read(yaml: &str) -> Result<Vec<Typed>, Fault> {
    crate::yaml::bounded(yaml)?;
    let file: File = crate::yaml::read(yaml).map_err(|error| {
        // The reader's own words name line and column.
        let expected = Wording::new("streams-expect-yaml").with("message", error);
        Fault::Invalid(vec![Problem::unsaid("yaml", Wording::new("unsaid-text"), expected)])
    })?;
    if file.streams.len() > MOST {
        return Err(Fault::invalid("streams", file.streams.len(), Wording::new("expect-transaction-at-most-values").with("max", MOST)));
    }
    Ok(file.streams)
}

/// Names the entry in every problem of it.
fn in_entry(name: &str, fault: Fault) -> Fault {
    match fault {
        Fault::Invalid(mut problems) => {
            problems.iter_mut().for_each(|problem| problem.field = format!("streams[{name}].{}", problem.field));
            Fault::Invalid(problems)
        }
        other => other,
    }
}

pub(super) async fn import(service: &Service, actor: &Actor, yaml: &str, plan: bool) -> Result<Vec<(String, StreamFate)>, Fault> {
    actor.require_somewhere(Permission::EditSystems)?;
    let entries = read(yaml)?;
    let ctx = &service.ctx;
    let mut tx = ctx.begin_write().await?;
    let reach = systems::all(&mut tx, &actor.reach(Permission::EditSystems)).await?;
    let by_key: BTreeMap<&str, &Brief> = reach.iter().map(|system| (system.key.as_str(), system)).collect();
    let ids: Vec<_> = reach.iter().map(|system| system.id.clone()).collect();
    let there: BTreeMap<String, Stored> =
        store::of_systems(&mut tx, &ids).await?.into_iter().map(|one| (format!("{}/{}", one.system, one.key), one)).collect();
    let mut fates = Vec::new();
    for mut typed in entries {
        let name = full_name(typed.get("system"), typed.get("key"));
        let Some(system) = by_key.get(typed.get("system").trim()) else {
            let fault = Fault::invalid("system", typed.get("system"), Wording::new("expect-transaction-system"));
            return Err(in_entry(&name, fault));
        };
        typed.set("system", &system.id);
        let draft = Draft::parse(&typed).map_err(|fault| in_entry(&name, fault))?;
        let before = there.get(&format!("{}/{}", system.id, draft.key));
        let id = match before {
            Some(before) => before.id.clone(),
            None if draft.key.is_empty() => domain::id::StreamId::of_system(&system.id),
            None => ctx.new_id(),
        };
        let forgotten = service.forgotten(&draft);
        let stream = acts::laid(draft, before, id, ctx.now(), forgotten).map_err(|fault| in_entry(&name, fault))?;
        let fate = match before {
            None => StreamFate::New,
            Some(before) if same(before, &stream) => StreamFate::Same,
            Some(_) => StreamFate::Changed,
        };
        if fate == StreamFate::New {
            store::insert(&mut tx, &stream, ctx.now()).await?;
        } else if fate == StreamFate::Changed {
            store::update(&mut tx, &stream, stream.version, ctx.now()).await?;
        }
        if fate != StreamFate::Same {
            let act = if fate == StreamFate::New { "stream.create" } else { "stream.edit" };
            acts::record(&mut tx, ctx, actor, act, (&stream, system)).await?;
        }
        fates.push((name, fate));
    }
    if !plan {
        tx.commit().await?;
    }
    Ok(fates)
}

/// Whether two declarations of a stream say the same.
pub(super) fn same(a: &Stored, b: &Stored) -> bool {
    (&a.name, &a.dimensions, &a.success_codes, &a.currency, &a.mapping, &a.keeping)
        == (&b.name, &b.dimensions, &b.success_codes, &b.currency, &b.mapping, &b.keeping)
}
