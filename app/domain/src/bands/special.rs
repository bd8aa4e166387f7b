//! Hours of occasions: left out of what is usual, and expected as those of their kind were before.

use std::collections::BTreeMap;

use super::{Hour, hours_ms};
use crate::{
    Span, Timestamp,
    occasions::{Kind, kind_in},
    statistics::series::{median, sorted},
    time::HOUR,
};

/// Hours of a week, and of a day.
const WEEK: usize = 168;
const DAY: usize = 24;
/// Hours of past occasions below which their kind says nothing.
const LEAST: usize = 6;
/// How far apart the ends of a band move for an occasion of a kind that is known, and of one that is not.
const KNOWN: f64 = 1.15;
const UNKNOWN: f64 = 2.0;

fn kind_at(at: Timestamp, occasions: &[(Kind, Span)]) -> Option<Kind> {
    kind_in(occasions, Span { from: at, to: at.plus(HOUR) })
}

/// The hours without those of occasions, which become missing.
pub(super) fn ordinary(hours: &[f64], begins: Timestamp, occasions: &[(Kind, Span)]) -> Vec<f64> {
    let of = |(at, value): (usize, &f64)| if kind_at(begins.plus(hours_ms(at)), occasions).is_some() { f64::NAN } else { *value };
    hours.iter().enumerate().map(of).collect()
}

/// How many times as much as usual each kind of occasion brought.
pub(super) fn learn(all: &[f64], ordinary: &[f64], begins: Timestamp, occasions: &[(Kind, Span)]) -> BTreeMap<Kind, f64> {
    let usual = |at: usize, season: usize| {
        let same: Vec<f64> = ordinary.iter().skip(at % season).step_by(season).copied().filter(|value| value.is_finite()).collect();
        (!same.is_empty()).then(|| median(&sorted(&same)))
    };
    let mut brought: BTreeMap<Kind, (f64, f64, usize)> = BTreeMap::new();
    for (at, value) in all.iter().enumerate().filter(|(_, value)| value.is_finite()) {
        let Some(kind) = kind_at(begins.plus(hours_ms(at)), occasions) else { continue };
        if let Some(usual) = usual(at, WEEK).or_else(|| usual(at, DAY)) {
            let (actual, expected, hours) = brought.entry(kind).or_default();
            *actual += value;
            *expected += usual;
            *hours += 1;
        }
    }
    let times = |(kind, (actual, expected, hours)): (Kind, (f64, f64, usize))| {
        (hours >= LEAST && expected > 0.0).then(|| (kind, (actual / expected).clamp(0.02, 50.0)))
    };
    brought.into_iter().filter_map(times).collect()
}

/// Expects of the hours of occasions what their kind brought; of a kind that nobody knows yet anything up to twice or half as much.
pub(super) fn expect(hours: &mut [Hour], occasions: &[(Kind, Span)], times: &BTreeMap<Kind, f64>) {
    for hour in hours {
        let Some(kind) = kind_at(hour.at, occasions) else { continue };
        let (factor, apart) = times.get(&kind).map_or((1.0, UNKNOWN), |factor| (*factor, KNOWN));
        hour.low *= factor / apart;
        hour.mean *= factor;
        hour.high *= factor * apart;
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Measure, fit};
    use super::*;

    /// Three weeks of a rhythm of the day; on paydays three times as much.
    fn history(paydays: &[usize]) -> (Vec<f64>, Vec<(Kind, Span)>) {
        let begins = Timestamp(0);
        let of = |hour: usize| {
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let usual = 1_000.0 + 400.0 * ((hour % 24) as f64 / 24.0 * std::f64::consts::TAU).sin() + (hour * 7 % 13) as f64;
            if paydays.contains(&(hour / 24)) { usual * 3.0 } else { usual }
        };
        let days = |day: &usize| (Kind::Payday, Span { from: begins.plus(hours_ms(day * 24)), to: begins.plus(hours_ms(day * 24 + 24)) });
        ((0..21 * 24).map(of).collect(), paydays.iter().map(days).collect())
    }

    #[test]
    fn paydays_teach_paydays_and_nothing_else() {
        let (hours, mut occasions) = history(&[4, 14]);
        let next = Timestamp(0).plus(hours_ms(22 * 24));
        occasions.push((Kind::Payday, Span { from: next, to: next.plus(24 * HOUR) }));
        let now = Timestamp(0).plus(hours_ms(21 * 24));
        let made = fit(Measure::Volume, &hours, Timestamp(0), (now, false), &occasions).unwrap();
        for hour in &made.hours {
            let day = hour.at.since(now) / (24 * HOUR);
            let usual = 1_000.0 + 400.0 * (((hour.at.0 / HOUR) % 24) as f64 / 24.0 * std::f64::consts::TAU).sin();
            let wanted = if day == 1 { usual * 3.0 } else { usual };
            assert!((hour.mean / wanted - 1.0).abs() < 0.1, "{hour:?}: {wanted} was to be expected");
            assert!(hour.low < hour.mean && hour.mean < hour.high, "{hour:?}");
        }
        // A kind of which nothing is known widens the band and moves nothing.
        occasions.last_mut().unwrap().0 = Kind::Holiday;
        let made = fit(Measure::Volume, &hours, Timestamp(0), (now, false), &occasions).unwrap();
        let (ordinary, special) = (&made.hours[0], &made.hours[24]);
        assert!(special.high > ordinary.high * 1.5 && (special.mean / ordinary.mean - 1.0).abs() < 0.1, "{ordinary:?} {special:?}");
    }
}
