//! How many changes wait for one approver.

use domain::{
    Fault, Reach,
    id::{SystemId, UserId},
};
use sqlx::AnyConnection;

use super::read::readable;
use crate::db::sql;

/// Changes within reach that wait for approval, that this person neither asked for nor wrote nor has judged, and all of
/// whose systems are among those that they approve for; `None`: they approve for every system.
pub(in crate::changes) async fn count_waiting(
    conn: &mut AnyConnection,
    reach: &Reach,
    approver: &UserId,
    systems: Option<&[SystemId]>,
) -> Result<i64, Fault> {
    let statement = sql("SELECT COUNT(*) FROM changes c JOIN change_revisions r ON r.change_id = c.id AND r.version = c.version \
         WHERE c.state = 'pending' AND c.requester_id <> $1 AND r.author_id <> $2 AND NOT EXISTS (SELECT 1 FROM change_approvals a \
         WHERE a.change_id = c.id AND a.version = c.version AND a.approver_id = $3)")
    .value(approver)
    .value(approver)
    .value(approver);
    let mut statement = readable(statement, reach);
    if let Some(systems) = systems {
        statement = statement
            .push(" AND NOT EXISTS (SELECT 1 FROM change_systems o WHERE o.change_id = c.id")
            .and_not_in("o.system_id", systems)
            .push(")");
    }
    statement.count(conn).await
}
