//! Tables `bands` and `band_fits`.

use std::collections::BTreeMap;

use domain::{
    Fault, Span, Timestamp,
    bands::{Change, Fit, Hour, Made, Measure},
    id::SystemId,
};
use sqlx::AnyConnection;

use crate::db::sql;

#[derive(sqlx::FromRow)]
struct HourRow {
    start: i64,
    low: f64,
    expected: f64,
    high: f64,
}

/// The hours of a band that begin in a span, in order.
pub(super) async fn hours(conn: &mut AnyConnection, system: &SystemId, measure: Measure, span: Span) -> Result<Vec<Hour>, Fault> {
    let rows: Vec<HourRow> = sql("SELECT start, low, expected, high FROM bands WHERE system_id = $1 AND measure = $2 AND start >= $3 \
         AND start < $4 ORDER BY start")
    .value(system)
    .value(measure.name())
    .value(span.from)
    .value(span.to)
    .all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| Hour { at: Timestamp(row.start), low: row.low, mean: row.expected, high: row.high }).collect())
}

#[derive(sqlx::FromRow)]
struct FitRow {
    fitted_at: i64,
    error: Option<f64>,
    held: Option<f64>,
    models: String,
    changes: String,
}

/// What the last forecast of a measure is worth.
pub(super) async fn fit(conn: &mut AnyConnection, system: &SystemId, measure: Measure) -> Result<Option<Fit>, Fault> {
    let row: Option<FitRow> = sql("SELECT fitted_at, error, held, models, changes FROM band_fits WHERE system_id = $1 AND measure = $2")
        .value(system)
        .value(measure.name())
        .first(conn)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let unread = |error: serde_json::Error| {
        tracing::error!(%error, "a stored band does not parse");
        Fault::Internal
    };
    let models: Vec<String> = serde_json::from_str(&row.models).map_err(unread)?;
    let changes: Vec<Change> = serde_json::from_str(&row.changes).map_err(unread)?;
    Ok(Some(Fit { at: Timestamp(row.fitted_at), error: row.error, held: row.held, models, changes }))
}

#[derive(sqlx::FromRow)]
struct FittedRow {
    measure: String,
    fitted_at: i64,
}

/// When each measure of a system was fitted last, by its name.
pub(super) async fn fitted(conn: &mut AnyConnection, system: &SystemId) -> Result<BTreeMap<String, Timestamp>, Fault> {
    let rows: Vec<FittedRow> = sql("SELECT measure, fitted_at FROM band_fits WHERE system_id = $1").value(system).all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.measure, Timestamp(row.fitted_at))).collect())
}

/// Keeps a forecast: hours that are still to come are replaced, those that have begun stay as they were forecast.
pub(super) async fn keep(conn: &mut AnyConnection, system: &SystemId, measure: Measure, made: &Made) -> Result<(), Fault> {
    // What is known by now does not improve what was said before.
    let (begun, next): (Vec<Hour>, Vec<Hour>) = made.hours.iter().copied().partition(|hour| hour.at < made.fit.at);
    let anew = "DO UPDATE SET low = excluded.low, expected = excluded.expected, high = excluded.high";
    for (hours, taken) in [(begun, "DO NOTHING"), (next, anew)] {
        for chunk in hours.chunks(100) {
            sql("INSERT INTO bands (system_id, measure, start, low, expected, high) VALUES ")
                .rows(chunk, |row, hour| row.bind(system).bind(measure.name()).bind(hour.at).bind(hour.low).bind(hour.mean).bind(hour.high))
                .push(" ON CONFLICT (system_id, measure, start) ")
                .push(taken)
                .run(conn)
                .await?;
        }
    }
    let written = |error: serde_json::Error| {
        tracing::error!(%error, "a band cannot be written");
        Fault::Internal
    };
    let models = serde_json::to_string(&made.fit.models).map_err(written)?;
    let changes = serde_json::to_string(&made.fit.changes).map_err(written)?;
    sql("INSERT INTO band_fits (system_id, measure, fitted_at, error, held, models, changes) VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (system_id, measure) DO UPDATE SET fitted_at = excluded.fitted_at, error = excluded.error, held = excluded.held, \
         models = excluded.models, changes = excluded.changes")
    .value(system)
    .value(measure.name())
    .value(made.fit.at)
    .value(made.fit.error)
    .value(made.fit.held)
    .value(models)
    .value(changes)
    .run(conn)
    .await?;
    Ok(())
}

/// Deletes hours that began before, at most `limit`; how many.
pub(super) async fn age(conn: &mut AnyConnection, before: Timestamp, limit: u32) -> Result<u64, Fault> {
    sql("DELETE FROM bands WHERE (system_id, measure, start) IN \
         (SELECT system_id, measure, start FROM bands WHERE start < $1 ORDER BY start LIMIT $2)")
    .value(before)
    .value(limit)
    .run(conn)
    .await
}
