//! Tables `foreign_calendars`, `foreign_events`.

use std::collections::HashMap;

use domain::{
    Fault, Reach, Span, Timestamp,
    calendars::{Content, Event, ForeignCalendar, Reading, Time},
    id::{CalendarId, TeamId},
};
use sqlx::AnyConnection;

use crate::db::{Sql, sql, stored};

/// Rows that one statement writes.
const CHUNK: usize = 50;
/// Calendars whose times are worked out whole, where each has as many as are told.
const SHARE: usize = 20;

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    team_id: String,
    team_name: String,
    name: String,
    host: String,
    zone: String,
    every_minutes: i64,
    author_name: String,
    read_at: i64,
    failing_since: i64,
    failure: String,
    next_at: i64,
    events: i64,
    left_out: i64,
}

#[derive(sqlx::FromRow)]
struct DueRow {
    #[sqlx(flatten)]
    row: Row,
    url: String,
    etag: String,
    failures: i64,
}

#[derive(sqlx::FromRow, PartialEq, Eq)]
struct EventRow {
    calendar_id: String,
    name: String,
    whole_days: i64,
    first_from: i64,
    first_to: i64,
    recurrence: String,
    without: String,
    ends_at: i64,
}

/// A calendar that is to be read.
#[derive(Debug, Clone)]
pub(super) struct Due {
    pub(super) calendar: ForeignCalendar,
    /// Its address, sealed.
    pub(super) url: String,
    /// What the sender called what was last read.
    pub(super) etag: String,
    /// Readings that failed since.
    pub(super) failures: i64,
}

fn moment(ms: i64) -> Option<Timestamp> {
    (ms > 0).then_some(Timestamp(ms))
}

fn calendar(row: Row) -> Result<ForeignCalendar, Fault> {
    Ok(ForeignCalendar {
        id: stored(&row.id)?,
        content: Content {
            name: row.name,
            team: if row.team_id.is_empty() { None } else { Some(stored(&row.team_id)?) },
            zone: row.zone,
            every_minutes: u32::try_from(row.every_minutes).map_err(|_| Fault::Internal)?,
        },
        host: row.host,
        team_name: row.team_name,
        author: row.author_name,
        reading: Reading {
            read_at: moment(row.read_at),
            failing_since: moment(row.failing_since),
            failure: row.failure,
            next_at: Timestamp(row.next_at),
            events: row.events,
            left: row.left_out,
        },
    })
}

/// Everybody's, and those of teams within reach.
fn readable(reach: &Reach) -> Sql {
    let columns =
        sql("SELECT c.id, c.team_id, COALESCE(t.name, '') AS team_name, c.name, c.host, c.zone, c.every_minutes, c.author_name, \
         c.read_at, c.failing_since, c.failure, c.next_at, c.events, c.left_out FROM foreign_calendars c \
         LEFT JOIN teams t ON t.id = c.team_id WHERE (c.team_id = '' OR (1 = 1");
    columns.within("c.team_id", reach).push("))")
}

pub(super) async fn list(conn: &mut AnyConnection, reach: &Reach) -> Result<Vec<ForeignCalendar>, Fault> {
    let rows: Vec<Row> = readable(reach).push(" ORDER BY c.name, c.id").all(conn).await?;
    rows.into_iter().map(calendar).collect()
}

pub(super) async fn one(conn: &mut AnyConnection, reach: &Reach, id: &CalendarId) -> Result<Option<ForeignCalendar>, Fault> {
    readable(reach).push(" AND c.id = ").bind(id).first::<Row>(conn).await?.map(calendar).transpose()
}

pub(super) async fn count(conn: &mut AnyConnection) -> Result<i64, Fault> {
    sql("SELECT COUNT(*) FROM foreign_calendars").count(conn).await
}

pub(super) async fn insert(
    conn: &mut AnyConnection,
    id: &CalendarId,
    author: &str,
    (content, sealed, host): (&Content, &str, &str),
    now: Timestamp,
) -> Result<(), Fault> {
    sql("INSERT INTO foreign_calendars (id, team_id, name, url, host, zone, every_minutes, author_name, created_at, next_at) VALUES ")
        .rows([()], |row, ()| {
            row.bind(id)
                .bind(content.team.as_ref().map_or("", TeamId::as_str))
                .bind(&content.name)
                .bind(sealed)
                .bind(host)
                .bind(&content.zone)
                .bind(i64::from(content.every_minutes))
                .bind(author)
                .bind(now)
                .bind(now)
        })
        .run(conn)
        .await?;
    Ok(())
}

/// Has it read at a moment.
pub(super) async fn soon(conn: &mut AnyConnection, id: &CalendarId, at: Timestamp) -> Result<(), Fault> {
    sql("UPDATE foreign_calendars SET next_at = $1 WHERE id = $2").value(at).value(id).run(conn).await?;
    Ok(())
}

/// What is due later is due sooner: the clock was set back.
pub(super) async fn sooner(conn: &mut AnyConnection, by: i64, now: Timestamp) -> Result<(), Fault> {
    sql("UPDATE foreign_calendars SET next_at = next_at - $1 WHERE next_at > $2").value(by).value(now).run(conn).await.map(drop)
}

/// Whether it was there.
pub(super) async fn delete(conn: &mut AnyConnection, id: &CalendarId) -> Result<bool, Fault> {
    sql("DELETE FROM foreign_events WHERE calendar_id = $1").value(id).run(conn).await?;
    Ok(sql("DELETE FROM foreign_calendars WHERE id = $1").value(id).run(conn).await? == 1)
}

/// Those that are to be read at a moment, the longest waiting first.
pub(super) async fn due(conn: &mut AnyConnection, now: Timestamp, most: i64) -> Result<Vec<Due>, Fault> {
    let rows: Vec<DueRow> = sql("SELECT c.id, c.team_id, '' AS team_name, c.name, c.host, c.zone, c.every_minutes, c.author_name, c.read_at, \
         c.failing_since, c.failure, c.next_at, c.events, c.left_out, c.url, c.etag, c.failures FROM foreign_calendars c WHERE c.next_at <= ")
    .bind(now)
    .push(" ORDER BY c.next_at, c.id LIMIT ")
    .bind(most)
    .all(conn)
    .await?;
    let due = |row: DueRow| Ok(Due { calendar: calendar(row.row)?, url: row.url, etag: row.etag, failures: row.failures });
    rows.into_iter().map(due).collect()
}

/// It was read: `events` is `None` where nothing has changed. Whether its events are others than before; `None` where it is not there
/// any more.
pub(super) async fn was_read(
    conn: &mut AnyConnection,
    due: &Due,
    (events, left, etag): (Option<&[Event]>, usize, &str),
    (now, next): (Timestamp, Timestamp),
) -> Result<Option<bool>, Fault> {
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let (kept, left) = events.map_or((due.calendar.reading.events, due.calendar.reading.left), |events| (count(events.len()), count(left)));
    let id = &due.calendar.id;
    let done = sql("UPDATE foreign_calendars SET read_at = $1, failing_since = 0, failure = '', failures = 0, next_at = $2, etag = $3, \
         events = $4, left_out = $5 WHERE id = $6")
    .value(now)
    .value(next)
    .value(etag)
    .value(kept)
    .value(left)
    .value(id)
    .run(conn)
    .await?;
    if done == 0 {
        return Ok(None);
    }
    let Some(events) = events else { return Ok(Some(false)) };
    let rows = events.iter().map(|event| event_row(id, event)).collect::<Result<Vec<_>, _>>()?;
    let held: Vec<EventRow> =
        sql("SELECT calendar_id, name, whole_days, first_from, first_to, recurrence, without, ends_at FROM foreign_events \
         WHERE calendar_id = $1 ORDER BY place")
        .value(id)
        .all(conn)
        .await?;
    // Not every sender says by an ETag that nothing has changed.
    if held == rows {
        return Ok(Some(false));
    }
    sql("DELETE FROM foreign_events WHERE calendar_id = $1").value(id).run(conn).await?;
    let numbered: Vec<(i64, &EventRow)> = (0..).zip(&rows).collect();
    for chunk in numbered.chunks(CHUNK) {
        sql(
            "INSERT INTO foreign_events (calendar_id, place, name, whole_days, first_from, first_to, recurrence, without, ends_at) VALUES ",
        )
        .rows(chunk, |row, (place, written)| {
            row.bind(id)
                .bind(*place)
                .bind(&written.name)
                .bind(written.whole_days)
                .bind(written.first_from)
                .bind(written.first_to)
                .bind(&written.recurrence)
                .bind(&written.without)
                .bind(written.ends_at)
        })
        .run(conn)
        .await?;
    }
    Ok(Some(true))
}

/// An event as it is kept.
fn event_row(calendar: &CalendarId, event: &Event) -> Result<EventRow, Fault> {
    let recurrence = event.recurrence.as_ref().map(serde_json::to_string).transpose().map_err(|_| Fault::Internal)?;
    Ok(EventRow {
        calendar_id: calendar.to_string(),
        name: event.name.clone(),
        whole_days: i64::from(event.whole_days),
        first_from: event.first.from.0,
        first_to: event.first.to.0,
        recurrence: recurrence.unwrap_or_default(),
        without: serde_json::to_string(&event.without).map_err(|_| Fault::Internal)?,
        ends_at: event.ends.0,
    })
}

/// It could not be read; what was read before stays. Whether it is still there.
pub(super) async fn failed(conn: &mut AnyConnection, due: &Due, why: &str, (now, next): (Timestamp, Timestamp)) -> Result<bool, Fault> {
    let done = sql("UPDATE foreign_calendars SET failing_since = $1, failure = $2, failures = $3, next_at = $4 WHERE id = $5")
        .value(due.calendar.reading.failing_since.unwrap_or(now))
        .value(why)
        .value(due.failures + 1)
        .value(next)
        .value(&due.calendar.id)
        .run(conn)
        .await?;
    Ok(done == 1)
}

impl EventRow {
    fn event(self) -> Result<(CalendarId, Event), Fault> {
        let json = |text: &str| serde_json::from_str(text).map_err(|_| Fault::Internal);
        let mut without: Vec<Timestamp> = serde_json::from_str(&self.without).map_err(|_| Fault::Internal)?;
        // What was written before stood in the order of its calendar.
        without.sort_unstable();
        let event = Event {
            name: self.name,
            whole_days: self.whole_days != 0,
            first: Span { from: Timestamp(self.first_from), to: Timestamp(self.first_to) },
            recurrence: if self.recurrence.is_empty() { None } else { Some(json(&self.recurrence)?) },
            without,
            ends: Timestamp(self.ends_at),
        };
        Ok((stored(&self.calendar_id)?, event))
    }
}

/// Times of the events of these calendars that overlap a span: of each calendar at most `most`, and of all together [`SHARE`] times as
/// many. Working them out takes a while where there are many: it holds up no other request.
pub(super) async fn during(conn: &mut AnyConnection, ids: &[&CalendarId], span: Span, most: usize) -> Result<Vec<Time>, Fault> {
    let rows: Vec<EventRow> =
        sql("SELECT calendar_id, name, whole_days, first_from, first_to, recurrence, without, ends_at FROM foreign_events \
         WHERE first_from < ")
        .bind(span.to)
        .push(" AND ends_at > ")
        .bind(span.from)
        .and_in("calendar_id", ids.iter().copied())
        .push(" ORDER BY first_from, calendar_id, place")
        .all(conn)
        .await?;
    tokio::task::spawn_blocking(move || times(rows, span, most)).await.map_err(|_| Fault::Internal)?
}

fn times(rows: Vec<EventRow>, span: Span, most: usize) -> Result<Vec<Time>, Fault> {
    let mut found = Vec::new();
    let mut each: HashMap<String, usize> = HashMap::new();
    for row in rows {
        let of_it = each.entry(row.calendar_id.clone()).or_default();
        let room = (most - *of_it).min(SHARE * most - found.len());
        if room == 0 {
            continue;
        }
        let (calendar, event) = row.event()?;
        let time = |span| Time { calendar: calendar.clone(), name: event.name.clone(), whole_days: event.whole_days, span };
        let before = found.len();
        found.extend(event.times(span).into_iter().take(room).map(time));
        *of_it += found.len() - before;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{alerts::FOREVER, time::DAY};

    #[test]
    fn a_full_calendar_takes_no_room_from_others() {
        let row = |calendar: &str, name: &str| EventRow {
            calendar_id: calendar.to_owned(),
            name: name.to_owned(),
            whole_days: 0,
            first_from: 1_741_910_400_000,
            first_to: 1_741_914_000_000,
            recurrence: r#"{"rrule":"FREQ=DAILY","start":"2025-03-14T00:00","minutes":60,"zone":"UTC"}"#.to_owned(),
            without: "[1742083200000,1741996800000]".to_owned(),
            ends_at: FOREVER.0,
        };
        let (full, other) = ("00000000-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000002");
        let mut rows: Vec<EventRow> = (0..300).map(|_| row(full, "Full")).collect();
        rows.push(row(other, "Other"));
        let from = Timestamp(1_741_910_400_000);
        let found = times(rows, Span { from, to: from.plus(10 * DAY) }, 20).unwrap();
        let of =
            |name: &str| found.iter().filter(|time| time.name == name).map(|time| time.span.from.since(from) / DAY).collect::<Vec<_>>();
        assert_eq!(of("Full").len(), 20);
        assert_eq!(of("Other"), [0, 3, 4, 5, 6, 7, 8, 9], "two days are left out, in whatever order they were kept");
    }
}
