//! Tables `escalation_policies`, `escalation_systems`, `escalation_runs`, `escalation_calls`.

use std::collections::BTreeMap;

use domain::{
    Fault, Reach, Timestamp,
    alerts::Severity,
    escalations::{Content, Place, Policy, Progress, Run, Target},
    id::{EscalationId, IncidentId, PolicyId, SystemId, TeamId},
    incidents::SystemRef,
};
use sqlx::AnyConnection;

use crate::db::{Sql, sql, stored};

mod calls;

pub(super) use calls::{insert_calls, next_place, paged, taken};

#[derive(sqlx::FromRow)]
struct PolicyRow {
    id: String,
    name: String,
    team_id: String,
    team_name: String,
    steps: String,
    repeat: i64,
    again_min: i64,
    skip_empty: i64,
    is_default: i64,
    version: i64,
}

#[derive(sqlx::FromRow)]
struct SystemRow {
    policy_id: String,
    system_id: String,
    name: String,
}

fn select() -> Sql {
    sql("SELECT p.id, p.name, p.team_id, t.name AS team_name, p.steps, p.repeat, p.again_min, p.skip_empty, p.is_default, p.version \
         FROM escalation_policies p JOIN teams t ON t.id = p.team_id WHERE 1 = 1")
}

async fn read(statement: Sql, conn: &mut AnyConnection) -> Result<Vec<Policy>, Fault> {
    let rows: Vec<PolicyRow> = statement.push(" ORDER BY p.name, p.id").all(conn).await?;
    let found: Vec<SystemRow> =
        sql("SELECT e.policy_id, e.system_id, s.name FROM escalation_systems e JOIN systems s ON s.id = e.system_id WHERE 1 = 1")
            .and_in("e.policy_id", rows.iter().map(|row| row.id.as_str()))
            .push(" ORDER BY s.name, s.id")
            .all(conn)
            .await?;
    let mut systems: BTreeMap<String, Vec<SystemRef>> = BTreeMap::new();
    for row in found {
        systems.entry(row.policy_id).or_default().push(SystemRef { id: stored(&row.system_id)?, name: row.name });
    }
    rows.into_iter()
        .map(|row| {
            let steps = serde_json::from_str(&row.steps).map_err(|error| {
                tracing::error!(%error, policy = row.id, "a stored policy does not read");
                Fault::Internal
            })?;
            let system_names = systems.remove(&row.id).unwrap_or_default();
            let content = Content {
                name: row.name,
                team: stored(&row.team_id)?,
                steps,
                repeat: row.repeat,
                again_min: row.again_min,
                skip_empty: row.skip_empty == 1,
                default: row.is_default == 1,
                systems: system_names.iter().map(|system| system.id.clone()).collect(),
            };
            Ok(Policy { id: stored(&row.id)?, content, team_name: row.team_name, system_names, version: row.version })
        })
        .collect()
}

/// Policies within reach, by name.
pub(super) async fn policies(conn: &mut AnyConnection, reach: &Reach) -> Result<Vec<Policy>, Fault> {
    read(select().within("p.team_id", reach), conn).await
}

pub(super) async fn policy(conn: &mut AnyConnection, reach: &Reach, id: &PolicyId) -> Result<Option<Policy>, Fault> {
    Ok(read(select().within("p.team_id", reach).push(" AND p.id = ").bind(id), conn).await?.pop())
}

/// The policy that counts for a system of a team: its own, else the team's default; that one where there is no system.
pub(super) async fn counting(conn: &mut AnyConnection, team: &TeamId, system: Option<&SystemId>) -> Result<Option<Policy>, Fault> {
    // A policy pages people of its team, so it counts for systems of its team alone.
    if let Some(system) = system {
        let own = select()
            .push(" AND p.id IN (SELECT policy_id FROM escalation_systems WHERE system_id = ")
            .bind(system)
            .push(") AND p.team_id = ")
            .bind(team);
        if let Some(policy) = read(own, conn).await?.pop() {
            return Ok(Some(policy));
        }
    }
    Ok(read(select().push(" AND p.is_default = 1 AND p.team_id = ").bind(team), conn).await?.pop())
}

/// The system has another team: policies of others do not count for it any more.
pub(super) async fn leave(conn: &mut AnyConnection, system: &SystemId, team: &TeamId) -> Result<u64, Fault> {
    sql("DELETE FROM escalation_systems WHERE system_id = $1 AND policy_id NOT IN (SELECT id FROM escalation_policies WHERE team_id = $2)")
        .value(system)
        .value(team)
        .run(conn)
        .await
}

/// Whether another policy of the team has this name.
pub(super) async fn name_is_taken(conn: &mut AnyConnection, content: &Content, but: Option<&PolicyId>) -> Result<bool, Fault> {
    let count = sql("SELECT COUNT(*) FROM escalation_policies WHERE team_id = $1 AND name = $2 AND id <> $3")
        .value(&content.team)
        .value(&content.name)
        .value(but.map_or("", PolicyId::as_str));
    Ok(count.count(conn).await? > 0)
}

/// Writes a policy; what was the team's default, or counted for one of its systems, does no longer.
pub(super) async fn write(
    conn: &mut AnyConnection,
    id: &PolicyId,
    version: Option<i64>,
    content: &Content,
    now: Timestamp,
) -> Result<bool, Fault> {
    let steps = serde_json::to_string(&content.steps).map_err(|_| Fault::Internal)?;
    if content.default {
        sql("UPDATE escalation_policies SET is_default = 0 WHERE team_id = $1 AND id <> $2")
            .value(&content.team)
            .value(id)
            .run(conn)
            .await?;
    }
    let done = match version {
        None => sql(
            "INSERT INTO escalation_policies (id, name, team_id, steps, repeat, again_min, skip_empty, is_default, created_at, updated_at) \
                 VALUES ",
        )
        .rows([content], |r, content| {
            r.bind(id)
                .bind(&content.name)
                .bind(&content.team)
                .bind(&steps)
                .bind(content.repeat)
                .bind(content.again_min)
                .bind(content.skip_empty)
                .bind(content.default)
                .bind(now)
                .bind(now)
        })
        .run(conn)
        .await?,
        Some(version) => {
            sql("UPDATE escalation_policies SET name = $1, team_id = $2, steps = $3, repeat = $4, again_min = $5, skip_empty = $6, \
                 is_default = $7, updated_at = $8, version = version + 1 WHERE id = $9 AND version = $10")
            .value(&content.name)
            .value(&content.team)
            .value(&steps)
            .value(content.repeat)
            .value(content.again_min)
            .value(content.skip_empty)
            .value(content.default)
            .value(now)
            .value(id)
            .value(version)
            .run(conn)
            .await?
        }
    };
    if done != 1 {
        return Ok(false);
    }
    sql("DELETE FROM escalation_systems WHERE policy_id = $1").value(id).run(conn).await?;
    for system in &content.systems {
        sql("INSERT INTO escalation_systems (system_id, policy_id) VALUES ($1, $2) ON CONFLICT (system_id) DO UPDATE SET policy_id = excluded.policy_id")
            .value(system)
            .value(id)
            .run(conn)
            .await?;
    }
    Ok(true)
}

pub(super) async fn delete(conn: &mut AnyConnection, id: &PolicyId) -> Result<bool, Fault> {
    Ok(sql("DELETE FROM escalation_policies WHERE id = $1").value(id).run(conn).await? == 1)
}

/// Names of policies that page through a target.
pub(super) async fn naming(conn: &mut AnyConnection, target: &Target) -> Result<Vec<String>, Fault> {
    sql("SELECT name FROM escalation_policies WHERE steps LIKE $1 ORDER BY name").value(format!("%\"{target}\"%")).texts(conn).await
}

#[derive(sqlx::FromRow)]
struct RunRow {
    id: String,
    incident_id: String,
    policy_id: String,
    policy_name: String,
    severity: i64,
    state: String,
    ended_by: String,
    began_at: i64,
    ended_at: Option<i64>,
    next_at: Option<i64>,
    held_at: Option<i64>,
    round: i64,
    rung: i64,
    seq: i64,
    by_hand: i64,
}

/// A run with its place.
pub(super) struct Climbing {
    pub(super) run: Run,
    pub(super) place: Place,
    pub(super) seq: i64,
    /// Whether somebody asked for its next step.
    pub(super) by_hand: bool,
}

impl RunRow {
    fn read(self) -> Result<Climbing, Fault> {
        let run = Run {
            id: stored(&self.id)?,
            incident: stored(&self.incident_id)?,
            policy: PolicyId::parse(&self.policy_id),
            policy_name: self.policy_name,
            severity: Severity::from_rank(self.severity),
            state: stored(&self.state)?,
            ended_by: self.ended_by,
            began_at: Timestamp(self.began_at),
            ended_at: self.ended_at.map(Timestamp),
            next_at: self.next_at.map(Timestamp),
            held_at: self.held_at.map(Timestamp),
        };
        Ok(Climbing { run, place: Place { round: self.round, rung: self.rung }, seq: self.seq, by_hand: self.by_hand != 0 })
    }
}

fn select_runs() -> Sql {
    sql(
        "SELECT id, incident_id, policy_id, policy_name, severity, state, ended_by, began_at, ended_at, next_at, held_at, round, rung, seq, by_hand \
         FROM escalation_runs WHERE 1 = 1",
    )
}

/// The runs of an incident, the latest first.
pub(super) async fn runs(conn: &mut AnyConnection, incident: &IncidentId) -> Result<Vec<Run>, Fault> {
    let rows: Vec<RunRow> =
        select_runs().push(" AND incident_id = ").bind(incident).push(" ORDER BY began_at DESC, id DESC LIMIT 50").all(conn).await?;
    rows.into_iter().map(|row| row.read().map(|climbing| climbing.run)).collect()
}

/// The run of an incident that climbs.
pub(super) async fn running(conn: &mut AnyConnection, incident: &IncidentId) -> Result<Option<Climbing>, Fault> {
    let row: Option<RunRow> = select_runs().push(" AND state = 'running' AND incident_id = ").bind(incident).first(conn).await?;
    row.map(RunRow::read).transpose()
}

/// Incidents whose next step is due, the longest overdue first.
pub(super) async fn due(conn: &mut AnyConnection, now: Timestamp, limit: i64) -> Result<Vec<IncidentId>, Fault> {
    let ids = sql("SELECT incident_id FROM escalation_runs WHERE state = 'running' AND next_at <= ")
        .bind(now)
        .push(" ORDER BY next_at, id LIMIT ")
        .bind(limit)
        .texts(conn)
        .await?;
    ids.iter().map(|id| stored(id)).collect()
}

/// Begins a run; `false` where the incident has one that climbs.
pub(super) async fn insert_run(conn: &mut AnyConnection, run: &Run, team: &TeamId) -> Result<bool, Fault> {
    let done =
        sql("INSERT INTO escalation_runs (id, incident_id, policy_id, policy_name, team_id, severity, state, began_at, next_at) VALUES ")
            .rows([run], |r, run| {
                r.bind(&run.id)
                    .bind(&run.incident)
                    .bind(run.policy.as_ref().map_or("", PolicyId::as_str))
                    .bind(&run.policy_name)
                    .bind(team)
                    .bind(run.severity.rank())
                    .bind(run.state.name())
                    .bind(run.began_at)
                    .bind(run.next_at)
            })
            .push(" ON CONFLICT DO NOTHING")
            .run(conn)
            .await?;
    Ok(done == 1)
}

/// Takes a step: whoever moves the count has taken it, nobody else.
pub(super) async fn claim(conn: &mut AnyConnection, from: &Climbing, to: Place, next_at: Timestamp, now: Timestamp) -> Result<bool, Fault> {
    let done = sql("UPDATE escalation_runs SET seq = seq + 1, round = $1, rung = $2, next_at = $3, held_at = NULL \
                    WHERE id = $4 AND seq = $5 AND state = 'running' AND next_at <= $6")
    .value(to.round)
    .value(to.rung)
    .value(next_at)
    .value(&from.run.id)
    .value(from.seq)
    .value(now)
    .run(conn)
    .await?;
    Ok(done == 1)
}

/// Puts a step off that is due, because what it would tell of is kept quiet; whether that is new.
pub(super) async fn hold(conn: &mut AnyConnection, held: &Climbing, until: Timestamp, now: Timestamp) -> Result<bool, Fault> {
    sql("UPDATE escalation_runs SET next_at = $1, held_at = COALESCE(held_at, $2) WHERE id = $3 AND seq = $4 AND state = 'running'")
        .value(until)
        .value(now)
        .value(&held.run.id)
        .value(held.seq)
        .run(conn)
        .await?;
    Ok(held.run.held_at.is_none())
}

/// Moves the moment of the next step.
pub(super) async fn hurry(conn: &mut AnyConnection, id: &EscalationId, to: Timestamp) -> Result<(), Fault> {
    sql("UPDATE escalation_runs SET next_at = $1 WHERE id = $2 AND state = 'running'").value(to).value(id).run(conn).await.map(|_| ())
}

/// Somebody asks for the next step now.
pub(super) async fn ask(conn: &mut AnyConnection, id: &EscalationId, now: Timestamp) -> Result<(), Fault> {
    sql("UPDATE escalation_runs SET next_at = $1, by_hand = 1 WHERE id = $2 AND state = 'running'")
        .value(now)
        .value(id)
        .run(conn)
        .await
        .map(drop)
}

/// Ends the run of an incident; `false` where none climbs.
pub(super) async fn end(conn: &mut AnyConnection, incident: &IncidentId, state: Progress, by: &str, now: Timestamp) -> Result<bool, Fault> {
    let done = sql(
        "UPDATE escalation_runs SET state = $1, ended_by = $2, ended_at = $3, next_at = NULL, held_at = NULL WHERE incident_id = $4 AND state = 'running'",
    )
    .value(state.name())
    .value(by)
    .value(now)
    .value(incident)
    .run(conn)
    .await?;
    Ok(done == 1)
}

/// What is due later is due sooner: the clock was set back.
pub(super) async fn sooner(conn: &mut AnyConnection, by: i64, now: Timestamp) -> Result<(), Fault> {
    sql("UPDATE escalation_runs SET next_at = next_at - $1, began_at = began_at - $2 WHERE state = 'running' AND next_at > $3")
        .value(by)
        .value(by)
        .value(now)
        .run(conn)
        .await
        .map(drop)
}
