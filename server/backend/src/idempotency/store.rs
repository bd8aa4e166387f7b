//! Table `idempotency`; status 0 marks a claim without an answer yet.

use domain::{Fault, Timestamp};
use sqlx::AnyConnection;

use crate::db::sql;

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub(super) fingerprint: String,
    pub(super) status: i64,
    pub(super) body: String,
    pub(super) created_at: i64,
}

pub(super) async fn forget(conn: &mut AnyConnection, before: Timestamp) -> Result<(), Fault> {
    sql("DELETE FROM idempotency WHERE created_at < $1").value(before).run(conn).await?;
    Ok(())
}

pub(super) async fn insert(conn: &mut AnyConnection, actor: &str, key: &str, fingerprint: &str, now: Timestamp) -> Result<bool, Fault> {
    let rows = sql("INSERT INTO idempotency (actor, key, fingerprint, status, body, created_at) VALUES ($1, $2, $3, 0, '', $4) \
         ON CONFLICT (actor, key) DO NOTHING")
    .value(actor)
    .value(key)
    .value(fingerprint)
    .value(now)
    .run(conn)
    .await?;
    Ok(rows == 1)
}

pub(super) async fn find(conn: &mut AnyConnection, actor: &str, key: &str) -> Result<Option<Row>, Fault> {
    sql("SELECT fingerprint, status, body, created_at FROM idempotency WHERE actor = $1 AND key = $2")
        .value(actor)
        .value(key)
        .first(conn)
        .await
}

pub(super) async fn answer(conn: &mut AnyConnection, actor: &str, key: &str, status: u16, body: &str) -> Result<(), Fault> {
    sql("UPDATE idempotency SET status = $1, body = $2 WHERE actor = $3 AND key = $4 AND status = 0")
        .value(status)
        .value(body)
        .value(actor)
        .value(key)
        .run(conn)
        .await?;
    Ok(())
}

pub(super) async fn release(conn: &mut AnyConnection, actor: &str, key: &str) -> Result<(), Fault> {
    sql("DELETE FROM idempotency WHERE actor = $1 AND key = $2 AND status = 0").value(actor).value(key).run(conn).await?;
    Ok(())
}
