//! Table `channels`: the subscribers of status pages. Their names hold a place only, their addresses are sealed; what is shown of one
//! is the title of the page.

use domain::{
    Fault, Timestamp,
    deliveries::{Kind, Manner},
    id::{ChannelId, StatusPageId, UserId},
    status::Subscribers,
};
use sqlx::AnyConnection;

use super::channels::write_json;
use crate::db::{Sql, sql, stored};

/// One subscriber.
pub(in crate::deliveries) struct Subscriber {
    pub(in crate::deliveries) id: ChannelId,
    pub(in crate::deliveries) page: StatusPageId,
    /// On whose right to read the page it hangs.
    pub(in crate::deliveries) reader: Option<UserId>,
    pub(in crate::deliveries) kind: Kind,
    pub(in crate::deliveries) sealed: String,
    pub(in crate::deliveries) verified: bool,
    pub(in crate::deliveries) removed: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    page_id: String,
    reader_id: String,
    kind: String,
    secret: String,
    verified_at: Option<i64>,
    removed_at: Option<i64>,
}

impl Row {
    fn read(self) -> Result<Subscriber, Fault> {
        Ok(Subscriber {
            id: stored(&self.id)?,
            page: stored(&self.page_id)?,
            reader: if self.reader_id.is_empty() { None } else { Some(stored(&self.reader_id)?) },
            kind: stored(&self.kind)?,
            sealed: self.secret,
            verified: self.verified_at.is_some(),
            removed: self.removed_at.is_some(),
        })
    }
}

fn select() -> Sql {
    sql("SELECT id, page_id, reader_id, kind, secret, verified_at, removed_at FROM channels WHERE page_id <> ''")
}

/// One by its id, also one that was removed and is not forgotten yet.
pub(in crate::deliveries) async fn get(conn: &mut AnyConnection, id: &ChannelId) -> Result<Subscriber, Fault> {
    let row: Option<Row> = select().push(" AND id = ").bind(id).first(conn).await?;
    row.ok_or(Fault::NotFound("subscription"))?.read()
}

/// Those of a page under one of these hashes of their address: one of nobody's, and one for each reader.
pub(in crate::deliveries) async fn find(
    conn: &mut AnyConnection,
    page: &StatusPageId,
    hashes: &[String],
) -> Result<Vec<Subscriber>, Fault> {
    let query = select().push(" AND removed_at IS NULL AND page_id = ").bind(page).and_in("address", hashes);
    query.all::<Row>(conn).await?.into_iter().map(Row::read).collect()
}

/// What is written of a new one.
pub(in crate::deliveries) struct Written<'a> {
    pub(in crate::deliveries) page: &'a StatusPageId,
    pub(in crate::deliveries) reader: Option<&'a UserId>,
    pub(in crate::deliveries) label: &'a str,
    pub(in crate::deliveries) kind: Kind,
    pub(in crate::deliveries) manner: &'a Manner,
    pub(in crate::deliveries) sealed: &'a str,
    pub(in crate::deliveries) hash: &'a str,
}

pub(in crate::deliveries) async fn insert(
    conn: &mut AnyConnection,
    id: &ChannelId,
    new: &Written<'_>,
    now: Timestamp,
) -> Result<(), Fault> {
    sql("INSERT INTO channels (id, name, label, kind, target, config, manner, secret, team_id, events, enabled, page_id, reader_id, address, \
         created_at, updated_at) VALUES ($1, $2, $3, $4, '', '{}', $5, $6, '-', '', 1, $7, $8, $9, $10, $11)")
    .value(id)
    .value(id)
    .value(new.label)
    .value(new.kind.name())
    .value(write_json(new.manner)?)
    .value(new.sealed)
    .value(new.page)
    .value(new.reader.map_or("", UserId::as_str))
    .value(new.hash)
    .value(now)
    .value(now)
    .run(conn)
    .await
    .map(drop)
}

/// The subscription begins; `false` where it had, or is over.
pub(in crate::deliveries) async fn confirm(conn: &mut AnyConnection, id: &ChannelId, now: Timestamp) -> Result<bool, Fault> {
    let changed =
        sql("UPDATE channels SET verified_at = $1, updated_at = $2 WHERE id = $3 AND page_id <> '' AND verified_at IS NULL AND removed_at IS NULL")
            .value(now)
            .value(now)
            .value(id)
            .run(conn)
            .await?;
    Ok(changed == 1)
}

/// Removes all subscribers of a page.
pub(in crate::deliveries) async fn remove_all(conn: &mut AnyConnection, page: &StatusPageId, now: Timestamp) -> Result<u64, Fault> {
    sql("UPDATE channels SET removed_at = $1, enabled = 0, secret = '' WHERE page_id <> '' AND page_id = $2 AND removed_at IS NULL")
        .value(now)
        .value(page)
        .run(conn)
        .await
}

/// Removes what was asked for before and never confirmed, at most `limit`.
pub(in crate::deliveries) async fn remove_unconfirmed(
    conn: &mut AnyConnection,
    before: Timestamp,
    now: Timestamp,
    limit: u32,
) -> Result<u64, Fault> {
    sql("UPDATE channels SET removed_at = $1, enabled = 0, secret = '' WHERE id IN (SELECT id FROM channels WHERE page_id <> '' \
         AND verified_at IS NULL AND removed_at IS NULL AND created_at < $2 LIMIT ")
    .value(now)
    .value(before)
    .bind(limit)
    .push(")")
    .run(conn)
    .await
}

/// Removes one whom nothing has reached since before; `false` where something did.
pub(in crate::deliveries) async fn remove_gone(
    conn: &mut AnyConnection,
    id: &str,
    before: Timestamp,
    now: Timestamp,
) -> Result<bool, Fault> {
    let changed =
        sql("UPDATE channels SET removed_at = $1, enabled = 0, secret = '' WHERE id = $2 AND page_id <> '' AND removed_at IS NULL \
         AND failing_since < $3")
        .value(now)
        .value(id)
        .value(before)
        .run(conn)
        .await?;
    Ok(changed == 1)
}

#[derive(sqlx::FromRow)]
struct Counted {
    kind: String,
    number: i64,
}

/// Leaves those of a page that are told: all of them, or only those that hang on a reader. An address that is told anyway is not told once
/// more because a reader gave it, too.
fn among_told(query: Sql, page: &StatusPageId, everybody: bool) -> Sql {
    let query = query
        .push(" FROM channels c WHERE c.page_id <> '' AND c.removed_at IS NULL AND c.verified_at IS NOT NULL AND c.page_id = ")
        .bind(page);
    if everybody {
        query.push(
            " AND (c.reader_id = '' OR NOT EXISTS (SELECT 1 FROM channels o WHERE o.page_id <> '' AND o.removed_at IS NULL AND o.page_id = c.page_id \
             AND o.address = c.address AND o.reader_id = '' AND o.verified_at IS NOT NULL))",
        )
    } else {
        query.push(" AND c.reader_id <> ''")
    }
}

/// How many of a page are told.
pub(in crate::deliveries) async fn count(conn: &mut AnyConnection, page: &StatusPageId, everybody: bool) -> Result<Subscribers, Fault> {
    let query = among_told(sql("SELECT c.kind, COUNT(*) AS number"), page, everybody).push(" GROUP BY c.kind");
    let rows: Vec<Counted> = query.all(conn).await?;
    let of = |kind: Kind| rows.iter().find(|row| row.kind == kind.name()).map_or(0, |row| row.number);
    Ok(Subscribers { email: of(Kind::Email), webhook: of(Kind::Webhook) })
}

/// How many of a page there are, confirmed or not.
pub(in crate::deliveries) async fn all(conn: &mut AnyConnection, page: &StatusPageId) -> Result<i64, Fault> {
    sql("SELECT COUNT(*) FROM channels WHERE page_id <> '' AND page_id = $1 AND removed_at IS NULL").value(page).count(conn).await
}

/// How many messages have asked these addresses to confirm since; all addresses where there are none.
pub(in crate::deliveries) async fn asked_since(conn: &mut AnyConnection, hashes: &[String], since: Timestamp) -> Result<i64, Fault> {
    let query = sql(
        "SELECT COUNT(*) FROM deliveries d JOIN channels c ON c.id = d.channel_id WHERE d.event = 'status.confirm' AND d.created_at > $1",
    )
    .value(since);
    if hashes.is_empty() { query.count(conn).await } else { query.and_in("c.address", hashes).count(conn).await }
}

/// Those of a page that are told.
pub(in crate::deliveries) async fn told(conn: &mut AnyConnection, page: &StatusPageId, everybody: bool) -> Result<Vec<ChannelId>, Fault> {
    let query = among_told(sql("SELECT c.id"), page, everybody).push(" ORDER BY c.id");
    query.texts(conn).await?.iter().map(|id| stored(id)).collect()
}

/// Those of these channels that are subscribers.
pub(in crate::deliveries) async fn of(conn: &mut AnyConnection, channels: &[&str]) -> Result<Vec<Subscriber>, Fault> {
    let query = select().and_in("id", channels.iter().copied());
    query.all::<Row>(conn).await?.into_iter().map(Row::read).collect()
}
