//! Table `monitor_rollups`: results by minute, hour and day.

use std::collections::BTreeMap;

use domain::{
    Fault, Span, Timestamp,
    id::{MonitorId, SystemId},
    monitors::{Cell, Resolution},
};
use sqlx::AnyConnection;

use super::super::rollup::Rollup;
use crate::db::{sql, stored};

/// Which slot of which monitor: monitor, width in milliseconds, start.
pub(in crate::monitors) type Key = (MonitorId, i64, Timestamp);

#[derive(sqlx::FromRow)]
struct RollupRow {
    monitor_id: String,
    width: i64,
    start: i64,
    checks: i64,
    failures: i64,
    unknowns: i64,
    answers: i64,
    sum_us: i64,
    min_us: i64,
    max_us: i64,
    sketch: Vec<u8>,
}

impl RollupRow {
    fn read(self) -> Result<(Key, Rollup), Fault> {
        let cell = Cell { count: self.checks, failures: self.failures, unknown: self.unknowns };
        let rollup = Rollup::stored(cell, self.answers, self.sum_us, self.min_us, self.max_us, &self.sketch);
        Ok(((stored(&self.monitor_id)?, self.width, Timestamp(self.start)), rollup))
    }
}

const COLUMNS: &str =
    "SELECT monitor_id, width, start, checks, failures, unknowns, answers, sum_us, min_us, max_us, sketch FROM monitor_rollups WHERE 1 = 1";

/// Those of the slots that exist.
pub(in crate::monitors) async fn load<'a>(
    conn: &mut AnyConnection,
    keys: impl Iterator<Item = &'a Key>,
) -> Result<BTreeMap<Key, Rollup>, Fault> {
    let mut found = BTreeMap::new();
    let keys: Vec<_> = keys.collect();
    for chunk in keys.chunks(1_000) {
        let rows: Vec<RollupRow> = sql(COLUMNS)
            .push(" AND (monitor_id, width, start) IN (VALUES ")
            .rows(chunk, |row, (id, width, start)| row.bind(id).bind(*width).bind(*start))
            .push(")")
            .all(conn)
            .await?;
        for row in rows {
            let (key, rollup) = row.read()?;
            found.insert(key, rollup);
        }
    }
    Ok(found)
}

/// Writes slots, new or known.
pub(in crate::monitors) async fn save(conn: &mut AnyConnection, rollups: &BTreeMap<Key, Rollup>) -> Result<(), Fault> {
    let rows: Vec<_> = rollups.iter().collect();
    for chunk in rows.chunks(1_000) {
        sql("INSERT INTO monitor_rollups (monitor_id, width, start, checks, failures, unknowns, answers, sum_us, min_us, max_us, sketch) VALUES ")
            .rows(chunk, |row, ((id, width, start), rollup)| {
                row.bind(id)
                    .bind(*width)
                    .bind(*start)
                    .bind(rollup.cell.count)
                    .bind(rollup.cell.failures)
                    .bind(rollup.cell.unknown)
                    .bind(rollup.answers)
                    .bind(rollup.sum_us)
                    .bind(rollup.min_us)
                    .bind(rollup.max_us)
                    .bind(rollup.sketch_bytes())
            })
            .push(
                " ON CONFLICT (monitor_id, width, start) DO UPDATE SET checks = excluded.checks, failures = excluded.failures, \
                 unknowns = excluded.unknowns, answers = excluded.answers, sum_us = excluded.sum_us, min_us = excluded.min_us, \
                 max_us = excluded.max_us, sketch = excluded.sketch",
            )
            .run(conn)
            .await?;
    }
    Ok(())
}

/// The slots of some monitors over a span, by monitor and start.
pub(in crate::monitors) async fn span(
    conn: &mut AnyConnection,
    ids: &[MonitorId],
    resolution: Resolution,
    span: Span,
) -> Result<BTreeMap<(MonitorId, Timestamp), Rollup>, Fault> {
    let rows: Vec<RollupRow> = sql(COLUMNS)
        .push(" AND width = ")
        .bind(resolution.width_ms())
        .push(" AND start >= ")
        .bind(span.from)
        .push(" AND start < ")
        .bind(span.to)
        .and_in("monitor_id", ids)
        .all(conn)
        .await?;
    rows.into_iter().map(|row| row.read().map(|((id, _, start), rollup)| ((id, start), rollup))).collect()
}

#[derive(sqlx::FromRow)]
struct SystemRow {
    system_id: String,
    start: i64,
    checks: i64,
    failures: i64,
    unknowns: i64,
}

/// Counts of all monitors of a system together, by slot.
pub(in crate::monitors) async fn by_system(
    conn: &mut AnyConnection,
    systems: &[SystemId],
    resolution: Resolution,
    span: Span,
) -> Result<Vec<(SystemId, Timestamp, Cell)>, Fault> {
    let rows: Vec<SystemRow> = sql("SELECT m.system_id, r.start, CAST(SUM(r.checks) AS BIGINT) AS checks, \
         CAST(SUM(r.failures) AS BIGINT) AS failures, CAST(SUM(r.unknowns) AS BIGINT) AS unknowns \
         FROM monitors m JOIN monitor_rollups r ON r.monitor_id = m.id WHERE r.width = $1 AND r.start >= $2 AND r.start < $3")
    .value(resolution.width_ms())
    .value(span.from.floor(resolution.width_ms()))
    .value(span.to)
    .and_in("m.system_id", systems)
    .push(" GROUP BY m.system_id, r.start")
    .all(conn)
    .await?;
    rows.into_iter()
        .map(|r| Ok((stored(&r.system_id)?, Timestamp(r.start), Cell { count: r.checks, failures: r.failures, unknown: r.unknowns })))
        .collect()
}

/// Deletes slots of one width that began before, the oldest first, at most `limit`; how many.
pub(in crate::monitors) async fn age(
    conn: &mut AnyConnection,
    resolution: Resolution,
    before: Timestamp,
    limit: u32,
) -> Result<u64, Fault> {
    sql("DELETE FROM monitor_rollups WHERE (monitor_id, width, start) IN \
         (SELECT monitor_id, width, start FROM monitor_rollups WHERE width = $1 AND start < $2 ORDER BY start LIMIT $3)")
    .value(resolution.width_ms())
    .value(before)
    .value(limit)
    .run(conn)
    .await
}
