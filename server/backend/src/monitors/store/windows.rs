//! Table `monitor_windows`.

use domain::{
    Fault, Timestamp,
    id::{ChangeId, MonitorId, SystemId},
};
use sqlx::AnyConnection;

use crate::db::{sql, stored};

/// Maintenance of a monitor that a change brought.
pub(in crate::monitors) struct Kept {
    pub(in crate::monitors) monitor: MonitorId,
    /// Until when at most.
    pub(in crate::monitors) until: Timestamp,
    /// Until when it would be under maintenance without it; 0 for not at all.
    pub(in crate::monitors) prior: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    monitor_id: String,
    until: i64,
    prior: i64,
}

impl Row {
    fn read(self) -> Result<Kept, Fault> {
        Ok(Kept { monitor: stored(&self.monitor_id)?, until: Timestamp(self.until), prior: Timestamp(self.prior) })
    }
}

#[derive(sqlx::FromRow)]
struct Present {
    id: String,
    maintenance_until: i64,
}

/// Monitors of these systems that do not say that something is wrong, each with the end of its maintenance; 0 for none.
pub(in crate::monitors) async fn calm_of(conn: &mut AnyConnection, systems: &[SystemId]) -> Result<Vec<(MonitorId, Timestamp)>, Fault> {
    let rows: Vec<Present> =
        sql("SELECT m.id, m.maintenance_until FROM monitors m JOIN monitor_standings s ON s.monitor_id = m.id WHERE s.told <> 'holds'")
            .and_in("m.system_id", systems)
            .push(" ORDER BY m.id")
            .all(conn)
            .await?;
    rows.into_iter().map(|row| Ok((stored(&row.id)?, Timestamp(row.maintenance_until)))).collect()
}

/// The end of the maintenance of a monitor, 0 for none; `None` where there is no such monitor any more.
pub(in crate::monitors) async fn until(conn: &mut AnyConnection, id: &MonitorId) -> Result<Option<Timestamp>, Fault> {
    let row: Option<Present> = sql("SELECT id, maintenance_until FROM monitors WHERE id = $1").value(id).first(conn).await?;
    Ok(row.map(|row| Timestamp(row.maintenance_until)))
}

pub(in crate::monitors) async fn set_until(conn: &mut AnyConnection, id: &MonitorId, until: Timestamp) -> Result<(), Fault> {
    sql("UPDATE monitors SET maintenance_until = $1 WHERE id = $2").value(until).value(id).run(conn).await.map(drop)
}

/// What changes brought for a monitor.
pub(in crate::monitors) async fn windows_of(conn: &mut AnyConnection, monitor: &MonitorId) -> Result<Vec<Kept>, Fault> {
    let rows: Vec<Row> = sql("SELECT monitor_id, until, prior FROM monitor_windows WHERE monitor_id = $1").value(monitor).all(conn).await?;
    rows.into_iter().map(Row::read).collect()
}

/// Keeps what a change brings for a monitor; more of the same change takes the place of what it brought before.
pub(in crate::monitors) async fn add(
    conn: &mut AnyConnection,
    (change, monitor): (&ChangeId, &MonitorId),
    until: Timestamp,
    prior: Timestamp,
) -> Result<(), Fault> {
    sql("INSERT INTO monitor_windows (change_id, monitor_id, until, prior) VALUES ($1, $2, $3, $4) ON CONFLICT (change_id, monitor_id) \
         DO UPDATE SET until = excluded.until, prior = excluded.prior")
    .value(change)
    .value(monitor)
    .value(until)
    .value(prior)
    .run(conn)
    .await
    .map(drop)
}

/// Takes away what a change brought, and gives it.
pub(in crate::monitors) async fn take_windows(conn: &mut AnyConnection, change: &ChangeId) -> Result<Vec<Kept>, Fault> {
    let rows: Vec<Row> = sql("SELECT monitor_id, until, prior FROM monitor_windows WHERE change_id = $1 ORDER BY monitor_id")
        .value(change)
        .all(conn)
        .await?;
    sql("DELETE FROM monitor_windows WHERE change_id = $1").value(change).run(conn).await?;
    rows.into_iter().map(Row::read).collect()
}
