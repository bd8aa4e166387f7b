//! Table `leases`. Asked on Postgres only, by whose clock all replicas go.

use std::time::Duration;

use domain::Fault;
use sqlx::AnyConnection;

use crate::db::sql;

/// Takes a lease that is free, over, or one's own already; gives its token, or `None` where another holds it.
pub(super) async fn take(conn: &mut AnyConnection, name: &str, holder: &str, term: Duration) -> Result<Option<i64>, Fault> {
    let term = i64::try_from(term.as_millis()).map_err(|_| Fault::Internal)?;
    let token: Option<(i64,)> = sql("INSERT INTO leases (name, holder, token, expires_at) \
         VALUES ($1, $2, 1, CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) + $3) \
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at, \
         token = CASE WHEN leases.holder = excluded.holder THEN leases.token ELSE leases.token + 1 END \
         WHERE leases.holder = excluded.holder OR leases.expires_at < CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) \
         RETURNING token")
    .value(name)
    .value(holder)
    .value(term)
    .first(conn)
    .await?;
    Ok(token.map(|(token,)| token))
}

/// Whether the lease is still held under this token; locks it against being taken until the transaction is over.
pub(super) async fn is_held(conn: &mut AnyConnection, name: &str, holder: &str, token: i64) -> Result<bool, Fault> {
    let held: Option<(i64,)> = sql("SELECT token FROM leases WHERE name = $1 AND holder = $2 AND token = $3 FOR SHARE")
        .value(name)
        .value(holder)
        .value(token)
        .first(conn)
        .await?;
    Ok(held.is_some())
}

/// Lets a lease go; the token stays, so that the next one is larger.
pub(super) async fn release(conn: &mut AnyConnection, name: &str, holder: &str, token: i64) -> Result<(), Fault> {
    sql("UPDATE leases SET holder = '', expires_at = 0 WHERE name = $1 AND holder = $2 AND token = $3")
        .value(name)
        .value(holder)
        .value(token)
        .run(conn)
        .await
        .map(drop)
}

/// Tells every replica that listens on the channel `evenkeel`.
pub(super) async fn notify(conn: &mut AnyConnection, payload: &str) -> Result<(), Fault> {
    sql("SELECT CAST(pg_notify('evenkeel', $1) AS TEXT)").value(payload).run(conn).await.map(drop)
}
