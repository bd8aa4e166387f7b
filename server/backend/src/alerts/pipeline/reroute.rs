//! The routes were edited: what fires goes where they lead now, and what is owed stays owed.
//!
//! The edit only says of every group that the routes do not lead there any more. The dispatcher then leads what fires by the routes
//! in force, some alerts in each write: each of them knows which version led it, so whatever interrupts this, none is forgotten.

use std::collections::HashMap;

use domain::{
    Fault, Timestamp,
    alerts::{State, Told},
};

use super::{
    NAME,
    groups::{Way, ways},
    judge::Judge,
    owed::{Hearers, tell_alike},
    store::{self, Member},
};
use crate::{Context, WriteTx, alerts::store as alerts};

/// Alerts that are led in one write.
const TOGETHER: u32 = 500;

/// The routes in force are others now.
pub(in crate::alerts) async fn reroute(tx: &mut WriteTx) -> Result<(), Fault> {
    store::leave_all(tx).await?;
    tx.ring(NAME);
    Ok(())
}

/// Groups that have spoken, and will speak again, do so now; gives how many. What was told is not told again.
pub(in crate::alerts) async fn call_spoken(tx: &mut WriteTx, now: Timestamp) -> Result<u64, Fault> {
    let called = store::call_spoken(tx, now).await?;
    tx.ring(NAME);
    Ok(called)
}

/// Leads some of what fires by the routes in force; `None` when nothing was left to lead, otherwise how many there were. An alert
/// that was told to a receiver is not told to it again because its group is another now, unless others hear by way of the receiver; one
/// whose receiver is not among its routes any more stays in its old group, which only tells its end.
pub(super) async fn lead(tx: &mut WriteTx, ctx: &Context) -> Result<Option<u64>, Fault> {
    let judge = Judge::begin(tx, ctx.now()).await?;
    let routing = judge.routing.clone();
    let behind = store::behind(tx, judge.version, TOGETHER).await?;
    if behind.is_empty() {
        return Ok(None);
    }
    let mut rows = alerts::take(tx, &behind).await?;
    for row in &mut rows {
        row.routed = judge.version;
    }
    alerts::save(tx, &rows.iter().collect::<Vec<_>>()).await?;
    let mut firing = Vec::with_capacity(rows.len());
    for row in &rows {
        if matches!(row.state()?, State::Firing | State::Recovering) {
            firing.push(row);
        }
    }
    let ids: Vec<&str> = firing.iter().map(|row| row.id.as_str()).collect();
    let mut before: HashMap<String, Vec<Member>> = HashMap::new();
    for member in store::members_of(tx, &ids).await? {
        before.entry(member.alert.clone()).or_default().push(member);
    }
    let old: Vec<&str> = before.values().flatten().map(|member| member.group.as_str()).collect();
    let old = store::by_id(tx, &old).await?;
    let mut hearers = Hearers::default();
    let (wanted, ways) = ways(ctx, &judge, &routing, firing.iter().copied())?;
    let wanted: Vec<_> = wanted.into_values().map(|wanted| wanted.row).collect();
    let groups: HashMap<_, _> = store::take_or_make(tx, &wanted)
        .await?
        .into_iter()
        .map(|group| ((group.group_key.clone(), group.receiver.clone()), (group, false)))
        .collect();
    let (mut groups, mut members, mut gone) = (groups, Vec::new(), Vec::new());
    for Way { alert, route, key } in ways {
        let (group, fresh) = groups.get_mut(&key).ok_or(Fault::Internal)?;
        let before = before.entry(alert.id.clone()).or_default();
        // Of several old groups of this receiver, the one that was told.
        let place = before
            .iter()
            .enumerate()
            .filter(|(_, member)| old.get(&member.group).is_some_and(|old| old.receiver == route.receiver))
            .max_by_key(|(_, member)| member.told == Told::Firing)
            .map(|(place, _)| place);
        let member = match place.map(|place| before.swap_remove(place)) {
            Some(mut member) => {
                let old = old.get(&member.group).ok_or(Fault::Internal)?;
                if !tell_alike(old, group) {
                    hearers.turn(tx, &mut member, old, &alert.team()?).await?;
                }
                // Whoever was told is told again as if nobody had edited anything.
                if member.told == Told::Firing {
                    group.told_at = group.told_at.into_iter().chain(old.told_at.or(member.at)).min();
                }
                gone.push((std::mem::replace(&mut member.group, group.id.clone()), alert.id.clone()));
                member
            }
            None => Member::fresh(&group.id, &alert.id),
        };
        *fresh |= member.told == Told::Nothing || member.anew;
        members.push(member);
    }
    store::remove(tx, &gone.iter().map(|(group, alert)| (group.as_str(), alert.as_str())).collect::<Vec<_>>()).await?;
    store::add(tx, &members).await?;
    let led: Vec<_> = groups.values().filter(|(group, _)| group.told_at.is_some()).map(|(group, _)| group.clone()).collect();
    store::save(tx, &led).await?;
    let at_rest = groups.values().filter(|(group, _)| group.next_at.is_none());
    let next: Vec<_> =
        at_rest.map(|(group, fresh)| (group.id.clone(), ctx.now().plus(if *fresh { group.wait_ms } else { group.interval_ms }))).collect();
    store::set_next(tx, &next).await?;
    // However many they are: each tells its ends, and drops what was never told.
    store::wake_leaving(tx, ctx.now()).await?;
    Ok(Some(rows.len() as u64))
}
