//! The routes were edited: what fires goes where they lead now, and what is owed stays owed.

use std::collections::HashMap;

use domain::{Fault, alerts::Told};

use super::{NAME, groups, judge::Judge, store};
use crate::{Context, WriteTx};

/// Alerts that are led anew in one act; what fires beyond is led by its next firing.
const MOST: u32 = 20_000;

/// Leads everything that fires by the routes in force. An alert that was told to a receiver is not told to it again because its
/// group is another now; one whose receiver is not among its routes any more stays in its old group, which only tells its end.
pub(in crate::alerts) async fn reroute(tx: &mut WriteTx, ctx: &Context) -> Result<(), Fault> {
    let judge = Judge::begin(tx, ctx.now()).await?;
    let routing = judge.routing.clone();
    let receivers = store::leave_all(tx).await?;
    let mut fresh: HashMap<String, bool> = HashMap::new();
    for alert in store::lasting(tx, MOST).await? {
        let labels = alert.labels()?;
        let mut before = store::members_of(tx, Some(&alert.id), None).await?;
        for route in routing.routes_of(&labels) {
            let group = store::take_or_make(tx, &groups::group_of(ctx, &judge, route, &alert, &labels)).await?;
            // Of several old groups of this receiver, the one that was told.
            let place = before
                .iter()
                .enumerate()
                .filter(|(_, (id, ..))| receivers.get(id) == Some(&route.receiver))
                .max_by_key(|(_, (_, _, told, _))| *told == Told::Firing)
                .map(|(place, _)| place);
            let (told, at) = match place.map(|place| before.swap_remove(place)) {
                Some((id, _, told, at)) => {
                    store::remove(tx, &id, std::slice::from_ref(&alert.id)).await?;
                    (told, at)
                }
                None => (Told::Nothing, None),
            };
            store::add(tx, &group.id, &alert.id, told, at).await?;
            let entry = fresh.entry(group.id.clone()).or_insert(false);
            *entry |= told == Told::Nothing;
            if group.next_at.is_none() {
                let wait = if *entry { route.group_wait } else { route.group_interval };
                store::set_next(tx, &group.id, Some(ctx.now().plus(wait))).await?;
            }
        }
    }
    // However many they are: the dispatcher lets each tell its ends, and drop what was never told.
    store::wake_leaving(tx, ctx.now()).await?;
    tx.ring(NAME);
    Ok(())
}
