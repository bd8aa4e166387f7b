//! Tables `change_templates` and `change_template_writers`.

use std::collections::BTreeMap;

use domain::{
    Fault, Reach, Timestamp,
    changes::{Content, Template},
    id::{TemplateId, UserId},
};
use sqlx::AnyConnection;

use crate::db::{Sql, sql, stored};

/// Templates that are read at a time.
const MOST: i64 = 500;

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    team_name: String,
    name: String,
    content: String,
    author_id: String,
    author_name: String,
    created_at: i64,
    approved_id: String,
    approved_name: String,
    approved_at: Option<i64>,
    retired_at: Option<i64>,
}

fn select(reach: &Reach) -> Sql {
    sql("SELECT m.id, COALESCE(t.name, '') AS team_name, m.name, m.content, m.author_id, m.author_name, m.created_at, m.approved_id, m.approved_name, \
         m.approved_at, m.retired_at FROM change_templates m LEFT JOIN teams t ON t.id = m.team_id WHERE 1 = 1")
    .within("m.team_id", reach)
}

#[derive(sqlx::FromRow)]
struct Writer {
    template_id: String,
    user_id: String,
}

/// Who wrote what these say, or made them: they do not agree to them.
async fn writers(conn: &mut AnyConnection, rows: &[Row]) -> Result<BTreeMap<String, Vec<UserId>>, Fault> {
    let mut found: BTreeMap<String, Vec<UserId>> = BTreeMap::new();
    if rows.is_empty() {
        return Ok(found);
    }
    let ids: Vec<&String> = rows.iter().map(|row| &row.id).collect();
    let statement = sql("SELECT template_id, user_id FROM change_template_writers WHERE 1 = 1").and_in("template_id", ids);
    let known: Vec<Writer> = statement.push(" ORDER BY user_id").all(conn).await?;
    for one in known {
        found.entry(one.template_id).or_default().push(stored(&one.user_id)?);
    }
    Ok(found)
}

async fn read(statement: Sql, conn: &mut AnyConnection) -> Result<Vec<Template>, Fault> {
    let rows: Vec<Row> = statement.all(conn).await?;
    let mut writers = writers(conn, &rows).await?;
    rows.into_iter()
        .map(|row| {
            let content: Content = serde_json::from_str(&row.content).map_err(|error| {
                tracing::error!(%error, template = row.id, "the content of a template does not read");
                Fault::Internal
            })?;
            Ok(Template {
                id: stored(&row.id)?,
                name: row.name,
                content,
                systems: Vec::new(),
                team_name: row.team_name,
                author: stored(&row.author_id)?,
                author_name: row.author_name,
                writers: writers.remove(&row.id).unwrap_or_default(),
                created_at: Timestamp(row.created_at),
                approver: (!row.approved_id.is_empty()).then(|| stored(&row.approved_id)).transpose()?,
                approved_by: row.approved_name,
                approved_at: row.approved_at.map(Timestamp),
                retired_at: row.retired_at.map(Timestamp),
            })
        })
        .collect()
}

/// Templates of teams within reach, those in use first; with `retired` all. Systems are left out.
pub(in crate::changes) async fn templates(conn: &mut AnyConnection, reach: &Reach, retired: bool) -> Result<Vec<Template>, Fault> {
    let mut statement = select(reach);
    if !retired {
        statement = statement.push(" AND m.retired_at IS NULL");
    }
    let order = " ORDER BY CASE WHEN m.retired_at IS NULL THEN 0 ELSE 1 END, m.name, m.id LIMIT ";
    read(statement.push(order).bind(MOST), conn).await
}

/// One of them.
pub(in crate::changes) async fn template(conn: &mut AnyConnection, reach: &Reach, id: &TemplateId) -> Result<Option<Template>, Fault> {
    Ok(read(select(reach).push(" AND m.id = ").bind(id), conn).await?.pop())
}

pub(in crate::changes) async fn insert_template(
    conn: &mut AnyConnection,
    id: &TemplateId,
    (name, content): (&str, &Content),
    (user, user_name): (&UserId, &str),
    now: Timestamp,
) -> Result<(), Fault> {
    let written = serde_json::to_string(content).map_err(|_| Fault::Internal)?;
    sql("INSERT INTO change_templates (id, team_id, name, content, author_id, author_name, created_at) VALUES ")
        .rows([()], |row, ()| row.bind(id).bind(&content.team).bind(name).bind(&written).bind(user).bind(user_name).bind(now))
        .run(conn)
        .await?;
    Ok(())
}

/// Keeps who wrote the change that it was made of (whoever requested it, and the author of each of its contents) and who made it.
pub(in crate::changes) async fn insert_writers(
    conn: &mut AnyConnection,
    id: &TemplateId,
    writers: &[UserId],
    author: &UserId,
) -> Result<(), Fault> {
    let mut all = writers.to_vec();
    all.push(author.clone());
    all.sort();
    all.dedup();
    sql("INSERT INTO change_template_writers (template_id, user_id) VALUES ")
        .rows(&all, |row, user| row.bind(id).bind(user))
        .run(conn)
        .await
        .map(drop)
}

/// Notes who agreed; `false` where somebody has already, it is out of use, or they wrote or made it.
pub(in crate::changes) async fn agree_template(
    conn: &mut AnyConnection,
    id: &TemplateId,
    (user, user_name): (&UserId, &str),
    now: Timestamp,
) -> Result<bool, Fault> {
    let done = sql("UPDATE change_templates SET approved_id = $1, approved_name = $2, approved_at = $3 WHERE id = $4 \
         AND approved_at IS NULL AND retired_at IS NULL AND author_id <> $5 AND NOT EXISTS (SELECT 1 FROM change_template_writers w \
         WHERE w.template_id = change_templates.id AND w.user_id = $6)")
    .value(user)
    .value(user_name)
    .value(now)
    .value(id)
    .value(user)
    .value(user)
    .run(conn)
    .await?;
    Ok(done == 1)
}

/// Takes it out of use; `false` where it is already.
pub(in crate::changes) async fn retire_template(conn: &mut AnyConnection, id: &TemplateId, now: Timestamp) -> Result<bool, Fault> {
    let done =
        sql("UPDATE change_templates SET retired_at = $1 WHERE id = $2 AND retired_at IS NULL").value(now).value(id).run(conn).await?;
    Ok(done == 1)
}
