//! Table `load_targets`. A target is of the team of its system.

use domain::{
    Fault, Reach, Timestamp,
    id::{LoadTargetId, SystemId},
    load::{Caps, Target, TargetDraft},
};
use sqlx::AnyConnection;

use crate::db::{Sql, sql, stored};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    name: String,
    url: String,
    system_id: String,
    system_name: String,
    tier: i64,
    team_id: String,
    team_name: String,
    environment: String,
    max_rate: i64,
    max_seconds: i64,
    max_in_flight: i64,
    retired: i64,
    version: i64,
    by_name: String,
    at: i64,
}

impl Row {
    fn read(self) -> Result<Target, Fault> {
        Ok(Target {
            id: stored(&self.id)?,
            name: self.name,
            url: self.url,
            system: stored(&self.system_id)?,
            system_name: self.system_name,
            tier: u8::try_from(self.tier).unwrap_or(4),
            team: stored(&self.team_id)?,
            team_name: self.team_name,
            environment: self.environment,
            caps: Caps { rate: self.max_rate, seconds: self.max_seconds, in_flight: self.max_in_flight },
            retired: self.retired != 0,
            version: self.version,
            by: self.by_name,
            at: Timestamp(self.at),
        })
    }
}

fn select() -> Sql {
    sql(
        "SELECT t.id, t.name, t.url, t.system_id, s.name AS system_name, s.tier, s.team_id, m.name AS team_name, t.environment, t.max_rate, \
         t.max_seconds, t.max_in_flight, t.retired, t.version, t.by_name, t.at FROM load_targets t JOIN systems s ON s.id = t.system_id \
         JOIN teams m ON m.id = s.team_id WHERE 1 = 1",
    )
}

/// By system and name.
pub(in crate::load) async fn list(conn: &mut AnyConnection, reach: &Reach, retired: bool) -> Result<Vec<Target>, Fault> {
    let mut statement = select().within("s.team_id", reach);
    if !retired {
        statement = statement.push(" AND t.retired = 0");
    }
    let rows: Vec<Row> = statement.push(" ORDER BY s.name, t.name, t.id").all(conn).await?;
    rows.into_iter().map(Row::read).collect()
}

pub(in crate::load) async fn get(conn: &mut AnyConnection, reach: &Reach, id: &LoadTargetId) -> Result<Target, Fault> {
    let row: Option<Row> = select().within("s.team_id", reach).push(" AND t.id = ").bind(id).first(conn).await?;
    row.ok_or(Fault::NotFound("load-target"))?.read()
}

pub(in crate::load) async fn name_is_taken(
    conn: &mut AnyConnection,
    system: &SystemId,
    name: &str,
    but: &LoadTargetId,
) -> Result<bool, Fault> {
    let statement = sql("SELECT COUNT(*) FROM load_targets WHERE system_id = $1 AND name = $2 AND id <> $3").value(system).value(name);
    Ok(statement.value(but).count(conn).await? > 0)
}

/// The one that is called so; all that are in another case where none has exactly this name.
pub(in crate::load) async fn called(conn: &mut AnyConnection, system: &SystemId, name: &str) -> Result<Vec<LoadTargetId>, Fault> {
    #[derive(sqlx::FromRow)]
    struct Called {
        id: String,
        name: String,
    }
    let rows: Vec<Called> = sql("SELECT id, name FROM load_targets WHERE system_id = ")
        .bind(system)
        .push(" AND (name = ")
        .bind(name)
        .push(" OR LOWER(name) = ")
        .bind(name.to_lowercase())
        .push(") ORDER BY id")
        .all(conn)
        .await?;
    let exact = rows.iter().any(|row| row.name == name);
    rows.iter().filter(|row| !exact || row.name == name).map(|row| stored(&row.id)).collect()
}

pub(in crate::load) async fn insert(
    conn: &mut AnyConnection,
    id: &LoadTargetId,
    draft: &TargetDraft,
    by: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    sql("INSERT INTO load_targets (id, system_id, name, url, environment, max_rate, max_seconds, max_in_flight, by_name, at) VALUES ")
        .rows([draft], |row, draft| {
            row.bind(id)
                .bind(&draft.system)
                .bind(&draft.name)
                .bind(&draft.url)
                .bind(&draft.environment)
                .bind(draft.caps.rate)
                .bind(draft.caps.seconds)
                .bind(draft.caps.in_flight)
                .bind(by)
                .bind(now)
        })
        .run(conn)
        .await
        .map(drop)
}

/// Writes it anew upon the version that was read; whether that is still the present one.
pub(in crate::load) async fn update(
    conn: &mut AnyConnection,
    (id, version): (&LoadTargetId, i64),
    draft: &TargetDraft,
    by: &str,
    now: Timestamp,
) -> Result<bool, Fault> {
    let changed = sql("UPDATE load_targets SET system_id = $1, name = $2, url = $3, environment = $4, max_rate = $5, max_seconds = $6, \
                       max_in_flight = $7, by_name = $8, at = $9, version = version + 1 WHERE id = $10 AND version = $11")
    .value(&draft.system)
    .value(&draft.name)
    .value(&draft.url)
    .value(&draft.environment)
    .value(draft.caps.rate)
    .value(draft.caps.seconds)
    .value(draft.caps.in_flight)
    .value(by)
    .value(now)
    .value(id)
    .value(version)
    .run(conn)
    .await?;
    Ok(changed == 1)
}

pub(in crate::load) async fn retire(
    conn: &mut AnyConnection,
    id: &LoadTargetId,
    retired: bool,
    by: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    sql("UPDATE load_targets SET retired = $1, by_name = $2, at = $3, version = version + 1 WHERE id = $4")
        .value(retired)
        .value(by)
        .value(now)
        .value(id)
        .run(conn)
        .await
        .map(drop)
}
