//! Table `load_comparisons`.

use domain::{
    Fault, Reach, Timestamp,
    evidence::Outcome,
    id::{EvidenceId, LoadComparisonId},
    load::{Comparison, ComparisonOrder, State, Target},
};
use sqlx::AnyConnection;

use crate::db::{sql, stored};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    baseline_id: String,
    baseline_name: String,
    candidate_id: String,
    candidate_name: String,
    team_id: String,
    turns: i64,
    slower: f64,
    throughput: f64,
    state: String,
    outcome: String,
    reason: String,
    evidence_id: Option<String>,
    by_name: String,
    asked_at: i64,
    finished_at: Option<i64>,
}

impl Row {
    fn read(self) -> Result<Comparison, Fault> {
        Ok(Comparison {
            id: stored(&self.id)?,
            baseline: stored(&self.baseline_id)?,
            baseline_name: self.baseline_name,
            candidate: stored(&self.candidate_id)?,
            candidate_name: self.candidate_name,
            team: stored(&self.team_id)?,
            turns: self.turns,
            slower: self.slower,
            throughput: self.throughput,
            state: stored(&self.state)?,
            outcome: (!self.outcome.is_empty()).then(|| stored(&self.outcome)).transpose()?,
            reason: self.reason,
            evidence: self.evidence_id.as_deref().map(stored).transpose()?,
            by: self.by_name,
            asked_at: Timestamp(self.asked_at),
            finished_at: self.finished_at.map(Timestamp),
            runs: Vec::new(),
        })
    }
}

/// Without its runs.
pub(in crate::load) async fn get(conn: &mut AnyConnection, reach: &Reach, id: &LoadComparisonId) -> Result<Comparison, Fault> {
    let row: Option<Row> =
        sql("SELECT c.id, c.baseline_id, b.name AS baseline_name, c.candidate_id, t.name AS candidate_name, c.team_id, \
         c.turns, c.slower, c.throughput, c.state, c.outcome, c.reason, c.evidence_id, c.by_name, c.asked_at, c.finished_at \
         FROM load_comparisons c JOIN load_targets b ON b.id = c.baseline_id JOIN load_targets t ON t.id = c.candidate_id WHERE 1 = 1")
        .within("c.team_id", reach)
        .push(" AND c.id = ")
        .bind(id)
        .first(conn)
        .await?;
    row.ok_or(Fault::NotFound("load-comparison"))?.read()
}

pub(in crate::load) async fn insert(
    conn: &mut AnyConnection,
    id: &LoadComparisonId,
    (baseline, candidate): (&Target, &Target),
    order: &ComparisonOrder,
    by: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    sql("INSERT INTO load_comparisons (id, baseline_id, candidate_id, team_id, turns, slower, throughput, state, by_name, asked_at) VALUES ")
        .rows([order], |row, order| {
            row.bind(id)
                .bind(&baseline.id)
                .bind(&candidate.id)
                .bind(&candidate.team)
                .bind(order.turns)
                .bind(order.limits.0)
                .bind(order.limits.1)
                .bind(State::Running.name())
                .bind(by)
                .bind(now)
        })
        .run(conn)
        .await
        .map(drop)
}

/// What came of it; only of one that still goes on.
pub(in crate::load) async fn end(
    conn: &mut AnyConnection,
    id: &LoadComparisonId,
    state: State,
    outcome: Option<Outcome>,
    reason: &str,
    evidence: Option<&EvidenceId>,
    now: Timestamp,
) -> Result<(), Fault> {
    sql("UPDATE load_comparisons SET state = $1, outcome = $2, reason = $3, evidence_id = $4, finished_at = $5 \
         WHERE id = $6 AND state = 'running'")
    .value(state.name())
    .value(outcome.map_or("", Outcome::name))
    .value(reason)
    .value(evidence)
    .value(now)
    .value(id)
    .run(conn)
    .await
    .map(drop)
}
