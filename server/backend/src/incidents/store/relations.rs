//! Table `incident_links`, and what in `incidents` says how they belong together: `merged_into`, systems, the runbook.

use domain::{
    Fault, Reach, Timestamp,
    id::{IncidentId, SystemId},
    incidents::{LinkKind, Linked},
};
use sqlx::AnyConnection;

use super::{COLUMNS, IncidentRow, outages};
use crate::db::{sql, stored};

/// Locks an incident for this transaction and reads it.
pub(in crate::incidents) async fn lock(conn: &mut AnyConnection, id: &IncidentId) -> Result<IncidentRow, Fault> {
    let row: Option<IncidentRow> =
        sql("UPDATE incidents SET updated_at = updated_at WHERE id = $1 RETURNING ").value(id).push(COLUMNS).first(conn).await?;
    row.ok_or(Fault::NotFound("incident"))
}

#[derive(sqlx::FromRow)]
struct LinkRow {
    kind: String,
    reverse: i64,
    id: String,
    number: i64,
    title: String,
    state: String,
}

/// The incidents within reach that belong to it.
pub(in crate::incidents) async fn links(conn: &mut AnyConnection, reach: &Reach, incident: &IncidentId) -> Result<Vec<Linked>, Fault> {
    let rows: Vec<LinkRow> =
        sql("SELECT l.kind, CASE WHEN l.other_id = $1 THEN 1 ELSE 0 END AS reverse, i.id, i.number, i.title, i.state \
         FROM incident_links l JOIN incidents i ON i.id = CASE WHEN l.other_id = $2 THEN l.incident_id ELSE l.other_id END \
         WHERE (l.incident_id = $3 OR l.other_id = $4)")
        .value(incident)
        .value(incident)
        .value(incident)
        .value(incident)
        .within("i.team_id", reach)
        .push(" ORDER BY i.number DESC, l.kind")
        .all(conn)
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Linked {
                kind: stored::<LinkKind>(&row.kind)?,
                reverse: row.reverse == 1,
                incident: stored(&row.id)?,
                number: row.number,
                title: row.title,
                state: stored(&row.state)?,
            })
        })
        .collect()
}

/// Links two; `false` where they were.
pub(in crate::incidents) async fn link(
    conn: &mut AnyConnection,
    incident: &IncidentId,
    other: &IncidentId,
    kind: LinkKind,
    by: &str,
    now: Timestamp,
) -> Result<bool, Fault> {
    let added = sql("INSERT INTO incident_links (incident_id, other_id, kind, linked_by, at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (incident_id, other_id, kind) DO NOTHING")
    .value(incident)
    .value(other)
    .value(kind.name())
    .value(by)
    .value(now)
    .run(conn)
    .await?;
    Ok(added == 1)
}

/// Unlinks two, whichever it was said of; `false` where they were not linked so.
pub(in crate::incidents) async fn unlink(
    conn: &mut AnyConnection,
    incident: &IncidentId,
    other: &IncidentId,
    kind: LinkKind,
) -> Result<bool, Fault> {
    let removed = sql(
        "DELETE FROM incident_links WHERE kind = $1 AND ((incident_id = $2 AND other_id = $3) OR (incident_id = $4 AND other_id = $5))",
    )
    .value(kind.name())
    .value(incident)
    .value(other)
    .value(other)
    .value(incident)
    .run(conn)
    .await?;
    Ok(removed > 0)
}

#[derive(sqlx::FromRow)]
struct MergedRow {
    number: i64,
    title: String,
}

/// The incidents within reach that turned out to be this one.
pub(in crate::incidents) async fn merged(
    conn: &mut AnyConnection,
    reach: &Reach,
    incident: &IncidentId,
) -> Result<Vec<(i64, String)>, Fault> {
    let rows: Vec<MergedRow> = sql("SELECT number, title FROM incidents WHERE merged_into = $1")
        .value(incident)
        .within("team_id", reach)
        .push(" ORDER BY number")
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.number, row.title)).collect())
}

/// One turns out to be the other: closes it, and gives the other one its people, open tasks, systems, judgements, earlier
/// beginning, and what was merged into it before. Both must be locked.
pub(in crate::incidents) async fn merge(
    conn: &mut AnyConnection,
    one: &IncidentId,
    other: &IncidentId,
    now: Timestamp,
) -> Result<(), Fault> {
    sql("INSERT INTO incident_responders (incident_id, user_id, role, name, added_by, added_at) \
         SELECT $1, user_id, CASE WHEN role = 'commander' THEN 'responder' ELSE role END, name, added_by, added_at FROM incident_responders \
         WHERE incident_id = $2 ON CONFLICT (incident_id, user_id, role) DO NOTHING")
    .value(other)
    .value(one)
    .run(conn)
    .await?;
    sql("UPDATE incident_tasks SET incident_id = $1 WHERE incident_id = $2 AND done_at IS NULL").value(other).value(one).run(conn).await?;
    sql("INSERT INTO incident_systems (incident_id, system_id, place) \
         SELECT $1, system_id, place + (SELECT COALESCE(MAX(place), 0) + 1 FROM incident_systems WHERE incident_id = $2) FROM incident_systems \
         WHERE incident_id = $3 ON CONFLICT (incident_id, system_id) DO NOTHING")
    .value(other)
    .value(other)
    .value(one)
    .run(conn)
    .await?;
    sql("UPDATE incidents SET opened_at = (SELECT MIN(opened_at) FROM incidents WHERE id = $1 OR id = $2) WHERE id = $3")
        .value(one)
        .value(other)
        .value(other)
        .run(conn)
        .await?;
    sql("UPDATE incidents SET merged_into = $1 WHERE merged_into = $2").value(other).value(one).run(conn).await?;
    sql("UPDATE incidents SET state = 'closed', is_open = 0, mitigated_at = COALESCE(mitigated_at, $1), resolved_at = COALESCE(resolved_at, $2), \
         merged_into = $3, updated_at = $4 WHERE id = $5")
    .value(now)
    .value(now)
    .value(other)
    .value(now)
    .value(one)
    .run(conn)
    .await?;
    outages::merge(conn, one, other, now).await
}

/// It concerns a system as well; `false` where it did.
pub(in crate::incidents) async fn add_system(conn: &mut AnyConnection, incident: &IncidentId, system: &SystemId) -> Result<bool, Fault> {
    let added = sql("INSERT INTO incident_systems (incident_id, system_id, place) \
         VALUES ($1, $2, (SELECT COALESCE(MAX(place), 0) + 1 FROM incident_systems WHERE incident_id = $3)) \
         ON CONFLICT (incident_id, system_id) DO NOTHING")
    .value(incident)
    .value(system)
    .value(incident)
    .run(conn)
    .await?;
    Ok(added == 1)
}

pub(in crate::incidents) async fn remove_system(conn: &mut AnyConnection, incident: &IncidentId, system: &SystemId) -> Result<bool, Fault> {
    let removed =
        sql("DELETE FROM incident_systems WHERE incident_id = $1 AND system_id = $2").value(incident).value(system).run(conn).await?;
    Ok(removed == 1)
}

/// Which runbook was chosen.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(in crate::incidents) struct Pinned {
    pub(in crate::incidents) runbook_system: Option<String>,
    pub(in crate::incidents) runbook: String,
}

pub(in crate::incidents) async fn pinned(conn: &mut AnyConnection, incident: &IncidentId) -> Result<Pinned, Fault> {
    let row = sql("SELECT runbook_system, runbook FROM incidents WHERE id = $1").value(incident).first(conn).await?;
    row.ok_or(Fault::NotFound("incident"))
}

pub(in crate::incidents) async fn pin(
    conn: &mut AnyConnection,
    incident: &IncidentId,
    system: Option<&SystemId>,
    text: &str,
) -> Result<(), Fault> {
    sql("UPDATE incidents SET runbook_system = $1, runbook = $2 WHERE id = $3")
        .value(system)
        .value(text)
        .value(incident)
        .run(conn)
        .await
        .map(|_| ())
}
