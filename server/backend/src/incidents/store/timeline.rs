//! Table `incident_entries`.

use domain::{
    Fault, Timestamp,
    id::{EntryId, IncidentId, TeamId, UserId},
    incidents::{Entry, EntryKind, EntryVersion},
};
use sqlx::AnyConnection;

use crate::db::{sql, stored};

/// The place that a new entry takes.
#[derive(sqlx::FromRow)]
pub(in crate::incidents) struct Place {
    id: String,
    pub(in crate::incidents) entries: i64,
    team_id: String,
}

impl Place {
    /// The incident in whose timeline it is: the one that was asked for, or that it was merged into.
    pub(in crate::incidents) fn incident(&self) -> Result<IncidentId, Fault> {
        stored(&self.id)
    }

    pub(in crate::incidents) fn team(&self) -> Result<TeamId, Fault> {
        stored(&self.team_id)
    }
}

/// Takes the next place in the timeline, and with it the incident's lock.
pub(in crate::incidents) async fn next_entry(conn: &mut AnyConnection, id: &IncidentId, now: Timestamp) -> Result<Option<Place>, Fault> {
    sql("UPDATE incidents SET entries = entries + 1, updated_at = $1 WHERE id = (SELECT COALESCE(i.merged_into, i.id) FROM incidents i WHERE i.id = $2) \
         RETURNING id, entries, team_id")
        .value(now)
        .value(id)
        .first(conn)
        .await
}

pub(in crate::incidents) async fn append_entry(
    conn: &mut AnyConnection,
    id: &EntryId,
    incident: &IncidentId,
    seq: i64,
    at: Timestamp,
    kind: EntryKind,
    actor: &str,
    text: &str,
    link: &str,
) -> Result<(), Fault> {
    sql("INSERT INTO incident_entries (id, incident_id, seq, at, kind, actor, text, link) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
        .value(id)
        .value(incident)
        .value(seq)
        .value(at)
        .value(kind.name())
        .value(actor)
        .value(text)
        .value(link)
        .run(conn)
        .await
        .map(|_| ())
}

/// Adds a comment of a person; `added_at` where it tells of an earlier moment than that.
pub(in crate::incidents) async fn append_remark(
    conn: &mut AnyConnection,
    id: &EntryId,
    (incident, seq): (&IncidentId, i64),
    at: Timestamp,
    added_at: Option<Timestamp>,
    (author, name): (Option<&UserId>, &str),
    text: &str,
) -> Result<(), Fault> {
    sql("INSERT INTO incident_entries (id, incident_id, seq, at, kind, actor, text, link, added_at, author_id) \
         VALUES ($1, $2, $3, $4, 'comment', $5, $6, '', $7, $8)")
    .value(id)
    .value(incident)
    .value(seq)
    .value(at)
    .value(name)
    .value(text)
    .value(added_at)
    .value(author)
    .run(conn)
    .await
    .map(|_| ())
}

#[derive(sqlx::FromRow)]
struct EntryRow {
    id: String,
    at: i64,
    kind: String,
    actor: String,
    text: String,
    link: String,
    added_at: Option<i64>,
    author_id: Option<String>,
    edits: i64,
}

impl EntryRow {
    fn read(self) -> Result<Entry, Fault> {
        Ok(Entry {
            id: stored(&self.id)?,
            at: Timestamp(self.at),
            kind: stored(&self.kind)?,
            actor: self.actor,
            text: self.text,
            link: self.link,
            added_at: self.added_at.map(Timestamp),
            author: self.author_id.as_deref().map(stored).transpose()?,
            edits: self.edits,
        })
    }
}

const ENTRY: &str = "SELECT id, at, kind, actor, text, link, added_at, author_id, edits FROM incident_entries WHERE incident_id = ";

/// The timeline in the order of what it tells; of the last 2,000 rows that were written.
pub(in crate::incidents) async fn timeline(conn: &mut AnyConnection, incident: &IncidentId) -> Result<Vec<Entry>, Fault> {
    let rows: Vec<EntryRow> = sql(ENTRY).bind(incident).push(" ORDER BY seq DESC LIMIT 2000").all(conn).await?;
    let mut entries = rows.into_iter().rev().map(EntryRow::read).collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(|entry| entry.at);
    Ok(entries)
}

/// One entry of an incident.
pub(in crate::incidents) async fn entry(conn: &mut AnyConnection, incident: &IncidentId, id: &EntryId) -> Result<Entry, Fault> {
    let row: Option<EntryRow> = sql(ENTRY).bind(incident).push(" AND id = ").bind(id).first(conn).await?;
    row.ok_or(Fault::NotFound("entry"))?.read()
}

/// Writes an entry anew and keeps what it said; `edits` is how often it had been. `false` where somebody was faster.
pub(in crate::incidents) async fn rewrite(conn: &mut AnyConnection, entry: &Entry, text: &str, now: Timestamp) -> Result<bool, Fault> {
    let changed = sql("UPDATE incident_entries SET text = $1, edits = edits + 1 WHERE id = $2 AND edits = $3")
        .value(text)
        .value(&entry.id)
        .value(entry.edits)
        .run(conn)
        .await?;
    if changed != 1 {
        return Ok(false);
    }
    sql("INSERT INTO incident_entry_versions (entry_id, version, text, replaced_at) VALUES ($1, $2, $3, $4)")
        .value(&entry.id)
        .value(entry.edits)
        .value(&entry.text)
        .value(now)
        .run(conn)
        .await?;
    Ok(true)
}

#[derive(sqlx::FromRow)]
struct VersionRow {
    text: String,
    replaced_at: i64,
}

/// What an entry said before, oldest first.
pub(in crate::incidents) async fn versions(conn: &mut AnyConnection, entry: &EntryId) -> Result<Vec<EntryVersion>, Fault> {
    let rows: Vec<VersionRow> =
        sql("SELECT text, replaced_at FROM incident_entry_versions WHERE entry_id = $1 ORDER BY version").value(entry).all(conn).await?;
    Ok(rows.into_iter().map(|row| EntryVersion { text: row.text, replaced_at: Timestamp(row.replaced_at) }).collect())
}
