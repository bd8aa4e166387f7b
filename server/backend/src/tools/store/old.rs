//! What of `runs` and `run_logs` is over and old.

use domain::{Fault, Timestamp, id::IncidentId};
use sqlx::AnyConnection;

use crate::db::{Sql, sql};

/// Runs that ended before and that no incident that lasts refers to.
fn over(text: &'static str, before: Timestamp, spared: &[IncidentId]) -> Sql {
    sql(text).value(before).and_not_in("r.incident_id", spared)
}

/// Forgets pieces of logs, at most `limit`; gives how many.
pub(in crate::tools) async fn forget_logs(
    conn: &mut AnyConnection,
    before: Timestamp,
    spared: &[IncidentId],
    limit: u32,
) -> Result<u64, Fault> {
    let runs = over(
        "SELECT r.id FROM runs r WHERE r.finished_at < $1 AND r.state NOT IN ('awaiting', 'queued', 'running') \
         AND EXISTS (SELECT 1 FROM run_logs l WHERE l.run_id = r.id)",
        before,
        spared,
    );
    let runs = runs.push(" ORDER BY r.finished_at LIMIT ").bind(limit).texts(conn).await?;
    let mut forgotten = 0;
    for run in runs {
        let left = u64::from(limit).saturating_sub(forgotten);
        if left == 0 {
            break;
        }
        forgotten += sql("DELETE FROM run_logs WHERE run_id = $1 AND first_line IN (SELECT first_line FROM run_logs WHERE run_id = $2 ORDER BY first_line LIMIT ")
            .value(&run)
            .value(&run)
            .bind(i64::try_from(left).unwrap_or(i64::MAX))
            .push(")")
            .run(conn)
            .await?;
    }
    Ok(forgotten)
}

/// Forgets runs whose logs are forgotten, at most `limit`; gives how many.
pub(in crate::tools) async fn forget(conn: &mut AnyConnection, before: Timestamp, spared: &[IncidentId], limit: u32) -> Result<u64, Fault> {
    over(
        "DELETE FROM runs WHERE id IN (SELECT r.id FROM runs r WHERE r.finished_at < $1 AND r.state NOT IN ('awaiting', 'queued', 'running') \
         AND NOT EXISTS (SELECT 1 FROM run_logs l WHERE l.run_id = r.id)",
        before,
        spared,
    )
    .push(" ORDER BY r.finished_at LIMIT ")
    .bind(limit)
    .push(")")
    .run(conn)
    .await
}
