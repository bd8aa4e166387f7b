//! Tables `load_runs` and `load_seconds`. Every change of state is one conditional UPDATE.

use domain::{
    Fault, PageRequest, Reach, Timestamp,
    evidence::EvidenceVerdict,
    id::{EvidenceId, LoadComparisonId, LoadRunId, LoadTargetId, UserId},
    load::{Run, RunFilter, Second, Side, State},
};
use sqlx::AnyConnection;

use crate::db::{Sql, sql, stored};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    target_id: String,
    target_name: String,
    url: String,
    environment: String,
    team_id: String,
    comparison_id: Option<String>,
    side: String,
    turn: i64,
    state: String,
    script: String,
    subject: String,
    trial: String,
    owes: i64,
    report: String,
    by_name: String,
    by_id: String,
    asked_at: i64,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    stopped_name: String,
    trouble: String,
    evidence_id: Option<String>,
    verdict: String,
}

/// What was written as JSON.
pub(super) fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| {
        tracing::error!(%error, "a load test is stored in a way that does not read");
        Fault::Internal
    })
}

impl Row {
    fn read(self) -> Result<Run, Fault> {
        Ok(Run {
            id: stored(&self.id)?,
            target: stored(&self.target_id)?,
            target_name: self.target_name,
            url: self.url,
            environment: self.environment,
            team: stored(&self.team_id)?,
            comparison: self.comparison_id.as_deref().map(stored).transpose()?,
            side: (!self.side.is_empty()).then(|| stored(&self.side)).transpose()?,
            turn: self.turn,
            state: stored(&self.state)?,
            script: json(&self.script)?,
            subject: json(&self.subject)?,
            trial: (!self.trial.is_empty()).then(|| json(&self.trial)).transpose()?,
            owes: self.owes != 0,
            report: (!self.report.is_empty()).then(|| json(&self.report)).transpose()?,
            by: self.by_name,
            by_id: (!self.by_id.is_empty()).then(|| stored(&self.by_id)).transpose()?,
            asked_at: Timestamp(self.asked_at),
            started_at: self.started_at.map(Timestamp),
            finished_at: self.finished_at.map(Timestamp),
            stopped_by: self.stopped_name,
            trouble: self.trouble,
            evidence: self.evidence_id.as_deref().map(stored).transpose()?,
            verdict: (!self.verdict.is_empty()).then(|| stored(&self.verdict)).transpose()?,
        })
    }
}

fn select() -> Sql {
    sql("SELECT r.id, r.target_id, t.name AS target_name, r.url, r.environment, r.team_id, r.comparison_id, r.side, r.turn, r.state, \
         r.script, r.subject, r.trial, r.owes, r.report, r.by_name, r.by_id, r.asked_at, r.started_at, r.finished_at, r.stopped_name, r.trouble, r.evidence_id, \
         r.verdict FROM load_runs r JOIN load_targets t ON t.id = r.target_id WHERE 1 = 1")
}

/// Those that read: one that does not, which is in the log, hides none of the others.
async fn read(statement: Sql, conn: &mut AnyConnection) -> Result<Vec<Run>, Fault> {
    Ok(statement.all::<Row>(conn).await?.into_iter().filter_map(|row| row.read().ok()).collect())
}

/// A page of runs, the newest first, `limit + 1` rows.
pub(in crate::load) async fn list(
    conn: &mut AnyConnection,
    reach: &Reach,
    filter: &RunFilter,
    page: &PageRequest,
) -> Result<Vec<Run>, Fault> {
    let mut query = select().within("r.team_id", reach);
    if let Some(target) = &filter.target {
        query = query.push(" AND r.target_id = ").bind(target);
    }
    if let Some(state) = filter.state {
        query = query.push(" AND r.state = ").bind(state.name());
    }
    if let Some((at, id)) = page.position()? {
        query = query.push(" AND (r.asked_at < ").bind(at).push(" OR (r.asked_at = ").bind(at).push(" AND r.id < ").bind(id).push("))");
    }
    read(query.push(" ORDER BY r.asked_at DESC, r.id DESC LIMIT ").bind(page.limit + 1), conn).await
}

pub(in crate::load) async fn get(conn: &mut AnyConnection, reach: &Reach, id: &LoadRunId) -> Result<Run, Fault> {
    let row: Option<Row> = select().within("r.team_id", reach).push(" AND r.id = ").bind(id).first(conn).await?;
    row.ok_or(Fault::NotFound("load-run"))?.read()
}

/// Whether a run is stored in a way that reads; one that is not there does.
pub(in crate::load) async fn reads(conn: &mut AnyConnection, id: &LoadRunId) -> Result<bool, Fault> {
    let row: Option<Row> = select().push(" AND r.id = ").bind(id).first(conn).await?;
    Ok(row.is_none_or(|row| row.read().is_ok()))
}

/// The runs of a comparison, in turn.
pub(in crate::load) async fn of_comparison(conn: &mut AnyConnection, id: &LoadComparisonId) -> Result<Vec<Run>, Fault> {
    read(select().push(" AND r.comparison_id = ").bind(id).push(" ORDER BY r.turn"), conn).await
}

/// How many wait.
pub(in crate::load) async fn waiting(conn: &mut AnyConnection) -> Result<i64, Fault> {
    sql("SELECT COUNT(*) FROM load_runs WHERE state = 'queued'").count(conn).await
}

/// Writes runs, each with its script where that is sealed.
pub(in crate::load) async fn insert(conn: &mut AnyConnection, runs: &[(Run, String)]) -> Result<(), Fault> {
    let text = |value: &dyn Fn() -> serde_json::Result<String>| value().unwrap_or_default();
    sql("INSERT INTO load_runs (id, target_id, team_id, url, environment, comparison_id, side, turn, state, script, subject, trial, \
         by_name, by_id, asked_at, sealed) VALUES ")
    .rows(runs, |row, (run, sealed)| {
        row.bind(&run.id)
            .bind(&run.target)
            .bind(&run.team)
            .bind(&run.url)
            .bind(&run.environment)
            .bind(run.comparison.as_ref())
            .bind(run.side.map_or("", Side::name))
            .bind(run.turn)
            .bind(run.state.name())
            .bind(text(&|| serde_json::to_string(&run.script)))
            .bind(text(&|| serde_json::to_string(&run.subject)))
            .bind(run.trial.as_ref().map(super::trials::written).unwrap_or_default())
            .bind(&run.by)
            .bind(run.by_id.as_ref().map_or("", UserId::as_str))
            .bind(run.asked_at)
            .bind(sealed.as_str())
    })
    .run(conn)
    .await
    .map(drop)
}

/// The run whose turn it is: nothing is sent to its place, and nothing of its comparison comes before it.
pub(in crate::load) async fn next(conn: &mut AnyConnection) -> Result<Option<LoadRunId>, Fault> {
    let ids = sql("SELECT r.id FROM load_runs r WHERE r.state = 'queued' \
         AND NOT EXISTS (SELECT 1 FROM load_runs o WHERE o.state = 'running' AND (o.url = r.url OR o.comparison_id = r.comparison_id)) \
         AND NOT EXISTS (SELECT 1 FROM load_runs e WHERE e.state = 'queued' AND e.comparison_id = r.comparison_id AND e.turn < r.turn) \
         ORDER BY r.asked_at, r.turn, r.id LIMIT 1")
    .texts(conn)
    .await?;
    ids.first().map(|id| stored(id)).transpose()
}

/// Claims a queued run whose place is free, with its sealed script, which is forgotten; `None` where another was faster.
pub(in crate::load) async fn claim(
    conn: &mut AnyConnection,
    id: &LoadRunId,
    runner: &str,
    now: Timestamp,
    lease: Timestamp,
) -> Result<Option<(Run, String)>, Fault> {
    let sealed = sql("SELECT sealed FROM load_runs WHERE id = $1").value(id).texts(conn).await?.pop().unwrap_or_default();
    let changed = sql("UPDATE load_runs SET state = 'running', sealed = '', runner = $1, started_at = $2, lease_until = $3 WHERE id = $4 \
                       AND state = 'queued' AND NOT EXISTS (SELECT 1 FROM load_runs o WHERE o.state = 'running' AND o.url = load_runs.url)")
    .value(runner)
    .value(now)
    .value(lease)
    .value(id)
    .run(conn)
    .await?;
    if changed == 1 { Ok(Some((get(conn, &Reach::All, id).await?, sealed))) } else { Ok(None) }
}

#[derive(sqlx::FromRow)]
struct Wish {
    stopped_name: String,
}

/// Renews the claim; who wants the end (empty: nobody), or `None` where the claim does not hold any more.
pub(in crate::load) async fn renew(
    conn: &mut AnyConnection,
    id: &LoadRunId,
    runner: &str,
    lease: Timestamp,
) -> Result<Option<String>, Fault> {
    let row: Option<Wish> =
        sql("UPDATE load_runs SET lease_until = $1 WHERE id = $2 AND runner = $3 AND state = 'running' RETURNING stopped_name")
            .value(lease)
            .value(id)
            .value(runner)
            .first(conn)
            .await?;
    Ok(row.map(|row| row.stopped_name))
}

#[derive(sqlx::FromRow)]
struct Orphan {
    id: String,
    runner: String,
}

/// Runs whose claim is this process's, or has ended by this moment, with who holds it.
pub(in crate::load) async fn orphans(
    conn: &mut AnyConnection,
    mine: &str,
    expired_by: Timestamp,
) -> Result<Vec<(LoadRunId, String)>, Fault> {
    let statement = sql("SELECT id, runner FROM load_runs WHERE state = 'running' AND (runner = ")
        .bind(mine)
        .push(" OR lease_until < ")
        .bind(expired_by);
    let rows: Vec<Orphan> = statement.push(")").all(conn).await?;
    rows.into_iter().map(|row| Ok((stored(&row.id)?, row.runner))).collect()
}

/// Writes how a claimed run ended; whether the claim still held.
pub(in crate::load) async fn finish(
    conn: &mut AnyConnection,
    (id, runner): (&LoadRunId, &str),
    (state, trouble, report): (State, &str, &str),
    now: Timestamp,
) -> Result<bool, Fault> {
    // A run that nobody sends has no runner.
    let changed =
        sql("UPDATE load_runs SET state = $1, sealed = '', trouble = $2, report = $3, finished_at = $4 WHERE id = $5 AND runner = $6 \
                       AND state IN ('queued', 'running')")
        .value(state.name())
        .value(trouble)
        .value(report)
        .value(now)
        .value(id)
        .value(runner)
        .run(conn)
        .await?;
    Ok(changed == 1)
}

/// Notes the evidence that a run became.
pub(in crate::load) async fn shown(
    conn: &mut AnyConnection,
    id: &LoadRunId,
    evidence: &EvidenceId,
    verdict: EvidenceVerdict,
) -> Result<(), Fault> {
    sql("UPDATE load_runs SET evidence_id = $1, verdict = $2 WHERE id = $3")
        .value(evidence)
        .value(verdict.name())
        .value(id)
        .run(conn)
        .await
        .map(drop)
}

/// Takes back a run that has not started; whether it had not.
pub(in crate::load) async fn withdraw(conn: &mut AnyConnection, id: &LoadRunId, by: &str, now: Timestamp) -> Result<bool, Fault> {
    let statement = sql(
        "UPDATE load_runs SET state = 'withdrawn', sealed = '', stopped_name = $1, finished_at = $2 WHERE id = $3 AND state = 'queued'",
    );
    Ok(statement.value(by).value(now).value(id).run(conn).await? == 1)
}

/// Takes back what has not started of a comparison.
pub(in crate::load) async fn withdraw_rest(conn: &mut AnyConnection, id: &LoadComparisonId, now: Timestamp) -> Result<(), Fault> {
    sql("UPDATE load_runs SET state = 'withdrawn', sealed = '', finished_at = $1 WHERE comparison_id = $2 AND state = 'queued'")
        .value(now)
        .value(id)
        .run(conn)
        .await
        .map(drop)
}

/// Takes back what has not started at a target, and wants ended what runs there; those that run and are no part of a comparison.
pub(in crate::load) async fn clear(
    conn: &mut AnyConnection,
    target: &LoadTargetId,
    by: &str,
    now: Timestamp,
) -> Result<Vec<LoadRunId>, Fault> {
    sql("UPDATE load_runs SET state = 'withdrawn', sealed = '', stopped_name = $1, finished_at = $2 WHERE target_id = $3 AND state = 'queued' \
         AND comparison_id IS NULL")
    .value(by)
    .value(now)
    .value(target)
    .run(conn)
    .await?;
    let ids = sql("SELECT id FROM load_runs WHERE target_id = $1 AND state = 'running'").value(target).texts(conn).await?;
    let ids: Vec<LoadRunId> = ids.iter().map(|id| stored(id)).collect::<Result<_, _>>()?;
    for id in &ids {
        want_stopped(conn, id, by).await?;
    }
    Ok(ids)
}

/// Notes who wants a run ended; whether it runs.
pub(in crate::load) async fn want_stopped(conn: &mut AnyConnection, id: &LoadRunId, by: &str) -> Result<bool, Fault> {
    let statement = sql("UPDATE load_runs SET stopped_name = CASE WHEN stopped_name = '' THEN $1 ELSE stopped_name END WHERE id = $2 \
                         AND state = 'running'");
    Ok(statement.value(by).value(id).run(conn).await? == 1)
}

#[derive(sqlx::FromRow)]
struct SecondRow {
    at: i64,
    requests: i64,
    failed: i64,
    p50_us: Option<i64>,
    p99_us: Option<i64>,
}

/// The seconds of a run, in order.
pub(in crate::load) async fn seconds(conn: &mut AnyConnection, id: &LoadRunId) -> Result<Vec<Second>, Fault> {
    let rows: Vec<SecondRow> =
        sql("SELECT at, requests, failed, p50_us, p99_us FROM load_seconds WHERE run_id = $1 ORDER BY at").value(id).all(conn).await?;
    let read = |row: SecondRow| Second { at: row.at, requests: row.requests, failed: row.failed, p50_us: row.p50_us, p99_us: row.p99_us };
    Ok(rows.into_iter().map(read).collect())
}

/// Adds seconds; one that is there already stays.
pub(in crate::load) async fn add_seconds(conn: &mut AnyConnection, id: &LoadRunId, seconds: &[Second]) -> Result<(), Fault> {
    for part in seconds.chunks(200) {
        sql("INSERT INTO load_seconds (run_id, at, requests, failed, p50_us, p99_us) VALUES ")
            .rows(part, |row, one| row.bind(id).bind(one.at).bind(one.requests).bind(one.failed).bind(one.p50_us).bind(one.p99_us))
            .push(" ON CONFLICT DO NOTHING")
            .run(conn)
            .await?;
    }
    Ok(())
}

/// Forgets seconds of runs that ended before, at most `limit`; gives how many.
pub(in crate::load) async fn forget_seconds(conn: &mut AnyConnection, before: Timestamp, limit: u32) -> Result<u64, Fault> {
    let runs = sql("SELECT r.id FROM load_runs r WHERE r.finished_at < $1 \
                    AND EXISTS (SELECT 1 FROM load_seconds s WHERE s.run_id = r.id) ORDER BY r.finished_at LIMIT ");
    let mut forgotten = 0;
    for run in runs.value(before).bind(limit).texts(conn).await? {
        let left = u64::from(limit).saturating_sub(forgotten);
        if left == 0 {
            break;
        }
        forgotten +=
            sql("DELETE FROM load_seconds WHERE run_id = $1 AND at IN (SELECT at FROM load_seconds WHERE run_id = $2 ORDER BY at LIMIT ")
                .value(&run)
                .value(&run)
                .bind(i64::try_from(left).unwrap_or(i64::MAX))
                .push(")")
                .run(conn)
                .await?;
    }
    Ok(forgotten)
}
