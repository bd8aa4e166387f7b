//! A quantile that moved: told from all that the slots of a side hold, put together.
//!
//! Slots keep sketches, and the quantile of a side is that of their sum, so a slot counts by what it holds. How sure it is
//! is seen in two ways, of which the wider counts: from how many values lie beyond it, times what slots differ in that by more
//! than chance makes them ([`Dispersion::wary`]); and from a bootstrap of moving blocks of slots (Künsch, 1989), which keeps
//! what hangs together, with Student's limits for as many blocks as there are. Both sides are joined as Zou & Donner do (2008).

use super::{
    controls,
    judge::{Judged, Kind, MOST, Margin, ROUGHLY, SHARE, SPARE, Terms, Verdict},
    question::{COARSE, Limits, Question, Raw},
    rate::{Counts, Dispersion},
    sheet::{Metric, Points},
    shift::Shift,
    warning::Warning,
};
use crate::{
    statistics::{
        random::Chance,
        special::{self, normal_quantile, student_quantile},
    },
    transactions::{Bins, place, value_at},
};

/// Times that blocks are drawn.
const DRAWS: usize = 199;
/// Share of a side whose bins are told apart: where the others lie is never asked.
const TOLD_APART: f64 = 0.5;

/// Both sides, and how much more their slots differ than chance makes them.
pub(super) struct Slots {
    share: f64,
    scale: f64,
    before: Side,
    after: Side,
    /// Of what lies beyond the quantile.
    pub spread: Dispersion,
}

/// The slots of a side in the order of time.
struct Side {
    /// The bins that are used, in order.
    bins: Vec<u16>,
    /// What they held before each slot and at the end, bin by bin.
    upto: Vec<u64>,
    slots: usize,
    /// All together.
    total: f64,
    /// Values that lie beyond the quantile, by slot.
    beyond: Vec<Counts>,
}

impl Slots {
    /// `None` of other points than quantiles, and where a side holds nothing.
    pub fn of(points: &Points) -> Option<Self> {
        let Points::Quantile { share, scale, baseline, candidate } = points else { return None };
        let (before, after) = (Side::of(baseline, *share)?, Side::of(candidate, *share)?);
        let spread = Dispersion::wary(&before.beyond, &after.beyond);
        Some(Self { share: *share, scale: *scale, before, after, spread })
    }

    /// By how much the candidate's quantile is higher.
    pub fn shift(&self, alpha: f64) -> Shift {
        let ((l0, q0, u0), (l1, q1, u1)) = (self.limits(&self.before, alpha, 1), self.limits(&self.after, alpha, 2));
        let estimate = self.scale * (q1 - q0);
        let low = estimate - self.scale * (q1 - l1).hypot(u0 - q0);
        let high = estimate + self.scale * (u1 - q1).hypot(q0 - l0);
        Shift { estimate, low, high, quantile: normal_quantile(1.0 - alpha), df: f64::INFINITY }
    }

    /// A side's quantile between its limits.
    fn limits(&self, side: &Side, alpha: f64, seed: u64) -> (f64, f64, f64) {
        let Dispersion { factor, df } = self.spread;
        let z = student_quantile(1.0 - alpha, df);
        let reach = z * (self.share * (1.0 - self.share) * factor / side.total).sqrt();
        let middle = side.quantile(self.share);
        let (below, above) = (self.share - reach, self.share + reach);
        if below <= 0.0 || above >= 1.0 {
            return (f64::NEG_INFINITY, middle, f64::INFINITY);
        }
        let (deviation, blocks) = side.drawn(self.share, seed);
        let drawn = student_quantile(1.0 - alpha, (blocks - 1.0).max(2.0)) * deviation;
        (side.quantile(below).min(middle - drawn), middle, side.quantile(above).max(middle + drawn))
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn float(count: u64) -> f64 {
    count as f64
}

impl Side {
    fn of(slots: &[Bins], share: f64) -> Option<Self> {
        let filled = || slots.iter().filter(|slot| slot.total() > 0);
        let all = Bins::together(slots);
        let (middle, at) = (all.place(TOLD_APART)?, all.place(share)?);
        let bins: Vec<u16> = all.counts().iter().map(|(bin, _)| *bin).filter(|bin| f64::from(*bin) + 1.0 > middle).collect();
        let mut upto = vec![0; bins.len()];
        for slot in filled() {
            let from = upto.len() - bins.len();
            upto.extend_from_within(from..);
            let last = &mut upto[from + bins.len()..];
            for (bin, count) in slot.counts() {
                last[bins.binary_search(bin).unwrap_or(0)] += count;
            }
        }
        let beyond = filled().map(|slot| Counts { total: float(slot.total()), failed: beyond(slot, at) }).collect();
        Some(Self { slots: filled().count(), total: float(all.total()), bins, upto, beyond })
    }

    /// Adds what slots hold.
    fn add(&self, slots: std::ops::Range<usize>, sums: &mut [u64]) {
        let k = self.bins.len();
        let (from, to) = (&self.upto[slots.start * k..], &self.upto[slots.end * k..]);
        sums.iter_mut().zip(to).zip(from).for_each(|((sum, to), from)| *sum += to - from);
    }

    fn quantile_of(&self, sums: &[u64], share: f64) -> f64 {
        let counts = self.bins.iter().zip(sums).map(|(bin, count)| (*bin, float(*count)));
        place(counts, share).map_or(0.0, value_at)
    }

    fn quantile(&self, share: f64) -> f64 {
        let mut sums = vec![0; self.bins.len()];
        self.add(0..self.slots, &mut sums);
        self.quantile_of(&sums, share)
    }

    /// Deviation of the quantile over series put together of blocks of this one, and how many blocks a series has.
    fn drawn(&self, share: f64, seed: u64) -> (f64, f64) {
        let n = self.slots;
        let rates: Vec<f64> = self.beyond.iter().map(|slot| slot.rate()).collect();
        let dependence = crate::statistics::series::dependence(&rates);
        let length = special::place((n as f64).cbrt().max(2.0 * dependence).ceil(), (n / 3).max(1)).max(1);
        let mut chance = Chance::new(seed);
        let mut sums = vec![0; self.bins.len()];
        let drawn: Vec<f64> = (0..DRAWS)
            .map(|_| {
                sums.fill(0);
                let mut held = 0;
                while held < n {
                    let from = chance.below(n - length + 1);
                    let to = (from + length).min(from + n - held);
                    self.add(from..to, &mut sums);
                    held += to - from;
                }
                self.quantile_of(&sums, share)
            })
            .collect();
        let mean = drawn.iter().sum::<f64>() / DRAWS as f64;
        let variance = drawn.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (DRAWS - 1) as f64;
        (variance.sqrt(), n as f64 / length as f64)
    }
}

/// How many values lie beyond a place, those of its own bin in part.
fn beyond(slot: &Bins, at: f64) -> f64 {
    let part = |bin: u16| (f64::from(bin) + 1.0 - at).clamp(0.0, 1.0);
    slot.counts().iter().map(|(bin, count)| float(*count) * part(*bin)).sum()
}

/// Judges a quantile.
pub(super) fn quantile(
    metric: &Metric,
    (share, baseline, candidate): (f64, &[Bins], &[Bins]),
    given: Option<Margin>,
    terms: &Terms,
) -> (Judged, Vec<Raw>) {
    let total = |slots: &[Bins]| float(slots.iter().map(Bins::total).sum());
    let mut judged = Judged {
        name: metric.name.clone(),
        kind: Kind::Continuous,
        n_baseline: total(baseline),
        n_candidate: total(candidate),
        baseline: 0.0,
        candidate: 0.0,
        parts: Vec::new(),
        verdict: Verdict::Pass,
        warnings: Vec::new(),
    };
    let Some(slots) = Slots::of(&metric.points) else { return (judged, Vec::new()) };
    (judged.baseline, judged.candidate) = (slots.before.quantile(share), slots.after.quantile(share));
    let dispersed = slots.spread.factor > 1.0;
    if dispersed {
        judged.warnings.push(Warning::DispersedBeyond(slots.spread.factor));
    }
    let margin = given.unwrap_or(Margin { value: SHARE, percent: false }).of_measure(judged.baseline);
    let (shift, least) = (slots.shift(terms.alpha), given.map_or(0.0, |_| margin));
    let question = Question {
        measure: format!("p{:.0}", share * 100.0),
        found: Limits { estimate: shift.estimate, low: shift.low, high: shift.high },
        spare: (shift.low, 1.0),
        p: shift.p_beyond(least) / given.map_or(SPARE, |_| 1.0),
        margin,
        least,
        tuned: (margin, COARSE * margin),
        trust: if dispersed { ROUGHLY } else { 1.0 },
        most: given.is_none().then_some(MOST),
        drift: controls::quantiles(&metric.controls, terms.alpha),
    };
    (judged, vec![question.answer(terms)])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Slots of so many latencies around 100 ms; `slow` of them are three times as slow, and levels of slots differ.
    fn slots(chance: &mut Chance, count: usize, each: usize, slow: f64, levels: f64) -> Vec<Bins> {
        (0..count)
            .map(|_| {
                let level = (levels * chance.normal()).exp();
                (0..each).map(|_| level * if chance.share() < slow { 300.0 } else { 100.0 * (0.2 * chance.normal()).exp() }).collect()
            })
            .collect()
    }

    fn both(seed: u64, share: f64, (count, each): (usize, usize), slow: (f64, f64), levels: f64) -> Slots {
        let chance = &mut Chance::new(seed);
        let baseline = slots(chance, 4 * count, each, slow.0, levels);
        Slots::of(&Points::Quantile { share, scale: 1.0, baseline, candidate: slots(chance, count, each, slow.1, levels) }).unwrap()
    }

    #[test]
    fn the_tail_moves_where_the_median_stays() {
        let found = both(1, 0.99, (60, 200), (0.0, 0.02), 0.0).shift(0.01);
        // 100 · e^(0.2 · 2.326) is 159.
        assert!((found.estimate - (300.0 - 159.0)).abs() < 6.0 && found.low > 120.0 && found.high < 160.0, "{found:?}");
        let not = both(1, 0.95, (60, 200), (0.0, 0.02), 0.0).shift(0.01);
        assert!(not.low < 10.0 && not.high > 0.0 && not.high < 20.0, "{not:?}");
    }

    #[test]
    fn what_slots_differ_by_makes_it_less_sure_and_too_little_says_nothing() {
        let (calm, wild) = (both(2, 0.95, (60, 200), (0.0, 0.0), 0.0), both(2, 0.95, (60, 200), (0.0, 0.0), 0.15));
        let width = |slots: &Slots| slots.shift(0.01).high - slots.shift(0.01).low;
        assert!(width(&wild) > 1.7 * width(&calm) && wild.spread.factor > 2.0, "{} {}", width(&wild), width(&calm));
        assert_eq!(both(3, 0.99, (20, 5), (0.0, 0.0), 0.0).shift(0.01).high, f64::INFINITY);
        let none = Points::Quantile { share: 0.99, scale: 1.0, baseline: vec![Bins::default(); 9], candidate: Vec::new() };
        assert!(Slots::of(&none).is_none());
    }

    #[test]
    fn a_fresh_candidate_errs_no_more_often_than_it_may() {
        let missed = |share: f64, levels: f64| {
            (0..300).filter(|seed| both(1_000 + seed, share, (60, 100), (0.0, 0.0), levels).shift(0.01).low > 0.0).count()
        };
        let all = [missed(0.95, 0.0), missed(0.99, 0.0), missed(0.95, 0.1), missed(0.99, 0.1)];
        assert!(all.iter().all(|missed| *missed <= 8), "{all:?} of 300");
    }
}
