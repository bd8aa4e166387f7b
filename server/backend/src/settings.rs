//! Settings that set-up and administrators chose, by name; secrets among them are sealed.
//!
//! `tools.enabled` (`1` or `0`), `setup.done` (`1`), `session.key` (sealed).

use domain::{Fault, Timestamp};
use sqlx::AnyConnection;

use crate::db::sql;

/// The value of a setting, if it was ever set.
pub async fn read(conn: &mut AnyConnection, name: &str) -> Result<Option<String>, Fault> {
    Ok(sql("SELECT value FROM settings WHERE name = $1").value(name).texts(conn).await?.pop())
}

/// Sets a setting. The caller's act writes the audit row.
pub async fn write(conn: &mut AnyConnection, name: &str, value: &str, now: Timestamp) -> Result<(), Fault> {
    sql("INSERT INTO settings (name, value, updated_at) VALUES ($1, $2, $3) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at")
    .value(name)
    .value(value)
    .value(now)
    .run(conn)
    .await?;
    Ok(())
}

/// Sets a setting that was not set yet; whichever process is first wins.
pub async fn write_first(conn: &mut AnyConnection, name: &str, value: &str, now: Timestamp) -> Result<(), Fault> {
    sql("INSERT INTO settings (name, value, updated_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING")
        .value(name)
        .value(value)
        .value(now)
        .run(conn)
        .await?;
    Ok(())
}
