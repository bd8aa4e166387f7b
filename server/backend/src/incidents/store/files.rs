//! Tables `incident_files` and `incident_file_bodies`.

use domain::{
    Fault, Timestamp,
    id::{FileId, IncidentId},
    incidents::File,
};
use sqlx::AnyConnection;

use crate::db::{sql, stored};

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

const FILE: &str =
    "SELECT id, name, kind, size, sha256, added_by, added_at, removed_by, removed_why FROM incident_files WHERE incident_id = ";

/// The files of an incident, oldest first.
pub(in crate::incidents) async fn files(conn: &mut AnyConnection, incident: &IncidentId) -> Result<Vec<File>, Fault> {
    let rows: Vec<FileRow> = sql(FILE).bind(incident).push(" ORDER BY id").all(conn).await?;
    rows.into_iter().map(FileRow::read).collect()
}

/// One file of an incident.
pub(in crate::incidents) async fn file(conn: &mut AnyConnection, incident: &IncidentId, id: &FileId) -> Result<File, Fault> {
    let row: Option<FileRow> = sql(FILE).bind(incident).push(" AND id = ").bind(id).first(conn).await?;
    row.ok_or(Fault::NotFound("file"))?.read()
}

pub(in crate::incidents) async fn add_file(
    conn: &mut AnyConnection,
    incident: &IncidentId,
    file: &File,
    body: Vec<u8>,
) -> Result<(), Fault> {
    sql("INSERT INTO incident_files (id, incident_id, name, kind, size, sha256, added_by, added_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
        .value(&file.id)
        .value(incident)
        .value(&file.name)
        .value(file.kind.name())
        .value(file.size)
        .value(&file.sha256)
        .value(&file.by)
        .value(file.at)
        .run(conn)
        .await?;
    sql("INSERT INTO incident_file_bodies (file_id, body) VALUES ($1, $2)").value(&file.id).value(body).run(conn).await.map(|_| ())
}

#[derive(sqlx::FromRow)]
struct BodyRow {
    body: Vec<u8>,
}

/// The content of a file; `None` where it was removed.
pub(in crate::incidents) async fn body(conn: &mut AnyConnection, id: &FileId) -> Result<Option<Vec<u8>>, Fault> {
    let row: Option<BodyRow> = sql("SELECT body FROM incident_file_bodies WHERE file_id = $1").value(id).first(conn).await?;
    Ok(row.map(|row| row.body))
}

/// Removes the content of a file; `false` where it was removed already.
pub(in crate::incidents) async fn remove_file(
    conn: &mut AnyConnection,
    id: &FileId,
    by: &str,
    why: &str,
    now: Timestamp,
) -> Result<bool, Fault> {
    sql("DELETE FROM incident_file_bodies WHERE file_id = $1").value(id).run(conn).await?;
    let changed = sql("UPDATE incident_files SET removed_by = $1, removed_why = $2, removed_at = $3 WHERE id = $4 AND removed_at IS NULL")
        .value(by)
        .value(why)
        .value(now)
        .value(id)
        .run(conn)
        .await?;
    Ok(changed == 1)
}
