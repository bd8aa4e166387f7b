//! Table `teams`.

use domain::{
    Fault, Reach, Timestamp,
    id::TeamId,
    people::{Team, TeamDraft},
};
use sqlx::AnyConnection;

use crate::db::{sql, stored};

#[derive(sqlx::FromRow)]
struct TeamRow {
    id: String,
    key: String,
    name: String,
    members: i64,
    created_at: i64,
}

pub(crate) async fn list(conn: &mut AnyConnection, reach: &Reach) -> Result<Vec<Team>, Fault> {
    let rows: Vec<TeamRow> = sql("SELECT t.id, t.key, t.name, \
         (SELECT COUNT(DISTINCT m.user_id) FROM memberships m WHERE m.team_id = t.id) AS members, t.created_at FROM teams t WHERE 1 = 1")
    .within("t.id", reach)
    .push(" ORDER BY t.name, t.id")
    .all(conn)
    .await?;
    rows.into_iter()
        .map(|r| Ok(Team { id: stored(&r.id)?, key: r.key, name: r.name, members: r.members, created_at: Timestamp(r.created_at) }))
        .collect()
}

pub(crate) async fn name(conn: &mut AnyConnection, id: &TeamId) -> Result<Option<String>, Fault> {
    Ok(sql("SELECT name FROM teams WHERE id = $1").value(id).texts(conn).await?.pop())
}

pub(crate) async fn key(conn: &mut AnyConnection, id: &TeamId) -> Result<Option<String>, Fault> {
    Ok(sql("SELECT key FROM teams WHERE id = $1").value(id).texts(conn).await?.pop())
}

/// Whether another team has this name.
pub(crate) async fn name_is_taken(conn: &mut AnyConnection, name: &str, but: &TeamId) -> Result<bool, Fault> {
    Ok(sql("SELECT COUNT(*) FROM teams WHERE name = $1 AND id <> $2").value(name).value(but).count(conn).await? > 0)
}

pub(crate) async fn insert(conn: &mut AnyConnection, id: &TeamId, draft: &TeamDraft, calendar: &str, now: Timestamp) -> Result<(), Fault> {
    sql("INSERT INTO teams (id, key, name, calendar_secret, created_at) VALUES ")
        .rows([draft], |r, d| r.bind(id).bind(&d.key).bind(&d.name).bind(calendar).bind(now))
        .run(conn)
        .await?;
    Ok(())
}

pub(crate) async fn edit(conn: &mut AnyConnection, id: &TeamId, draft: &TeamDraft) -> Result<bool, Fault> {
    Ok(sql("UPDATE teams SET key = $1, name = $2 WHERE id = $3").value(&draft.key).value(&draft.name).value(id).run(conn).await? == 1)
}

/// Members of just this team.
pub(crate) async fn members(conn: &mut AnyConnection, id: &TeamId) -> Result<i64, Fault> {
    sql("SELECT COUNT(*) FROM memberships WHERE team_id = $1").value(id).count(conn).await
}

/// Fails as a conflict where something refers to the team.
pub(crate) async fn remove(conn: &mut AnyConnection, id: &TeamId) -> Result<bool, Fault> {
    Ok(sql("DELETE FROM teams WHERE id = $1").value(id).run(conn).await? == 1)
}

#[derive(sqlx::FromRow)]
pub(crate) struct CalendarRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) calendar_secret: String,
}

/// With what the addresses of the calendars are made, and with which they end.
pub(crate) async fn calendars(conn: &mut AnyConnection, reach: &Reach) -> Result<Vec<CalendarRow>, Fault> {
    sql("SELECT id, name, calendar_secret FROM teams WHERE 1 = 1").within("id", reach).push(" ORDER BY name, id").all(conn).await
}

pub(crate) async fn calendar(conn: &mut AnyConnection, id: &TeamId) -> Result<Option<CalendarRow>, Fault> {
    sql("SELECT id, name, calendar_secret FROM teams WHERE id = $1").value(id).first(conn).await
}

pub(crate) async fn set_calendar(conn: &mut AnyConnection, id: &TeamId, secret: &str) -> Result<(), Fault> {
    sql("UPDATE teams SET calendar_secret = $1 WHERE id = $2").value(secret).value(id).run(conn).await.map(|_| ())
}
