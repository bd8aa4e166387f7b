//! Table `evidence_waivers`.

use domain::{
    Fault, Timestamp,
    changes::Waiver,
    evidence::EvidenceKind,
    id::{ChangeId, EntryId, UserId},
};
use sqlx::AnyConnection;

use crate::db::{sql, stored};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    kind: String,
    custom: String,
    reason: String,
    until: i64,
    asked_id: String,
    asked_name: String,
    asked_at: i64,
    agreed_name: String,
    agreed_at: Option<i64>,
}

/// What is done without, or is asked to be, for the present content of a change; the oldest first.
pub(in crate::changes) async fn waivers(conn: &mut AnyConnection, id: &ChangeId, version: i64) -> Result<Vec<Waiver>, Fault> {
    let rows: Vec<Row> =
        sql("SELECT id, kind, custom, reason, until, asked_id, asked_name, asked_at, agreed_name, agreed_at FROM evidence_waivers \
         WHERE change_id = $1 AND version = $2 ORDER BY asked_at, id")
        .value(id)
        .value(version)
        .all(conn)
        .await?;
    let read = |row: Row| {
        Ok(Waiver {
            id: stored(&row.id)?,
            kind: stored(&row.kind)?,
            custom: row.custom,
            reason: row.reason,
            until: Timestamp(row.until),
            asked_by: row.asked_name,
            asked_id: stored(&row.asked_id)?,
            asked_at: Timestamp(row.asked_at),
            agreed_by: row.agreed_name,
            agreed_at: row.agreed_at.map(Timestamp),
        })
    };
    rows.into_iter().map(read).collect()
}

/// Asks for it.
pub(in crate::changes) async fn ask_waiver(
    conn: &mut AnyConnection,
    id: &EntryId,
    (change, version): (&ChangeId, i64),
    ((kind, custom), reason, until): ((EvidenceKind, &str), &str, Timestamp),
    (user, name): (&UserId, &str),
    at: Timestamp,
) -> Result<(), Fault> {
    sql("INSERT INTO evidence_waivers (id, change_id, version, kind, custom, reason, until, asked_id, asked_name, asked_at) VALUES ")
        .rows([()], |r, ()| {
            let r = r.bind(id).bind(change).bind(version).bind(kind.name()).bind(custom).bind(reason);
            r.bind(until).bind(user).bind(name).bind(at)
        })
        .run(conn)
        .await
        .map(drop)
}

/// Agrees, as somebody else than who asked; 0 where it is agreed to, or over, or the same person asks.
pub(in crate::changes) async fn agree_waiver(
    conn: &mut AnyConnection,
    (id, change, version): (&EntryId, &ChangeId, i64),
    (user, name): (&UserId, &str),
    at: Timestamp,
) -> Result<u64, Fault> {
    sql("UPDATE evidence_waivers SET agreed_id = $1, agreed_name = $2, agreed_at = $3 WHERE id = $4 AND change_id = $5 AND version = $6 \
         AND agreed_at IS NULL AND until > $7 AND asked_id <> $8")
    .value(user)
    .value(name)
    .value(at)
    .value(id)
    .value(change)
    .value(version)
    .value(at)
    .value(user)
    .run(conn)
    .await
}
