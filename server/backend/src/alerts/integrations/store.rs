//! Table `integrations`.

use domain::{
    Fault, Reach, Timestamp,
    alerts::inbound::{Integration, IntegrationInput},
    id::{IntegrationId, SystemId},
};
use sqlx::AnyConnection;

use crate::{
    db::{Sql, sql, stored},
    seal::Stowed,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    name: String,
    kind: String,
    team_id: String,
    system_id: Option<String>,
    mapping: String,
    enabled: i64,
    taken: i64,
    refused: i64,
    last_at: Option<i64>,
    last_error: String,
    last_error_at: Option<i64>,
    version: i64,
}

impl Row {
    fn read(self) -> Result<Integration, Fault> {
        Ok(Integration {
            id: stored(&self.id)?,
            name: self.name,
            kind: stored(&self.kind)?,
            team: stored(&self.team_id)?,
            system: self.system_id.as_deref().map(stored).transpose()?,
            mapping: serde_json::from_str(&self.mapping).unwrap_or_default(),
            enabled: self.enabled == 1,
            taken: self.taken,
            refused: self.refused,
            last_at: self.last_at.map(Timestamp),
            last_error: self.last_error,
            last_error_at: self.last_error_at.map(Timestamp),
            version: self.version,
        })
    }
}

fn select() -> Sql {
    sql("SELECT id, name, kind, team_id, system_id, mapping, enabled, taken, refused, last_at, last_error, last_error_at, version \
         FROM integrations WHERE 1 = 1")
}

/// Those of teams within reach, by name.
pub(super) async fn all(conn: &mut AnyConnection, reach: &Reach) -> Result<Vec<Integration>, Fault> {
    let rows: Vec<Row> = select().within("team_id", reach).push(" ORDER BY name, id").all(conn).await?;
    rows.into_iter().map(Row::read).collect()
}

/// One within reach.
pub(super) async fn get(conn: &mut AnyConnection, reach: &Reach, id: &IntegrationId) -> Result<Integration, Fault> {
    let row: Option<Row> = select().within("team_id", reach).push(" AND id = ").bind(id).first(conn).await?;
    row.ok_or(Fault::NotFound("integration"))?.read()
}

/// The one with this secret.
pub(super) async fn by_secret(conn: &mut AnyConnection, hash: &str) -> Result<Option<Integration>, Fault> {
    let row: Option<Row> = select().push(" AND secret_hash = ").bind(hash).first(conn).await?;
    row.map(Row::read).transpose()
}

/// The sealed secret of one.
pub(super) async fn sealed(conn: &mut AnyConnection, id: &IntegrationId) -> Result<String, Fault> {
    let sealed = sql("SELECT secret_sealed FROM integrations WHERE id = $1").value(id).texts(conn).await?.pop();
    sealed.ok_or(Fault::NotFound("integration"))
}

/// Whether another one has this name.
pub(super) async fn name_is_taken(conn: &mut AnyConnection, name: &str, but: Option<&IntegrationId>) -> Result<bool, Fault> {
    let count = sql("SELECT COUNT(*) FROM integrations WHERE name = $1 AND id <> $2")
        .value(name)
        .value(but.map_or("", IntegrationId::as_str))
        .count(conn)
        .await?;
    Ok(count > 0)
}

fn mapping(input: &IntegrationInput) -> Result<String, Fault> {
    serde_json::to_string(&input.mapping).map_err(|_| Fault::Internal)
}

pub(super) async fn insert(
    conn: &mut AnyConnection,
    id: &IntegrationId,
    input: &IntegrationInput,
    secret: &Stowed,
    now: Timestamp,
) -> Result<(), Fault> {
    sql("INSERT INTO integrations (id, name, kind, team_id, system_id, secret_hash, secret_sealed, mapping, enabled, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)")
    .value(id)
    .value(&input.name)
    .value(input.kind.name())
    .value(&input.team)
    .value(input.system.as_ref().map(SystemId::as_str))
    .value(&secret.hash)
    .value(&secret.sealed)
    .value(mapping(input)?)
    .value(input.enabled)
    .value(now)
    .run(conn)
    .await
    .map(drop)
}

/// Writes an edit on top of a version; `false` where somebody was faster.
pub(super) async fn update(conn: &mut AnyConnection, id: &IntegrationId, version: i64, input: &IntegrationInput) -> Result<bool, Fault> {
    let done = sql("UPDATE integrations SET name = $1, kind = $2, team_id = $3, system_id = $4, mapping = $5, enabled = $6, \
         version = version + 1 WHERE id = $7 AND version = $8")
    .value(&input.name)
    .value(input.kind.name())
    .value(&input.team)
    .value(input.system.as_ref().map(SystemId::as_str))
    .value(mapping(input)?)
    .value(input.enabled)
    .value(id)
    .value(version)
    .run(conn)
    .await?;
    Ok(done == 1)
}

pub(super) async fn delete(conn: &mut AnyConnection, id: &IntegrationId) -> Result<bool, Fault> {
    Ok(sql("DELETE FROM integrations WHERE id = $1").value(id).run(conn).await? == 1)
}

/// Gives it another secret.
pub(super) async fn set_secret(conn: &mut AnyConnection, id: &IntegrationId, secret: &Stowed) -> Result<(), Fault> {
    sql("UPDATE integrations SET secret_hash = $1, secret_sealed = $2 WHERE id = $3")
        .value(&secret.hash)
        .value(&secret.sealed)
        .value(id)
        .run(conn)
        .await
        .map(drop)
}

/// Whether it is open, of the same kind and of the same team as when it was read; that stays so until the transaction ends.
pub(super) async fn hold(conn: &mut AnyConnection, one: &Integration) -> Result<bool, Fault> {
    // On Postgres the row is locked by this; SQLite has one writer anyway.
    let held = sql("UPDATE integrations SET enabled = enabled WHERE enabled = 1 AND id = $1 AND kind = $2 AND team_id = $3");
    Ok(held.value(&one.id).value(one.kind.name()).value(&one.team).run(conn).await? == 1)
}

/// Keys of alerts that came through it and are not over, in their order.
pub(super) async fn running(conn: &mut AnyConnection, one: &Integration) -> Result<Vec<String>, Fault> {
    // An id has 36 characters.
    sql("SELECT source_id FROM alerts WHERE state <> 'resolved' AND source_kind = $1 AND SUBSTR(source_id, 1, 37) = $2 ORDER BY source_id")
        .value(one.kind.name())
        .value(format!("{}:", one.id))
        .texts(conn)
        .await
}

/// Counts a message: taken, or refused with the reason.
pub(super) async fn count(conn: &mut AnyConnection, id: &IntegrationId, error: Option<&str>, now: Timestamp) -> Result<(), Fault> {
    let query = match error {
        None => sql("UPDATE integrations SET taken = taken + 1, last_at = ").bind(now),
        Some(error) => sql("UPDATE integrations SET refused = refused + 1, last_error = ")
            .bind(error.chars().take(500).collect::<String>())
            .push(", last_error_at = ")
            .bind(now)
            .push(", last_at = ")
            .bind(now),
    };
    query.push(" WHERE id = ").bind(id).run(conn).await.map(drop)
}
