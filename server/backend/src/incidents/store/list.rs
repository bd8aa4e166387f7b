//! Incidents as lists.

use domain::{Fault, Reach, Span, id::UserId, incidents::Filter};
use sqlx::AnyConnection;

use super::{IncidentRow, select};
use crate::db::Sql;

/// One page, newest first, with one row more than `limit`; `after` is the number of the last row of the page before.
pub(in crate::incidents) async fn list(
    conn: &mut AnyConnection,
    filter: &Filter,
    reach: &Reach,
    owner: Option<&UserId>,
    after: Option<i64>,
    limit: u32,
) -> Result<Vec<IncidentRow>, Fault> {
    let mut query = select().within("team_id", reach);
    if filter.open {
        query = query.push(" AND is_open = 1");
    }
    if !filter.states.is_empty() {
        query = query.and_in("state", filter.states.iter().map(|s| s.name()));
    }
    if !filter.severities.is_empty() {
        query = query.and_in("severity", filter.severities.iter().map(|s| s.rank()));
    }
    if !filter.teams.is_empty() {
        query = query.and_in("team_id", &filter.teams);
    }
    if !filter.systems.is_empty() || filter.systemless {
        query =
            query.push(" AND (id IN (SELECT incident_id FROM incident_systems WHERE 1 = 1").and_in("system_id", &filter.systems).push(")");
        if filter.systemless {
            query = query.push(" OR NOT EXISTS (SELECT 1 FROM incident_systems s WHERE s.incident_id = incidents.id)");
        }
        query = query.push(")");
    }
    if let Some(owner) = owner {
        query = query.push(" AND owner_id = ").bind(owner);
    }
    query = saying(query, filter);
    if let Some(number) = after {
        query = query.push(" AND number < ").bind(number);
    }
    query.push(" ORDER BY number DESC LIMIT ").bind(i64::from(limit) + 1).all(conn).await
}

/// Narrows to what the text says: `INC-42` is that one, `42` may stand in a title as well.
fn saying(query: Sql, filter: &Filter) -> Sql {
    let number = filter.number();
    match number {
        _ if filter.text.is_empty() => query,
        Some(number) if !filter.text.starts_with(|c: char| c.is_ascii_digit()) => query.push(" AND number = ").bind(number),
        number => query.push(" AND (number = ").bind(number.unwrap_or(0)).push(" OR ").holds("title", &filter.text).push(")"),
    }
}

pub(in crate::incidents) async fn during(conn: &mut AnyConnection, reach: &Reach, span: Span) -> Result<Vec<IncidentRow>, Fault> {
    select()
        .within("team_id", reach)
        .push(" AND opened_at < ")
        .bind(span.to)
        .push(" AND (resolved_at IS NULL OR resolved_at >= ")
        .bind(span.from)
        .push(") ORDER BY number DESC LIMIT 200")
        .all(conn)
        .await
}
