//! Tables `transaction_values`, `transaction_segments`, `transaction_batches`, `transaction_latest`.

use domain::{
    Fault, Timestamp,
    id::{EntryId, SystemId},
    transactions::{Cube, Dimension, Grain, Part},
};
use sqlx::AnyConnection;

use crate::db::sql;

/// Rows of one statement; with eight values each far below the bind limits of both databases.
const CHUNK: usize = 1_000;
/// Level of a segment that is the only one of a slot that is over.
pub(super) const SEALED: i64 = 9;

#[derive(sqlx::FromRow)]
pub(super) struct ValueRow {
    pub(super) id: i64,
    pub(super) dimension: String,
    pub(super) value: String,
}

/// Every value of the dictionary.
pub(super) async fn values(conn: &mut AnyConnection) -> Result<Vec<ValueRow>, Fault> {
    sql("SELECT id, dimension, value FROM transaction_values ORDER BY id").all(conn).await
}

/// Those of the values that have a number.
pub(super) async fn find_values(conn: &mut AnyConnection, dimension: Dimension, values: &[&str]) -> Result<Vec<ValueRow>, Fault> {
    let mut found = Vec::new();
    for chunk in values.chunks(CHUNK) {
        let query = sql("SELECT id, dimension, value FROM transaction_values WHERE dimension = $1").value(dimension.name());
        found.extend(query.and_in("value", chunk.iter().copied()).all::<ValueRow>(conn).await?);
    }
    Ok(found)
}

/// The values behind numbers.
pub(super) async fn values_of(conn: &mut AnyConnection, ids: &[u32]) -> Result<Vec<ValueRow>, Fault> {
    let mut found = Vec::new();
    for chunk in ids.chunks(CHUNK) {
        let query = sql("SELECT id, dimension, value FROM transaction_values WHERE 1 = 1");
        found.extend(query.and_in("id", chunk.iter().copied()).all::<ValueRow>(conn).await?);
    }
    Ok(found)
}

/// Numbers values that have none yet. Comes sorted, so that two processes do not wait for each other in a ring.
pub(super) async fn add_values(conn: &mut AnyConnection, values: &[(Dimension, &str)]) -> Result<(), Fault> {
    for chunk in values.chunks(CHUNK) {
        sql("INSERT INTO transaction_values (dimension, value) VALUES ")
            .rows(chunk, |row, (dimension, value)| row.bind(dimension.name()).bind(*value))
            .push(" ON CONFLICT (dimension, value) DO NOTHING")
            .run(conn)
            .await?;
    }
    Ok(())
}

/// A packed segment on its way to the table.
pub(super) struct NewSegment {
    pub(super) part: Part,
    pub(super) id: EntryId,
    pub(super) level: i64,
    pub(super) body: Vec<u8>,
}

pub(super) async fn add_segments(conn: &mut AnyConnection, segments: &[NewSegment], now: Timestamp) -> Result<(), Fault> {
    for chunk in segments.chunks(CHUNK) {
        sql("INSERT INTO transaction_segments (cube, grain, system, slot, id, level, written_at, body) VALUES ")
            .rows(chunk, |row, s| {
                row.bind(s.part.cube.number())
                    .bind(s.part.grain.width())
                    .bind(s.part.system)
                    .bind(s.part.slot)
                    .bind(s.id.as_str())
                    .bind(s.level)
                    .bind(now)
                    .bind(s.body.as_slice())
            })
            .run(conn)
            .await?;
    }
    Ok(())
}

/// A stored segment.
#[derive(sqlx::FromRow)]
pub(super) struct SegmentRow {
    pub(super) system: i64,
    pub(super) slot: i64,
    pub(super) body: Vec<u8>,
}

/// The segments of a cube and grain whose slot begins in `[from, to)`.
pub(super) async fn segments(
    conn: &mut AnyConnection,
    (cube, grain): (Cube, Grain),
    systems: Option<&[u32]>,
    (from, to): (i64, i64),
) -> Result<Vec<SegmentRow>, Fault> {
    let mut query = sql("SELECT system, slot, body FROM transaction_segments WHERE cube = $1 AND grain = $2 AND slot >= $3 AND slot < $4")
        .value(cube.number())
        .value(grain.width())
        .value(from)
        .value(to);
    if let Some(systems) = systems {
        query = query.and_in("system", systems.iter().copied());
    }
    query.all(conn).await
}

/// How many segments a slot has on one level.
#[derive(sqlx::FromRow)]
pub(super) struct PileRow {
    pub(super) cube: i64,
    pub(super) grain: i64,
    pub(super) system: i64,
    pub(super) slot: i64,
    pub(super) level: i64,
    pub(super) pieces: i64,
    pub(super) oldest: i64,
}

/// Slots that are not sealed, or no longer.
pub(super) async fn piles(conn: &mut AnyConnection) -> Result<Vec<PileRow>, Fault> {
    sql("SELECT cube, grain, system, slot, level, COUNT(*) AS pieces, MIN(written_at) AS oldest FROM transaction_segments \
         WHERE level < $1 GROUP BY cube, grain, system, slot, level ORDER BY cube, grain, system, slot, level")
    .value(SEALED)
    .all(conn)
    .await
}

#[derive(sqlx::FromRow)]
struct BodyRow {
    body: Vec<u8>,
}

/// Takes segments out of a slot: of one level, or of all. What is taken is ours: another process that tries finds nothing.
pub(super) async fn take_segments(conn: &mut AnyConnection, part: Part, level: Option<i64>) -> Result<Vec<Vec<u8>>, Fault> {
    let mut query = sql("DELETE FROM transaction_segments WHERE cube = $1 AND grain = $2 AND system = $3 AND slot = $4")
        .value(part.cube.number())
        .value(part.grain.width())
        .value(part.system)
        .value(part.slot);
    if let Some(level) = level {
        query = query.push(" AND level = ").bind(level);
    }
    let rows: Vec<BodyRow> = query.push(" RETURNING body").all(conn).await?;
    Ok(rows.into_iter().map(|row| row.body).collect())
}

/// Drops segments of a grain whose slot began before a moment; gives how many.
pub(super) async fn drop_segments(conn: &mut AnyConnection, grain: Grain, before: Timestamp) -> Result<u64, Fault> {
    sql("DELETE FROM transaction_segments WHERE grain = $1 AND slot < $2").value(grain.width()).value(before).run(conn).await
}

/// Forgets batches that came before a moment; gives how many.
pub(super) async fn drop_batches(conn: &mut AnyConnection, before: Timestamp) -> Result<u64, Fault> {
    sql("DELETE FROM transaction_batches WHERE received_at < $1").value(before).run(conn).await
}

/// A batch that was counted.
#[derive(sqlx::FromRow)]
pub(super) struct BatchRow {
    pub(super) fingerprint: String,
    pub(super) accepted: i64,
    pub(super) refused: i64,
}

/// The batch of a sender and key, if it was counted.
pub(super) async fn batch(conn: &mut AnyConnection, sender: &str, key: &str) -> Result<Option<BatchRow>, Fault> {
    sql("SELECT fingerprint, accepted, refused FROM transaction_batches WHERE sender = $1 AND key = $2")
        .value(sender)
        .value(key)
        .first(conn)
        .await
}

/// A batch to be counted now.
pub(super) struct NewBatch<'a> {
    pub(super) sender: &'a str,
    pub(super) key: &'a str,
    pub(super) fingerprint: &'a str,
    pub(super) counts: (u64, u64),
}

/// Notes batches; gives how many were new. Comes sorted by sender and key.
pub(super) async fn add_batches(conn: &mut AnyConnection, batches: &[NewBatch<'_>], now: Timestamp) -> Result<u64, Fault> {
    let mut added = 0;
    for chunk in batches.chunks(CHUNK) {
        added += sql("INSERT INTO transaction_batches (sender, key, fingerprint, accepted, refused, received_at) VALUES ")
            .rows(chunk, |row, b| {
                row.bind(b.sender).bind(b.key).bind(b.fingerprint).bind(b.counts.0.cast_signed()).bind(b.counts.1.cast_signed()).bind(now)
            })
            .push(" ON CONFLICT (sender, key) DO NOTHING")
            .run(conn)
            .await?;
    }
    Ok(added)
}

/// Moves the newest transaction of systems forward. Comes sorted by system.
pub(super) async fn move_latest(conn: &mut AnyConnection, latest: &[(String, i64)], now: Timestamp) -> Result<(), Fault> {
    if latest.is_empty() {
        return Ok(());
    }
    sql("INSERT INTO transaction_latest (system_id, at, received_at) VALUES ")
        .rows(latest, |row, (system, at)| row.bind(system).bind(*at).bind(now))
        .push(
            " ON CONFLICT (system_id) DO UPDATE SET received_at = excluded.received_at, \
             at = CASE WHEN excluded.at > transaction_latest.at THEN excluded.at ELSE transaction_latest.at END",
        )
        .run(conn)
        .await?;
    Ok(())
}

/// The newest transaction of these systems; of all where `None`.
pub(super) async fn latest(conn: &mut AnyConnection, systems: Option<&[SystemId]>) -> Result<Option<Timestamp>, Fault> {
    let mut query = sql("SELECT COALESCE(MAX(at), -1) FROM transaction_latest WHERE 1 = 1");
    if let Some(systems) = systems {
        query = query.and_in("system_id", systems);
    }
    let at = query.count(conn).await?;
    Ok((at >= 0).then_some(Timestamp(at)))
}
