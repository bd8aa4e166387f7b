//! Deliveries: the outbox that facts write into, the engine that empties it, the channels it empties into.
//!
//! **Architecture invariants:** nothing is sent inside a transaction; a row is sent only by whoever has claimed it
//! with one conditional update, and whose claim still stands right before; the same key reaches a channel's outbox once and travels with every attempt. People read
//! of an incident and of the alerts that open or end it in one message, programs in one each; both find a row for each. What a channel is
//! told of one thing leaves one after the other. Nothing leaves
//! the outbox unsent but by being given up, with the reason: a channel that is removed leaves its ledger behind.
//!
//! | file | tells |
//! |---|---|
//! | `account` | the mail address of an account, a contact method by itself |
//! | `ailing` | a channel through which nothing arrives is an alert |
//! | `engine`, `record` | what is due is claimed, held, summed up or told together; how an attempt ended, and who steps in |
//! | `send` | one attempt: the message of `domain` in the form of each kind |
//! | `service` | what people do with channels and the ledger |
//! | `contacts`, `codes`, `links`, `linked` | how persons are reached, how they prove it, and the links that acknowledge |
//! | `subscribers`, `tickets` | who hears of status pages, known by an address alone, and the links they confirm and end that with |
//! | `secrets`, `sign` | what is sealed; signatures after Standard Webhooks |
//!
//! A webhook's message is `POST` with `content-type: application/json` and the headers `webhook-id` (the key),
//! `webhook-timestamp` (seconds) and `webhook-signature`; its body is
//! `{"type": "alert.firing", "timestamp": "<RFC 3339>", "data": {…}}`, where `data` holds
//!
//! - for `alert.*`: `alert {id, title, detail, severity "P1"–"P4", state, started_at, fired_at, resolved_at, labels, annotations,
//!   path, url}` (and `late` where annotations tell a finding: their `texts`, the `labels`, the `value` and the `finding`, so that each
//!   reader is told in their language and zone; `annotations` tell it in English and UTC, those that end in `_zh` in Chinese), `system {id, name}` (`null` where it concerns none), `team {id, name}`, `incident {id, path, url}`; of a group those of
//!   the worst alert, beside what Alertmanager's webhooks post (`groupKey`, `status`, `alerts […]`, …) and `group {id, number, alerts,
//!   before}`: a message holds 500 of its `alerts`, ends first, and `before` is how many came in messages before it with the same `number`;
//! - for `incident.*`: `incident {id, number, title, severity, state, opened_at, mitigated_at, resolved_at, reopened, began_at,
//!   alerts, path, url}`, `systems [{id, key, name}]`, `team {id, name}`, `alerts [{id, title, detail, severity, runbook, path, url}]` (five of
//!   those that fire; they and the incident hold under `told` the `annotations` of their titles, where those are in several languages), `runbook {url}` where there is one, and `finding`: what was found to explain it, as `explanation` of the API
//!   (`null` where nothing was);
//! - for `page`: `page {run, step, policy, called, before}` (names of whom it went to, and of those who were paged before) and all of the above;
//! - for what somebody may acknowledge, sent to a person: `ack`, the path of the page that acknowledges as them; sent to a channel
//!   whose readers may acknowledge, the path of the page that does so by way of the channel;
//! - for `change.*`: `id, number, title, state, risk, outcome, window {start, end, zone, from, to}, requester, actor, path, url`,
//!   `systems [{id, key, name}]`, `team {id, name}`; for `test`: `message`, `channel`, `by`;
//! - for `status.notice`: `page {slug, title, path, url}`, `notice {id, title, state, impact, components, text, began_at, resolved_at}`,
//!   `unsubscribe` (a URL; `POST` ends it); of planned work instead of the notice `work {id, state, components, from, to}`, the state
//!   being `announced`, `moved`, `begun`, `ended` or `called-off`; for `status.confirm`: the `page`, and `confirm` (a URL for a person to open).
//!
//! Moments are RFC 3339 in UTC, absent ones `null`; `path` is a page of the portal and `url` the same with the setting
//! `url` before it. A receiver answers 2xx within ten
//! seconds, knows a message by its `webhook-id`, and takes the first of several that carry the same one.

pub(crate) mod account;
mod address;
mod ailing;
mod codes;
mod contacts;
mod engine;
mod linked;
mod links;
mod record;
mod secrets;
mod send;
mod service;
mod sign;
mod store;
pub(crate) mod subscribers;
mod tickets;

use std::collections::{HashMap, hash_map::Entry};

use domain::{
    Actor, Fault, Timestamp,
    alerts::Receipt,
    deliveries::{Notice, Notify},
    id::{ChangeId, ChannelId, IncidentId, TeamId, UserId},
    live::Topic,
};
use sqlx::AnyConnection;

use crate::{Context, WriteTx, incidents, people};
pub(crate) use ailing::SOURCE;
pub use contacts::Contacts;
pub use engine::Courier;
pub use send::{MailSecurity, MailServer, Settings, Ways, sender_of};
pub use service::Service;
use store::{channels, chosen, contacts as reached};

/// Name of the engine, and of its bell.
const ENGINE: &str = "deliveries";

/// The team of what concerns a person alone.
const NOBODYS: &str = "-";

/// Whom a notice goes to.
pub(crate) enum To {
    /// Every enabled channel that wants the event and hears the team.
    Listening,
    /// Those of these channels that are on, whatever they want to hear: an escalation or a route has chosen them.
    These(Vec<ChannelId>),
    /// Every one that listens but these, which are told because they were chosen.
    Others(Vec<ChannelId>),
}

/// Writes one row of the outbox for every enabled channel that wants the event and hears the team. The same key twice
/// is once.
pub async fn enqueue(tx: &mut WriteTx, ctx: &Context, notice: Notice) -> Result<(), Fault> {
    enqueue_all(tx, ctx, vec![(To::Listening, None, notice)]).await.map(drop)
}

/// Writes one row for each of these channels that is on, whatever it wants to hear: an escalation or a route has chosen it.
/// Gives how many of them have the notice now. The same key twice is once.
pub async fn enqueue_to(tx: &mut WriteTx, ctx: &Context, chosen: &[ChannelId], notice: Notice) -> Result<u64, Fault> {
    Ok(enqueue_all(tx, ctx, vec![(To::These(chosen.to_vec()), None, notice)]).await?.into_iter().sum())
}

/// The same of many notices, asking once for each team and event; gives how many channels have each of them now. Beside each: whether
/// only those channels have it that are told of ends too, or (`false`) only the others; `None` where its event says so. What goes on
/// from alerts that were told before (`group.before`) is for programs, as far as each of them takes so many.
pub(crate) async fn enqueue_all(tx: &mut WriteTx, ctx: &Context, notices: Vec<(To, Option<bool>, Notice)>) -> Result<Vec<u64>, Fault> {
    let mut listening: HashMap<(TeamId, &'static str), Vec<ChannelId>> = HashMap::new();
    let (mut firing_only, mut programs) = (None, None);
    let mut addressed = Vec::with_capacity(notices.len());
    for (to, ends, notice) in notices {
        let event = known(&notice)?;
        // What tells of an end and of nothing else.
        let ends = ends.or_else(|| event.is_of_end().then_some(true));
        let mut channels = match &to {
            To::These(chosen) => channels::enabled(tx, chosen).await?,
            To::Listening | To::Others(_) => match listening.entry((notice.team.clone(), notice.event)) {
                Entry::Occupied(known) => known.get().clone(),
                Entry::Vacant(place) => place.insert(channels::listening(tx, &notice.team, event).await?).clone(),
            },
        };
        if let To::Others(told) = &to {
            channels.retain(|channel| !told.contains(channel));
        }
        if let (Some(ends), false) = (ends, channels.is_empty()) {
            let quiet = match &mut firing_only {
                Some(quiet) => quiet,
                place => place.insert(channels::firing_only(tx).await?),
            };
            channels.retain(|channel| quiet.contains(channel) != ends);
        }
        let before = notice.payload["group"]["before"].as_u64().unwrap_or(0);
        if before > 0 && !channels.is_empty() {
            let takes = match &mut programs {
                Some(takes) => takes,
                place => place.insert(channels::programs(tx).await?),
            };
            channels.retain(|channel| takes.get(channel).is_some_and(|most| *most > before));
        }
        addressed.push((channels, notice));
    }
    write(tx, ctx, &addressed).await
}

/// Writes one row for each contact method of a person that is on and verified and no mere reserve, in the person's order; gives
/// how many have the notice now: 0 where nothing reaches this person, or they may not enter.
pub async fn enqueue_to_user(tx: &mut WriteTx, ctx: &Context, user: &UserId, notice: Notice) -> Result<u64, Fault> {
    known(&notice)?;
    if people::actor_of(tx, user).await?.is_none() {
        return Ok(0);
    }
    account::ensure(tx, ctx, user).await?;
    let contacts = reached::told_at_once(tx, user, ctx.mail).await?;
    Ok(write(tx, ctx, &[(contacts, notice)]).await?.into_iter().sum())
}

/// How many contact methods of a person are on and verified.
pub(crate) async fn ways(conn: &mut AnyConnection, ctx: &Context, user: &UserId) -> Result<i64, Fault> {
    let usable = i64::try_from(reached::usable(conn, user, ctx.mail).await?.len()).unwrap_or(i64::MAX);
    // The address of the account, which comes about when it is needed first.
    let waits = ctx.mail && reached::account(conn, user).await?.is_none();
    let address = if waits { people::address(conn, user).await? } else { None };
    Ok(usable + i64::from(address.is_some_and(|address| !address.email.is_empty())))
}

/// Name of a channel, and whether it is on; `None` where there is none.
pub(crate) async fn channel(conn: &mut AnyConnection, id: &ChannelId) -> Result<Option<(String, bool)>, Fault> {
    match channels::get(conn, &domain::Reach::All, id).await {
        Ok(channel) => Ok(Some((channel.name, channel.enabled))),
        Err(Fault::NotFound(_)) => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// Channels of teams within reach, by name: those that a policy may page.
pub(crate) async fn choosable(conn: &mut AnyConnection, reach: &domain::Reach) -> Result<Vec<(ChannelId, String)>, Fault> {
    Ok(channels::all(conn, reach).await?.into_iter().map(|channel| (channel.id, channel.name)).collect())
}

/// What a signed link that approves says: the change, the person as an actor, and how the trail calls them; refused where the
/// person may not enter any more, or has removed the contact method that the link was sent to.
pub(crate) async fn approval_link(conn: &mut AnyConnection, ctx: &Context, token: &str) -> Result<(ChangeId, Actor, String), Fault> {
    let closed = || Fault::NotFound("link");
    let said = links::read(&ctx.seal, token, ctx.now())?.ok_or_else(closed)?;
    let links::Noun::Change(change) = said.noun else { return Err(closed()) };
    let (actor, by_link) = linked::person(conn, &said.user.ok_or_else(closed)?, &said.channel).await?;
    Ok((change, actor, by_link))
}

/// The event of a notice; [`Fault::Internal`], logged, where its name is none.
fn known(notice: &Notice) -> Result<Notify, Fault> {
    Notify::parse(notice.event).ok_or_else(|| {
        tracing::error!(event = notice.event, "nobody can be told of this event");
        Fault::Internal
    })
}

/// Writes the rows; gives how many channels have each notice now.
async fn write(tx: &mut WriteTx, ctx: &Context, addressed: &[(Vec<ChannelId>, Notice)]) -> Result<Vec<u64>, Fault> {
    let names = address::Names::of(tx, addressed.iter().filter(|(to, _)| !to.is_empty()).map(|(_, notice)| &notice.payload)).await?;
    let data: Vec<_> = addressed.iter().map(|(_, notice)| names.complete(&ctx.url, &notice.payload)).collect();
    let mut rows = Vec::new();
    for ((to, notice), data) in addressed.iter().zip(&data) {
        let message = store::Message {
            event: notice.event,
            key: &notice.key,
            team: notice.team.as_str(),
            system: notice.system.as_ref(),
            incident: notice.incident.as_ref(),
            data,
        };
        let about = ailing::subject(&notice.payload);
        let to = to.iter().filter(|channel| about != Some(channel.as_str()));
        rows.extend(store::outgoing(&message, to.map(|channel| (ctx.new_id(), channel)), ctx.now()));
    }
    if store::enqueue(tx, &mut rows, ctx.now()).await? > 0 {
        for (_, notice) in addressed.iter().filter(|(to, _)| !to.is_empty()) {
            tx.announce(Topic::Deliveries, "", Some(&notice.team));
        }
        tx.ring(ENGINE);
    }
    Ok(addressed.iter().map(|(to, _)| to.len() as u64).collect())
}

/// Channels that are called so, by name or id.
pub(crate) async fn named(conn: &mut AnyConnection, texts: &[String]) -> Result<Vec<ChannelId>, Fault> {
    if texts.is_empty() { Ok(Vec::new()) } else { chosen::named(conn, texts).await }
}

/// Names of the channels that are called so and are on.
pub(crate) async fn names_on(conn: &mut AnyConnection, texts: &[String]) -> Result<Vec<String>, Fault> {
    if texts.is_empty() { Ok(Vec::new()) } else { chosen::names_on(conn, texts).await }
}

/// Whether any channel that is on is told of beginnings only.
pub(crate) async fn any_firing_only(conn: &mut AnyConnection) -> Result<bool, Fault> {
    Ok(!channels::firing_only(conn).await?.is_empty())
}

/// Names of the channels that hear of alerts of the team.
pub(crate) async fn names_listening(conn: &mut AnyConnection, team: &TeamId) -> Result<Vec<String>, Fault> {
    chosen::names_listening(conn, team).await
}

/// Channels that hear of alerts of the team, when they fire and when they are over.
pub(crate) async fn hearing_ends(conn: &mut AnyConnection, team: &TeamId) -> Result<Vec<ChannelId>, Fault> {
    let ends = channels::listening(conn, team, Notify::AlertResolved).await?;
    let mut both = channels::listening(conn, team, Notify::AlertFiring).await?;
    both.retain(|channel| ends.contains(channel));
    Ok(both)
}

/// What became of notices with these keys: the newest, the oldest of them first, and how many are older.
pub(crate) async fn receipts(conn: &mut AnyConnection, keys: &[String]) -> Result<(Vec<Receipt>, i64), Fault> {
    chosen::receipts(conn, keys).await
}

/// How many deliveries of an incident were given up.
pub async fn dead_of_incident(conn: &mut AnyConnection, incident: &IncidentId) -> Result<i64, Fault> {
    store::dead_of_incident(conn, incident).await
}

/// Forgets deliveries that ended before, at most about `limit`, then the removed channels that nothing refers to any more.
/// What waits, and what an open incident needs, stays.
pub async fn forget(conn: &mut AnyConnection, before: Timestamp, limit: u32) -> Result<u64, Fault> {
    let open = incidents::open_ids(conn).await?;
    Ok(store::forget(conn, before, &open, limit).await? + channels::forget(conn, before).await?)
}
