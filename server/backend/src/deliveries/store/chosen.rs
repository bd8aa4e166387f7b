//! Channels that a route names, and what became of what they were told.

use std::collections::BTreeSet;

use domain::{
    Fault, Timestamp,
    alerts::Receipt,
    id::{ChannelId, TeamId},
};
use sqlx::AnyConnection;

use crate::db::{Sql, sql, stored};

#[derive(sqlx::FromRow)]
struct NamedRow {
    id: String,
    name: String,
}

fn that_are_there(texts: &[String]) -> Sql {
    sql("SELECT id, name FROM channels WHERE removed_at IS NULL AND user_id = '' AND page_id = '' AND (1 = 0 OR (1 = 1")
        .and_in("name", texts)
        .push(") OR (1 = 1")
        .and_in("id", texts)
        .push("))")
}

/// Channels that are called so, by name or id, in the order of their names.
pub(in crate::deliveries) async fn named(conn: &mut AnyConnection, texts: &[String]) -> Result<Vec<ChannelId>, Fault> {
    let rows: Vec<NamedRow> = that_are_there(texts).push(" ORDER BY name, id").all(conn).await?;
    rows.iter().map(|row| stored(&row.id)).collect()
}

/// The names of those of them that are on.
pub(in crate::deliveries) async fn names_on(conn: &mut AnyConnection, texts: &[String]) -> Result<Vec<String>, Fault> {
    let rows: Vec<NamedRow> = that_are_there(texts).push(" AND enabled = 1 ORDER BY name, id").all(conn).await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// Names of channels by their ids.
pub(in crate::deliveries) async fn names_of(conn: &mut AnyConnection, ids: &[ChannelId]) -> Result<Vec<String>, Fault> {
    let rows: Vec<NamedRow> =
        sql("SELECT id, name FROM channels WHERE 1 = 1").and_in("id", ids).push(" ORDER BY name, id").all(conn).await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

#[derive(sqlx::FromRow)]
struct ReceiptRow {
    id: String,
    key: String,
    channel: String,
    state: String,
    created_at: i64,
    delivered_at: Option<i64>,
    last_status: Option<i64>,
    last_error: String,
}

/// Receipts of an alert that are told, the newest.
const RECEIPTS: usize = 200;
/// Keys in one statement.
const TOGETHER: usize = 1_000;

/// What became of notices with these keys: the newest 200, the oldest of them first, and how many are older.
pub(in crate::deliveries) async fn receipts(conn: &mut AnyConnection, keys: &[String]) -> Result<(Vec<Receipt>, i64), Fault> {
    let keys: Vec<&String> = keys.iter().collect::<BTreeSet<_>>().into_iter().collect();
    let mut rows: Vec<ReceiptRow> = Vec::new();
    let mut older = 0;
    for chunk in keys.chunks(TOGETHER) {
        let all = sql("SELECT COUNT(*) FROM deliveries WHERE 1 = 1").and_in("key", chunk.iter().copied());
        let (found, more) = sql("SELECT d.id, d.key, CASE WHEN c.user_id = '' AND c.removed_at IS NULL THEN c.name ELSE c.label END AS channel, d.state, d.created_at, d.delivered_at, d.last_status, d.last_error \
             FROM deliveries d JOIN channels c ON c.id = d.channel_id WHERE 1 = 1")
        .and_in("d.key", chunk.iter().copied())
        .push(" ORDER BY d.created_at DESC, d.id DESC")
        .up_to::<ReceiptRow>(RECEIPTS, all, conn)
        .await?;
        older += more;
        rows.extend(found);
    }
    rows.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
    let newest = rows.split_off(rows.len().saturating_sub(RECEIPTS));
    older += i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let read = |row: ReceiptRow| {
        Ok(Receipt {
            id: stored(&row.id)?,
            key: row.key,
            channel: row.channel,
            state: stored(&row.state)?,
            delivered_at: row.delivered_at.map(Timestamp),
            last_status: row.last_status,
            last_error: row.last_error,
        })
    };
    Ok((newest.into_iter().map(read).collect::<Result<_, Fault>>()?, older))
}

/// Names of the channels that hear alerts of the team.
pub(in crate::deliveries) async fn names_listening(conn: &mut AnyConnection, team: &TeamId) -> Result<Vec<String>, Fault> {
    let ids = super::channels::listening(conn, team, domain::deliveries::Notify::AlertFiring).await?;
    names_of(conn, &ids).await
}
