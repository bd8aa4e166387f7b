//! The state of things in one glance: three counts, because every page asks.

use domain::{Actor, Fault, Permission, Timestamp, overview::Glance};
use sqlx::AnyConnection;

use crate::{alerts, changes, incidents};

pub(super) async fn read(conn: &mut AnyConnection, actor: &Actor, now: Timestamp) -> Result<Glance, Fault> {
    let reach = actor.reach(Permission::Read);
    let alerts = alerts::standing(conn, &reach).await?;
    let incidents = incidents::standing(conn, &reach).await?;
    let worst = alerts.worst.into_iter().chain(incidents.worst).min();
    Ok(Glance {
        worst: worst.and_then(|rank| u8::try_from(rank).ok()),
        alerts: alerts.unseen,
        incidents: incidents.open,
        approvals: changes::waiting_count(conn, actor, now).await?,
    })
}
