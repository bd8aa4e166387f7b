//! Judges what an evaluation found and tells of it, in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Fault, Timestamp,
    alerts::{Labels, labels::fingerprint},
    live::Topic,
    rules::{Condition, Held, NoData, Outcome, Shown, Standing, judge as is_bad, settle},
    time::{MINUTE, SECOND},
};

use super::{
    SOURCE,
    read::MOST,
    readings::{self, Kept},
    store::{self, Stored},
    tell,
};
use crate::{Context, WriteTx, alerts, systems};

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

/// Of more label sets than are looked at: those that hold already come first, then those that do now, the others in the order of
/// their fingerprints, so that they are the same ones every time. Gives what is left out, too.
fn choose(condition: Condition, outcome: Outcome, known: &BTreeMap<Labels, Kept>) -> (Outcome, BTreeSet<Labels>) {
    let mut left = BTreeSet::new();
    let outcome = outcome.map(|mut values| {
        if values.len() > MOST {
            let held = |labels: &Labels| known.get(labels).is_some_and(|kept| kept.holds);
            values.sort_by(|a, b| a.labels.cmp(&b.labels));
            values.dedup_by(|a, b| a.labels == b.labels);
            values.sort_by_cached_key(|one| {
                let held = held(&one.labels);
                (!held, !is_bad(condition, held, one.value), fingerprint(&one.labels))
            });
            left = values.split_off(values.len().min(MOST)).into_iter().map(|one| one.labels).collect();
        }
        values
    });
    (outcome, left)
}

async fn judge(tx: &mut WriteTx, ctx: &Context, rule: &Stored, outcome: Outcome) -> Result<(), Fault> {
    let now = ctx.now();
    let known: BTreeMap<Labels, Kept> =
        readings::instances(tx, &rule.id).await?.into_iter().map(|kept| (kept.labels.clone(), kept)).collect();
    let (outcome, left_out) = choose(rule.condition, outcome, &known);
    // What is left out is not without data: it is not looked at.
    let is_left = |labels: &Labels| left_out.contains(labels);
    let looked_at = known.iter().filter(|(labels, _)| !is_left(labels));
    let before: BTreeMap<Labels, Held> = looked_at.map(|(labels, kept)| (labels.clone(), Held { holds: kept.holds })).collect();
    let why = match &outcome {
        Outcome::Unknown(why) | Outcome::Partial(_, why) => why.clone(),
        Outcome::Values(_) if left_out.is_empty() => String::new(),
        Outcome::Values(values) => {
            format!("{} label sets: {MOST} are looked at, {} are left out", values.len() + left_out.len(), left_out.len())
        }
    };
    let whole = matches!(outcome, Outcome::Values(_));
    let values: Vec<f64> = outcome.readings().iter().map(|one| one.value).filter(|value| value.is_finite()).collect();
    let findings = settle(rule.condition, rule.no_data, &before, outcome);
    // What is seen to be bad is known, whatever else is not.
    let bad = findings.iter().any(|finding| finding.holds == Some(true));
    let (mut said, mut staying, mut holding) = (Vec::new(), Vec::new(), 0);
    let mut gone: Vec<Kept> = known.values().filter(|kept| is_left(&kept.labels)).cloned().collect();
    let system = systems::brief(tx, &rule.system).await?;
    for mut finding in findings {
        let held = known.get(&finding.labels);
        let held_before = held.is_some_and(|kept| kept.holds);
        // Of what nobody knows, and of what is gone, the last value is told.
        finding.value = finding.value.or_else(|| held.and_then(|kept| kept.value));
        if finding.holds == Some(true)
            && let Some(onset) = finding.onset
        {
            // It fires when its condition has held for as long as the rule wants.
            let fires = held.filter(|kept| kept.holds).map_or(now, |kept| kept.since).plus(i64::from(rule.for_s) * SECOND);
            finding.said.push_str(&began(onset, fires));
        }
        if finding.holds == Some(true) || held_before {
            said.push(tell::signal(tx, rule, &finding, &why).await?);
        }
        // What nobody knows stays what it was.
        let holds = finding.holds.unwrap_or(held_before);
        holding += i64::from(holds);
        let since = held.filter(|kept| kept.holds == holds).map_or(now, |kept| kept.since);
        let kept = Kept { labels: finding.labels, value: finding.value, holds, since };
        if finding.stays { staying.push(kept) } else { gone.push(kept) }
    }
    // Together: of two that end one after another the second would wait for whoever waits for what the first has locked.
    alerts::observe_all(tx, ctx, said).await?;
    readings::save_instances(tx, &rule.id, &staying).await?;
    readings::forget_instances(tx, &rule.id, &gone).await?;
    readings::roll_up(tx, &rule.id, now, &values).await?;
    let nothing = values.is_empty() && rule.condition != Condition::Present;
    let shown = if !whole && !bad {
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

/// When it began, and how long after that it fires; nothing where the beginning is no longer in sight.
fn began(onset: Timestamp, fires: Timestamp) -> String {
    let delay = fires.since(onset);
    if delay < 0 {
        return String::new();
    }
    format!("; it began about {}, and was noticed {} min later", onset.rfc3339(), (delay + MINUTE / 2) / MINUTE)
}

/// Ends everything that these rules had fired, together, and forgets what their label sets said.
pub(super) async fn withdraw(tx: &mut WriteTx, ctx: &Context, rules: &[Stored]) -> Result<(), Fault> {
    let mut over = Vec::new();
    for rule in rules {
        let known = readings::instances(tx, &rule.id).await?;
        over.extend(known.iter().filter(|kept| kept.holds).map(|kept| tell::source_id(rule, &kept.labels)));
        readings::forget_instances(tx, &rule.id, &known).await?;
    }
    alerts::withdraw_each(tx, ctx, SOURCE, &over).await
}

#[cfg(test)]
mod tests {
    use domain::rules::{Compare, Reading, Threshold};

    use super::*;

    #[test]
    fn of_too_many_label_sets_the_same_ones_are_looked_at() {
        let labels = |n: usize| Labels::from([("host".to_owned(), n.to_string())]);
        let values = |numbers: Vec<usize>| Outcome::Values(numbers.into_iter().map(|n| Reading::plain(labels(n), 1.0)).collect());
        let chosen = |numbers: Vec<usize>, holding: &[usize]| {
            let kept = |n: &usize| Kept { labels: labels(*n), value: None, holds: true, since: Timestamp(0) };
            let known = holding.iter().map(|n| (labels(*n), kept(n))).collect();
            let (Outcome::Values(values), left) = choose(Condition::Present, values(numbers), &known) else {
                unreachable!("values stay values")
            };
            (values.into_iter().map(|one| one.labels).collect::<BTreeSet<_>>(), left)
        };
        let (some, left) = chosen((0..700).collect(), &[]);
        assert_eq!((some.len(), left.len()), (MOST, 200));
        assert_eq!(chosen((0..700).rev().collect(), &[]).0, some, "in whatever order they come");
        let out = left.iter().next().and_then(|labels| labels["host"].parse().ok()).unwrap_or_default();
        let (with, _) = chosen((0..700).collect(), &[out]);
        assert!(with.contains(&labels(out)), "what holds is not lost sight of");
        assert_eq!(chosen((0..500).collect(), &[]).1.len(), 0);
        // One that is bad now is looked at before many that are good.
        let above = Condition::Threshold(Threshold { compare: Compare::Above, fire: 10.0, recover: 5.0 });
        let value = |n: usize| if labels(n).get("host") == Some(&out.to_string()) { 11.0 } else { 1.0 };
        let values = Outcome::Values((0..700).map(|n| Reading::plain(labels(n), value(n))).collect());
        assert!(!choose(above, values, &BTreeMap::new()).1.contains(&labels(out)));
    }
}
