//! Maintenance that comes again: people write its rule, the clerk begins it when it is due. It ends as every maintenance does.

use domain::{Actor, Fault, Permission, Timestamp, alerts::Recurrence, form::Typed, id::MonitorId, monitors::Recurring};
use serde_json::json;

use super::{
    acts::{editable, note},
    reads, record,
    store::recurring as store,
};
use crate::Context;

/// What the audit calls that somebody writes it.
pub(super) const RECUR: &str = "monitor.recur";

/// See [`domain::monitors::Monitors::recurring`].
pub(super) async fn get(ctx: &Context, actor: &Actor, id: &MonitorId) -> Result<Option<Recurring>, Fault> {
    reads::get(ctx, actor, id, Permission::Read).await?;
    store::get(&mut *ctx.db.read().await?, id).await
}

/// See [`domain::monitors::Monitors::recur`].
pub(super) async fn put(ctx: &Context, actor: &Actor, id: &MonitorId, typed: &Typed) -> Result<Option<Recurring>, Fault> {
    actor.authenticated()?;
    let mut tx = ctx.begin_write().await?;
    let (kept, system) = editable(&mut tx, ctx, actor, id).await?;
    let recurring = Recurring::parse(typed, ctx.now())?;
    let before = store::get(&mut tx, id).await?;
    store::put(&mut tx, id, recurring.as_ref()).await?;
    let rule = |recurring: &Option<Recurring>| recurring.as_ref().map(|recurring| json!(recurring.rule));
    let detail = json!({ "from": rule(&before), "to": rule(&recurring) });
    note(&mut tx, ctx, actor, RECUR, (id, &kept.name, &system), &detail).await?;
    tx.commit().await?;
    Ok(recurring)
}

/// Begins what is due; gives how much that was. What was due and is over, because nobody was there to begin it, is passed over.
pub(super) async fn begin(ctx: &Context, now: Timestamp) -> Result<u64, Fault> {
    let mut done = 0;
    for (id, rule, from) in store::due(&mut *ctx.db.read().await?, now).await? {
        match begin_one(ctx, &id, rule.as_ref(), from, now).await {
            Ok(begun) => done += u64::from(begun),
            Err(fault @ Fault::Unavailable(_)) => return Err(fault),
            // One that cannot be begun does not keep the others from theirs.
            Err(fault) => tracing::error!(%fault, monitor = %id, "a maintenance cannot be begun; it is tried again"),
        }
    }
    Ok(done)
}

async fn begin_one(ctx: &Context, id: &MonitorId, rule: Option<&Recurrence>, from: i64, now: Timestamp) -> Result<bool, Fault> {
    if rule.is_none() {
        tracing::error!(monitor = %id, "a maintenance that comes again does not read; it does not come again");
    }
    let mut tx = ctx.begin_write().await?;
    let next = rule.and_then(|rule| rule.after(now)).map(|span| span.from);
    if !store::move_on(&mut tx, id, from, next).await? {
        return Ok(false);
    }
    if let Some(span) = rule.and_then(|rule| rule.at(now))
        && store::extend(&mut tx, id, span.to).await?
    {
        record::maintained(&mut tx);
    }
    tx.commit().await?;
    Ok(true)
}
