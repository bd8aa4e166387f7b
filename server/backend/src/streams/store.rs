//! Tables `streams`, `stream_senders`, `stream_others`.

use domain::{
    Fault, Timestamp,
    id::{StreamId, SystemId},
    streams::{Dimension, Keeping, Mapping, Sender, Stream, full_name, usual},
    systems::Brief,
};
use serde::de::DeserializeOwned;
use sqlx::AnyConnection;

use crate::db::{sql, stored};

/// A declaration as it is stored.
pub(super) struct Stored {
    pub(super) id: StreamId,
    pub(super) system: SystemId,
    pub(super) key: String,
    pub(super) name: String,
    pub(super) dimensions: Vec<Dimension>,
    pub(super) success_codes: Vec<String>,
    pub(super) currency: String,
    pub(super) mapping: Mapping,
    pub(super) keeping: Keeping,
    pub(super) version: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    system_id: String,
    key: String,
    name: String,
    dimensions: String,
    success_codes: String,
    currency: String,
    mapping: String,
    keeping: String,
    version: i64,
}

fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| {
        tracing::error!(%error, "a stored stream does not parse");
        Fault::Internal
    })
}

fn written(value: &impl serde::Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|_| Fault::Internal)
}

impl Row {
    fn read(self) -> Result<Stored, Fault> {
        Ok(Stored {
            id: stored(&self.id)?,
            system: stored(&self.system_id)?,
            dimensions: parsed(&self.dimensions)?,
            success_codes: parsed(&self.success_codes)?,
            mapping: parsed(&self.mapping)?,
            keeping: parsed(&self.keeping)?,
            key: self.key,
            name: self.name,
            currency: self.currency,
            version: self.version,
        })
    }
}

impl Stored {
    pub(super) fn with(self, system: Brief) -> Stream {
        Stream {
            full: full_name(&system.key, &self.key),
            id: self.id,
            system,
            key: self.key,
            name: self.name,
            dimensions: self.dimensions,
            success_codes: self.success_codes,
            currency: self.currency,
            mapping: self.mapping,
            keeping: self.keeping,
            declared: true,
            version: self.version,
        }
    }
}

/// The usual stream of a system for which nothing is declared.
pub(super) fn undeclared(system: Brief) -> Stream {
    Stream {
        id: StreamId::of_system(&system.id),
        full: system.key.clone(),
        key: String::new(),
        name: String::new(),
        dimensions: usual(),
        success_codes: Vec::new(),
        currency: String::new(),
        mapping: Mapping::default(),
        keeping: Keeping::default(),
        declared: false,
        version: 0,
        system,
    }
}

const SELECT: &str =
    "SELECT id, system_id, key, name, dimensions, success_codes, currency, mapping, keeping, version FROM streams WHERE 1 = 1";

/// What was declared for these systems; by key.
pub(super) async fn of_systems(conn: &mut AnyConnection, systems: &[SystemId]) -> Result<Vec<Stored>, Fault> {
    let rows: Vec<Row> = match systems.len() {
        // Few streams are declared: to name a thousand systems would cost more than to read them all.
        0..=50 => sql(SELECT).and_in("system_id", systems).push(" ORDER BY key, id").all(conn).await?,
        _ => sql(SELECT).push(" ORDER BY key, id").all(conn).await?,
    };
    rows.into_iter().map(Row::read).collect()
}

/// What was declared under an id.
pub(super) async fn one(conn: &mut AnyConnection, id: &StreamId) -> Result<Option<Stored>, Fault> {
    let row: Option<Row> = sql(SELECT).push(" AND id = ").bind(id).first(conn).await?;
    row.map(Row::read).transpose()
}

/// The same, held until the transaction ends.
pub(super) async fn hold(conn: &mut AnyConnection, id: &StreamId) -> Result<Option<Stored>, Fault> {
    sql("UPDATE streams SET version = version WHERE id = $1").value(id).run(conn).await?;
    one(conn, id).await
}

#[derive(sqlx::FromRow)]
struct KeepingRow {
    id: String,
    keeping: String,
}

/// The streams that are kept otherwise than the portal says.
pub(super) async fn keepings(conn: &mut AnyConnection) -> Result<Vec<(StreamId, Keeping)>, Fault> {
    let rows: Vec<KeepingRow> = sql("SELECT id, keeping FROM streams ORDER BY id").all(conn).await?;
    let mut kept = Vec::new();
    for row in rows {
        let keeping: Keeping = parsed(&row.keeping)?;
        if keeping != Keeping::default() {
            kept.push((stored(&row.id)?, keeping));
        }
    }
    Ok(kept)
}

pub(super) async fn insert(conn: &mut AnyConnection, stream: &Stored, now: Timestamp) -> Result<(), Fault> {
    sql("INSERT INTO streams (id, system_id, key, name, dimensions, success_codes, currency, mapping, keeping, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)")
    .value(&stream.id)
    .value(&stream.system)
    .value(&stream.key)
    .value(&stream.name)
    .value(written(&stream.dimensions)?)
    .value(written(&stream.success_codes)?)
    .value(&stream.currency)
    .value(written(&stream.mapping)?)
    .value(written(&stream.keeping)?)
    .value(now)
    .value(now)
    .run(conn)
    .await
    .map(drop)
}

/// Writes a declaration over the version that it is based on; `false` where another is there.
pub(super) async fn update(conn: &mut AnyConnection, stream: &Stored, version: i64, now: Timestamp) -> Result<bool, Fault> {
    let changed = sql("UPDATE streams SET name = $1, dimensions = $2, success_codes = $3, currency = $4, mapping = $5, keeping = $6, \
         version = version + 1, updated_at = $7 WHERE id = $8 AND version = $9")
    .value(&stream.name)
    .value(written(&stream.dimensions)?)
    .value(written(&stream.success_codes)?)
    .value(&stream.currency)
    .value(written(&stream.mapping)?)
    .value(written(&stream.keeping)?)
    .value(now)
    .value(&stream.id)
    .value(version)
    .run(conn)
    .await?;
    Ok(changed == 1)
}

pub(super) async fn delete(conn: &mut AnyConnection, id: &StreamId) -> Result<(), Fault> {
    sql("DELETE FROM stream_others WHERE stream_id = $1").value(id).run(conn).await?;
    sql("DELETE FROM streams WHERE id = $1").value(id).run(conn).await.map(drop)
}

/// What a batch tells of its sender. Where nothing was counted its lags mean nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) stream: StreamId,
    pub(crate) sender: String,
    pub(crate) name: String,
    pub(crate) accepted: u64,
    pub(crate) refused: u64,
    pub(crate) newest_lag: i64,
    pub(crate) oldest_lag: i64,
}

impl Sent {
    /// Adds what another batch of the same sender tells.
    pub(crate) fn add(&mut self, other: &Self) {
        if self.accepted == 0 {
            (self.newest_lag, self.oldest_lag) = (other.newest_lag, other.oldest_lag);
        } else if other.accepted > 0 {
            (self.newest_lag, self.oldest_lag) = (self.newest_lag.min(other.newest_lag), self.oldest_lag.max(other.oldest_lag));
        }
        self.accepted += other.accepted;
        self.refused += other.refused;
    }
}

/// Lags beyond this are no clock's: somebody sends the past.
const BACKFILL: i64 = 60 * 60 * 1_000;

/// Notes who sent. Comes sorted by stream and sender, each once.
pub(super) async fn note_senders(conn: &mut AnyConnection, sent: &[Sent], now: Timestamp) -> Result<(), Fault> {
    if sent.is_empty() {
        return Ok(());
    }
    sql("INSERT INTO stream_senders (stream_id, sender, name, received_at, accepted, refused, newest_lag, oldest_lag, skew) VALUES ")
        .rows(sent, |row, s| {
            row.bind(&s.stream)
                .bind(&s.sender)
                .bind(&s.name)
                .bind(now)
                .bind(s.accepted.cast_signed())
                .bind(s.refused.cast_signed())
                .bind(s.newest_lag)
                .bind(s.oldest_lag)
                .bind(if s.newest_lag > BACKFILL { 0 } else { s.newest_lag })
        })
        .push(
            " ON CONFLICT (stream_id, sender) DO UPDATE SET name = excluded.name, received_at = excluded.received_at, \
             accepted = stream_senders.accepted + excluded.accepted, refused = stream_senders.refused + excluded.refused, \
             newest_lag = CASE WHEN excluded.accepted = 0 THEN stream_senders.newest_lag ELSE excluded.newest_lag END, \
             oldest_lag = CASE WHEN excluded.accepted = 0 THEN stream_senders.oldest_lag ELSE excluded.oldest_lag END, \
             skew = CASE WHEN excluded.accepted = 0 OR excluded.newest_lag > 3600000 THEN stream_senders.skew \
             WHEN stream_senders.accepted = 0 OR excluded.newest_lag < stream_senders.skew THEN excluded.newest_lag \
             ELSE stream_senders.skew + (excluded.newest_lag - stream_senders.skew) / 100 END",
        )
        .run(conn)
        .await
        .map(drop)
}

/// Notes that values were counted as another one. Comes sorted, each once.
pub(super) async fn note_others(conn: &mut AnyConnection, others: &[(String, String)], now: Timestamp) -> Result<(), Fault> {
    if others.is_empty() {
        return Ok(());
    }
    sql("INSERT INTO stream_others (stream_id, dimension, at) VALUES ")
        .rows(others, |row, (stream, dimension)| row.bind(stream).bind(dimension).bind(now))
        .push(" ON CONFLICT (stream_id, dimension) DO UPDATE SET at = excluded.at")
        .run(conn)
        .await
        .map(drop)
}

#[derive(sqlx::FromRow)]
struct SenderRow {
    name: String,
    received_at: i64,
    accepted: i64,
    refused: i64,
    newest_lag: i64,
    oldest_lag: i64,
    skew: i64,
}

/// Who sends a stream, the latest first.
pub(super) async fn senders(conn: &mut AnyConnection, id: &StreamId) -> Result<Vec<Sender>, Fault> {
    let rows: Vec<SenderRow> = sql("SELECT name, received_at, accepted, refused, newest_lag, oldest_lag, skew FROM stream_senders \
         WHERE stream_id = $1 ORDER BY received_at DESC, sender LIMIT 50")
    .value(id)
    .all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Sender {
            name: row.name,
            received_at: Timestamp(row.received_at),
            accepted: row.accepted.cast_unsigned(),
            refused: row.refused.cast_unsigned(),
            newest_lag_ms: row.newest_lag,
            oldest_lag_ms: row.oldest_lag,
            skew_ms: row.skew,
        })
        .collect())
}

#[derive(sqlx::FromRow)]
struct OtherRow {
    dimension: String,
    at: i64,
}

/// When values of the dimensions were last counted as another one.
pub(super) async fn others(conn: &mut AnyConnection, id: &StreamId) -> Result<Vec<(String, Timestamp)>, Fault> {
    let rows: Vec<OtherRow> = sql("SELECT dimension, at FROM stream_others WHERE stream_id = $1").value(id).all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.dimension, Timestamp(row.at))).collect())
}
