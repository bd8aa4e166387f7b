//! What may be read of sources, cut to the actor's reach.

use domain::{
    Actor, Fault, Permission, Span, Wording,
    id::{SeriesId, SourceId},
    monitors::Resolution,
    sources::{Answer, Catalogue, Kept, KeptSeries, Query, Source, SourceKind},
    systems::Brief,
};

use super::{
    acts::unseal,
    fetch::{self, Refusal},
    store::{self, Stored},
};
use crate::{Context, egress::Egress, systems};

pub(super) async fn list(ctx: &Context, actor: &Actor) -> Result<Vec<Source>, Fault> {
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

/// One source, if the actor holds the permission on it.
pub(super) async fn one(ctx: &Context, actor: &Actor, id: &SourceId, permission: Permission) -> Result<(Stored, Brief), Fault> {
    actor.authenticated()?;
    let mut conn = ctx.db.read().await?;
    let found = store::one(&mut conn, &actor.reach(Permission::Read), id).await?;
    let system = systems::brief(&mut conn, &found.system).await?;
    actor.require(permission, &system.team, "source")?;
    Ok((found, system))
}

pub(super) async fn get(ctx: &Context, actor: &Actor, id: &SourceId) -> Result<Source, Fault> {
    let (found, system) = one(ctx, actor, id, Permission::Read).await?;
    Ok(found.with(system))
}

pub(super) async fn catalogue(ctx: &Context, actor: &Actor, id: &SourceId) -> Result<Option<Catalogue>, Fault> {
    one(ctx, actor, id, Permission::Read).await?;
    let row = store::catalogue(&mut *ctx.db.read().await?, id).await?;
    row.map(|row| {
        serde_json::from_str(&row.body).map_err(|error| {
            tracing::error!(%error, at = row.at, "a stored catalogue does not parse");
            Fault::Internal
        })
    })
    .transpose()
}

pub(super) async fn kept(ctx: &Context, actor: &Actor, id: &SourceId) -> Result<Vec<Kept>, Fault> {
    one(ctx, actor, id, Permission::Read).await?;
    Ok(store::lines(&mut *ctx.db.read().await?, id).await?.into_iter().map(|line| line.kept).collect())
}

pub(super) async fn series(ctx: &Context, actor: &Actor, id: &SourceId, wanted: &[SeriesId], span: Span) -> Result<Vec<KeptSeries>, Fault> {
    let kept = kept(ctx, actor, id).await?;
    let resolution = Resolution::for_span(span);
    let width = resolution.width_ms();
    let span = Span { from: span.from.floor(width), to: span.to.plus(width - 1).floor(width) };
    let kept: Vec<Kept> = kept.into_iter().filter(|one| wanted.contains(&one.id)).take(20).collect();
    let ids: Vec<SeriesId> = kept.iter().map(|one| one.id.clone()).collect();
    let mut slots = store::slots(&mut *ctx.db.read().await?, &ids, resolution, span).await?;
    Ok(kept
        .into_iter()
        .map(|kept| {
            let points = slots.remove(&kept.id).unwrap_or_default();
            KeptSeries { kept, span, resolution, points }
        })
        .collect())
}

pub(super) async fn query(ctx: &Context, egress: &Egress, actor: &Actor, id: &SourceId, query: &Query) -> Result<Answer, Fault> {
    // The question is put with the credential that the source's team gave it: only whoever edits monitors there may put it.
    let (mut source, _) = one(ctx, actor, id, Permission::EditMonitors).await?;
    if source.kind != SourceKind::Query {
        return Err(Fault::conflict("sources-conflict-not-query"));
    }
    if source.paused {
        return Err(Fault::conflict("sources-conflict-paused"));
    }
    // An answer before the request that asks for it runs out of time.
    source.timeout_s = source.timeout_s.min(15);
    match fetch::query(egress, &source, unseal(ctx, &source)?.as_deref(), query).await {
        Ok(answer) => Ok(answer.shown()),
        Err(Refusal::Question(why)) => Err(Fault::invalid("q", &query.expr, Wording::new("sources-expect-promql").with("why", why))),
        Err(Refusal::Source(why)) => Err(Fault::Unavailable(Wording::new("sources-unavailable").with("why", why))),
    }
}
