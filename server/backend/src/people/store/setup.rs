//! Table `setup_links`.

use domain::{Fault, Timestamp};
use sqlx::AnyConnection;

use crate::db::sql;

/// Makes this link the only one that opens.
pub(crate) async fn replace(conn: &mut AnyConnection, hash: &str, now: Timestamp, expires: Timestamp) -> Result<(), Fault> {
    sql("DELETE FROM setup_links WHERE used_at IS NULL").run(conn).await?;
    sql("INSERT INTO setup_links (hash, created_at, expires_at) VALUES ($1, $2, $3)")
        .value(hash)
        .value(now)
        .value(expires)
        .run(conn)
        .await?;
    Ok(())
}

pub(crate) async fn opens(conn: &mut AnyConnection, hash: &str, now: Timestamp) -> Result<bool, Fault> {
    let count = sql("SELECT COUNT(*) FROM setup_links WHERE hash = $1 AND used_at IS NULL AND expires_at > $2");
    Ok(count.value(hash).value(now).count(conn).await? == 1)
}

/// Uses the link up; whether it opened.
pub(crate) async fn take(conn: &mut AnyConnection, hash: &str, now: Timestamp) -> Result<bool, Fault> {
    let taken = sql("UPDATE setup_links SET used_at = $1 WHERE hash = $2 AND used_at IS NULL AND expires_at > $1");
    Ok(taken.value(now).value(hash).run(conn).await? == 1)
}
