//! Judges what an evaluation found and tells of it, in one transaction.

use std::collections::BTreeMap;

use domain::{
    Fault,
    alerts::Labels,
    live::Topic,
    rules::{Condition, Held, NoData, Outcome, Shown, Standing, settle},
};

use super::{
    read::MOST,
    readings::{self, Kept},
    store::{self, Stored},
    tell,
};
use crate::{Context, WriteTx, systems};

/// Takes an outcome into account, unless the rule was edited, paused or deleted since; whether it counted.
pub(super) async fn apply(ctx: &Context, asked: &Stored, outcome: Outcome) -> Result<bool, Fault> {
    let mut tx = ctx.begin_write().await?;
    let rule = match store::hold(&mut tx, &asked.id).await {
        Err(Fault::NotFound(_)) => return Ok(false),
        rule => rule?,
    };
    if rule.paused || rule.version != asked.version {
        return Ok(false);
    }
    judge(&mut tx, ctx, &rule, outcome).await?;
    tx.commit().await?;
    Ok(true)
}

async fn judge(tx: &mut WriteTx, ctx: &Context, rule: &Stored, outcome: Outcome) -> Result<(), Fault> {
    let now = ctx.now();
    let known: BTreeMap<Labels, Kept> =
        readings::instances(tx, &rule.id).await?.into_iter().map(|kept| (kept.labels.clone(), kept)).collect();
    let before: BTreeMap<Labels, Held> = known.iter().map(|(labels, kept)| (labels.clone(), Held { holds: kept.holds })).collect();
    let why = match &outcome {
        Outcome::Unknown(why) => why.clone(),
        Outcome::Values(values) if values.len() >= MOST => format!("more than {MOST} label sets: the rest is not looked at"),
        Outcome::Values(_) => String::new(),
    };
    let unknown = matches!(outcome, Outcome::Unknown(_));
    let values: Vec<f64> = match &outcome {
        Outcome::Values(values) => values.iter().map(|one| one.value).filter(|value| value.is_finite()).collect(),
        Outcome::Unknown(_) => Vec::new(),
    };
    let findings = settle(rule.condition, rule.no_data, &before, outcome);
    let (mut staying, mut gone, mut holding) = (Vec::new(), Vec::new(), 0);
    let system = systems::brief(tx, &rule.system).await?;
    for mut finding in findings {
        let held = known.get(&finding.labels);
        let held_before = held.is_some_and(|kept| kept.holds);
        // Of what nobody knows, and of what is gone, the last value is told.
        finding.value = finding.value.or_else(|| held.and_then(|kept| kept.value));
        if finding.holds == Some(true) || held_before {
            tell::say(tx, ctx, rule, &finding, &why).await?;
        }
        // What nobody knows stays what it was.
        let holds = finding.holds.unwrap_or(held_before);
        holding += i64::from(holds);
        let since = held.filter(|kept| kept.holds == holds).map_or(now, |kept| kept.since);
        let kept = Kept { labels: finding.labels, value: finding.value, holds, since };
        if finding.stays { staying.push(kept) } else { gone.push(kept) }
    }
    readings::save_instances(tx, &rule.id, &staying).await?;
    readings::forget_instances(tx, &rule.id, &gone).await?;
    readings::roll_up(tx, &rule.id, now, &values).await?;
    let nothing = values.is_empty() && rule.condition != Condition::Present;
    let shown = if unknown {
        Shown::Unknown
    } else if holding > 0 {
        Shown::Holding
    } else if nothing && rule.no_data != NoData::Ok {
        Shown::NoData
    } else {
        Shown::Quiet
    };
    let since = if shown == rule.standing.shown { rule.standing.since } else { now };
    let count = i64::try_from(values.len()).unwrap_or(i64::MAX);
    let standing = Standing { shown, since, evaluated_at: Some(now), why, values: count, holding, missed: rule.standing.missed };
    store::set_standing(tx, &rule.id, &standing).await?;
    tx.announce(Topic::Rules, &rule.id, Some(&system.team));
    Ok(())
}

/// Ends everything that the rule had fired, and forgets what its label sets said.
pub(super) async fn withdraw(tx: &mut WriteTx, ctx: &Context, rule: &Stored) -> Result<(), Fault> {
    let known = readings::instances(tx, &rule.id).await?;
    for kept in known.iter().filter(|kept| kept.holds) {
        tell::withdraw(tx, ctx, rule, &kept.labels).await?;
    }
    readings::forget_instances(tx, &rule.id, &known).await
}
