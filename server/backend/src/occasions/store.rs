//! Table `occasions`.

use domain::{
    Fault, Reach, Span, Timestamp,
    id::{OccasionId, TeamId},
    occasions::{Content, Occasion, days_text},
};
use sqlx::AnyConnection;

use crate::db::{Sql, sql, stored};

/// Occasions that are read at a time.
const MOST: i64 = 2_000;

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    team_id: String,
    team_name: String,
    kind: String,
    name: String,
    first_day: String,
    last_day: String,
    zone: String,
    rrule: String,
    without: String,
    author_name: String,
    version: i64,
}

fn select() -> Sql {
    sql("SELECT o.id, o.team_id, COALESCE(t.name, '') AS team_name, o.kind, o.name, o.first_day, o.last_day, o.zone, o.rrule, \
         o.without, o.author_name, o.version FROM occasions o LEFT JOIN teams t ON t.id = o.team_id WHERE (o.team_id = '' OR (1 = 1")
}

/// Everybody's, and those of teams within reach.
fn readable(reach: &Reach) -> Sql {
    select().within("o.team_id", reach).push("))")
}

async fn read(statement: Sql, conn: &mut AnyConnection) -> Result<Vec<Occasion>, Fault> {
    let rows: Vec<Row> = statement.all(conn).await?;
    rows.into_iter()
        .map(|row| {
            Ok(Occasion {
                id: stored(&row.id)?,
                content: Content {
                    kind: stored(&row.kind)?,
                    name: row.name,
                    first: stored(&row.first_day)?,
                    last: stored(&row.last_day)?,
                    zone: row.zone,
                    team: if row.team_id.is_empty() { None } else { Some(stored(&row.team_id)?) },
                    rrule: Some(row.rrule).filter(|rrule| !rrule.is_empty()),
                    without: row.without.split_whitespace().map(stored).collect::<Result<_, _>>()?,
                },
                team_name: row.team_name,
                author: row.author_name,
                version: row.version,
                next: None,
            })
        })
        .collect()
}

/// Those that end after a moment (all where `None`), by their beginning.
pub(super) async fn list(conn: &mut AnyConnection, reach: &Reach, since: Option<Timestamp>) -> Result<Vec<Occasion>, Fault> {
    let mut statement = readable(reach);
    if let Some(since) = since {
        statement = statement.push(" AND o.ends_at > ").bind(since);
    }
    read(statement.push(" ORDER BY o.starts_at, o.id LIMIT ").bind(MOST), conn).await
}

/// Those that may have a time in a span.
pub(super) async fn around(conn: &mut AnyConnection, reach: &Reach, span: Span) -> Result<Vec<Occasion>, Fault> {
    let statement = readable(reach).push(" AND o.starts_at < ").bind(span.to).push(" AND o.ends_at > ").bind(span.from);
    read(statement.push(" ORDER BY o.starts_at, o.id LIMIT ").bind(MOST), conn).await
}

pub(super) async fn one(conn: &mut AnyConnection, reach: &Reach, id: &OccasionId) -> Result<Option<Occasion>, Fault> {
    Ok(read(readable(reach).push(" AND o.id = ").bind(id), conn).await?.pop())
}

fn team_of(content: &Content) -> &str {
    content.team.as_ref().map_or("", TeamId::as_str)
}

pub(super) async fn insert(
    conn: &mut AnyConnection,
    id: &OccasionId,
    author: &str,
    content: &Content,
    now: Timestamp,
) -> Result<(), Fault> {
    let extent = content.extent();
    sql("INSERT INTO occasions (id, team_id, kind, name, first_day, last_day, zone, rrule, without, starts_at, ends_at, author_name, \
         created_at, updated_at) VALUES ")
    .rows([()], |row, ()| {
        row.bind(id)
            .bind(team_of(content))
            .bind(content.kind.name())
            .bind(&content.name)
            .bind(content.first.to_string())
            .bind(content.last.to_string())
            .bind(&content.zone)
            .bind(content.rrule.as_deref().unwrap_or_default())
            .bind(days_text(&content.without))
            .bind(extent.from)
            .bind(extent.to)
            .bind(author)
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
    (id, version): (&OccasionId, i64),
    author: &str,
    content: &Content,
    now: Timestamp,
) -> Result<bool, Fault> {
    let extent = content.extent();
    let done = sql("UPDATE occasions SET team_id = $1, kind = $2, name = $3, first_day = $4, last_day = $5, zone = $6, rrule = $7, \
         without = $8, starts_at = $9, ends_at = $10, author_name = $11, updated_at = $12, version = version + 1 WHERE id = $13 AND version = $14")
    .value(team_of(content))
    .value(content.kind.name())
    .value(&content.name)
    .value(content.first.to_string())
    .value(content.last.to_string())
    .value(&content.zone)
    .value(content.rrule.as_deref().unwrap_or_default())
    .value(days_text(&content.without))
    .value(extent.from)
    .value(extent.to)
    .value(author)
    .value(now)
    .value(id)
    .value(version)
    .run(conn)
    .await?;
    Ok(done == 1)
}

/// Whether it was there.
pub(super) async fn delete(conn: &mut AnyConnection, id: &OccasionId) -> Result<bool, Fault> {
    Ok(sql("DELETE FROM occasions WHERE id = $1").value(id).run(conn).await? == 1)
}
