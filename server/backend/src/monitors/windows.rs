//! Maintenance that a change brings: monitors of the systems it touches are under maintenance while it is carried out, and afterwards
//! as they would be without it. What a person or a rule says meanwhile stands.

use domain::{
    Fault, Timestamp,
    id::{ChangeId, MonitorId, SystemId},
};

use super::{record, store::windows as store};
use crate::{Context, WriteTx};

/// Puts the monitors of these systems under maintenance, for a change, until a moment at most; those that are for longer stay so. One
/// that says already that something is wrong goes on to say it: whoever mends that does not end its alert by beginning.
pub(crate) async fn open_window(
    tx: &mut WriteTx,
    ctx: &Context,
    change: &ChangeId,
    systems: &[SystemId],
    until: Timestamp,
) -> Result<(), Fault> {
    let now = ctx.now();
    let mut held = Vec::new();
    for (monitor, present) in store::calm_of(tx, systems).await? {
        // What another change brought is not what is to be gone back to.
        let others = store::windows_of(tx, &monitor).await?;
        let prior = others.iter().find(|window| window.until == present).map_or(present, |window| window.prior);
        store::add(tx, (change, &monitor), until, prior).await?;
        if present < until && until > now {
            store::set_until(tx, &monitor, until).await?;
            held.push(monitor);
        }
    }
    record::retell(tx, ctx, &held).await
}

/// Ends that: what is still down is told at once.
pub(crate) async fn close_window(tx: &mut WriteTx, ctx: &Context, change: &ChangeId) -> Result<(), Fault> {
    let now = ctx.now();
    let mut lifted: Vec<MonitorId> = Vec::new();
    for own in store::take_windows(tx, change).await? {
        let Some(present) = store::until(tx, &own.monitor).await? else { continue };
        // Ended or made longer meanwhile: that is no matter of this change.
        if present == own.until {
            let others = store::windows_of(tx, &own.monitor).await?;
            let rest = others.iter().map(|window| window.until).chain([own.prior]).max().filter(|rest| *rest > now);
            store::set_until(tx, &own.monitor, rest.unwrap_or(Timestamp(0))).await?;
        }
        lifted.push(own.monitor);
    }
    record::retell(tx, ctx, &lifted).await
}
