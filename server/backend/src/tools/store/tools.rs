//! Tables `tools` and `tool_versions`.

use domain::{
    Fault, PageRequest, Reach, Timestamp,
    id::{SystemId, TeamId, ToolId},
    tools::{Definition, Tool, ToolFilter, Version},
};
use sqlx::AnyConnection;

use super::{json, to_json};
use crate::db::{Sql, sql, stored};

#[derive(sqlx::FromRow)]
struct ToolRow {
    id: String,
    team_id: String,
    team_name: String,
    system_id: Option<String>,
    system_key: Option<String>,
    definition: String,
    version: i64,
    retired: i64,
    created_at: i64,
    updated_at: i64,
}

impl ToolRow {
    fn read(self) -> Result<Tool, Fault> {
        Ok(Tool {
            id: stored(&self.id)?,
            team: stored(&self.team_id)?,
            team_name: self.team_name,
            system: self.system_key.unwrap_or_default(),
            system_id: self.system_id.as_deref().map(stored).transpose()?,
            definition: json(&self.definition)?,
            version: self.version,
            retired: self.retired != 0,
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
        })
    }
}

fn select() -> Sql {
    sql("SELECT o.id, o.team_id, t.name AS team_name, o.system_id, s.key AS system_key, o.definition, o.version, o.retired, o.created_at, \
         o.updated_at FROM tools o JOIN teams t ON t.id = o.team_id LEFT JOIN systems s ON s.id = o.system_id WHERE 1 = 1")
}

/// A page of tools, newest first, `limit + 1` rows.
pub(in crate::tools) async fn list(
    conn: &mut AnyConnection,
    reach: &Reach,
    filter: &ToolFilter,
    page: &PageRequest,
) -> Result<Vec<Tool>, Fault> {
    let mut query = select().within("o.team_id", reach);
    if let Some(text) = &filter.text {
        query = query.push(" AND ").holds("o.name", text);
    }
    if let Some(system) = &filter.system {
        query = query.push(" AND o.system_id = ").bind(system);
    }
    if !filter.retired {
        query = query.push(" AND o.retired = 0");
    }
    if let Some((at, id)) = page.position()? {
        query = query.push(" AND (o.created_at < ").bind(at).push(" OR (o.created_at = ").bind(at).push(" AND o.id < ").bind(id).push("))");
    }
    let rows: Vec<ToolRow> = query.push(" ORDER BY o.created_at DESC, o.id DESC LIMIT ").bind(page.limit + 1).all(conn).await?;
    rows.into_iter().map(ToolRow::read).collect()
}

/// One tool; `NotFound` outside the reach.
pub(in crate::tools) async fn get(conn: &mut AnyConnection, reach: &Reach, id: &ToolId) -> Result<Tool, Fault> {
    let row: Option<ToolRow> = select().within("o.team_id", reach).push(" AND o.id = ").bind(id).first(conn).await?;
    row.ok_or(Fault::NotFound("tool"))?.read()
}

#[derive(sqlx::FromRow)]
struct DefinitionRow {
    id: String,
    version: i64,
    definition: String,
}

async fn defined(query: Sql, conn: &mut AnyConnection) -> Result<Vec<(ToolId, i64, Definition)>, Fault> {
    let rows: Vec<DefinitionRow> = query.push(" ORDER BY name, id LIMIT 1000").all(conn).await?;
    rows.into_iter().map(|row| Ok((stored(&row.id)?, row.version, json(&row.definition)?))).collect()
}

/// Those within reach that are not retired, each with its version.
pub(in crate::tools) async fn usable(conn: &mut AnyConnection, reach: &Reach) -> Result<Vec<(ToolId, i64, Definition)>, Fault> {
    defined(sql("SELECT id, version, definition FROM tools WHERE retired = 0").within("team_id", reach), conn).await
}

/// These, as they are defined, each with its version.
pub(in crate::tools) async fn named(conn: &mut AnyConnection, ids: &[ToolId]) -> Result<Vec<(ToolId, i64, Definition)>, Fault> {
    defined(sql("SELECT id, version, definition FROM tools WHERE 1 = 1").and_in("id", ids), conn).await
}

/// Where a tool belongs.
pub(in crate::tools) struct Place<'a> {
    pub(in crate::tools) team: &'a TeamId,
    pub(in crate::tools) system: Option<&'a SystemId>,
}

/// Writes a new tool and its first version.
/// Whether another tool of the team has this name.
pub(in crate::tools) async fn name_is_taken(conn: &mut AnyConnection, team: &TeamId, name: &str, but: &ToolId) -> Result<bool, Fault> {
    let count = sql("SELECT COUNT(*) FROM tools WHERE team_id = $1 AND name = $2 AND id <> $3");
    Ok(count.value(team).value(name).value(but).count(conn).await? > 0)
}

pub(in crate::tools) async fn insert(
    conn: &mut AnyConnection,
    id: &ToolId,
    place: &Place<'_>,
    definition: &Definition,
    by: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    sql("INSERT INTO tools (id, team_id, system_id, name, definition, first_line, version, retired, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, 1, 0, $7, $8)")
    .value(id)
    .value(place.team)
    .value(place.system)
    .value(&definition.name)
    .value(to_json(definition)?)
    .value(definition.first_line)
    .value(now)
    .value(now)
    .run(conn)
    .await?;
    keep_version(conn, id, 1, definition, by, now).await
}

/// Replaces a tool if it still has the version; whether it had.
pub(in crate::tools) async fn update(
    conn: &mut AnyConnection,
    id: &ToolId,
    version: i64,
    place: &Place<'_>,
    definition: &Definition,
    by: &str,
    now: Timestamp,
) -> Result<bool, Fault> {
    let changed =
        sql("UPDATE tools SET team_id = $1, system_id = $2, name = $3, definition = $4, first_line = $5, version = version + 1, \
                       updated_at = $6 WHERE id = $7 AND version = $8")
        .value(place.team)
        .value(place.system)
        .value(&definition.name)
        .value(to_json(definition)?)
        .value(definition.first_line)
        .value(now)
        .value(id)
        .value(version)
        .run(conn)
        .await?;
    if changed == 1 {
        keep_version(conn, id, version + 1, definition, by, now).await?;
    }
    Ok(changed == 1)
}

async fn keep_version(
    conn: &mut AnyConnection,
    id: &ToolId,
    version: i64,
    definition: &Definition,
    by: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    sql("INSERT INTO tool_versions (tool_id, version, definition, edited_by, edited_at) VALUES ($1, $2, $3, $4, $5)")
        .value(id)
        .value(version)
        .value(to_json(definition)?)
        .value(by)
        .value(now)
        .run(conn)
        .await?;
    Ok(())
}

/// Retires a tool or brings it back; whether that changed anything.
pub(in crate::tools) async fn retire(conn: &mut AnyConnection, id: &ToolId, retired: bool, now: Timestamp) -> Result<bool, Fault> {
    let changed = sql("UPDATE tools SET retired = $1, updated_at = $2 WHERE id = $3 AND retired = $4")
        .value(retired)
        .value(now)
        .value(id)
        .value(!retired)
        .run(conn)
        .await?;
    Ok(changed == 1)
}

#[derive(sqlx::FromRow)]
struct VersionRow {
    version: i64,
    definition: String,
    edited_by: String,
    edited_at: i64,
}

/// Every version, the newest first.
pub(in crate::tools) async fn versions(conn: &mut AnyConnection, id: &ToolId) -> Result<Vec<Version>, Fault> {
    let rows: Vec<VersionRow> =
        sql("SELECT version, definition, edited_by, edited_at FROM tool_versions WHERE tool_id = $1 ORDER BY version DESC")
            .value(id)
            .all(conn)
            .await?;
    rows.into_iter()
        .map(|r| {
            Ok(Version { version: r.version, definition: json(&r.definition)?, edited_by: r.edited_by, edited_at: Timestamp(r.edited_at) })
        })
        .collect()
}
