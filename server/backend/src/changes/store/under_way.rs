//! What is being carried out now.

use domain::{
    Fault,
    id::{ChangeId, SystemId, TeamId},
};
use sqlx::AnyConnection;

use crate::db::{sql, stored};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    title: String,
    team_id: String,
}

/// The change that has been carried out on the system for longest, if one is: id, title, team.
pub(in crate::changes) async fn under_way_on(
    conn: &mut AnyConnection,
    system: &SystemId,
) -> Result<Option<(ChangeId, String, TeamId)>, Fault> {
    let row: Option<Row> = sql("SELECT c.id, c.title, c.team_id FROM changes c JOIN change_systems s ON s.change_id = c.id \
         WHERE c.state = 'executing' AND s.system_id = $1 ORDER BY c.busy_from, c.id LIMIT 1")
    .value(system)
    .first(conn)
    .await?;
    row.map(|row| Ok((stored(&row.id)?, row.title, stored(&row.team_id)?))).transpose()
}
