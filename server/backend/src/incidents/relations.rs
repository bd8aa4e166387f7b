//! How incidents belong together: merged, linked; and the systems that they concern.

use domain::{
    Actor, Fault, Permission, Wording,
    escalations::Progress,
    form::Typed,
    id::IncidentId,
    incidents::{EntryKind, LinkInput, Ref, SystemInput, read_merge},
};
use serde_json::json;
use sqlx::AnyConnection;

use super::{
    Service, note, paging,
    store::{self, IncidentRow},
    teamwork::bounded,
    tell,
};
use crate::{alerts, escalations, systems};

/// The incident that somebody named in a field, as far as they may read it.
async fn named(conn: &mut AnyConnection, actor: &Actor, field: &'static str, which: &Ref, typed: &Typed) -> Result<IncidentRow, Fault> {
    let reach = actor.reach(Permission::Read);
    let found = match which {
        Ref::Id(id) => store::get(conn, &reach, id).await,
        Ref::Number(number) => store::by_number(conn, &reach, *number).await,
    };
    match found {
        Err(Fault::NotFound(_)) => Err(Fault::invalid(field, typed.get(field), Wording::new("incidents-expect-incident"))),
        found => found,
    }
}

/// `INC-42`, with its title where whoever reads that may read this.
fn called(row: &IncidentRow, title: bool) -> String {
    if title { format!("INC-{} {}", row.number, row.title) } else { format!("INC-{}", row.number) }
}

/// One incident turns out to be another.
pub(super) async fn merge(service: &Service, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<i64, Fault> {
    let ctx = &service.ctx;
    let (mut tx, row) = service.begin(actor, id).await?;
    let into = named(&mut tx, actor, "into", &read_merge(typed)?, typed).await?;
    actor.require(Permission::WorkIncidents, &into.team()?, "incident")?;
    if into.id == row.id {
        return Err(Fault::conflict("conflict-incident-merge-itself"));
    }
    let other = into.id()?;
    // Alerts are locked before incidents, everywhere; what is refused below undoes this.
    alerts::move_to(&mut tx, id, &other).await?;
    // Always in the same order, so that two who merge one into the other do not wait for each other.
    let (first, second) = if *id < other { (id, &other) } else { (&other, id) };
    let locked = [store::lock(&mut tx, first).await?, store::lock(&mut tx, second).await?];
    let [one, into] = if locked[0].id == row.id {
        locked
    } else {
        let [into, one] = locked;
        [one, into]
    };
    if one.merged_into.is_some() || into.merged_into.is_some() {
        return Err(Fault::conflict("conflict-incident-merged"));
    }
    let lasts = one.state()?.is_open();
    if lasts && !into.state()?.is_open() {
        return Err(Fault::conflict("conflict-incident-merge-over"));
    }
    // Who reads the one may not read the other, where that is another team's: there it is named by its number alone.
    let alike = one.team_id == into.team_id;
    let said = |row: &IncidentRow| (called(row, alike), format!("/incidents/{}", row.number));
    let (text, link) = said(&into);
    note(&mut tx, ctx, id, &actor.name, EntryKind::MergedInto, &text, Some(&link)).await?;
    store::merge(&mut tx, id, &other, ctx.now()).await?;
    // What both had counted is the other's alone now.
    store::unsettle_beside(&mut tx, id).await?;
    // Whoever is called from now on is called for the one that goes on.
    escalations::stop(&mut tx, ctx, id, Progress::Replaced, &actor.name).await?;
    store::move_judgements(&mut tx, id, &other).await?;
    let (text, link) = said(&one);
    note(&mut tx, ctx, &other, &actor.name, EntryKind::MergedFrom, &text, Some(&link)).await?;
    let severity = domain::alerts::Severity::from_rank(one.severity);
    if paging::worsen(&mut tx, ctx, &into, severity, &actor.name).await? && into.state()?.is_open() {
        paging::worsened(&mut tx, ctx, &other).await?;
    }
    if lasts {
        // Whoever heard that it began hears that it ended.
        tell(&mut tx, ctx, id, "incident.resolved").await?;
    }
    let detail = json!({ "into": into.id, "number": into.number, "was": one.state, "began": [one.opened_at, into.opened_at] });
    service.finish(tx, actor, "incident.merge", &one, &detail).await?;
    Ok(into.number)
}

/// Says that another incident belongs to this one, or that it does not.
pub(super) async fn link(service: &Service, actor: &Actor, id: &IncidentId, typed: &Typed, linked: bool) -> Result<(), Fault> {
    let ctx = &service.ctx;
    let (mut tx, row) = service.begin(actor, id).await?;
    let input = LinkInput::parse(typed)?;
    let other = named(&mut tx, actor, "other", &input.other, typed).await?;
    if other.id == row.id {
        return Err(Fault::invalid("other", typed.get("other"), Wording::new("incidents-expect-other")));
    }
    let (other_id, kind) = (other.id()?, input.kind);
    if linked {
        bounded(store::links(&mut tx, &domain::Reach::All, id).await?.len())?;
    }
    let changed = if linked {
        store::link(&mut tx, id, &other_id, kind, &actor.name, ctx.now()).await?
    } else {
        store::unlink(&mut tx, id, &other_id, kind).await?
    };
    if !changed {
        return Ok(());
    }
    let entry = if linked { EntryKind::Related } else { EntryKind::Unrelated };
    let alike = row.team_id == other.team_id;
    let text = format!("{kind} → {}", called(&other, alike));
    note(&mut tx, ctx, id, &actor.name, entry, &text, Some(&format!("/incidents/{}", other.number))).await?;
    if actor.may(Permission::WorkIncidents, &other.team()?) {
        let text = format!("{kind} ← {}", called(&row, alike));
        note(&mut tx, ctx, &other_id, &actor.name, entry, &text, Some(&format!("/incidents/{}", row.number))).await?;
    }
    let act = if linked { "incident.link" } else { "incident.unlink" };
    service.finish(tx, actor, act, &row, &json!({ "other": other_id, "number": other.number, "kind": kind })).await
}

/// The incident concerns a system as well, or no longer.
pub(super) async fn set_system(service: &Service, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<(), Fault> {
    let (mut tx, row) = service.begin(actor, id).await?;
    let SystemInput { system, concerns } = SystemInput::parse(typed)?;
    let field = if concerns { "add_system" } else { "remove_system" };
    let known = systems::briefs(&mut tx, &actor.reach(Permission::Read), std::slice::from_ref(&system)).await?.pop();
    let brief = known.ok_or_else(|| Fault::invalid(field, &system, Wording::new("expect-id")))?;
    if !concerns && row.system_id.as_deref() == Some(system.as_str()) {
        return Err(Fault::conflict("conflict-incident-first-system"));
    }
    let changed = if concerns {
        bounded(store::systems_of(&mut tx, &[id.as_str()]).await?.len())?;
        store::add_system(&mut tx, id, &system).await?
    } else {
        store::remove_system(&mut tx, id, &system).await?
    };
    if !changed {
        return Ok(());
    }
    let kind = if concerns { EntryKind::SystemAdded } else { EntryKind::SystemRemoved };
    note(&mut tx, &service.ctx, id, &actor.name, kind, &brief.name, Some(&format!("/systems/{system}"))).await?;
    let act = if concerns { "incident.system-add" } else { "incident.system-remove" };
    service.finish(tx, actor, act, &row, &json!({ "system": system, "name": brief.name })).await
}
