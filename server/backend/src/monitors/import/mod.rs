//! Monitors out of another tool: a plan that changes nothing, and its application, which makes what the plan said.

mod blackbox;
mod kuma;

use std::collections::{BTreeMap, HashSet};

use domain::{
    Actor, Fault, Permission, Wording,
    audit::Object,
    form::Typed,
    id::{MonitorId, SystemId},
    live::Topic,
    monitors::{Called, Draft, Fate, IMPORT_FIELDS, ImportItem, ImportPlan, Kind, Note, Origin},
    systems::Brief,
};
use serde_json::json;
use sqlx::AnyConnection;

use super::{acts, store};
use crate::{Context, audit, seal::digest, systems};

/// Entries of one import at most.
const MOST: usize = 2_000;

/// One entry as a file has it, in the fields of a form.
struct Found {
    name: String,
    /// Names of the groups above it, the nearest first.
    group: Vec<String>,
    fields: Typed,
    paused: bool,
    /// Whether it can be made at all.
    made: bool,
    notes: Vec<Note>,
}

impl Found {
    fn set(&mut self, field: &str, value: impl ToString) {
        self.fields.set(field, value);
    }

    /// A number that must lie between bounds; what does not is brought there, and that is said.
    fn seconds(&mut self, field: &str, value: f64, min: f64, max: f64) {
        let bounded = value.round().clamp(min, max);
        if (bounded - value).abs() > 0.5 {
            self.notes.push(Note::new("bounds", format!("{field}: {value} → {bounded}")));
        }
        self.set(field, bounded);
    }
}

/// What an item needs to be made.
struct Ready {
    item: usize,
    system: Brief,
    draft: Draft,
}

pub(super) async fn plan(ctx: &Context, actor: &Actor, typed: &Typed) -> Result<ImportPlan, Fault> {
    actor.require_somewhere(Permission::EditMonitors)?;
    let mut conn = ctx.db.read().await?;
    Ok(work_out(&mut conn, actor, typed).await?.0)
}

pub(super) async fn apply(ctx: &Context, actor: &Actor, typed: &Typed) -> Result<ImportPlan, Fault> {
    actor.require_somewhere(Permission::EditMonitors)?;
    let mut tx = ctx.begin_write().await?;
    let (plan, ready) = work_out(&mut tx, actor, typed).await?;
    if !typed.get("fingerprint").is_empty() && typed.get("fingerprint") != plan.fingerprint {
        return Err(Fault::conflict("monitors-conflict-plan"));
    }
    for one in ready {
        let id: MonitorId = ctx.new_id();
        let item = &plan.items[one.item];
        acts::make(&mut tx, ctx, &id, &one.draft).await?;
        if item.paused {
            store::set_paused(&mut tx, &id, true, ctx.now()).await?;
        }
        let detail = json!({ "from": plan.origin, "kind": one.draft.target.kind(), "paused": item.paused });
        let object = Object::new("monitor", &id, one.draft.name.as_str(), Some(&one.system.team));
        audit::record(&mut tx, ctx, actor, "monitor.import", object, &detail).await?;
    }
    tx.announce(Topic::Monitors, "", None);
    tx.ring(super::NAME);
    tx.commit().await?;
    Ok(plan)
}

/// Reads the file, and says entry by entry what would come of it.
async fn work_out(conn: &mut AnyConnection, actor: &Actor, typed: &Typed) -> Result<(ImportPlan, Vec<Ready>), Fault> {
    let mut check = domain::form::Check::new(typed);
    check.only(IMPORT_FIELDS);
    check.finish((Some(()),))?;
    let text = typed.get("text");
    let (origin, (found, notes)) = read(text, &typed.all("targets").join("\n"))?;
    if found.len() > MOST {
        return Err(Fault::invalid("text", "", Wording::new("expect-between").with("min", 1).with("max", MOST)));
    }
    let open = systems::all(conn, &actor.reach(Permission::EditMonitors)).await?;
    let home = match typed.get("system") {
        "" => None,
        text => {
            let known = |brief: &&Brief| brief.id.as_str() == text || brief.key == text;
            let wrong = || Fault::invalid("system", text, Wording::new("expect-id"));
            Some(open.iter().find(known).cloned().ok_or_else(wrong)?)
        }
    };
    let ids: Vec<SystemId> = open.iter().map(|brief| brief.id.clone()).collect();
    let mut taken: HashSet<(SystemId, String)> = store::names(conn, &ids).await?.into_iter().collect();
    let mut placed = Vec::new();
    for one in found {
        let system = one.group.iter().find_map(|group| named(&open, group)).or_else(|| home.clone());
        let Some(system) = system else {
            return Err(Fault::invalid("system", "", Wording::new("expect-choice")));
        };
        placed.push((system, one));
    }
    call(&mut placed);
    let (mut items, mut ready) = (Vec::new(), Vec::new());
    for (system, one) in placed {
        let (item, draft) = decide(one, &system, &mut taken);
        if let Some(draft) = draft {
            ready.push(Ready { item: items.len(), system, draft });
        }
        items.push(item);
    }
    let seen: Vec<_> = items.iter().map(|item| (&item.name, &item.system, item.fate)).collect();
    let fingerprint = digest(&json!([text, typed.all("targets"), seen]).to_string());
    Ok((ImportPlan { origin, items, notes, fingerprint }, ready))
}

/// Monitors that a file holds, and what is to be said of it.
type Contents = (Vec<Found>, Vec<Note>);

fn read(text: &str, targets: &str) -> Result<(Origin, Contents), Fault> {
    let wrong = |why: String| Fault::invalid("text", "", Wording::new("monitors-expect-import").with("why", why));
    if text.trim_start().starts_with(['{', '[']) {
        return kuma::read(text).map(|read| (Origin::Kuma, read)).map_err(wrong);
    }
    if !blackbox::is_one(text) {
        return Err(wrong("neither monitorList nor modules".to_owned()));
    }
    if targets.trim().is_empty() {
        return Err(Fault::invalid("targets", "", Wording::new("monitors-expect-targets")));
    }
    blackbox::read(text, targets).map(|read| (Origin::Blackbox, read)).map_err(wrong)
}

/// The system that is called like a group.
fn named(open: &[Brief], group: &str) -> Option<Brief> {
    let group = group.trim().to_lowercase();
    open.iter().find(|brief| brief.key == group || brief.name.to_lowercase() == group).cloned()
}

/// Gives what is made names of their own.
fn call(placed: &mut [(Brief, Found)]) {
    let made: Vec<Called<'_>> = placed
        .iter()
        .filter(|(_, one)| one.made)
        .map(|(system, one)| Called { system: &system.id, name: &one.name, group: &one.group, fields: &one.fields })
        .collect();
    let names = domain::monitors::names(&made);
    for ((_, one), name) in placed.iter_mut().filter(|(_, one)| one.made).zip(names) {
        if one.name != name {
            one.notes.push(Note::new("name", &one.name));
            one.name = name;
        }
    }
}

fn decide(one: Found, system: &Brief, taken: &mut HashSet<(SystemId, String)>) -> (ImportItem, Option<Draft>) {
    let Found { name, mut fields, paused, made, mut notes, .. } = one;
    fields.set("name", &name);
    fields.set("system", &system.id);
    fields.set("severity", "P2");
    let draft = match Draft::parse(&fields) {
        Ok(draft) if made => Some(draft),
        Ok(_) => None,
        Err(fault) => {
            if made {
                let wrong: BTreeMap<_, _> = fault.problems().iter().map(|p| (p.field.as_str(), p.value.as_str())).collect();
                let words: Vec<String> = wrong.into_iter().map(|(field, value)| format!("{field} {value}").trim().to_owned()).collect();
                notes.push(Note::new("invalid", words.join(", ")));
            }
            None
        }
    };
    let place = (system.id.clone(), name.to_lowercase());
    let fate = match &draft {
        None => Fate::Skip,
        Some(_) if taken.contains(&place) => Fate::Exists,
        Some(_) => Fate::Create,
    };
    if fate == Fate::Create {
        taken.insert(place);
    }
    let what = draft.as_ref().map_or_else(
        || Kind::parse(fields.get("kind")).map(|kind| kind.name().to_owned()).unwrap_or_default(),
        |draft| format!("{} {}", draft.target.kind(), draft.target.what()),
    );
    let item = ImportItem { name, system: system.key.clone(), what, fate, paused, notes, fields };
    (item, draft.filter(|_| fate == Fate::Create))
}
