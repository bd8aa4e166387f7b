//! Table `locations`: where agents of ours run.

use domain::{
    Fault, Timestamp,
    id::{LocationId, MonitorId, TeamId},
    monitors::{Location, LocationDraft},
};
use sqlx::AnyConnection;

use super::{PlannedRow, targets};
use crate::{
    Seal,
    db::{sql, stored},
};

#[derive(sqlx::FromRow)]
struct LocationRow {
    id: String,
    team_id: String,
    team_name: String,
    name: String,
    created_at: i64,
    seen_at: Option<i64>,
    version: String,
    lag_ms: i64,
    monitors: i64,
    revision: i64,
}

impl LocationRow {
    fn read(self) -> Result<Location, Fault> {
        Ok(Location {
            id: stored(&self.id)?,
            name: self.name,
            team: stored(&self.team_id)?,
            team_name: self.team_name,
            created_at: Timestamp(self.created_at),
            seen_at: self.seen_at.map(Timestamp),
            version: self.version,
            lag_ms: self.lag_ms,
            monitors: self.monitors,
            revision: self.revision,
        })
    }
}

const COLUMNS: &str = "SELECT l.id, l.team_id, t.name AS team_name, l.name, l.created_at, l.seen_at, l.version, l.lag_ms, l.revision, \
     (SELECT COUNT(*) FROM monitors m WHERE m.locations LIKE '%' || l.id || '%') AS monitors \
     FROM locations l JOIN teams t ON t.id = l.team_id WHERE 1 = 1";

pub(in crate::monitors) async fn list(conn: &mut AnyConnection) -> Result<Vec<Location>, Fault> {
    let rows: Vec<LocationRow> = sql(COLUMNS).push(" ORDER BY LOWER(l.name)").all(conn).await?;
    rows.into_iter().map(LocationRow::read).collect()
}

pub(in crate::monitors) async fn one(conn: &mut AnyConnection, id: &LocationId) -> Result<Location, Fault> {
    sql(COLUMNS).push(" AND l.id = ").bind(id).first::<LocationRow>(conn).await?.ok_or(Fault::NotFound("location"))?.read()
}

/// The location whose token has this hash.
pub(in crate::monitors) async fn by_token(conn: &mut AnyConnection, hash: &str) -> Result<Option<LocationId>, Fault> {
    let id = sql("SELECT id FROM locations WHERE token_hash = $1").value(hash).texts(conn).await?.pop();
    id.as_deref().map(stored).transpose()
}

pub(in crate::monitors) async fn insert(
    conn: &mut AnyConnection,
    id: &LocationId,
    draft: &LocationDraft,
    hash: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    sql("INSERT INTO locations (id, team_id, name, token_hash, created_at) VALUES ($1, $2, $3, $4, $5)")
        .value(id)
        .value(&draft.team)
        .value(&draft.name)
        .value(hash)
        .value(now)
        .run(conn)
        .await?;
    Ok(())
}

/// How many other locations have this name, whatever its case.
pub(in crate::monitors) async fn named(conn: &mut AnyConnection, name: &str, but: &LocationId) -> Result<i64, Fault> {
    sql("SELECT COUNT(*) FROM locations WHERE LOWER(name) = LOWER($1) AND id <> $2").value(name).value(but).count(conn).await
}

/// Gives a location another name and team, unless somebody has edited it since that revision.
pub(in crate::monitors) async fn update(
    conn: &mut AnyConnection,
    (id, revision): (&LocationId, i64),
    draft: &LocationDraft,
) -> Result<bool, Fault> {
    let query = sql("UPDATE locations SET team_id = $1, name = $2, revision = revision + 1 WHERE id = $3 AND revision = $4");
    Ok(query.value(&draft.team).value(&draft.name).value(id).value(revision).run(conn).await? == 1)
}

pub(in crate::monitors) async fn set_token(conn: &mut AnyConnection, id: &LocationId, hash: &str) -> Result<bool, Fault> {
    Ok(sql("UPDATE locations SET token_hash = $1 WHERE id = $2").value(hash).value(id).run(conn).await? == 1)
}

pub(in crate::monitors) async fn delete(conn: &mut AnyConnection, id: &LocationId) -> Result<bool, Fault> {
    Ok(sql("DELETE FROM locations WHERE id = $1").value(id).run(conn).await? == 1)
}

/// What is said of an agent that is heard of.
pub(in crate::monitors) struct Heard<'a> {
    pub(in crate::monitors) session: &'a str,
    pub(in crate::monitors) number: i64,
    pub(in crate::monitors) version: &'a str,
    pub(in crate::monitors) lag_ms: i64,
}

/// Notes that an agent was heard of; false where this number of this session has been counted already.
pub(in crate::monitors) async fn hear(conn: &mut AnyConnection, id: &LocationId, heard: &Heard<'_>, now: Timestamp) -> Result<bool, Fault> {
    let counted = sql("UPDATE locations SET session = $1, number = $2 WHERE id = $3 AND (session <> $4 OR number < $5)")
        .value(heard.session)
        .value(heard.number)
        .value(id)
        .value(heard.session)
        .value(heard.number)
        .run(conn)
        .await?;
    sql("UPDATE locations SET seen_at = $1, version = $2, lag_ms = $3 WHERE id = $4")
        .value(now)
        .value(heard.version)
        .value(heard.lag_ms)
        .value(id)
        .run(conn)
        .await?;
    Ok(counted == 1)
}

#[derive(sqlx::FromRow)]
struct AliveRow {
    id: String,
    name: String,
}

/// Locations that are not given up yet count as heard at a moment.
pub(in crate::monitors) async fn hear_all(conn: &mut AnyConnection, now: Timestamp) -> Result<(), Fault> {
    sql("UPDATE locations SET seen_at = $1 WHERE seen_at < $2 AND told <> 'lost'").value(now).value(now).run(conn).await.map(drop)
}

/// Locations heard of since then, with their names.
pub(in crate::monitors) async fn alive(conn: &mut AnyConnection, since: Timestamp) -> Result<Vec<(LocationId, String)>, Fault> {
    let rows: Vec<AliveRow> = sql("SELECT id, name FROM locations WHERE seen_at >= $1").value(since).all(conn).await?;
    rows.into_iter().map(|row| Ok((stored(&row.id)?, row.name))).collect()
}

/// A location of which alerts are to be told something else than they were.
pub(in crate::monitors) struct Turned {
    pub(in crate::monitors) id: LocationId,
    pub(in crate::monitors) team: TeamId,
    pub(in crate::monitors) name: String,
    pub(in crate::monitors) seen_at: Timestamp,
    pub(in crate::monitors) lost: bool,
}

#[derive(sqlx::FromRow)]
struct TurnedRow {
    id: String,
    team_id: String,
    name: String,
    seen_at: i64,
    told: String,
}

impl TurnedRow {
    fn read(self, lost: bool) -> Result<Turned, Fault> {
        Ok(Turned { id: stored(&self.id)?, team: stored(&self.team_id)?, name: self.name, seen_at: Timestamp(self.seen_at), lost })
    }
}

/// Locations that were lost or have come back since alerts were last told.
pub(in crate::monitors) async fn turned(conn: &mut AnyConnection, since: Timestamp) -> Result<Vec<Turned>, Fault> {
    let rows: Vec<TurnedRow> = sql("SELECT id, team_id, name, seen_at, told FROM locations WHERE seen_at IS NOT NULL AND \
             ((told <> 'lost' AND seen_at < $1) OR (told = 'lost' AND seen_at >= $2))")
    .value(since)
    .value(since)
    .all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let lost = row.told != "lost";
            row.read(lost)
        })
        .collect()
}

/// A location of which alerts were told that it is lost.
pub(in crate::monitors) async fn told_lost(conn: &mut AnyConnection, id: &LocationId) -> Result<Option<Turned>, Fault> {
    let row: Option<TurnedRow> =
        sql("SELECT id, team_id, name, seen_at, told FROM locations WHERE id = $1 AND seen_at IS NOT NULL AND told = 'lost'")
            .value(id)
            .first(conn)
            .await?;
    row.map(|row| row.read(true)).transpose()
}

pub(in crate::monitors) async fn set_told(conn: &mut AnyConnection, id: &LocationId, told: &str) -> Result<(), Fault> {
    sql("UPDATE locations SET told = $1 WHERE id = $2").value(told).value(id).run(conn).await?;
    Ok(())
}

/// Monitors that name a location.
pub(in crate::monitors) async fn monitors_of(conn: &mut AnyConnection, id: &LocationId) -> Result<Vec<MonitorId>, Fault> {
    let ids = sql("SELECT id FROM monitors WHERE locations LIKE $1 ORDER BY id").value(format!("%{id}%")).texts(conn).await?;
    ids.iter().map(|id| stored(id)).collect()
}

/// The monitors that a location is to check, and their versions.
pub(in crate::monitors) async fn versions_at(conn: &mut AnyConnection, id: &LocationId) -> Result<Vec<(String, i64)>, Fault> {
    sql("SELECT id, version FROM monitors WHERE paused = 0 AND kind <> 'heartbeat' AND locations LIKE $1 ORDER BY id")
        .value(format!("%{id}%"))
        .all(conn)
        .await
}

/// What a location is to check, opened.
pub(in crate::monitors) async fn planned_at(conn: &mut AnyConnection, seal: &Seal, id: &LocationId) -> Result<Vec<PlannedRow>, Fault> {
    let rows: Vec<PlannedRow> = sql(
        "SELECT m.id, m.kind, m.target, m.credential, m.version, s.last_at FROM monitors m JOIN monitor_standings s ON s.monitor_id = m.id \
         WHERE m.paused = 0 AND m.kind <> 'heartbeat' AND m.locations LIKE $1 ORDER BY m.id",
    )
    .value(format!("%{id}%"))
    .all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| PlannedRow { target: targets::open(seal, row.target), ..row }).collect())
}
