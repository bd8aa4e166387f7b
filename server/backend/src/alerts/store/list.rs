//! Lists of alerts: the index that is right for each choice of states, and pages that follow one another.

use domain::{
    Fault, Reach,
    alerts::{Filter, State},
};
use sqlx::AnyConnection;

use super::{AlertRow, ORDER, OVER, labels, select};
use crate::db::{Sql, sql};

/// Narrows to the states and to where these stand in the order, so that whichever index a database takes it reads nothing
/// in vain: what runs are few, found by their state or before all that is over; what is over are many, read in their order
/// until the page is full.
fn of_states(query: Sql, states: &[State]) -> Sql {
    let running = [State::Pending, State::Firing, State::Recovering];
    let states = if states.is_empty() { &running } else { states };
    match states {
        states if !states.contains(&State::Resolved) => {
            query.and_in("state", states.iter().map(|s| s.name())).push(" AND ").push(ORDER).push(" < ").bind(OVER)
        }
        states if running.iter().all(|s| states.contains(s)) => query,
        states if states.iter().all(|s| *s == State::Resolved) => query.push(" AND ").push(ORDER).push(" >= ").bind(OVER),
        states => query.and_in("COALESCE(state, '')", states.iter().map(|s| s.name())),
    }
}

#[derive(sqlx::FromRow)]
struct RankRow {
    id: String,
    place: i64,
}

/// One page with one row more than `limit`, and each row's place in the order. `mine` narrows further than `reach`.
pub(in crate::alerts) async fn list(
    conn: &mut AnyConnection,
    filter: &Filter,
    reach: &Reach,
    mine: &Reach,
    after: Option<&(i64, String)>,
    limit: u32,
) -> Result<Vec<(i64, AlertRow)>, Fault> {
    let found = labels::that_match(conn, reach, &filter.labels).await?;
    let mut query =
        sql("SELECT id, ").push(ORDER).push(" AS place FROM alerts WHERE 1 = 1").within("team_id", reach).within("team_id", mine);
    query = of_states(query, &filter.states);
    if !filter.severities.is_empty() {
        query = query.and_in("severity", filter.severities.iter().map(|s| s.rank()));
    }
    if !filter.systems.is_empty() {
        query = query.and_in("system_id", &filter.systems);
    }
    if let Some(incident) = &filter.incident {
        query = query.push(" AND incident_id = ").bind(incident);
    }
    query = labels::narrow(query, &found);
    if filter.unacknowledged {
        query = query.push(" AND acknowledged_at IS NULL AND state <> 'resolved'");
    }
    match filter.suppressed {
        Some(true) => query = query.push(" AND suppressed <> '[]'"),
        Some(false) => query = query.push(" AND suppressed = '[]'"),
        None => {}
    }
    if !filter.unfired {
        query = query.push(" AND (fired_at IS NOT NULL OR state <> 'resolved')");
    }
    if let Some((place, id)) = after {
        query = query
            .push(" AND (")
            .push(ORDER)
            .push(" > ")
            .bind(*place)
            .push(" OR (")
            .push(ORDER)
            .push(" = ")
            .bind(*place)
            .push(" AND id > ")
            .bind(id)
            .push("))");
    }
    let places: Vec<RankRow> = query.push(" ORDER BY place, id LIMIT ").bind(i64::from(limit) + 1).all(conn).await?;
    let rows: Vec<AlertRow> = select().and_in("id", places.iter().map(|p| &p.id)).all(conn).await?;
    let mut by_id: std::collections::HashMap<String, AlertRow> = rows.into_iter().map(|row| (row.id.clone(), row)).collect();
    Ok(places.into_iter().filter_map(|p| Some((p.place, by_id.remove(&p.id)?))).collect())
}
