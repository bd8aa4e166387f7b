//! What time alone brings about: changes that were not begun in time, approvals that are owed.

use domain::{Fault, Timestamp, deployments::PRODUCTION, id::ChangeId, time::DAY};
use sqlx::AnyConnection;

use crate::db::{Sql, sql, stored};

/// How long after its window a change that a pipeline brought is waited for to be begun.
const GRACE: i64 = 7 * DAY;

/// What a pipeline brought to production with a go for a change `c` as it stands, in its window and while its approval held. When it said so
/// counts.
fn brought(statement: Sql) -> Sql {
    let of_it = statement.push(
        " FROM deployments d WHERE d.change_id = c.id AND d.gated > 0 AND d.gated = c.version \
         AND d.state IN ('started', 'succeeded') AND d.posted_at >= c.starts_at AND d.posted_at < c.ends_at \
         AND (c.approval_until IS NULL OR d.posted_at < c.approval_until) \
         AND NOT EXISTS (SELECT 1 FROM change_approvals a WHERE a.change_id = c.id AND a.version = c.version AND a.at > d.posted_at)",
    );
    of_it.and_in("LOWER(d.environment)", PRODUCTION)
}

/// When a change that is approved and that nobody has begun was brought, in its window and after its approval at the
/// earliest, whatever the pipeline says; `None` where it was not.
pub(in crate::changes) async fn brought_at(conn: &mut AnyConnection, id: &ChangeId) -> Result<Option<Timestamp>, Fault> {
    #[derive(sqlx::FromRow)]
    struct Row {
        opens: i64,
        approved: i64,
        began: Option<i64>,
    }
    let query = brought(sql(
        "SELECT c.starts_at AS opens, COALESCE((SELECT MAX(a.at) FROM change_approvals a WHERE a.change_id = c.id AND a.version = c.version \
         AND a.verdict = 'approve'), (SELECT MAX(r.at) FROM change_revisions r WHERE r.change_id = c.id AND r.version = c.version), 0) AS approved, \
         (SELECT MIN(d.started_at)",
    ));
    let query = query.push(") AS began FROM changes c WHERE c.state IN ('approved', 'scheduled') AND c.id = ").bind(id);
    let row: Option<Row> = query.first(conn).await?;
    Ok(row.and_then(|row| Some(Timestamp(row.began?.max(row.opens).max(row.approved)))))
}

/// Changes that wait or are planned although their window or their approval is over; what a pipeline brought meanwhile is waited for.
pub(in crate::changes) async fn ran_out(conn: &mut AnyConnection, now: Timestamp, limit: u32) -> Result<Vec<ChangeId>, Fault> {
    let query = sql("SELECT c.id FROM changes c WHERE c.state IN ('pending', 'approved', 'scheduled') AND (c.ends_at <= ").bind(now);
    let query = query.push(" OR c.approval_until <= ").bind(now);
    let query = query.push(") AND (c.state = 'pending' OR c.ends_at <= ").bind(now.plus(-GRACE));
    let query = brought(query.push(" OR NOT EXISTS (SELECT 1")).push(")) ORDER BY c.ends_at, c.id LIMIT ").bind(limit);
    let ids = query.texts(conn).await?;
    ids.iter().map(|id| stored(id)).collect()
}

/// Changes whose owed approval is to be asked for again.
pub(in crate::changes) async fn to_chase(conn: &mut AnyConnection, now: Timestamp, limit: u32) -> Result<Vec<ChangeId>, Fault> {
    let ids = sql("SELECT id FROM changes WHERE chase_at <= $1 ORDER BY chase_at, id LIMIT $2").value(now).value(limit).texts(conn).await?;
    ids.iter().map(|id| stored(id)).collect()
}

/// Says when it is asked for next; 0 where it is owed no more, or somebody has asked meanwhile.
pub(in crate::changes) async fn chased(conn: &mut AnyConnection, id: &ChangeId, now: Timestamp, next: Timestamp) -> Result<u64, Fault> {
    sql("UPDATE changes SET chase_at = $1 WHERE id = $2 AND chase_at <= $3 AND owed_at IS NOT NULL")
        .value(next)
        .value(id)
        .value(now)
        .run(conn)
        .await
}
