//! Table `incident_counted`: whose transactions tell what an incident cost, and which incidents count the same.

use domain::{
    Fault, Reach, Span, Timestamp,
    id::{IncidentId, SystemId},
};
use sqlx::AnyConnection;

use crate::db::{sql, stored};

/// Another incident that counts transactions of the same system in the same time.
pub(in crate::incidents) struct Beside {
    pub(in crate::incidents) id: IncidentId,
    pub(in crate::incidents) number: i64,
    pub(in crate::incidents) system: SystemId,
    pub(in crate::incidents) span: Span,
}

#[derive(sqlx::FromRow)]
struct BesideRow {
    incident_id: String,
    number: i64,
    system_id: String,
    from_at: i64,
    until: i64,
}

/// Incidents beside this one that count transactions of these systems in the span, by number; merged ones count nothing. One that
/// lasts goes on until now, even where it was counted last a while ago.
pub(in crate::incidents) async fn beside(
    conn: &mut AnyConnection,
    id: &IncidentId,
    systems: &[SystemId],
    span: Span,
    now: Timestamp,
) -> Result<Vec<Beside>, Fault> {
    let rows: Vec<BesideRow> =
        sql("SELECT x.incident_id, x.number, x.system_id, x.from_at, x.until FROM (SELECT m.incident_id, i.number, \
         c.system_id, m.from_at, CASE WHEN i.is_open = 1 AND m.to_at >= m.computed_at AND m.to_at < $1 THEN $2 ELSE m.to_at END AS until \
         FROM incident_counted c JOIN incident_impacts m ON m.incident_id = c.incident_id JOIN incidents i ON i.id = c.incident_id \
         WHERE i.merged_into IS NULL AND c.incident_id <> $3")
        .value(now)
        .value(now)
        .value(id)
        .and_in("c.system_id", systems)
        .push(" AND m.from_at < ")
        .bind(span.to)
        .push(") AS x WHERE x.until > ")
        .bind(span.from)
        .push(" ORDER BY x.number, x.system_id")
        .all(conn)
        .await?;
    rows.into_iter()
        .map(|row| {
            let span = Span { from: Timestamp(row.from_at), to: Timestamp(row.until) };
            Ok(Beside { id: stored(&row.incident_id)?, number: row.number, system: stored(&row.system_id)?, span })
        })
        .collect()
}

/// The systems whose transactions were counted, in the place of those before.
pub(in crate::incidents) async fn save_counted(conn: &mut AnyConnection, id: &IncidentId, systems: &[SystemId]) -> Result<(), Fault> {
    sql("DELETE FROM incident_counted WHERE incident_id = $1").value(id).run(conn).await?;
    if systems.is_empty() {
        return Ok(());
    }
    sql("INSERT INTO incident_counted (system_id, incident_id) VALUES ")
        .rows(systems, |row, system| row.bind(system).bind(id))
        .run(conn)
        .await
        .map(drop)
}

/// What the incidents cost that count some of what this one counts is counted anew.
pub(in crate::incidents) async fn unsettle_beside(conn: &mut AnyConnection, id: &IncidentId) -> Result<(), Fault> {
    sql("UPDATE incident_impacts SET settled = 0, computed_at = 0 WHERE also LIKE $1")
        .value(format!("%\"{id}\"%"))
        .run(conn)
        .await
        .map(drop)
}

/// The numbers of those of the incidents that lie within reach, by id as it is stored.
pub(in crate::incidents) async fn numbers(conn: &mut AnyConnection, reach: &Reach, ids: &[String]) -> Result<Vec<(String, i64)>, Fault> {
    sql("SELECT id, number FROM incidents WHERE merged_into IS NULL")
        .and_in("id", ids)
        .within("team_id", reach)
        .push(" ORDER BY number")
        .all(conn)
        .await
}
