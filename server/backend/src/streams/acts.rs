//! What people do with streams.

use std::collections::HashSet;

use domain::{
    Actor, Fault, Permission, Timestamp, Wording,
    audit::Object,
    form::Typed,
    id::StreamId,
    live::Topic,
    streams::{Draft, Layout, Preview, PreviewLine, declare, usual},
    systems::Brief,
    time::MINUTE,
    transactions::{Rules, Target, bin_value, money_text, read_batch},
};
use serde_json::json;

use super::{
    Service, find,
    store::{self, Stored},
    yaml,
};
use crate::{Context, WriteTx, audit, systems};

/// Lines of a preview that are shown.
const SHOWN: usize = 20;
/// Bytes of a sample.
const SAMPLE: usize = 1 << 20;
/// How far a sender's clock may run ahead.
const AHEAD: i64 = 10 * MINUTE;

/// What is asked for, laid over what was there.
pub(super) fn laid(draft: Draft, before: Option<&Stored>, id: StreamId, at: Timestamp, forgotten: Timestamp) -> Result<Stored, Fault> {
    // A usual stream begins with the usual dimensions, whether or not something was declared for it.
    let was = match before {
        Some(before) => before.dimensions.clone(),
        None if draft.key.is_empty() => usual(),
        None => Vec::new(),
    };
    Ok(Stored {
        id,
        system: draft.system,
        key: draft.key,
        name: draft.name,
        dimensions: declare(&was, draft.dimensions, at, forgotten)?,
        success_codes: draft.success_codes,
        currency: draft.currency,
        mapping: draft.mapping,
        keeping: draft.keeping,
        version: before.map_or(0, |before| before.version),
    })
}

impl Service {
    /// What retired before this moment is used by nothing that is kept.
    pub(super) fn forgotten(&self, draft: &Draft) -> Timestamp {
        let days = draft.keeping.day_days.unwrap_or(0).max(self.transactions.day_days);
        self.ctx.now().plus(-(i64::from(days) + 2) * domain::time::DAY)
    }
}

pub(super) async fn record(
    tx: &mut WriteTx,
    ctx: &Context,
    actor: &Actor,
    act: &str,
    (stream, system): (&Stored, &Brief),
) -> Result<(), Fault> {
    tx.announce(Topic::Transactions, &stream.id, Some(&system.team));
    let name = domain::streams::full_name(&system.key, &stream.key);
    let detail = json!({
        "dimensions": stream.dimensions, "success_codes": stream.success_codes, "currency": stream.currency,
        "mapping": stream.mapping, "keeping": stream.keeping
    });
    audit::record(tx, ctx, actor, act, Object::new("stream", &stream.id, name, Some(&system.team)), &detail).await
}

fn there_already(key: &str) -> Fault {
    Fault::invalid("key", key, Wording::new("streams-expect-new-key"))
}

pub(super) async fn create(service: &Service, actor: &Actor, typed: &Typed) -> Result<StreamId, Fault> {
    actor.require_somewhere(Permission::EditSystems)?;
    let draft = Draft::parse(&typed.with_key())?;
    if draft.key.is_empty() {
        return Err(Fault::invalid("key", "", Wording::new("expect-key")));
    }
    let ctx = &service.ctx;
    let mut tx = ctx.begin_write().await?;
    let system = systems::chosen(&mut tx, actor, Permission::EditSystems, &draft.system).await?;
    let forgotten = service.forgotten(&draft);
    let stream = laid(draft, None, ctx.new_id(), ctx.now(), forgotten)?;
    store::insert(&mut tx, &stream, ctx.now()).await.map_err(|fault| match fault {
        Fault::Conflict(_) => there_already(&stream.key),
        other => other,
    })?;
    record(&mut tx, ctx, actor, "stream.create", (&stream, &system)).await?;
    tx.commit().await?;
    Ok(stream.id)
}

pub(super) async fn edit(service: &Service, actor: &Actor, id: &StreamId, typed: &Typed) -> Result<(), Fault> {
    actor.authenticated()?;
    let ctx = &service.ctx;
    let mut tx = ctx.begin_write().await?;
    let held = store::hold(&mut tx, id).await?;
    let there = find(&mut tx, actor, id).await?;
    actor.require(Permission::EditSystems, &there.system.team, "stream")?;
    // What names a stream stays: what it counted goes by it.
    let mut typed = typed.clone();
    typed.set("system", &there.system.id);
    typed.set("key", &there.key);
    let version = typed.version(there.version)?;
    let draft = Draft::parse(&typed)?;
    let forgotten = service.forgotten(&draft);
    let stream = laid(draft, held.as_ref(), id.clone(), ctx.now(), forgotten)?;
    let conflict = || Fault::conflict("streams-conflict-edited");
    match held {
        Some(held) if version == held.version && yaml::same(&held, &stream) => return Ok(()),
        Some(_) => {
            if !store::update(&mut tx, &stream, version, ctx.now()).await? {
                return Err(conflict());
            }
        }
        None if version == 0 => store::insert(&mut tx, &stream, ctx.now()).await?,
        None => return Err(conflict()),
    }
    record(&mut tx, ctx, actor, "stream.edit", (&stream, &there.system)).await?;
    tx.commit().await
}

pub(super) async fn delete(service: &Service, actor: &Actor, id: &StreamId) -> Result<(), Fault> {
    actor.authenticated()?;
    let ctx = &service.ctx;
    let mut tx = ctx.begin_write().await?;
    let held = store::hold(&mut tx, id).await?;
    let there = find(&mut tx, actor, id).await?;
    actor.require(Permission::EditSystems, &there.system.team, "stream")?;
    let held = held.ok_or_else(|| Fault::conflict("streams-conflict-undeclared"))?;
    // As it was before: that is possible only while the usual dimensions stand where they always stood.
    let moved = |usual: &domain::streams::Dimension| held.dimensions.iter().all(|d| d.key != usual.key || d.place != usual.place);
    if held.key.is_empty() && usual().iter().any(moved) {
        return Err(Fault::conflict("streams-conflict-moved"));
    }
    store::delete(&mut tx, id).await?;
    record(&mut tx, ctx, actor, "stream.delete", (&held, &there.system)).await?;
    tx.commit().await
}

/// What a sample would count as.
pub(super) async fn preview(service: &Service, actor: &Actor, id: Option<&StreamId>, typed: &Typed) -> Result<Preview, Fault> {
    actor.require_somewhere(Permission::EditSystems)?;
    let ctx = &service.ctx;
    let mut conn = ctx.db.read().await?;
    let mut typed = typed.clone();
    let (before, system) = match id {
        Some(id) => {
            let there = find(&mut conn, actor, id).await?;
            actor.require(Permission::EditSystems, &there.system.team, "stream")?;
            typed.set("system", &there.system.id);
            typed.set("key", &there.key);
            (store::one(&mut conn, id).await?, Some(there.system))
        }
        None => (None, None),
    };
    let draft = Draft::parse(&typed)?;
    let system = match system {
        Some(system) => system,
        None => systems::chosen(&mut conn, actor, Permission::EditSystems, &draft.system).await?,
    };
    drop(conn);
    let sample = typed.get("sample").to_owned();
    if sample.len() > SAMPLE {
        return Err(Fault::invalid("sample", sample.len(), Wording::new("expect-at-most-characters").with("max", SAMPLE)));
    }
    let forgotten = service.forgotten(&draft);
    let id = id.cloned().unwrap_or_else(|| StreamId::of_system(&system.id));
    let stream = laid(draft, before.as_ref(), id, ctx.now(), forgotten)?.with(system);
    read_sample(service, stream.layout(), &stream.full, sample).await
}

/// Reads lines as a stream would, and keeps nothing. Where one is wrong, that is the fault: its line, its field, what would be right.
/// A sample may be a megabyte: it is read beside the others' work.
pub(super) async fn read_sample(service: &Service, layout: Layout, name: &str, sample: String) -> Result<Preview, Fault> {
    let now = service.ctx.now();
    let oldest = service.transactions.kept(now).day;
    let dimensions = layout.dimensions.clone();
    let target = Target { name: name.to_owned(), layout, open: true, oldest };
    let codes = service.transactions.success_codes.clone();
    let rules = Rules::new((now, now.plus(AHEAD)), codes, vec![target], Some(0));
    let reading = tokio::task::spawn_blocking(move || preview_of(&rules, &dimensions, sample.as_bytes()));
    reading.await.map_err(|_| Fault::Internal)?
}

fn preview_of(rules: &Rules, dimensions: &[domain::streams::Dimension], sample: &[u8]) -> Result<Preview, Fault> {
    let parsed = read_batch(sample, rules).map_err(|fault| match fault {
        Fault::Invalid(mut problems) => {
            problems.iter_mut().for_each(|problem| "sample".clone_into(&mut problem.field));
            Fault::Invalid(problems)
        }
        other => other,
    })?;
    let Some(local) = parsed.names.stream_of(1) else { return Ok(empty(&parsed.receipt, dimensions)) };
    let text = |dimension: usize, number: u32| {
        let texts = parsed.names.dimensions.get(dimension).map_or(&[][..], |texts| texts.texts.as_slice());
        texts.get((number as usize).wrapping_sub(1)).cloned().unwrap_or_default()
    };
    // Rows are the lines that were not refused, as far as those are listed.
    let refused: HashSet<u64> = parsed.receipt.problems.iter().map(|problem| problem.line).collect();
    let is_listed = parsed.receipt.refused <= parsed.receipt.problems.len() as u64;
    let end = if is_listed { u64::MAX } else { refused.iter().copied().max().unwrap_or(u64::MAX) };
    let numbers = (1..end).filter(|number| !refused.contains(number));
    let lines = parsed.rows.iter().take(SHOWN).zip(numbers).map(|(row, line)| {
        let currency = text(2, row.currency);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds of at most a day")]
        let latency_ms = row.bin.map(|bin| bin_value(bin).round() as u64);
        PreviewLine {
            line,
            time: Some(Timestamp(row.minute * MINUTE)),
            failed: row.failed,
            code: text(1, row.code),
            latency_ms,
            amount: if row.amount == 0 { String::new() } else { format!("{} {currency}", money_text(row.amount, &currency)) },
            values: dimensions
                .iter()
                .map(|dimension| {
                    let place = local.places[dimension.at()].map_or(0, usize::from);
                    text(place, row.dims[dimension.at()])
                })
                .collect(),
        }
    });
    Ok(Preview { lines: lines.collect(), ..empty(&parsed.receipt, dimensions) })
}

fn empty(receipt: &domain::transactions::Receipt, dimensions: &[domain::streams::Dimension]) -> Preview {
    Preview {
        dimensions: dimensions.iter().map(|dimension| dimension.key.clone()).collect(),
        lines: Vec::new(),
        accepted: receipt.accepted,
        refused: receipt.refused,
        problems: receipt.problems.iter().take(SHOWN).cloned().collect(),
    }
}
