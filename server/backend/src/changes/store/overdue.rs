//! What time alone brings about: changes that were not begun in time, approvals that are owed.

use domain::{Fault, Timestamp, id::ChangeId};
use sqlx::AnyConnection;

use crate::db::{sql, stored};

/// Changes that wait or are planned although their window or their approval is over.
pub(in crate::changes) async fn ran_out(conn: &mut AnyConnection, now: Timestamp, limit: u32) -> Result<Vec<ChangeId>, Fault> {
    let ids =
        sql("SELECT id FROM changes WHERE state IN ('pending', 'approved', 'scheduled') AND (ends_at <= $1 OR approval_until <= $2) \
         ORDER BY ends_at, id LIMIT $3")
        .value(now)
        .value(now)
        .value(limit)
        .texts(conn)
        .await?;
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
