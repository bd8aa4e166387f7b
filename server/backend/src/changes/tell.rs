//! What follows from an act: a row on the timeline, the audit row, live pages, notifications.

use std::collections::BTreeSet;

use domain::{
    Actor, Fault, Permission,
    audit::Object,
    changes::{Approval, EntryKind, NoGo, Outcome, State, Verified, number_text},
    deliveries::{Notice, Notify},
    deployments::Deployment,
    id::UserId,
    live::Topic,
};
use serde_json::{Value, json};

use super::{
    authority::{self, counts},
    loaded::Loaded,
    store,
};
use crate::{Context, WriteTx, audit, deliveries, incidents, people};

/// Most persons that are asked for one approval.
const MOST_ASKED: usize = 100;
/// Most persons that are named as those who may start it.
const MOST_NAMED: usize = 8;

/// Ends an act on a change: timeline, announcement, audit. The commit is the caller's.
pub(super) async fn act(
    tx: &mut WriteTx,
    ctx: &Context,
    actor: &Actor,
    change: &Loaded,
    verb: &str,
    entries: &[(EntryKind, &str)],
    detail: &Value,
) -> Result<(), Fault> {
    for (kind, text) in entries {
        store::insert_entry(tx, &ctx.new_id(), change.id(), &actor.name, (*kind, text, ""), ctx.now()).await?;
    }
    tx.announce(Topic::Changes, change.id(), Some(change.team()));
    for owner in change.owners() {
        tx.announce(Topic::Changes, change.id(), Some(&owner));
    }
    audit::record(tx, ctx, actor, verb, Object::new("change", change.id(), change.label(), Some(change.team())), detail).await
}

fn payload(actor: &Actor, change: &Loaded, state: State, outcome: Option<Outcome>) -> Value {
    let summary = &change.stored.summary;
    let window = &change.content.window;
    json!({
        "id": summary.id,
        "number": number_text(summary.number),
        "title": change.content.title,
        "state": state,
        "risk": change.content.risk,
        "outcome": outcome,
        "team": { "id": summary.team.id, "name": summary.team.name },
        "systems": change.systems.iter().map(|s| json!({ "id": s.id })).collect::<Vec<_>>(),
        "window": { "start": window.start, "end": window.end, "zone": window.zone, "from": window.span.from.rfc3339(), "to": window.span.to.rfc3339() },
        "requester": summary.requester,
        "actor": actor.name,
        "path": format!("/changes/{}", summary.id),
    })
}

/// Asks those for their approval who can give it now, each with a link of their own, and whoever approves in their place; once
/// for each content and each `time`. `given` is what was said of it.
pub(super) async fn approvers(
    tx: &mut WriteTx,
    ctx: &Context,
    (actor, time): (&Actor, i64),
    change: &Loaded,
    given: &[Approval],
) -> Result<(), Fault> {
    let demands = change.demands();
    let mut persons: Vec<UserId> = Vec::new();
    for place in demands.open(&counts(&demands, given)) {
        persons.extend(authority::persons(tx, &demands.list[place]).await?.into_iter().map(|person| person.id));
    }
    let mut asked = BTreeSet::new();
    for person in persons {
        for delegation in store::delegations_from(tx, &person, ctx.now()).await? {
            asked.insert(delegation.to);
        }
        asked.insert(person);
    }
    let own = |user: &UserId| change.writers.contains(user) || change.hands.contains(user);
    asked.retain(|user| !own(user) && !given.iter().any(|a| !a.void && a.approver == *user));
    let state = change.stored.summary.state;
    for user in asked.iter().take(MOST_ASKED) {
        let key = format!("change-approve-{}-{}-{time}-{user}", change.id(), change.stored.version);
        let system = change.systems.first().map(|s| s.id.clone());
        let payload = payload(actor, change, state, None);
        let notice = Notice { event: Notify::ChangePending.name(), system, team: change.team().clone(), incident: None, payload, key };
        deliveries::enqueue_to_user(tx, ctx, user, notice).await?;
    }
    Ok(())
}

/// Tells whoever requested it, wherever they are reached themselves, that it is approved: when it may start, and by whom. An
/// approval that an emergency owed opens nothing any more.
pub(super) async fn approved(tx: &mut WriteTx, ctx: &Context, actor: &Actor, change: &Loaded, state: State) -> Result<(), Fault> {
    if change.stored.summary.owed_at.is_some() {
        return Ok(());
    }
    let may = people::holders_with(tx, Permission::ExecuteChanges, change.team(), &[]).await?;
    let mut payload = payload(actor, change, state, None);
    payload["may_start"] = may.iter().take(MOST_NAMED).map(|person| Value::from(person.name.clone())).collect();
    let user = &change.stored.requester;
    let key = format!("change-approved-{}-{}-{user}", change.id(), change.stored.sequence);
    let system = change.systems.first().map(|s| s.id.clone());
    let notice = Notice { event: Notify::ChangeApproved.name(), system, team: change.team().clone(), incident: None, payload, key };
    deliveries::enqueue_to_user(tx, ctx, user, notice).await.map(drop)
}

/// Notifies the channels of the change's team, and of the owners of the systems it touches. `state` and `outcome` are
/// those after the act. The key is the same for every team:
/// a channel that hears several of them is told once.
pub(super) async fn notice(
    tx: &mut WriteTx,
    ctx: &Context,
    actor: &Actor,
    event: Notify,
    change: &Loaded,
    state: State,
    outcome: Option<Outcome>,
) -> Result<(), Fault> {
    let key = format!("{event}:{}:{}", change.id(), change.stored.sequence).replace('.', "-");
    notice_as(tx, ctx, actor, event, change, (state, outcome), &key).await
}

/// The same under a key of its own: what is told again.
pub(super) async fn notice_as(
    tx: &mut WriteTx,
    ctx: &Context,
    actor: &Actor,
    event: Notify,
    change: &Loaded,
    (state, outcome): (State, Option<Outcome>),
    key: &str,
) -> Result<(), Fault> {
    to_teams(tx, ctx, event, change, payload(actor, change, state, outcome), key).await
}

/// How the figures judge a change; where it got worse, that rolling it back is proposed, and where that is done; where it went well and
/// does not close by itself, that a person closes it.
pub(super) async fn verified(
    tx: &mut WriteTx,
    ctx: &Context,
    actor: &Actor,
    change: &Loaded,
    (outcome, verdict, closes): (Option<Outcome>, Verified, bool),
) -> Result<(), Fault> {
    let key = format!("{}-{}", Notify::ChangeVerified, change.id()).replace('.', "-");
    let mut payload = payload(actor, change, State::Observing, outcome);
    payload["verdict"] = json!(verdict);
    if verdict == Verified::Fail && outcome != Some(Outcome::RolledBack) {
        payload["proposal"] = json!("rollback");
        payload["path"] = json!(format!("/changes/{}#verification", change.id()));
    }
    if verdict == Verified::Pass && !closes {
        payload["left"] = json!("close");
    }
    to_teams(tx, ctx, Notify::ChangeVerified, change, payload, &key).await
}

/// Something was deployed for a change although there was no go: told to its teams, and to those who requested, run or approve it,
/// wherever they are reached themselves. That nobody has begun the work is told once for each content.
pub(super) async fn ungated(
    tx: &mut WriteTx,
    ctx: &Context,
    actor: &Actor,
    change: &Loaded,
    made: &Deployment,
    why: &[NoGo],
) -> Result<(), Fault> {
    let summary = &change.stored.summary;
    let mut payload = payload(actor, change, summary.state, summary.outcome);
    payload["deployment"] = json!({ "id": made.id, "label": made.label(), "state": made.state, "url": made.url });
    payload["no_go"] = json!(why);
    let mut persons: BTreeSet<UserId> = change.hands.iter().chain([&change.stored.requester]).cloned().collect();
    persons.extend(people::holders_with(tx, Permission::ExecuteChanges, change.team(), &[]).await?.into_iter().map(|person| person.id));
    for demand in change.demands().list {
        persons.extend(authority::persons(tx, &demand).await?.into_iter().map(|person| person.id));
    }
    let (event, system) = (Notify::ChangeUngated, change.systems.first().map(|s| s.id.clone()));
    let key = match why {
        [NoGo::Unbegun] => format!("change-unbegun-{}-{}", change.id(), change.stored.version),
        _ => format!("change-ungated-{}", made.id),
    };
    for user in persons.iter().take(MOST_ASKED) {
        let (system, payload, key) = (system.clone(), payload.clone(), format!("{key}-{user}"));
        let notice = Notice { event: event.name(), system, team: change.team().clone(), incident: None, payload, key };
        deliveries::enqueue_to_user(tx, ctx, user, notice).await?;
    }
    to_teams(tx, ctx, event, change, payload, &key).await
}

async fn to_teams(tx: &mut WriteTx, ctx: &Context, event: Notify, change: &Loaded, payload: Value, key: &str) -> Result<(), Fault> {
    let mut teams = change.owners();
    teams.push(change.team().clone());
    teams.sort();
    teams.dedup();
    for team in teams {
        let system = change.systems.iter().find(|s| s.team == team).or(change.systems.first()).map(|s| s.id.clone());
        deliveries::enqueue(
            tx,
            ctx,
            Notice { event: event.name(), system, team, incident: None, payload: payload.clone(), key: key.to_owned() },
        )
        .await?;
    }
    Ok(())
}

/// Notes in every open incident on the systems touched that work began or how it ended.
pub(super) async fn incidents(tx: &mut WriteTx, ctx: &Context, actor: &Actor, change: &Loaded, what: &str) -> Result<(), Fault> {
    let text = format!("{}: {what}", change.label());
    let link = format!("/changes/{}", change.id());
    incidents::note_open_on(tx, ctx, &change.content.systems, &actor.name, domain::incidents::EntryKind::Change, &text, Some(&link)).await
}
