//! Alerts that began at about the same time.

use domain::{
    Fault, Span, Timestamp,
    alerts::{Severity, State, condition},
    id::{AlertId, IncidentId, SystemId, TeamId},
};
use sqlx::AnyConnection;

use super::{AlertRow, COLUMNS};
use crate::db::{sql, stored};

/// An alert that began in a span, in short.
pub(crate) struct Began {
    /// Its id.
    pub(crate) id: AlertId,
    /// One line.
    pub(crate) title: String,
    /// Where it stands.
    pub(crate) state: State,
    /// Its system.
    pub(crate) system: SystemId,
    /// Its team.
    pub(crate) team: TeamId,
    /// First sign.
    pub(crate) started_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    title: String,
    state: String,
    system_id: String,
    team_id: String,
    started_at: i64,
}

#[derive(sqlx::FromRow)]
struct Worst {
    system_id: String,
    severity: i64,
}

/// Those of the systems on which an alert of severity 1 or 2 fires or recovers, each with the worst; but for these conditions.
pub(in crate::alerts) async fn hurting(
    conn: &mut AnyConnection,
    systems: &[SystemId],
    but: &[String],
) -> Result<Vec<(SystemId, Severity)>, Fault> {
    let rows: Vec<Worst> =
        sql("SELECT system_id, MIN(severity) AS severity FROM alerts WHERE state IN ('firing', 'recovering') AND severity <= 2")
            .and_in("system_id", systems)
            .and_not_in("fingerprint", but)
            .push(" GROUP BY system_id")
            .all(conn)
            .await?;
    rows.iter().map(|row| Ok((stored(&row.system_id)?, Severity::from_rank(row.severity)))).collect()
}

/// Alerts on these systems that began in the span and have fired, but those of one incident; 50 at most.
pub(in crate::alerts) async fn began(
    conn: &mut AnyConnection,
    systems: &[SystemId],
    but: &IncidentId,
    span: Span,
) -> Result<Vec<Began>, Fault> {
    let rows: Vec<Row> = sql("SELECT id, title, state, system_id, team_id, started_at FROM alerts WHERE fired_at IS NOT NULL")
        .and_in("system_id", systems)
        .push(" AND (incident_id IS NULL OR incident_id <> ")
        .bind(but)
        .push(") AND started_at >= ")
        .bind(span.from)
        .push(" AND started_at < ")
        .bind(span.to)
        .push(" ORDER BY started_at, id LIMIT 50")
        .all(conn)
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Began {
                id: stored(&row.id)?,
                title: row.title,
                state: stored(&row.state)?,
                system: stored(&row.system_id)?,
                team: stored(&row.team_id)?,
                started_at: Timestamp(row.started_at),
            })
        })
        .collect()
}

/// An alert that is not over, with what it came from.
pub(crate) struct Watched {
    /// Its id.
    pub(crate) id: AlertId,
    /// The noun of its source.
    pub(crate) source_kind: String,
    /// Id of its source.
    pub(crate) source_id: String,
    /// Its system.
    pub(crate) system: SystemId,
    /// First sign.
    pub(crate) started_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct WatchedRow {
    id: String,
    source_kind: String,
    source_id: String,
    system_id: String,
    started_at: i64,
}

/// Alerts of these sources that are not over, whether or not they fire by now, the newest first; 500 at most.
pub(in crate::alerts) async fn watched(conn: &mut AnyConnection, kinds: &[&str]) -> Result<Vec<Watched>, Fault> {
    let rows: Vec<WatchedRow> =
        sql("SELECT id, source_kind, source_id, system_id, started_at FROM alerts WHERE state <> 'resolved' AND system_id IS NOT NULL")
            .and_in("source_kind", kinds.iter().copied())
            .push(" ORDER BY started_at DESC, id LIMIT 500")
            .all(conn)
            .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Watched {
                id: stored(&row.id)?,
                source_kind: row.source_kind,
                source_id: row.source_id,
                system: stored(&row.system_id)?,
                started_at: Timestamp(row.started_at),
            })
        })
        .collect()
}

/// What has fired of an incident and lasts, the worst first; 50 at most.
pub(in crate::alerts) async fn firing_of(conn: &mut AnyConnection, incident: &IncidentId) -> Result<Vec<AlertRow>, Fault> {
    sql("SELECT ")
        .push(COLUMNS)
        .push(" FROM alerts WHERE fired_at IS NOT NULL AND state <> 'resolved' AND incident_id = ")
        .bind(incident)
        .push(" ORDER BY severity, started_at, id LIMIT 50")
        .all(conn)
        .await
}

/// The alert of a source of ours that is not over.
pub(in crate::alerts) async fn running_of(conn: &mut AnyConnection, source_kind: &str, source_id: &str) -> Result<Option<AlertId>, Fault> {
    let ids = sql("SELECT id FROM alerts WHERE fingerprint = $1 AND state <> 'resolved' ORDER BY id DESC LIMIT 1")
        .value(condition(source_kind, source_id))
        .texts(conn)
        .await?;
    ids.first().map(|id| stored(id)).transpose()
}
