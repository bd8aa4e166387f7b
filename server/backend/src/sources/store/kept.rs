//! Tables `source_series` and `source_rollups`.

use std::collections::BTreeMap;

use domain::{
    Fault, Span, Timestamp,
    id::{SeriesId, SourceId},
    monitors::Resolution,
    sources::{Kept, KeptPoint, Labels, Raw},
};
use sqlx::AnyConnection;

use crate::db::{sql, stored};

/// A kept series with the counter as it was read last.
#[derive(Debug, Clone)]
pub(in crate::sources) struct Line {
    pub(in crate::sources) kept: Kept,
    pub(in crate::sources) raw: Option<Raw>,
}

impl Line {
    /// When it was on a page last.
    pub(in crate::sources) fn seen_at(&self) -> Option<Timestamp> {
        self.kept.last_at.max(self.raw.as_ref().map(|raw| raw.at))
    }
}

#[derive(sqlx::FromRow)]
struct LineRow {
    id: String,
    metric: String,
    labels: String,
    counts: i64,
    raw: Option<f64>,
    raw_at: Option<i64>,
    last: Option<f64>,
    last_at: Option<i64>,
}

fn read_labels(text: &str) -> Result<Labels, Fault> {
    serde_json::from_str(text).map_err(|error| {
        tracing::error!(%error, "stored labels do not parse");
        Fault::Internal
    })
}

fn write_labels(labels: &Labels) -> Result<String, Fault> {
    serde_json::to_string(labels).map_err(|_| Fault::Internal)
}

/// The kept series of a source, by name.
pub(in crate::sources) async fn lines(conn: &mut AnyConnection, source: &SourceId) -> Result<Vec<Line>, Fault> {
    let rows: Vec<LineRow> = sql("SELECT id, metric, labels, counts, raw, raw_at, last, last_at FROM source_series WHERE source_id = $1 \
         ORDER BY metric, labels")
    .value(source)
    .all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let kept = Kept {
                id: stored(&row.id)?,
                labels: read_labels(&row.labels)?,
                metric: row.metric,
                counts: row.counts != 0,
                last: row.last.filter(|value| value.is_finite()),
                last_at: row.last_at.map(Timestamp),
            };
            Ok(Line {
                kept,
                raw: row.raw.filter(|value| value.is_finite()).zip(row.raw_at).map(|(value, at)| Raw { value, at: Timestamp(at) }),
            })
        })
        .collect()
}

/// Writes series, new or known, with what was read of them.
pub(in crate::sources) async fn save(conn: &mut AnyConnection, source: &SourceId, lines: &[Line], now: Timestamp) -> Result<(), Fault> {
    for chunk in lines.chunks(200) {
        let labels = chunk.iter().map(|line| write_labels(&line.kept.labels)).collect::<Result<Vec<_>, _>>()?;
        sql("INSERT INTO source_series (id, source_id, metric, labels, counts, raw, raw_at, last, last_at, created_at) VALUES ")
            .rows(chunk.iter().zip(labels), |row, (line, labels)| {
                row.bind(&line.kept.id)
                    .bind(source)
                    .bind(&line.kept.metric)
                    .bind(labels)
                    .bind(line.kept.counts)
                    .bind(line.raw.map(|raw| raw.value))
                    .bind(line.raw.map(|raw| raw.at))
                    .bind(line.kept.last)
                    .bind(line.kept.last_at)
                    .bind(now)
            })
            .push(
                " ON CONFLICT (id) DO UPDATE SET counts = excluded.counts, raw = excluded.raw, raw_at = excluded.raw_at, \
                 last = excluded.last, last_at = excluded.last_at",
            )
            .run(conn)
            .await?;
    }
    Ok(())
}

/// Adds one reading of each series to the slots of one width.
pub(in crate::sources) async fn fold(conn: &mut AnyConnection, width_ms: i64, readings: &[(SeriesId, KeptPoint)]) -> Result<(), Fault> {
    for chunk in readings.chunks(300) {
        sql("INSERT INTO source_rollups (series_id, width, start, readings, total, least, most, last) VALUES ")
            .rows(chunk, |row, (id, point)| {
                row.bind(id)
                    .bind(width_ms)
                    .bind(point.at.floor(width_ms))
                    .bind(point.count)
                    .bind(point.sum)
                    .bind(point.min)
                    .bind(point.max)
                    .bind(point.last)
            })
            .push(
                " ON CONFLICT (series_id, width, start) DO UPDATE SET readings = source_rollups.readings + excluded.readings, \
                 total = source_rollups.total + excluded.total, last = excluded.last, \
                 least = CASE WHEN excluded.least < source_rollups.least THEN excluded.least ELSE source_rollups.least END, \
                 most = CASE WHEN excluded.most > source_rollups.most THEN excluded.most ELSE source_rollups.most END",
            )
            .run(conn)
            .await?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct SlotRow {
    series_id: String,
    start: i64,
    readings: i64,
    total: f64,
    least: f64,
    most: f64,
    last: f64,
}

/// The slots of some series over a span, in order.
pub(in crate::sources) async fn slots(
    conn: &mut AnyConnection,
    series: &[SeriesId],
    resolution: Resolution,
    span: Span,
) -> Result<BTreeMap<SeriesId, Vec<KeptPoint>>, Fault> {
    let rows: Vec<SlotRow> = sql(
        "SELECT series_id, start, readings, total, least, most, last FROM source_rollups WHERE width = $1 AND start >= $2 AND start < $3",
    )
    .value(resolution.width_ms())
    .value(span.from)
    .value(span.to)
    .and_in("series_id", series)
    .push(" ORDER BY start")
    .all(conn)
    .await?;
    let mut slots: BTreeMap<SeriesId, Vec<KeptPoint>> = BTreeMap::new();
    for row in rows {
        let point =
            KeptPoint { at: Timestamp(row.start), count: row.readings, sum: row.total, min: row.least, max: row.most, last: row.last };
        slots.entry(stored(&row.series_id)?).or_default().push(point);
    }
    Ok(slots)
}

/// Deletes slots of one width that began before, the oldest first, at most `limit`; how many.
pub(in crate::sources) async fn age(conn: &mut AnyConnection, resolution: Resolution, before: Timestamp, limit: u32) -> Result<u64, Fault> {
    sql("DELETE FROM source_rollups WHERE (series_id, width, start) IN \
         (SELECT series_id, width, start FROM source_rollups WHERE width = $1 AND start < $2 ORDER BY start LIMIT $3)")
    .value(resolution.width_ms())
    .value(before)
    .value(limit)
    .run(conn)
    .await
}

/// Deletes series of which nothing is kept and that were on no page since, at most `limit`; how many.
pub(in crate::sources) async fn age_series(conn: &mut AnyConnection, before: Timestamp, limit: u32) -> Result<u64, Fault> {
    sql("DELETE FROM source_series WHERE id IN (SELECT id FROM source_series WHERE created_at < $1 AND COALESCE(last_at, created_at) < $2 \
         AND COALESCE(raw_at, created_at) < $3 AND NOT EXISTS (SELECT 1 FROM source_rollups WHERE series_id = source_series.id) LIMIT $4)")
    .value(before)
    .value(before)
    .value(before)
    .value(limit)
    .run(conn)
    .await
}

/// Deletes these series with their slots.
pub(in crate::sources) async fn forget(conn: &mut AnyConnection, series: &[SeriesId]) -> Result<(), Fault> {
    sql("DELETE FROM source_series WHERE 1 = 1").and_in("id", series).run(conn).await.map(drop)
}
