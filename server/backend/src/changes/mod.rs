//! The service of the area `changes`, and what sibling areas may ask of it on their own connection.

mod acts;
mod approving;
mod attaching;
mod authority;
mod binding;
mod breaking;
mod carrying;
mod delegating;
mod deployed;
mod engine;
mod figures;
mod foreseeing;
mod freezing;
mod ground;
mod ical;
mod linked;
mod loaded;
mod maintaining;
mod moves;
mod moving;
mod policies;
mod port;
mod quieting;
mod reading;
mod requiring;
mod running;
mod seen;
mod since;
mod slots;
mod standing;
mod store;
mod surroundings;
mod tell;
mod templates;
mod undoing;
mod verifier;
mod verifying;

use std::{collections::HashSet, sync::Arc};

use domain::{
    Actor, Fault, Permission, Reach, Span, Timestamp,
    changes::{EntryKind, Filter, RecentChange, Summary},
    id::{ChangeId, SystemId, TeamId, UserId},
};
use sqlx::AnyConnection;

use crate::{Context, WriteTx, systems::Links, tools, transactions};
pub(crate) use binding::bound;
pub(crate) use carrying::{handled, refuse_run};
pub(crate) use deployed::{bring, deployable, meant, note_deployed};
pub use engine::Timekeeper;
pub(crate) use store::Standing;
pub use undoing::{NAME as ROLLBACKS, Undoer};
pub use verifier::Verifier;

/// Most changes that a sibling gets for one span.
const MOST_BETWEEN: u32 = 500;

/// Implements [`domain::changes::Changes`].
pub struct Service {
    ctx: Context,
    /// Where people reach the portal, without a slash at the end: what a calendar links to.
    url: String,
    files: crate::files::Settings,
    /// How long which counts are kept: no volume is known before.
    kept: transactions::Settings,
    /// What runs the tools of a plan.
    tools: Arc<tools::Service>,
}

impl Service {
    /// The service over the common ground, of a portal that people reach under `url`; the settings say what files may be, and how long
    /// which counts are kept.
    pub fn new(ctx: Context, url: String, files: crate::files::Settings, kept: transactions::Settings, tools: Arc<tools::Service>) -> Self {
        Self { ctx, url, files, kept, tools }
    }
}

/// Changes that ran on these systems in the span, or whose window lay in it; each once, with its nearest system and
/// the distance given for it; the latest first. For suspects: whoever asks has decided who may see them.
pub async fn recent(conn: &mut AnyConnection, systems: &[(SystemId, u32)], span: Span) -> Result<Vec<RecentChange>, Fault> {
    store::recent(conn, systems, span).await
}

/// Changes within reach that run, ran or may run in the span, by start; drafts, refused and withdrawn ones left out.
pub async fn between(conn: &mut AnyConnection, reach: &Reach, span: Span) -> Result<Vec<Summary>, Fault> {
    use domain::changes::State::{Approved, Closed, Executing, Observing, Pending, Scheduled};
    let filter = Filter { states: vec![Pending, Approved, Scheduled, Executing, Observing, Closed], ..Filter::default() };
    let found = store::overlapping(conn, reach, &filter, span, MOST_BETWEEN).await?;
    loaded::named(conn, found.into_iter().map(|c| c.summary).collect()).await
}

/// Changes that are planned on one of these systems in the span, or run, by start; whoever asks.
pub(crate) async fn planned_on(conn: &mut AnyConnection, systems: &[SystemId], span: Span) -> Result<Vec<Summary>, Fault> {
    use domain::changes::State::{Executing, Scheduled};
    if systems.is_empty() {
        return Ok(Vec::new());
    }
    let filter = Filter { states: vec![Scheduled, Executing], systems: systems.to_vec(), ..Filter::default() };
    let found = store::overlapping(conn, &Reach::All, &filter, span, MOST_BETWEEN).await?;
    loaded::named(conn, found.into_iter().map(|c| c.summary).collect()).await
}

/// Where these stand, those that are there; whoever asks.
pub(crate) async fn standings(conn: &mut AnyConnection, ids: &[&ChangeId]) -> Result<Vec<Standing>, Fault> {
    if ids.is_empty() { Ok(Vec::new()) } else { store::standings(conn, ids).await }
}

/// How many changes the actor could approve now: what the frame of every page says.
pub(crate) async fn waiting_count(conn: &mut AnyConnection, actor: &Actor, now: Timestamp) -> Result<i64, Fault> {
    let Some(user) = actor.user() else { return Ok(0) };
    let candidates = store::candidates(conn, &actor.reach(Permission::Read), user).await?;
    if candidates.is_empty() {
        return Ok(0);
    }
    let Some(approver) = authority::Approver::read(conn, actor, now).await? else { return Ok(0) };
    let count = candidates.iter().filter(|candidate| approver.is_awaited(candidate)).count();
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

/// A change under way whose maintenance window is open.
pub(crate) struct UnderWay {
    pub(crate) id: ChangeId,
    pub(crate) title: String,
    pub(crate) team: TeamId,
    /// When it began.
    pub(crate) since: Timestamp,
    /// Who began it although nobody had approved it, and nobody has since.
    unapproved_by: Option<UserId>,
    /// The systems that it touches and holds, and, once somebody has approved it, those that need these, directly and indirectly.
    pub(crate) holds: HashSet<SystemId>,
}

/// The changes whose maintenance window is open, those that began first before the others. `links` are read where they are not yet.
pub(crate) async fn under_way(conn: &mut AnyConnection, links: &mut Option<Links>, now: Timestamp) -> Result<Vec<UnderWay>, Fault> {
    let found = store::maintained(conn, now).await?;
    reaching(conn, links, found).await
}

/// The changes whose maintenance window was open at an earlier moment, as far as what they hold is still linked as it was.
pub(crate) async fn under_way_then(conn: &mut AnyConnection, links: &mut Option<Links>, then: Timestamp) -> Result<Vec<UnderWay>, Fault> {
    let found = store::maintained_then(conn, then).await?;
    reaching(conn, links, found).await
}

/// Since when a change had its maintenance window open on a system at an earlier moment, the last one; `None` where none had.
pub(crate) async fn window_then(conn: &mut AnyConnection, system: &SystemId, then: Timestamp) -> Result<Option<Timestamp>, Fault> {
    let mut found = store::maintained_then(conn, then).await?;
    found.retain(|change| change.holds.contains(system));
    let mut since: Option<Timestamp> = None;
    for change in found {
        let opened = match &change.unapproved_by {
            Some(starter) => !maintaining::held_by(conn, starter, std::slice::from_ref(system)).await?.is_empty(),
            None => true,
        };
        since = since.max(opened.then_some(change.since));
    }
    Ok(since)
}

/// With everything that they hold.
async fn reaching(conn: &mut AnyConnection, links: &mut Option<Links>, mut found: Vec<UnderWay>) -> Result<Vec<UnderWay>, Fault> {
    for change in &mut found {
        let touched: Vec<SystemId> = change.holds.iter().cloned().collect();
        if let Some(starter) = &change.unapproved_by {
            change.holds = maintaining::held_by(conn, starter, &touched).await?.into_iter().collect();
            continue;
        }
        let links = Links::known(links, conn).await?;
        change.holds.extend(links.needed_by(&touched)?.into_iter().map(|(id, _)| id));
    }
    Ok(found)
}

/// Notes a fact on a change's timeline, e.g. a tool run with a link to its page within this site.
pub async fn note(
    tx: &mut WriteTx,
    ctx: &Context,
    change: &ChangeId,
    actor_name: &str,
    text: &str,
    link: Option<&str>,
) -> Result<(), Fault> {
    entry(tx, ctx, change, actor_name, (EntryKind::Note, text, link.unwrap_or_default())).await
}

/// Writes what another part of the house did for a change into its timeline, with text and link, and tells live pages.
async fn entry(tx: &mut WriteTx, ctx: &Context, change: &ChangeId, actor_name: &str, entry: (EntryKind, &str, &str)) -> Result<(), Fault> {
    store::insert_entry(tx, &ctx.new_id(), change, actor_name, entry, ctx.now()).await?;
    for team in store::readers(tx, change).await? {
        tx.announce(domain::live::Topic::Changes, change, Some(&team));
    }
    Ok(())
}

/// Whether the actor may do something with a change, so that what they do for it may be told in its timeline;
/// `NotFound("change")` where they may not even read it. For areas that name one.
pub async fn workable(conn: &mut AnyConnection, actor: &domain::Actor, id: &ChangeId) -> Result<(), Fault> {
    loaded::change(conn, actor, id.as_str()).await?.require_work(actor)
}

/// The system has another team now: whoever reads it reads what is planned on it. On the transaction that moves the system.
pub(crate) async fn follow_system(tx: &mut WriteTx, ctx: &Context, system: &SystemId, team: &TeamId) -> Result<(), Fault> {
    if store::give(tx, system, team, ctx.now()).await? > 0 {
        tx.announce(domain::live::Topic::Changes, "", Some(team));
    }
    Ok(())
}
