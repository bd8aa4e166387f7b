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
    seq: i64,
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

const ENTRY: &str = "SELECT id, seq, at, kind, actor, text, link, added_at, author_id, edits FROM incident_entries WHERE incident_id = ";

/// Rows of a timeline that are told: the newest of what comes in masses, and the newest of all else.
const OFTEN: i64 = 2_000;
const OTHERS: i64 = 10_000;

/// The timeline in the order of what it tells, and how many rows of it are left out.
pub(in crate::incidents) async fn timeline(conn: &mut AnyConnection, incident: &IncidentId) -> Result<(Vec<Entry>, i64), Fault> {
    let often: Vec<&str> = EntryKind::ALL.iter().filter(|kind| kind.comes_often()).map(|kind| kind.name()).collect();
    let newest = " ORDER BY seq DESC LIMIT ";
    let mut rows: Vec<EntryRow> =
        sql(ENTRY).bind(incident).and_in("kind", often.iter().copied()).push(newest).bind(OFTEN).all(conn).await?;
    let others: Vec<EntryRow> =
        sql(ENTRY).bind(incident).and_not_in("kind", often.iter().copied()).push(newest).bind(OTHERS).all(conn).await?;
    let (of_often, of_others) = (i64::try_from(rows.len()).unwrap_or(i64::MAX), i64::try_from(others.len()).unwrap_or(i64::MAX));
    rows.extend(others);
    let left_out = if of_often < OFTEN && of_others < OTHERS {
        0
    } else {
        sql("SELECT COUNT(*) FROM incident_entries WHERE incident_id = $1").value(incident).count(conn).await? - of_often - of_others
    };
    rows.sort_by_key(|row| (row.at, row.seq));
    Ok((rows.into_iter().map(EntryRow::read).collect::<Result<_, _>>()?, left_out))
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
