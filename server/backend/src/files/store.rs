//! Tables `incident_files`, `incident_file_bodies`, `change_files` and `change_file_bodies`: alike, one pair for each kind of thing
//! that has files.

use domain::{
    Fault, Timestamp,
    files::File,
    id::{ChangeId, FileId, IncidentId},
};
use sqlx::AnyConnection;

use crate::db::{sql, stored};

/// What has files.
#[derive(Clone, Copy)]
pub(crate) enum Holder<'a> {
    /// An incident.
    Incident(&'a IncidentId),
    /// A change.
    Change(&'a ChangeId),
}

impl Holder<'_> {
    fn id(&self) -> &str {
        match self {
            Self::Incident(id) => id.as_str(),
            Self::Change(id) => id.as_str(),
        }
    }

    /// The table of its files, and the column that names the holder.
    fn files(self) -> (&'static str, &'static str) {
        match self {
            Self::Incident(_) => ("incident_files", "incident_id"),
            Self::Change(_) => ("change_files", "change_id"),
        }
    }

    fn bodies(self) -> &'static str {
        match self {
            Self::Incident(_) => "incident_file_bodies",
            Self::Change(_) => "change_file_bodies",
        }
    }
}

#[derive(sqlx::FromRow)]
struct FileRow {
    id: String,
    name: String,
    kind: String,
    size: i64,
    sha256: String,
    added_by: String,
    added_at: i64,
    removed_by: String,
    removed_why: String,
}

impl FileRow {
    fn read(self) -> Result<File, Fault> {
        Ok(File {
            id: stored(&self.id)?,
            name: self.name,
            kind: stored(&self.kind)?,
            size: self.size,
            sha256: self.sha256,
            by: self.added_by,
            at: Timestamp(self.added_at),
            removed_by: self.removed_by,
            removed_why: self.removed_why,
        })
    }
}

fn select(holder: Holder<'_>) -> crate::db::Sql {
    let (table, column) = holder.files();
    sql("SELECT id, name, kind, size, sha256, added_by, added_at, removed_by, removed_why FROM ")
        .push(table)
        .push(" WHERE ")
        .push(column)
        .push(" = ")
        .bind(holder.id())
}

/// The files of something, oldest first.
pub(crate) async fn files(conn: &mut AnyConnection, holder: Holder<'_>) -> Result<Vec<File>, Fault> {
    let rows: Vec<FileRow> = select(holder).push(" ORDER BY id").all(conn).await?;
    rows.into_iter().map(FileRow::read).collect()
}

/// One of them.
pub(super) async fn file(conn: &mut AnyConnection, holder: Holder<'_>, id: &FileId) -> Result<File, Fault> {
    let row: Option<FileRow> = select(holder).push(" AND id = ").bind(id).first(conn).await?;
    row.ok_or(Fault::NotFound("file"))?.read()
}

pub(super) async fn add(conn: &mut AnyConnection, holder: Holder<'_>, file: &File, body: Vec<u8>) -> Result<(), Fault> {
    let (table, column) = holder.files();
    sql("INSERT INTO ")
        .push(table)
        .push(" (id, name, kind, size, sha256, added_by, added_at, ")
        .push(column)
        .push(") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
        .value(&file.id)
        .value(&file.name)
        .value(file.kind.name())
        .value(file.size)
        .value(&file.sha256)
        .value(&file.by)
        .value(file.at)
        .value(holder.id())
        .run(conn)
        .await?;
    let body_of = sql("INSERT INTO ").push(holder.bodies()).push(" (file_id, body) VALUES ($1, $2)");
    body_of.value(&file.id).value(body).run(conn).await.map(|_| ())
}

#[derive(sqlx::FromRow)]
struct BodyRow {
    body: Vec<u8>,
}

/// The content of a file; `None` where it was removed.
pub(super) async fn body(conn: &mut AnyConnection, holder: Holder<'_>, id: &FileId) -> Result<Option<Vec<u8>>, Fault> {
    let row: Option<BodyRow> = sql("SELECT body FROM ").push(holder.bodies()).push(" WHERE file_id = ").bind(id).first(conn).await?;
    Ok(row.map(|row| row.body))
}

/// Removes the content of a file; `false` where it was removed already.
pub(super) async fn remove(
    conn: &mut AnyConnection,
    holder: Holder<'_>,
    id: &FileId,
    by: &str,
    why: &str,
    now: Timestamp,
) -> Result<bool, Fault> {
    sql("DELETE FROM ").push(holder.bodies()).push(" WHERE file_id = ").bind(id).run(conn).await?;
    let changed = sql("UPDATE ")
        .push(holder.files().0)
        .push(" SET removed_by = $1, removed_why = $2, removed_at = $3 WHERE id = $4 AND removed_at IS NULL")
        .value(by)
        .value(why)
        .value(now)
        .value(id)
        .run(conn)
        .await?;
    Ok(changed == 1)
}
