//! Tables `change_ticks`, `change_hands` and `freeze_breaks`.

use domain::{
    Fault, Timestamp,
    changes::{Freeze, FreezeBreak, StepResult, Tick},
    id::{ChangeId, EntryId, UserId},
};
use sqlx::AnyConnection;

use crate::db::{sql, stored};

#[derive(sqlx::FromRow)]
struct TickRow {
    place: i64,
    result: String,
    note: String,
    by_name: String,
    at: i64,
}

/// The steps of a change that were ticked off, in their order.
pub(in crate::changes) async fn ticks(conn: &mut AnyConnection, id: &ChangeId) -> Result<Vec<Tick>, Fault> {
    let rows: Vec<TickRow> =
        sql("SELECT place, result, note, by_name, at FROM change_ticks WHERE change_id = $1 ORDER BY place").value(id).all(conn).await?;
    let read = |row: TickRow| {
        let place = usize::try_from(row.place).unwrap_or(0);
        Ok(Tick { place, result: stored(&row.result)?, note: row.note, by: row.by_name, at: Timestamp(row.at) })
    };
    rows.into_iter().map(read).collect()
}

pub(in crate::changes) async fn put_tick(
    conn: &mut AnyConnection,
    id: &ChangeId,
    place: usize,
    (result, note): (StepResult, &str),
    by: &str,
    at: Timestamp,
) -> Result<(), Fault> {
    sql("INSERT INTO change_ticks (change_id, place, result, note, by_name, at) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (change_id, place) DO UPDATE SET result = excluded.result, note = excluded.note, by_name = excluded.by_name, \
         at = excluded.at")
    .value(id)
    .value(i64::try_from(place).unwrap_or(0))
    .value(result.name())
    .value(note)
    .value(by)
    .value(at)
    .run(conn)
    .await
    .map(drop)
}

/// Keeps that somebody had a hand in carrying it out.
pub(in crate::changes) async fn put_hand(conn: &mut AnyConnection, id: &ChangeId, user: &UserId) -> Result<(), Fault> {
    sql("INSERT INTO change_hands (change_id, user_id) VALUES ($1, $2) ON CONFLICT (change_id, user_id) DO NOTHING")
        .value(id)
        .value(user)
        .run(conn)
        .await
        .map(drop)
}

/// Says since when it is paused; `None`: it goes on. 0 where it is so already, or not under way.
pub(in crate::changes) async fn set_paused(
    conn: &mut AnyConnection,
    id: &ChangeId,
    since: Option<Timestamp>,
    now: Timestamp,
) -> Result<u64, Fault> {
    let statement = match since {
        Some(_) => sql("UPDATE changes SET paused_at = $1, updated_at = $2 WHERE id = $3 AND state = 'executing' AND paused_at IS NULL"),
        None => sql("UPDATE changes SET paused_at = $1, updated_at = $2 WHERE id = $3 AND state = 'executing' AND paused_at IS NOT NULL"),
    };
    statement.value(since).value(now).value(id).run(conn).await
}

#[derive(sqlx::FromRow)]
struct BreakRow {
    id: String,
    freeze_id: String,
    house: i64,
    freeze_reason: String,
    reason: String,
    asked_id: String,
    asked_name: String,
    asked_at: i64,
    agreed_name: String,
    agreed_at: Option<i64>,
    void: i64,
}

/// Freezes that were broken, or are asked to be, for the present content of a change. What was lifted stays broken.
pub(in crate::changes) async fn breaks(conn: &mut AnyConnection, id: &ChangeId, version: i64) -> Result<Vec<FreezeBreak>, Fault> {
    let rows: Vec<BreakRow> =
        sql("SELECT b.id, b.freeze_id, CASE WHEN f.scope = 'all' THEN 1 ELSE 0 END AS house, b.freeze_reason, b.reason, b.asked_id, b.asked_name, \
         b.asked_at, b.agreed_name, b.agreed_at, CASE WHEN f.version <> b.freeze_version THEN 1 ELSE 0 END AS void FROM freeze_breaks b LEFT JOIN freezes f ON f.id = b.freeze_id \
         WHERE b.change_id = $1 AND b.version = $2 ORDER BY b.asked_at, b.id")
        .value(id)
        .value(version)
        .all(conn)
        .await?;
    let read = |row: BreakRow| {
        Ok(FreezeBreak {
            id: stored(&row.id)?,
            freeze: stored(&row.freeze_id)?,
            house: row.house != 0,
            freeze_reason: row.freeze_reason,
            reason: row.reason,
            asked_by: row.asked_name,
            asked_id: stored(&row.asked_id)?,
            asked_at: Timestamp(row.asked_at),
            agreed_by: row.agreed_name,
            agreed_at: row.agreed_at.map(Timestamp),
            void: row.void != 0,
        })
    };
    rows.into_iter().map(read).collect()
}

/// Asks for it; 0 where somebody has. What was asked before the freeze was edited gives way.
pub(in crate::changes) async fn ask_break(
    conn: &mut AnyConnection,
    id: &EntryId,
    (change, version): (&ChangeId, i64),
    freeze: &Freeze,
    (user, name): (&UserId, &str),
    reason: &str,
    at: Timestamp,
) -> Result<u64, Fault> {
    sql("INSERT INTO freeze_breaks (id, freeze_id, freeze_version, freeze_reason, change_id, version, reason, asked_id, asked_name, asked_at) VALUES ")
        .rows([()], |r, ()| {
            let r = r.bind(id).bind(&freeze.id).bind(freeze.version).bind(&freeze.content.reason).bind(change).bind(version).bind(reason);
            r.bind(user).bind(name).bind(at)
        })
        .push(
            " ON CONFLICT (change_id, version, freeze_id) DO UPDATE SET id = excluded.id, freeze_version = excluded.freeze_version, \
             freeze_reason = excluded.freeze_reason, reason = excluded.reason, asked_id = excluded.asked_id, \
             asked_name = excluded.asked_name, asked_at = excluded.asked_at, agreed_id = '', agreed_name = '', agreed_at = NULL \
             WHERE freeze_breaks.freeze_version <> excluded.freeze_version",
        )
        .run(conn)
        .await
}

/// Agrees, as somebody else than who asked; 0 where it is agreed to, or the same person asks.
pub(in crate::changes) async fn agree_break(
    conn: &mut AnyConnection,
    (id, change, version): (&EntryId, &ChangeId, i64),
    (user, name): (&UserId, &str),
    at: Timestamp,
) -> Result<u64, Fault> {
    sql("UPDATE freeze_breaks SET agreed_id = $1, agreed_name = $2, agreed_at = $3 WHERE id = $4 AND change_id = $5 AND version = $6 \
         AND agreed_at IS NULL AND asked_id <> $7")
    .value(user)
    .value(name)
    .value(at)
    .value(id)
    .value(change)
    .value(version)
    .value(user)
    .run(conn)
    .await
}
