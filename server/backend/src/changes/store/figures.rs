//! Changes as the figures count them.

use domain::{
    Fault, Reach, Span,
    changes::{FROZEN, Past},
    deployments::PRODUCTION,
};
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
    pub committed_at: Option<i64>,
}

/// Those within reach that ended in the span, the latest first; `limit` at most.
pub(in crate::changes) async fn ended(conn: &mut AnyConnection, reach: &Reach, span: Span, limit: u32) -> Result<Vec<EndedRow>, Fault> {
    let statement = sql("SELECT c.id, t.name AS team, c.kind, c.outcome, c.created_at, c.finished_at, \
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

/// A rule that was gone past: of which change, and what it was.
#[derive(sqlx::FromRow)]
pub(in crate::changes) struct PastRow {
    pub id: String,
    pub team: String,
    pub what: String,
}

const OVERRIDES: &str = "SELECT c.id, t.name AS team, p.kind AS what FROM change_overrides p JOIN changes c ON c.id = p.change_id \
     JOIN teams t ON t.id = c.team_id WHERE p.at >= ";
const BREAKS: &str = "SELECT c.id, t.name AS team, p.freeze_id AS what FROM freeze_breaks p JOIN changes c ON c.id = p.change_id \
     JOIN teams t ON t.id = c.team_id WHERE p.agreed_at >= ";
const WAIVERS: &str = "SELECT c.id, t.name AS team, p.kind AS what FROM evidence_waivers p JOIN changes c ON c.id = p.change_id \
     JOIN teams t ON t.id = c.team_id WHERE p.agreed_at >= ";

/// What was gone past in the span by changes within reach, whatever has become of them; `limit` of each at most.
pub(in crate::changes) async fn gone_past(
    conn: &mut AnyConnection,
    reach: &Reach,
    span: Span,
    limit: u32,
) -> Result<Vec<(Past, PastRow)>, Fault> {
    let mut found = Vec::new();
    for (how, from, to) in [
        (Past::Override, OVERRIDES, " AND p.at < "),
        (Past::Break, BREAKS, " AND p.agreed_at < "),
        (Past::Waiver, WAIVERS, " AND p.agreed_at < "),
    ] {
        let statement = readable(sql(from).bind(span.from).push(to).bind(span.to), reach);
        let rows: Vec<PastRow> = statement.push(" ORDER BY p.id LIMIT ").bind(limit).all(conn).await?;
        found.extend(rows.into_iter().map(|row| match how {
            Past::Override if row.what == FROZEN => (Past::Frozen, row),
            _ => (how, row),
        }));
    }
    Ok(found)
}
