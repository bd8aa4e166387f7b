//! Tables `saved_views` and `preferred_views`.

use domain::{
    Fault, Reach, Timestamp,
    id::{TeamId, UserId, ViewId},
    views::{Place, SavedView, ViewContent},
};
use sqlx::AnyConnection;

use crate::db::{Sql, sql, stored};

/// Views that are read at a time.
const MOST: i64 = 1_000;

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    place: String,
    owner_id: String,
    owner_name: String,
    team_id: String,
    team_name: String,
    name: String,
    query: String,
    version: i64,
    preferred: i64,
}

/// Views as a person reads them.
fn read_by(user: &UserId) -> Sql {
    sql("SELECT v.id, v.place, v.owner_id, v.owner_name, v.team_id, COALESCE(t.name, '') AS team_name, v.name, v.query, v.version, \
         CASE WHEN p.view_id IS NULL THEN 0 ELSE 1 END AS preferred FROM saved_views v LEFT JOIN teams t ON t.id = v.team_id \
         LEFT JOIN preferred_views p ON p.view_id = v.id AND p.user_id = ")
    .bind(user)
}

/// The person's own, and those that are shared with a team within reach.
fn readable(reach: &Reach, user: &UserId) -> Sql {
    read_by(user).push(" WHERE (v.owner_id = ").bind(user).push(" OR (v.team_id <> ''").within("v.team_id", reach).push("))")
}

async fn read(statement: Sql, user: &UserId, conn: &mut AnyConnection) -> Result<Vec<SavedView>, Fault> {
    let rows: Vec<Row> = statement.all(conn).await?;
    rows.into_iter()
        .map(|row| {
            Ok(SavedView {
                id: stored(&row.id)?,
                content: ViewContent {
                    place: stored(&row.place)?,
                    name: row.name,
                    query: row.query,
                    team: if row.team_id.is_empty() { None } else { Some(stored(&row.team_id)?) },
                },
                owner: row.owner_name,
                mine: row.owner_id == user.as_str(),
                team_name: row.team_name,
                preferred: row.preferred != 0,
                version: row.version,
            })
        })
        .collect()
}

pub(super) async fn list(conn: &mut AnyConnection, reach: &Reach, user: &UserId, place: Option<Place>) -> Result<Vec<SavedView>, Fault> {
    let mut statement = readable(reach, user);
    if let Some(place) = place {
        statement = statement.push(" AND v.place = ").bind(place.name());
    }
    read(statement.push(" ORDER BY v.place, v.name, v.id LIMIT ").bind(MOST), user, conn).await
}

pub(super) async fn one(conn: &mut AnyConnection, reach: &Reach, user: &UserId, id: &ViewId) -> Result<Option<SavedView>, Fault> {
    Ok(read(readable(reach, user).push(" AND v.id = ").bind(id), user, conn).await?.pop())
}

/// One that the person has just written, even where they may not read it any more.
pub(super) async fn whatever(conn: &mut AnyConnection, user: &UserId, id: &ViewId) -> Result<Option<SavedView>, Fault> {
    Ok(read(read_by(user).push(" WHERE v.id = ").bind(id), user, conn).await?.pop())
}

pub(super) async fn count_of(conn: &mut AnyConnection, place: Place, user: &UserId) -> Result<i64, Fault> {
    sql("SELECT COUNT(*) FROM saved_views WHERE owner_id = $1 AND place = $2").value(user).value(place.name()).count(conn).await
}

pub(super) async fn count_of_team(conn: &mut AnyConnection, place: Place, team: &TeamId) -> Result<i64, Fault> {
    sql("SELECT COUNT(*) FROM saved_views WHERE team_id = $1 AND place = $2").value(team).value(place.name()).count(conn).await
}

/// Whether the person has one of that name.
pub(super) async fn named(conn: &mut AnyConnection, place: Place, user: &UserId, name: &str) -> Result<bool, Fault> {
    let count = sql("SELECT COUNT(*) FROM saved_views WHERE owner_id = $1 AND place = $2 AND name = $3")
        .value(user)
        .value(place.name())
        .value(name)
        .count(conn)
        .await?;
    Ok(count > 0)
}

/// Whether the owner of a view has another of that name for the same list.
pub(super) async fn named_beside(conn: &mut AnyConnection, id: &ViewId, name: &str) -> Result<bool, Fault> {
    let count =
        sql("SELECT COUNT(*) FROM saved_views v JOIN saved_views o ON o.owner_id = v.owner_id AND o.place = v.place AND o.id <> v.id \
         WHERE v.id = $1 AND o.name = $2")
        .value(id)
        .value(name)
        .count(conn)
        .await?;
    Ok(count > 0)
}

fn team_of(content: &ViewContent) -> &str {
    content.team.as_ref().map_or("", TeamId::as_str)
}

pub(super) async fn insert(
    conn: &mut AnyConnection,
    id: &ViewId,
    (user, name): (&UserId, &str),
    content: &ViewContent,
    now: Timestamp,
) -> Result<(), Fault> {
    sql("INSERT INTO saved_views (id, place, owner_id, owner_name, team_id, name, query, created_at, updated_at) VALUES ")
        .rows([()], |row, ()| {
            row.bind(id)
                .bind(content.place.name())
                .bind(user)
                .bind(name)
                .bind(team_of(content))
                .bind(&content.name)
                .bind(&content.query)
                .bind(now)
                .bind(now)
        })
        .run(conn)
        .await?;
    Ok(())
}

/// `false` where it was changed since it was read.
pub(super) async fn update(
    conn: &mut AnyConnection,
    (id, version): (&ViewId, i64),
    content: &ViewContent,
    now: Timestamp,
) -> Result<bool, Fault> {
    let done = sql("UPDATE saved_views SET team_id = $1, name = $2, query = $3, updated_at = $4, version = version + 1 \
         WHERE id = $5 AND version = $6")
    .value(team_of(content))
    .value(&content.name)
    .value(&content.query)
    .value(now)
    .value(id)
    .value(version)
    .run(conn)
    .await?;
    Ok(done == 1)
}

/// Whether it was there. Nobody prefers it any more.
pub(super) async fn delete(conn: &mut AnyConnection, id: &ViewId) -> Result<bool, Fault> {
    sql("DELETE FROM preferred_views WHERE view_id = $1").value(id).run(conn).await?;
    Ok(sql("DELETE FROM saved_views WHERE id = $1").value(id).run(conn).await? == 1)
}

/// Which view of a list a person sees first; `None` takes the choice away.
pub(super) async fn prefer(conn: &mut AnyConnection, user: &UserId, place: Place, id: Option<&ViewId>) -> Result<(), Fault> {
    sql("DELETE FROM preferred_views WHERE user_id = $1 AND place = $2").value(user).value(place.name()).run(conn).await?;
    if let Some(id) = id {
        sql("INSERT INTO preferred_views (user_id, place, view_id) VALUES ")
            .rows([()], |row, ()| row.bind(user).bind(place.name()).bind(id))
            .run(conn)
            .await?;
    }
    Ok(())
}
