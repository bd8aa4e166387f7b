//! Alerts in figures, for the frame of every page.

use domain::{Fault, Reach};
use sqlx::AnyConnection;

use crate::db::sql;

/// How things stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Standing {
    /// What fires or recovers and nobody has acknowledged.
    pub(crate) unseen: i64,
    /// The worst of what fires or recovers, 1 to 4; `None` where nothing does.
    pub(crate) worst: Option<i64>,
}

pub(in crate::alerts) async fn standing(conn: &mut AnyConnection, reach: &Reach) -> Result<Standing, Fault> {
    let found = sql(
        "SELECT CAST(COALESCE(SUM(CASE WHEN acknowledged_at IS NULL THEN 1 ELSE 0 END), 0) AS BIGINT) AS unseen, MIN(severity) AS worst \
         FROM alerts WHERE state IN ('firing', 'recovering')",
    )
    .within("team_id", reach)
    .first(conn)
    .await?;
    Ok(found.unwrap_or(Standing { unseen: 0, worst: None }))
}
