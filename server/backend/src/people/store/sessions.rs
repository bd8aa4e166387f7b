//! Tables `sessions` and `login_tries`.

use domain::{
    Fault, Timestamp,
    id::{SessionId, UserId},
    people::{LOCK_MS, Session},
};
use sqlx::AnyConnection;

use super::users::AccountRow;
use crate::db::{sql, stored};

pub(crate) struct New<'a> {
    pub(crate) id: &'a SessionId,
    pub(crate) user: &'a UserId,
    pub(crate) epoch: i64,
    pub(crate) now: Timestamp,
    pub(crate) expires: Timestamp,
    pub(crate) address: &'a str,
    pub(crate) agent: &'a str,
}

pub(crate) async fn insert(conn: &mut AnyConnection, new: New<'_>) -> Result<(), Fault> {
    sql("INSERT INTO sessions (id, user_id, epoch, created_at, seen_at, expires_at, address, agent) VALUES ")
        .rows([new], |r, n| r.bind(n.id).bind(n.user).bind(n.epoch).bind(n.now).bind(n.now).bind(n.expires).bind(n.address).bind(n.agent))
        .run(conn)
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
pub(crate) struct OpenRow {
    pub(crate) seen_at: i64,
    #[sqlx(flatten)]
    pub(crate) account: AccountRow,
}

/// The session if it stands: not revoked, not over, its user not disabled, of the user's present epoch.
pub(crate) async fn open(conn: &mut AnyConnection, id: &SessionId, user: &UserId, now: Timestamp) -> Result<Option<OpenRow>, Fault> {
    sql("SELECT s.seen_at, u.id, u.login, u.name, u.password_hash, u.disabled, u.epoch, u.password_due, u.language, u.zone, u.theme, \
         u.keyboard FROM sessions s JOIN users u ON u.id = s.user_id \
         WHERE s.id = $1 AND s.user_id = $2 AND s.revoked_at IS NULL AND s.expires_at > $3 AND u.disabled = 0 AND s.epoch = u.epoch")
    .value(id)
    .value(user)
    .value(now)
    .first(conn)
    .await
}

pub(crate) async fn touch(conn: &mut AnyConnection, id: &SessionId, now: Timestamp) -> Result<(), Fault> {
    sql("UPDATE sessions SET seen_at = $1 WHERE id = $2 AND seen_at < $1").value(now).value(id).run(conn).await?;
    Ok(())
}

/// Ends a session of the user; whether there was one.
pub(crate) async fn revoke(conn: &mut AnyConnection, user: &UserId, id: &SessionId, now: Timestamp) -> Result<bool, Fault> {
    let changed = sql("UPDATE sessions SET revoked_at = $1 WHERE id = $2 AND user_id = $3 AND revoked_at IS NULL")
        .value(now)
        .value(id)
        .value(user)
        .run(conn)
        .await?;
    Ok(changed == 1)
}

/// Lets one session live on in the user's new epoch.
pub(crate) async fn carry_over(conn: &mut AnyConnection, user: &UserId, id: &SessionId) -> Result<(), Fault> {
    sql("UPDATE sessions SET epoch = (SELECT epoch FROM users WHERE id = $1) WHERE id = $2 AND user_id = $1")
        .value(user)
        .value(id)
        .run(conn)
        .await?;
    Ok(())
}

/// Forgets sessions that ended more than thirty days ago.
pub(crate) async fn prune(conn: &mut AnyConnection, before: Timestamp) -> Result<(), Fault> {
    sql("DELETE FROM sessions WHERE expires_at < $1").value(before).run(conn).await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    id: String,
    created_at: i64,
    seen_at: i64,
    expires_at: i64,
    address: String,
    agent: String,
}

pub(crate) async fn list(conn: &mut AnyConnection, user: &UserId, now: Timestamp) -> Result<Vec<Session>, Fault> {
    let rows: Vec<SessionRow> = sql("SELECT s.id, s.created_at, s.seen_at, s.expires_at, s.address, s.agent \
         FROM sessions s JOIN users u ON u.id = s.user_id \
         WHERE s.user_id = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 AND s.epoch = u.epoch ORDER BY s.created_at DESC, s.id DESC")
    .value(user)
    .value(now)
    .all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            Ok(Session {
                id: stored(&r.id)?,
                created_at: Timestamp(r.created_at),
                seen_at: Timestamp(r.seen_at),
                expires_at: Timestamp(r.expires_at),
                address: r.address,
                agent: r.agent,
            })
        })
        .collect()
}

/// The wrong passwords of a login that are not forgotten yet: from one address, and from all.
#[derive(sqlx::FromRow)]
pub(crate) struct Tries {
    pub(crate) here: i64,
    pub(crate) here_at: i64,
    pub(crate) everywhere: i64,
    pub(crate) everywhere_at: i64,
}

pub(crate) async fn tries(conn: &mut AnyConnection, login: &str, peer: &str, now: Timestamp) -> Result<Tries, Fault> {
    let found: Option<Tries> = sql("SELECT CAST(COALESCE(SUM(CASE WHEN peer = $2 THEN failures ELSE 0 END), 0) AS BIGINT) AS here, \
         CAST(COALESCE(MAX(CASE WHEN peer = $2 THEN last_at ELSE 0 END), 0) AS BIGINT) AS here_at, \
         CAST(COALESCE(SUM(failures), 0) AS BIGINT) AS everywhere, CAST(COALESCE(MAX(last_at), 0) AS BIGINT) AS everywhere_at \
         FROM login_tries WHERE login = $1 AND last_at > $3")
    .value(login)
    .value(peer)
    .value(now.plus(-LOCK_MS))
    .first(conn)
    .await?;
    found.ok_or(Fault::Internal)
}

/// Counts one try.
pub(crate) async fn count_try(conn: &mut AnyConnection, login: &str, peer: &str, now: Timestamp) -> Result<(), Fault> {
    sql("DELETE FROM login_tries WHERE last_at <= $1").value(now.plus(-LOCK_MS)).run(conn).await?;
    sql("INSERT INTO login_tries (login, peer, failures, last_at) VALUES ($1, $2, 1, $3) \
         ON CONFLICT (login, peer) DO UPDATE SET failures = login_tries.failures + 1, last_at = excluded.last_at")
    .value(login)
    .value(peer)
    .value(now)
    .run(conn)
    .await?;
    Ok(())
}

/// Takes one try back: it came to no verdict.
pub(crate) async fn give_back(conn: &mut AnyConnection, login: &str, peer: &str) -> Result<(), Fault> {
    sql("UPDATE login_tries SET failures = failures - 1 WHERE login = $1 AND peer = $2 AND failures > 0")
        .value(login)
        .value(peer)
        .run(conn)
        .await?;
    Ok(())
}

/// Forgets the wrong passwords of a login from one address: its owner entered from there.
pub(crate) async fn forget_tries(conn: &mut AnyConnection, login: &str, peer: &str) -> Result<(), Fault> {
    sql("DELETE FROM login_tries WHERE login = $1 AND peer = $2").value(login).value(peer).run(conn).await?;
    Ok(())
}

/// Forgets the wrong passwords of a login from everywhere; whether there were any.
pub(crate) async fn forget_failures(conn: &mut AnyConnection, login: &str) -> Result<bool, Fault> {
    Ok(sql("DELETE FROM login_tries WHERE login = $1").value(login).run(conn).await? > 0)
}
