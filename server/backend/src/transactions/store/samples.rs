//! Table `transaction_samples`.

use std::collections::BTreeSet;

use domain::{
    Fault, Span, Timestamp,
    id::EntryId,
    streams::{Dims, PLACES},
    time::MINUTE,
    transactions::{Chosen, Received, Row, SampleBounds, Wanted},
};
use sqlx::AnyConnection;

use super::{CHUNK, SWEPT_AT_ONCE};
use crate::db::sql;

/// The column of each place.
const COLUMNS: [&str; PLACES] = ["d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7"];

/// A failure on its way to the table, in numbers of the dictionary.
pub(in super::super) struct NewSample {
    pub(in super::super) id: EntryId,
    pub(in super::super) row: Row,
    pub(in super::super) at: Timestamp,
    pub(in super::super) body: String,
    /// How many of its minute its stream keeps.
    pub(in super::super) per_minute: u32,
}

#[derive(sqlx::FromRow)]
struct KeptRow {
    stream: i64,
    minute: i64,
    code: i64,
    d0: i64,
    d1: i64,
    d2: i64,
    d3: i64,
    d4: i64,
    d5: i64,
    d6: i64,
    d7: i64,
    kept: i64,
}

fn number(stored: i64) -> u32 {
    u32::try_from(stored).unwrap_or(u32::MAX)
}

impl KeptRow {
    fn row(&self) -> Row {
        let dims: Dims = [self.d0, self.d1, self.d2, self.d3, self.d4, self.d5, self.d6, self.d7].map(number);
        let (stream, code) = (number(self.stream), number(self.code));
        Row { minute: self.minute, stream, dims, wide: 0, code, currency: 0, failed: true, amount: 0, bin: None }
    }
}

/// What is kept already of the streams and minutes of some samples. Two processes that write at the same time do not see each
/// other's: then twice as many may be kept.
async fn bounds(conn: &mut AnyConnection, samples: &[NewSample]) -> Result<SampleBounds, Fault> {
    let streams: BTreeSet<u32> = samples.iter().map(|sample| sample.row.stream).collect();
    let minutes: Vec<i64> = samples.iter().map(|sample| sample.row.minute).collect::<BTreeSet<_>>().into_iter().collect();
    let mut bounds = SampleBounds::default();
    for chunk in minutes.chunks(CHUNK) {
        let rows: Vec<KeptRow> =
            sql("SELECT stream, minute, code, d0, d1, d2, d3, d4, d5, d6, d7, COUNT(*) AS kept FROM transaction_samples \
             WHERE 1 = 1")
            .and_in("stream", streams.iter().copied())
            .and_in("minute", chunk.iter().copied())
            .push(" GROUP BY stream, minute, code, d0, d1, d2, d3, d4, d5, d6, d7")
            .all(conn)
            .await?;
        for row in rows {
            bounds.note(&row.row(), number(row.kept));
        }
    }
    Ok(bounds)
}

/// Keeps samples as far as there is room for them in their minutes.
pub(in super::super) async fn add(conn: &mut AnyConnection, samples: &[NewSample]) -> Result<(), Fault> {
    if samples.is_empty() {
        return Ok(());
    }
    let mut bounds = bounds(conn, samples).await?;
    let kept: Vec<&NewSample> = samples.iter().filter(|sample| bounds.admit(&sample.row, sample.per_minute)).collect();
    for chunk in kept.chunks(CHUNK) {
        sql("INSERT INTO transaction_samples (stream, minute, id, at, code, d0, d1, d2, d3, d4, d5, d6, d7, body) VALUES ")
            .rows(chunk, |row, sample| {
                let of = &sample.row;
                let mut row = row.bind(of.stream).bind(of.minute).bind(sample.id.as_str()).bind(sample.at).bind(of.code);
                for number in of.dims {
                    row = row.bind(number);
                }
                row.bind(sample.body.as_str())
            })
            .run(conn)
            .await?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct SampleRow {
    at: i64,
    body: String,
}

/// The newest samples of a stream under a choice, the latest first.
pub(in super::super) async fn newest(
    conn: &mut AnyConnection,
    (stream, chosen, wanted): (u32, &Chosen, &Wanted),
    span: Span,
    most: usize,
) -> Result<Vec<(Timestamp, Received)>, Fault> {
    let mut query =
        sql("SELECT at, body FROM transaction_samples WHERE stream = $1 AND minute >= $2 AND minute <= $3 AND at >= $4 AND at < $5")
            .value(stream)
            .value(span.from.0.div_euclid(MINUTE))
            .value(span.to.0.div_euclid(MINUTE))
            .value(span.from)
            .value(span.to);
    for (column, values) in COLUMNS.into_iter().zip(&chosen.values) {
        if let Some(values) = values {
            query = query.and_in(column, values.iter().copied());
        }
    }
    if let Some(codes) = &wanted.code {
        query = query.and_in("code", codes.iter().copied());
    }
    query = query.and_not_in("code", wanted.excused.iter().copied());
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows: Vec<SampleRow> = query.push(" ORDER BY minute DESC, at DESC, id DESC LIMIT ").bind(most).all(conn).await?;
    rows.into_iter()
        .map(|row| {
            let received = serde_json::from_str(&row.body).map_err(|error| {
                tracing::error!(%error, "a stored sample failure does not parse");
                Fault::Internal
            })?;
            Ok((Timestamp(row.at), received))
        })
        .collect()
}

/// The streams of which there are samples: one step in the key for each, however many samples it has.
pub(in super::super) async fn streams(conn: &mut AnyConnection) -> Result<Vec<u32>, Fault> {
    #[derive(sqlx::FromRow)]
    struct StreamRow {
        stream: i64,
    }
    let rows: Vec<StreamRow> = sql("WITH RECURSIVE held (stream) AS (SELECT MIN(stream) FROM transaction_samples UNION ALL \
         SELECT (SELECT MIN(s.stream) FROM transaction_samples s WHERE s.stream > held.stream) FROM held WHERE held.stream IS NOT NULL) \
         SELECT stream FROM held WHERE stream IS NOT NULL")
    .all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| number(row.stream)).collect())
}

/// Drops some samples of a stream that happened before a moment.
pub(in super::super) async fn drop_some(conn: &mut AnyConnection, before: Timestamp, stream: u32) -> Result<u64, Fault> {
    sql("DELETE FROM transaction_samples WHERE (stream, minute, id) IN \
         (SELECT stream, minute, id FROM transaction_samples WHERE stream = $1 AND minute < $2 LIMIT $3)")
    .value(stream)
    .value(before.0.div_euclid(MINUTE))
    .value(SWEPT_AT_ONCE.cast_signed())
    .run(conn)
    .await
}
