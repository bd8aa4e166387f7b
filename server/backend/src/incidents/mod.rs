//! Incidents: opened by alerts or by hand, moved on by people, ended by facts, and a timeline that writes itself.
//!
//! Sibling areas call the crate-level functions on their own transaction. **Architecture invariants:** one open
//! incident per system and cause, or per team and cause where no system is named (unique indexes); every fact is one row of the timeline, numbered without a gap
//! under the incident's own lock; an incident that alerts opened is resolved when its last alert is.

mod after;
mod blame;
mod chaser;
mod figures;
mod impact;
mod onset;
mod paging;
mod record;
mod relations;
mod service;
mod store;
mod suspects;
mod teamwork;
mod templates;

use std::collections::HashMap;

use domain::{
    Fault, Reach, Timestamp,
    alerts::AlertFacts,
    deliveries::Notice,
    id::{ChangeId, IncidentId, SystemId, TeamId},
    incidents::{EntryKind, Filter, Incident, State},
    live::Topic,
};
use serde_json::json;
use sqlx::AnyConnection;

use crate::{Context, WriteTx, alerts, deliveries, escalations, explanations};
pub(crate) use blame::{Blame, blame};
pub use chaser::Chaser;
pub use impact::{Assessor, recount};
pub use onset::{on_firing, on_worse};
pub(crate) use paging::{Facts, facts, locked, readable};
pub use service::Service;
pub(crate) use store::Standing;
use store::{IncidentRow, Note};

/// Alerts that had fired are over. Where one was the last of an incident that alerts opened, so is the incident.
pub async fn on_resolved(tx: &mut WriteTx, ctx: &Context, alerts: &[AlertFacts]) -> Result<(), Fault> {
    let of = |alert: &AlertFacts| {
        Some(Note {
            incident: alert.incident.clone()?,
            kind: EntryKind::AlertResolved,
            text: alert.title.clone(),
            link: format!("/alerts/{}", alert.id),
        })
    };
    let notes: Vec<Note> = alerts.iter().filter_map(of).collect();
    if notes.is_empty() {
        return Ok(());
    }
    // The entries lock the incidents, so of two last alerts the second one sees that it is the last.
    note_all(tx, ctx, "alerts", &notes).await?;
    let mut ids: Vec<IncidentId> = notes.into_iter().map(|note| note.incident).collect();
    ids.sort();
    ids.dedup();
    let lasting = alerts::lasting_in(tx, &ids).await?;
    for row in store::these(tx, &ids).await? {
        let (id, state) = (row.id()?, row.state()?);
        if !state.is_open() || row.cause.is_empty() || lasting.contains(&row.id) {
            continue;
        }
        if store::move_state(tx, &id, state, State::Resolved, ctx.now()).await? {
            note(tx, ctx, &id, "alerts", EntryKind::Moved, State::Resolved.name(), None).await?;
            tell(tx, ctx, &id, "incident.resolved").await?;
        }
    }
    Ok(())
}

/// Locks these incidents, which are in the order of their ids, for this transaction: it is about to tell of them more than once.
pub(crate) async fn hold(conn: &mut AnyConnection, ids: &[&IncidentId]) -> Result<(), Fault> {
    for some in ids.chunks(5_000) {
        store::lock_all(conn, some).await?;
    }
    Ok(())
}

/// Locks, for this transaction and in one order, the incidents of alerts and the open ones that others may join as they fire. Where only
/// one kind is told of, they are locked so anyway.
pub(crate) async fn hold_both(tx: &mut WriteTx, of: &[&[AlertFacts]], firing: &[AlertFacts]) -> Result<(), Fault> {
    let parts = of.iter().filter(|part| !part.is_empty()).count() + usize::from(!firing.is_empty());
    if parts < 2 {
        return Ok(());
    }
    let mut ids: Vec<IncidentId> = of.iter().copied().flatten().chain(firing).filter_map(|alert| alert.incident.clone()).collect();
    ids.extend(store::running(tx, firing).await?);
    ids.sort();
    ids.dedup();
    hold(tx, &ids.iter().collect::<Vec<_>>()).await
}

/// Adds rows to timelines: those of one incident in the order given.
async fn note_all(tx: &mut WriteTx, ctx: &Context, actor_name: &str, notes: &[Note]) -> Result<(), Fault> {
    if notes.is_empty() {
        return Ok(());
    }
    let counts = store::notes_by_incident(notes);
    let mut wanted: Vec<_> = counts.iter().map(|(id, count)| (*id, *count)).collect();
    wanted.sort_unstable();
    let mut next: HashMap<IncidentId, i64> = HashMap::new();
    for place in store::next_entries(tx, &wanted, ctx.now()).await? {
        let id = place.incident()?;
        next.insert(id.clone(), place.entries - counts.get(&id).copied().unwrap_or_default());
        tx.announce(Topic::Incidents, &id, Some(&place.team()?));
    }
    let (mut placed, mut elsewhere) = (Vec::with_capacity(notes.len()), Vec::new());
    for one in notes {
        match next.get_mut(&one.incident) {
            Some(last) => {
                *last += 1;
                placed.push((one, *last));
            }
            None => elsewhere.push(one),
        }
    }
    store::append_entries(tx, ctx, &placed, actor_name).await?;
    // What was merged meanwhile is told where it went.
    for one in elsewhere {
        note(tx, ctx, &one.incident, actor_name, one.kind, &one.text, Some(&one.link)).await?;
    }
    Ok(())
}

/// Somebody has seen an alert: so somebody has seen its incident.
pub(crate) async fn on_acknowledged(tx: &mut WriteTx, ctx: &Context, alert: &AlertFacts, actor_name: &str) -> Result<(), Fault> {
    let Some(id) = &alert.incident else { return Ok(()) };
    let link = format!("/alerts/{}", alert.id);
    note(tx, ctx, id, actor_name, EntryKind::AlertAcknowledged, &alert.title, Some(&link)).await?;
    paging::seen(tx, ctx, id, actor_name).await
}

/// Adds a row to the timeline of an incident, or of the one that it was merged into. `text` holds names and values (Markdown
/// for a comment), `link` a page within the portal. `NotFound("incident")` where there is none.
pub async fn note(
    tx: &mut WriteTx,
    ctx: &Context,
    incident: &IncidentId,
    actor_name: &str,
    kind: EntryKind,
    text: &str,
    link: Option<&str>,
) -> Result<(), Fault> {
    let place = store::next_entry(tx, incident, ctx.now()).await?.ok_or(Fault::NotFound("incident"))?;
    let into = place.incident()?;
    store::append_entry(tx, &ctx.new_id(), &into, place.entries, ctx.now(), kind, actor_name, text, link.unwrap_or_default()).await?;
    tx.announce(Topic::Incidents, &into, Some(&place.team()?));
    Ok(())
}

/// Adds a row to the timeline of every open incident on these systems.
pub async fn note_open_on(
    tx: &mut WriteTx,
    ctx: &Context,
    systems: &[SystemId],
    actor_name: &str,
    kind: EntryKind,
    text: &str,
    link: Option<&str>,
) -> Result<(), Fault> {
    for incident in store::open_on(tx, systems).await? {
        note(tx, ctx, &incident, actor_name, kind, text, link).await?;
    }
    Ok(())
}

/// Open incidents within reach, newest first: what the overview shows.
pub async fn open(conn: &mut AnyConnection, reach: &Reach) -> Result<Vec<Incident>, Fault> {
    let filter = Filter { open: true, ..Filter::default() };
    let rows = store::list(conn, &filter, reach, None, None, 200).await?;
    service::with_systems(conn, rows).await
}

/// Every open incident on these systems, or on any, whoever asks: what a change is held against.
pub(crate) async fn open_on(conn: &mut AnyConnection, systems: Option<&[SystemId]>) -> Result<Vec<Incident>, Fault> {
    let filter = Filter { open: true, systems: systems.unwrap_or_default().to_vec(), ..Filter::default() };
    let rows = store::list(conn, &filter, &Reach::All, None, None, u32::MAX - 1).await?;
    service::with_systems(conn, rows).await
}

/// How open incidents within reach stand, in figures.
pub(crate) async fn standing(conn: &mut AnyConnection, reach: &Reach) -> Result<Standing, Fault> {
    store::standing(conn, reach).await
}

/// The systems whose transactions tell what an incident does, whoever asks, and its first sign.
pub(crate) async fn counted(conn: &mut AnyConnection, incident: &Incident) -> Result<(Vec<SystemId>, Timestamp), Fault> {
    let (systems, _) = impact::counted_systems(conn, incident).await?;
    let sign = alerts::first_sign(conn, &incident.id).await?.unwrap_or(incident.opened_at);
    Ok((systems, sign.min(incident.opened_at)))
}

/// Ids of all incidents that last: what belongs to them is needed.
pub(crate) async fn open_ids(conn: &mut AnyConnection) -> Result<Vec<IncidentId>, Fault> {
    store::open_ids(conn).await
}

/// The system has another team now: what is not closed goes with it. On the transaction that moves the system.
pub(crate) async fn follow_system(tx: &mut WriteTx, system: &SystemId, team: &TeamId) -> Result<(), Fault> {
    if store::owner::give(tx, system, team).await? > 0 {
        tx.announce(Topic::Incidents, "", Some(team));
    }
    Ok(())
}

/// Those of these incidents that lie within reach.
pub(crate) async fn named(conn: &mut AnyConnection, reach: &Reach, ids: &[IncidentId]) -> Result<Vec<Incident>, Fault> {
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        match store::get(conn, reach, id).await {
            Ok(row) => rows.push(row),
            Err(Fault::NotFound(_)) => {}
            Err(fault) => return Err(fault),
        }
    }
    service::with_systems(conn, rows).await
}

/// Number and title of an incident within reach, and what is said of that title in each language.
pub async fn title(conn: &mut AnyConnection, reach: &Reach, id: &IncidentId) -> Result<Option<(i64, String, String)>, Fault> {
    match store::get(conn, reach, id).await {
        Ok(row) => Ok(Some((row.number, row.title, row.told))),
        Err(Fault::NotFound(_)) => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// Incidents within reach that were open at some moment of the span: spans to shade on a chart.
pub async fn during(conn: &mut AnyConnection, reach: &Reach, span: domain::Span) -> Result<Vec<Incident>, Fault> {
    let rows = store::during(conn, reach, span).await?;
    service::with_systems(conn, rows).await
}

/// The incidents that a change was confirmed to have caused: id, number, title.
pub async fn caused_by(conn: &mut AnyConnection, change: &ChangeId) -> Result<Vec<(IncidentId, i64, String)>, Fault> {
    store::caused_by(conn, change).await
}

/// Incidents of which these changes are the confirmed cause: the change, and how long each lasted until it was mitigated or
/// resolved, in milliseconds; `None` while it lasts.
pub(crate) async fn restored(conn: &mut AnyConnection, changes: &[ChangeId]) -> Result<Vec<(ChangeId, Option<i64>)>, Fault> {
    if changes.is_empty() { Ok(Vec::new()) } else { store::restored(conn, changes).await }
}

/// The incident that somebody names by id or number, whoever asks; through what it was merged into.
pub async fn find(conn: &mut AnyConnection, which: &domain::incidents::Ref) -> Result<Option<IncidentId>, Fault> {
    let found = match which {
        domain::incidents::Ref::Id(id) => store::get(conn, &Reach::All, id).await,
        domain::incidents::Ref::Number(number) => store::by_number(conn, &Reach::All, *number).await,
    };
    match found {
        Ok(row) => row.id().map(Some),
        Err(Fault::NotFound(_)) => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// The team of an incident, for the authority of whoever writes into it.
pub async fn team(conn: &mut AnyConnection, id: &IncidentId) -> Result<domain::id::TeamId, Fault> {
    store::get(conn, &Reach::All, id).await?.team()
}

/// Puts a notice about the incident as it stands now into the outbox, and lets its escalation begin or end.
async fn tell(tx: &mut WriteTx, ctx: &Context, id: &IncidentId, event: &'static str) -> Result<(), Fault> {
    let row: IncidentRow = store::get(tx, &Reach::All, id).await?;
    let facts = paging::facts(tx, id).await?;
    escalations::on_event(tx, ctx, &facts, event).await?;
    let key = format!("{}-{}-{}", event.replace('.', "-"), row.id, row.reopened);
    let notice = Notice { event, system: facts.system, team: facts.team, incident: Some(facts.id), payload: facts.payload, key };
    deliveries::enqueue(tx, ctx, notice).await
}

/// Alerts that a message of an incident names.
const TOLD: usize = 5;

/// What messages tell of an incident.
async fn payload(conn: &mut AnyConnection, row: &IncidentRow) -> Result<serde_json::Value, Fault> {
    let team = row.team()?;
    let systems = store::systems_of(conn, &[row.id.as_str()]).await?;
    let moment = |at: Option<i64>| at.map(|at| Timestamp(at).rfc3339());
    let finding = explanations::of_incident(conn, &row.id).await?;
    let (alerts, count) = alerts::telling(conn, &row.id()?, TOLD).await?;
    let began = alerts::first_sign(conn, &row.id()?).await?.map_or(row.opened_at, |first| first.0.min(row.opened_at));
    let web = |url: &&str| url.starts_with("https://") || url.starts_with("http://");
    let own = alerts.iter().filter_map(|alert| alert["runbook"].as_str()).find(web);
    let runbook = match own {
        Some(url) => json!({ "url": url }),
        None if teamwork::has_runbook(conn, row).await? => json!({ "path": format!("/incidents/{}#incident-runbook", row.number) }),
        None => serde_json::Value::Null,
    };
    let mut payload = json!({
        "finding": finding,
        "incident": {
            "id": row.id,
            "number": row.number,
            "title": row.title,
            "severity": domain::alerts::Severity::from_rank(row.severity),
            "state": row.state,
            "opened_at": Timestamp(row.opened_at).rfc3339(),
            "mitigated_at": moment(row.mitigated_at),
            "resolved_at": moment(row.resolved_at),
            "reopened": row.reopened,
            "began_at": Timestamp(began).rfc3339(),
            "alerts": count,
            "path": format!("/incidents/{}", row.number),
        },
        "systems": systems.iter().map(|s| json!({ "id": s.system_id })).collect::<Vec<_>>(),
        "team": { "id": team },
        "alerts": alerts,
        "runbook": runbook,
    });
    if let Some(told) = row.told() {
        payload["incident"]["told"] = told;
    }
    Ok(payload)
}
