//! The state of things in one glance.

use domain::{Actor, Fault, Permission, overview::Glance};
use sqlx::AnyConnection;

use crate::{alerts, incidents};

pub(super) async fn read(conn: &mut AnyConnection, actor: &Actor) -> Result<Glance, Fault> {
    let reach = actor.reach(Permission::Read);
    let firing = alerts::firing(conn, &reach).await?;
    let open = incidents::open(conn, &reach).await?;
    let worst = firing.iter().map(|a| a.severity.rank()).chain(open.iter().map(|i| i.severity.rank())).min();
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    Ok(Glance {
        worst: worst.and_then(|rank| u8::try_from(rank).ok()),
        alerts: count(firing.iter().filter(|a| a.acknowledged_at.is_none()).count()),
        incidents: count(open.len()),
        approvals: 0,
    })
}
