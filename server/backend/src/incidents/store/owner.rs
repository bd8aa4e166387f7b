//! Whose incidents they are: a copy of the owner of the first system, kept so that a list needs no look at the catalogue.

use domain::{
    Fault,
    id::{SystemId, TeamId},
};
use sqlx::AnyConnection;

use crate::db::sql;

/// Gives the incidents of a system to a team, but for those that are closed for good; how many that were.
pub(in crate::incidents) async fn give(conn: &mut AnyConnection, system: &SystemId, team: &TeamId) -> Result<u64, Fault> {
    sql("UPDATE incidents SET team_id = $1 WHERE system_id = $2 AND state <> 'closed'").value(team).value(system).run(conn).await
}
