//! Alerts: what sources observe becomes state, history, incidents and notices, all in the source's transaction.
//!
//! Sources call [`observe`]. What is told of an alert, and to whom, is the [`pipeline`]'s. **Architecture invariants:** at most one running alert per fingerprint (a unique
//! index, not a check); the first firing and the end of what had fired are told exactly once each, because each is
//! one transition of one locked row; *unknown* moves nothing.

mod engine;
mod intake;
mod integrations;
pub mod pipeline;
mod routing;
mod service;
mod silences;
mod step;
mod store;

use domain::{
    Actor, Fault, Reach, Timestamp, Wording,
    alerts::{
        Alert, Filter, Labels, Reading, Severity, Signal, State, Timing,
        labels::{Known, complete},
    },
    id::{AlertId, IncidentId, SystemId, TeamId, UserId},
    incidents::AlertRef,
    live::Topic,
};
use sqlx::AnyConnection;

use crate::{Context, WriteTx, incidents, people, systems};
pub use engine::Clockwork;
pub use integrations::Integrations;
pub use pipeline::Dispatcher;
use pipeline::Judge;
pub use routing::Routes;
pub use service::Service;
pub use silences::Silences;
pub(crate) use store::Standing;

/// Takes what a source says of a condition at this moment, on the source's own transaction. Saying the same twice
/// changes nothing. `NotFound("system")` where the system does not exist, `NotFound("team")` where there is neither.
pub async fn observe(tx: &mut WriteTx, ctx: &Context, signal: &Signal) -> Result<(), Fault> {
    let mut judge = Judge::begin(tx, ctx.now()).await?;
    observe_one(tx, ctx, &mut judge, signal, Timing::default(), "").await
}

/// The same of a condition whose first sign was seen before.
pub async fn observe_since(tx: &mut WriteTx, ctx: &Context, signal: &Signal, first: Option<Timestamp>) -> Result<(), Fault> {
    let mut judge = Judge::begin(tx, ctx.now()).await?;
    observe_one(tx, ctx, &mut judge, signal, Timing { starts_at: first, ..Timing::default() }, "").await
}

/// The same as one of many, with times of its own, and by whom it was posted.
async fn observe_one(
    tx: &mut WriteTx,
    ctx: &Context,
    judge: &mut Judge,
    signal: &Signal,
    timing: Timing,
    sender: &str,
) -> Result<(), Fault> {
    let now = ctx.now();
    let fingerprint = signal.fingerprint();
    // Between "none is running" and our insert another writer may begin one; then it is there to be taken.
    for _ in 0..3 {
        if let Some(mut row) = store::take_running(tx, &fingerprint, now).await? {
            // The source speaks of another system now, perhaps of another team: here it is over, there it begins.
            if row.system()? != signal.system {
                step::end(tx, ctx, judge, row).await?;
                continue;
            }
            let before = row.reading();
            row.title.clone_from(&signal.title);
            row.severity = signal.severity.rank();
            row.url.clone_from(&signal.url);
            row.expires_at = timing.expires_at.map(|at| at.0);
            row.detail.clone_from(&signal.detail);
            if let Some(delays) = signal.delays {
                (row.hold_ms, row.recover_ms) = (delays.hold_ms, delays.recover_ms);
            }
            let (labels, _) = of_signal(tx, signal).await?;
            store::relabel(tx, &mut row, &labels, &signal.annotations).await?;
            return step::advance(tx, ctx, judge, row, before.then(signal.holds, now)).await.map(|_| ());
        }
        if signal.holds != Some(true) {
            return Ok(());
        }
        let (labels, team) = of_signal(tx, signal).await?;
        let mut row = store::AlertRow::begin(&ctx.new_id(), signal, &team, now);
        row.labels = store::written(&labels);
        sender.clone_into(&mut row.sender);
        row.expires_at = timing.expires_at.map(|at| at.0);
        row.started_at = timing.starts_at.map_or(now, |at| at.min(now)).0;
        if store::insert(tx, &row).await? {
            store::append_event(tx, ctx, &row, "moved", "", &signal.detail, "alerts").await?;
            let reading = Reading { holds: Some(true), since: now };
            return step::advance(tx, ctx, judge, row, reading).await.map(|_| ());
        }
    }
    Err(Fault::Unavailable(Wording::new("unavailable-database-busy")))
}

/// The labels of a signal with everything that ours carry, and whose it is.
async fn of_signal(conn: &mut AnyConnection, signal: &Signal) -> Result<(Labels, TeamId), Fault> {
    let system = match &signal.system {
        Some(id) => Some(systems::brief(conn, id).await?),
        None => None,
    };
    let team = system.as_ref().map(|system| &system.team).or(signal.team.as_ref()).ok_or(Fault::NotFound("team"))?.clone();
    let mut labels = signal.labels.clone();
    let key = people::team_key(conn, &team).await?;
    complete(
        &mut labels,
        &Known {
            source_kind: signal.source_kind,
            system: system.as_ref().map(|system| (system.key.as_str(), system.tier)),
            team: &key,
            severity: signal.severity,
        },
    );
    Ok((labels, team))
}

/// The source is gone or switched off: what it said last is over. Ends the running alert, if there is one.
pub async fn withdraw(tx: &mut WriteTx, ctx: &Context, source_kind: &str, source_id: &str) -> Result<(), Fault> {
    let fingerprint = format!("{source_kind}:{source_id}");
    if let Some(row) = store::take_running(tx, &fingerprint, ctx.now()).await? {
        let mut judge = Judge::begin(tx, ctx.now()).await?;
        step::end(tx, ctx, &mut judge, row).await?;
    }
    Ok(())
}

/// The process begins to listen. What others repeat could not be heard while it was away: each alert of theirs has the whole
/// time again in which somebody may say it once more.
pub async fn wake(ctx: &Context) -> Result<(), Fault> {
    let mut tx = ctx.begin_write().await?;
    let (_, routing) = routing::in_force(&mut tx).await?;
    store::outlast(&mut tx, ctx.now().plus(routing.resolve_timeout)).await?;
    tx.commit().await
}

/// Alerts within reach that fire or recover, the worst first: what the overview shows.
pub async fn firing(conn: &mut AnyConnection, reach: &Reach) -> Result<Vec<Alert>, Fault> {
    let filter = Filter { states: vec![State::Firing, State::Recovering], ..Filter::default() };
    service::read_alerts(conn, &filter, reach, None, 500).await
}

/// The system has another team now: what still runs on it goes with it. On the transaction that moves the system.
pub(crate) async fn follow_system(tx: &mut WriteTx, system: &SystemId, team: &TeamId) -> Result<(), Fault> {
    if store::owner::give(tx, system, team).await? > 0 {
        tx.announce(Topic::Alerts, "", Some(team));
    }
    Ok(())
}

/// How many alerts of the incident have fired and are not over.
pub(crate) async fn lasting(conn: &mut AnyConnection, incident: &IncidentId) -> Result<i64, Fault> {
    store::lasting(conn, incident).await
}

/// The alerts of an incident, newest first.
pub(crate) async fn of_incident(conn: &mut AnyConnection, incident: &IncidentId) -> Result<Vec<AlertRef>, Fault> {
    store::of_incident(conn, incident).await
}

/// The team of an alert, for the authority of whoever says something of it.
pub(crate) async fn team(conn: &mut AnyConnection, id: &AlertId) -> Result<TeamId, Fault> {
    store::noise::team(conn, id).await
}

/// What people said of an alert: useful, useless, what this person said.
pub(crate) async fn feedback(conn: &mut AnyConnection, id: &AlertId, me: Option<&UserId>) -> Result<(i64, i64, Option<bool>), Fault> {
    store::noise::feedback(conn, id, me).await
}

/// A person says whether an alert was useful; `false` where they had said the same.
pub(crate) async fn say_useful(
    conn: &mut AnyConnection,
    id: &AlertId,
    user: &UserId,
    useful: bool,
    by: &str,
    now: Timestamp,
) -> Result<bool, Fault> {
    store::noise::say_useful(conn, id, user, useful, by, now).await
}

/// Alerts within reach that fired in a span, by title and system: how many, and how many were worth it.
pub(crate) async fn noise(conn: &mut AnyConnection, reach: &Reach, span: domain::Span) -> Result<Vec<store::noise::Loud>, Fault> {
    store::noise::noise(conn, reach, span).await
}

/// When the first alert of an incident gave its first sign, whoever asks.
pub(crate) async fn first_sign(conn: &mut AnyConnection, incident: &IncidentId) -> Result<Option<Timestamp>, Fault> {
    store::owner::first_sign(conn, incident).await
}

/// Gives the alerts of one incident to another, into which it is merged; how many they were.
pub(crate) async fn move_to(tx: &mut WriteTx, from: &IncidentId, to: &IncidentId) -> Result<u64, Fault> {
    let moved = store::owner::move_to(tx, from, to).await?;
    if moved > 0 {
        tx.announce(Topic::Alerts, "", None);
    }
    Ok(moved)
}

/// Those of the systems on which an alert of severity 1 or 2 fires or recovers, each with the worst, whoever asks.
pub(crate) async fn hurting(conn: &mut AnyConnection, systems: &[SystemId]) -> Result<Vec<(SystemId, Severity)>, Fault> {
    store::hurting(conn, systems).await
}

/// Alerts on these systems that began in the span and have fired, but those of one incident, whoever asks.
pub(crate) async fn began(
    conn: &mut AnyConnection,
    systems: &[SystemId],
    but: &IncidentId,
    span: domain::Span,
) -> Result<Vec<store::Began>, Fault> {
    store::began(conn, systems, but, span).await
}

/// How alerts within reach stand, in figures.
pub(crate) async fn standing(conn: &mut AnyConnection, reach: &Reach) -> Result<Standing, Fault> {
    store::standing(conn, reach).await
}

/// Forgets alerts that were over before, with their history: at most about `limit` rows. What an open incident needs stays.
pub async fn forget(conn: &mut AnyConnection, before: Timestamp, limit: u32) -> Result<u64, Fault> {
    let open = incidents::open_ids(conn).await?;
    Ok(store::forget(conn, before, &open, limit).await? + silences::forget(conn, before, limit).await?)
}

/// Acknowledges every alert of an incident that lasts and that nobody has acknowledged; gives how many.
pub(crate) async fn acknowledge_of(tx: &mut WriteTx, ctx: &Context, actor: &Actor, incident: &IncidentId) -> Result<u64, Fault> {
    let lasting = of_incident(tx, incident).await?;
    let ids: Vec<_> = lasting.into_iter().filter(|alert| alert.state != State::Resolved).map(|alert| alert.id).collect();
    if ids.is_empty() { Ok(0) } else { Service::new(ctx.clone()).acknowledge_these(tx, actor, &ids).await }
}
