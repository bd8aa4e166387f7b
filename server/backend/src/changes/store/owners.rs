//! Who owns the systems of changes and freezes: a copy, by which their people find them.

use domain::{
    Fault, Timestamp,
    id::{SystemId, TeamId},
};
use sqlx::AnyConnection;

use crate::db::sql;

/// Tells the changes and freezes that are not over whose the system is now; how many those were.
pub(in crate::changes) async fn give(conn: &mut AnyConnection, system: &SystemId, team: &TeamId, now: Timestamp) -> Result<u64, Fault> {
    let changes = sql("UPDATE change_systems SET team_id = $1 WHERE system_id = $2 \
         AND change_id IN (SELECT id FROM changes WHERE state NOT IN ('closed', 'cancelled'))")
    .value(team)
    .value(system)
    .run(conn)
    .await?;
    let freezes = sql("UPDATE freeze_systems SET team_id = $1 WHERE system_id = $2 \
         AND freeze_id IN (SELECT id FROM freezes WHERE ends_at > $3)")
    .value(team)
    .value(system)
    .value(now)
    .run(conn)
    .await?;
    Ok(changes + freezes)
}
