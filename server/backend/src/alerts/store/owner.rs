//! Whose alerts they are: a copy of the owner of the system, kept so that a list needs no look at the catalogue.

use domain::{
    Fault, Timestamp,
    id::{AlertId, IncidentId, SystemId, TeamId},
};
use sqlx::AnyConnection;

use crate::db::{sql, stored};

/// The running alerts of a system.
pub(in crate::alerts) async fn running(conn: &mut AnyConnection, system: &SystemId) -> Result<Vec<String>, Fault> {
    let rows: Vec<(String,)> =
        sql("SELECT id FROM alerts WHERE system_id = $1 AND state <> 'resolved' ORDER BY id").value(system).all(conn).await?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

/// Gives the running alerts of a system to a team; how many that were.
pub(in crate::alerts) async fn give(conn: &mut AnyConnection, system: &SystemId, team: &TeamId) -> Result<u64, Fault> {
    sql("UPDATE alerts SET team_id = $1 WHERE system_id = $2 AND state <> 'resolved'").value(team).value(system).run(conn).await
}

/// When the first alert of an incident gave its first sign.
pub(in crate::alerts) async fn first_sign(conn: &mut AnyConnection, incident: &IncidentId) -> Result<Option<Timestamp>, Fault> {
    let first = sql("SELECT COALESCE(MIN(started_at), 0) FROM alerts WHERE incident_id = $1").value(incident).count(conn).await?;
    Ok((first > 0).then_some(Timestamp(first)))
}

/// Gives an alert to an incident.
pub(in crate::alerts) async fn join(conn: &mut AnyConnection, alert: &AlertId, incident: &IncidentId) -> Result<(), Fault> {
    sql("UPDATE alerts SET incident_id = $1 WHERE id = $2").value(incident).value(alert).run(conn).await.map(drop)
}

/// Gives the alerts of one incident to another; how many that were.
pub(in crate::alerts) async fn move_to(conn: &mut AnyConnection, from: &IncidentId, to: &IncidentId) -> Result<u64, Fault> {
    sql("UPDATE alerts SET incident_id = $1 WHERE incident_id = $2").value(to).value(from).run(conn).await
}

#[derive(sqlx::FromRow)]
struct PlaceRow {
    team_id: String,
    incident_id: Option<String>,
}

/// Whose an alert is, and the incident that it belongs to.
pub(in crate::alerts) async fn place(conn: &mut AnyConnection, id: &AlertId) -> Result<(TeamId, Option<IncidentId>), Fault> {
    let found: Option<PlaceRow> = sql("SELECT team_id, incident_id FROM alerts WHERE id = $1").value(id).first(conn).await?;
    let row = found.ok_or(Fault::NotFound("alert"))?;
    Ok((stored(&row.team_id)?, row.incident_id.as_deref().map(stored).transpose()?))
}
