//! Tables `transaction_values`, `transaction_segments`, `transaction_totals`, `transaction_batches`, `transaction_latest`, and those of
//! [`samples`].

pub(super) mod samples;

use std::collections::{BTreeSet, HashMap};

use domain::{
    Fault, Timestamp,
    id::{EntryId, StreamId},
    streams::LASTING,
    transactions::{Cube, Grain, MIXED, Part, STREAM},
};
use sqlx::AnyConnection;

use crate::db::{Sql, sql};

/// Rows of one statement; with eight values each far below the bind limits of both databases.
const CHUNK: usize = 1_000;
/// Level of a segment that is the only one of a slot that is over.
pub(super) const SEALED: i64 = 9;
/// Level of a segment that does not read: never touched again but by its retention.
const DAMAGED: i64 = 99;
/// Rows that one statement of the retention takes: bounds how long others wait.
pub(super) const SWEPT_AT_ONCE: u64 = 1_000;

#[derive(sqlx::FromRow)]
pub(super) struct ValueRow {
    pub(super) id: i64,
    pub(super) dimension: String,
    pub(super) value: String,
    pub(super) system: i64,
    pub(super) used_until: i64,
}

/// Every value of the dictionary.
pub(super) async fn values(conn: &mut AnyConnection) -> Result<Vec<ValueRow>, Fault> {
    sql("SELECT id, dimension, value, system, used_until FROM transaction_values ORDER BY id").all(conn).await
}

/// Those of the values that have a number.
pub(super) async fn find_values(conn: &mut AnyConnection, dimension: &str, values: &[&str]) -> Result<Vec<ValueRow>, Fault> {
    let mut found = Vec::new();
    for chunk in values.chunks(CHUNK) {
        let query = sql("SELECT id, dimension, value, system, used_until FROM transaction_values WHERE dimension = $1").value(dimension);
        found.extend(query.and_in("value", chunk.iter().copied()).all::<ValueRow>(conn).await?);
    }
    Ok(found)
}

/// The values behind numbers, by their numbers.
pub(crate) async fn names_of(conn: &mut AnyConnection, ids: &[u32]) -> Result<HashMap<u32, String>, Fault> {
    let mut found = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let query = sql("SELECT id, dimension, value, system, used_until FROM transaction_values WHERE 1 = 1");
        let rows = query.and_in("id", chunk.iter().copied()).all::<ValueRow>(conn).await?;
        found.extend(rows.into_iter().filter_map(|row| Some((u32::try_from(row.id).ok()?, row.value))));
    }
    Ok(found)
}

/// A value that is to have a number, and to keep it for some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NewValue<'a> {
    pub(super) dimension: &'a str,
    pub(super) value: &'a str,
    /// The stream that brought it; pays for it where it is new.
    pub(super) stream: u32,
    pub(super) used_until: i64,
}

/// Numbers values that have none yet, and lets the others be used for longer. Comes sorted, each value once, so that two
/// processes do not wait for each other in a ring.
pub(super) async fn keep_values(conn: &mut AnyConnection, values: &[NewValue<'_>]) -> Result<(), Fault> {
    for chunk in values.chunks(CHUNK) {
        sql("INSERT INTO transaction_values (dimension, value, system, used_until) VALUES ")
            .rows(chunk, |row, new| row.bind(new.dimension).bind(new.value).bind(new.stream).bind(new.used_until))
            .push(
                " ON CONFLICT (dimension, value) DO UPDATE SET used_until = CASE WHEN excluded.used_until > transaction_values.used_until \
                 THEN excluded.used_until ELSE transaction_values.used_until END",
            )
            .run(conn)
            .await?;
    }
    Ok(())
}

/// Drops some values that nothing uses that is kept since a moment; gives how many. Streams are ours, and stay.
pub(super) async fn drop_values(conn: &mut AnyConnection, before: Timestamp) -> Result<u64, Fault> {
    sql("DELETE FROM transaction_values WHERE id IN (SELECT id FROM transaction_values WHERE used_until < $1 AND dimension <> $2 LIMIT $3)")
        .value(before)
        .value(STREAM)
        .value(SWEPT_AT_ONCE.cast_signed())
        .run(conn)
        .await
}

/// A packed segment on its way to the table.
pub(super) struct NewSegment {
    pub(super) part: Part,
    pub(super) id: EntryId,
    pub(super) level: i64,
    /// When the oldest of what it holds was written.
    pub(super) written_at: Timestamp,
    pub(super) body: Vec<u8>,
}

pub(super) async fn add_segments(conn: &mut AnyConnection, segments: &[NewSegment]) -> Result<(), Fault> {
    for chunk in segments.chunks(CHUNK) {
        sql("INSERT INTO transaction_segments (cube, grain, system, slot, id, level, written_at, body) VALUES ")
            .rows(chunk, |row, s| {
                row.bind(s.part.cube.number())
                    .bind(s.part.grain.width())
                    .bind(s.part.stream)
                    .bind(s.part.slot)
                    .bind(s.id.as_str())
                    .bind(s.level)
                    .bind(s.written_at)
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
    pub(super) level: i64,
    pub(super) body: Vec<u8>,
}

impl SegmentRow {
    /// Whether it is known not to read, and has been told of.
    pub(super) fn is_damaged(&self) -> bool {
        self.level == DAMAGED
    }
}

/// The segments of a cube and grain whose slot begins in `[from, to)`: those of the streams, and the mixed ones.
pub(super) async fn segments(
    conn: &mut AnyConnection,
    (cube, grain): (Cube, Grain),
    streams: Option<&[u32]>,
    (from, to): (i64, i64),
) -> Result<Vec<SegmentRow>, Fault> {
    let mut query =
        sql("SELECT system, slot, level, body FROM transaction_segments WHERE cube = $1 AND grain = $2 AND slot >= $3 AND slot < $4")
            .value(cube.number())
            .value(grain.width())
            .value(from)
            .value(to);
    if let Some(streams) = streams {
        query = query.and_in("system", streams.iter().copied().chain([MIXED]));
    }
    query.all(conn).await
}

/// From when on everything that was counted is also in [`Cube::Totals`], which came later than the others: the start of a UTC day,
/// epoch-milliseconds.
pub(super) async fn totals_since(conn: &mut AnyConnection) -> Result<i64, Fault> {
    sql("SELECT COALESCE(MAX(since), 0) FROM transaction_totals").count(conn).await
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

/// A segment to be merged.
#[derive(sqlx::FromRow)]
pub(super) struct PieceRow {
    pub(super) id: String,
    pub(super) written_at: i64,
    pub(super) body: Vec<u8>,
}

/// The oldest segments of a slot, at most a thousand: of one level, or of all.
pub(super) async fn pieces(conn: &mut AnyConnection, part: Part, level: Option<i64>) -> Result<Vec<PieceRow>, Fault> {
    let query = in_part(
        sql("SELECT id, written_at, body FROM transaction_segments WHERE cube = $1 AND grain = $2 AND system = $3 AND slot = $4"),
        part,
    );
    let query = match level {
        Some(level) => query.push(" AND level = ").bind(level),
        None => query.push(" AND level <= ").bind(SEALED),
    };
    query.push(" ORDER BY id LIMIT ").bind(i64::try_from(CHUNK).unwrap_or(i64::MAX)).all(conn).await
}

fn in_part(query: Sql, part: Part) -> Sql {
    query.value(part.cube.number()).value(part.grain.width()).value(part.stream).value(part.slot)
}

/// Takes segments out of a slot; gives how many there were. Whoever got them all owns them: another process that tries
/// finds fewer.
pub(super) async fn take_segments(conn: &mut AnyConnection, part: Part, ids: &[&str]) -> Result<u64, Fault> {
    let query = in_part(sql("DELETE FROM transaction_segments WHERE cube = $1 AND grain = $2 AND system = $3 AND slot = $4"), part);
    query.and_in("id", ids.iter().copied()).run(conn).await
}

/// Puts a segment that does not read aside.
pub(super) async fn set_aside(conn: &mut AnyConnection, part: Part, id: &str) -> Result<u64, Fault> {
    let query =
        sql("UPDATE transaction_segments SET level = $1 WHERE cube = $2 AND grain = $3 AND system = $4 AND slot = $5").value(DAMAGED);
    in_part(query, part).push(" AND id = ").bind(id).run(conn).await
}

/// Whose segments are meant.
#[derive(Debug, Clone, Copy)]
pub(super) enum Whose<'a> {
    /// Those of one stream.
    Of(u32),
    /// Those of all others.
    AllBut(&'a [u32]),
}

/// Drops some segments of a grain whose slot began before a moment; gives how many.
pub(super) async fn drop_segments(conn: &mut AnyConnection, grain: Grain, before: Timestamp, whose: Whose<'_>) -> Result<u64, Fault> {
    let query = sql("DELETE FROM transaction_segments WHERE (cube, grain, system, slot, id) IN \
         (SELECT cube, grain, system, slot, id FROM transaction_segments WHERE grain = $1 AND slot < $2")
    .value(grain.width())
    .value(before);
    let query = match whose {
        Whose::Of(stream) => query.push(" AND system = ").bind(stream),
        Whose::AllBut(streams) => query.and_not_in("system", streams.iter().copied()),
    };
    query.push(" LIMIT ").bind(SWEPT_AT_ONCE.cast_signed()).push(")").run(conn).await
}

/// Forgets some batches that came before a moment, files and tables before another; gives how many.
pub(super) async fn drop_batches(conn: &mut AnyConnection, before: Timestamp, lasting: Timestamp) -> Result<u64, Fault> {
    let [file, table] = LASTING.map(|begin| format!("{begin}%"));
    sql("DELETE FROM transaction_batches WHERE (sender, key) IN (SELECT sender, key FROM transaction_batches \
         WHERE received_at < $1 AND (received_at < $2 OR (key NOT LIKE $3 AND key NOT LIKE $4)) LIMIT $5)")
    .value(before)
    .value(lasting)
    .value(file)
    .value(table)
    .value(SWEPT_AT_ONCE.cast_signed())
    .run(conn)
    .await
}

/// Which batch it is: who sent it, and how it was called, for the stream that all its lines are of where one was named. Two streams do not
/// share their keys.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct BatchKey {
    sender: String,
    key: String,
}

impl BatchKey {
    /// What a sender calls a batch has no blank: the stream stands behind one.
    pub(super) fn new(sender: String, key: &str, stream: Option<&StreamId>) -> Self {
        Self { sender, key: format!("{key} {}", stream.map_or("", StreamId::as_str)) }
    }

    /// How it was kept before streams had keys of their own.
    fn bare(&self) -> Self {
        let key = self.key.split_once(' ').map_or(self.key.as_str(), |(key, _)| key);
        Self { sender: self.sender.clone(), key: key.to_owned() }
    }
}

/// A batch that was counted.
#[derive(sqlx::FromRow)]
pub(super) struct BatchRow {
    sender: String,
    key: String,
    pub(super) fingerprint: String,
    pub(super) accepted: i64,
    pub(super) refused: i64,
}

/// How `evenkeel follow` begins the key of a stretch.
const STRETCH: &str = "follow-";

/// Batches that were counted.
#[derive(Default)]
pub(super) struct Known(HashMap<BatchKey, BatchRow>);

impl Known {
    /// What was counted under the key. Of what was kept under a bare one nobody knows the stream: it is the same where its bytes are; or
    /// where it is a stretch of a followed log that was under way then, however it is read now. Since keys are of a stream stretches are
    /// named by their bytes, too: no other one is called so.
    pub(super) fn find(&self, key: &BatchKey, fingerprint: &str) -> Option<&BatchRow> {
        let same = |row: &&BatchRow| row.fingerprint == fingerprint || key.key.starts_with(STRETCH);
        self.0.get(key).or_else(|| self.0.get(&key.bare()).filter(same))
    }
}

/// Those of the batches that were counted.
pub(super) async fn batches(conn: &mut AnyConnection, keys: &[&BatchKey]) -> Result<Known, Fault> {
    let mut found = HashMap::new();
    for chunk in keys.chunks(CHUNK) {
        let names: BTreeSet<String> = chunk.iter().flat_map(|key| [key.key.clone(), key.bare().key]).collect();
        // Wider than asked for where two senders use each other's keys: what is found is looked up by both.
        let rows: Vec<BatchRow> = sql("SELECT sender, key, fingerprint, accepted, refused FROM transaction_batches WHERE 1 = 1")
            .and_in("sender", chunk.iter().map(|key| &key.sender).collect::<BTreeSet<_>>())
            .and_in("key", names)
            .all(conn)
            .await?;
        found.extend(rows.into_iter().map(|row| (BatchKey { sender: row.sender.clone(), key: row.key.clone() }, row)));
    }
    Ok(Known(found))
}

/// A batch to be remembered by its key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NewBatch {
    pub(super) key: BatchKey,
    pub(super) fingerprint: String,
    pub(super) counts: (u64, u64),
}

/// Notes batches; gives how many were new. Comes sorted by sender and key.
pub(super) async fn add_batches(conn: &mut AnyConnection, batches: &[NewBatch], now: Timestamp) -> Result<u64, Fault> {
    let mut added = 0;
    for chunk in batches.chunks(CHUNK) {
        added += sql("INSERT INTO transaction_batches (sender, key, fingerprint, accepted, refused, received_at) VALUES ")
            .rows(chunk, |row, b| {
                row.bind(&b.key.sender)
                    .bind(&b.key.key)
                    .bind(&b.fingerprint)
                    .bind(b.counts.0.cast_signed())
                    .bind(b.counts.1.cast_signed())
                    .bind(now)
            })
            .push(" ON CONFLICT (sender, key) DO NOTHING")
            .run(conn)
            .await?;
    }
    Ok(added)
}

/// Moves the newest transaction of streams forward. Comes sorted by stream.
pub(super) async fn move_latest(conn: &mut AnyConnection, latest: &[(String, i64)], now: Timestamp) -> Result<(), Fault> {
    if latest.is_empty() {
        return Ok(());
    }
    sql("INSERT INTO transaction_latest (system_id, at, received_at) VALUES ")
        .rows(latest, |row, (stream, at)| row.bind(stream).bind(*at).bind(now))
        .push(
            " ON CONFLICT (system_id) DO UPDATE SET received_at = excluded.received_at, \
             at = CASE WHEN excluded.at > transaction_latest.at THEN excluded.at ELSE transaction_latest.at END",
        )
        .run(conn)
        .await?;
    Ok(())
}

/// The newest transaction of these streams; of all where `None`.
pub(super) async fn latest(conn: &mut AnyConnection, streams: Option<&[&str]>) -> Result<Option<Timestamp>, Fault> {
    let mut query = sql("SELECT COALESCE(MAX(at), -1) FROM transaction_latest WHERE 1 = 1");
    if let Some(streams) = streams {
        query = query.and_in("system_id", streams.iter().copied());
    }
    let at = query.count(conn).await?;
    Ok((at >= 0).then_some(Timestamp(at)))
}

/// How many values a stream brought to a dimension.
pub(super) async fn brought(conn: &mut AnyConnection, stream: u32, dimension: &str) -> Result<u64, Fault> {
    let count = sql("SELECT COUNT(*) FROM transaction_values WHERE dimension = $1 AND system = $2").value(dimension).value(stream);
    Ok(count.count(conn).await?.cast_unsigned())
}
