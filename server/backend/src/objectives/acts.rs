//! What people do with objectives.

use domain::{
    Actor, Fault, Permission,
    audit::Object,
    form::Typed,
    id::ObjectiveId,
    live::Topic,
    objectives::{Draft, Sli},
    systems::Brief,
};
use serde_json::{Value, json};

use super::{
    NAME,
    store::{self, Stored},
    tell,
};
use crate::{
    Context, WriteTx, audit,
    sources::{self, Wanted},
    systems,
};

/// Whether the actor may make this objective of what it was, if it was: edit on its system, and read its source or, for questions
/// that are new, edit there, too. Gives the system.
async fn check(tx: &mut WriteTx, actor: &Actor, draft: &Draft, held: Option<&Sli>) -> Result<Brief, Fault> {
    let system = systems::chosen(tx, actor, Permission::EditMonitors, &draft.system).await?;
    if let Sli::Query { source, .. } = &draft.sli {
        let wanted = if held == Some(&draft.sli) { Wanted::SameQuestion } else { Wanted::Question };
        sources::check(tx, actor, source, wanted).await?;
    }
    Ok(system)
}

fn told(draft: &Draft) -> Value {
    json!({ "system": draft.system, "sli": draft.sli, "target": draft.target, "days": draft.days, "month": draft.month })
}

async fn finish(
    mut tx: WriteTx,
    ctx: &Context,
    actor: &Actor,
    act: &str,
    of: (&ObjectiveId, &str, &Brief),
    detail: &Value,
) -> Result<(), Fault> {
    let (id, name, system) = of;
    tx.announce(Topic::Rules, id, Some(&system.team));
    tx.ring(NAME);
    audit::record(&mut tx, ctx, actor, act, Object::new("objective", id, name, Some(&system.team)), detail).await?;
    tx.commit().await
}

pub(super) async fn create(ctx: &Context, actor: &Actor, typed: &Typed) -> Result<ObjectiveId, Fault> {
    actor.require_somewhere(Permission::EditMonitors)?;
    let draft = Draft::parse(typed)?;
    let mut tx = ctx.begin_write().await?;
    let system = check(&mut tx, actor, &draft, None).await?;
    let id: ObjectiveId = ctx.new_id();
    store::insert(&mut tx, &id, &draft, ctx.now()).await?;
    finish(tx, ctx, actor, "objective.create", (&id, draft.name.as_str(), &system), &told(&draft)).await?;
    Ok(id)
}

/// The objective and its system, if the actor may edit it: held until the transaction ends.
async fn editable(tx: &mut WriteTx, actor: &Actor, id: &ObjectiveId) -> Result<(Stored, Brief), Fault> {
    let held = store::hold(tx, id).await?;
    let system = systems::brief(tx, &held.system).await?;
    actor.require(Permission::EditMonitors, &system.team, "objective")?;
    Ok((held, system))
}

pub(super) async fn edit(ctx: &Context, actor: &Actor, id: &ObjectiveId, typed: &Typed) -> Result<(), Fault> {
    actor.authenticated()?;
    let mut tx = ctx.begin_write().await?;
    let (held, _) = editable(&mut tx, actor, id).await?;
    let draft = Draft::parse(typed)?;
    let version = typed.version(held.version)?;
    if version == held.version && held.says(&draft) {
        return Ok(());
    }
    let system = check(&mut tx, actor, &draft, Some(&held.sli)).await?;
    tell::withdraw(&mut tx, ctx, &held).await?;
    if !store::update(&mut tx, id, &draft, version, ctx.now()).await? {
        return Err(Fault::conflict("objectives-conflict-edited"));
    }
    finish(tx, ctx, actor, "objective.edit", (id, draft.name.as_str(), &system), &told(&draft)).await
}

pub(super) async fn pause(ctx: &Context, actor: &Actor, id: &ObjectiveId, paused: bool) -> Result<(), Fault> {
    actor.authenticated()?;
    let mut tx = ctx.begin_write().await?;
    let (held, system) = editable(&mut tx, actor, id).await?;
    if held.paused == paused {
        return Ok(());
    }
    tell::withdraw(&mut tx, ctx, &held).await?;
    store::set_paused(&mut tx, id, paused, ctx.now()).await?;
    let act = if paused { "objective.pause" } else { "objective.resume" };
    finish(tx, ctx, actor, act, (id, &held.name, &system), &json!({})).await
}

pub(super) async fn delete(ctx: &Context, actor: &Actor, id: &ObjectiveId) -> Result<(), Fault> {
    actor.authenticated()?;
    let mut tx = ctx.begin_write().await?;
    let (held, system) = editable(&mut tx, actor, id).await?;
    tell::withdraw(&mut tx, ctx, &held).await?;
    store::delete(&mut tx, id).await?;
    finish(tx, ctx, actor, "objective.delete", (id, &held.name, &system), &json!({})).await
}
