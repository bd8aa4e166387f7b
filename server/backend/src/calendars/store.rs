//! Tables `foreign_calendars`, `foreign_events`.

use domain::{
    Fault, Reach, Span, Timestamp,
    calendars::{Content, Event, ForeignCalendar, Reading, Time},
    id::{CalendarId, TeamId},
};
use sqlx::AnyConnection;

use crate::db::{Sql, sql, stored};

/// Rows that one statement writes.
const CHUNK: usize = 50;

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
    let held: Vec<EventRow> = sql("SELECT calendar_id, name, whole_days, first_from, first_to, recurrence, without FROM foreign_events \
         WHERE calendar_id = $1 ORDER BY place")
    .value(id)
    .all(conn)
    .await?;
    // Not every sender says by an ETag that nothing has changed.
    if held == rows {
        return Ok(Some(false));
    }
    sql("DELETE FROM foreign_events WHERE calendar_id = $1").value(id).run(conn).await?;
    let numbered: Vec<(i64, (&Event, &EventRow))> = (0..).zip(events.iter().zip(&rows)).collect();
    for chunk in numbered.chunks(CHUNK) {
        sql(
            "INSERT INTO foreign_events (calendar_id, place, name, whole_days, first_from, first_to, recurrence, without, ends_at) VALUES ",
        )
        .rows(chunk, |row, (place, (event, written))| {
            row.bind(id)
                .bind(*place)
                .bind(&written.name)
                .bind(written.whole_days)
                .bind(written.first_from)
                .bind(written.first_to)
                .bind(&written.recurrence)
                .bind(&written.without)
                .bind(event.extent().to)
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

/// Times of the events of these calendars that overlap a span.
pub(super) async fn during(conn: &mut AnyConnection, ids: &[&CalendarId], span: Span) -> Result<Vec<Time>, Fault> {
    let rows: Vec<EventRow> = sql("SELECT calendar_id, name, whole_days, first_from, first_to, recurrence, without FROM foreign_events \
         WHERE first_from < ")
    .bind(span.to)
    .push(" AND ends_at > ")
    .bind(span.from)
    .and_in("calendar_id", ids.iter().copied())
    .push(" ORDER BY first_from, calendar_id, place")
    .all(conn)
    .await?;
    let mut found = Vec::new();
    for row in rows {
        let json = |text: &str| serde_json::from_str(text).map_err(|_| Fault::Internal);
        let event = Event {
            name: row.name,
            whole_days: row.whole_days != 0,
            first: Span { from: Timestamp(row.first_from), to: Timestamp(row.first_to) },
            recurrence: if row.recurrence.is_empty() { None } else { Some(json(&row.recurrence)?) },
            without: serde_json::from_str(&row.without).map_err(|_| Fault::Internal)?,
        };
        let calendar: CalendarId = stored(&row.calendar_id)?;
        let time = |span| Time { calendar: calendar.clone(), name: event.name.clone(), whole_days: event.whole_days, span };
        found.extend(event.times(span).into_iter().map(time));
    }
    Ok(found)
}
