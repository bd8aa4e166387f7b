//! Table `roles`.

use domain::{
    Fault, PermissionSet, Timestamp,
    id::RoleId,
    people::{Role, RoleDraft},
};
use sqlx::AnyConnection;

use crate::db::{Sql, sql, stored};

#[derive(sqlx::FromRow)]
struct RoleRow {
    id: String,
    key: String,
    name: String,
    name_zh: String,
    home: String,
    permissions: String,
    members: i64,
}

impl RoleRow {
    fn read(self) -> Result<Role, Fault> {
        Ok(Role {
            id: stored(&self.id)?,
            key: self.key,
            name: self.name,
            name_zh: self.name_zh,
            home: self.home,
            permissions: PermissionSet::from_names(&self.permissions),
            members: self.members,
        })
    }
}

fn select() -> Sql {
    sql("SELECT r.id, r.key, r.name, r.name_zh, r.home, r.permissions, \
         (SELECT COUNT(*) FROM memberships m WHERE m.role_id = r.id) AS members FROM roles r WHERE 1 = 1")
}

pub(crate) async fn list(conn: &mut AnyConnection) -> Result<Vec<Role>, Fault> {
    let rows: Vec<RoleRow> = select().push(" ORDER BY r.name, r.id").all(conn).await?;
    rows.into_iter().map(RoleRow::read).collect()
}

pub(crate) async fn get(conn: &mut AnyConnection, id: &RoleId) -> Result<Option<Role>, Fault> {
    let row: Option<RoleRow> = select().push(" AND r.id = ").bind(id).first(conn).await?;
    row.map(RoleRow::read).transpose()
}

pub(crate) async fn by_key(conn: &mut AnyConnection, key: &str) -> Result<Option<Role>, Fault> {
    let row: Option<RoleRow> = select().push(" AND r.key = ").bind(key).first(conn).await?;
    row.map(RoleRow::read).transpose()
}

/// Inserts a role; one whose key is there already is left as it is.
pub(crate) async fn seed(conn: &mut AnyConnection, role: &Role, now: Timestamp) -> Result<(), Fault> {
    sql("INSERT INTO roles (id, key, name, name_zh, home, permissions, updated_at) VALUES ")
        .rows([role], |r, d| {
            r.bind(&d.id).bind(&d.key).bind(&d.name).bind(&d.name_zh).bind(&d.home).bind(d.permissions.to_names()).bind(now)
        })
        .push(" ON CONFLICT DO NOTHING")
        .run(conn)
        .await?;
    Ok(())
}

pub(crate) async fn insert(conn: &mut AnyConnection, id: &RoleId, draft: &RoleDraft, now: Timestamp) -> Result<(), Fault> {
    sql("INSERT INTO roles (id, key, name, name_zh, home, permissions, updated_at) VALUES ")
        .rows([draft], |r, d| r.bind(id).bind(&d.key).bind(&d.name).bind(&d.name_zh).bind(&d.home).bind(d.permissions.to_names()).bind(now))
        .run(conn)
        .await?;
    Ok(())
}

pub(crate) async fn edit(conn: &mut AnyConnection, id: &RoleId, draft: &RoleDraft, now: Timestamp) -> Result<(), Fault> {
    sql("UPDATE roles SET key = $1, name = $2, name_zh = $3, home = $4, permissions = $5, updated_at = $6 WHERE id = $7")
        .value(&draft.key)
        .value(&draft.name)
        .value(&draft.name_zh)
        .value(&draft.home)
        .value(draft.permissions.to_names())
        .value(now)
        .value(id)
        .run(conn)
        .await?;
    Ok(())
}

/// Fails as a conflict where somebody has the role.
pub(crate) async fn remove(conn: &mut AnyConnection, id: &RoleId) -> Result<(), Fault> {
    sql("DELETE FROM roles WHERE id = $1").value(id).run(conn).await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct NameRow {
    key: String,
    name: String,
    name_zh: String,
}

/// Key and names of every role.
pub(crate) async fn names(conn: &mut AnyConnection) -> Result<Vec<(String, String, String)>, Fault> {
    let rows: Vec<NameRow> = sql("SELECT key, name, name_zh FROM roles ORDER BY name").all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.key, row.name, row.name_zh)).collect())
}
