//! Difference in differences: what systems show meanwhile that the change does not touch.
//!
//! A bank that is down is down for everybody. What such *controls* moved by from their own baseline, their *drift*, is taken
//! from what the candidate moved by (Card & Krueger, 1994). Each control counts by how sure it is; what they differ among
//! themselves by more than chance (DerSimonian & Laird, 1986) widens the interval, for the system in question may differ from
//! them as much. Of three or more, one that lies far from the middle is left out: a control that the change hurts as well
//! excuses nothing. Where rates of failure rose or fell beyond doubt, the drift is also taken in proportion, and the
//! interval reaches over both: what hits everybody seldom hits everybody by as many points.

use super::{
    judge::MISSING,
    rate::{Counts, Dispersion, difference},
    sheet::Points,
    shift::{Shift, Sides},
    tail::Slots,
};
use crate::statistics::special::normal_quantile;

/// Transactions of a side of a control below which it tells nothing.
const FEW: f64 = 100.0;
/// Points of a side, of a measure.
const POINTS: usize = 5;
/// Controls from which there is a middle that one of them can lie far from.
const MIDDLE: usize = 3;
/// How far that is, in errors.
const FAR: f64 = 3.0;

/// A system that the change does not touch, at the same times.
#[derive(Debug, Clone, PartialEq)]
pub struct Control {
    /// Its name.
    pub name: String,
    /// The same metric of it.
    pub points: Points,
    /// Share of its points that are not there, of the worse side.
    pub missing: f64,
}

/// What the controls moved by, with limits as those of the difference itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drift {
    /// At best guess.
    pub estimate: f64,
    /// Lower limit.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
    /// Controls that it is taken from.
    pub controls: usize,
    /// Estimate and limits in proportion, where that is another question.
    pub scaled: Option<(f64, f64, f64)>,
}

impl Drift {
    /// Estimate and limits, in points and in proportion.
    pub(super) fn ways(self) -> impl Iterator<Item = (f64, f64, f64)> {
        [Some((self.estimate, self.low, self.high)), self.scaled].into_iter().flatten()
    }
}

/// What one control moved by.
#[derive(Debug, Clone, Copy)]
struct Move {
    estimate: f64,
    low: f64,
    high: f64,
}

impl Move {
    fn variance(self, alpha: f64) -> f64 {
        ((self.high - self.low) / (2.0 * normal_quantile(1.0 - alpha))).powi(2)
    }
}

/// Both sides of a control that is of use as a rate, and how much more its minutes differ than by chance.
fn sides(control: &Control) -> Option<(Counts, Counts, Dispersion)> {
    let Points::Rate { baseline, candidate } = &control.points else { return None };
    let (before, after) = (Counts::sum(baseline), Counts::sum(candidate));
    let enough = before.total >= FEW && after.total >= FEW && control.missing <= MISSING;
    enough.then(|| (before, after, Dispersion::of(baseline, candidate)))
}

/// What rates of failure drifted by, seen from a baseline with a dispersion of this factor; `None` where no control is of use.
pub(super) fn rates(controls: &[Control], baseline: Counts, dispersion: f64, alpha: f64) -> Option<Drift> {
    let known: Vec<(Counts, Counts, Dispersion)> = controls.iter().filter_map(sides).collect();
    let moves = known.iter().filter_map(|(before, after, spread)| difference(*before, *after, *spread, alpha));
    let drift = combined(moves.map(|d| Move { estimate: d.estimate, low: d.low, high: d.high }).collect(), alpha)?;
    let z = normal_quantile(1.0 - alpha);
    let factors = known.iter().map(|(before, after, spread)| {
        let estimate = ((after.failed + 0.5) / (after.total + 1.0) / ((before.failed + 0.5) / (before.total + 1.0))).ln();
        let reach = z * (spread.factor * (1.0 / (after.failed + 0.5) + 1.0 / (before.failed + 0.5))).sqrt();
        Move { estimate, low: estimate - reach, high: estimate + reach }
    });
    let Some(factor) = combined(factors.collect(), alpha).filter(|factor| factor.low > 0.0 || factor.high < 0.0) else {
        return Some(drift);
    };
    let base = baseline.rate();
    let by = |log: f64| (base * log.min(50.0).exp_m1()).min(1.0 - base);
    // In proportion, the baseline's own error grows with the factor.
    let error = dispersion * base * (1.0 - base) / baseline.total.max(1.0);
    let own = z * (error * (2.0 * factor.estimate.clamp(0.0, 5.0)).exp_m1()).sqrt();
    let estimate = by(factor.estimate);
    let (low, high) = (estimate - (estimate - by(factor.low)).hypot(own), estimate + (by(factor.high) - estimate).hypot(own));
    Some(Drift { scaled: Some((estimate, low, high)), ..drift })
}

/// Controls of use for a measure, both sides looked at once.
pub(super) fn measured(controls: &[Control], sign: f64) -> Vec<Sides> {
    let turn = |values: &[f64]| values.iter().map(|value| sign * value).collect::<Vec<f64>>();
    controls
        .iter()
        .filter(|control| control.missing <= MISSING)
        .filter_map(|control| match &control.points {
            Points::Measure { baseline, candidate } if baseline.len().min(candidate.len()) >= POINTS => {
                Some(Sides::new(turn(baseline), turn(candidate)))
            }
            _ => None,
        })
        .collect()
}

/// What a measure drifted by; `of` asks one control.
pub(super) fn shifts(controls: &[Sides], alpha: f64, of: impl Fn(&Sides) -> Shift) -> Option<Drift> {
    let moves = controls.iter().map(of).map(|shift| Move { estimate: shift.estimate, low: shift.low, high: shift.high });
    combined(moves.collect(), alpha)
}

/// What a quantile drifted by.
pub(super) fn quantiles(controls: &[Control], alpha: f64) -> Option<Drift> {
    let known = controls.iter().filter(|control| control.missing <= MISSING).filter_map(|control| Slots::of(&control.points));
    let moves = known.map(|slots| slots.shift(alpha)).map(|shift| Move { estimate: shift.estimate, low: shift.low, high: shift.high });
    combined(moves.collect(), alpha)
}

fn combined(mut moves: Vec<Move>, alpha: f64) -> Option<Drift> {
    moves.retain(|one| one.low.is_finite() && one.high.is_finite());
    if let [one] = moves[..] {
        return Some(Drift { estimate: one.estimate, low: one.low, high: one.high, controls: 1, scaled: None });
    }
    // Where nothing differs at all, chance is still there: no control is surer than a thousandth of the least sure.
    let least = moves.iter().map(|one| one.variance(alpha)).fold(0.0, f64::max) * 1e-3;
    let mut known: Vec<(f64, f64)> = moves.iter().map(|one| (one.estimate, one.variance(alpha).max(least).max(1e-18))).collect();
    if known.len() >= MIDDLE {
        let middle = middle(&known);
        let near: Vec<(f64, f64)> = known.iter().copied().filter(|(at, v)| (at - middle.0).abs() <= FAR * (v + middle.1).sqrt()).collect();
        if near.len() * 2 > known.len() {
            known = near;
        }
    }
    let controls = known.len();
    let pooled = |between: f64| {
        let weight: f64 = known.iter().map(|(_, v)| 1.0 / (v + between)).sum();
        (known.iter().map(|(at, v)| at / (v + between)).sum::<f64>() / weight, weight)
    };
    if controls == 0 {
        return None;
    }
    let (mean, weight) = pooled(0.0);
    let apart: f64 = known.iter().map(|(at, v)| (at - mean).powi(2) / v).sum();
    let squares: f64 = known.iter().map(|(_, v)| 1.0 / (v * v)).sum();
    let freedom = weight - squares / weight;
    let between = if freedom > 0.0 { ((apart - (controls as f64 - 1.0)) / freedom).max(0.0) } else { 0.0 };
    let (estimate, weight) = pooled(between);
    let reach = normal_quantile(1.0 - alpha) * (1.0 / weight + between).sqrt();
    Some(Drift { estimate, low: estimate - reach, high: estimate + reach, controls, scaled: None })
}

/// The control in the middle, each counted by how sure it is but none for more than all others: where it is, and its variance.
fn middle(known: &[(f64, f64)]) -> (f64, f64) {
    let mut sorted = known.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let largest = sorted.iter().map(|(_, v)| v).fold(0.0, |a: f64, b| a.max(*b));
    let weight = |v: f64| (largest / v).min(2.0);
    let all: f64 = sorted.iter().map(|(_, v)| weight(*v)).sum();
    let mut held = 0.0;
    for (at, v) in &sorted {
        held += weight(*v);
        if held * 2.0 >= all {
            return (*at, *v);
        }
    }
    (0.0, 0.0)
}

/// Which controls tell as much as the system in question: the surest of them, most of all `most`, each with an error of at most
/// twice its own, and all together with none above it. Told from the baselines and from how many transactions there are, not
/// from how they went. Empty where they do not suffice.
pub fn telling(subject: (&[Counts], Counts), margin: f64, controls: &[Control], most: usize) -> Vec<usize> {
    let (baseline, after) = subject;
    let before = Counts::sum(baseline);
    let error = |baseline: &[Counts], after: Counts, rate: f64| {
        let before = Counts::sum(baseline);
        let rate = rate.clamp(0.0, 1.0);
        Dispersion::of(baseline, &[]).factor * rate * (1.0 - rate) * (1.0 / before.total + 1.0 / after.total)
    };
    if before.total < 1.0 || after.total < 1.0 {
        return Vec::new();
    }
    let own = error(baseline, after, before.rate() + margin);
    let mut known: Vec<(usize, f64)> = controls
        .iter()
        .enumerate()
        .filter_map(|(place, control)| {
            let (before, after, _) = sides(control)?;
            let Points::Rate { baseline, .. } = &control.points else { return None };
            let rate = (before.failed + 0.5) / (before.total + 1.0);
            Some((place, error(baseline, after, rate))).filter(|(_, v)| *v <= 4.0 * own)
        })
        .collect();
    known.sort_by(|a, b| a.1.total_cmp(&b.1));
    known.truncate(most);
    let together: f64 = known.iter().map(|(_, v)| 1.0 / v).sum();
    if together * own >= 1.0 { known.into_iter().map(|(place, _)| place).collect() } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: Counts = Counts { total: 100_000.0, failed: 100.0 };

    fn control(before: f64, after: f64) -> Control {
        let rows = |failed: f64| vec![Counts { total: 10_000.0, failed: failed / 10.0 }; 10];
        let points = Points::Rate { baseline: rows(before), candidate: rows(after) };
        Control { name: "other".into(), points, missing: 0.0 }
    }

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-4
    }

    #[test]
    fn what_they_agree_on_is_the_drift() {
        let drift = rates(&[control(100.0, 200.0), control(120.0, 220.0)], BASE, 1.0, 0.01).unwrap();
        assert!(near(drift.estimate, 0.001) && drift.low > 0.0 && drift.controls == 2, "{drift:?}");
        let one = rates(&[control(100.0, 200.0)], BASE, 1.0, 0.01).unwrap();
        assert!(one.high - one.low > drift.high - drift.low, "{one:?} is less sure than {drift:?}");
    }

    #[test]
    fn one_that_is_hurt_as_well_is_no_excuse_and_two_that_differ_are_in_doubt() {
        let drift = rates(&[control(100.0, 101.0), control(100.0, 2_000.0), control(100.0, 99.0)], BASE, 1.0, 0.01).unwrap();
        assert!(near(drift.estimate, 0.0) && drift.controls == 2, "{drift:?}");
        let drift = rates(&[control(100.0, 100.0), control(100.0, 2_000.0)], BASE, 1.0, 0.01).unwrap();
        assert!(drift.low < 0.0 && drift.high > 0.019, "{drift:?}");
    }

    #[test]
    fn what_hits_everybody_is_taken_in_points_and_in_proportion() {
        // Twice as much failed; of a system with ten times the rate that is ten times the points.
        let drift = rates(&[control(100.0, 200.0)], Counts { total: 100_000.0, failed: 1_000.0 }, 1.0, 0.01).unwrap();
        let (scaled, low, high) = drift.scaled.unwrap();
        assert!(near(drift.estimate, 0.001) && (scaled - 0.01).abs() < 5e-4 && low < 0.01 && high > 0.01, "{drift:?}");
    }

    #[test]
    fn nothing_of_use_is_no_drift() {
        let mut gone = control(100.0, 100.0);
        gone.missing = 0.5;
        let few = Counts { total: 50.0, failed: 0.0 };
        let tiny = Control { points: Points::Rate { baseline: vec![few], candidate: vec![few] }, ..control(1.0, 1.0) };
        assert_eq!(rates(&[gone, tiny], BASE, 1.0, 0.01), None);
        assert_eq!(rates(&[], BASE, 1.0, 0.01), None);
    }

    #[test]
    fn only_what_tells_as_much_as_the_system_itself_is_taken() {
        let rows = vec![Counts { total: 10_000.0, failed: 10.0 }; 10];
        let (subject, after) = (rows.as_slice(), Counts::sum(&rows));
        let small = |total: f64| {
            let rows = vec![Counts { total, failed: total / 1_000.0 }; 10];
            Control { name: "small".into(), points: Points::Rate { baseline: rows.clone(), candidate: rows }, missing: 0.0 }
        };
        let all = [small(50.0), control(100.0, 500.0), small(4_000.0), control(5_000.0, 100.0)];
        assert_eq!(telling((subject, after), 0.0005, &all, 6), [1, 2], "too small, and too uncertain, are left out");
        assert_eq!(telling((subject, after), 0.0005, &all[2..3], 6), Vec::<usize>::new(), "it tells less than the system itself");
        assert_eq!(telling((subject, after), 0.0005, &all, 1), [1]);
    }
}
