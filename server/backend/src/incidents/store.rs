//! Tables `incidents`, `incident_systems`, `incident_counter`.

use domain::{
    Fault, Reach, Timestamp,
    alerts::{AlertFacts, Severity},
    id::{IncidentId, SystemId, TeamId, UserId},
    incidents::{Incident, Outage, State, SystemRef},
};
use serde_json::Value;
use sqlx::AnyConnection;

use crate::db::{Sql, sql, stored};

mod after;
mod figures;
mod list;
mod many;
mod outages;
mod overlaps;
pub(super) mod owner;
mod relations;
mod reviews;
mod systems;
mod teamwork;
mod templates;
mod timeline;
mod verdicts;
pub(super) use after::*;
pub(super) use figures::*;
pub(super) use list::*;
pub(super) use many::*;
pub(super) use outages::outages;
pub(super) use overlaps::{Beside, beside, unsettle_beside};
pub(super) use relations::*;
pub(super) use reviews::*;
pub(super) use systems::*;
pub(super) use teamwork::*;
pub(super) use templates::*;
pub(super) use timeline::*;
pub(super) use verdicts::*;

/// One row of `incidents`.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct IncidentRow {
    pub(super) id: String,
    pub(super) number: i64,
    pub(super) title: String,
    /// What the alert that opened it said in each language then, as JSON; empty where it said one alone.
    pub(super) told: String,
    pub(super) severity: i64,
    pub(super) state: String,
    pub(super) system_id: Option<String>,
    pub(super) team_id: String,
    pub(super) cause: String,
    pub(super) impact: String,
    pub(super) owner_id: Option<String>,
    pub(super) owner_name: String,
    pub(super) opened_at: i64,
    pub(super) acknowledged_at: Option<i64>,
    /// When somebody took notice of what is open now; a relapse is not seen yet.
    pub(super) seen_at: Option<i64>,
    pub(super) mitigated_at: Option<i64>,
    pub(super) resolved_at: Option<i64>,
    pub(super) reopened: i64,
    pub(super) previous_id: Option<String>,
    pub(super) version: i64,
    pub(super) merged_into: Option<String>,
}

const COLUMNS: &str = "id, number, title, severity, state, system_id, team_id, cause, impact, owner_id, owner_name, opened_at, acknowledged_at, seen_at, \
     mitigated_at, resolved_at, reopened, previous_id, version, merged_into, told";

impl IncidentRow {
    /// As it is when it begins, with nothing done yet.
    pub(super) fn fresh(id: &IncidentId, number: i64, title: String, severity: Severity, team: &TeamId, now: Timestamp) -> Self {
        Self {
            id: id.to_string(),
            number,
            title,
            told: String::new(),
            severity: severity.rank(),
            state: State::Triage.name().to_owned(),
            system_id: None,
            team_id: team.to_string(),
            cause: String::new(),
            impact: String::new(),
            owner_id: None,
            owner_name: String::new(),
            opened_at: now.0,
            acknowledged_at: None,
            seen_at: None,
            mitigated_at: None,
            resolved_at: None,
            reopened: 0,
            previous_id: None,
            version: 1,
            merged_into: None,
        }
    }

    /// As an alert opens it.
    pub(super) fn begin(id: &IncidentId, number: i64, alert: &AlertFacts, previous: Option<String>, now: Timestamp) -> Self {
        Self {
            system_id: alert.system.as_ref().map(ToString::to_string),
            cause: alert.cause.clone(),
            told: alert.told.clone(),
            previous_id: previous,
            ..Self::fresh(id, number, alert.title.clone(), alert.severity, &alert.team, now)
        }
    }

    pub(super) fn id(&self) -> Result<IncidentId, Fault> {
        stored(&self.id)
    }

    pub(super) fn state(&self) -> Result<State, Fault> {
        stored(&self.state)
    }

    pub(super) fn team(&self) -> Result<TeamId, Fault> {
        stored(&self.team_id)
    }

    /// What messages say of its title in each language; `None` where there is one alone.
    pub(super) fn told(&self) -> Option<Value> {
        serde_json::from_str(&self.told).ok()
    }

    /// The system that began it.
    pub(super) fn system(&self) -> Result<Option<SystemId>, Fault> {
        self.system_id.as_deref().map(stored).transpose()
    }

    pub(super) fn read(self, systems: Vec<SystemRef>, outages: Vec<Outage>) -> Result<Incident, Fault> {
        Ok(Incident {
            id: self.id()?,
            number: self.number,
            severity: Severity::from_rank(self.severity),
            state: self.state()?,
            team: self.team()?,
            system: self.system()?,
            systems,
            outages,
            owner: self.owner_id.as_deref().map(stored).transpose()?,
            previous: self.previous_id.as_deref().map(stored).transpose()?,
            title: self.title,
            told: self.told,
            cause: self.cause,
            owner_name: self.owner_name,
            impact: self.impact,
            opened_at: Timestamp(self.opened_at),
            acknowledged_at: self.acknowledged_at.map(Timestamp),
            seen_at: self.seen_at.map(Timestamp),
            mitigated_at: self.mitigated_at.map(Timestamp),
            resolved_at: self.resolved_at.map(Timestamp),
            reopened: self.reopened,
            version: self.version,
            merged_into: self.merged_into.as_deref().map(stored).transpose()?,
        })
    }
}

fn select() -> Sql {
    sql("SELECT ").push(COLUMNS).push(" FROM incidents WHERE 1 = 1")
}

/// One incident within reach.
pub(super) async fn get(conn: &mut AnyConnection, reach: &Reach, id: &IncidentId) -> Result<IncidentRow, Fault> {
    select().within("team_id", reach).push(" AND id = ").bind(id).first(conn).await?.ok_or(Fault::NotFound("incident"))
}

/// One incident within reach, as people call it.
pub(super) async fn by_number(conn: &mut AnyConnection, reach: &Reach, number: i64) -> Result<IncidentRow, Fault> {
    select().within("team_id", reach).push(" AND number = ").bind(number).first(conn).await?.ok_or(Fault::NotFound("incident"))
}

/// The latest incident of the system and cause of an alert, or of its team and cause where it names no system.
pub(super) async fn latest(conn: &mut AnyConnection, alert: &AlertFacts) -> Result<Option<IncidentRow>, Fault> {
    let query = match &alert.system {
        Some(system) => select().push(" AND system_id = ").bind(system),
        None => select().push(" AND system_id IS NULL AND team_id = ").bind(&alert.team),
    };
    query.push(" AND cause = ").bind(&alert.cause).push(" ORDER BY number DESC LIMIT 1").first(conn).await
}

/// The same, locked for this transaction.
pub(super) async fn take_latest(conn: &mut AnyConnection, alert: &AlertFacts, now: Timestamp) -> Result<Option<IncidentRow>, Fault> {
    let Some(found) = latest(conn, alert).await? else { return Ok(None) };
    sql("UPDATE incidents SET updated_at = $1 WHERE id = $2 RETURNING ").value(now).value(&found.id).push(COLUMNS).first(conn).await
}

/// The next number; other openings wait until this transaction ends.
pub(super) async fn next_number(conn: &mut AnyConnection) -> Result<i64, Fault> {
    let number = sql("UPDATE incident_counter SET last = last + 1 WHERE id = 1 RETURNING last").count(conn).await?;
    if number > 0 { Ok(number) } else { Err(Fault::Internal) }
}

/// Gives back the number that this transaction took and did not need.
pub(super) async fn give_number_back(conn: &mut AnyConnection) -> Result<(), Fault> {
    sql("UPDATE incident_counter SET last = last - 1 WHERE id = 1").run(conn).await.map(|_| ())
}

pub(super) async fn insert(conn: &mut AnyConnection, row: &IncidentRow, systems: &[SystemId]) -> Result<(), Fault> {
    sql("INSERT INTO incidents (id, number, title, severity, state, is_open, system_id, team_id, cause, impact, owner_id, owner_name, opened_at, \
         acknowledged_at, seen_at, previous_id, updated_at, told) VALUES ")
    .rows([row], |r, row| {
        r.bind(&row.id)
            .bind(row.number)
            .bind(&row.title)
            .bind(row.severity)
            .bind(&row.state)
            .bind(true)
            .bind(row.system_id.as_ref())
            .bind(&row.team_id)
            .bind(&row.cause)
            .bind(&row.impact)
            .bind(row.owner_id.as_ref())
            .bind(&row.owner_name)
            .bind(row.opened_at)
            .bind(row.acknowledged_at)
            .bind(row.seen_at)
            .bind(row.previous_id.as_ref())
            .bind(row.opened_at)
            .bind(&row.told)
    })
    .run(conn)
    .await?;
    if !systems.is_empty() {
        sql("INSERT INTO incident_systems (incident_id, system_id, place) VALUES ")
            .rows((0_i64..).zip(systems), |r, (place, system)| r.bind(&row.id).bind(system).bind(place))
            .run(conn)
            .await?;
    }
    outages::follow(conn, &row.id()?, true, Timestamp(row.opened_at)).await
}

/// Moves the state with the times that follow from it; `false` where it is no longer in `from`.
pub(super) async fn move_state(conn: &mut AnyConnection, id: &IncidentId, from: State, to: State, now: Timestamp) -> Result<bool, Fault> {
    let mut query =
        sql("UPDATE incidents SET state = ").bind(to.name()).push(", is_open = ").bind(to.is_open()).push(", updated_at = ").bind(now);
    query = match to {
        State::Triage => query,
        State::Investigating | State::Identified => query.push(", mitigated_at = NULL, resolved_at = NULL"),
        State::Mitigated => query.push(", mitigated_at = ").bind(now).push(", resolved_at = NULL"),
        State::Resolved => query.push(", mitigated_at = COALESCE(mitigated_at, ").bind(now).push("), resolved_at = ").bind(now),
        State::Reviewed | State::Closed => query,
    };
    let moved = query.push(" WHERE id = ").bind(id).push(" AND state = ").bind(from.name()).run(conn).await? == 1;
    if moved {
        outages::follow(conn, id, to.is_open(), now).await?;
    }
    Ok(moved)
}

/// A relapse opens it again. It must be locked and resolved.
pub(super) async fn reopen(conn: &mut AnyConnection, id: &IncidentId, to: State, now: Timestamp) -> Result<(), Fault> {
    let changed = sql(
        "UPDATE incidents SET state = $1, is_open = 1, seen_at = NULL, mitigated_at = NULL, resolved_at = NULL, reopened = reopened + 1, updated_at = $2 \
         WHERE id = $3 AND state = 'resolved'",
    )
    .value(to.name())
    .value(now)
    .value(id)
    .run(conn)
    .await?;
    if changed == 1 { outages::follow(conn, id, true, now).await } else { Err(Fault::conflict("conflict-incident-moved")) }
}

pub(super) async fn worsen(conn: &mut AnyConnection, id: &IncidentId, to: Severity, now: Timestamp) -> Result<(), Fault> {
    sql("UPDATE incidents SET severity = $1, version = version + 1, updated_at = $2 WHERE id = $3")
        .value(to.rank())
        .value(now)
        .value(id)
        .run(conn)
        .await
        .map(|_| ())
}

/// Writes an edit on top of `version`; `false` where somebody was faster.
pub(super) async fn edit(
    conn: &mut AnyConnection,
    id: &IncidentId,
    version: i64,
    input: &domain::incidents::Edit,
    now: Timestamp,
) -> Result<bool, Fault> {
    let changed = sql("UPDATE incidents SET title = $1, severity = $2, impact = $3, version = version + 1, updated_at = $4 \
         WHERE id = $5 AND version = $6")
    .value(&input.title)
    .value(input.severity.rank())
    .value(&input.impact)
    .value(now)
    .value(id)
    .value(version)
    .run(conn)
    .await?;
    Ok(changed == 1)
}

pub(super) async fn set_acknowledged(conn: &mut AnyConnection, id: &IncidentId, now: Timestamp) -> Result<(), Fault> {
    sql("UPDATE incidents SET acknowledged_at = COALESCE(acknowledged_at, $1), seen_at = $1 WHERE id = $2 AND seen_at IS NULL")
        .value(now)
        .value(id)
        .run(conn)
        .await
        .map(|_| ())
}

/// Whoever took notice did not see this: it is as if nobody had. When somebody first did stays. Gives whether somebody had.
pub(super) async fn set_unseen(conn: &mut AnyConnection, id: &IncidentId) -> Result<bool, Fault> {
    let changed = sql("UPDATE incidents SET seen_at = NULL WHERE id = $1 AND seen_at IS NOT NULL").value(id).run(conn).await?;
    Ok(changed > 0)
}

/// Gives the lead from one to another; `false` where `was` (empty for nobody) does not lead any more.
pub(super) async fn set_owner(
    conn: &mut AnyConnection,
    id: &IncidentId,
    was: &str,
    owner: Option<(&UserId, &str)>,
    now: Timestamp,
) -> Result<bool, Fault> {
    let changed = sql("UPDATE incidents SET owner_id = $1, owner_name = $2, updated_at = $3 WHERE id = $4 AND COALESCE(owner_id, '') = $5")
        .value(owner.map(|(id, _)| id))
        .value(owner.map_or("", |(_, name)| name))
        .value(now)
        .value(id)
        .value(was)
        .run(conn)
        .await?;
    Ok(changed == 1)
}

/// Ids of all incidents that last.
pub(super) async fn open_ids(conn: &mut AnyConnection) -> Result<Vec<IncidentId>, Fault> {
    let ids = sql("SELECT id FROM incidents WHERE is_open = 1").texts(conn).await?;
    ids.iter().map(|id| stored(id)).collect()
}

/// How open incidents stand, in figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Standing {
    /// How many last.
    pub(crate) open: i64,
    /// The worst of them, 1 to 4; `None` where none lasts.
    pub(crate) worst: Option<i64>,
}

pub(super) async fn standing(conn: &mut AnyConnection, reach: &Reach) -> Result<Standing, Fault> {
    let found = sql("SELECT COUNT(*) AS open, MIN(severity) AS worst FROM incidents WHERE is_open = 1").within("team_id", reach);
    Ok(found.first(conn).await?.unwrap_or(Standing { open: 0, worst: None }))
}

pub(super) async fn open_on(conn: &mut AnyConnection, systems: &[SystemId]) -> Result<Vec<IncidentId>, Fault> {
    let ids = sql("SELECT id FROM incidents WHERE is_open = 1 AND id IN (SELECT incident_id FROM incident_systems WHERE 1 = 1")
        .and_in("system_id", systems)
        .push(") ORDER BY id")
        .texts(conn)
        .await?;
    ids.iter().map(|id| stored(id)).collect()
}
