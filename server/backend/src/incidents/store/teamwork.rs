//! Tables `incident_roles`, `incident_responders` and `incident_tasks`.

use domain::{
    Fault, Timestamp,
    id::{IncidentId, TaskId, UserId},
    incidents::{COMMANDER, Responder, Role, RoleInput, Task, TaskInput},
};
use sqlx::AnyConnection;

use crate::db::{sql, stored};

#[derive(sqlx::FromRow)]
struct RoleRow {
    key: String,
    name: String,
    name_zh: String,
}

/// The roles of the house in their order.
pub(in crate::incidents) async fn roles(conn: &mut AnyConnection) -> Result<Vec<Role>, Fault> {
    let rows: Vec<RoleRow> = sql("SELECT key, name, name_zh FROM incident_roles ORDER BY place, key").all(conn).await?;
    Ok(rows.into_iter().map(|row| Role { key: row.key, name: row.name, name_zh: row.name_zh }).collect())
}

/// Adds a role at the end, or renames the one under its key.
pub(in crate::incidents) async fn save_role(conn: &mut AnyConnection, input: &RoleInput) -> Result<(), Fault> {
    sql("INSERT INTO incident_roles (key, name, name_zh, place) VALUES ($1, $2, $3, (SELECT COALESCE(MAX(place), 0) + 1 FROM incident_roles)) \
         ON CONFLICT (key) DO UPDATE SET name = EXCLUDED.name, name_zh = EXCLUDED.name_zh")
    .value(&input.key)
    .value(&input.name)
    .value(&input.name_zh)
    .run(conn)
    .await
    .map(|_| ())
}

/// Removes a role; `false` where there is none.
pub(in crate::incidents) async fn remove_role(conn: &mut AnyConnection, key: &str) -> Result<bool, Fault> {
    Ok(sql("DELETE FROM incident_roles WHERE key = $1").value(key).run(conn).await? > 0)
}

/// In how many incidents that last somebody holds the role.
pub(in crate::incidents) async fn held(conn: &mut AnyConnection, key: &str) -> Result<i64, Fault> {
    sql("SELECT COUNT(*) FROM incident_responders r JOIN incidents i ON i.id = r.incident_id WHERE r.role = $1 AND i.is_open = 1")
        .value(key)
        .count(conn)
        .await
}

#[derive(sqlx::FromRow)]
struct ResponderRow {
    user_id: String,
    name: String,
    role: String,
    added_at: i64,
}

/// Who holds which role, in the order in which they came.
pub(in crate::incidents) async fn responders(conn: &mut AnyConnection, incident: &IncidentId) -> Result<Vec<Responder>, Fault> {
    let rows: Vec<ResponderRow> =
        sql("SELECT user_id, name, role, added_at FROM incident_responders WHERE incident_id = $1 ORDER BY added_at, name, role")
            .value(incident)
            .all(conn)
            .await?;
    rows.into_iter()
        .map(|row| Ok(Responder { user: stored(&row.user_id)?, name: row.name, role: row.role, since: Timestamp(row.added_at) }))
        .collect()
}

/// Gives somebody a role; `false` where they hold it already.
pub(in crate::incidents) async fn add_responder(
    conn: &mut AnyConnection,
    incident: &IncidentId,
    (user, name): (&UserId, &str),
    role: &str,
    by: &str,
    now: Timestamp,
) -> Result<bool, Fault> {
    let added =
        sql("INSERT INTO incident_responders (incident_id, user_id, role, name, added_by, added_at) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (incident_id, user_id, role) DO NOTHING")
        .value(incident)
        .value(user)
        .value(role)
        .value(name)
        .value(by)
        .value(now)
        .run(conn)
        .await?;
    Ok(added == 1)
}

/// Takes a role from somebody; `false` where they do not hold it.
pub(in crate::incidents) async fn remove_responder(
    conn: &mut AnyConnection,
    incident: &IncidentId,
    user: &UserId,
    role: &str,
) -> Result<bool, Fault> {
    let removed = sql("DELETE FROM incident_responders WHERE incident_id = $1 AND user_id = $2 AND role = $3")
        .value(incident)
        .value(user)
        .value(role)
        .run(conn)
        .await?;
    Ok(removed > 0)
}

/// Whoever leads, and nobody else, is the commander.
pub(in crate::incidents) async fn set_commander(
    conn: &mut AnyConnection,
    incident: &IncidentId,
    owner: Option<(&UserId, &str)>,
    by: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    sql("DELETE FROM incident_responders WHERE incident_id = $1 AND role = $2").value(incident).value(COMMANDER).run(conn).await?;
    if let Some(owner) = owner {
        add_responder(conn, incident, owner, COMMANDER, by, now).await?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct TaskRow {
    id: String,
    text: String,
    assignee_id: Option<String>,
    assignee_name: String,
    due_at: Option<i64>,
    created_by: String,
    done_by: String,
    done_at: Option<i64>,
}

impl TaskRow {
    fn read(self) -> Result<Task, Fault> {
        Ok(Task {
            id: stored(&self.id)?,
            text: self.text,
            assignee: self.assignee_id.as_deref().map(stored).transpose()?,
            assignee_name: self.assignee_name,
            due: self.due_at.map(Timestamp),
            by: self.created_by,
            done_by: self.done_by,
            done_at: self.done_at.map(Timestamp),
        })
    }
}

const TASK: &str =
    "SELECT id, text, assignee_id, assignee_name, due_at, created_by, done_by, done_at FROM incident_tasks WHERE incident_id = ";

/// What is to be done, then what was done.
pub(in crate::incidents) async fn tasks(conn: &mut AnyConnection, incident: &IncidentId) -> Result<Vec<Task>, Fault> {
    let rows: Vec<TaskRow> = sql(TASK)
        .bind(incident)
        .push(" ORDER BY CASE WHEN done_at IS NULL THEN 0 ELSE 1 END, COALESCE(done_at, due_at, 9223372036854775807), id")
        .all(conn)
        .await?;
    rows.into_iter().map(TaskRow::read).collect()
}

/// One task of an incident.
pub(in crate::incidents) async fn task(conn: &mut AnyConnection, incident: &IncidentId, id: &TaskId) -> Result<Task, Fault> {
    let row: Option<TaskRow> = sql(TASK).bind(incident).push(" AND id = ").bind(id).first(conn).await?;
    row.ok_or(Fault::NotFound("task"))?.read()
}

pub(in crate::incidents) async fn add_task(
    conn: &mut AnyConnection,
    id: &TaskId,
    incident: &IncidentId,
    input: &TaskInput,
    assignee_name: &str,
    by: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    sql("INSERT INTO incident_tasks (id, incident_id, text, assignee_id, assignee_name, due_at, created_by, created_at) VALUES ")
        .rows([input], |r, input| {
            r.bind(id).bind(incident).bind(&input.text).bind(input.assignee.as_ref()).bind(assignee_name).bind(input.due).bind(by).bind(now)
        })
        .run(conn)
        .await
        .map(|_| ())
}

/// It is done by somebody, or (`None`) to be done; `false` where it was so already.
pub(in crate::incidents) async fn tick_task(
    conn: &mut AnyConnection,
    id: &TaskId,
    done_by: Option<&str>,
    now: Timestamp,
) -> Result<bool, Fault> {
    let changed = match done_by {
        Some(by) => {
            sql("UPDATE incident_tasks SET done_by = $1, done_at = $2 WHERE id = $3 AND done_at IS NULL")
                .value(by)
                .value(now)
                .value(id)
                .run(conn)
                .await?
        }
        None => {
            sql("UPDATE incident_tasks SET done_by = '', done_at = NULL WHERE id = $1 AND done_at IS NOT NULL").value(id).run(conn).await?
        }
    };
    Ok(changed == 1)
}

pub(in crate::incidents) async fn remove_task(conn: &mut AnyConnection, id: &TaskId) -> Result<(), Fault> {
    sql("DELETE FROM incident_tasks WHERE id = $1").value(id).run(conn).await.map(|_| ())
}
