//! What may be read of rules, cut to the actor's reach.

use domain::{
    Actor, Fault, Permission, Span, Wording,
    form::Typed,
    id::RuleId,
    monitors::Resolution,
    rules::{Draft, Input, Instance, Preview, Rule, Slot, preview as play},
    time::DAY,
};

use super::{
    acts,
    read::{self, What},
    readings, store,
    unusual::Memory,
};
use crate::{Context, egress::Egress, systems, transactions};

pub(super) async fn list(ctx: &Context, actor: &Actor) -> Result<Vec<Rule>, Fault> {
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

pub(super) async fn get(ctx: &Context, actor: &Actor, id: &RuleId) -> Result<Rule, Fault> {
    actor.authenticated()?;
    let mut conn = ctx.db.read().await?;
    let found = store::one(&mut conn, &actor.reach(Permission::Read), id).await?;
    let system = systems::brief(&mut conn, &found.system).await?;
    Ok(found.with(system))
}

pub(super) async fn instances(ctx: &Context, actor: &Actor, id: &RuleId) -> Result<Vec<Instance>, Fault> {
    get(ctx, actor, id).await?;
    let kept = readings::instances(&mut *ctx.db.read().await?, id).await?;
    let read = |kept: readings::Kept| Instance { labels: kept.labels, value: kept.value, holds: kept.holds, since: kept.since };
    Ok(kept.into_iter().take(200).map(read).collect())
}

pub(super) async fn values(ctx: &Context, actor: &Actor, id: &RuleId, span: Span) -> Result<Vec<Slot>, Fault> {
    get(ctx, actor, id).await?;
    readings::slots(&mut *ctx.db.read().await?, id, Resolution::for_span(span), span).await
}

pub(super) async fn preview(
    ctx: &Context,
    (egress, counts): (&Egress, &transactions::Settings),
    actor: &Actor,
    (id, typed): (Option<&RuleId>, &Typed),
) -> Result<Preview, Fault> {
    actor.require_somewhere(Permission::EditMonitors)?;
    let draft = Draft::parse(typed)?;
    {
        let conn = &mut *ctx.db.read().await?;
        let held = match id {
            Some(id) => Some(store::one(conn, &actor.reach(Permission::EditMonitors), id).await?.input),
            None => None,
        };
        acts::check(conn, actor, &draft, held.as_ref()).await?;
    }
    let now = ctx.now();
    let what = What { system: &draft.system, input: &draft.input, weeks: draft.weeks, memory: &Memory::default(), counts };
    match read::past(ctx, egress, &what, Span { from: now.plus(-DAY), to: now }).await? {
        Ok(tracks) => {
            let ms = |seconds: u32| i64::from(seconds) * 1_000;
            let played = play(draft.condition, draft.no_data, ms(draft.for_s), ms(draft.keep_s), &tracks);
            Ok(match draft.input {
                Input::Unusual { over_s, .. } => played.with_onsets(&tracks, ms(over_s)),
                _ => played,
            })
        }
        Err(why) => Err(Fault::Unavailable(Wording::new("rules-unavailable").with("why", why))),
    }
}
