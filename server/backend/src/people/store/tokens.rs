//! Table `tokens`.

use domain::{
    Fault, PermissionSet, Timestamp,
    id::{TokenId, UserId},
    people::{Token, UserBrief},
};
use sqlx::AnyConnection;

use super::users::AccountRow;
use crate::db::{sql, stored};

pub(crate) struct New<'a> {
    pub(crate) id: &'a TokenId,
    pub(crate) user: &'a UserId,
    pub(crate) name: &'a str,
    pub(crate) hash: &'a str,
    pub(crate) permissions: PermissionSet,
    pub(crate) now: Timestamp,
    pub(crate) expires: Timestamp,
}

pub(crate) async fn insert(conn: &mut AnyConnection, new: New<'_>) -> Result<(), Fault> {
    sql("INSERT INTO tokens (id, user_id, name, hash, permissions, created_at, expires_at) VALUES ")
        .rows([new], |r, n| r.bind(n.id).bind(n.user).bind(n.name).bind(n.hash).bind(n.permissions.to_names()).bind(n.now).bind(n.expires))
        .run(conn)
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
pub(crate) struct OpenRow {
    pub(crate) token_name: String,
    pub(crate) hash: String,
    pub(crate) permissions: String,
    pub(crate) used_at: Option<i64>,
    #[sqlx(flatten)]
    pub(crate) account: AccountRow,
}

/// The token if it stands: not revoked, not over, its owner not disabled.
pub(crate) async fn open(conn: &mut AnyConnection, id: &TokenId, now: Timestamp) -> Result<Option<OpenRow>, Fault> {
    sql("SELECT t.name AS token_name, t.hash, t.permissions, t.used_at, u.id, u.login, u.name, u.password_hash, u.disabled, \
         u.epoch, u.password_due, u.language, u.zone, u.theme, u.keyboard FROM tokens t JOIN users u ON u.id = t.user_id \
         WHERE t.id = $1 AND t.revoked_at IS NULL AND t.expires_at > $2 AND u.disabled = 0")
    .value(id)
    .value(now)
    .first(conn)
    .await
}

pub(crate) async fn touch(conn: &mut AnyConnection, id: &TokenId, now: Timestamp) -> Result<(), Fault> {
    sql("UPDATE tokens SET used_at = $1 WHERE id = $2").value(now).value(id).run(conn).await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct TokenRow {
    id: String,
    user_id: String,
    login: String,
    user_name: String,
    name: String,
    permissions: String,
    created_at: i64,
    expires_at: i64,
    used_at: Option<i64>,
    revoked_at: Option<i64>,
}

/// The tokens of one user, or of all, newest first; at most 1,000.
pub(crate) async fn list(conn: &mut AnyConnection, owner: Option<&UserId>) -> Result<Vec<Token>, Fault> {
    let mut query =
        sql("SELECT t.id, t.user_id, u.login, u.name AS user_name, t.name, t.permissions, t.created_at, t.expires_at, t.used_at, \
         t.revoked_at FROM tokens t JOIN users u ON u.id = t.user_id WHERE 1 = 1");
    if let Some(owner) = owner {
        query = query.push(" AND t.user_id = ").bind(owner);
    }
    let rows: Vec<TokenRow> = query.push(" ORDER BY t.created_at DESC, t.id DESC LIMIT 1000").all(conn).await?;
    rows.into_iter()
        .map(|r| {
            Ok(Token {
                id: stored(&r.id)?,
                owner: UserBrief { id: stored(&r.user_id)?, login: r.login, name: r.user_name },
                name: r.name,
                permissions: PermissionSet::from_names(&r.permissions),
                created_at: Timestamp(r.created_at),
                expires_at: Timestamp(r.expires_at),
                used_at: r.used_at.map(Timestamp),
                revoked_at: r.revoked_at.map(Timestamp),
            })
        })
        .collect()
}

#[derive(sqlx::FromRow)]
pub(crate) struct OwnerRow {
    pub(crate) user_id: String,
    pub(crate) name: String,
}

pub(crate) async fn owner(conn: &mut AnyConnection, id: &TokenId) -> Result<Option<OwnerRow>, Fault> {
    sql("SELECT user_id, name FROM tokens WHERE id = $1").value(id).first(conn).await
}

/// Whether that changed anything.
pub(crate) async fn revoke(conn: &mut AnyConnection, id: &TokenId, now: Timestamp) -> Result<bool, Fault> {
    Ok(sql("UPDATE tokens SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL").value(now).value(id).run(conn).await? == 1)
}

/// Forgets tokens that ended before.
pub(crate) async fn forget(conn: &mut AnyConnection, before: Timestamp, limit: u32) -> Result<u64, Fault> {
    sql("DELETE FROM tokens WHERE id IN (SELECT id FROM tokens WHERE COALESCE(revoked_at, expires_at) < $1 LIMIT ")
        .value(before)
        .bind(limit)
        .push(")")
        .run(conn)
        .await
}
