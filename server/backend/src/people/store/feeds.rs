//! Table `person_feeds`, and the marks of persons in their addresses of calendars. `page_id` is '' where a feed tells the person's own shifts.

use domain::{
    Fault, Timestamp,
    id::{StatusPageId, UserId},
};
use sqlx::AnyConnection;

use crate::{
    db::{sql, stored},
    seal::Stowed,
};

fn of(page: Option<&StatusPageId>) -> &str {
    page.map_or("", StatusPageId::as_str)
}

/// The sealed secret of a feed, if there is one.
pub(crate) async fn sealed(conn: &mut AnyConnection, user: &UserId, page: Option<&StatusPageId>) -> Result<Option<String>, Fault> {
    let query = sql("SELECT sealed FROM person_feeds WHERE user_id = $1 AND page_id = $2").value(user).value(of(page));
    Ok(query.texts(conn).await?.pop())
}

/// When a feed got its secret; the beginning of time where there is none.
pub(crate) async fn made(conn: &mut AnyConnection, user: &UserId, page: Option<&StatusPageId>) -> Result<Timestamp, Fault> {
    let query = sql("SELECT updated_at FROM person_feeds WHERE user_id = $1 AND page_id = $2").value(user).value(of(page));
    query.count(conn).await.map(Timestamp)
}

pub(crate) async fn set(
    conn: &mut AnyConnection,
    user: &UserId,
    page: Option<&StatusPageId>,
    secret: &Stowed,
    now: Timestamp,
) -> Result<(), Fault> {
    sql("INSERT INTO person_feeds (user_id, page_id, secret, sealed, updated_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (user_id, page_id) DO UPDATE SET secret = excluded.secret, sealed = excluded.sealed, updated_at = excluded.updated_at")
    .value(user)
    .value(of(page))
    .value(&secret.hash)
    .value(&secret.sealed)
    .value(now)
    .run(conn)
    .await
    .map(drop)
}

/// `false` where there was none.
pub(crate) async fn remove(conn: &mut AnyConnection, user: &UserId, page: &StatusPageId) -> Result<bool, Fault> {
    Ok(sql("DELETE FROM person_feeds WHERE user_id = $1 AND page_id = $2").value(user).value(page).run(conn).await? == 1)
}

/// Removes everybody's feeds of a page.
pub(crate) async fn remove_all(conn: &mut AnyConnection, page: &StatusPageId) -> Result<(), Fault> {
    sql("DELETE FROM person_feeds WHERE page_id = $1").value(page).run(conn).await.map(drop)
}

#[derive(sqlx::FromRow)]
struct MarkRow {
    feeds_mark: String,
    feeds_marked_at: i64,
}

/// The mark of a person, and since when it is that; empty and the beginning of time where there is none.
pub(crate) async fn mark(conn: &mut AnyConnection, user: &UserId) -> Result<(String, Timestamp), Fault> {
    let row: Option<MarkRow> = sql("SELECT feeds_mark, feeds_marked_at FROM users WHERE id = $1").value(user).first(conn).await?;
    Ok(row.map_or((String::new(), Timestamp(0)), |row| (row.feeds_mark, Timestamp(row.feeds_marked_at))))
}

pub(crate) async fn set_mark(conn: &mut AnyConnection, user: &UserId, mark: &str, now: Timestamp) -> Result<(), Fault> {
    let query = sql("UPDATE users SET feeds_mark = $1, feeds_marked_at = $2 WHERE id = $3").value(mark).value(now).value(user);
    query.run(conn).await.map(drop)
}

#[derive(sqlx::FromRow)]
struct Row {
    user_id: String,
    page_id: String,
}

/// Whose feed has the secret with this hash, and of which page it is.
pub(crate) async fn by_hash(conn: &mut AnyConnection, hash: &str) -> Result<Option<(UserId, Option<StatusPageId>)>, Fault> {
    let row: Option<Row> = sql("SELECT user_id, page_id FROM person_feeds WHERE secret = $1").value(hash).first(conn).await?;
    let Some(row) = row else { return Ok(None) };
    let page = if row.page_id.is_empty() { None } else { Some(stored(&row.page_id)?) };
    Ok(Some((stored(&row.user_id)?, page)))
}
