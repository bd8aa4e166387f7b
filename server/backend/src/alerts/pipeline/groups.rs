//! Groups: an alert enters them when it fires, and calls them when it is over.

use std::collections::{BTreeMap, HashMap};

use domain::{
    Fault, Timestamp,
    alerts::{
        DecisionKind, Labels, Route, Routing,
        labels::{ALERTNAME, is_foreign},
        matcher::print_labels,
    },
};
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::AnyConnection;

use super::{
    NAME,
    flush::flush,
    judge::Judge,
    store::{self, Decided, GroupRow, Member},
};
use crate::{
    Context, WriteTx,
    alerts::store::{AlertRow, indexed, read_labels, written},
};

/// The group of an alert on a route, as it would be made.
fn group_of(ctx: &Context, judge: &Judge, route: &Route, alert: &AlertRow, labels: &Labels) -> GroupRow {
    let own = route.group_labels(labels);
    let standing = judge.routing.standing;
    let receiver = judge.routing.receiver(&route.receiver);
    GroupRow {
        id: ctx.new_id::<domain::id::GroupId>().to_string(),
        // Where nobody wrote any routes every alert is told by itself, whatever its labels are.
        group_key: if standing { alert.id.clone() } else { indexed(&format!("{}:{}", route.key, print_labels(&own))).into_owned() },
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

/// Alerts have begun to fire: they enter their groups, and what the routes made of each is written down.
pub(in crate::alerts) async fn enter(tx: &mut WriteTx, ctx: &Context, judge: &mut Judge, alerts: &[&AlertRow]) -> Result<(), Fault> {
    if alerts.is_empty() {
        return Ok(());
    }
    let (now, routing) = (ctx.now(), judge.routing.clone());
    let (wanted, ways) = ways(ctx, judge, &routing, alerts.iter().copied())?;
    // Those that are there first, as where others end: whoever makes one holds it, and may wait for none of these.
    if wanted.len() > 1 && !routing.standing {
        let ids = there(tx, &wanted).await?;
        if !ids.is_empty() {
            store::take(tx, &ids).await?;
        }
    }
    let rows: Vec<GroupRow> = wanted.values().map(|wanted| wanted.row.clone()).collect();
    let mut groups: HashMap<Key, GroupRow> = HashMap::with_capacity(rows.len());
    let mut fresh = Vec::new();
    for mut group in store::take_or_make(tx, &rows).await? {
        let key = (group.group_key.clone(), group.receiver.clone());
        if group.next_at.is_none() && group.flushed_at.is_none() {
            let waited = wanted.get(&key).is_some_and(|wanted| wanted.waited);
            let next = if waited { now } else { now.plus(group.wait_ms) };
            group.next_at = Some(next.0);
            fresh.push((group.id.clone(), next));
        }
        groups.insert(key, group);
    }
    store::set_next(tx, &fresh).await?;
    let (mut members, mut told): (Vec<Member>, HashMap<&str, Vec<serde_json::Value>>) = (Vec::new(), HashMap::new());
    for Way { alert, route, key } in ways {
        let group = groups.get(&key).ok_or(Fault::Internal)?;
        let alert = alert.id.as_str();
        members.push(Member::fresh(&group.id, alert));
        told.entry(alert).or_default().push(json!({ "group": group.id, "receiver": group.receiver, "place": group.place,
            "key": group.group_key, "wait_ms": route.group_wait, "interval_ms": route.group_interval, "repeat_ms": route.repeat_interval,
            "next_at": group.next_at.map(|at| Timestamp(at).rfc3339()) }));
    }
    store::add(tx, &members).await?;
    let mut decided = Vec::with_capacity(alerts.len());
    for alert in alerts {
        let considered = if routing.standing { Vec::new() } else { routing.consider(&alert.labels()?) };
        let groups = told.remove(alert.id.as_str()).unwrap_or_default();
        let data = json!({ "version": judge.version, "standing": routing.standing, "routes": considered, "groups": groups });
        decided.push(Decided { alert: alert.id.clone(), kind: DecisionKind::Routed, data });
    }
    store::decide(tx, ctx, &decided).await?;
    if routing.standing {
        let ids: Vec<&str> = members.iter().map(|member| member.group.as_str()).collect();
        flush(tx, ctx, judge, &ids).await?;
    } else if groups.values().any(|group| group.next_at.is_some_and(|next| next <= now.0)) {
        tx.ring(NAME);
    }
    Ok(())
}

/// Key and receiver of a group: the order in which groups are locked.
pub(super) type Key = (String, String);

/// A group that alerts want to enter, and whether one of them has fired for as long as it waits.
pub(super) struct Wanted {
    pub(super) row: GroupRow,
    waited: bool,
}

/// An alert on its way into one group.
pub(super) struct Way<'a> {
    pub(super) alert: &'a AlertRow,
    pub(super) route: &'a Route,
    pub(super) key: Key,
}

/// Where the routes lead these.
pub(super) fn ways<'a>(
    ctx: &Context,
    judge: &Judge,
    routing: &'a Routing,
    alerts: impl Iterator<Item = &'a AlertRow>,
) -> Result<(BTreeMap<Key, Wanted>, Vec<Way<'a>>), Fault> {
    let mut wanted: BTreeMap<Key, Wanted> = BTreeMap::new();
    let mut ways = Vec::new();
    for alert in alerts {
        let labels = alert.labels()?;
        for route in routing.routes_of(&labels) {
            let row = group_of(ctx, judge, route, alert, &labels);
            let key = (row.group_key.clone(), row.receiver.clone());
            // As upstream: what has fired for longer than a group waits is not kept waiting.
            let waited = ctx.now().since(Timestamp(alert.started_at)) >= route.group_wait;
            wanted.entry(key.clone()).or_insert_with(|| Wanted { row, waited: false }).waited |= waited;
            ways.push(Way { alert, route, key });
        }
    }
    Ok((wanted, ways))
}

/// Alerts that had fired are over: where one is told by itself, at once; else when its group speaks next.
pub(in crate::alerts) async fn end(tx: &mut WriteTx, ctx: &Context, judge: &mut Judge, alerts: &[&AlertRow]) -> Result<(), Fault> {
    if alerts.is_empty() {
        return Ok(());
    }
    let ids = store::group_ids(tx, &alerts.iter().map(|alert| alert.id.as_str()).collect::<Vec<_>>()).await?;
    // Locked before they are looked at: one that speaks just now still sees such an alert firing, and may lay itself to rest.
    let groups = store::take(tx, &ids).await?;
    let standing: Vec<&str> = groups.iter().filter(|group| group.standing == 1).map(|group| group.id.as_str()).collect();
    flush(tx, ctx, judge, &standing).await?;
    let now = ctx.now();
    let at_rest = groups.iter().filter(|group| group.standing == 0 && group.next_at.is_none());
    let called: Vec<(String, Timestamp)> = at_rest.map(|group| (group.id.clone(), now)).collect();
    if !called.is_empty() {
        store::set_next(tx, &called).await?;
        tx.ring(NAME);
    }
    Ok(())
}

/// Locks the groups of these alerts for this transaction.
pub(in crate::alerts) async fn hold(tx: &mut WriteTx, alerts: &[&str]) -> Result<(), Fault> {
    let ids = store::group_ids(tx, alerts).await?;
    for some in ids.chunks(5_000) {
        store::take(tx, some).await?;
    }
    Ok(())
}

/// Locks, for this transaction and in one order, the groups that some are about to enter, as far as there are any, and those of others that
/// are over. Where each is told by itself, they are locked so anyway.
pub(in crate::alerts) async fn hold_both(
    tx: &mut WriteTx,
    ctx: &Context,
    judge: &Judge,
    firing: &[&AlertRow],
    over: &[&AlertRow],
) -> Result<(), Fault> {
    if judge.routing.standing {
        return Ok(());
    }
    let (wanted, _) = ways(ctx, judge, &judge.routing, firing.iter().copied())?;
    let mut ids = if over.is_empty() {
        Vec::new()
    } else {
        store::group_ids(tx, &over.iter().map(|alert| alert.id.as_str()).collect::<Vec<_>>()).await?
    };
    ids.extend(there(tx, &wanted).await?);
    if ids.is_empty() { Ok(()) } else { store::take(tx, &ids).await.map(drop) }
}

/// Ids of those that are there already.
async fn there(conn: &mut AnyConnection, wanted: &BTreeMap<Key, Wanted>) -> Result<Vec<String>, Fault> {
    let keys: Vec<&str> = wanted.keys().map(|(key, _)| key.as_str()).collect();
    if keys.is_empty() { Ok(Vec::new()) } else { store::ids_under(conn, &keys).await }
}

/// Alerts that fire are worse than they were: where one is told by itself, at once; else when its group speaks next.
pub(in crate::alerts) async fn worse(tx: &mut WriteTx, ctx: &Context, judge: &mut Judge, alerts: &[&AlertRow]) -> Result<(), Fault> {
    if alerts.is_empty() {
        return Ok(());
    }
    let ids = store::group_ids(tx, &alerts.iter().map(|alert| alert.id.as_str()).collect::<Vec<_>>()).await?;
    let groups = store::by_id(tx, &ids.iter().map(String::as_str).collect::<Vec<_>>()).await?;
    let standing: Vec<&str> = groups.values().filter(|group| group.standing == 1).map(|group| group.id.as_str()).collect();
    flush(tx, ctx, judge, &standing).await.map(drop)
}

/// Labels of a group.
pub(in crate::alerts) fn labels_of(group: &GroupRow) -> Result<Labels, Fault> {
    read_labels(&group.labels)
}
