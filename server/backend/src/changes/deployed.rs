//! Deployments that CI posts for a change: which change may be named, what its timeline tells, and who hears where there was no go.

use domain::{
    Actor, Fault, Permission, Reach, Timestamp, Wording,
    changes::{EntryKind, NoGo, State, same_sha},
    deployments::{Deployment, State as Progress, is_production},
    id::ChangeId,
    systems::Brief,
};
use sqlx::AnyConnection;

use super::{
    carrying::against,
    loaded::{self, Loaded},
    store, tell,
};
use crate::{Context, WriteTx, deployments};

/// The change that a post names by id or number; a fault of the field `change` where there is none that the actor may read, a conflict
/// where it does not touch the system.
pub(crate) async fn deployable(conn: &mut AnyConnection, actor: &Actor, named: &str, system: &Brief) -> Result<ChangeId, Fault> {
    let change = match loaded::change(conn, actor, named).await {
        Err(Fault::NotFound(_)) => return Err(Fault::invalid("change", named, Wording::new("deployments-expect-change"))),
        found => found?,
    };
    if change.content.systems.contains(&system.id) {
        return Ok(change.id().clone());
    }
    let systems: Vec<&str> = change.systems.iter().map(|system| system.name.as_str()).collect();
    let why = Wording::new("conflict-deployment-other-system").with("change", change.label()).with("system", &system.name);
    Err(Fault::Conflict(why.with("systems", systems.join(", "))))
}

/// The change that a post means which names none: it is the only one of this system that is approved and in its window, or under
/// way, and whose artifact has this hash.
pub(crate) async fn meant(
    conn: &mut AnyConnection,
    actor: &Actor,
    system: &Brief,
    sha: &str,
    now: Timestamp,
) -> Result<Option<ChangeId>, Fault> {
    if sha.is_empty() {
        return Ok(None);
    }
    let open = store::open_on(conn, &actor.reach(Permission::Read), &system.id, now).await?;
    let open = loaded::wholes(conn, open).await?;
    let artifact = |change: &Loaded| change.content.artifact.as_ref().is_some_and(|artifact| same_sha(&artifact.sha, sha));
    let mut of_it = open.iter().filter(|change| artifact(change));
    Ok(of_it.next().filter(|_| of_it.next().is_none()).map(|change| change.id().clone()))
}

/// Whoever brings something to production for a change had a hand in carrying it out, and does not approve it afterwards. Before anything
/// else is noted: who decides on the change holds it before its trail.
pub(crate) async fn bring(tx: &mut WriteTx, actor: &Actor, made: &Deployment) -> Result<(), Fault> {
    let Some(id) = made.change.as_ref().filter(|_| is_production(&made.environment)) else { return Ok(()) };
    if let Some(user) = actor.user() {
        store::hold(tx, id).await?;
        store::put_hand(tx, id, user).await?;
    }
    Ok(())
}

/// Notes on the timeline of a change how a deployment for it stands, with a link to that. What is told of it for the `first`
/// time and came to production without a go, or before anybody began the work, is noted, and told to whoever runs or approves the
/// change: nothing that has happened is refused.
pub(crate) async fn note_deployed(
    tx: &mut WriteTx,
    ctx: &Context,
    actor: &Actor,
    made: &Deployment,
    link: &str,
    first: bool,
) -> Result<(), Fault> {
    let Some(id) = &made.change else { return Ok(()) };
    let text = format!("{}\n{}", made.state, made.label());
    super::entry(tx, ctx, id, &actor.name, (EntryKind::Deployed, &text, link)).await?;
    if !first || !is_production(&made.environment) {
        return Ok(());
    }
    let Some(found) = store::by_id(tx, &Reach::All, id.as_str()).await? else { return Ok(()) };
    let change = loaded::whole(tx, found).await?;
    let sha = Some(made.sha.as_str()).filter(|sha| !sha.is_empty());
    let reasons = against(tx, actor, &change, sha, ctx.now()).await?;
    let mut why = NoGo::each(&reasons, change.stored.summary.state);
    // What is told when it is over may be told after the work; what was brought stays what it is.
    if made.state != Progress::Started && change.stored.summary.started_at.is_some() {
        why.retain(|one| *one == NoGo::Artifact);
    }
    // It is a go, and still it is never ended nor verified where nobody begins it.
    let unbegun = matches!(change.stored.summary.state, State::Approved | State::Scheduled);
    let go = why.is_empty() && unbegun && matches!(made.state, Progress::Started | Progress::Succeeded);
    deployments::let_through(tx, &made.id, if go { change.stored.version } else { 0 }).await?;
    if go {
        why.push(NoGo::Unbegun);
    }
    if why.is_empty() {
        return Ok(());
    }
    let words: Vec<&str> = why.iter().map(|one| one.name()).collect();
    let text = format!("{}\n{}", made.label(), words.join(" "));
    super::entry(tx, ctx, id, &actor.name, (EntryKind::Ungated, &text, link)).await?;
    tell::ungated(tx, ctx, actor, &change, made, &why).await
}
