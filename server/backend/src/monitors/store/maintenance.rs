//! Until when monitors are under maintenance, in the table `monitors`.

use std::collections::HashMap;

use domain::{
    Fault, Timestamp,
    id::{MonitorId, SystemId},
};
use sqlx::AnyConnection;

use crate::db::sql;

#[derive(sqlx::FromRow)]
struct NamedRow {
    id: String,
    name: String,
}

/// Monitors that are under maintenance, by id as it is stored, with their names.
pub(in crate::monitors) async fn maintained(conn: &mut AnyConnection, now: Timestamp) -> Result<HashMap<String, String>, Fault> {
    let rows: Vec<NamedRow> = sql("SELECT id, name FROM monitors WHERE maintenance_until > $1").value(now).all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// The monitors of a system that have a name, by id as it is stored.
pub(in crate::monitors) async fn named(conn: &mut AnyConnection, system: &SystemId, name: &str) -> Result<Vec<String>, Fault> {
    sql("SELECT id FROM monitors WHERE system_id = $1 AND name = $2 ORDER BY id").value(system).value(name).texts(conn).await
}

/// How many maintenances are over but not yet taken off.
pub(in crate::monitors) async fn maintenances_over(conn: &mut AnyConnection, now: Timestamp) -> Result<i64, Fault> {
    sql("SELECT COUNT(*) FROM monitors WHERE maintenance_until > 0 AND maintenance_until <= $1").value(now).count(conn).await
}

/// Takes those off; gives how many there were.
pub(in crate::monitors) async fn end_maintenances(conn: &mut AnyConnection, now: Timestamp) -> Result<u64, Fault> {
    sql("UPDATE monitors SET maintenance_until = 0 WHERE maintenance_until > 0 AND maintenance_until <= $1").value(now).run(conn).await
}

/// Sets until when it tells nobody; false where the monitor is no more.
pub(in crate::monitors) async fn set_maintenance(
    conn: &mut AnyConnection,
    id: &MonitorId,
    until: Option<Timestamp>,
) -> Result<bool, Fault> {
    let until = until.map_or(0, |until| until.0);
    Ok(sql("UPDATE monitors SET maintenance_until = $1 WHERE id = $2").value(until).value(id).run(conn).await? == 1)
}
