//! How values become conditions that hold or do not: pure functions.

use std::collections::BTreeMap;

use super::{Compare, Condition, Fold, NoData};
use crate::{Timestamp, alerts::Labels, sources::KeptPoint};

/// One value of an evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// What tells it from the others.
    pub labels: Labels,
    /// The value; never NaN.
    pub value: f64,
    /// What stands behind it, in English; empty where the value says it all.
    pub said: String,
    /// Since when it is out of the ordinary, where that is known.
    pub onset: Option<Timestamp>,
}

impl Reading {
    /// A value that says it all.
    pub fn plain(labels: Labels, value: f64) -> Self {
        Self { labels, value, said: String::new(), onset: None }
    }
}

/// What an evaluation found.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// These values; an empty list is "no data", unless the condition is [`Condition::Present`].
    Values(Vec<Reading>),
    /// These, and there may be others or more behind them; why in English.
    Partial(Vec<Reading>, String),
    /// Nobody knows, and why in English.
    Unknown(String),
}

impl Outcome {
    /// The values, as far as there are any.
    pub fn readings(&self) -> &[Reading] {
        match self {
            Self::Values(readings) | Self::Partial(readings, _) => readings,
            Self::Unknown(_) => &[],
        }
    }

    /// The same with other values, as far as there are any.
    #[must_use]
    pub fn map(self, change: impl FnOnce(Vec<Reading>) -> Vec<Reading>) -> Self {
        match self {
            Self::Values(readings) => Self::Values(change(readings)),
            Self::Partial(readings, why) => Self::Partial(change(readings), why),
            Self::Unknown(why) => Self::Unknown(why),
        }
    }
}

/// What was known of a label set before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Whether its condition held.
    pub holds: bool,
}

/// What is known of a label set now.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The label set.
    pub labels: Labels,
    /// Its value; `None` where there is none.
    pub value: Option<f64>,
    /// What stands behind the value, in English; may be empty.
    pub said: String,
    /// Since when it is out of the ordinary, where that is known.
    pub onset: Option<Timestamp>,
    /// Whether the condition holds; `None` where nobody knows.
    pub holds: Option<bool>,
    /// Whether it is to be remembered: it has a value, or what it said is not over.
    pub stays: bool,
}

impl Finding {
    fn without_value(labels: Labels, holds: Option<bool>, stays: bool) -> Self {
        Self { labels, value: None, said: String::new(), onset: None, holds, stays }
    }
}

/// Whether a value is bad, given whether it was: between the two thresholds it stays what it was.
pub fn judge(condition: Condition, before: bool, value: f64) -> bool {
    let Condition::Threshold(threshold) = condition else { return true };
    let bound = if before { threshold.recover } else { threshold.fire };
    match threshold.compare {
        Compare::Above => value > bound,
        Compare::Below => value < bound,
    }
}

/// What every label set says now, given what each said before.
pub fn settle(condition: Condition, no_data: NoData, before: &BTreeMap<Labels, Held>, outcome: Outcome) -> Vec<Finding> {
    let (readings, whole) = match outcome {
        // Unknown moves nothing, and forgets nothing.
        Outcome::Unknown(_) => {
            return before.keys().map(|labels| Finding::without_value(labels.clone(), None, true)).collect();
        }
        Outcome::Values(readings) => (readings, true),
        Outcome::Partial(readings, _) => (readings, false),
    };
    let mut findings: Vec<Finding> = Vec::with_capacity(readings.len());
    let mut seen: BTreeMap<Labels, Reading> = BTreeMap::new();
    for reading in readings {
        seen.insert(reading.labels.clone(), reading);
    }
    let nothing = seen.is_empty();
    for (labels, reading) in &seen {
        let held = before.get(labels).is_some_and(|held| held.holds);
        // In a part of an answer what is bad is seen; that it is good again only a whole one says.
        let holds = Some(judge(condition, held, reading.value)).filter(|bad| whole || *bad || !held);
        let Reading { value, said, onset, .. } = reading.clone();
        findings.push(Finding { labels: labels.clone(), value: Some(value), said, onset, holds, stays: true });
    }
    for (labels, held) in before.iter().filter(|(labels, _)| !seen.contains_key(*labels)) {
        let (holds, stays) = match (condition, no_data) {
            // What is missing in a part of an answer may be in the rest.
            _ if !whole => (None, held.holds || no_data == NoData::Alert),
            // An expression that carries its own threshold says "good" by giving nothing.
            (Condition::Present, _) | (_, NoData::Ok) => (Some(false), false),
            (_, NoData::Alert) => (Some(true), true),
            (_, NoData::Keep) => (None, held.holds),
        };
        findings.push(Finding::without_value(labels.clone(), holds, stays));
    }
    if whole && nothing && before.is_empty() && no_data == NoData::Alert && condition != Condition::Present {
        findings.push(Finding::without_value(Labels::new(), Some(true), true));
    }
    // "No data at all" is over as soon as any value is there.
    if whole && !nothing {
        for finding in findings.iter_mut().filter(|f| f.labels.is_empty() && f.value.is_none()) {
            (finding.holds, finding.stays) = (Some(false), false);
        }
    }
    findings
}

/// One value of a window; `None` where it has no reading.
pub fn fold(fold: Fold, points: &[KeptPoint]) -> Option<f64> {
    match fold {
        Fold::Last => points.last().map(|point| point.last),
        Fold::Least => points.iter().map(|point| point.min).reduce(f64::min),
        Fold::Most => points.iter().map(|point| point.max).reduce(f64::max),
        Fold::Mean => {
            let count: i64 = points.iter().map(|point| point.count).sum();
            #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
            (count > 0).then(|| points.iter().map(|point| point.sum).sum::<f64>() / count as f64)
        }
    }
}

/// The deviation of a value, in per cent, from the median of the same slot in past weeks; `None` where fewer than two of
/// them are known, or their median is nought.
pub fn deviate(value: f64, past: &[f64]) -> Option<f64> {
    let mut past: Vec<f64> = past.iter().copied().filter(|value| value.is_finite()).collect();
    if past.len() < 2 {
        return None;
    }
    past.sort_by(f64::total_cmp);
    let middle = past.len() / 2;
    let median = if past.len().is_multiple_of(2) { f64::midpoint(past[middle - 1], past[middle]) } else { past[middle] };
    (median != 0.0).then(|| (value - median) / median.abs() * 100.0)
}

#[cfg(test)]
mod tests {
    use super::{super::Threshold, *};

    const ABOVE: Condition = Condition::Threshold(Threshold { compare: Compare::Above, fire: 10.0, recover: 5.0 });
    const BELOW: Condition = Condition::Threshold(Threshold { compare: Compare::Below, fire: 95.0, recover: 98.0 });

    fn labels(value: &str) -> Labels {
        [("l".to_owned(), value.to_owned())].into()
    }

    #[test]
    fn between_the_thresholds_it_stays_what_it_was() {
        for (condition, before, value, expected) in [
            (ABOVE, false, 10.0, false),
            (ABOVE, false, 10.1, true),
            (ABOVE, true, 7.0, true),
            (ABOVE, true, 5.0, false),
            (ABOVE, false, 7.0, false),
            (BELOW, false, 95.0, false),
            (BELOW, false, 94.9, true),
            (BELOW, true, 97.9, true),
            (BELOW, true, 98.0, false),
            (Condition::Present, false, 0.0, true),
        ] {
            assert_eq!(judge(condition, before, value), expected, "{condition:?} {before} {value}");
        }
    }

    #[test]
    fn no_data_is_never_silently_good() {
        let before: BTreeMap<_, _> = [(labels("a"), Held { holds: true }), (labels("b"), Held { holds: false })].into();
        let found = |condition, no_data| {
            settle(condition, no_data, &before, Outcome::Values(Vec::new())).into_iter().map(|f| (f.holds, f.stays)).collect::<Vec<_>>()
        };
        assert_eq!(found(ABOVE, NoData::Keep), [(None, true), (None, false)]);
        assert_eq!(found(ABOVE, NoData::Alert), [(Some(true), true), (Some(true), true)]);
        assert_eq!(found(ABOVE, NoData::Ok), [(Some(false), false), (Some(false), false)]);
        assert_eq!(found(Condition::Present, NoData::Keep), [(Some(false), false), (Some(false), false)]);
        let unknown = settle(Condition::Present, NoData::Ok, &before, Outcome::Unknown("down".into()));
        assert!(unknown.iter().all(|f| f.holds.is_none() && f.stays));
    }

    #[test]
    fn a_part_of_an_answer_ends_nothing() {
        let before: BTreeMap<_, _> =
            [(labels("a"), Held { holds: true }), (labels("b"), Held { holds: true }), (labels("c"), Held { holds: false })].into();
        let part = |readings: Vec<Reading>| Outcome::Partial(readings, "a store is gone".into());
        let found = |condition, no_data, readings| {
            settle(condition, no_data, &before, part(readings)).into_iter().map(|f| (f.holds, f.stays)).collect::<Vec<_>>()
        };
        for no_data in [NoData::Keep, NoData::Alert, NoData::Ok] {
            for condition in [ABOVE, Condition::Present] {
                // One that was good is remembered where it is told once it is really gone.
                assert_eq!(found(condition, no_data, Vec::new()), [(None, true), (None, true), (None, no_data == NoData::Alert)]);
            }
            assert_eq!(settle(ABOVE, no_data, &BTreeMap::new(), part(Vec::new())), []);
        }
        // A sum over what is left is lower: good again is not known, bad is; what was good stays so.
        let readings = vec![Reading::plain(labels("a"), 1.0), Reading::plain(labels("c"), 1.0), Reading::plain(labels("d"), 11.0)];
        let expected = [(None, true), (Some(false), true), (Some(true), true), (None, true)];
        assert_eq!(found(ABOVE, NoData::Ok, readings.clone()), expected);
        let whole = settle(ABOVE, NoData::Ok, &before, Outcome::Values(readings));
        assert_eq!(whole.iter().map(|f| f.holds).collect::<Vec<_>>(), [Some(false), Some(false), Some(true), Some(false)]);
    }

    #[test]
    fn nothing_at_all_is_a_condition_of_its_own() {
        let nothing = || Outcome::Values(Vec::new());
        assert_eq!(settle(ABOVE, NoData::Keep, &BTreeMap::new(), nothing()), []);
        let found = settle(ABOVE, NoData::Alert, &BTreeMap::new(), nothing());
        assert_eq!((found.len(), found[0].holds), (1, Some(true)));
        let before: BTreeMap<_, _> = [(Labels::new(), Held { holds: true })].into();
        let found = settle(ABOVE, NoData::Alert, &before, Outcome::Values(vec![Reading::plain(labels("a"), 1.0)]));
        assert_eq!(found.iter().map(|f| (f.holds, f.stays)).collect::<Vec<_>>(), [(Some(false), true), (Some(false), false)]);
    }

    #[test]
    fn weeks_are_compared_by_their_median() {
        assert_eq!(deviate(50.0, &[100.0, 90.0, 5_000.0]), Some(-50.0));
        assert_eq!(deviate(110.0, &[90.0, 110.0]), Some(10.0));
        assert_eq!(deviate(1.0, &[100.0]), None);
        assert_eq!(deviate(1.0, &[0.0, 0.0]), None);
    }

    #[test]
    fn a_window_becomes_one_value() {
        let at = crate::Timestamp(0);
        let points = [KeptPoint { at, count: 3, sum: 6.0, min: 1.0, max: 3.0, last: 3.0 }, KeptPoint::one(at, 2.0)];
        let values: Vec<_> = Fold::ALL.iter().map(|how| fold(*how, &points)).collect();
        assert_eq!(values, [Some(2.0), Some(2.0), Some(1.0), Some(3.0)]);
        assert_eq!(fold(Fold::Mean, &[]), None);
    }
}
