//! Incidents and their timelines, many at a time.

use std::collections::{BTreeSet, HashMap};

use domain::{
    Fault, Timestamp,
    alerts::AlertFacts,
    id::{EntryId, IncidentId, TeamId},
    incidents::EntryKind,
};
use sqlx::AnyConnection;

use super::{COLUMNS, IncidentRow, Place, select};
use crate::{
    Context,
    db::{in_order, sql, stored},
};

/// Rows in one statement.
const TOGETHER: usize = 1_000;

/// A row of a timeline that is to be written.
pub(in crate::incidents) struct Note {
    pub(in crate::incidents) incident: IncidentId,
    pub(in crate::incidents) kind: EntryKind,
    pub(in crate::incidents) text: String,
    pub(in crate::incidents) link: String,
}

/// The open incidents of these teams that one of these causes opened, locked for this transaction in one order.
pub(in crate::incidents) async fn take_running(
    conn: &mut AnyConnection,
    teams: &[&TeamId],
    causes: &[&str],
    now: Timestamp,
) -> Result<Vec<IncidentRow>, Fault> {
    let lock = in_order(conn);
    sql("UPDATE incidents SET updated_at = $1 WHERE id IN (SELECT id FROM incidents WHERE is_open = 1 AND cause <> ''")
        .value(now)
        .and_in("team_id", teams.iter().copied())
        .and_in("cause", causes.iter().copied())
        .push(" ORDER BY id")
        .push(lock)
        .push(") AND is_open = 1 RETURNING ")
        .push(COLUMNS)
        .all(conn)
        .await
}

/// The open incidents that these alerts may join as they fire.
pub(in crate::incidents) async fn running(conn: &mut AnyConnection, alerts: &[AlertFacts]) -> Result<Vec<IncidentId>, Fault> {
    if alerts.is_empty() {
        return Ok(Vec::new());
    }
    let teams: BTreeSet<&TeamId> = alerts.iter().map(|alert| &alert.team).collect();
    let causes: BTreeSet<&str> = alerts.iter().map(|alert| alert.cause.as_str()).collect();
    let query = sql("SELECT id FROM incidents WHERE is_open = 1 AND cause <> ''").and_in("team_id", teams).and_in("cause", causes);
    query.texts(conn).await?.iter().map(|id| stored(id)).collect()
}

/// These incidents, whoever asks.
pub(in crate::incidents) async fn these(conn: &mut AnyConnection, ids: &[IncidentId]) -> Result<Vec<IncidentRow>, Fault> {
    select().and_in("id", ids).push(" ORDER BY id").all(conn).await
}

/// Locks these incidents for this transaction, in one order.
pub(in crate::incidents) async fn lock_all(conn: &mut AnyConnection, ids: &[&IncidentId]) -> Result<(), Fault> {
    let lock = in_order(conn);
    sql("UPDATE incidents SET updated_at = updated_at WHERE id IN (SELECT id FROM incidents WHERE 1 = 1")
        .and_in("id", ids.iter().copied())
        .push(" ORDER BY id")
        .push(lock)
        .push(")")
        .run(conn)
        .await
        .map(drop)
}

/// Takes the next places in timelines, so many in each, and with them the locks of the incidents, in one order; gives the last place
/// of each. An incident that was merged into another is not among them.
pub(in crate::incidents) async fn next_entries(
    conn: &mut AnyConnection,
    counts: &[(&IncidentId, i64)],
    now: Timestamp,
) -> Result<Vec<Place>, Fault> {
    if counts.len() > 1 {
        lock_all(conn, &counts.iter().map(|(id, _)| *id).collect::<Vec<_>>()).await?;
    }
    sql("UPDATE incidents SET updated_at = $1, entries = entries + v.column2 FROM (VALUES ")
        .value(now)
        .rows(counts, |r, (id, count)| r.bind(*id).bind(*count))
        .push(") AS v WHERE incidents.id = v.column1 AND merged_into IS NULL RETURNING id, entries, team_id")
        .all(conn)
        .await
}

/// Writes rows of timelines at their places.
pub(in crate::incidents) async fn append_entries(
    conn: &mut AnyConnection,
    ctx: &Context,
    notes: &[(&Note, i64)],
    actor: &str,
) -> Result<(), Fault> {
    for chunk in notes.chunks(TOGETHER) {
        sql("INSERT INTO incident_entries (id, incident_id, seq, at, kind, actor, text, link) VALUES ")
            .rows(chunk, |r, (note, seq)| {
                r.bind(&ctx.new_id::<EntryId>())
                    .bind(&note.incident)
                    .bind(*seq)
                    .bind(ctx.now())
                    .bind(note.kind.name())
                    .bind(actor)
                    .bind(&note.text)
                    .bind(&note.link)
            })
            .run(conn)
            .await?;
    }
    Ok(())
}

/// How many notes each incident gets.
pub(in crate::incidents) fn notes_by_incident(notes: &[Note]) -> HashMap<&IncidentId, i64> {
    let mut counts = HashMap::new();
    for note in notes {
        *counts.entry(&note.incident).or_insert(0) += 1;
    }
    counts
}
