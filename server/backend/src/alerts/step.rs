//! Moves one locked alert along and does what each transition asks for.

use domain::{
    Fault,
    alerts::{Reading, State, path},
    deliveries::Notice,
    live::Topic,
};
use serde_json::json;

use super::store::{self, AlertRow};
use crate::{Context, WriteTx, deliveries, incidents, systems};

/// Writes the reading and passes through every state that follows now. The row must be locked by this transaction.
/// Gives how many transitions there were.
pub(super) async fn advance(tx: &mut WriteTx, ctx: &Context, mut row: AlertRow, reading: Reading) -> Result<u64, Fault> {
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
        go(tx, ctx, &mut row, state).await?;
        done += 1;
    }
    Ok(done)
}

/// Ends it whatever is known: what nobody says any more does not hold.
pub(super) async fn end(tx: &mut WriteTx, ctx: &Context, mut row: AlertRow) -> Result<(), Fault> {
    (row.holds, row.holds_since) = (0, ctx.now().0);
    go(tx, ctx, &mut row, State::Resolved).await
}

/// One transition with everything that hangs on it.
async fn go(tx: &mut WriteTx, ctx: &Context, row: &mut AlertRow, to: State) -> Result<(), Fault> {
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
    let system_name = match row.system()? {
        Some(system) => systems::brief(tx, &system).await?.name,
        None => String::new(),
    };
    let facts = row.facts(&system_name)?;
    match to {
        State::Firing => {
            if let Some(facts) = facts {
                let incident = incidents::on_firing(tx, ctx, &facts).await?;
                if facts.incident.as_ref() != Some(&incident) {
                    row.incident_id = Some(incident.to_string());
                    store::save(tx, row).await?;
                }
            }
            if first_firing {
                tell(tx, ctx, row, "alert.firing", &system_name).await?;
            }
        }
        State::Resolved => {
            if let Some(facts) = facts {
                incidents::on_resolved(tx, ctx, &facts).await?;
            }
            tell(tx, ctx, row, "alert.resolved", &system_name).await?;
        }
        State::Pending | State::Recovering => {}
    }
    Ok(())
}

async fn tell(tx: &mut WriteTx, ctx: &Context, row: &AlertRow, event: &'static str, system_name: &str) -> Result<(), Fault> {
    let (system, team, incident) = (row.system()?, row.team()?, row.incident()?);
    let alert = row.read(system_name)?;
    let payload = json!({
        "alert": {
            "id": alert.id,
            "title": alert.title,
            "detail": alert.detail,
            "severity": alert.severity,
            "state": alert.state,
            "started_at": alert.started_at.rfc3339(),
            "fired_at": alert.fired_at.map(domain::Timestamp::rfc3339),
            "resolved_at": alert.resolved_at.map(domain::Timestamp::rfc3339),
            "labels": alert.labels,
            "annotations": alert.annotations,
            "path": format!("/alerts/{}", alert.id),
        },
        "system": system.as_ref().map(|id| json!({ "id": id, "name": system_name })),
        "team": { "id": team },
        "incident": incident.as_ref().map(|id| json!({ "id": id, "path": format!("/incidents/{id}") })),
    });
    let key = format!("alert-{}-{}", alert.id, alert.state);
    deliveries::enqueue(tx, ctx, Notice { event, system, team, incident, payload, key }).await
}
