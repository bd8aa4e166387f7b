//! Groups: an alert enters them when it fires, and they speak when their time has come.

use std::collections::{HashMap, HashSet};

use domain::{
    Fault, Timestamp,
    alerts::{
        DecisionKind, Labels, Reason, Route, Told,
        group::{Member, is_done, speak},
        labels::{ALERTNAME, is_foreign},
        matcher::print_labels,
    },
};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    NAME,
    judge::{Judge, Subject},
    payload,
    store::{self, GroupRow},
};
use crate::{
    Context, WriteTx,
    alerts::store::{AlertRow, read_labels, written},
    deliveries,
};

/// Alerts of a group of which a message tells one by one.
const TOLD_EACH: usize = 100;

/// The group of an alert on a route, as it would be made.
pub(super) fn group_of(ctx: &Context, judge: &Judge, route: &Route, alert: &AlertRow, labels: &Labels) -> GroupRow {
    let own = route.group_labels(labels);
    let standing = judge.routing.standing;
    let receiver = judge.routing.receiver(&route.receiver);
    GroupRow {
        id: ctx.new_id::<domain::id::GroupId>().to_string(),
        // Where nobody wrote any routes every alert is told by itself, whatever its labels are.
        group_key: if standing { alert.id.clone() } else { format!("{}:{}", route.key, print_labels(&own)) },
        receiver: route.receiver.clone(),
        place: route.place.clone(),
        labels: written(&own),
        channels: store::list(receiver.map_or(&[], |receiver| &receiver.channels)),
        tells_team: i64::from(receiver.is_some_and(|receiver| receiver.team)),
        send_resolved: i64::from(receiver.is_none_or(|receiver| receiver.send_resolved)),
        wait_ms: route.group_wait,
        interval_ms: route.group_interval,
        repeat_ms: route.repeat_interval,
        mute: store::list(&route.mute),
        active: store::list(&route.active),
        standing: i64::from(standing),
        leaving: 0,
        said: 0,
        next_at: None,
        flushed_at: None,
        told_at: None,
        created_at: ctx.now().0,
    }
}

/// What makes alerts that name no system one disturbance: the group in which they are told first; where nobody wrote any routes, what
/// others call them, or the condition that our own source watches. Hashed, because labels may be longer than an index likes.
pub(in crate::alerts) fn cause(judge: &Judge, alert: &AlertRow) -> Result<String, Fault> {
    let labels = alert.labels()?;
    let routes = judge.routing.routes_of(&labels);
    let text = match routes.first() {
        Some(route) if !judge.routing.standing => format!("{}:{}", route.key, print_labels(&route.group_labels(&labels))),
        _ if is_foreign(&alert.source_kind) => format!("{}:{}", alert.source_kind, labels.get(ALERTNAME).unwrap_or(&alert.title)),
        _ => alert.fingerprint.clone(),
    };
    Ok(format!("group:{}", Sha256::digest(text).iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>()))
}

/// An alert has begun to fire: it enters its groups, and what the routes made of it is written down.
pub(in crate::alerts) async fn enter(tx: &mut WriteTx, ctx: &Context, judge: &mut Judge, alert: &AlertRow) -> Result<(), Fault> {
    let (now, labels) = (ctx.now(), alert.labels()?);
    let routing = judge.routing.clone();
    let mut told = Vec::new();
    for route in routing.routes_of(&labels) {
        let group = store::take_or_make(tx, &group_of(ctx, judge, route, alert, &labels)).await?;
        store::add(tx, &group.id, &alert.id, Told::Nothing, None).await?;
        let fresh = group.next_at.is_none() && group.flushed_at.is_none();
        // As upstream: what has fired for longer than a group waits is not kept waiting.
        let waited = now.since(Timestamp(alert.started_at)) >= route.group_wait;
        let next = if !fresh {
            group.next_at.map(Timestamp)
        } else if waited {
            Some(now)
        } else {
            Some(now.plus(route.group_wait))
        };
        if fresh {
            store::set_next(tx, &group.id, next).await?;
        }
        told.push(json!({ "group": group.id, "receiver": group.receiver, "place": group.place, "key": group.group_key,
            "wait_ms": route.group_wait, "interval_ms": route.group_interval, "repeat_ms": route.repeat_interval,
            "next_at": next.map(Timestamp::rfc3339) }));
        if routing.standing {
            flush(tx, ctx, judge, &group.id).await?;
        } else if next.is_some_and(|next| next <= now) {
            tx.ring(NAME);
        }
    }
    let considered = if routing.standing { Vec::new() } else { routing.consider(&labels) };
    let data = json!({ "version": judge.version, "standing": routing.standing, "routes": considered, "groups": told });
    store::decide(tx, ctx, &alert.id, DecisionKind::Routed, &data).await
}

/// An alert that had fired is over: where it is told by itself, at once; else when its group speaks next.
pub(in crate::alerts) async fn end(tx: &mut WriteTx, ctx: &Context, judge: &mut Judge, alert: &AlertRow) -> Result<(), Fault> {
    for group in store::groups_of(tx, &alert.id).await? {
        if group.standing == 1 {
            flush(tx, ctx, judge, &group.id).await?;
            continue;
        }
        // Locked before it is looked at: one that speaks just now still sees this alert firing, and may lay itself to rest.
        if store::take(tx, &group.id).await?.is_some_and(|group| group.next_at.is_none()) {
            store::set_next(tx, &group.id, Some(ctx.now())).await?;
            tx.ring(NAME);
        }
    }
    Ok(())
}

/// The time of a group has come: it says what is to be said. Gives whether there was such a group.
pub(super) async fn flush(tx: &mut WriteTx, ctx: &Context, judge: &mut Judge, id: &str) -> Result<bool, Fault> {
    let Some(mut group) = store::take(tx, id).await? else { return Ok(false) };
    let now = ctx.now();
    let told: HashMap<String, Told> =
        store::members_of(tx, None, Some(id)).await?.into_iter().map(|(_, alert, told, _)| (alert, told)).collect();
    let alerts = store::alerts_in(tx, &group.id).await?;
    let mute = judge.routing.mute_by(&store::read_list(&group.mute), &store::read_list(&group.active), now);
    let mut members = Vec::with_capacity(alerts.len());
    let mut held: Vec<Vec<Reason>> = Vec::with_capacity(alerts.len());
    for alert in &alerts {
        let was = told.get(&alert.id).copied().unwrap_or(Told::Nothing);
        let over = alert.state()?.is_over();
        let reasons = if over { Vec::new() } else { judge.reasons(tx, &Subject::of(alert)?).await? };
        // What the routes do not lead here any more is told by others.
        let quiet = mute.is_some() || group.leaving == 1 || !reasons.is_empty();
        members.push(Member { over, quiet, told: was });
        held.push(reasons);
    }
    let repeat = group.repeat_ms > 0 && group.told_at.is_some_and(|at| now.0 >= at + group.repeat_ms);
    let said = speak(&members, repeat);
    if said.iter().any(Option::is_some) {
        group.said += 1;
        group.told_at = Some(now.0);
        let news: Vec<(&AlertRow, Told)> = alerts.iter().zip(&said).filter_map(|(alert, said)| Some((alert, (*said)?))).collect();
        send(tx, ctx, &group, &news).await?;
    }
    let mut gone = Vec::new();
    for ((alert, member), (said, reasons)) in alerts.iter().zip(&mut members).zip(said.iter().zip(&held)) {
        if let Some(said) = *said
            && said != member.told
        {
            store::tell(tx, &group.id, &alert.id, said, now).await?;
            member.told = said;
        }
        if said.is_none() && !member.over && member.told == Told::Nothing && mute.is_some() && reasons.is_empty() {
            let data = json!({ "group": group.id, "receiver": group.receiver, "interval": mute });
            note_once(tx, ctx, alert, DecisionKind::Held, &data).await?;
        }
        if is_done(member) || group.leaving == 1 && member.told != Told::Firing {
            gone.push(alert.id.clone());
        }
    }
    store::remove(tx, &group.id, &gone).await?;
    let gone: HashSet<String> = gone.into_iter().collect();
    let left: Vec<_> = members.iter().zip(&alerts).filter(|(_, alert)| !gone.contains(&alert.id)).collect();
    // One that only waits for an end, and never repeats, is called by the end; one that is kept quiet, by its release.
    let called = |member: &Member, alert: &AlertRow| {
        !member.over && (member.told == Told::Firing || group.standing == 1 && member.quiet && alert.is_suppressed())
    };
    let at_rest = (group.standing == 1 || group.leaving == 1) && left.iter().all(|(member, alert)| called(member, alert));
    group.next_at = (!at_rest).then(|| now.plus(group.interval_ms.max(1_000)).0);
    group.flushed_at = Some(now.0);
    store::save(tx, &group).await?;
    if left.is_empty() {
        store::end(tx, &group.id).await?;
    }
    Ok(true)
}

/// Writes a decision down unless it is the last one already.
async fn note_once(tx: &mut WriteTx, ctx: &Context, alert: &AlertRow, kind: DecisionKind, data: &serde_json::Value) -> Result<(), Fault> {
    let last = store::decisions(tx, &crate::db::stored(&alert.id)?).await?.pop();
    if last.is_some_and(|last| last.kind == kind && last.data == *data) {
        return Ok(());
    }
    store::decide(tx, ctx, &alert.id, kind, data).await
}

/// One notification of a group: a row of the outbox for each of its channels, and a decision on each alert. No alert is locked
/// here: who observes locks alerts first and their groups then.
async fn send(tx: &mut WriteTx, ctx: &Context, group: &GroupRow, news: &[(&AlertRow, Told)]) -> Result<(), Fault> {
    let mut channels = 0;
    let key = format!("group-{}-{}", group.id, group.said);
    // An end that nobody wants to hear is told all the same, as far as the books are concerned.
    let wanted: Vec<(&AlertRow, Told)> =
        news.iter().copied().filter(|(_, told)| *told == Told::Firing || group.send_resolved == 1).collect();
    if group.standing == 1 {
        for (alert, told) in &wanted {
            payload::alone(tx, ctx, alert, *told).await?;
        }
    } else if let Some((first, _)) = wanted.first() {
        let ids = deliveries::named(tx, &store::read_list(&group.channels)).await?;
        if !ids.is_empty() {
            let notice = payload::notice(tx, ctx, group, &wanted, &key, TOLD_EACH).await?;
            channels += deliveries::enqueue_to(tx, ctx, &ids, notice).await?;
        }
        if group.tells_team == 1 {
            let mut teams: Vec<&str> = wanted.iter().map(|(alert, _)| alert.team_id.as_str()).collect();
            teams.sort_unstable();
            teams.dedup();
            for team in teams {
                let theirs: Vec<_> = wanted.iter().copied().filter(|(alert, _)| alert.team_id == team).collect();
                let notice = payload::notice(tx, ctx, group, &theirs, &format!("{key}-{team}"), TOLD_EACH).await?;
                deliveries::enqueue(tx, ctx, notice).await?;
            }
        }
        tracing::debug!(group = group.id, receiver = group.receiver, alert = first.id, "a group speaks");
    }
    for (alert, told) in news {
        let data = json!({ "group": group.id, "receiver": group.receiver, "told": told, "alerts": news.len(), "number": group.said,
            "key": if group.standing == 1 { payload::key_alone(alert, *told) } else { key.clone() },
            "standing": group.standing == 1, "team": group.tells_team == 1, "channels": channels });
        store::decide(tx, ctx, &alert.id, DecisionKind::Told, &data).await?;
    }
    Ok(())
}

/// Labels of a group.
pub(in crate::alerts) fn labels_of(group: &GroupRow) -> Result<Labels, Fault> {
    read_labels(&group.labels)
}
