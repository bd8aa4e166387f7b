//! What people (and heartbeats) do with monitors.

use std::time::Duration;

use domain::{
    Actor, Fault, Permission, Timestamp, Wording,
    audit::Object,
    form::Typed,
    id::MonitorId,
    live::Topic,
    monitors::{Act, CheckResult, Draft, Many, Place, Places, Reason, SecretInput, Target, Verdict, rule},
    systems::Brief,
    time::{DAY, SECOND},
};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{
    probe::{self, Asking},
    reads,
    record::{self, Finding, Source},
    store::{self, Kept},
};
use crate::{Context, WriteTx, alerts, audit, egress::Egress, seal::digest, systems};

/// What the secret of a heartbeat is sealed for.
pub(super) const PURPOSE: &str = "monitors.secret";
/// What the secret that goes with a target is sealed for.
const CREDENTIAL: &str = "monitors.credential";
/// How long somebody waits who asks for a check, however long the target may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// What the audit calls that somebody says until when a monitor is under maintenance.
pub(super) const MAINTAIN: &str = "monitor.maintain";
/// Longest maintenance that can be set at once.
const LONGEST_MAINTENANCE_MS: i64 = 30 * DAY;

/// What an audit row says of a draft: what everybody may see of it, without what may be long or hold a credential.
fn told(draft: &Draft) -> Value {
    let mut target = serde_json::to_value(draft.target.clone().concealed()).unwrap_or_default();
    if let Some(target) = target.as_object_mut() {
        target.remove("body");
        target.remove("headers");
        target.remove("dialogue");
    }
    json!({
        "system": draft.system,
        "severity": draft.severity,
        "needed": draft.needed,
        "hold_s": draft.hold_s,
        "recover_s": draft.recover_s,
        "target": target,
    })
}

/// Refuses places that are none.
async fn known_places(tx: &mut WriteTx, places: &Places) -> Result<(), Fault> {
    for place in &places.places {
        if let Some(location) = place.location()
            && store::locations::one(tx, location).await.is_err()
        {
            return Err(Fault::invalid("locations", location, Wording::new("expect-id")));
        }
    }
    Ok(())
}

/// The secret of a target as it is to be stored, beside what is stored now. One that stays is for whom it was given: where
/// the target goes elsewhere it must be given anew.
fn credential(ctx: &Context, draft: &Draft, before: Option<&Kept>) -> Result<String, Fault> {
    let stored = before.map(|kept| kept.credential.as_str()).unwrap_or_default();
    match &draft.secret {
        SecretInput::Given(secret) => ctx.seal.seal(CREDENTIAL, secret.as_bytes()),
        SecretInput::Forget => Ok(String::new()),
        SecretInput::Keep if stored.is_empty() => Ok(String::new()),
        SecretInput::Keep if before.is_some_and(|kept| kept.target.confidant() == draft.target.confidant()) => Ok(stored.to_owned()),
        SecretInput::Keep => {
            Err(Fault::invalid(draft.target.secret_field().unwrap_or("password"), "", Wording::new("monitors-expect-secret-anew")))
        }
    }
}

/// Opens what was stored; `None` where nothing was.
pub(super) fn open_secret(ctx: &Context, sealed: &str) -> Result<Option<SecretString>, Fault> {
    (!sealed.is_empty()).then(|| ctx.seal.unseal_text(CREDENTIAL, sealed).map(SecretString::from)).transpose()
}

/// What is known of a monitor whose secret no key opens.
pub(super) fn sealed_result(at: Timestamp) -> CheckResult {
    CheckResult::bare(at, Verdict::Unknown, Reason::Unreadable, "no key opens the secret of this monitor")
}

fn new_secret() -> String {
    hex::encode(rand::random::<[u8; 20]>())
}

/// Seals what an older version of the program has stored in clear text.
pub(super) async fn seal_secrets(ctx: &Context) -> Result<(), Fault> {
    let mut conn = ctx.db.read().await?;
    if store::clear_secrets(&mut conn).await?.is_empty() && store::clear_targets(&mut conn).await?.is_empty() {
        return Ok(());
    }
    drop(conn);
    let mut tx = ctx.begin_write().await?;
    for (id, target) in store::clear_targets(&mut tx).await? {
        store::seal_target(&mut tx, &ctx.seal, &id, &target).await?;
    }
    for (id, secret) in store::clear_secrets(&mut tx).await? {
        store::set_secret(&mut tx, &id, &ctx.seal.stow(PURPOSE, &secret)?).await?;
    }
    tx.commit().await
}

async fn finish(
    mut tx: WriteTx,
    ctx: &Context,
    actor: &Actor,
    act: &str,
    of: (&MonitorId, &str, &Brief),
    detail: &Value,
) -> Result<(), Fault> {
    note(&mut tx, ctx, actor, act, of, detail).await?;
    tx.commit().await
}

/// Tells of an act whom it concerns, and the audit.
pub(super) async fn note(
    tx: &mut WriteTx,
    ctx: &Context,
    actor: &Actor,
    act: &str,
    of: (&MonitorId, &str, &Brief),
    detail: &Value,
) -> Result<(), Fault> {
    let (id, name, system) = of;
    tx.announce(Topic::Monitors, id, Some(&system.team));
    tx.ring(super::NAME);
    audit::record(tx, ctx, actor, act, Object::new("monitor", id, name, Some(&system.team)), detail).await
}

/// Adds a monitor with what it needs to live: its secrets, sealed.
pub(super) async fn make(tx: &mut WriteTx, ctx: &Context, id: &MonitorId, draft: &Draft) -> Result<(), Fault> {
    known_places(tx, &draft.places).await?;
    let secret = match draft.target {
        Target::Heartbeat(_) => Some(ctx.seal.stow(PURPOSE, &new_secret())?),
        _ => None,
    };
    store::insert(tx, &ctx.seal, id, draft, &credential(ctx, draft, None)?, secret.as_ref(), ctx.now()).await
}

pub(super) async fn create(ctx: &Context, actor: &Actor, typed: &Typed) -> Result<MonitorId, Fault> {
    actor.require_somewhere(Permission::EditMonitors)?;
    let draft = Draft::parse(typed)?;
    let mut tx = ctx.begin_write().await?;
    let system = systems::chosen(&mut tx, actor, Permission::EditMonitors, &draft.system).await?;
    let id: MonitorId = ctx.new_id();
    make(&mut tx, ctx, &id, &draft).await?;
    finish(tx, ctx, actor, "monitor.create", (&id, draft.name.as_str(), &system), &told(&draft)).await?;
    Ok(id)
}

/// The monitor and its system, if the actor may edit it: as they stand in this transaction, which holds the monitor until
/// it ends, so that authority and act see the same row.
pub(super) async fn editable(tx: &mut WriteTx, ctx: &Context, actor: &Actor, id: &MonitorId) -> Result<(Kept, Brief), Fault> {
    actor.authenticated()?;
    let kept = store::hold(tx, &ctx.seal, id).await?;
    let system = systems::brief(tx, &kept.system).await?;
    actor.require(Permission::EditMonitors, &system.team, "monitor")?;
    Ok((kept, system))
}

/// A write that found no row: the monitor is gone.
fn one_row(changed: bool) -> Result<(), Fault> {
    if changed { Ok(()) } else { Err(Fault::NotFound("monitor")) }
}

pub(super) async fn edit(ctx: &Context, actor: &Actor, id: &MonitorId, typed: &Typed) -> Result<(), Fault> {
    actor.authenticated()?;
    let mut tx = ctx.begin_write().await?;
    let (kept, _) = editable(&mut tx, ctx, actor, id).await?;
    let draft = Draft::parse(typed)?;
    if draft.target.kind() != kept.target.kind() {
        return Err(Fault::invalid("kind", draft.target.kind(), Wording::new("expect-one-of").with("choices", kept.target.kind().name())));
    }
    let version = typed.version(kept.version)?;
    let system = systems::chosen(&mut tx, actor, Permission::EditMonitors, &draft.system).await?;
    known_places(&mut tx, &draft.places).await?;
    store::places::forget_others(&mut tx, id, &draft.places).await?;
    let credential = credential(ctx, &draft, Some(&kept))?;
    if version == kept.version && kept.says(&draft, &credential) {
        return Ok(());
    }
    if !store::update(&mut tx, &ctx.seal, id, &draft, &credential, version, ctx.now()).await? {
        return Err(Fault::conflict("monitors-conflict-edited"));
    }
    if let Target::Heartbeat(beat) = &draft.target {
        let held = store::take_standings(&mut tx, std::slice::from_ref(id)).await?;
        let called_at = held.first().and_then(|held| held.called_at);
        store::set_due(&mut tx, id, rule::missed_at(beat, called_at, None)).await?;
    }
    finish(tx, ctx, actor, "monitor.edit", (id, draft.name.as_str(), &system), &told(&draft)).await
}

pub(super) async fn set_paused(ctx: &Context, actor: &Actor, id: &MonitorId, paused: bool) -> Result<(), Fault> {
    actor.authenticated()?;
    let mut tx = ctx.begin_write().await?;
    pause_one(&mut tx, ctx, actor, id, paused).await?;
    tx.commit().await
}

/// Nothing happens where it is so already.
async fn pause_one(tx: &mut WriteTx, ctx: &Context, actor: &Actor, id: &MonitorId, paused: bool) -> Result<(), Fault> {
    let (kept, system) = editable(tx, ctx, actor, id).await?;
    if kept.paused == paused {
        return Ok(());
    }
    let now = ctx.now();
    one_row(store::set_paused(tx, id, paused, now).await?)?;
    if let (Target::Heartbeat(beat), false) = (&kept.target, paused) {
        // Whoever takes it up again has a whole deadline from now.
        let held = store::take_standings(tx, std::slice::from_ref(id)).await?;
        let called = held.first().is_some_and(|held| held.called_at.is_some());
        store::set_due(tx, id, rule::missed_at(beat, called.then_some(now), None)).await?;
    }
    record::retell(tx, ctx, id).await?;
    let act = if paused { "monitor.pause" } else { "monitor.resume" };
    note(tx, ctx, actor, act, (id, &kept.name, &system), &json!({})).await
}

pub(super) async fn maintain(ctx: &Context, actor: &Actor, id: &MonitorId, until: Option<Timestamp>) -> Result<(), Fault> {
    actor.authenticated()?;
    let mut tx = ctx.begin_write().await?;
    maintain_one(&mut tx, ctx, actor, id, until).await?;
    tx.commit().await
}

async fn maintain_one(tx: &mut WriteTx, ctx: &Context, actor: &Actor, id: &MonitorId, until: Option<Timestamp>) -> Result<(), Fault> {
    let (kept, system) = editable(tx, ctx, actor, id).await?;
    if let Some(until) = until
        && !(1..=LONGEST_MAINTENANCE_MS).contains(&until.since(ctx.now()))
    {
        return Err(Fault::invalid("until", until.rfc3339(), Wording::new("monitors-expect-maintenance").with("days", 30)));
    }
    one_row(store::set_maintenance(tx, id, until).await?)?;
    record::maintained(tx);
    let detail = json!({ "until": until.map(Timestamp::rfc3339) });
    note(tx, ctx, actor, MAINTAIN, (id, &kept.name, &system), &detail).await
}

/// One act with several monitors, all or none.
pub(super) async fn many(ctx: &Context, actor: &Actor, typed: &Typed) -> Result<u64, Fault> {
    actor.require_somewhere(Permission::EditMonitors)?;
    let many = Many::parse(typed)?;
    let mut tx = ctx.begin_write().await?;
    let until = ctx.now().plus(many.for_ms);
    for id in &many.ids {
        match many.act {
            Act::Pause => pause_one(&mut tx, ctx, actor, id, true).await?,
            Act::Resume => pause_one(&mut tx, ctx, actor, id, false).await?,
            Act::Maintain => maintain_one(&mut tx, ctx, actor, id, Some(until)).await?,
            Act::EndMaintenance => maintain_one(&mut tx, ctx, actor, id, None).await?,
        }
    }
    tx.commit().await?;
    u64::try_from(many.ids.len()).map_err(|_| Fault::Internal)
}

pub(super) async fn check_now(ctx: &Context, egress: &Egress, actor: &Actor, id: &MonitorId) -> Result<CheckResult, Fault> {
    let (monitor, credential) = reads::get_with_credential(ctx, actor, id).await?;
    match &monitor.target {
        Target::Heartbeat(_) => return Err(Fault::conflict("monitors-conflict-heartbeat")),
        Target::Unreadable { .. } => return Err(Fault::conflict("monitors-conflict-unreadable")),
        _ => {}
    }
    if monitor.paused {
        return Err(Fault::conflict("monitors-conflict-paused"));
    }
    if !monitor.places.has(&Place::here()) {
        return Err(Fault::conflict("monitors-conflict-elsewhere"));
    }
    // The network first, then the transaction; and an answer before the request that asks for it runs out of time.
    let secret = open_secret(ctx, &credential)?;
    let asking = Asking::new(egress, secret.as_ref(), ctx.now()).at_most(PATIENCE);
    let result = probe::probe(asking, &monitor.target).await;
    let mut tx = ctx.begin_write().await?;
    // Meanwhile it may have gone to another team, or for good.
    let (kept, system) = editable(&mut tx, ctx, actor, id).await?;
    let finding = Finding { monitor: id.clone(), place: Place::here(), source: Source::Check(monitor.version), result: result.clone() };
    record::apply(&mut tx, ctx, &[finding]).await?;
    let detail = json!({ "verdict": result.verdict, "reason": result.reason });
    finish(tx, ctx, actor, "monitor.check", (id, &kept.name, &system), &detail).await?;
    Ok(result)
}

pub(super) async fn renew_secret(ctx: &Context, actor: &Actor, id: &MonitorId) -> Result<String, Fault> {
    actor.authenticated()?;
    let mut tx = ctx.begin_write().await?;
    let (kept, system) = editable(&mut tx, ctx, actor, id).await?;
    if !matches!(kept.target, Target::Heartbeat(_)) {
        return Err(Fault::conflict("monitors-conflict-not-heartbeat"));
    }
    let secret = new_secret();
    one_row(store::set_secret(&mut tx, id, &ctx.seal.stow(PURPOSE, &secret)?).await?)?;
    finish(tx, ctx, actor, "monitor.renew-url", (id, &kept.name, &system), &json!({})).await?;
    Ok(secret)
}

pub(super) async fn delete(ctx: &Context, actor: &Actor, id: &MonitorId) -> Result<(), Fault> {
    actor.authenticated()?;
    let mut tx = ctx.begin_write().await?;
    let (kept, system) = editable(&mut tx, ctx, actor, id).await?;
    // First its standing, as everywhere, then its alert: with a check that ends at the same time they wait in this order.
    store::take_standings(&mut tx, std::slice::from_ref(id)).await?;
    alerts::withdraw(&mut tx, ctx, record::SOURCE, id.as_str()).await?;
    one_row(store::delete(&mut tx, id).await?)?;
    finish(tx, ctx, actor, "monitor.delete", (id, &kept.name, &system), &json!({})).await
}

/// The actor is whoever holds the secret: it can do nothing but this. Calls within one second count once: the one before is
/// durable and says the same.
pub(super) async fn beat(ctx: &Context, secret: &str) -> Result<(), Fault> {
    let wellformed = secret.len() == 40 && secret.bytes().all(|b| b.is_ascii_hexdigit());
    if !wellformed {
        return Err(Fault::NotFound("monitor"));
    }
    let now = ctx.now();
    let mut conn = ctx.db.read().await?;
    let id = store::by_secret(&mut conn, &digest(secret)).await?.ok_or(Fault::NotFound("monitor"))?;
    let called_at = store::called_at(&mut conn, &id).await?;
    drop(conn);
    if called_at.is_some_and(|at| (0..SECOND).contains(&now.since(at))) {
        return Ok(());
    }
    let mut tx = ctx.begin_write().await?;
    let result = CheckResult::bare(now, Verdict::Up, Reason::Called, "");
    record::apply(&mut tx, ctx, &[Finding { monitor: id, place: Place::here(), source: Source::Call, result }]).await?;
    tx.announce(Topic::Monitors, "", None);
    tx.commit().await
}
