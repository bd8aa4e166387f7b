//! Table `monitor_rollups`: results by minute, hour and day.

use std::collections::{BTreeMap, HashMap};

use domain::{
    Fault, Span, Timestamp,
    id::{MonitorId, SystemId},
    monitors::{Cell, Point, Resolution},
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
        sql("INSERT INTO monitor_rollups (monitor_id, width, start, checks, failures, unknowns, answers, sum_us, min_us, max_us, sketch, \
             p50_us, p95_us, p99_us) VALUES ")
        .rows(chunk, |row, ((id, width, start), rollup)| {
            let point = rollup.point(*start);
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
                .bind(point.p50_us)
                .bind(point.p95_us)
                .bind(point.p99_us)
        })
        .push(
            " ON CONFLICT (monitor_id, width, start) DO UPDATE SET checks = excluded.checks, failures = excluded.failures, \
                 unknowns = excluded.unknowns, answers = excluded.answers, sum_us = excluded.sum_us, min_us = excluded.min_us, \
                 max_us = excluded.max_us, sketch = excluded.sketch, \
                 p50_us = excluded.p50_us, p95_us = excluded.p95_us, p99_us = excluded.p99_us",
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

/// The slots of some monitors over a span as points, by monitor, the oldest first. One row for each monitor, because a row costs
/// more than what is in it; each monitor is asked for by its key, because Postgres, as long as it knows nothing of how many
/// there are, takes the slots of all monitors in the span and throws most away.
pub(in crate::monitors) async fn strips(
    conn: &mut AnyConnection,
    ids: &[MonitorId],
    resolution: Resolution,
    span: Span,
) -> Result<HashMap<MonitorId, Vec<Point>>, Fault> {
    let width = resolution.width_ms();
    let rows: Vec<(String, Option<String>)> =
        sql("SELECT m.id, (SELECT STRING_AGG(CAST(start AS TEXT) || ' ' || CAST(checks AS TEXT) || ' ' || \
         CAST(failures AS TEXT) || ' ' || CAST(unknowns AS TEXT) || ' ' || CAST(answers AS TEXT) || ' ' || CAST(min_us AS TEXT) || ' ' || \
         CAST(max_us AS TEXT) || ' ' || CAST(COALESCE(p50_us, -1) AS TEXT) || ' ' || CAST(COALESCE(p95_us, -1) AS TEXT) || ' ' || \
         CAST(COALESCE(p99_us, -1) AS TEXT), ',') FROM monitor_rollups WHERE monitor_id = m.id AND width = ")
        .bind(width)
        .push(" AND start >= ")
        .bind(span.from)
        .push(" AND start < ")
        .bind(span.to)
        .push(") AS slots FROM monitors m WHERE 1 = 1")
        .and_in("m.id", ids)
        .all(conn)
        .await?;
    let (mut strips, mut older) = (HashMap::with_capacity(rows.len()), Vec::new());
    for (id, slots) in rows {
        let (id, Some(slots)) = (stored::<MonitorId>(&id)?, slots) else { continue };
        let mut points = slots.split(',').map(read_slot).collect::<Option<Vec<Point>>>().ok_or(Fault::Internal)?;
        points.sort_by_key(|point| point.at);
        let unknown = points.iter().filter(|point| point.min_us.is_some() && point.p95_us.is_none());
        older.extend(unknown.map(|point| (id.clone(), width, point.at)));
        strips.insert(id, points);
    }
    // Slots of an older program have a sketch only.
    for ((id, _, at), rollup) in load(conn, older.iter()).await? {
        if let Some(point) = strips.get_mut(&id).and_then(|points| points.iter_mut().find(|point| point.at == at)) {
            *point = rollup.point(at);
        }
    }
    Ok(strips)
}

/// One slot as [`strips`] asks for it.
fn read_slot(text: &str) -> Option<Point> {
    let mut numbers = text.split(' ').map(|number| number.parse::<i64>().ok());
    let mut next = || numbers.next().flatten();
    let at = Timestamp(next()?);
    let cell = Cell { count: next()?, failures: next()?, unknown: next()? };
    let (answers, min, max) = (next()?, next()?, next()?);
    let some = |value: i64| (answers > 0).then_some(value);
    let (min_us, max_us) = (some(min), some(max));
    let mut quantile = || next().map(|value| (value >= 0).then_some(value));
    Some(Point { at, cell, min_us, p50_us: quantile()?, p95_us: quantile()?, p99_us: quantile()?, max_us })
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

/// How a system was on one day of a zone.
pub(in crate::monitors) struct LocalDay {
    pub(in crate::monitors) system: SystemId,
    /// Days since 1970-01-01 by the clock on the wall.
    pub(in crate::monitors) number: i64,
    pub(in crate::monitors) cell: Cell,
    /// The first hour that is kept of it.
    pub(in crate::monitors) first: Timestamp,
}

#[derive(sqlx::FromRow)]
struct LocalDayRow {
    system_id: String,
    day: i64,
    first: i64,
    checks: i64,
    failures: i64,
    unknowns: i64,
}

/// Counts of all monitors of a system together, by day at an offset from UTC in milliseconds, from the hours that begin in the span.
pub(in crate::monitors) async fn by_local_day(
    conn: &mut AnyConnection,
    systems: &[SystemId],
    span: Span,
    offset: i64,
) -> Result<Vec<LocalDay>, Fault> {
    let rows: Vec<LocalDayRow> = sql("SELECT x.system_id, x.day, MIN(x.start) AS first, CAST(SUM(x.checks) AS BIGINT) AS checks, \
         CAST(SUM(x.failures) AS BIGINT) AS failures, CAST(SUM(x.unknowns) AS BIGINT) AS unknowns FROM (SELECT m.system_id, \
         (r.start + $1) / 86400000 AS day, r.start, r.checks, r.failures, r.unknowns FROM monitors m JOIN monitor_rollups r \
         ON r.monitor_id = m.id WHERE r.width = $2 AND r.start >= $3 AND r.start < $4")
    .value(offset)
    .value(Resolution::Hour.width_ms())
    .value(span.from)
    .value(span.to)
    .and_in("m.system_id", systems)
    .push(") AS x GROUP BY x.system_id, x.day")
    .all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let cell = Cell { count: row.checks, failures: row.failures, unknown: row.unknowns };
            Ok(LocalDay { system: stored(&row.system_id)?, number: row.day, cell, first: Timestamp(row.first) })
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_read_as_it_is_asked_for() {
        let cell = Cell { count: 6, failures: 1, unknown: 2 };
        let full = Point { at: Timestamp(60), cell, min_us: Some(1), p50_us: Some(5), p95_us: Some(7), p99_us: Some(8), max_us: Some(9) };
        assert_eq!(read_slot("60 6 1 2 3 1 9 5 7 8"), Some(full));
        assert_eq!(read_slot("60 6 1 2 0 0 0 -1 -1 -1"), Some(Point { cell, ..Point::empty(Timestamp(60)) }));
        assert_eq!((read_slot("60 6 1 2 3 1 9 5 7"), read_slot("")), (None, None));
    }
}
