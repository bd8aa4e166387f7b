//! What is being carried out now, or was since.

use std::collections::HashSet;

use domain::{
    Fault, Timestamp,
    changes::{EntryKind, Kind},
    id::{ChangeId, SystemId, TeamId, UserId},
};
use sqlx::AnyConnection;

use crate::{
    changes::UnderWay,
    db::{sql, stored},
};

#[derive(sqlx::FromRow)]
struct Row {
    system_id: String,
    id: String,
    title: String,
    team_id: String,
    started_at: i64,
    started_by: String,
    kind: String,
    approvals: i64,
    needed: i64,
}

impl Row {
    /// Who began it, where nobody has approved it: only an emergency runs first.
    fn unapproved_by(&self) -> Result<Option<UserId>, Fault> {
        let unapproved = self.kind == Kind::Emergency.name() && self.approvals < self.needed;
        unapproved.then(|| stored(&self.started_by)).transpose()
    }
}

/// One change of the rows of its systems, which follow each other.
fn gathered(rows: Vec<Row>) -> Result<Vec<UnderWay>, Fault> {
    let mut found: Vec<UnderWay> = Vec::new();
    for row in rows {
        let (id, system): (ChangeId, SystemId) = (stored(&row.id)?, stored(&row.system_id)?);
        match found.last_mut().filter(|change| change.id == id) {
            Some(change) => {
                change.holds.insert(system);
            }
            None => {
                let team: TeamId = stored(&row.team_id)?;
                let (since, holds, unapproved_by) = (Timestamp(row.started_at), HashSet::from([system]), row.unapproved_by()?);
                found.push(UnderWay { id, title: row.title, team, since, unapproved_by, holds });
            }
        }
    }
    Ok(found)
}

/// Changes whose maintenance window is open at a moment, those that began first before the others; each with the systems it touches.
pub(in crate::changes) async fn maintained(conn: &mut AnyConnection, now: Timestamp) -> Result<Vec<UnderWay>, Fault> {
    let rows: Vec<Row> = sql("SELECT s.system_id, c.id, c.title, c.team_id, c.started_at, c.started_by, c.kind, c.approvals, c.needed \
         FROM changes c JOIN change_systems s ON s.change_id = c.id \
         WHERE c.maintained_until > $1 AND c.state = 'executing' AND c.started_at IS NOT NULL ORDER BY c.started_at, c.id, s.system_id")
    .value(now)
    .all(conn)
    .await?;
    gathered(rows)
}

#[derive(sqlx::FromRow)]
struct WindowRow {
    change_id: String,
    kind: String,
    body: String,
}

/// Changes whose maintenance window was open at an earlier moment, as their timelines tell, in the same order.
pub(in crate::changes) async fn maintained_then(conn: &mut AnyConnection, then: Timestamp) -> Result<Vec<UnderWay>, Fault> {
    // What nobody had approved then held less than it does now.
    let rows: Vec<Row> = sql("SELECT s.system_id, c.id, c.title, c.team_id, c.started_at, c.started_by, c.kind, c.needed, \
         (SELECT COUNT(*) FROM change_approvals a WHERE a.change_id = c.id AND a.version = c.version AND a.verdict = 'approve' \
         AND a.at <= $1) AS approvals FROM changes c JOIN change_systems s ON s.change_id = c.id \
         WHERE c.started_at <= $1 AND (c.finished_at IS NULL OR c.finished_at > $1) ORDER BY c.started_at, c.id, s.system_id")
    .value(then)
    .all(conn)
    .await?;
    let mut found = gathered(rows)?;
    if found.is_empty() {
        return Ok(found);
    }
    let told: Vec<WindowRow> = sql("SELECT change_id, kind, body FROM change_entries WHERE at <= $1 \
         AND kind IN ('maintenance-opened', 'maintenance-closed')")
    .value(then)
    .and_in("change_id", found.iter().map(|change| &change.id))
    .push(" ORDER BY change_id, place")
    .all(conn)
    .await?;
    found.retain(|change| {
        let last = told.iter().rfind(|row| row.change_id == change.id.as_str());
        // Its text begins with the moment until which it lasts at most.
        let until =
            last.filter(|row| row.kind == EntryKind::MaintenanceOpened.name()).and_then(|row| row.body.lines().next()?.parse().ok());
        until.is_some_and(|until: i64| until > then.0)
    });
    Ok(found)
}

/// Says until when a maintenance window lasts; `None`: it is closed. 0 where it was not open.
pub(in crate::changes) async fn maintain(conn: &mut AnyConnection, id: &ChangeId, until: Option<Timestamp>) -> Result<u64, Fault> {
    let statement = match until {
        Some(_) => sql("UPDATE changes SET maintained_until = $1 WHERE id = $2"),
        None => sql("UPDATE changes SET maintained_until = $1 WHERE id = $2 AND maintained_until IS NOT NULL"),
    };
    statement.value(until).value(id).run(conn).await
}

/// Changes whose maintenance window is over and not closed.
pub(in crate::changes) async fn maintained_too_long(conn: &mut AnyConnection, now: Timestamp, limit: u32) -> Result<Vec<ChangeId>, Fault> {
    let ids = sql("SELECT id FROM changes WHERE maintained_until <= $1 ORDER BY maintained_until, id LIMIT $2");
    ids.value(now).value(limit).texts(conn).await?.iter().map(|id| stored(id)).collect()
}

/// Systems on which another change was begun since a moment.
pub(in crate::changes) async fn touched_since(
    conn: &mut AnyConnection,
    since: Timestamp,
    but: Option<&ChangeId>,
) -> Result<Vec<SystemId>, Fault> {
    let found = sql(
        "SELECT DISTINCT s.system_id FROM changes c JOIN change_systems s ON s.change_id = c.id WHERE c.started_at >= $1 AND c.id <> $2 \
         ORDER BY s.system_id",
    );
    found.value(since).value(but.map_or("", ChangeId::as_str)).texts(conn).await?.iter().map(|id| stored(id)).collect()
}
