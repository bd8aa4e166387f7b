//! Deployments: taken from CI, told to the open incidents of their system, suspected by those to come.

mod store;

use async_trait::async_trait;
use domain::{
    Actor, Fault, Page, PageRequest, Permission, Reach, Span, Wording,
    audit::Object,
    deployments::{Deployment, Filter, Post, State, is_production},
    evidence::Facts,
    form::Typed,
    id::{ChangeId, DeploymentId, LoadTargetId, SystemId},
    incidents::EntryKind,
    live::Topic,
};
use serde_json::json;
use sqlx::AnyConnection;

use crate::{Context, WriteTx, audit, changes, incidents, load, systems};

/// Most deployments that are shown with one change.
const MOST_OF_CHANGE: u32 = 50;

/// Those of these systems that ran at some moment of the span, whoever asks; oldest first.
pub(crate) async fn recent(conn: &mut AnyConnection, systems: &[SystemId], span: Span) -> Result<Vec<Deployment>, Fault> {
    store::during(conn, &Reach::All, Some(systems), span).await
}

/// Those that were made for a change, as far as they are within reach; oldest first.
pub(crate) async fn of_change(conn: &mut AnyConnection, reach: &Reach, change: &ChangeId) -> Result<Vec<Deployment>, Fault> {
    store::of_change(conn, reach, change, MOST_OF_CHANGE).await
}

/// Keeps for which version of its change a deployment came with a go; 0 for none.
pub(crate) async fn let_through(conn: &mut AnyConnection, id: &DeploymentId, version: i64) -> Result<(), Fault> {
    store::let_through(conn, id, version).await
}

/// How many of each of these systems began in the span in a production environment and succeeded.
pub(crate) async fn succeeded(conn: &mut AnyConnection, systems: &[SystemId], span: Span) -> Result<Vec<(SystemId, i64)>, Fault> {
    store::succeeded(conn, systems, span).await
}

/// The target that a deployment names as its place; none where it names none, or no target is or was called so.
async fn place(conn: &mut AnyConnection, system: &SystemId, name: &str) -> Result<Option<LoadTargetId>, Fault> {
    if name.is_empty() {
        return Ok(None);
    }
    let mut called = load::called(conn, system, name).await?;
    match called.len() {
        0 => store::place(conn, system, name).await,
        1 => Ok(called.pop()),
        // Which of them is meant is not known: its name decides, for all of them.
        _ => Ok(None),
    }
}

/// A target that was called so has another name from now on: what came to it keeps to it.
pub(crate) async fn renamed(conn: &mut AnyConnection, system: &SystemId, target: (&LoadTargetId, &str)) -> Result<(), Fault> {
    store::came_to(conn, system, target).await
}

/// What runs of a system at a place of an environment, as far as CI has said: what came there last and was not taken back. What names no
/// place came to all of them.
pub(crate) async fn standing(
    conn: &mut AnyConnection,
    system: &SystemId,
    environment: &str,
    target: (&LoadTargetId, &str),
) -> Result<Option<Deployment>, Fault> {
    let mut taken_back: Vec<(String, String)> = Vec::new();
    for made in store::settled(conn, system, environment, target).await? {
        let what = (made.version.clone(), made.sha.clone());
        if made.state == State::RolledBack {
            taken_back.push(what);
        } else if !taken_back.contains(&what) {
            return Ok(Some(made));
        }
    }
    Ok(None)
}

/// What the places of production of each of these systems are made of, as far as CI has said, whoever asks.
pub(crate) async fn made_of(conn: &mut AnyConnection, systems: &[SystemId]) -> Result<Vec<Facts>, Fault> {
    store::made_of(conn, systems).await
}

/// Implements [`domain::deployments::Deployments`].
pub struct Service {
    ctx: Context,
}

impl Service {
    /// The service over the common ground.
    pub fn new(ctx: Context) -> Self {
        Self { ctx }
    }

    /// `first`: its change hears of it for the first time.
    async fn finish(&self, mut tx: WriteTx, actor: &Actor, made: &Deployment, (act, first): (&str, bool)) -> Result<(), Fault> {
        changes::bring(&mut tx, actor, made).await?;
        let text = format!("{}: {}", made.label(), made.state);
        let link = format!("/deployments?system={}#deployment-{}", made.system, made.id);
        let on = std::slice::from_ref(&made.system);
        incidents::note_open_on(&mut tx, &self.ctx, on, &actor.name, EntryKind::Deployment, &text, Some(&link)).await?;
        changes::note_deployed(&mut tx, &self.ctx, actor, made, &link, first).await?;
        tx.announce(Topic::Changes, &made.id, Some(&made.team));
        let object = Object::new("deployment", &made.id, format!("{} {}", made.system_name, made.label()), Some(&made.team));
        audit::record(&mut tx, &self.ctx, actor, act, object, &json!(made)).await?;
        tx.commit().await
    }
}

#[async_trait]
impl domain::deployments::Deployments for Service {
    async fn list(&self, actor: &Actor, filter: &Filter, page: &PageRequest) -> Result<Page<Deployment>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        let rows = store::list(conn, &actor.reach(Permission::Read), filter, page.position()?, page.limit).await?;
        Ok(Page::cut(rows, page.limit, |row| (row.started_at.0, row.id.to_string())))
    }

    async fn during(&self, actor: &Actor, span: Span) -> Result<Vec<Deployment>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        store::during(conn, &actor.reach(Permission::Read), None, span).await
    }

    async fn post(&self, actor: &Actor, typed: &Typed) -> Result<(Deployment, bool), Fault> {
        actor.require_somewhere(Permission::PostDeployments)?;
        let now = self.ctx.now();
        let post = Post::parse(typed, now)?;
        let mut tx = self.ctx.begin_write().await?;
        let known = systems::all(&mut tx, &actor.reach(Permission::Read)).await?;
        let system = known.into_iter().find(|brief| brief.key == post.system || brief.id.as_str() == post.system);
        let system = system.ok_or_else(|| Fault::invalid("system", &post.system, Wording::new("deployments-expect-system")))?;
        actor.require(Permission::PostDeployments, &system.team, "system")?;
        let change = match post.change.as_str() {
            "" => None,
            named => Some(changes::deployable(&mut tx, actor, named, &system).await?),
        };
        let ended = (post.state != State::Started).then(|| post.finished_at.unwrap_or(now));
        let before = store::same(&mut tx, &system.id, &post).await?;
        // What was made for another change is another deployment.
        let before = before.filter(|before| change.is_none() || before.change.is_none() || before.change == change);
        // The same again: the one that runs ends, or the one that had ended is told of once more.
        let again = before.filter(|before| match post.started_at {
            Some(started) => started == before.started_at,
            None => before.state == State::Started || before.state == post.state && now.since(before.started_at) < RETRY_MS,
        });
        if let Some(before) = again {
            let ended = if post.state == before.state { post.finished_at.or(before.finished_at) } else { ended };
            let told = change.is_none() || before.change == change;
            let committed = post.committed_at.or(before.committed_at);
            let facts = if post.facts.is_empty() { &before.facts } else { &post.facts };
            let known = ended == before.finished_at && committed == before.committed_at && *facts == before.facts;
            if told && post.state == before.state && known {
                return Ok((before, false));
            }
            let change = change.as_ref().or(before.change.as_ref());
            let url = if post.url.is_empty() { before.url.as_str() } else { post.url.as_str() };
            store::settle(&mut tx, &before.id, (post.state, ended), committed, (url, facts), change).await?;
            let made = store::get(&mut tx, &before.id).await?;
            self.finish(tx, actor, &made, ("deployment.settle", made.change != before.change)).await?;
            return Ok((made, false));
        }
        // What names no change is made for the one that waits for exactly this.
        let change = match change {
            None if is_production(post.environment.as_str()) => changes::meant(&mut tx, actor, &system, &post.sha, now).await?,
            named => named,
        };
        let id: DeploymentId = self.ctx.new_id();
        let started = post.started_at.or(ended).unwrap_or(now);
        let place = place(&mut tx, &system.id, &post.target).await?;
        store::insert(&mut tx, &id, &system.id, (&post, place.as_ref(), change.as_ref()), (started, ended), &actor.name, now).await?;
        let made = store::get(&mut tx, &id).await?;
        self.finish(tx, actor, &made, ("deployment.post", true)).await?;
        Ok((made, true))
    }
}

/// A pipeline that says the same within so long says it again; later, it deploys the same again.
const RETRY_MS: i64 = 10 * domain::time::MINUTE;
