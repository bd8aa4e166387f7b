//! What somebody went past, and why.

use domain::{
    Fault, Timestamp,
    changes::Override,
    id::{ChangeId, EntryId, UserId},
};
use sqlx::AnyConnection;

use crate::db::sql;

#[derive(sqlx::FromRow)]
struct Row {
    kind: String,
    what: String,
    reason: String,
    by_name: String,
    at: i64,
}

pub(in crate::changes) async fn insert_override(
    conn: &mut AnyConnection,
    id: &EntryId,
    change: &ChangeId,
    (kind, what, reason): (&str, &str, &str),
    by: (&UserId, &str),
    at: Timestamp,
) -> Result<(), Fault> {
    sql("INSERT INTO change_overrides (id, change_id, kind, what, reason, by_id, by_name, at) VALUES ")
        .rows([()], |r, ()| r.bind(id).bind(change).bind(kind).bind(what).bind(reason).bind(by.0).bind(by.1).bind(at))
        .run(conn)
        .await
        .map(drop)
}

/// Those of a change, oldest first.
pub(in crate::changes) async fn overrides(conn: &mut AnyConnection, change: &ChangeId) -> Result<Vec<Override>, Fault> {
    let rows: Vec<Row> = sql("SELECT kind, what, reason, by_name, at FROM change_overrides WHERE change_id = $1 ORDER BY at, id")
        .value(change)
        .all(conn)
        .await?;
    let read = |row: Row| Override { kind: row.kind, what: row.what, reason: row.reason, by: row.by_name, at: Timestamp(row.at) };
    Ok(rows.into_iter().map(read).collect())
}
