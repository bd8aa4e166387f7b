//! Lists of monitors with their standings.

use domain::{
    Fault, PageRequest, Reach, Timestamp,
    alerts::Severity,
    id::{MonitorId, SystemId, TeamId},
    monitors::{MonitorState, Shown, Standing, State, rule},
};
use sqlx::AnyConnection;

use super::{Kept, KeptRow, standings::StandingRow};
use crate::{
    Seal,
    db::{Sql, sql, stored},
    systems,
};

/// Which monitors a query may and shall return.
pub(in crate::monitors) struct Scope {
    /// The teams whose systems may be read.
    pub(in crate::monitors) reach: Reach,
    /// The systems; empty for all.
    pub(in crate::monitors) systems: Vec<SystemId>,
    /// The teams; empty for all.
    pub(in crate::monitors) teams: Vec<TeamId>,
    /// What is shown of them; empty for all.
    pub(in crate::monitors) shown: Vec<Shown>,
    /// Part of the name; empty for all.
    pub(in crate::monitors) text: String,
}

/// One row of a list.
pub(in crate::monitors) struct Listed {
    pub(in crate::monitors) kept: Kept,
    pub(in crate::monitors) standing: Standing,
    /// Place of what is shown in [`Shown::ALL`], and the name as it is sorted: the cursor.
    pub(in crate::monitors) position: (i64, String),
}

#[derive(sqlx::FromRow)]
struct ListedRow {
    #[sqlx(flatten)]
    kept: KeptRow,
    #[sqlx(flatten)]
    standing: StandingRow,
    place: i64,
    sort_name: String,
}

/// Monitors with their standing and the place of what is shown, as a table `x`.
fn placed(columns: &'static str, now: Timestamp) -> Sql {
    sql("SELECT ")
        .push(columns)
        .push(" FROM (SELECT m.*, s.*, LOWER(m.name) AS sort_name, CAST(CASE WHEN m.paused = 1 THEN 3 WHEN m.maintenance_until > ")
        .bind(now)
        .push(
            " THEN 2 WHEN s.state = 'down' THEN 0 WHEN s.state = 'unknown' THEN 1 WHEN s.state = 'new' THEN 4 WHEN s.state = 'up' THEN 5 ELSE 1 END AS BIGINT) \
             AS place FROM monitors m JOIN monitor_standings s ON s.monitor_id = m.id) AS x WHERE 1 = 1",
        )
}

fn scoped(mut query: Sql, scope: &Scope) -> Sql {
    query = systems::within(query, "system_id", &scope.reach);
    if !scope.systems.is_empty() {
        query = query.and_in("system_id", &scope.systems);
    }
    if !scope.teams.is_empty() {
        query = systems::within(query, "system_id", &Reach::Teams(scope.teams.clone()));
    }
    if !scope.shown.is_empty() {
        query = query.and_in("place", scope.shown.iter().map(|shown| place(*shown)));
    }
    if !scope.text.is_empty() {
        query = query.push(" AND ").holds("name", &scope.text);
    }
    query
}

fn place(shown: Shown) -> i64 {
    Shown::ALL.iter().position(|s| *s == shown).and_then(|p| i64::try_from(p).ok()).unwrap_or_default()
}

const LISTED: &str = "id, system_id, name, kind, target, credential, locations, quorum, severity, needed, hold_s, recover_s, paused, maintenance_until, version, \
     created_at, updated_at, monitor_id, state, since, run, leaning, last, told, called_at, due_at, place, sort_name";

/// What parts name and id in a cursor.
const BETWEEN: char = '\u{1f}';

/// Worst first, then by name; one row more than the page holds.
pub(in crate::monitors) async fn list(
    conn: &mut AnyConnection,
    seal: &Seal,
    scope: &Scope,
    page: &PageRequest,
    now: Timestamp,
) -> Result<Vec<Listed>, Fault> {
    let mut query = scoped(placed(LISTED, now), scope);
    if let Some((place, rest)) = page.position()? {
        let (name, id) = rest.rsplit_once(BETWEEN).unwrap_or((&rest, ""));
        query = query
            .push(" AND (place > ")
            .bind(place)
            .push(" OR (place = ")
            .bind(place)
            .push(" AND (sort_name > ")
            .bind(name)
            .push(" OR (sort_name = ")
            .bind(name)
            .push(" AND id > ")
            .bind(id)
            .push("))))");
    }
    let rows: Vec<ListedRow> = query.push(" ORDER BY place, sort_name, id LIMIT ").bind(page.limit + 1).all(conn).await?;
    rows.into_iter()
        .map(|row| {
            let position = (row.place, format!("{}{BETWEEN}{}", row.sort_name, row.kept.id));
            Ok(Listed { kept: row.kept.read(seal)?, standing: row.standing.read()?.standing, position })
        })
        .collect()
}

#[derive(sqlx::FromRow)]
struct CountRow {
    place: i64,
    monitors: i64,
}

/// How many are shown in which way.
pub(in crate::monitors) async fn counts(conn: &mut AnyConnection, scope: &Scope, now: Timestamp) -> Result<Vec<(Shown, i64)>, Fault> {
    let rows: Vec<CountRow> =
        scoped(placed("place, COUNT(*) AS monitors", now), scope).push(" GROUP BY place ORDER BY place").all(conn).await?;
    Ok(Shown::ALL.iter().map(|shown| (*shown, rows.iter().find(|row| row.place == place(*shown)).map_or(0, |row| row.monitors))).collect())
}

#[derive(sqlx::FromRow)]
struct StateRow {
    id: String,
    system_id: String,
    name: String,
    severity: i64,
    paused: i64,
    maintenance_until: i64,
    state: String,
    since: i64,
}

/// What is shown of every monitor of these systems (`None` for all), worst first, then by name. `team` knows the team of a
/// system; monitors of systems that it does not know are left out.
pub(in crate::monitors) async fn states(
    conn: &mut AnyConnection,
    systems: Option<&[SystemId]>,
    team: impl Fn(&SystemId) -> Option<TeamId> + Send,
    now: Timestamp,
) -> Result<Vec<MonitorState>, Fault> {
    let mut query = sql("SELECT m.id, m.system_id, m.name, m.severity, m.paused, m.maintenance_until, s.state, s.since \
         FROM monitors m JOIN monitor_standings s ON s.monitor_id = m.id WHERE 1 = 1");
    if let Some(systems) = systems {
        query = query.and_in("m.system_id", systems);
    }
    let rows: Vec<StateRow> = query.all(conn).await?;
    let mut states = Vec::with_capacity(rows.len());
    for row in rows {
        // What cannot be read is unknown, and hides none of the others.
        let (Ok(id), Ok(system)) = (stored(&row.id), stored::<SystemId>(&row.system_id)) else { continue };
        let state = stored::<State>(&row.state).unwrap_or(State::Unknown);
        let Some(team) = team(&system) else { continue };
        let until = (row.maintenance_until > 0).then_some(Timestamp(row.maintenance_until));
        states.push(MonitorState {
            id,
            shown: rule::shown(state, row.paused != 0, until, now),
            name: row.name,
            system,
            team,
            since: Timestamp(row.since),
            severity: Severity::from_rank(row.severity),
        });
    }
    states.sort_by_cached_key(|state| (place(state.shown), state.name.to_lowercase(), state.id.clone()));
    Ok(states)
}

/// One monitor within reach, with its standing.
pub(in crate::monitors) async fn one(
    conn: &mut AnyConnection,
    seal: &Seal,
    reach: &Reach,
    id: &MonitorId,
    now: Timestamp,
) -> Result<Listed, Fault> {
    let query = systems::within(placed(LISTED, now).push(" AND id = ").bind(id), "system_id", reach);
    let row: ListedRow = query.first(conn).await?.ok_or(Fault::NotFound("monitor"))?;
    Ok(Listed { kept: row.kept.read(seal)?, standing: row.standing.read()?.standing, position: (row.place, row.sort_name) })
}
