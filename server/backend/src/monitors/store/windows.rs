//! Table `monitor_windows`.

use domain::{
    Fault, Timestamp,
    id::{ChangeId, MonitorId, SystemId},
};
use sqlx::AnyConnection;

use crate::db::{sql, stored};

/// Rows of one statement.
const CHUNK: usize = 100;

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

#[derive(sqlx::FromRow)]
struct Taken {
    #[sqlx(flatten)]
    window: Row,
    maintenance_until: i64,
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

/// Monitors of these systems that do not say that something is wrong, or are kept quiet by maintenance while they do, each with the end
/// of its maintenance; 0 for none.
pub(in crate::monitors) async fn calm_of(
    conn: &mut AnyConnection,
    systems: &[SystemId],
    now: Timestamp,
) -> Result<Vec<(MonitorId, Timestamp)>, Fault> {
    let rows: Vec<Present> = sql("SELECT m.id, m.maintenance_until FROM monitors m JOIN monitor_standings s ON s.monitor_id = m.id \
         WHERE (s.told NOT IN ('holds', 'answers') OR m.maintenance_until > $1)")
    .value(now)
    .and_in("m.system_id", systems)
    .push(" ORDER BY m.id")
    .all(conn)
    .await?;
    rows.into_iter().map(|row| Ok((stored(&row.id)?, Timestamp(row.maintenance_until)))).collect()
}

/// What changes brought for these monitors.
pub(in crate::monitors) async fn windows_of(conn: &mut AnyConnection, monitors: &[&MonitorId]) -> Result<Vec<Kept>, Fault> {
    let rows: Vec<Row> = sql("SELECT monitor_id, until, prior FROM monitor_windows WHERE 1 = 1")
        .and_in("monitor_id", monitors.iter().copied())
        .all(conn)
        .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Keeps what a change brings for monitors until a moment, each with what there would be without it; more of the same change takes the
/// place of what it brought before.
pub(in crate::monitors) async fn add(
    conn: &mut AnyConnection,
    change: &ChangeId,
    until: Timestamp,
    monitors: &[(&MonitorId, Timestamp)],
) -> Result<(), Fault> {
    for chunk in monitors.chunks(CHUNK) {
        sql("INSERT INTO monitor_windows (change_id, monitor_id, until, prior) VALUES ")
            .rows(chunk, |row, (monitor, prior)| row.bind(change).bind(*monitor).bind(until).bind(*prior))
            .push(" ON CONFLICT (change_id, monitor_id) DO UPDATE SET until = excluded.until, prior = excluded.prior")
            .run(conn)
            .await?;
    }
    Ok(())
}

/// Takes away what a change brought, and gives it, of the monitors that are there, each with the end of its maintenance; 0 for none.
pub(in crate::monitors) async fn take_windows(conn: &mut AnyConnection, change: &ChangeId) -> Result<Vec<(Kept, Timestamp)>, Fault> {
    let rows: Vec<Taken> = sql("SELECT w.monitor_id, w.until, w.prior, m.maintenance_until FROM monitor_windows w \
         JOIN monitors m ON m.id = w.monitor_id WHERE w.change_id = $1 ORDER BY w.monitor_id")
    .value(change)
    .all(conn)
    .await?;
    sql("DELETE FROM monitor_windows WHERE change_id = $1").value(change).run(conn).await?;
    rows.into_iter().map(|row| Ok((row.window.read()?, Timestamp(row.maintenance_until)))).collect()
}
