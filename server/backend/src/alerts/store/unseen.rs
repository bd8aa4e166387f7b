//! Time in which nobody looked does not count.

use domain::{Fault, Timestamp};
use sqlx::AnyConnection;

use crate::db::sql;

/// What is about to fire or to be over has held for as long as it had when somebody looked last: `looked`, or, where that is not known,
/// when its source last spoke of it.
pub(in crate::alerts) async fn unseen(conn: &mut AnyConnection, looked: Option<Timestamp>, now: Timestamp) -> Result<(), Fault> {
    let moved = match looked {
        Some(looked) => {
            sql("UPDATE alerts SET holds_since = holds_since + $1 WHERE holds_since <= $2").value(now.since(looked).max(0)).value(looked)
        }
        None => sql("UPDATE alerts SET holds_since = CASE WHEN holds_since < seen_at THEN holds_since + $1 - seen_at ELSE $2 END \
             WHERE seen_at < $3 AND holds_since < $4")
        .value(now)
        .value(now)
        .value(now)
        .value(now),
    };
    moved.push(" AND ((state = 'pending' AND holds = 1) OR (state = 'recovering' AND holds = 0))").run(conn).await.map(drop)
}
