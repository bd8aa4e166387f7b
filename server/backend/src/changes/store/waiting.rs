//! What waits for one approver.

use std::collections::BTreeSet;

use domain::{
    Fault, Reach,
    id::{ChangeId, SystemId, UserId},
};
use sqlx::AnyConnection;

use super::read::readable;
use crate::db::{sql, stored};

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

/// Those of the changes of whose present content this person has said something.
pub(in crate::changes) async fn judged_by(conn: &mut AnyConnection, user: &UserId, ids: &[&ChangeId]) -> Result<BTreeSet<ChangeId>, Fault> {
    let found = sql(
        "SELECT a.change_id FROM change_approvals a JOIN changes c ON c.id = a.change_id AND c.version = a.version WHERE a.approver_id = ",
    )
    .bind(user)
    .and_in("a.change_id", ids.iter().copied())
    .texts(conn)
    .await?;
    found.iter().map(|id| stored(id)).collect()
}
