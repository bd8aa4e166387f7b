//! Tables `runs` and `run_logs`. Every change of state is one conditional UPDATE.

use domain::{
    Fault, PageRequest, Reach, Timestamp,
    id::{RunId, SystemId, UserId},
    tools::{LogPart, Run, RunFilter, RunState},
};
use sqlx::AnyConnection;

use super::{Finish, json, to_json};
use crate::{
    db::{Sql, sql, stored},
    tools::log::Figures,
};

#[derive(sqlx::FromRow)]
struct RunRow {
    id: String,
    tool_id: String,
    tool_name: String,
    version: i64,
    team_id: String,
    state: String,
    argv: String,
    given: String,
    requested_by: String,
    requested_name: String,
    requested_at: i64,
    decided_name: String,
    decided_at: Option<i64>,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    exit_code: Option<i64>,
    trouble: String,
    timeout_s: i64,
    killed_name: String,
    runner: String,
    host: String,
    first_line: i64,
    log_lines: i64,
    log_bytes: i64,
    log_cut: i64,
    incident_id: Option<String>,
    change_id: Option<String>,
    change_step: Option<i64>,
    undoes: i64,
}

const COLUMNS: &str = "id, tool_id, tool_name, version, team_id, state, argv, given, requested_by, requested_name, requested_at, decided_name, \
     decided_at, started_at, finished_at, exit_code, trouble, timeout_s, killed_name, runner, host, first_line, log_lines, log_bytes, \
     log_cut, incident_id, change_id, change_step, undoes";

fn select() -> Sql {
    sql("SELECT ").push(COLUMNS).push(" FROM runs WHERE 1 = 1")
}

impl RunRow {
    fn read(&self) -> Result<Run, Fault> {
        Ok(Run {
            id: stored(&self.id)?,
            tool: stored(&self.tool_id)?,
            tool_name: self.tool_name.clone(),
            version: self.version,
            team: stored(&self.team_id)?,
            state: stored(&self.state)?,
            argv: json(&self.argv)?,
            values: json(&self.given)?,
            requested_by: (!self.requested_by.is_empty()).then(|| stored(&self.requested_by)).transpose()?,
            requested_name: self.requested_name.clone(),
            requested_at: Timestamp(self.requested_at),
            decided_name: self.decided_name.clone(),
            decided_at: self.decided_at.map(Timestamp),
            started_at: self.started_at.map(Timestamp),
            finished_at: self.finished_at.map(Timestamp),
            exit_code: self.exit_code.and_then(|code| i32::try_from(code).ok()),
            trouble: self.trouble.clone(),
            timeout_s: self.timeout_s,
            killed_name: self.killed_name.clone(),
            log_lines: self.log_lines,
            log_bytes: self.log_bytes,
            log_cut: self.log_cut != 0,
            incident: self.incident_id.as_deref().map(stored).transpose()?,
            change: self.change_id.as_deref().map(stored).transpose()?,
            step: self.change_step.and_then(|step| usize::try_from(step).ok()),
            undo: self.undoes != 0,
        })
    }
}

/// A page of runs, newest first, `limit + 1` rows.
pub(in crate::tools) async fn list(
    conn: &mut AnyConnection,
    reach: &Reach,
    filter: &RunFilter,
    page: &PageRequest,
) -> Result<Vec<Run>, Fault> {
    let mut query = select().within("team_id", reach);
    if let Some(tool) = &filter.tool {
        query = query.push(" AND tool_id = ").bind(tool);
    }
    if let Some(state) = filter.state {
        query = query.push(" AND state = ").bind(state.word());
    }
    if let Some(incident) = &filter.incident {
        query = query.push(" AND incident_id = ").bind(incident);
    }
    if let Some(change) = &filter.change {
        query = query.push(" AND change_id = ").bind(change);
    }
    if let Some(system) = &filter.system {
        query = query.push(" AND system_id = ").bind(system);
    }
    if let Some((at, id)) = page.position()? {
        query = query.push(" AND (requested_at < ").bind(at).push(" OR (requested_at = ").bind(at).push(" AND id < ").bind(id).push("))");
    }
    let rows: Vec<RunRow> = query.push(" ORDER BY requested_at DESC, id DESC LIMIT ").bind(page.limit + 1).all(conn).await?;
    rows.iter().map(RunRow::read).collect()
}

/// One run, and whether its tool was safe for the first line; `NotFound` outside the reach.
pub(in crate::tools) async fn get(conn: &mut AnyConnection, reach: &Reach, id: &RunId) -> Result<(Run, bool), Fault> {
    let row: Option<RunRow> = select().within("team_id", reach).push(" AND id = ").bind(id).first(conn).await?;
    let row = row.ok_or(Fault::NotFound("run"))?;
    Ok((row.read()?, row.first_line != 0))
}

/// These runs, whoever asks.
pub(in crate::tools) async fn these(conn: &mut AnyConnection, ids: &[RunId]) -> Result<Vec<Run>, Fault> {
    let rows: Vec<RunRow> = select().and_in("id", ids).all(conn).await?;
    rows.iter().map(RunRow::read).collect()
}

/// Writes a new run.
pub(in crate::tools) async fn insert(
    conn: &mut AnyConnection,
    run: &Run,
    first_line: bool,
    system: Option<&SystemId>,
    sealed: &str,
) -> Result<(), Fault> {
    sql("INSERT INTO runs (id, tool_id, tool_name, version, team_id, system_id, first_line, state, argv, given, secrets, requested_by, \
         requested_name, requested_at, timeout_s, incident_id, change_id, change_step, undoes) VALUES ")
    .rows([run], |row, r| {
        row.bind(&r.id)
            .bind(&r.tool)
            .bind(&r.tool_name)
            .bind(r.version)
            .bind(&r.team)
            .bind(system)
            .bind(first_line)
            .bind(r.state.word())
            .bind(to_json(&r.argv).unwrap_or_default())
            .bind(to_json(&r.values).unwrap_or_default())
            .bind(sealed)
            .bind(r.requested_by.as_ref().map_or("", UserId::as_str))
            .bind(&r.requested_name)
            .bind(r.requested_at)
            .bind(r.timeout_s)
            .bind(r.incident.as_ref())
            .bind(r.change.as_ref())
            .bind(r.step.and_then(|step| i64::try_from(step).ok()))
            .bind(r.undo)
    })
    .run(conn)
    .await?;
    Ok(())
}

/// Approves or rejects a run that waits, by somebody else; whether it did wait.
pub(in crate::tools) async fn decide(
    conn: &mut AnyConnection,
    id: &RunId,
    approve: bool,
    by: &str,
    name: &str,
    now: Timestamp,
) -> Result<bool, Fault> {
    let mut query = sql("UPDATE runs SET state = $1, decided_by = $2, decided_name = $3, decided_at = $4")
        .value(if approve { RunState::Queued.word() } else { RunState::Rejected.word() })
        .value(by)
        .value(name)
        .value(now);
    if !approve {
        query = query.push(", secrets = '', finished_at = ").bind(now);
    }
    let changed = query.push(" WHERE id = ").bind(id).push(" AND state = 'awaiting' AND requested_by <> ").bind(by).run(conn).await?;
    Ok(changed == 1)
}

/// Takes back a run that has not started; whether it had not.
pub(in crate::tools) async fn withdraw(conn: &mut AnyConnection, id: &RunId, now: Timestamp) -> Result<bool, Fault> {
    let changed =
        sql("UPDATE runs SET state = 'withdrawn', secrets = '', finished_at = $1 WHERE id = $2 AND state IN ('awaiting', 'queued')")
            .value(now)
            .value(id)
            .run(conn)
            .await?;
    Ok(changed == 1)
}

/// Notes who wants a running run killed; whether it runs.
pub(in crate::tools) async fn want_killed(conn: &mut AnyConnection, id: &RunId, name: &str) -> Result<bool, Fault> {
    let changed =
        sql("UPDATE runs SET killed_name = CASE WHEN killed_name = '' THEN $1 ELSE killed_name END WHERE id = $2 AND state = 'running'")
            .value(name)
            .value(id)
            .run(conn)
            .await?;
    Ok(changed == 1)
}

/// Runs that have waited for approval since before a moment.
pub(in crate::tools) async fn waiting_since(conn: &mut AnyConnection, before: Timestamp) -> Result<Vec<Run>, Fault> {
    let rows: Vec<RunRow> = select()
        .push(" AND state = 'awaiting' AND requested_at < ")
        .bind(before)
        .push(" ORDER BY requested_at LIMIT 100")
        .all(conn)
        .await?;
    Ok(rows.iter().filter_map(|row| row.read().ok()).collect())
}

/// Runs that may start, the oldest first.
pub(in crate::tools) async fn queued(conn: &mut AnyConnection, limit: usize) -> Result<Vec<RunId>, Fault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let ids = sql("SELECT id FROM runs WHERE state = 'queued' ORDER BY requested_at, id LIMIT ").bind(limit).texts(conn).await?;
    Ok(ids.iter().filter_map(|id| stored(id).ok()).collect())
}

/// Claims a queued run for a process and takes its sealed secrets out; `None` where another was faster.
pub(in crate::tools) async fn claim(
    conn: &mut AnyConnection,
    id: &RunId,
    runner: &str,
    host: &str,
    now: Timestamp,
    lease: Timestamp,
) -> Result<Option<(Run, String)>, Fault> {
    let sealed = sql("SELECT secrets FROM runs WHERE id = $1").value(id).texts(conn).await?.pop().unwrap_or_default();
    let row: Option<RunRow> =
        sql("UPDATE runs SET state = 'running', secrets = '', runner = $1, host = $2, started_at = $3, lease_until = $4 \
                                   WHERE id = $5 AND state = 'queued' RETURNING ")
        .value(runner)
        .value(host)
        .value(now)
        .value(lease)
        .value(id)
        .push(COLUMNS)
        .first(conn)
        .await?;
    row.map(|row| Ok((row.read()?, sealed))).transpose()
}

/// Ends a queued run that cannot be started; whether it was queued.
pub(in crate::tools) async fn refuse(conn: &mut AnyConnection, id: &RunId, trouble: &str, now: Timestamp) -> Result<bool, Fault> {
    let changed =
        sql("UPDATE runs SET state = 'not-started', secrets = '', trouble = $1, finished_at = $2 WHERE id = $3 AND state = 'queued'")
            .value(trouble)
            .value(now)
            .value(id)
            .run(conn)
            .await?;
    Ok(changed == 1)
}

/// How many runs a process watches, and which of them somebody wants killed.
pub(in crate::tools) async fn mine(conn: &mut AnyConnection, runner: &str) -> Result<(i64, Vec<RunId>), Fault> {
    let count = sql("SELECT COUNT(*) FROM runs WHERE state = 'running' AND runner = $1").value(runner).count(conn).await?;
    let unwanted =
        sql("SELECT id FROM runs WHERE state = 'running' AND runner = $1 AND killed_name <> ''").value(runner).texts(conn).await?;
    Ok((count, unwanted.iter().map(|id| stored(id)).collect::<Result<_, _>>()?))
}

/// Renews the claims of a process.
pub(in crate::tools) async fn renew(conn: &mut AnyConnection, runner: &str, lease: Timestamp) -> Result<(), Fault> {
    sql("UPDATE runs SET lease_until = $1 WHERE state = 'running' AND runner = $2").value(lease).value(runner).run(conn).await?;
    Ok(())
}

/// Running runs of this process, and of others whose claim ended before a moment; each with claimant and host.
pub(in crate::tools) async fn orphans(
    conn: &mut AnyConnection,
    runner: &str,
    expired_by: Timestamp,
) -> Result<Vec<(Run, String, String)>, Fault> {
    let rows: Vec<RunRow> = select()
        .push(" AND state = 'running' AND (runner = ")
        .bind(runner)
        .push(" OR lease_until < ")
        .bind(expired_by)
        .push(")")
        .all(conn)
        .await?;
    Ok(rows.iter().filter_map(|row| Some((row.read().ok()?, row.runner.clone(), row.host.clone()))).collect())
}

/// Writes the end of a run while the claim holds; whether it held.
pub(in crate::tools) async fn finish(
    conn: &mut AnyConnection,
    id: &RunId,
    runner: &str,
    finish: &Finish,
    now: Timestamp,
) -> Result<bool, Fault> {
    let (lines, bytes, cut) = finish.log;
    let changed =
        sql("UPDATE runs SET state = $1, exit_code = $2, trouble = $3, finished_at = $4, log_lines = $5, log_bytes = $6, log_cut = $7 \
                       WHERE id = $8 AND state = 'running' AND runner = $9")
        .value(finish.state.word())
        .value(finish.exit_code)
        .value(&finish.trouble)
        .value(now)
        .value(lines)
        .value(bytes)
        .value(cut)
        .value(id)
        .value(runner)
        .run(conn)
        .await?;
    Ok(changed == 1)
}

/// Notes how long the log has become while the claim holds; whether it held.
pub(in crate::tools) async fn grow(conn: &mut AnyConnection, id: &RunId, runner: &str, figures: Figures) -> Result<bool, Fault> {
    let (lines, bytes, cut) = figures;
    let changed = sql("UPDATE runs SET log_lines = $1, log_bytes = $2, log_cut = $3 WHERE id = $4 AND state = 'running' AND runner = $5")
        .value(lines)
        .value(bytes)
        .value(cut)
        .value(id)
        .value(runner)
        .run(conn)
        .await?;
    Ok(changed == 1)
}

/// Appends lines to a log.
pub(in crate::tools) async fn append_log(conn: &mut AnyConnection, id: &RunId, first: i64, lines: &[String]) -> Result<(), Fault> {
    sql("INSERT INTO run_logs (run_id, first_line, lines, text) VALUES ($1, $2, $3, $4)")
        .value(id)
        .value(first)
        .value(i64::try_from(lines.len()).unwrap_or(i64::MAX))
        .value(lines.join("\n"))
        .run(conn)
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct LogRow {
    first_line: i64,
    text: String,
}

/// Chunks read for one part at most; each holds up to a few hundred KiB.
const CHUNKS: i64 = 8;

/// Lines of a log from line `from` on, at most `limit`.
pub(in crate::tools) async fn log(conn: &mut AnyConnection, run: &Run, from: i64, limit: u32) -> Result<LogPart, Fault> {
    let limit = i64::from(limit);
    let from = if from < 0 { (run.log_lines + from + 1).max(1) } else { from.max(1) };
    let rows: Vec<LogRow> = sql("SELECT first_line, text FROM run_logs WHERE run_id = ")
        .bind(&run.id)
        .push(" AND first_line + lines > ")
        .bind(from)
        .push(" AND first_line < ")
        .bind(from.saturating_add(limit))
        .push(" ORDER BY first_line LIMIT ")
        .bind(CHUNKS)
        .all(conn)
        .await?;
    let mut lines = Vec::new();
    for row in rows {
        for (number, line) in (row.first_line..).zip(row.text.split('\n')) {
            if number >= from && number < from + limit {
                lines.push(line.to_owned());
            }
        }
    }
    let next = from + i64::try_from(lines.len()).unwrap_or(0);
    // Of a run that is over nothing more comes; a log that was forgotten has come to its end, too.
    let done = run.state.is_over() && (next > run.log_lines || lines.is_empty());
    Ok(LogPart { first: from, lines, next, done, state: run.state })
}
