//! How earlier changes of the same systems went.

use domain::{
    Fault, Span, Timestamp,
    changes::RecentChange,
    id::{ChangeId, SystemId},
};
use sqlx::AnyConnection;

use super::read::within_span;
use crate::db::{Sql, sql, stored};

fn on(statement: Sql, systems: &[SystemId], since: Timestamp) -> Sql {
    statement
        .push(" AND c.finished_at >= ")
        .bind(since)
        .push(" AND EXISTS (SELECT 1 FROM change_systems s WHERE s.change_id = c.id")
        .and_in("s.system_id", systems)
        .push(")")
}

/// Changes of these systems that ended since then, and how many of them not as planned.
pub(in crate::changes) async fn past(conn: &mut AnyConnection, systems: &[SystemId], since: Timestamp) -> Result<(u32, u32), Fault> {
    let finished = on(sql("SELECT COUNT(*) FROM changes c WHERE c.outcome IS NOT NULL"), systems, since).count(conn).await?;
    let failed =
        on(sql("SELECT COUNT(*) FROM changes c WHERE c.outcome IN ('degraded', 'rolled-back')"), systems, since).count(conn).await?;
    Ok((u32::try_from(finished).unwrap_or(u32::MAX), u32::try_from(failed).unwrap_or(u32::MAX)))
}

#[derive(sqlx::FromRow)]
struct RecentRow {
    id: String,
    number: i64,
    title: String,
    team_id: String,
    state: String,
    outcome: Option<String>,
    risk: String,
    system_id: String,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    starts_at: i64,
    ends_at: i64,
}

/// Changes on these systems that ran in the span, or whose window lay in it although nobody pressed start; each
/// once, by its nearest system.
pub(in crate::changes) async fn recent(
    conn: &mut AnyConnection,
    systems: &[(SystemId, u32)],
    span: Span,
) -> Result<Vec<RecentChange>, Fault> {
    let statement = sql("SELECT c.id, c.number, c.title, c.team_id, c.state, c.outcome, c.risk, cs.system_id, c.started_at, c.finished_at, c.starts_at, \
         c.ends_at FROM changes c JOIN change_systems cs ON cs.change_id = c.id WHERE c.state NOT IN ('draft', 'pending', 'rejected', 'cancelled')")
    .and_in("cs.system_id", systems.iter().map(|(id, _)| id));
    let rows: Vec<RecentRow> = within_span(statement, span).push(" ORDER BY c.busy_from DESC, c.id LIMIT 500").all(conn).await?;
    let mut found: Vec<RecentChange> = Vec::new();
    for row in rows {
        let (id, system): (ChangeId, SystemId) = (stored(&row.id)?, stored(&row.system_id)?);
        let distance = systems.iter().find(|(s, _)| *s == system).map_or(u32::MAX, |(_, d)| *d);
        if let Some(seen) = found.iter_mut().find(|c| c.id == id) {
            if distance < seen.distance {
                (seen.system, seen.distance) = (system, distance);
            }
            continue;
        }
        found.push(RecentChange {
            id,
            number: row.number,
            title: row.title,
            team: stored(&row.team_id)?,
            state: stored(&row.state)?,
            outcome: row.outcome.as_deref().map(stored).transpose()?,
            risk: stored(&row.risk)?,
            system,
            distance,
            started_at: row.started_at.map(Timestamp),
            finished_at: row.finished_at.map(Timestamp),
            window: Span { from: Timestamp(row.starts_at), to: Timestamp(row.ends_at) },
        });
    }
    Ok(found)
}
