//! Table `incident_systems`.

use domain::Fault;
use sqlx::AnyConnection;

use crate::db::sql;

/// A system of an incident.
#[derive(sqlx::FromRow)]
pub(in crate::incidents) struct SystemRow {
    pub(in crate::incidents) incident_id: String,
    pub(in crate::incidents) system_id: String,
}

/// The systems of these incidents, the first of each first.
pub(in crate::incidents) async fn systems_of(conn: &mut AnyConnection, ids: &[&str]) -> Result<Vec<SystemRow>, Fault> {
    sql("SELECT incident_id, system_id FROM incident_systems WHERE 1 = 1")
        .and_in("incident_id", ids.iter().copied())
        .push(" ORDER BY incident_id, place")
        .all(conn)
        .await
}
