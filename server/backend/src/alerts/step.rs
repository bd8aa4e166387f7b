//! Moves one locked alert along and does what each transition asks for.

use domain::{
    Fault,
    alerts::{DecisionKind, Reading, State, path},
    live::Topic,
};
use serde_json::json;

use super::{
    pipeline::{self, Judge, Subject},
    store::{self, AlertRow},
};
use crate::{Context, WriteTx, deliveries, incidents};

/// Writes the reading and passes through every state that follows now. The row must be locked by this transaction.
/// Gives how many transitions there were.
pub(super) async fn advance(tx: &mut WriteTx, ctx: &Context, judge: &mut Judge, mut row: AlertRow, reading: Reading) -> Result<u64, Fault> {
    let changed = row.reading() != reading;
    let states = path(row.state()?, reading, ctx.now(), row.delays());
    row.take_reading(reading);
    if states.is_empty() {
        store::save(tx, &row).await?;
        if changed {
            let state = row.state.clone();
            let detail = row.detail.clone();
            store::append_event(tx, ctx, &row, "read", &state, &detail, "alerts").await?;
            tx.announce(Topic::Alerts, &row.id, Some(&row.team()?));
        }
        return Ok(0);
    }
    let mut done = 0;
    for state in states {
        go(tx, ctx, judge, &mut row, state).await?;
        done += 1;
    }
    Ok(done)
}

/// Ends it whatever is known: what nobody says any more does not hold.
pub(super) async fn end(tx: &mut WriteTx, ctx: &Context, judge: &mut Judge, mut row: AlertRow) -> Result<(), Fault> {
    (row.holds, row.holds_since) = (0, ctx.now().0);
    go(tx, ctx, judge, &mut row, State::Resolved).await
}

/// One transition with everything that hangs on it.
async fn go(tx: &mut WriteTx, ctx: &Context, judge: &mut Judge, row: &mut AlertRow, to: State) -> Result<(), Fault> {
    let (now, from) = (ctx.now(), row.state.clone());
    let first_firing = to == State::Firing && row.fired_at.is_none();
    row.state = to.name().to_owned();
    row.changed_at = now.0;
    if first_firing {
        row.fired_at = Some(now.0);
    }
    if to == State::Resolved {
        row.resolved_at = Some(now.0);
    }
    // Saved before incidents look: whether the last alert of an incident is over is counted from the table.
    store::save(tx, row).await?;
    let detail = row.detail.clone();
    store::append_event(tx, ctx, row, "moved", &from, &detail, "alerts").await?;
    tx.announce(Topic::Alerts, &row.id, Some(&row.team()?));
    if row.fired_at.is_none() || to == State::Recovering {
        return Ok(());
    }
    judge.moved();
    match to {
        State::Firing if first_firing => {
            // What is kept quiet opens no incident until it is kept quiet no more.
            if !hush(tx, ctx, judge, row).await? {
                heard(tx, ctx, judge, row).await?;
            }
            pipeline::enter(tx, ctx, judge, row).await?;
        }
        // One that was kept quiet when it began may have none yet.
        State::Firing if row.incident_id.is_some() || !row.is_suppressed() => heard(tx, ctx, judge, row).await?,
        State::Resolved => {
            incidents::on_resolved(tx, ctx, &row.facts()?).await?;
            pipeline::end(tx, ctx, judge, row).await?;
        }
        State::Pending | State::Recovering | State::Firing => {}
    }
    Ok(())
}

/// It is not kept quiet (any more): its incident hears of it, if that has not.
pub(super) async fn heard(tx: &mut WriteTx, ctx: &Context, judge: &Judge, row: &mut AlertRow) -> Result<(), Fault> {
    if row.state()? != State::Firing {
        return Ok(());
    }
    let mut facts = row.facts()?;
    // That a channel fails is told through the others. An incident about it would be told through itself.
    if facts.system.is_none() && row.source_kind == deliveries::SOURCE {
        return Ok(());
    }
    if facts.system.is_none() {
        facts.cause = pipeline::cause(judge, row)?;
    }
    let incident = incidents::on_firing(tx, ctx, &facts).await?;
    if facts.incident.as_ref() != Some(&incident) {
        row.incident_id = Some(incident.to_string());
        store::save(tx, row).await?;
    }
    Ok(())
}

/// Writes why it is kept quiet from the beginning, where something does.
async fn hush(tx: &mut WriteTx, ctx: &Context, judge: &mut Judge, row: &mut AlertRow) -> Result<bool, Fault> {
    let reasons = judge.reasons(tx, &Subject::of(row)?).await?;
    if reasons.is_empty() {
        return Ok(false);
    }
    row.suppressed = serde_json::to_string(&reasons).map_err(|_| Fault::Internal)?;
    pipeline::store::set_suppressed(tx, row).await?;
    pipeline::store::decide(tx, ctx, &row.id, DecisionKind::Suppressed, &json!({ "reasons": reasons })).await?;
    let (state, told) = (row.state.clone(), reasons.iter().map(|r| format!("{} {}", r.cause, r.name)).collect::<Vec<_>>().join(", "));
    store::append_event(tx, ctx, row, "suppressed", &state, &told, "alerts").await?;
    Ok(true)
}
