//! What people do with sources.

use domain::{
    Actor, Fault, Permission, Wording,
    audit::Object,
    form::Typed,
    id::{SeriesId, SourceId},
    live::Topic,
    sources::{AuthKind, Choice, Draft, Source, SourceKind},
    systems::Brief,
};
use serde_json::{Value, json};
use url::Url;

use super::{
    NAME, fetch, reads, record,
    store::{self, Stored},
};
use crate::{Context, WriteTx, audit, egress::Egress, systems};

/// What the secret of a source is sealed for.
const PURPOSE: &str = "sources.secret";

/// The secret of a source in clear, if it has one.
pub(super) fn unseal(ctx: &Context, source: &Stored) -> Result<Option<String>, Fault> {
    if source.sealed.is_empty() { Ok(None) } else { ctx.seal.unseal_text(PURPOSE, &source.sealed).map(Some) }
}

fn seal(ctx: &Context, secret: Option<&String>) -> Result<String, Fault> {
    secret.map_or(Ok(String::new()), |secret| ctx.seal.seal(PURPOSE, secret.as_bytes()))
}

/// What an audit row says of a draft.
fn told(draft: &Draft) -> Value {
    json!({
        "system": draft.system,
        "kind": draft.kind,
        "url": draft.url,
        "interval_s": draft.interval_s,
        "timeout_s": draft.timeout_s,
        "accept_invalid": draft.accept_invalid,
        "tenant": draft.tenant,
        "auth": draft.auth,
        "user": draft.user,
        "secret_given": draft.secret.is_some(),
    })
}

async fn finish(
    mut tx: WriteTx,
    ctx: &Context,
    actor: &Actor,
    act: &str,
    of: (&SourceId, &str, &Brief),
    detail: &Value,
) -> Result<(), Fault> {
    let (id, name, system) = of;
    tx.announce(Topic::Sources, id, Some(&system.team));
    tx.ring(NAME);
    audit::record(&mut tx, ctx, actor, act, Object::new("source", id, name, Some(&system.team)), detail).await?;
    tx.commit().await
}

pub(super) async fn create(ctx: &Context, actor: &Actor, typed: &Typed) -> Result<SourceId, Fault> {
    actor.require_somewhere(Permission::EditMonitors)?;
    let draft = Draft::parse(typed)?;
    if draft.auth != AuthKind::None && draft.secret.is_none() {
        return Err(Fault::invalid("secret", "", Wording::new("expect-something")));
    }
    let mut tx = ctx.begin_write().await?;
    let system = systems::chosen(&mut tx, actor, Permission::EditMonitors, &draft.system).await?;
    let id: SourceId = ctx.new_id();
    store::insert(&mut tx, &id, &draft, &seal(ctx, draft.secret.as_ref())?, ctx.now()).await?;
    finish(tx, ctx, actor, "source.create", (&id, draft.name.as_str(), &system), &told(&draft)).await?;
    Ok(id)
}

/// The source and its system, if the actor may edit it: held until the transaction ends.
async fn editable(tx: &mut WriteTx, actor: &Actor, id: &SourceId) -> Result<(Stored, Brief), Fault> {
    let held = store::hold(tx, id).await?;
    let system = systems::brief(tx, &held.system).await?;
    actor.require(Permission::EditMonitors, &system.team, "source")?;
    Ok((held, system))
}

/// Scheme, host and port: whom a secret was given for.
fn origin(url: &str) -> Option<String> {
    Url::parse(url).ok().map(|url| url.origin().ascii_serialization())
}

/// The sealed secret after an edit. One that was given for a host does not go to another unasked.
fn sealed_after(ctx: &Context, held: &Stored, draft: &Draft) -> Result<String, Fault> {
    if draft.auth == AuthKind::None {
        return Ok(String::new());
    }
    if draft.secret.is_some() {
        return seal(ctx, draft.secret.as_ref());
    }
    if held.sealed.is_empty() {
        return Err(Fault::invalid("secret", "", Wording::new("expect-something")));
    }
    if origin(&held.url) != origin(&draft.url) {
        return Err(Fault::invalid("secret", "", Wording::new("sources-expect-secret-again")));
    }
    Ok(held.sealed.clone())
}

pub(super) async fn edit(ctx: &Context, actor: &Actor, id: &SourceId, typed: &Typed) -> Result<(), Fault> {
    actor.authenticated()?;
    let mut tx = ctx.begin_write().await?;
    let (held, _) = editable(&mut tx, actor, id).await?;
    let draft = Draft::parse(typed)?;
    if draft.kind != held.kind {
        return Err(Fault::invalid("kind", draft.kind, Wording::new("expect-one-of").with("choices", held.kind)));
    }
    let version = typed.version(held.version)?;
    let system = systems::chosen(&mut tx, actor, Permission::EditMonitors, &draft.system).await?;
    let sealed = sealed_after(ctx, &held, &draft)?;
    if version == held.version && held.says(&draft, &sealed) {
        return Ok(());
    }
    if !store::update(&mut tx, id, &draft, &sealed, version, ctx.now()).await? {
        return Err(Fault::conflict("sources-conflict-edited"));
    }
    finish(tx, ctx, actor, "source.edit", (id, draft.name.as_str(), &system), &told(&draft)).await
}

pub(super) async fn pause(ctx: &Context, actor: &Actor, id: &SourceId, paused: bool) -> Result<(), Fault> {
    actor.authenticated()?;
    let mut tx = ctx.begin_write().await?;
    let (held, system) = editable(&mut tx, actor, id).await?;
    if held.paused == paused {
        return Ok(());
    }
    store::set_paused(&mut tx, id, paused, ctx.now()).await?;
    if paused {
        record::withdraw(&mut tx, ctx, id).await?;
    }
    let act = if paused { "source.pause" } else { "source.resume" };
    finish(tx, ctx, actor, act, (id, &held.name, &system), &json!({})).await
}

pub(super) async fn ask_now(ctx: &Context, egress: &Egress, actor: &Actor, id: &SourceId) -> Result<Source, Fault> {
    let (mut source, _) = reads::one(ctx, actor, id, Permission::EditMonitors).await?;
    if source.paused {
        return Err(Fault::conflict("sources-conflict-paused"));
    }
    // The network first, then the transaction; and an answer before the request that asks for it runs out of time.
    source.timeout_s = source.timeout_s.min(15);
    let at = ctx.now();
    let tried = fetch::ask(egress, &source, unseal(ctx, &source)?.as_deref()).await;
    let mut tx = ctx.begin_write().await?;
    // Meanwhile it may have gone to another team, or for good.
    let (held, system) = editable(&mut tx, actor, id).await?;
    let detail = json!({ "answered": tried.outcome.is_ok() });
    record::apply_on(&mut tx, ctx, &source, at, tried, true).await?;
    finish(tx, ctx, actor, "source.ask", (id, &held.name, &system), &detail).await?;
    reads::get(ctx, actor, id).await
}

pub(super) async fn delete(ctx: &Context, actor: &Actor, id: &SourceId) -> Result<(), Fault> {
    actor.authenticated()?;
    let mut tx = ctx.begin_write().await?;
    let (held, system) = editable(&mut tx, actor, id).await?;
    record::withdraw(&mut tx, ctx, id).await?;
    store::delete(&mut tx, id).await?;
    finish(tx, ctx, actor, "source.delete", (id, &held.name, &system), &json!({})).await
}

pub(super) async fn choose(ctx: &Context, actor: &Actor, id: &SourceId, typed: &Typed) -> Result<(), Fault> {
    actor.authenticated()?;
    let mut tx = ctx.begin_write().await?;
    let (held, system) = editable(&mut tx, actor, id).await?;
    if held.kind != SourceKind::Scrape {
        return Err(Fault::conflict("sources-conflict-not-scrape"));
    }
    let choice = Choice::parse(typed)?;
    let selectors: Vec<_> = choice.selectors.iter().map(|one| one.as_str().to_owned()).collect();
    // What nobody wants any more goes, with its past.
    let unwanted: Vec<SeriesId> = store::lines(&mut tx, id)
        .await?
        .into_iter()
        .map(|line| line.kept)
        .filter(|kept| !choice.selectors.iter().any(|one| one.selects(&kept.metric, &kept.labels)))
        .map(|kept| kept.id)
        .collect();
    if unwanted.is_empty() && selectors == held.choices {
        return Ok(());
    }
    store::forget(&mut tx, &unwanted).await?;
    store::set_choices(&mut tx, id, &selectors.join("\n"), ctx.now()).await?;
    let detail = json!({ "kept": [held.choices, selectors], "series_forgotten": unwanted.len() });
    finish(tx, ctx, actor, "source.choose", (id, &held.name, &system), &detail).await
}
