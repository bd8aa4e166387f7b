//! Table `monitor_recurring`.

use domain::{Fault, Timestamp, alerts::Recurrence, id::MonitorId, monitors::Recurring};
use sqlx::AnyConnection;

use super::write_json;
use crate::db::{sql, stored};

#[derive(sqlx::FromRow)]
struct Row {
    monitor_id: String,
    rule: String,
    next_at: Option<i64>,
}

/// The maintenance of a monitor that comes again, if there is one that reads.
pub(in crate::monitors) async fn get(conn: &mut AnyConnection, id: &MonitorId) -> Result<Option<Recurring>, Fault> {
    let row: Option<Row> =
        sql("SELECT monitor_id, rule, next_at FROM monitor_recurring WHERE monitor_id = $1").value(id).first(conn).await?;
    Ok(row.and_then(|row| Some(Recurring { rule: serde_json::from_str(&row.rule).ok()?, next_at: row.next_at.map(Timestamp) })))
}

/// Writes it in place of what was there; `None` takes it away.
pub(in crate::monitors) async fn put(conn: &mut AnyConnection, id: &MonitorId, recurring: Option<&Recurring>) -> Result<(), Fault> {
    let Some(Recurring { rule, next_at }) = recurring else {
        return sql("DELETE FROM monitor_recurring WHERE monitor_id = $1").value(id).run(conn).await.map(drop);
    };
    sql("INSERT INTO monitor_recurring (monitor_id, rule, next_at) VALUES ($1, $2, $3) \
         ON CONFLICT (monitor_id) DO UPDATE SET rule = excluded.rule, next_at = excluded.next_at")
    .value(id)
    .value(write_json(rule)?)
    .value(*next_at)
    .run(conn)
    .await
    .map(drop)
}

/// Those that are to begin, with their rules; `None` for a rule that does not read.
pub(in crate::monitors) async fn due(conn: &mut AnyConnection, now: Timestamp) -> Result<Vec<(MonitorId, Option<Recurrence>, i64)>, Fault> {
    let rows: Vec<Row> = sql("SELECT monitor_id, rule, next_at FROM monitor_recurring WHERE next_at <= $1 ORDER BY next_at LIMIT 500")
        .value(now)
        .all(conn)
        .await?;
    rows.into_iter()
        .map(|row| Ok((stored(&row.monitor_id)?, serde_json::from_str(&row.rule).ok(), row.next_at.unwrap_or_default())))
        .collect()
}

/// Says when it begins next; `false` where somebody has written another meanwhile.
pub(in crate::monitors) async fn move_on(
    conn: &mut AnyConnection,
    id: &MonitorId,
    from: i64,
    next: Option<Timestamp>,
) -> Result<bool, Fault> {
    let moved = sql("UPDATE monitor_recurring SET next_at = $1 WHERE monitor_id = $2 AND next_at = $3").value(next).value(id).value(from);
    Ok(moved.run(conn).await? == 1)
}

/// Under maintenance at least until then.
pub(in crate::monitors) async fn extend(conn: &mut AnyConnection, id: &MonitorId, until: Timestamp) -> Result<bool, Fault> {
    let extended =
        sql("UPDATE monitors SET maintenance_until = $1 WHERE id = $2 AND maintenance_until < $3").value(until).value(id).value(until);
    Ok(extended.run(conn).await? == 1)
}
