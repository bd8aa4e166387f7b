//! What is being carried out now, or was since.

use std::collections::HashMap;

use domain::{
    Fault, Timestamp,
    id::{ChangeId, SystemId, TeamId},
};
use sqlx::AnyConnection;

use crate::db::{sql, stored};

#[derive(sqlx::FromRow)]
struct Row {
    system_id: String,
    id: String,
    title: String,
    team_id: String,
}

/// The change that has been carried out on each of the systems for longest, if one is: id, title, team.
pub(in crate::changes) async fn under_way_on(
    conn: &mut AnyConnection,
    systems: &[SystemId],
) -> Result<HashMap<SystemId, (ChangeId, String, TeamId)>, Fault> {
    let rows: Vec<Row> =
        sql("SELECT s.system_id, c.id, c.title, c.team_id FROM changes c JOIN change_systems s ON s.change_id = c.id WHERE c.state = 'executing'")
            .and_in("s.system_id", systems)
            .push(" ORDER BY c.busy_from, c.id")
            .all(conn)
            .await?;
    let mut found = HashMap::new();
    for row in rows {
        found.entry(stored(&row.system_id)?).or_insert((stored(&row.id)?, row.title, stored(&row.team_id)?));
    }
    Ok(found)
}

/// Systems on which another change was begun since a moment.
pub(in crate::changes) async fn touched_since(conn: &mut AnyConnection, since: Timestamp, but: &ChangeId) -> Result<Vec<SystemId>, Fault> {
    let found = sql(
        "SELECT DISTINCT s.system_id FROM changes c JOIN change_systems s ON s.change_id = c.id WHERE c.started_at >= $1 AND c.id <> $2 \
         ORDER BY s.system_id",
    );
    found.value(since).value(but).texts(conn).await?.iter().map(|id| stored(id)).collect()
}
