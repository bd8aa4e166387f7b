//! Alerts: what sources observe becomes state, history, incidents and notices, all in the source's transaction.
//!
//! Sources call [`observe`]; what comes in by the thousand goes the same way, in as many statements as one alert does
//! (`observed`, `step`). What is told of an alert, and to whom, is the [`pipeline`]'s. **Architecture invariants:** at most one running alert per fingerprint (a unique
//! index, not a check); the first firing and the end of what had fired are told exactly once each, because each is
//! one transition of one locked row; *unknown* moves nothing.

mod engine;
mod intake;
mod integrations;
mod observed;
mod past;
pub mod pipeline;
mod routing;
mod service;
mod silences;
mod step;
mod store;

use std::collections::{BTreeSet, HashMap, HashSet};

use domain::{
    Actor, Fault, Reach, Timestamp,
    alerts::{Alert, Cause, Filter, RUNBOOK, Reason, Severity, Signal, State, Timing, condition},
    health::RefusedAlerts,
    id::{AlertId, IncidentId, MonitorId, SystemId, TeamId, UserId},
    incidents::AlertRef,
    live::Topic,
};
use serde_json::{Value, json};
use sqlx::AnyConnection;

use crate::{Context, WriteTx, incidents, monitors};
pub use engine::Clockwork;
pub use integrations::Integrations;
use observed::{Said, Tally};
pub use pipeline::Dispatcher;
use pipeline::Judge;
pub use routing::Routes;
pub use service::Service;
pub use silences::Silences;
use step::Going;
pub(crate) use store::{Standing, Watched};

/// Alerts that are ended together.
const TOGETHER: usize = 250;

/// Takes what a source says of a condition at this moment, on the source's own transaction. Saying the same twice
/// changes nothing. `NotFound("system")` where the system does not exist, `NotFound("team")` where there is neither.
pub async fn observe(tx: &mut WriteTx, ctx: &Context, signal: &Signal) -> Result<(), Fault> {
    observe_since(tx, ctx, signal, None).await
}

/// The same of a condition whose first sign was seen before.
pub async fn observe_since(tx: &mut WriteTx, ctx: &Context, signal: &Signal, first: Option<Timestamp>) -> Result<(), Fault> {
    let mut judge = Judge::begin(tx, ctx.now()).await?;
    let said = Said::new(signal.clone(), Timing { starts_at: first, ..Timing::default() }, "");
    observed::observe(tx, ctx, &mut judge, vec![said]).await.map(drop)
}

/// The same of several conditions at once: all their alerts are locked before the first of them moves anything else.
pub(crate) async fn observe_all(tx: &mut WriteTx, ctx: &Context, signals: Vec<Signal>) -> Result<(), Fault> {
    if signals.is_empty() {
        return Ok(());
    }
    let mut judge = Judge::begin(tx, ctx.now()).await?;
    let said = signals.into_iter().map(|signal| Said::new(signal, Timing::default(), "")).collect();
    observed::observe(tx, ctx, &mut judge, said).await.map(drop)
}

/// The source is gone or switched off: what it said last is over. Ends the running alert, if there is one.
pub async fn withdraw(tx: &mut WriteTx, ctx: &Context, source_kind: &str, source_id: &str) -> Result<(), Fault> {
    withdraw_all(tx, ctx, source_kind, &[(source_id.to_owned(), None)]).await.map(drop)
}

/// The same of as many as there are.
pub(crate) async fn withdraw_each(tx: &mut WriteTx, ctx: &Context, source_kind: &str, sources: &[String]) -> Result<(), Fault> {
    if sources.len() > TOGETHER {
        hold_all(tx, ctx, source_kind, sources).await?;
    }
    for together in sources.chunks(TOGETHER) {
        let now: Vec<_> = together.iter().map(|source| (source.clone(), None)).collect();
        withdraw_all(tx, ctx, source_kind, &now).await?;
    }
    Ok(())
}

/// The same of some, each since the moment that is said, or now; gives how many ended, by team.
async fn withdraw_all(tx: &mut WriteTx, ctx: &Context, source_kind: &str, sources: &[(String, Option<Timestamp>)]) -> Result<Tally, Fault> {
    let ends: HashMap<String, Option<Timestamp>> = sources.iter().map(|(source, at)| (condition(source_kind, source), *at)).collect();
    let rows = store::take_running(tx, ends.keys(), ctx.now()).await?;
    let mut tally = Tally::default();
    if !rows.is_empty() {
        let mut judge = Judge::begin(tx, ctx.now()).await?;
        let over = rows.into_iter().map(|row| Going::over(ends.get(&row.fingerprint).copied().flatten(), row, ctx)).collect();
        step::settle(tx, ctx, &mut judge, over, &mut tally).await?;
    }
    Ok(tally)
}

/// Locks the running alerts of these sources, then their incidents, then their groups, for this transaction. They are about to end in
/// rounds; a later round then waits for nobody who waits for what an earlier one has locked.
async fn hold_all(tx: &mut WriteTx, ctx: &Context, source_kind: &str, sources: &[String]) -> Result<(), Fault> {
    let (mut ids, mut concerned) = (Vec::with_capacity(sources.len()), BTreeSet::new());
    for some in sources.chunks(5_000) {
        let fingerprints = some.iter().map(|source| condition(source_kind, source));
        for row in store::take_running(tx, fingerprints, ctx.now()).await? {
            concerned.extend(row.incident()?);
            ids.push(row.id);
        }
    }
    incidents::hold(tx, &concerned.iter().collect::<Vec<_>>()).await?;
    pipeline::hold(tx, &ids.iter().map(String::as_str).collect::<Vec<_>>()).await
}

/// The house listens again. What others repeat could not be heard while it was away: each alert of theirs has the whole time again in
/// which somebody may say it once more. And nobody looked whether what was bad or good stayed so: that time does not count as time in
/// which it held. `looked` is when the house looked last, where this process knows.
async fn wake(ctx: &Context, looked: Option<Timestamp>, now: Timestamp) -> Result<(), Fault> {
    let mut tx = ctx.begin_write().await?;
    let (_, routing) = routing::in_force(&mut tx).await?;
    store::outlast(&mut tx, now.plus(routing.resolve_timeout)).await?;
    store::unseen(&mut tx, looked, now).await?;
    tx.commit().await
}

/// Alerts within reach that fire or recover, the worst first: what the overview shows.
pub async fn firing(conn: &mut AnyConnection, reach: &Reach) -> Result<Vec<Alert>, Fault> {
    let filter = Filter { states: vec![State::Firing, State::Recovering], ..Filter::default() };
    let rows = service::first(conn, &filter, reach, 500).await?;
    service::named_all(conn, &rows).await
}

/// Something else keeps alerts quiet now, or does no longer: whoever has to hear of them does at once.
pub(crate) fn look_again(tx: &mut WriteTx) {
    tx.ring(pipeline::NAME);
}

/// The system has another team now: what still runs on it goes with it, but for ends that are owed to the team before. On the
/// transaction that moves the system.
pub(crate) async fn follow_system(tx: &mut WriteTx, ctx: &Context, system: &SystemId, team: &TeamId) -> Result<(), Fault> {
    // Alerts are locked before their groups, here as well.
    let running = store::owner::running(tx, system).await?;
    for some in running.chunks(5_000) {
        store::take(tx, some).await?;
    }
    pipeline::follow(tx, ctx, system, team).await?;
    if store::owner::give(tx, system, team).await? > 0 {
        tx.announce(Topic::Alerts, "", Some(team));
    }
    Ok(())
}

/// How many alerts of the incident have fired and are not over.
pub(crate) async fn lasting(conn: &mut AnyConnection, incident: &IncidentId) -> Result<i64, Fault> {
    store::lasting(conn, incident).await
}

/// Whether everything of an incident that lasts is kept quiet now: by a silence or whatever else keeps alerts quiet, or because all their
/// routes are muted. What flaps is told of less often, but is no quiet; where nothing lasts, nothing is kept quiet.
pub(crate) async fn kept_quiet(conn: &mut AnyConnection, incident: &IncidentId, now: Timestamp) -> Result<bool, Fault> {
    let lasting = pipeline::store::lasting_of(conn, incident).await?;
    if lasting.is_empty() {
        return Ok(false);
    }
    let (_, routing) = routing::in_force(conn).await?;
    let quiet = |(suppressed, groups): &(String, Vec<(String, String)>)| {
        let reasons: Vec<Reason> = serde_json::from_str(suppressed).unwrap_or_default();
        let muted = |(mute, active): &(String, String)| {
            routing.mute_by(&pipeline::store::read_list(mute), &pipeline::store::read_list(active), now).is_some()
        };
        reasons.iter().any(|reason| reason.cause != Cause::Flapping) || !groups.is_empty() && groups.iter().all(muted)
    };
    Ok(lasting.values().all(quiet))
}

/// Until when the routes let all groups wait in which what lasts of an incident is told for the first time; `None` where one of them has
/// spoken, or where the routes lead something of it nowhere.
pub(crate) async fn waits_until(conn: &mut AnyConnection, incident: &IncidentId, now: Timestamp) -> Result<Option<Timestamp>, Fault> {
    Ok(pipeline::store::first_told(conn, incident).await?.filter(|at| *at > now))
}

/// Those of the incidents, by id as it is stored, of which an alert has fired and is not over.
pub(crate) async fn lasting_in(conn: &mut AnyConnection, incidents: &[IncidentId]) -> Result<HashSet<String>, Fault> {
    store::lasting_in(conn, incidents).await
}

/// The alerts of an incident, newest first, and how many are earlier.
pub(crate) async fn of_incident(conn: &mut AnyConnection, incident: &IncidentId) -> Result<(Vec<AlertRef>, i64), Fault> {
    store::of_incident(conn, incident).await
}

/// Those of these alerts that lie within reach.
pub(crate) async fn named(conn: &mut AnyConnection, reach: &Reach, ids: &[AlertId]) -> Result<Vec<Alert>, Fault> {
    let rows = store::get_all(conn, reach, ids).await?;
    service::named_all(conn, &rows).await
}

/// The team of an alert, for the authority of whoever says something of it.
pub(crate) async fn team(conn: &mut AnyConnection, id: &AlertId) -> Result<TeamId, Fault> {
    Ok(place(conn, id).await?.0)
}

/// Whose an alert is, and the incident that it belongs to.
pub(crate) async fn place(conn: &mut AnyConnection, id: &AlertId) -> Result<(TeamId, Option<IncidentId>), Fault> {
    store::owner::place(conn, id).await
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

/// What fires of an incident as messages tell it, the worst first, at most so many; and how many there are (50 at most).
pub(crate) async fn telling(conn: &mut AnyConnection, incident: &IncidentId, most: usize) -> Result<(Vec<Value>, usize), Fault> {
    let rows = store::firing_of(conn, incident).await?;
    let mut told = Vec::new();
    for row in rows.iter().take(most) {
        let runbook = store::read_labels(&row.annotations)?.remove(RUNBOOK).unwrap_or_default();
        told.push(json!({ "id": row.id, "title": row.title, "detail": row.detail, "severity": Severity::from_rank(row.severity),
            "runbook": runbook, "path": format!("/alerts/{}", row.id) }));
        said(told.last_mut(), row.told()?);
    }
    Ok((told, rows.len()))
}

/// Puts what an alert says in each language beside the facts of it.
fn said(of: Option<&mut Value>, told: Value) {
    if let (Some(of), false) = (of, told.is_null()) {
        of["told"] = told;
    }
}

/// An alert belongs to an incident, which is about to tell of it.
pub(crate) async fn join(conn: &mut AnyConnection, alert: &AlertId, incident: &IncidentId) -> Result<(), Fault> {
    store::owner::join(conn, alert, incident).await
}

/// Gives the alerts of one incident to another, into which it is merged; how many they were.
pub(crate) async fn move_to(tx: &mut WriteTx, from: &IncidentId, to: &IncidentId) -> Result<u64, Fault> {
    let moved = store::owner::move_to(tx, from, to).await?;
    if moved > 0 {
        tx.announce(Topic::Alerts, "", None);
    }
    Ok(moved)
}

/// Alerts of these sources that are not over, whether or not they fire by now, whoever asks.
pub(crate) async fn watched(conn: &mut AnyConnection, kinds: &[&str]) -> Result<Vec<Watched>, Fault> {
    store::watched(conn, kinds).await
}

/// Those of the systems on which an alert of severity 1 or 2 fires or recovers, each with the worst, whoever asks. What these monitors
/// see is left out.
pub(crate) async fn hurting(conn: &mut AnyConnection, systems: &[SystemId], but: &[MonitorId]) -> Result<Vec<(SystemId, Severity)>, Fault> {
    let but: Vec<String> = but.iter().map(|id| condition(monitors::SOURCE, id.as_str())).collect();
    store::hurting(conn, systems, &but).await
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

/// The alert that a source of ours has of a condition and that is not over; `None` where there is none.
pub(crate) async fn running_of(conn: &mut AnyConnection, source_kind: &str, source_id: &str) -> Result<Option<AlertId>, Fault> {
    store::running_of(conn, source_kind, source_id).await
}

/// How alerts within reach stand, in figures.
pub(crate) async fn standing(conn: &mut AnyConnection, reach: &Reach) -> Result<Standing, Fault> {
    store::standing(conn, reach).await
}

/// What was posted and refused last.
pub(crate) async fn refused(conn: &mut AnyConnection) -> Result<Option<RefusedAlerts>, Fault> {
    store::refused(conn).await
}

/// Forgets alerts that were over before, with their history: at most about `limit` rows. What an open incident needs stays.
pub async fn forget(conn: &mut AnyConnection, before: Timestamp, limit: u32) -> Result<u64, Fault> {
    let open = incidents::open_ids(conn).await?;
    Ok(store::forget(conn, before, &open, limit).await? + silences::forget(conn, before, limit).await?)
}

/// Acknowledges every alert of an incident that lasts and that nobody has acknowledged; gives how many.
pub(crate) async fn acknowledge_of(tx: &mut WriteTx, ctx: &Context, actor: &Actor, incident: &IncidentId) -> Result<u64, Fault> {
    let ids = store::lasting_of(tx, incident).await?;
    if ids.is_empty() { Ok(0) } else { Service::new(ctx.clone()).acknowledge_these(tx, actor, &ids).await }
}
