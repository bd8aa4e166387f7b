//! How an attempt ended, written down: in the ledger, on the timeline of the incident, and for whoever steps in.

use domain::{
    Fault, Timestamp,
    deliveries::{Manner, Outcome, State, after_attempt},
    id::{ChannelId, DeliveryId, IncidentId, TeamId, UserId},
    incidents::EntryKind,
    live::Topic,
    status::GONE_MS,
    time::MINUTE,
};

use super::{
    ENGINE, ailing,
    send::Load,
    store::{
        self, Ended, Job,
        channels::{self, read_json},
        contacts, subscribers,
    },
};
use crate::{Context, WriteTx, db::stored, incidents};

/// Records an attempt that was begun at a moment, of the message and of all that were told along with it.
pub(super) async fn ended(ctx: &Context, load: &Load, begun: Timestamp, outcome: &Outcome) -> Result<(), Fault> {
    let (now, job) = (ctx.now(), &load.job);
    let manner: Manner = read_json(&job.manner)?;
    let (state, due) = after_attempt(outcome, job.attempts, now, &job.id);
    let (status, error, receipt) = match outcome {
        Outcome::Arrived { status, receipt } => (*status, String::new(), receipt.clone()),
        Outcome::Refused { status, why, .. } => (*status, why.chars().take(500).collect(), String::new()),
        Outcome::Failed(error) => (None, error.chars().take(500).collect(), String::new()),
    };
    let mut tx = ctx.begin_write().await?;
    let mut next = due;
    if state == State::Waiting
        && let Some(at) = passing_on(&manner, job, now)
        && at < due
        && usable(&mut tx, ctx, job, &manner).await?.is_some()
    {
        next = at;
    }
    let (ms, status) = (now.since(begun).max(0), status.map(i64::from));
    let mut ended = Ended { state, next, ms, status, error: &error, receipt: &receipt, summed_in: None };
    if !store::record(&mut tx, job, &ended, now).await? {
        return Ok(());
    }
    follow(&mut tx, ctx, job, &manner, &ended, now).await?;
    if state == State::Delivered {
        ended.summed_in = Some(&job.id);
    }
    for other in &load.also {
        if store::record(&mut tx, other, &ended, now).await? {
            follow(&mut tx, ctx, other, &manner, &ended, now).await?;
        }
    }
    if !asked_for(job) || outcome.arrived() {
        ailing::attempted(&mut tx, ctx, job, outcome.arrived(), state == State::Dead, &error).await?;
    }
    if matches!(outcome, Outcome::Refused { gone: true, .. }) && !job.user_id.is_empty() {
        // The browser has unsubscribed: whoever wants messages there subscribes again.
        contacts::turn_off(&mut tx, &job.channel_id).await?;
    }
    if state == State::Dead && subscribers::remove_gone(&mut tx, &job.channel_id, now.plus(-GONE_MS), now).await? {
        tracing::info!(channel = job.channel_id, "a subscriber whom nothing has reached for a month is told nothing more");
    }
    tx.commit().await
}

/// Does what hangs on an attempt that was recorded.
async fn follow(tx: &mut WriteTx, ctx: &Context, job: &Job, manner: &Manner, ended: &Ended<'_>, now: Timestamp) -> Result<(), Fault> {
    note(tx, ctx, job, ended).await?;
    step_in(tx, ctx, job, manner, ended.state, now).await?;
    if matches!(ended.state, State::Delivered | State::Dead) {
        store::release(tx, &job.id, (ended.state == State::Dead).then_some(now)).await?;
    }
    Ok(())
}

/// When the fallback is to be told although this channel has not given up; `None` where that is over, was done, or never will be.
fn passing_on(manner: &Manner, job: &Job, now: Timestamp) -> Option<Timestamp> {
    let minutes = manner.fallback.as_ref().and(manner.fallback_after).filter(|_| job.passed_on == 0 && !asked_for(job))?;
    let at = Timestamp(job.first_failed_at.unwrap_or(now.0)).plus(i64::from(minutes) * MINUTE);
    // From then on each attempt tries it: nothing hurries the next one.
    (at > now).then_some(at)
}

/// The fallback, where it can be told anything now: it may be off, removed, or not confirmed yet.
async fn usable(tx: &mut WriteTx, ctx: &Context, job: &Job, manner: &Manner) -> Result<Option<ChannelId>, Fault> {
    let Some(fallback) = manner.fallback.as_ref() else { return Ok(None) };
    let usable: Vec<ChannelId> = match UserId::parse(&job.user_id) {
        // One of the same person's.
        Some(user) => contacts::usable(tx, &user, ctx.mail).await?.into_iter().filter(|id| id == fallback).collect(),
        None => channels::enabled(tx, std::slice::from_ref(fallback)).await?,
    };
    Ok(usable.into_iter().next())
}

/// Has the fallback tell it, where this channel gave up or has failed for too long.
async fn step_in(tx: &mut WriteTx, ctx: &Context, job: &Job, manner: &Manner, state: State, now: Timestamp) -> Result<(), Fault> {
    if manner.fallback.is_none() {
        return Ok(());
    }
    let late = manner
        .fallback_after
        .is_some_and(|minutes| job.first_failed_at.is_some_and(|since| now.since(Timestamp(since)) >= i64::from(minutes) * MINUTE));
    if !(state == State::Dead || (state == State::Waiting && (late || job.passed_on == 1))) || asked_for(job) {
        return Ok(());
    }
    // What waits for it to leave through this channel would come as late to the other one.
    let mut told = if job.passed_on == 0 { vec![(job.id.clone(), job.team_id.clone())] } else { Vec::new() };
    told.extend(store::followers(tx, &job.id).await?.into_iter().map(|other| (other.id, other.team_id)));
    if told.is_empty() {
        return Ok(());
    }
    let Some(channel) = usable(tx, ctx, job, manner).await? else { return Ok(()) };
    for (from, team) in told {
        let id: DeliveryId = ctx.new_id();
        if store::pass_on(tx, &id, &from, channel.as_str(), now).await? {
            tx.announce(Topic::Deliveries, &id, TeamId::parse(&team).as_ref());
            tx.ring(ENGINE);
        }
        store::set_passed_on(tx, &from).await?;
    }
    Ok(())
}

fn asked_for(job: &Job) -> bool {
    domain::deliveries::Notify::parse(&job.event).is_some_and(domain::deliveries::Notify::is_asked_for)
}

/// Says on live pages and on the timeline how a delivery stands.
async fn note(tx: &mut WriteTx, ctx: &Context, job: &Job, ended: &Ended<'_>) -> Result<(), Fault> {
    tx.announce(Topic::Deliveries, &job.id, TeamId::parse(&job.team_id).as_ref());
    let told = format!("{} → {}", job.event, job.channel_name);
    let (kind, told) = match ended.state {
        State::Delivered => (EntryKind::Delivered, told),
        State::Dead => (EntryKind::DeliveryFailed, format!("{told}: {}", ended.error)),
        State::Waiting | State::Sending => return Ok(()),
    };
    entry(tx, ctx, job.incident_id.as_deref(), kind, &told, &job.id).await
}

/// Says on the timeline that what a removed channel left behind was given up.
pub(super) async fn buried(tx: &mut WriteTx, ctx: &Context, left: &store::Left, why: &str) -> Result<(), Fault> {
    let told = format!("{} → {}: {why}", left.event, left.channel_name);
    entry(tx, ctx, left.incident_id.as_deref(), EntryKind::DeliveryFailed, &told, &left.id).await
}

/// Writes into the timeline of the incident that a delivery concerns, if it concerns one.
async fn entry(tx: &mut WriteTx, ctx: &Context, incident: Option<&str>, kind: EntryKind, told: &str, delivery: &str) -> Result<(), Fault> {
    let Some(incident) = incident else { return Ok(()) };
    let incident: IncidentId = stored(incident)?;
    incidents::note(tx, ctx, &incident, ENGINE, kind, told, Some(&format!("/admin/deliveries/{delivery}"))).await
}
