//! Table `load_runs`, as far as it tells of trials.

use domain::{Fault, id::LoadRunId, load::Trial};
use sqlx::AnyConnection;

use super::runs::json;
use crate::db::{sql, stored};

pub(super) fn written(trial: &Trial) -> String {
    serde_json::to_string(trial).unwrap_or_default()
}

#[derive(sqlx::FromRow)]
struct TrialRow {
    trial: String,
    trial_version: i64,
    owes: i64,
}

/// The trial of a run, what counts its changes, and whether something is owed.
pub(in crate::load) async fn trial(conn: &mut AnyConnection, id: &LoadRunId) -> Result<Option<(Trial, i64, bool)>, Fault> {
    let row: Option<TrialRow> =
        sql("SELECT trial, trial_version, owes FROM load_runs WHERE id = $1 AND trial <> ''").value(id).first(conn).await?;
    row.map(|row| Ok((json(&row.trial)?, row.trial_version, row.owes != 0))).transpose()
}

/// Writes how a trial stands and whether something is owed, if nobody has since this version; whether nobody had.
pub(in crate::load) async fn tried(
    conn: &mut AnyConnection,
    id: &LoadRunId,
    version: i64,
    (trial, owes): (&Trial, bool),
) -> Result<bool, Fault> {
    let statement =
        sql("UPDATE load_runs SET trial = $1, owes = $2, trial_version = trial_version + 1 WHERE id = $3 AND trial_version = $4");
    Ok(statement.value(written(trial)).value(owes).value(id).value(version).run(conn).await? == 1)
}

/// Whether a trial stands as this in this version.
pub(in crate::load) async fn stands(
    conn: &mut AnyConnection,
    id: &LoadRunId,
    version: i64,
    (trial, owes): (&Trial, bool),
) -> Result<bool, Fault> {
    let statement = sql("SELECT COUNT(*) FROM load_runs WHERE id = $1 AND trial_version = $2 AND trial = $3 AND owes = $4");
    Ok(statement.value(id).value(version).value(written(trial)).value(owes).count(conn).await? == 1)
}

/// Runs that are over and owe something.
pub(in crate::load) async fn owing(conn: &mut AnyConnection) -> Result<Vec<LoadRunId>, Fault> {
    let ids = sql("SELECT id FROM load_runs WHERE owes = 1 AND state NOT IN ('queued', 'running') ORDER BY id").texts(conn).await?;
    ids.iter().map(|id| stored(id)).collect()
}
