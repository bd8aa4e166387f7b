//! Tables `incident_entries` and `incident_judgements`.

use domain::{
    Fault, Timestamp,
    id::{ChangeId, EntryId, IncidentId, TeamId},
    incidents::{Entry, EntryKind, Judgement, Verdict},
};
use sqlx::AnyConnection;

use crate::db::{sql, stored};

/// The place that a new entry takes.
#[derive(sqlx::FromRow)]
pub(in crate::incidents) struct Place {
    id: String,
    pub(in crate::incidents) entries: i64,
    team_id: String,
}

impl Place {
    /// The incident in whose timeline it is: the one that was asked for, or that it was merged into.
    pub(in crate::incidents) fn incident(&self) -> Result<IncidentId, Fault> {
        stored(&self.id)
    }

    pub(in crate::incidents) fn team(&self) -> Result<TeamId, Fault> {
        stored(&self.team_id)
    }
}

/// Takes the next place in the timeline, and with it the incident's lock.
pub(in crate::incidents) async fn next_entry(conn: &mut AnyConnection, id: &IncidentId, now: Timestamp) -> Result<Option<Place>, Fault> {
    sql("UPDATE incidents SET entries = entries + 1, updated_at = $1 WHERE id = (SELECT COALESCE(i.merged_into, i.id) FROM incidents i WHERE i.id = $2) \
         RETURNING id, entries, team_id")
        .value(now)
        .value(id)
        .first(conn)
        .await
}

pub(in crate::incidents) async fn append_entry(
    conn: &mut AnyConnection,
    id: &EntryId,
    incident: &IncidentId,
    seq: i64,
    at: Timestamp,
    kind: EntryKind,
    actor: &str,
    text: &str,
    link: &str,
) -> Result<(), Fault> {
    sql("INSERT INTO incident_entries (id, incident_id, seq, at, kind, actor, text, link) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
        .value(id)
        .value(incident)
        .value(seq)
        .value(at)
        .value(kind.name())
        .value(actor)
        .value(text)
        .value(link)
        .run(conn)
        .await
        .map(|_| ())
}

#[derive(sqlx::FromRow)]
struct EntryRow {
    id: String,
    at: i64,
    kind: String,
    actor: String,
    text: String,
    link: String,
}

/// The timeline in order; the last 2,000 rows of it.
pub(in crate::incidents) async fn timeline(conn: &mut AnyConnection, incident: &IncidentId) -> Result<Vec<Entry>, Fault> {
    let rows: Vec<EntryRow> =
        sql("SELECT id, at, kind, actor, text, link FROM incident_entries WHERE incident_id = $1 ORDER BY seq DESC LIMIT 2000")
            .value(incident)
            .all(conn)
            .await?;
    rows.into_iter()
        .rev()
        .map(|row| {
            Ok(Entry {
                id: stored(&row.id)?,
                at: Timestamp(row.at),
                kind: stored(&row.kind)?,
                actor: row.actor,
                text: row.text,
                link: row.link,
            })
        })
        .collect()
}

/// Says something of a suspect; `false` where the same had been said already.
pub(in crate::incidents) async fn judge(
    conn: &mut AnyConnection,
    incident: &IncidentId,
    change: &ChangeId,
    verdict: Verdict,
    by: &str,
    at: Timestamp,
) -> Result<bool, Fault> {
    let changed = sql("INSERT INTO incident_judgements (incident_id, change_id, verdict, judged_by, at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (incident_id, change_id) DO UPDATE SET verdict = EXCLUDED.verdict, judged_by = EXCLUDED.judged_by, at = EXCLUDED.at \
         WHERE incident_judgements.verdict <> EXCLUDED.verdict")
    .value(incident)
    .value(change)
    .value(verdict.name())
    .value(by)
    .value(at)
    .run(conn)
    .await?;
    Ok(changed == 1)
}

#[derive(sqlx::FromRow)]
struct JudgementRow {
    change_id: String,
    verdict: String,
    judged_by: String,
    at: i64,
}

pub(in crate::incidents) async fn judgements(conn: &mut AnyConnection, incident: &IncidentId) -> Result<Vec<Judgement>, Fault> {
    let rows: Vec<JudgementRow> =
        sql("SELECT change_id, verdict, judged_by, at FROM incident_judgements WHERE incident_id = $1 ORDER BY at")
            .value(incident)
            .all(conn)
            .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Judgement { change: stored(&row.change_id)?, verdict: stored(&row.verdict)?, by: row.judged_by, at: Timestamp(row.at) })
        })
        .collect()
}

#[derive(sqlx::FromRow)]
struct CausedRow {
    id: String,
    number: i64,
    title: String,
}

pub(in crate::incidents) async fn caused_by(conn: &mut AnyConnection, change: &ChangeId) -> Result<Vec<(IncidentId, i64, String)>, Fault> {
    let rows: Vec<CausedRow> = sql("SELECT i.id, i.number, i.title FROM incidents i JOIN incident_judgements j ON j.incident_id = i.id \
         WHERE j.verdict = 'confirmed' AND j.change_id = $1 ORDER BY i.number DESC LIMIT 50")
    .value(change)
    .all(conn)
    .await?;
    rows.into_iter().map(|row| Ok((stored(&row.id)?, row.number, row.title))).collect()
}
