//! Results on their way in: the state machine, the roll-ups, the raw rows, and alerts, in one transaction for many.

use std::collections::BTreeMap;

use domain::{
    Fault, Timestamp,
    alerts::{Labels, Signal, labels::ALERTNAME},
    id::MonitorId,
    live::Topic,
    monitors::{CheckResult, Place, Reason, Resolution, Shown, Target, Verdict, rule},
};

use super::{
    locations::lost_result,
    places::Elsewhere,
    rollup::Rollup,
    store::{self, Held, Kept, Key},
};
use crate::{Context, WriteTx, alerts, systems};

/// What a monitor is to alerts: the kind of source that it is.
pub(crate) const SOURCE: &str = "monitor";

/// One result, and where it comes from.
pub(super) struct Finding {
    pub(super) monitor: MonitorId,
    /// From where it was found.
    pub(super) place: Place,
    pub(super) source: Source,
    pub(super) result: CheckResult,
}

/// Where a result comes from; with what must still hold for it to count.
pub(super) enum Source {
    /// A check of the target as it stood in this version of the monitor.
    Check(i64),
    /// The same, written once already in a transaction of which nobody knows whether it was committed.
    Doubted(i64),
    /// A heartbeat was called.
    Call,
    /// A heartbeat was not called until this moment.
    Miss(Timestamp),
}

impl Source {
    /// Whether it is a check of this version of the monitor that is not written yet; `last` is when what was found last was.
    pub(super) fn is_check_of(&self, version: i64, at: Timestamp, last: Option<Timestamp>) -> bool {
        match self {
            Self::Check(checked) => *checked == version,
            // What was written is stored under its own moment or a later one.
            Self::Doubted(checked) => *checked == version && last.is_none_or(|last| last < at),
            Self::Call | Self::Miss(_) => false,
        }
    }
}

/// Takes results into account, oldest first. Results of monitors that were deleted, paused or edited meanwhile are
/// dropped, and so is a miss that a call has overtaken. Gives how many counted.
pub(super) async fn apply(tx: &mut WriteTx, ctx: &Context, findings: &[Finding]) -> Result<u64, Fault> {
    let mut ids: Vec<MonitorId> = findings.iter().map(|f| f.monitor.clone()).collect();
    ids.sort();
    ids.dedup();
    let mut held: BTreeMap<MonitorId, Held> =
        store::take_standings(tx, &ids).await?.into_iter().map(|held| (held.id.clone(), held)).collect();
    let kept = store::kept_all(tx, &ctx.seal, &ids).await?;
    let mut elsewhere = Elsewhere::load(tx, ctx, &kept).await?;
    let mut counted = Vec::new();
    for finding in findings {
        let (Some(kept), Some(held)) = (kept.get(&finding.monitor), held.get_mut(&finding.monitor)) else { continue };
        let result = if kept.places.is_here() {
            if finding.place == Place::here() { take_in(kept, held, finding) } else { None }
        } else {
            elsewhere.take_in(kept, finding).map(|result| move_by(held, result, 1))
        };
        if let Some(result) = result {
            counted.push((finding.monitor.clone(), result));
        }
    }
    elsewhere.save(tx).await?;
    finish(tx, ctx, held, &kept, counted).await
}

/// A location was lost that these monitors name: what it knew, nobody knows any more.
pub(super) async fn lose(tx: &mut WriteTx, ctx: &Context, ids: &[MonitorId], place: &Place, name: &str) -> Result<(), Fault> {
    for ids in ids.chunks(200) {
        let mut held: BTreeMap<MonitorId, Held> =
            store::take_standings(tx, ids).await?.into_iter().map(|held| (held.id.clone(), held)).collect();
        let kept = store::kept_all(tx, &ctx.seal, ids).await?;
        let elsewhere = Elsewhere::load(tx, ctx, &kept).await?;
        let mut counted = Vec::new();
        for (id, held) in &mut held {
            let Some(kept) = kept.get(id).filter(|kept| !kept.paused && kept.places.has(place)) else { continue };
            let before = held.standing.state;
            let lost = lost_result(ctx.now(), name);
            if let Some(result) = elsewhere.together(kept, Some((place, lost))).filter(|result| result.verdict.state() != before) {
                counted.push((id.clone(), move_by(held, result, 1)));
            }
        }
        finish(tx, ctx, held, &kept, counted).await?;
    }
    Ok(())
}

/// Writes what has counted and tells whom it concerns; gives how many there were.
async fn finish(
    tx: &mut WriteTx,
    ctx: &Context,
    held: BTreeMap<MonitorId, Held>,
    kept: &BTreeMap<MonitorId, Kept>,
    counted: Vec<(MonitorId, CheckResult)>,
) -> Result<u64, Fault> {
    roll_up(tx, &counted, |_, _| true).await?;
    store::insert_results(tx, &counted).await?;
    let mut changed: Vec<Held> = held.into_values().collect();
    for held in &mut changed {
        if let Some(kept) = kept.get(&held.id) {
            tell(tx, ctx, kept, held).await?;
        }
    }
    store::save_standings(tx, &changed).await?;
    u64::try_from(counted.len()).map_err(|_| Fault::Internal)
}

/// Moves the standing of one monitor by one result, if it counts; gives the result with the moment it is stored under.
fn take_in(kept: &Kept, held: &mut Held, finding: &Finding) -> Option<CheckResult> {
    // Of what cannot be read only that is known; a call or a miss would say more than anybody knows.
    let unreadable = matches!(kept.target, Target::Unreadable { .. });
    let stands = match finding.source {
        Source::Check(_) | Source::Doubted(_) => {
            finding.source.is_check_of(kept.version, finding.result.at, held.standing.last.as_ref().map(|last| last.at))
        }
        Source::Call => !unreadable,
        Source::Miss(due) => !unreadable && held.due_at == Some(due),
    };
    if unreadable {
        held.due_at = None;
    }
    if let (Source::Call, Target::Heartbeat(beat)) = (&finding.source, &kept.target) {
        held.called_at = Some(finding.result.at);
        held.due_at = rule::missed_at(beat, held.called_at, None);
    }
    if !stands || kept.paused {
        return None;
    }
    if let (Source::Miss(due), Target::Heartbeat(beat)) = (&finding.source, &kept.target) {
        held.due_at = rule::missed_at(beat, held.called_at, Some(finding.result.at.max(*due)));
    }
    Some(move_by(held, finding.result.clone(), if unreadable { 1 } else { kept.needed }))
}

/// Moves a standing by a result that counts; gives it with the moment it is stored under.
fn move_by(held: &mut Held, mut result: CheckResult, needed: u32) -> CheckResult {
    if let Some(last) = &held.standing.last {
        // Strictly later than the one before, so that no two results share their row.
        result.at = result.at.max(last.at.plus(1));
    }
    held.standing = rule::judge(&held.standing, result.clone(), needed);
    result
}

/// Adds results to their minute, hour and day; `wanted` chooses which of those slots are kept.
pub(super) async fn roll_up(
    tx: &mut WriteTx,
    results: &[(MonitorId, CheckResult)],
    wanted: impl Fn(Resolution, Timestamp) -> bool,
) -> Result<(), Fault> {
    let mut slots: BTreeMap<Key, Vec<&CheckResult>> = BTreeMap::new();
    for (id, result) in results {
        for resolution in Resolution::ALL {
            let start = result.at.floor(resolution.width_ms());
            if wanted(*resolution, start) {
                slots.entry((id.clone(), resolution.width_ms(), start)).or_default().push(result);
            }
        }
    }
    let mut rollups = store::load_rollups(tx, slots.keys()).await?;
    for (key, results) in slots {
        let rollup = rollups.entry(key).or_insert_with(Rollup::default);
        for result in results {
            rollup.add(result);
        }
    }
    store::save_rollups(tx, &rollups).await
}

/// Tells alerts and live pages where what is to be told has changed; remembers it in the standing, which the caller saves.
async fn tell(tx: &mut WriteTx, ctx: &Context, kept: &Kept, held: &mut Held) -> Result<(), Fault> {
    let holds = rule::told(held.standing.state, kept.paused);
    let last = held.standing.last.as_ref().filter(|last| last.verdict == Verdict::Down);
    let word = match (holds, last) {
        // That it fails but answers is another story than that it is down, and told when it becomes the other one.
        (Some(true), Some(last)) if Reason::ANSWERS.contains(&last.reason) => "answers",
        (Some(true), Some(_)) => "holds",
        (Some(true), None) if held.told == "answers" => "answers",
        (Some(true), None) => "holds",
        (Some(false), _) => "clear",
        (None, _) => "unknown",
    };
    if held.told == word {
        return Ok(());
    }
    let system = systems::brief(tx, &kept.system).await?;
    // Before anything bad was ever said there is nothing to take back.
    if holds == Some(true) || !held.told.is_empty() {
        // The first sign is the first bad result, not the one that was enough to say so.
        let first = if holds == Some(true) { store::first_of(tx, &kept.id, Verdict::Down, kept.needed).await? } else { None };
        alerts::observe_since(tx, ctx, &signal(kept, held, &system.name, holds), first).await?;
    }
    word.clone_into(&mut held.told);
    tx.announce(Topic::Monitors, &kept.id, Some(&system.team));
    Ok(())
}

fn signal(kept: &Kept, held: &Held, system: &str, holds: Option<bool>) -> Signal {
    let detail = match &held.standing.last {
        _ if kept.paused => Shown::Paused.name().to_owned(),
        Some(last) if last.detail.is_empty() => last.reason.name().to_owned(),
        Some(last) => format!("{}: {}", last.reason, last.detail),
        None => held.standing.state.name().to_owned(),
    };
    Signal {
        source_kind: SOURCE,
        source_id: kept.id.to_string(),
        system: Some(kept.system.clone()),
        team: None,
        holds,
        severity: kept.severity,
        title: format!("{system} · {}", kept.name),
        detail,
        url: format!("/monitors/{}", kept.id),
        delays: Some(kept.delays()),
        labels: [(ALERTNAME.to_owned(), format!("{system} · {}", kept.name)), (SOURCE.to_owned(), kept.name.clone())].into(),
        annotations: Labels::new(),
        late: String::new(),
        rule: kept.terms(),
    }
}

/// Looks again at what is to be told of a monitor that was paused or taken up again.
pub(super) async fn retell(tx: &mut WriteTx, ctx: &Context, id: &MonitorId) -> Result<(), Fault> {
    let ids = std::slice::from_ref(id);
    let mut held = store::take_standings(tx, ids).await?;
    let kept = store::kept_all(tx, &ctx.seal, ids).await?;
    for held in &mut held {
        if let Some(kept) = kept.get(&held.id) {
            tell(tx, ctx, kept, held).await?;
        }
    }
    store::save_standings(tx, &held).await
}

/// Maintenance of monitors has begun, has become longer or is over: what it keeps quiet, or no longer, is looked at at once.
pub(super) fn maintained(tx: &mut WriteTx) {
    alerts::look_again(tx);
    tx.announce(Topic::Monitors, "", None);
}

/// The result of a heartbeat that was not called.
pub(super) fn miss(monitor: MonitorId, due: Timestamp, now: Timestamp) -> Finding {
    let result = CheckResult::bare(now, Verdict::Down, Reason::Missed, due.rfc3339());
    Finding { monitor, place: Place::here(), source: Source::Miss(due), result }
}
