//! Freezes.

use std::collections::BTreeMap;

use domain::{
    Fault, PageRequest, Reach, Span, Timestamp,
    changes::{Freeze, FreezeContent, Scope, Window},
    id::{FreezeId, SystemId},
    systems::Brief,
    time::{parse_wall, zone},
};
use sqlx::AnyConnection;

use crate::db::{Sql, sql, stored};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    scope: String,
    team_id: String,
    team_name: Option<String>,
    start_wall: String,
    end_wall: String,
    zone: String,
    starts_at: i64,
    ends_at: i64,
    reason: String,
    author_name: String,
    version: i64,
    hard: i64,
    recurrence: String,
}

#[derive(sqlx::FromRow)]
struct SystemRow {
    freeze_id: String,
    system_id: String,
}

fn select() -> Sql {
    sql("SELECT f.id, f.scope, f.team_id, t.name AS team_name, f.start_wall, f.end_wall, f.zone, f.starts_at, f.ends_at, f.reason, \
         f.author_name, f.version, f.hard, f.recurrence FROM freezes f LEFT JOIN teams t ON t.id = f.team_id WHERE 1 = 1")
}

/// What concerns everybody is read by everybody, the rest by those who read the team or the owner of a system.
fn readable(statement: Sql, reach: &Reach) -> Sql {
    match reach {
        Reach::All => statement,
        Reach::Teams(_) => statement
            .push(" AND (f.scope = 'all' OR EXISTS (SELECT 1 FROM teams r WHERE r.id = f.team_id")
            .within("r.id", reach)
            .push(") OR EXISTS (SELECT 1 FROM freeze_systems fs WHERE fs.freeze_id = f.id")
            .within("fs.team_id", reach)
            .push("))"),
    }
}

async fn read(statement: Sql, conn: &mut AnyConnection) -> Result<Vec<Freeze>, Fault> {
    let rows: Vec<Row> = statement.all(conn).await?;
    let named: Vec<SystemRow> = sql("SELECT freeze_id, system_id FROM freeze_systems WHERE 1 = 1")
        .and_in("freeze_id", rows.iter().filter(|r| r.scope == "systems").map(|r| r.id.as_str()))
        .push(" ORDER BY system_id")
        .all(conn)
        .await?;
    let mut systems: BTreeMap<String, Vec<SystemId>> = BTreeMap::new();
    for row in named {
        systems.entry(row.freeze_id).or_default().push(stored(&row.system_id)?);
    }
    rows.into_iter()
        .map(|row| {
            let scope = match row.scope.as_str() {
                "all" => Scope::All,
                "team" => Scope::Team(stored(&row.team_id)?),
                _ => Scope::Systems(systems.remove(&row.id).unwrap_or_default()),
            };
            // Of one that comes again the columns hold the extent; the window is its first time.
            let span = match zone(&row.zone).filter(|_| !row.recurrence.is_empty()) {
                Some(zone) => {
                    let at = |text: &str, or: i64| parse_wall(text, &zone).unwrap_or(Timestamp(or));
                    let from = at(&row.start_wall, row.starts_at);
                    Span { from, to: at(&row.end_wall, row.ends_at).max(from.plus(1)) }
                }
                None => Span { from: Timestamp(row.starts_at), to: Timestamp(row.ends_at) },
            };
            let window = Window { start: row.start_wall, end: row.end_wall, zone: row.zone, span };
            let recurrence = match row.recurrence.as_str() {
                "" => None,
                text => Some(serde_json::from_str(text).map_err(|error| {
                    tracing::error!(%error, "the recurrence of a freeze does not read");
                    Fault::Internal
                })?),
            };
            Ok(Freeze {
                id: stored(&row.id)?,
                content: FreezeContent { scope, window, reason: row.reason, hard: row.hard != 0, recurrence },
                author: row.author_name,
                version: row.version,
                systems: Vec::new(),
                team_name: row.team_name.unwrap_or_default(),
            })
        })
        .collect()
}

/// Freezes that overlap the span, by start, at each of their times within it.
pub(in crate::changes) async fn freezes(conn: &mut AnyConnection, reach: &Reach, span: Span) -> Result<Vec<Freeze>, Fault> {
    let statement = readable(select(), reach).push(" AND f.starts_at < ").bind(span.to).push(" AND f.ends_at > ").bind(span.from);
    let found = read(statement.push(" ORDER BY f.starts_at, f.id"), conn).await?;
    let mut times: Vec<Freeze> = found.iter().flat_map(|freeze| freeze.times(span)).collect();
    times.sort_by_key(|freeze| freeze.content.window.span.from);
    Ok(times)
}

/// Freezes that end after a moment (all where `None`), those that end last first; one row more than asked for.
pub(in crate::changes) async fn list_freezes(
    conn: &mut AnyConnection,
    reach: &Reach,
    since: Option<Timestamp>,
    page: &PageRequest,
) -> Result<Vec<Freeze>, Fault> {
    let mut statement = readable(select(), reach);
    if let Some(since) = since {
        statement = statement.push(" AND f.ends_at > ").bind(since);
    }
    if let Some((ends_at, id)) = page.position()? {
        statement = statement.push(" AND (f.ends_at < ").bind(ends_at).push(" OR (f.ends_at = ").bind(ends_at);
        statement = statement.push(" AND f.id < ").bind(&id).push("))");
    }
    read(statement.push(" ORDER BY f.ends_at DESC, f.id DESC LIMIT ").bind(page.limit + 1), conn).await
}

pub(in crate::changes) async fn freeze(conn: &mut AnyConnection, reach: &Reach, id: &FreezeId) -> Result<Option<Freeze>, Fault> {
    Ok(read(readable(select(), reach).push(" AND f.id = ").bind(id), conn).await?.pop())
}

fn team_of(scope: &Scope) -> &str {
    match scope {
        Scope::Team(team) => team.as_str(),
        Scope::All | Scope::Systems(_) => "",
    }
}

fn recurrence_text(content: &FreezeContent) -> Result<String, Fault> {
    content.recurrence.as_ref().map_or(Ok(String::new()), |recurrence| serde_json::to_string(recurrence).map_err(|_| Fault::Internal))
}

async fn write_systems(conn: &mut AnyConnection, id: &FreezeId, scope: &Scope, systems: &[Brief]) -> Result<(), Fault> {
    let Scope::Systems(frozen) = scope else { return Ok(()) };
    let rows: Vec<&Brief> = systems.iter().filter(|s| frozen.contains(&s.id)).collect();
    sql("INSERT INTO freeze_systems (freeze_id, system_id, team_id) VALUES ")
        .rows(rows, |r, system| r.bind(id).bind(&system.id).bind(&system.team))
        .run(conn)
        .await?;
    Ok(())
}

pub(in crate::changes) async fn insert_freeze(
    conn: &mut AnyConnection,
    id: &FreezeId,
    author: &str,
    content: &FreezeContent,
    systems: &[Brief],
    now: Timestamp,
) -> Result<(), Fault> {
    let (window, extent, recurrence) = (&content.window, content.extent(), recurrence_text(content)?);
    sql("INSERT INTO freezes (id, scope, team_id, start_wall, end_wall, zone, starts_at, ends_at, reason, author_name, created_at, updated_at, hard, recurrence) VALUES ")
        .rows([()], |r, ()| {
            r.bind(id)
                .bind(content.scope.name())
                .bind(team_of(&content.scope))
                .bind(&window.start)
                .bind(&window.end)
                .bind(&window.zone)
                .bind(extent.from)
                .bind(extent.to)
                .bind(&content.reason)
                .bind(author)
                .bind(now)
                .bind(now)
                .bind(content.hard)
                .bind(&recurrence)
        })
        .run(conn)
        .await?;
    write_systems(conn, id, &content.scope, systems).await
}

/// 0 where it was changed since it was read.
pub(in crate::changes) async fn update_freeze(
    conn: &mut AnyConnection,
    id: &FreezeId,
    version: i64,
    author: &str,
    content: &FreezeContent,
    systems: &[Brief],
    now: Timestamp,
) -> Result<u64, Fault> {
    let (window, extent) = (&content.window, content.extent());
    let done =
        sql("UPDATE freezes SET scope = $1, team_id = $2, start_wall = $3, end_wall = $4, zone = $5, starts_at = $6, ends_at = $7, \
         reason = $8, author_name = $9, updated_at = $10, version = version + 1, hard = $11, recurrence = $12 WHERE id = $13 AND version = $14")
        .value(content.scope.name())
        .value(team_of(&content.scope))
        .value(&window.start)
        .value(&window.end)
        .value(&window.zone)
        .value(extent.from)
        .value(extent.to)
        .value(&content.reason)
        .value(author)
        .value(now)
        .value(content.hard)
        .value(recurrence_text(content)?)
        .value(id)
        .value(version)
        .run(conn)
        .await?;
    if done == 1 {
        sql("DELETE FROM freeze_systems WHERE freeze_id = $1").value(id).run(conn).await?;
        write_systems(conn, id, &content.scope, systems).await?;
    }
    Ok(done)
}

/// Breaks of this version hold for the next one as well.
pub(in crate::changes) async fn keep_breaks(conn: &mut AnyConnection, id: &FreezeId, version: i64) -> Result<(), Fault> {
    sql("UPDATE freeze_breaks SET freeze_version = $1 WHERE freeze_id = $2 AND freeze_version = $3")
        .value(version + 1)
        .value(id)
        .value(version)
        .run(conn)
        .await
        .map(drop)
}

pub(in crate::changes) async fn delete_freeze(conn: &mut AnyConnection, id: &FreezeId) -> Result<u64, Fault> {
    sql("DELETE FROM freezes WHERE id = $1").value(id).run(conn).await
}
