//! Tables `alerts` and `alert_events`.

use domain::{
    Fault, Reach, Timestamp,
    alerts::{Alert, AlertFacts, Delays, Filter, Reading, Severity, Signal, State},
    id::{AlertId, IncidentId, SystemId, TeamId},
    incidents::AlertRef,
    systems::Brief,
};
use sqlx::AnyConnection;

use crate::db::{Sql, sql, stored};

mod figures;
mod history;

pub(crate) use figures::Standing;
pub(super) use figures::standing;
pub(super) use history::{append_event, forget, history, note_acknowledged};

pub(super) mod owner;

/// One row of `alerts`.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct AlertRow {
    pub(super) id: String,
    pub(super) fingerprint: String,
    pub(super) source_kind: String,
    pub(super) source_id: String,
    pub(super) system_id: String,
    pub(super) team_id: String,
    pub(super) title: String,
    pub(super) detail: String,
    pub(super) url: String,
    pub(super) severity: i64,
    pub(super) state: String,
    pub(super) holds: i64,
    pub(super) holds_since: i64,
    pub(super) hold_ms: i64,
    pub(super) recover_ms: i64,
    pub(super) started_at: i64,
    pub(super) changed_at: i64,
    pub(super) fired_at: Option<i64>,
    pub(super) resolved_at: Option<i64>,
    pub(super) acknowledged_at: Option<i64>,
    pub(super) acknowledged_by: String,
    pub(super) incident_id: Option<String>,
}

const COLUMNS: &str = "id, fingerprint, source_kind, source_id, system_id, team_id, title, detail, url, severity, state, holds, holds_since, \
     hold_ms, recover_ms, started_at, changed_at, fired_at, resolved_at, acknowledged_at, acknowledged_by, incident_id";

/// Where a row stands in a list, in one number: unacknowledged, acknowledged, over; then the worst; then the newest. The
/// index `alerts_place` says it word for word.
const ORDER: &str = "(CASE WHEN state = 'resolved' THEN 2000000000000000 WHEN acknowledged_at IS NOT NULL THEN 1000000000000000 ELSE 0 END \
     + CASE WHEN state = 'resolved' THEN 0 ELSE severity * 100000000000000 END + 10000000000000 - started_at)";
/// Where what is over begins in this order.
const OVER: i64 = 2_000_000_000_000_000;

impl AlertRow {
    pub(super) fn begin(id: &AlertId, signal: &Signal, system: &Brief, now: Timestamp) -> Self {
        let delays = signal.delays.unwrap_or_else(|| Delays::of(signal.source_kind));
        Self {
            id: id.to_string(),
            fingerprint: signal.fingerprint(),
            source_kind: signal.source_kind.to_owned(),
            source_id: signal.source_id.clone(),
            system_id: signal.system.to_string(),
            team_id: system.team.to_string(),
            title: signal.title.clone(),
            detail: signal.detail.clone(),
            url: signal.url.clone(),
            severity: signal.severity.rank(),
            state: State::Pending.name().to_owned(),
            holds: 1,
            holds_since: now.0,
            hold_ms: delays.hold_ms,
            recover_ms: delays.recover_ms,
            started_at: now.0,
            changed_at: now.0,
            fired_at: None,
            resolved_at: None,
            acknowledged_at: None,
            acknowledged_by: String::new(),
            incident_id: None,
        }
    }

    pub(super) fn state(&self) -> Result<State, Fault> {
        stored(&self.state)
    }

    pub(super) fn system(&self) -> Result<SystemId, Fault> {
        stored(&self.system_id)
    }

    pub(super) fn team(&self) -> Result<TeamId, Fault> {
        stored(&self.team_id)
    }

    pub(super) fn incident(&self) -> Result<Option<IncidentId>, Fault> {
        self.incident_id.as_deref().map(stored).transpose()
    }

    pub(super) fn delays(&self) -> Delays {
        Delays { hold_ms: self.hold_ms, recover_ms: self.recover_ms }
    }

    pub(super) fn reading(&self) -> Reading {
        Reading { holds: (self.holds >= 0).then_some(self.holds == 1), since: Timestamp(self.holds_since) }
    }

    pub(super) fn take_reading(&mut self, reading: Reading) {
        self.holds = reading.holds.map_or(-1, i64::from);
        self.holds_since = reading.since.0;
    }

    pub(super) fn facts(&self, system_name: &str) -> Result<AlertFacts, Fault> {
        Ok(AlertFacts {
            id: stored(&self.id)?,
            title: self.title.clone(),
            detail: self.detail.clone(),
            severity: Severity::from_rank(self.severity),
            system: self.system()?,
            system_name: system_name.to_owned(),
            team: self.team()?,
            cause: self.fingerprint.clone(),
            incident: self.incident()?,
        })
    }

    pub(super) fn read(&self, system_name: &str) -> Result<Alert, Fault> {
        Ok(Alert {
            id: stored(&self.id)?,
            title: self.title.clone(),
            detail: self.detail.clone(),
            url: self.url.clone(),
            severity: Severity::from_rank(self.severity),
            state: self.state()?,
            holds: self.reading().holds,
            source_kind: self.source_kind.clone(),
            source_id: self.source_id.clone(),
            system: self.system()?,
            system_name: system_name.to_owned(),
            team: self.team()?,
            incident: self.incident()?,
            started_at: Timestamp(self.started_at),
            fired_at: self.fired_at.map(Timestamp),
            resolved_at: self.resolved_at.map(Timestamp),
            changed_at: Timestamp(self.changed_at),
            acknowledged_at: self.acknowledged_at.map(Timestamp),
            acknowledged_by: self.acknowledged_by.clone(),
            delays: self.delays(),
        })
    }
}

fn select() -> Sql {
    sql("SELECT ").push(COLUMNS).push(" FROM alerts WHERE 1 = 1")
}

/// One alert within reach.
pub(super) async fn get(conn: &mut AnyConnection, reach: &Reach, id: &AlertId) -> Result<AlertRow, Fault> {
    select().within("team_id", reach).push(" AND id = ").bind(id).first(conn).await?.ok_or(Fault::NotFound("alert"))
}

/// Those of the alerts that lie within reach, by id.
pub(super) async fn get_all(conn: &mut AnyConnection, reach: &Reach, ids: &[AlertId]) -> Result<Vec<AlertRow>, Fault> {
    select().within("team_id", reach).and_in("id", ids).push(" ORDER BY id").all(conn).await
}

/// The running alert of a condition, locked for this transaction (on SQLite the writer's turn is the lock).
pub(super) async fn take_running(conn: &mut AnyConnection, fingerprint: &str, now: Timestamp) -> Result<Option<AlertRow>, Fault> {
    sql("UPDATE alerts SET seen_at = $1 WHERE fingerprint = $2 AND state <> 'resolved' RETURNING ")
        .value(now)
        .value(fingerprint)
        .push(COLUMNS)
        .first(conn)
        .await
}

/// One alert that is not over, locked for this transaction.
pub(super) async fn take(conn: &mut AnyConnection, id: &str, now: Timestamp) -> Result<Option<AlertRow>, Fault> {
    sql("UPDATE alerts SET seen_at = $1 WHERE id = $2 AND state <> 'resolved' RETURNING ")
        .value(now)
        .value(id)
        .push(COLUMNS)
        .first(conn)
        .await
}

/// Begins an alert; `false` where one with this fingerprint is running already.
pub(super) async fn insert(conn: &mut AnyConnection, row: &AlertRow) -> Result<bool, Fault> {
    let inserted = sql(
        "INSERT INTO alerts (id, fingerprint, source_kind, source_id, system_id, team_id, title, detail, url, severity, state, holds, \
         holds_since, hold_ms, recover_ms, started_at, changed_at, seen_at) VALUES ",
    )
    .rows([row], |r, row| {
        r.bind(&row.id)
            .bind(&row.fingerprint)
            .bind(&row.source_kind)
            .bind(&row.source_id)
            .bind(&row.system_id)
            .bind(&row.team_id)
            .bind(&row.title)
            .bind(&row.detail)
            .bind(&row.url)
            .bind(row.severity)
            .bind(&row.state)
            .bind(row.holds)
            .bind(row.holds_since)
            .bind(row.hold_ms)
            .bind(row.recover_ms)
            .bind(row.started_at)
            .bind(row.changed_at)
            .bind(row.started_at)
    })
    .push(" ON CONFLICT (fingerprint) WHERE state <> 'resolved' DO NOTHING")
    .run(conn)
    .await?;
    Ok(inserted == 1)
}

/// Writes what moves: of a row that this transaction has locked.
pub(super) async fn save(conn: &mut AnyConnection, row: &AlertRow) -> Result<(), Fault> {
    sql("UPDATE alerts SET title = $1, detail = $2, url = $3, severity = $4, state = $5, holds = $6, holds_since = $7, changed_at = $8, \
         fired_at = $9, resolved_at = $10, incident_id = $11 WHERE id = $12")
    .value(&row.title)
    .value(&row.detail)
    .value(&row.url)
    .value(row.severity)
    .value(&row.state)
    .value(row.holds)
    .value(row.holds_since)
    .value(row.changed_at)
    .value(row.fired_at)
    .value(row.resolved_at)
    .value(row.incident_id.as_ref())
    .value(&row.id)
    .run(conn)
    .await?;
    Ok(())
}

/// Alerts that time has moved on, by id as it is stored.
pub(super) async fn due(conn: &mut AnyConnection, now: Timestamp, limit: usize) -> Result<Vec<String>, Fault> {
    sql("SELECT id FROM alerts WHERE (state = 'pending' AND holds = 1 AND holds_since + hold_ms <= $1) \
         OR (state = 'recovering' AND holds = 0 AND holds_since + recover_ms <= $2) ORDER BY started_at, id LIMIT ")
    .value(now)
    .value(now)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .texts(conn)
    .await
}

/// Marks it seen and locks it; gives the number of the event that tells so, `None` where it had been seen, or is over.
pub(super) async fn acknowledge(conn: &mut AnyConnection, id: &str, by: &str, now: Timestamp) -> Result<Option<i64>, Fault> {
    let seq = sql("UPDATE alerts SET acknowledged_at = $1, acknowledged_by = $2, events = events + 1 \
         WHERE id = $3 AND acknowledged_at IS NULL AND state <> 'resolved' RETURNING events")
    .value(now)
    .value(by)
    .value(id)
    .count(conn)
    .await?;
    Ok((seq > 0).then_some(seq))
}

pub(super) async fn lasting(conn: &mut AnyConnection, incident: &IncidentId) -> Result<i64, Fault> {
    sql("SELECT COUNT(*) FROM alerts WHERE incident_id = $1 AND fired_at IS NOT NULL AND state <> 'resolved'")
        .value(incident)
        .count(conn)
        .await
}

pub(super) async fn of_incident(conn: &mut AnyConnection, incident: &IncidentId) -> Result<Vec<AlertRef>, Fault> {
    let rows: Vec<AlertRow> =
        select().push(" AND incident_id = ").bind(incident).push(" ORDER BY started_at DESC, id DESC LIMIT 200").all(conn).await?;
    rows.iter()
        .map(|row| {
            Ok(AlertRef {
                id: stored(&row.id)?,
                title: row.title.clone(),
                severity: Severity::from_rank(row.severity),
                state: row.state()?,
                acknowledged: row.acknowledged_at.is_some(),
                started_at: Timestamp(row.started_at),
            })
        })
        .collect()
}

/// Narrows to the states, so that the database takes the index that is right: what runs are few, found by their state and
/// then sorted; what is over are many, read in their order until the page is full.
fn of_states(query: Sql, states: &[State]) -> Sql {
    let running = [State::Pending, State::Firing, State::Recovering];
    match states {
        [] => query.and_in("state", running.iter().map(|s| s.name())),
        states if !states.contains(&State::Resolved) => query.and_in("state", states.iter().map(|s| s.name())),
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
pub(super) async fn list(
    conn: &mut AnyConnection,
    filter: &Filter,
    reach: &Reach,
    mine: &Reach,
    after: Option<&(i64, String)>,
    limit: u32,
) -> Result<Vec<(i64, AlertRow)>, Fault> {
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
    if filter.unacknowledged {
        query = query.push(" AND acknowledged_at IS NULL AND state <> 'resolved'");
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
