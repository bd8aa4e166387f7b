//! Maintenance that a change brings: monitors of the systems it touches are under maintenance while it is carried out, and afterwards
//! as they would be without it. What a person or a rule says meanwhile stands.

use domain::{
    Fault, Timestamp,
    id::{ChangeId, MonitorId, SystemId},
};

use super::{
    record,
    store::{self, recurring, windows},
};
use crate::{Context, WriteTx};

/// Puts the monitors of these systems under maintenance, for a change, until a moment at most; those that are for longer stay so. One
/// that says already that something is wrong goes on to say it: that is none of the change's doing.
pub(crate) async fn open_window(
    tx: &mut WriteTx,
    ctx: &Context,
    change: &ChangeId,
    systems: &[SystemId],
    until: Timestamp,
) -> Result<(), Fault> {
    let now = ctx.now();
    let calm = windows::calm_of(tx, systems, now).await?;
    let ids: Vec<&MonitorId> = calm.iter().map(|(monitor, _)| monitor).collect();
    let others = windows::windows_of(tx, &ids).await?;
    // What another change brought is not what is to be gone back to.
    let prior = |monitor: &MonitorId, present: Timestamp| {
        let brought = others.iter().find(|window| window.monitor == *monitor && window.until == present);
        brought.map_or(present, |window| window.prior)
    };
    let kept: Vec<(&MonitorId, Timestamp)> = calm.iter().map(|(monitor, present)| (monitor, prior(monitor, *present))).collect();
    windows::add(tx, change, until, &kept).await?;
    if until > now {
        for (monitor, _) in &calm {
            recurring::extend(tx, monitor, until).await?;
        }
        record::maintained(tx);
    }
    Ok(())
}

/// Ends that: what is still down is heard of at once.
pub(crate) async fn close_window(tx: &mut WriteTx, ctx: &Context, change: &ChangeId) -> Result<(), Fault> {
    let now = ctx.now();
    let taken = windows::take_windows(tx, change).await?;
    let ids: Vec<&MonitorId> = taken.iter().map(|(own, _)| &own.monitor).collect();
    let others = windows::windows_of(tx, &ids).await?;
    for (own, present) in &taken {
        // Ended or made longer meanwhile: that is no matter of this change.
        if *present == own.until {
            let others = others.iter().filter(|window| window.monitor == own.monitor).map(|window| window.until);
            let rest = others.chain([own.prior]).max().filter(|rest| *rest > now);
            store::set_maintenance(tx, &own.monitor, rest).await?;
        }
    }
    record::maintained(tx);
    Ok(())
}
