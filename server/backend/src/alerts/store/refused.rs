//! Table `alert_refusals`: what was posted and refused.

use domain::{Fault, Timestamp, health::RefusedAlerts};
use sqlx::AnyConnection;

use crate::db::sql;

/// Notes that somebody posted so many alerts that were refused, and why.
pub(in crate::alerts) async fn refuse(
    conn: &mut AnyConnection,
    kind: &str,
    count: i64,
    (by, why): (&str, &str),
    now: Timestamp,
) -> Result<(), Fault> {
    sql("INSERT INTO alert_refusals (kind, refused, last_at, last_by, last_error) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (kind) DO UPDATE SET refused = alert_refusals.refused + excluded.refused, last_at = excluded.last_at, \
         last_by = excluded.last_by, last_error = excluded.last_error")
    .value(kind)
    .value(count)
    .value(now)
    .value(by)
    .value(why)
    .run(conn)
    .await
    .map(drop)
}

#[derive(sqlx::FromRow)]
struct Row {
    refused: i64,
    last_at: i64,
    last_by: String,
    last_error: String,
}

/// What was refused last; `None` where nothing ever was.
pub(in crate::alerts) async fn refused(conn: &mut AnyConnection) -> Result<Option<RefusedAlerts>, Fault> {
    let row: Option<Row> =
        sql("SELECT refused, last_at, last_by, last_error FROM alert_refusals ORDER BY last_at DESC, kind LIMIT 1").first(conn).await?;
    Ok(row.map(|row| RefusedAlerts { count: row.refused, at: Timestamp(row.last_at), by: row.last_by, why: row.last_error }))
}
