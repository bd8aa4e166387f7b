//! Covers.

use domain::{
    Fault, Span, Timestamp,
    changes::Window,
    id::{CoverId, ScheduleId, UserId},
};
use sqlx::AnyConnection;

use crate::db::{sql, stored};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    schedule_id: String,
    user_id: String,
    start_wall: String,
    end_wall: String,
    zone: String,
    starts_at: i64,
    ends_at: i64,
    reason: String,
    author_id: Option<String>,
    author_name: String,
    created_at: i64,
}

/// A cover as it is stored.
#[derive(Debug, Clone)]
pub(in crate::oncall) struct Stored {
    pub(in crate::oncall) id: CoverId,
    pub(in crate::oncall) schedule: ScheduleId,
    pub(in crate::oncall) person: UserId,
    pub(in crate::oncall) window: Window,
    pub(in crate::oncall) reason: String,
    pub(in crate::oncall) author: (Option<UserId>, String),
    pub(in crate::oncall) created_at: Timestamp,
}

impl Stored {
    /// What the rule needs of it.
    pub(in crate::oncall) fn brief(&self) -> (CoverId, UserId, Span) {
        (self.id.clone(), self.person.clone(), self.window.span)
    }
}

impl Row {
    fn read(self) -> Result<Stored, Fault> {
        let span = Span { from: Timestamp(self.starts_at), to: Timestamp(self.ends_at) };
        Ok(Stored {
            id: stored(&self.id)?,
            schedule: stored(&self.schedule_id)?,
            person: stored(&self.user_id)?,
            window: Window { start: self.start_wall, end: self.end_wall, zone: self.zone, span },
            reason: self.reason,
            author: (self.author_id.as_deref().map(stored).transpose()?, self.author_name),
            created_at: Timestamp(self.created_at),
        })
    }
}

/// Covers of these schedules that overlap the span, in the order in which they were made.
pub(in crate::oncall) async fn during(conn: &mut AnyConnection, schedules: &[&ScheduleId], span: Span) -> Result<Vec<Stored>, Fault> {
    let rows: Vec<Row> =
        sql("SELECT id, schedule_id, user_id, start_wall, end_wall, zone, starts_at, ends_at, reason, author_id, author_name, \
                              created_at FROM schedule_covers WHERE starts_at < ends_at")
        .and_in("schedule_id", schedules.iter().copied())
        .push(" AND ends_at > ")
        .bind(span.from)
        .push(" AND starts_at < ")
        .bind(span.to)
        .push(" ORDER BY place, id")
        .all(conn)
        .await?;
    rows.into_iter().map(Row::read).collect()
}

pub(in crate::oncall) async fn insert(conn: &mut AnyConnection, cover: &Stored) -> Result<(), Fault> {
    let window = &cover.window;
    sql("INSERT INTO schedule_covers (id, schedule_id, place, user_id, start_wall, end_wall, zone, starts_at, ends_at, reason, author_id, \
         author_name, created_at) SELECT $1, $2, COALESCE(MAX(place), 0) + 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 \
         FROM schedule_covers WHERE schedule_id = $13")
    .value(&cover.id)
    .value(&cover.schedule)
    .value(&cover.person)
    .value(&window.start)
    .value(&window.end)
    .value(&window.zone)
    .value(window.span.from)
    .value(window.span.to)
    .value(&cover.reason)
    .value(cover.author.0.as_ref())
    .value(&cover.author.1)
    .value(cover.created_at)
    .value(&cover.schedule)
    .run(conn)
    .await
    .map(|_| ())
}

/// Takes a cover away that has not begun; ends one that has.
pub(in crate::oncall) async fn end(conn: &mut AnyConnection, cover: &Stored, wall: &str, now: Timestamp) -> Result<bool, Fault> {
    let done = if cover.window.span.from >= now {
        sql("DELETE FROM schedule_covers WHERE id = $1").value(&cover.id).run(conn).await?
    } else {
        sql("UPDATE schedule_covers SET ends_at = $1, end_wall = $2 WHERE id = $3 AND ends_at > $4")
            .value(now)
            .value(wall)
            .value(&cover.id)
            .value(now)
            .run(conn)
            .await?
    };
    Ok(done == 1)
}
