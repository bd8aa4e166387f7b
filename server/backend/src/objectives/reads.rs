//! What may be read of objectives, cut to the actor's reach.

use domain::{
    Actor, Fault, Permission, Span, Wording,
    id::ObjectiveId,
    objectives::{Hour, Objective, burn_down},
    time::HOUR,
};

use super::{count::Counting, store};
use crate::{Context, systems};

pub(super) async fn list(ctx: &Context, actor: &Actor) -> Result<Vec<Objective>, Fault> {
    actor.require_somewhere(Permission::Read)?;
    let reach = actor.reach(Permission::Read);
    let mut conn = ctx.db.read().await?;
    let briefs = systems::all(&mut conn, &reach).await?;
    let found = store::list(&mut conn, &reach).await?;
    Ok(found
        .into_iter()
        .filter_map(|one| briefs.iter().find(|brief| brief.id == one.system).cloned().map(|system| one.with(system)))
        .collect())
}

pub(super) async fn get(ctx: &Context, actor: &Actor, id: &ObjectiveId) -> Result<Objective, Fault> {
    actor.authenticated()?;
    let mut conn = ctx.db.read().await?;
    let found = store::one(&mut conn, &actor.reach(Permission::Read), id).await?;
    let system = systems::brief(&mut conn, &found.system).await?;
    Ok(found.with(system))
}

pub(super) async fn hours(counting: &Counting, actor: &Actor, id: &ObjectiveId) -> Result<Vec<Hour>, Fault> {
    let objective = get(&counting.ctx, actor, id).await?;
    let to = counting.ctx.now().floor(HOUR).plus(HOUR);
    // A month begins with its zone's first hour, days with the hour that they began in.
    let from = if objective.month.is_empty() { objective.begins(to) } else { objective.begins(counting.ctx.now()).floor(HOUR) };
    let span = Span { from, to };
    let counts = match counting.hours(&objective.system.id, &objective.sli, span).await? {
        Ok(counts) => counts,
        Err(why) => return Err(Fault::Unavailable(Wording::new("objectives-unavailable").with("why", why))),
    };
    Ok(burn_down(counts, objective.target))
}
