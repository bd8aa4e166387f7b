//! Changes as the figures count them.

use domain::{Fault, Reach, Span, deployments::PRODUCTION};
use sqlx::AnyConnection;

use super::read::readable;
use crate::db::sql;

/// A change that ended.
#[derive(sqlx::FromRow)]
pub(in crate::changes) struct EndedRow {
    pub id: String,
    pub team: String,
    pub kind: String,
    pub outcome: String,
    pub created_at: i64,
    pub finished_at: i64,
    pub overrides: i64,
    pub breaks: i64,
    pub waivers: i64,
    pub committed_at: Option<i64>,
}

/// Those within reach that ended in the span, the latest first; `limit` at most.
pub(in crate::changes) async fn ended(conn: &mut AnyConnection, reach: &Reach, span: Span, limit: u32) -> Result<Vec<EndedRow>, Fault> {
    let statement = sql("SELECT c.id, t.name AS team, c.kind, c.outcome, c.created_at, c.finished_at, \
         (SELECT COUNT(*) FROM change_overrides o WHERE o.change_id = c.id) AS overrides, \
         (SELECT COUNT(*) FROM freeze_breaks b WHERE b.change_id = c.id AND b.agreed_at IS NOT NULL) AS breaks, \
         (SELECT COUNT(*) FROM evidence_waivers w WHERE w.change_id = c.id AND w.agreed_at IS NOT NULL) AS waivers, \
         (SELECT MIN(d.committed_at) FROM deployments d WHERE d.change_id = c.id AND d.state = 'succeeded'")
    .and_in("LOWER(d.environment)", PRODUCTION)
    .push(
        ") AS committed_at \
         FROM changes c JOIN teams t ON t.id = c.team_id WHERE c.outcome IS NOT NULL AND c.finished_at >= ",
    )
    .bind(span.from)
    .push(" AND c.finished_at < ")
    .bind(span.to);
    readable(statement, reach).push(" ORDER BY c.finished_at DESC, c.id LIMIT ").bind(limit).all(conn).await
}
