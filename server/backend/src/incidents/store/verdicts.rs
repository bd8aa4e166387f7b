//! Table `incident_verdicts`: what people said of suspects, and what is learned from it.

use std::collections::HashMap;

use domain::{
    Fault, Timestamp,
    id::{ChangeId, IncidentId, SystemId},
    incidents::{Judgement, Suspect, SuspectKind, Verdict},
};
use sqlx::AnyConnection;

use crate::db::{sql, stored};

/// Says something of a suspect; `false` where the same had been said already.
pub(in crate::incidents) async fn judge(
    conn: &mut AnyConnection,
    incident: &IncidentId,
    suspect: &Suspect,
    verdict: Verdict,
    by: &str,
    at: Timestamp,
) -> Result<bool, Fault> {
    let changed = sql("INSERT INTO incident_verdicts (incident_id, kind, what_id, verdict, judged_by, at, system_id, team_id, pattern, title, \
         began_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
         ON CONFLICT (incident_id, kind, what_id) DO UPDATE SET verdict = EXCLUDED.verdict, judged_by = EXCLUDED.judged_by, at = EXCLUDED.at \
         WHERE incident_verdicts.verdict <> EXCLUDED.verdict")
    .value(incident)
    .value(suspect.kind.name())
    .value(&suspect.id)
    .value(verdict.name())
    .value(by)
    .value(at)
    .value(&suspect.system)
    .value(&suspect.team)
    .value(&suspect.pattern)
    .value(&suspect.title)
    .value(suspect.at)
    .run(conn)
    .await?;
    Ok(changed == 1)
}

#[derive(sqlx::FromRow)]
struct VerdictRow {
    kind: String,
    what_id: String,
    verdict: String,
    judged_by: String,
    system_id: String,
    team_id: String,
    pattern: String,
    title: String,
    began_at: i64,
}

/// What people said of suspects of an incident.
pub(in crate::incidents) async fn judgements(conn: &mut AnyConnection, incident: &IncidentId) -> Result<Vec<Judgement>, Fault> {
    let rows: Vec<VerdictRow> =
        sql("SELECT kind, what_id, verdict, judged_by, system_id, team_id, pattern, title, began_at FROM incident_verdicts \
             WHERE incident_id = $1 ORDER BY at")
        .value(incident)
        .all(conn)
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Judgement {
                kind: stored::<SuspectKind>(&row.kind)?,
                id: row.what_id,
                verdict: stored(&row.verdict)?,
                by: row.judged_by,
                system: stored(&row.system_id)?,
                team: stored(&row.team_id)?,
                pattern: row.pattern,
                title: row.title,
                began_at: Timestamp(row.began_at),
            })
        })
        .collect()
}

#[derive(sqlx::FromRow)]
struct HitRow {
    system_id: String,
    pattern: String,
    hits: i64,
    judged: i64,
}

/// How often each kind of thing was the cause on these systems, and how often anything was said of it, in other incidents.
pub(in crate::incidents) async fn hits(
    conn: &mut AnyConnection,
    systems: &[SystemId],
    but: &IncidentId,
) -> Result<HashMap<(SystemId, String), (i64, i64)>, Fault> {
    let rows: Vec<HitRow> =
        sql("SELECT system_id, pattern, CAST(SUM(CASE WHEN verdict = 'confirmed' THEN 1 ELSE 0 END) AS BIGINT) AS hits, \
         COUNT(*) AS judged FROM incident_verdicts WHERE incident_id <> ")
        .bind(but)
        .and_in("system_id", systems)
        .push(" GROUP BY system_id, pattern")
        .all(conn)
        .await?;
    rows.into_iter().map(|row| Ok(((stored(&row.system_id)?, row.pattern), (row.hits, row.judged)))).collect()
}

/// What was said of the suspects of one incident is said of those of another, unless something was.
pub(in crate::incidents) async fn move_judgements(conn: &mut AnyConnection, from: &IncidentId, to: &IncidentId) -> Result<(), Fault> {
    sql(
        "INSERT INTO incident_verdicts (incident_id, kind, what_id, verdict, judged_by, at, system_id, team_id, pattern, title, began_at) \
         SELECT $1, kind, what_id, verdict, judged_by, at, system_id, team_id, pattern, title, began_at FROM incident_verdicts \
         WHERE incident_id = $2 ON CONFLICT (incident_id, kind, what_id) DO NOTHING",
    )
    .value(to)
    .value(from)
    .run(conn)
    .await?;
    sql("DELETE FROM incident_verdicts WHERE incident_id = $1").value(from).run(conn).await.map(|_| ())
}

#[derive(sqlx::FromRow)]
struct CausedRow {
    id: String,
    number: i64,
    title: String,
}

/// The incidents that a change was confirmed to have caused.
pub(in crate::incidents) async fn caused_by(conn: &mut AnyConnection, change: &ChangeId) -> Result<Vec<(IncidentId, i64, String)>, Fault> {
    let rows: Vec<CausedRow> = sql("SELECT i.id, i.number, i.title FROM incidents i JOIN incident_verdicts j ON j.incident_id = i.id \
         WHERE j.verdict = 'confirmed' AND j.kind = 'change' AND j.what_id = $1 ORDER BY i.number DESC LIMIT 50")
    .value(change)
    .all(conn)
    .await?;
    rows.into_iter().map(|row| Ok((stored(&row.id)?, row.number, row.title))).collect()
}

/// Incidents that were caused by these changes: the change, and how long each lasted.
pub(in crate::incidents) async fn restored(conn: &mut AnyConnection, changes: &[ChangeId]) -> Result<Vec<(ChangeId, Option<i64>)>, Fault> {
    #[derive(sqlx::FromRow)]
    struct Lasted {
        what_id: String,
        ms: Option<i64>,
    }
    let rows: Vec<Lasted> = sql("SELECT v.what_id, COALESCE(i.mitigated_at, i.resolved_at) - i.opened_at AS ms FROM incident_verdicts v \
         JOIN incidents i ON i.id = v.incident_id WHERE v.kind = 'change' AND v.verdict = 'confirmed'")
    .and_in("v.what_id", changes)
    .all(conn)
    .await?;
    rows.into_iter().map(|row| Ok((stored(&row.what_id)?, row.ms))).collect()
}
