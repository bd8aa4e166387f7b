//! Incidents as the figures count them.

use domain::{
    Fault, Reach, Span, Timestamp,
    id::{IncidentId, SystemId, TeamId},
    incidents::{Correction, Moment, Times},
};
use sqlx::AnyConnection;

use crate::db::{sql, stored};

#[derive(sqlx::FromRow)]
struct FigureRow {
    id: String,
    severity: i64,
    team_id: String,
    system_id: Option<String>,
    opened_at: i64,
    acknowledged_at: Option<i64>,
    mitigated_at: Option<i64>,
    resolved_at: Option<i64>,
    began_at: Option<i64>,
}

/// An incident as the figures count it: its moments by the facts.
pub(in crate::incidents) struct Counted {
    pub(in crate::incidents) id: IncidentId,
    pub(in crate::incidents) severity: i64,
    pub(in crate::incidents) team: TeamId,
    pub(in crate::incidents) system: Option<SystemId>,
    pub(in crate::incidents) times: Times,
}

/// Incidents within reach that were opened in a span, merged ones left out, with their moments as they hold; `limit` at most.
pub(in crate::incidents) async fn counted(conn: &mut AnyConnection, reach: &Reach, span: Span, limit: u32) -> Result<Vec<Counted>, Fault> {
    let rows: Vec<FigureRow> = sql("SELECT i.id, i.severity, i.team_id, i.system_id, i.opened_at, i.acknowledged_at, i.mitigated_at, \
         i.resolved_at, (SELECT MIN(a.started_at) FROM alerts a WHERE a.incident_id = i.id) AS began_at FROM incidents i \
         WHERE i.merged_into IS NULL AND i.opened_at >= ")
    .bind(span.from)
    .push(" AND i.opened_at < ")
    .bind(span.to)
    .within("i.team_id", reach)
    .push(" ORDER BY i.number DESC LIMIT ")
    .bind(limit)
    .all(conn)
    .await?;
    let mut found = rows
        .into_iter()
        .map(|row| {
            let fact = |at: Option<i64>| Moment { fact: at.map(Timestamp), correction: None };
            let times = Times {
                began: fact(Some(row.began_at.unwrap_or(row.opened_at).min(row.opened_at))),
                detected: fact(Some(row.opened_at)),
                acknowledged: fact(row.acknowledged_at),
                mitigated: fact(row.mitigated_at),
                resolved: fact(row.resolved_at),
            };
            Ok(Counted {
                id: stored(&row.id)?,
                severity: row.severity,
                team: stored(&row.team_id)?,
                system: row.system_id.as_deref().map(stored).transpose()?,
                times,
            })
        })
        .collect::<Result<Vec<_>, Fault>>()?;
    for row in corrections_within(conn, reach, span).await? {
        if let Some(incident) = found.iter_mut().find(|incident| incident.id.as_str() == row.incident_id) {
            let correction = Correction { at: Timestamp(row.at), reason: String::new(), by: String::new(), corrected_at: Timestamp(0) };
            incident.times.of_mut(stored(&row.what)?).correction = Some(correction);
        }
    }
    Ok(found)
}

#[derive(sqlx::FromRow)]
struct CorrectionRow {
    incident_id: String,
    what: String,
    at: i64,
}

/// The moments that were corrected of incidents of a span; they are few.
async fn corrections_within(conn: &mut AnyConnection, reach: &Reach, span: Span) -> Result<Vec<CorrectionRow>, Fault> {
    sql("SELECT t.incident_id, t.what, t.at FROM incident_times t JOIN incidents i ON i.id = t.incident_id WHERE i.opened_at >= ")
        .bind(span.from)
        .push(" AND i.opened_at < ")
        .bind(span.to)
        .within("i.team_id", reach)
        .all(conn)
        .await
}
