//! The days of systems in a zone: hours, put together as the wall clock there cuts them.

use std::collections::HashMap;

use domain::{
    Fault, Span, Timestamp,
    id::SystemId,
    monitors::{Cell, Resolution, StripCell},
    time::DAY,
};
use jiff::{ToSpan, civil::Date, tz::TimeZone};
use sqlx::AnyConnection;

use super::{store, strips};

/// The last days in a zone, today with them, oldest first, as they begin and end there.
fn local_days(zone: &TimeZone, now: Timestamp, count: u32) -> Vec<(Date, Span)> {
    let today = now.jiff().to_zoned(zone.clone()).date();
    let begins = |date: Date| date.to_zoned(zone.clone()).ok().map(|at| Timestamp(at.timestamp().as_millisecond()));
    (0..i64::from(count))
        .rev()
        .filter_map(|back| {
            let date = today.checked_sub(back.days()).ok()?;
            Some((date, Span::new(begins(date)?, begins(date.tomorrow().ok()?)?)?))
        })
        .collect()
}

/// Stretches of a span in which the zone has one offset, each with it in milliseconds.
fn stretches(zone: &TimeZone, span: Span) -> Vec<(Span, i64)> {
    let mut found: Vec<(Span, i64)> = Vec::new();
    let mut from = span.from;
    let turns = zone.following(span.from.jiff()).map(|turn| Timestamp(turn.timestamp().as_millisecond()));
    for to in turns.take_while(|at| *at < span.to).chain([span.to]) {
        let offset = i64::from(zone.to_offset(from.jiff()).seconds()) * 1_000;
        found.extend(Span::new(from, to).map(|part| (part, offset)));
        from = to;
    }
    found
}

/// Days since 1970-01-01.
fn number(date: Date) -> i64 {
    date.to_zoned(TimeZone::UTC).map_or(0, |at| at.timestamp().as_millisecond() / DAY)
}

/// How the last days of systems were, oldest first, as a zone cuts them: to the hour. Where hours are not kept so far back, a day is
/// that of UTC with the same date. Systems in the order given.
pub async fn days(
    conn: &mut AnyConnection,
    ids: &[SystemId],
    zone: &TimeZone,
    now: Timestamp,
    count: u32,
) -> Result<Vec<(SystemId, Vec<StripCell>)>, Fault> {
    if *zone == TimeZone::UTC {
        let today = now.floor(DAY);
        return strips(conn, ids, Span { from: today.plus(-i64::from(count.max(1) - 1) * DAY), to: today.plus(DAY) }, count).await;
    }
    let local = local_days(zone, now, count);
    let (Some((_, first)), Some((_, last))) = (local.first(), local.last()) else { return Ok(Vec::new()) };
    let span = Span { from: first.from, to: last.to };
    let (mut cells, mut since): (HashMap<(SystemId, i64), Cell>, Timestamp) = (HashMap::new(), span.to);
    for (part, offset) in stretches(zone, span) {
        for day in store::by_local_day(conn, ids, part, offset).await? {
            since = since.min(day.first);
            let cell = cells.entry((day.system, day.number)).or_default();
            add(cell, day.cell);
        }
    }
    // What came before the first hour that is kept.
    for (system, at, cell) in store::by_system(conn, ids, Resolution::Day, Span { from: span.from, to: since }).await? {
        if at.plus(DAY) <= since {
            add(cells.entry((system, at.0 / DAY)).or_default(), cell);
        }
    }
    let of = |id: &SystemId| {
        let cell = |(date, span): &(Date, Span)| StripCell {
            span: *span,
            cell: cells.get(&(id.clone(), number(*date))).copied().unwrap_or_default(),
        };
        (id.clone(), local.iter().map(cell).collect())
    };
    Ok(ids.iter().map(of).collect())
}

fn add(sum: &mut Cell, cell: Cell) {
    sum.count += cell.count;
    sum.failures += cell.failures;
    sum.unknown += cell.unknown;
}

#[cfg(test)]
mod tests {
    use domain::time::{HOUR, zone};

    use super::*;

    #[test]
    fn days_are_as_long_as_they_are_there() {
        let berlin = zone("Europe/Berlin").expect("a zone");
        // 2025-03-31T10:00:00Z; the clock went forward on the 30th.
        let days = local_days(&berlin, Timestamp(1_743_415_200_000), 3);
        let hours: Vec<i64> = days.iter().map(|(_, span)| span.length() / HOUR).collect();
        assert_eq!(hours, [24, 23, 24]);
        assert_eq!(days[0].1.from.rfc3339(), "2025-03-28T23:00:00.000Z");
        let span = Span { from: days[0].1.from, to: days[2].1.to };
        let offsets: Vec<(i64, i64)> =
            stretches(&berlin, span).iter().map(|(part, offset)| (part.length() / HOUR, offset / HOUR)).collect();
        assert_eq!(offsets, [(26, 1), (45, 2)]);
        assert_eq!(number(days[0].0) * DAY, days[0].1.from.0 + HOUR, "by the date that the wall shows");
    }
}
