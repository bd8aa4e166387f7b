//! Tables `schedules`, `schedule_covers` and `schedule_swaps`.

use domain::{
    Fault, Reach, Timestamp,
    id::{ScheduleId, TeamId},
    oncall::{Plan, ScheduleRef},
};
use sqlx::AnyConnection;

use crate::db::{Sql, sql, stored};

pub(super) mod covers;
pub(super) mod swaps;

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    name: String,
    team_id: String,
    team_name: String,
    zone: String,
    layers: String,
    holidays: String,
    version: i64,
}

/// A schedule as it is stored.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) schedule: ScheduleRef,
    pub(super) plan: Plan,
    pub(super) version: i64,
}

impl Stored {
    pub(super) fn id(&self) -> &ScheduleId {
        &self.schedule.id
    }

    pub(super) fn team(&self) -> &TeamId {
        &self.schedule.team
    }
}

impl Row {
    fn read(self) -> Result<Stored, Fault> {
        let unreadable = |error: serde_json::Error| {
            tracing::error!(%error, schedule = self.id, "a stored schedule does not read");
            Fault::Internal
        };
        let layers = serde_json::from_str(&self.layers).map_err(unreadable)?;
        let holidays = serde_json::from_str(&self.holidays).map_err(unreadable)?;
        let (id, team): (ScheduleId, TeamId) = (stored(&self.id)?, stored(&self.team_id)?);
        let plan = Plan { name: self.name.clone(), team: team.clone(), zone: self.zone.clone(), layers, holidays };
        let schedule = ScheduleRef { id, name: self.name, team, team_name: self.team_name, zone: self.zone };
        Ok(Stored { schedule, plan, version: self.version })
    }
}

fn select() -> Sql {
    sql("SELECT s.id, s.name, s.team_id, t.name AS team_name, s.zone, s.layers, s.holidays, s.version FROM schedules s \
         JOIN teams t ON t.id = s.team_id WHERE 1 = 1")
}

async fn read(statement: Sql, conn: &mut AnyConnection) -> Result<Vec<Stored>, Fault> {
    let rows: Vec<Row> = statement.push(" ORDER BY s.name, s.id").all(conn).await?;
    rows.into_iter().map(Row::read).collect()
}

/// Every schedule within reach, by name.
pub(super) async fn list(conn: &mut AnyConnection, reach: &Reach, team: Option<&TeamId>) -> Result<Vec<Stored>, Fault> {
    let mut statement = select().within("s.team_id", reach);
    if let Some(team) = team {
        statement = statement.push(" AND s.team_id = ").bind(team);
    }
    read(statement, conn).await
}

/// One schedule within reach.
pub(super) async fn get(conn: &mut AnyConnection, reach: &Reach, id: &ScheduleId) -> Result<Stored, Fault> {
    let found = read(select().within("s.team_id", reach).push(" AND s.id = ").bind(id), conn).await?;
    found.into_iter().next().ok_or(Fault::NotFound("schedule"))
}

/// Keeps others from moving shifts of the schedule until this transaction is over.
pub(super) async fn lock(conn: &mut AnyConnection, id: &ScheduleId) -> Result<(), Fault> {
    sql("UPDATE schedules SET version = version WHERE id = $1").value(id).run(conn).await.map(drop)
}

/// Whether another schedule of the team has this name.
pub(super) async fn name_is_taken(conn: &mut AnyConnection, plan: &Plan, but: Option<&ScheduleId>) -> Result<bool, Fault> {
    let count = sql("SELECT COUNT(*) FROM schedules WHERE team_id = $1 AND name = $2 AND id <> $3")
        .value(&plan.team)
        .value(&plan.name)
        .value(but.map_or("", ScheduleId::as_str));
    Ok(count.count(conn).await? > 0)
}

fn json(value: &impl serde::Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|_| Fault::Internal)
}

pub(super) async fn insert(conn: &mut AnyConnection, id: &ScheduleId, plan: &Plan, feed: &str, now: Timestamp) -> Result<(), Fault> {
    let (layers, holidays) = (json(&plan.layers)?, json(&plan.holidays)?);
    sql("INSERT INTO schedules (id, name, team_id, zone, layers, holidays, feed_secret, created_at, updated_at) VALUES ")
        .rows([plan], |r, plan| {
            r.bind(id).bind(&plan.name).bind(&plan.team).bind(&plan.zone).bind(&layers).bind(&holidays).bind(feed).bind(now).bind(now)
        })
        .run(conn)
        .await
        .map(|_| ())
}

/// `false` where it was changed since it was read.
pub(super) async fn update(conn: &mut AnyConnection, id: &ScheduleId, version: i64, plan: &Plan, now: Timestamp) -> Result<bool, Fault> {
    let done = sql("UPDATE schedules SET name = $1, team_id = $2, zone = $3, layers = $4, holidays = $5, updated_at = $6, \
                    version = version + 1 WHERE id = $7 AND version = $8")
    .value(&plan.name)
    .value(&plan.team)
    .value(&plan.zone)
    .value(json(&plan.layers)?)
    .value(json(&plan.holidays)?)
    .value(now)
    .value(id)
    .value(version)
    .run(conn)
    .await?;
    Ok(done == 1)
}

pub(super) async fn delete(conn: &mut AnyConnection, id: &ScheduleId) -> Result<bool, Fault> {
    Ok(sql("DELETE FROM schedules WHERE id = $1").value(id).run(conn).await? == 1)
}

/// With what the addresses of a schedule's feed are made, and with which they end.
pub(super) async fn feed(conn: &mut AnyConnection, id: &ScheduleId) -> Result<String, Fault> {
    sql("SELECT feed_secret FROM schedules WHERE id = $1").value(id).texts(conn).await?.pop().ok_or(Fault::NotFound("schedule"))
}

pub(super) async fn set_feed(conn: &mut AnyConnection, id: &ScheduleId, secret: &str) -> Result<(), Fault> {
    sql("UPDATE schedules SET feed_secret = $1 WHERE id = $2").value(secret).value(id).run(conn).await.map(|_| ())
}
