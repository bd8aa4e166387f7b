//! Escalations: policies of teams, and the runs that page people for an incident until somebody acknowledges it.
//!
//! `incidents` calls [`on_event`], [`stop`] and [`worsened`] on its own transaction, with the incident locked. **Architecture
//! invariants:** an incident has at most one run that climbs (a unique index); a step is taken by whoever moves the run's
//! count by one conditional update, in the transaction that writes its deliveries and its row of the timeline, so two ticks
//! or two replicas never page twice; the incident is locked before its run.

mod call;
mod engine;
mod keeping;
mod service;
mod store;

use domain::{
    Fault, Timestamp,
    alerts::Severity,
    escalations::{Foreseen, Place, Policy, Progress, Record, Run, Target},
    id::{IncidentId, ScheduleId, SystemId, TeamId},
    live::Topic,
};
use sqlx::AnyConnection;

use crate::{
    Context, WriteTx,
    incidents::{self, Facts},
};
pub use engine::Climber;
pub use service::Service;

/// Name of the engine, and of its bell.
const ENGINE: &str = "escalations";

/// An incident was opened, reopened or resolved: a run begins, or ends.
pub(crate) async fn on_event(tx: &mut WriteTx, ctx: &Context, incident: &Facts, event: &str) -> Result<(), Fault> {
    match event {
        // Whoever opens it by hand is there; they escalate when they need somebody.
        "incident.opened" if incident.acknowledged => Ok(()),
        "incident.opened" | "incident.reopened" => begin(tx, ctx, incident).await.map(drop),
        "incident.resolved" => stop(tx, ctx, &incident.id, Progress::Resolved, "").await,
        _ => Ok(()),
    }
}

/// The system has another team now: a policy of its old team does not page for it any more. On the transaction that moves the
/// system.
pub(crate) async fn follow_system(tx: &mut WriteTx, system: &SystemId, team: &TeamId) -> Result<(), Fault> {
    if store::leave(tx, system, team).await? > 0 {
        tx.announce(Topic::OnCall, "", Some(team));
    }
    Ok(())
}

/// Ends the run of an incident, if one climbs.
pub(crate) async fn stop(tx: &mut WriteTx, ctx: &Context, incident: &IncidentId, state: Progress, by: &str) -> Result<(), Fault> {
    if store::end(tx, incident, state, by, ctx.now()).await? {
        tx.announce(Topic::OnCall, incident, None);
    }
    Ok(())
}

/// An incident got worse: the run begins anew on the ladder of its severity, unless somebody is there already.
pub(crate) async fn worsened(tx: &mut WriteTx, ctx: &Context, incident: &Facts) -> Result<(), Fault> {
    let climbs = store::running(tx, &incident.id).await?;
    let asked = climbs.as_ref().is_some_and(|climbing| climbing.by_hand && climbing.seq == 0);
    match climbs {
        Some(climbing) if climbing.run.severity.rank() <= incident.severity.rank() => return Ok(()),
        Some(_) => stop(tx, ctx, &incident.id, Progress::Replaced, "").await?,
        None if incident.acknowledged => return Ok(()),
        None => {}
    }
    // Whoever asked for the first step of the run before does not wait for that of this one.
    if let Some(run) = begin(tx, ctx, incident).await?.filter(|_| asked) {
        store::ask(tx, &run.id, ctx.now()).await?;
    }
    Ok(())
}

/// Whether a run of an incident climbs.
pub(crate) async fn climbs(conn: &mut AnyConnection, incident: &IncidentId) -> Result<bool, Fault> {
    Ok(store::running(conn, incident).await?.is_some())
}

/// What was done to page somebody for an incident, whoever asks.
pub(crate) async fn record(conn: &mut AnyConnection, incident: &IncidentId) -> Result<Record, Fault> {
    let facts = incidents::facts(conn, incident).await?;
    let policy = store::counting(conn, &facts.team, facts.system.as_ref()).await?;
    let policy = policy.filter(|policy| policy.content.pages(facts.severity)).map(|policy| policy.content.name);
    Ok(Record { runs: store::runs(conn, incident).await?, taken: store::taken(conn, incident).await?, policy })
}

/// Begins a run by the policy that counts for the incident; its first step is due after its delay. `None`
/// where no policy counts, or it pages nobody for this severity, or a run climbs.
async fn begin(tx: &mut WriteTx, ctx: &Context, incident: &Facts) -> Result<Option<Run>, Fault> {
    let Some(policy) = store::counting(tx, &incident.team, incident.system.as_ref()).await? else { return Ok(None) };
    let Some(wait) = first_wait(&policy, incident.severity) else { return Ok(None) };
    let now = ctx.now();
    let run = Run {
        id: ctx.new_id(),
        incident: incident.id.clone(),
        policy: Some(policy.id),
        policy_name: policy.content.name,
        severity: incident.severity,
        state: Progress::Running,
        ended_by: String::new(),
        began_at: now,
        ended_at: None,
        next_at: Some(now.plus(wait)),
        held_at: None,
    };
    if !store::insert_run(tx, &run, &incident.team).await? {
        return Ok(None);
    }
    tx.announce(Topic::OnCall, &incident.id, Some(&incident.team));
    tx.ring(ENGINE);
    Ok(Some(run))
}

/// Whom an incident of a team that begins at a moment would page, and when, if the routes tell of it after `wait_ms`; `None` where no
/// policy counts for it, or it pages nobody for this severity.
pub(crate) async fn foreseen(
    conn: &mut AnyConnection,
    ctx: &Context,
    team: &TeamId,
    system: Option<&SystemId>,
    severity: Severity,
    (begin, wait_ms): (Timestamp, i64),
) -> Result<Option<Foreseen>, Fault> {
    let counting = store::counting(conn, team, system).await?.filter(|policy| policy.content.pages(severity));
    let Some(policy) = counting else { return Ok(None) };
    let longer = wait_ms - first_wait(&policy, severity).unwrap_or(wait_ms);
    let steps = call::climb(conn, ctx, &policy.content, severity, begin, longer.max(0)).await?;
    Ok(Some(Foreseen { policy: policy.id, name: policy.content.name, steps }))
}

fn first_wait(policy: &Policy, severity: Severity) -> Option<i64> {
    policy.content.rung(severity, Place::FIRST).map(|rung| rung.wait_ms)
}

/// Names of policies that page through a schedule: it cannot be removed.
pub(crate) async fn naming_schedule(conn: &mut AnyConnection, id: &ScheduleId) -> Result<Vec<String>, Fault> {
    store::naming(conn, &Target::Schedule(id.clone())).await
}
