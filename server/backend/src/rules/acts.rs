//! What people do with rules.

use std::collections::BTreeSet;

use domain::{
    Actor, Fault, Permission, Wording,
    audit::Object,
    form::Typed,
    id::RuleId,
    live::Topic,
    rules::{Draft, Input},
    systems::Brief,
};
use serde_json::{Value, json};
use sqlx::AnyConnection;

use super::{
    NAME, record,
    store::{self, Stored},
};
use crate::{
    Context, WriteTx, audit,
    sources::{self, Wanted},
    streams, systems,
};

/// Whether the actor may make this rule of what it was, if it was: edit on its system, and read its source or, for a question that
/// is new, edit there, too. Gives the system.
pub(super) async fn check(conn: &mut AnyConnection, actor: &Actor, draft: &Draft, held: Option<&Input>) -> Result<Brief, Fault> {
    let system = systems::chosen(conn, actor, Permission::EditMonitors, &draft.system).await?;
    let (id, wanted) = match &draft.input {
        Input::Query { source, .. } if held == Some(&draft.input) => (source, Wanted::SameQuestion),
        Input::Query { source, .. } => (source, Wanted::Question),
        Input::Kept { source, .. } => (source, Wanted::Kept),
        Input::Unusual { by, .. } if !by.is_empty() => {
            let streams = streams::of(conn, vec![system.clone()]).await?;
            let known: BTreeSet<&str> = streams.iter().flat_map(|stream| &stream.dimensions).map(|one| one.key.as_str()).collect();
            if !known.contains(by.as_str()) {
                let list = known.into_iter().collect::<Vec<_>>().join(", ");
                return Err(Fault::invalid("by", by, Wording::new("rules-expect-dimension").with("known", list)));
            }
            return Ok(system);
        }
        Input::Transactions { .. } | Input::Unusual { .. } => return Ok(system),
    };
    sources::check(conn, actor, id, wanted).await?;
    Ok(system)
}

/// Whether the stored rule says what the draft says, under whatever name.
pub(super) fn same(stored: &Stored, draft: &Draft) -> bool {
    // Whole, so that a field which is added is compared, too.
    let Draft {
        name: _,
        group: _,
        system: _,
        input,
        weeks,
        condition,
        for_s,
        keep_s,
        interval_s,
        no_data,
        severity,
        labels,
        annotations,
        runbook,
    } = draft;
    stored.input == *input
        && stored.weeks == *weeks
        && stored.condition == *condition
        && (stored.for_s, stored.keep_s, stored.interval_s) == (*for_s, *keep_s, *interval_s)
        && stored.no_data == *no_data
        && stored.severity == *severity
        && stored.labels == *labels
        && stored.annotations == *annotations
        && stored.runbook == *runbook
}

/// What an audit row says of a draft.
pub(super) fn told(draft: &Draft) -> Value {
    json!({
        "system": draft.system,
        "group": draft.group,
        "input": draft.input,
        "weeks": draft.weeks,
        "condition": draft.condition,
        "for_s": draft.for_s,
        "keep_s": draft.keep_s,
        "interval_s": draft.interval_s,
        "no_data": draft.no_data,
        "severity": draft.severity,
        "labels": draft.labels,
    })
}

async fn finish(
    mut tx: WriteTx,
    ctx: &Context,
    actor: &Actor,
    act: &str,
    of: (&RuleId, &str, &Brief),
    detail: &Value,
) -> Result<(), Fault> {
    let (id, name, system) = of;
    tx.announce(Topic::Rules, id, Some(&system.team));
    tx.ring(NAME);
    audit::record(&mut tx, ctx, actor, act, Object::new("rule", id, name, Some(&system.team)), detail).await?;
    tx.commit().await
}

pub(super) async fn create(ctx: &Context, actor: &Actor, typed: &Typed) -> Result<RuleId, Fault> {
    actor.require_somewhere(Permission::EditMonitors)?;
    let draft = Draft::parse(typed)?;
    let mut tx = ctx.begin_write().await?;
    let system = check(&mut tx, actor, &draft, None).await?;
    let id: RuleId = ctx.new_id();
    store::insert(&mut tx, &id, &draft, ctx.now()).await?;
    finish(tx, ctx, actor, "rule.create", (&id, draft.name.as_str(), &system), &told(&draft)).await?;
    Ok(id)
}

/// The rule and its system, if the actor may edit it: held until the transaction ends.
async fn editable(tx: &mut WriteTx, actor: &Actor, id: &RuleId) -> Result<(Stored, Brief), Fault> {
    let held = store::hold(tx, id).await?;
    let system = systems::brief(tx, &held.system).await?;
    actor.require(Permission::EditMonitors, &system.team, "rule")?;
    Ok((held, system))
}

pub(super) async fn edit(ctx: &Context, actor: &Actor, id: &RuleId, typed: &Typed) -> Result<(), Fault> {
    actor.authenticated()?;
    let mut tx = ctx.begin_write().await?;
    let (held, _) = editable(&mut tx, actor, id).await?;
    let draft = Draft::parse(typed)?;
    let version = typed.version(held.version)?;
    let named = (held.name.as_str(), &held.group, &held.system) == (draft.name.as_str(), &draft.group, &draft.system);
    if version == held.version && named && same(&held, &draft) {
        return Ok(());
    }
    let system = check(&mut tx, actor, &draft, Some(&held.input)).await?;
    record::withdraw(&mut tx, ctx, std::slice::from_ref(&held)).await?;
    if !store::update(&mut tx, id, &draft, version, ctx.now()).await? {
        return Err(Fault::conflict("rules-conflict-edited"));
    }
    finish(tx, ctx, actor, "rule.edit", (id, draft.name.as_str(), &system), &told(&draft)).await
}

pub(super) async fn pause(ctx: &Context, actor: &Actor, id: &RuleId, paused: bool) -> Result<(), Fault> {
    actor.authenticated()?;
    let mut tx = ctx.begin_write().await?;
    let (held, system) = editable(&mut tx, actor, id).await?;
    if held.paused == paused {
        return Ok(());
    }
    record::withdraw(&mut tx, ctx, std::slice::from_ref(&held)).await?;
    store::set_paused(&mut tx, id, paused, ctx.now()).await?;
    let act = if paused { "rule.pause" } else { "rule.resume" };
    finish(tx, ctx, actor, act, (id, &held.name, &system), &json!({})).await
}

pub(super) async fn delete(ctx: &Context, actor: &Actor, id: &RuleId) -> Result<(), Fault> {
    actor.authenticated()?;
    let mut tx = ctx.begin_write().await?;
    let (held, system) = editable(&mut tx, actor, id).await?;
    record::withdraw(&mut tx, ctx, std::slice::from_ref(&held)).await?;
    store::delete(&mut tx, id).await?;
    finish(tx, ctx, actor, "rule.delete", (id, &held.name, &system), &json!({})).await
}
