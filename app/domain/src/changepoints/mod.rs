//! Change points: where a series took another level and kept it.
//!
//! The seasons are taken out, single values that stick out are cut, and the level is fitted in pieces by PELT (Killick, Fearnhead and
//! Eckley 2012), which finds the best pieces exactly. A piece must be worth its price: a penalty in the manner of BIC, from noise that
//! is read off differences, so that the changes themselves do not hide it, and with its persistence: noise that lasts looks like
//! changes of level and pays more.

use serde::Serialize;

use crate::{
    forecast::resemblances,
    statistics::{
        scale::{restored, scaled},
        series::{median, sorted},
    },
};

/// One change of level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ChangePoint {
    /// Number of the first value of the new level.
    pub at: usize,
    /// The level before.
    pub before: f64,
    /// The level after.
    pub after: f64,
    /// How sure it is that chance did not do it, 0 to 1, with regard to how many places there were to look at.
    pub confidence: f64,
}

impl ChangePoint {
    /// By how much.
    pub fn size(&self) -> f64 {
        (self.after - self.before).clamp(f64::MIN, f64::MAX)
    }
}

/// Values that pieces are made of; a longer series is looked at in blocks.
const MOST: usize = 4_000;
/// Values that a piece has at least.
const LEAST: usize = 6;
/// Less sure ones are left out.
const SURE: f64 = 0.95;

/// The change points in order. Missing values (NaN) are passed over; `known` are the seasons in steps, found where it is `None`.
pub fn change_points(values: &[f64], known: Option<&[usize]>) -> Vec<ChangePoint> {
    let (values, unit) = scaled(values);
    let mut found = changes(&values, known);
    for point in &mut found {
        (point.before, point.after) = (restored(point.before, unit), restored(point.after, unit));
    }
    found
}

/// The same of values that can be reckoned with.
fn changes(values: &[f64], known: Option<&[usize]>) -> Vec<ChangePoint> {
    let places: Vec<usize> = (0..values.len()).filter(|&at| values[at].is_finite()).collect();
    let all: Vec<f64> = places.iter().map(|&at| values[at]).collect();
    if all.len() < 2 * LEAST {
        return Vec::new();
    }
    let found = known.map_or_else(|| resemblances(&all), <[usize]>::to_vec);
    let calm = deseasoned(&all, &found);
    let smooth = cut(&calm);
    let block = smooth.len().div_ceil(MOST);
    let blocks: Vec<f64> = smooth.chunks(block).map(|part| part.iter().sum::<f64>() / part.len() as f64).collect();
    let Some(noise) = Noise::of(&blocks) else { return steps(&all, &calm, &places) };
    let penalty = (3.0 * (blocks.len() as f64).ln() + 4.0) * noise.lasting;
    let cuts: Vec<usize> = pieces(&blocks, penalty).into_iter().map(|cut| refined(&calm, cut * block, block)).collect();
    told(&calm, &cuts, &places, noise.lasting * block as f64)
}

/// What the noise is like.
struct Noise {
    /// Its variance, times how long it lasts: the variance of a mean of n values is this over n.
    lasting: f64,
}

impl Noise {
    /// From differences over one, two and three values (of a first-order autoregression: φ = v₂/v₁ − 1 and φ + φ² = v₃/v₁ − 1; the
    /// larger φ is believed); `None` where hardly any value differs from the one before.
    fn of(values: &[f64]) -> Option<Self> {
        let moving = values.windows(2).filter(|pair| pair[0] != pair[1]).count();
        if moving * 20 <= values.len() {
            return None;
        }
        let spread = |lag: usize| {
            let mut differences: Vec<f64> = values[lag..].iter().zip(values).map(|(now, then)| (now - then).abs()).collect();
            differences.sort_by(f64::total_cmp);
            let middle = differences.get(differences.len() / 2).copied().unwrap_or(0.0);
            let square = differences.iter().map(|one| one * one).sum::<f64>() / differences.len().max(1) as f64;
            // Mostly equal neighbours: their usual difference says nothing.
            if middle > 0.0 { (middle / 0.6745).powi(2) } else { square }
        };
        let (one, two, three) = (spread(1), spread(2), spread(3));
        let size = values.iter().map(|value| value.abs()).fold(0.0, f64::max);
        if one <= (size * 1e-9).powi(2) {
            return None;
        }
        let second = ((1.0 + 4.0 * (three / one - 1.0)).max(0.0).sqrt() - 1.0) / 2.0;
        let lasts = (two / one - 1.0).max(second).clamp(0.0, 0.9);
        Some(Self { lasting: one / 2.0 / (1.0 - lasts) * (1.0 + lasts) / (1.0 - lasts) })
    }
}

/// Without noise every lasting step is one.
fn steps(all: &[f64], calm: &[f64], places: &[usize]) -> Vec<ChangePoint> {
    let cuts: Vec<usize> =
        (1..calm.len()).filter(|&at| (calm[at] - calm[at - 1]).abs() > 1e-9 * (calm[at].abs() + calm[at - 1].abs())).collect();
    let mut kept = Vec::new();
    for (number, &at) in cuts.iter().enumerate() {
        let next = cuts.get(number + 1).copied().unwrap_or(all.len());
        if next - at >= LEAST && at - kept.last().copied().unwrap_or(0) >= LEAST {
            kept.push(at);
        }
    }
    if kept.len() * 20 > all.len() { Vec::new() } else { told(calm, &kept, places, 0.0) }
}

/// Takes out the median at each place of each season, the longest only where it was seen three times.
fn deseasoned(values: &[f64], seasons: &[usize]) -> Vec<f64> {
    let mut calm = values.to_vec();
    for &season in seasons.iter().filter(|season| **season * 3 <= values.len()) {
        // Against the level of the season around, so that a change of level does not count as a season.
        let levels: Vec<f64> = calm.chunks(season).map(middle).collect();
        let usual: Vec<f64> = (0..season)
            .map(|place| middle(&(place..calm.len()).step_by(season).map(|at| calm[at] - levels[at / season]).collect::<Vec<_>>()))
            .collect();
        calm.iter_mut().enumerate().for_each(|(at, value)| *value -= usual[at % season]);
    }
    calm
}

fn middle(values: &[f64]) -> f64 {
    median(&sorted(values))
}

/// Values that stick out of the five around them are cut to what sticks out least.
fn cut(values: &[f64]) -> Vec<f64> {
    let spread = {
        let differences: Vec<f64> = values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
        middle(&differences) / 0.6745
    };
    let around = |at: usize| middle(&values[at.saturating_sub(2)..(at + 3).min(values.len())]);
    (0..values.len())
        .map(|at| {
            let level = around(at);
            values[at].clamp(level - 2.5 * spread, level + 2.5 * spread)
        })
        .collect()
}

/// The beginnings of the best pieces but the first, by squares around the mean of each and a price for each.
fn pieces(values: &[f64], penalty: f64) -> Vec<usize> {
    let count = values.len();
    let (mut sums, mut squares) = (vec![0.0; count + 1], vec![0.0; count + 1]);
    let mean = values.iter().sum::<f64>() / count as f64;
    for (at, value) in values.iter().enumerate() {
        sums[at + 1] = sums[at] + value - mean;
        squares[at + 1] = squares[at] + (value - mean).powi(2);
    }
    let cost = |from: usize, to: usize| squares[to] - squares[from] - (sums[to] - sums[from]).powi(2) / (to - from) as f64;
    let mut best = vec![f64::INFINITY; count + 1];
    let mut from = vec![0; count + 1];
    best[0] = -penalty;
    let mut candidates = vec![0];
    for to in LEAST..=count {
        let (mut least, mut whence) = (f64::INFINITY, 0);
        for &begin in &candidates {
            let found = best[begin] + cost(begin, to) + penalty;
            if found < least {
                (least, whence) = (found, begin);
            }
        }
        (best[to], from[to]) = (least, whence);
        candidates.retain(|&begin| best[begin] + cost(begin, to) <= least);
        // The next piece may begin where it leaves itself enough.
        let next = to + 1 - LEAST;
        if next >= LEAST && best[next].is_finite() {
            candidates.push(next);
        }
    }
    let mut cuts = Vec::new();
    let mut at = count;
    while from[at] > 0 {
        at = from[at];
        cuts.push(at);
    }
    cuts.reverse();
    cuts
}

/// Where within two blocks the levels on both sides part best.
fn refined(values: &[f64], cut: usize, block: usize) -> usize {
    if block == 1 {
        return cut;
    }
    let (from, to) = (cut.saturating_sub(2 * block), (cut + 2 * block).min(values.len()));
    let total: f64 = values[from..to].iter().sum();
    let (mut sum, mut best, mut most) = (0.0, cut, -1.0);
    for at in from + 1..to {
        sum += values[at - 1];
        let (left, right) = ((at - from) as f64, (to - at) as f64);
        let apart = (sum / left - (total - sum) / right).powi(2) * left * right;
        if apart > most {
            (most, best) = (apart, at);
        }
    }
    best
}

/// Levels and certainty of every cut; what is not sure is left out.
fn told(calm: &[f64], cuts: &[usize], places: &[usize], lasting: f64) -> Vec<ChangePoint> {
    let mut points: Vec<ChangePoint> = Vec::new();
    let mut begin = 0;
    for (number, &at) in cuts.iter().enumerate() {
        let end = cuts.get(number + 1).copied().unwrap_or(calm.len());
        let (before, after) = (&calm[begin..at], &calm[at..end]);
        if before.is_empty() || after.is_empty() {
            continue;
        }
        let (low, high) = (middle(before), middle(after));
        let error = (lasting * (1.0 / before.len() as f64 + 1.0 / after.len() as f64)).sqrt();
        let far = if error > 0.0 { (high - low).abs() / error } else { f64::INFINITY };
        // Twice the tail of the normal distribution (bounded by Chernoff), times the places there were.
        let chance = (-far * far / 2.0).exp() * places.len() as f64 / LEAST as f64;
        let confidence = 1.0 - chance.min(1.0);
        if confidence >= SURE && high != low {
            points.push(ChangePoint { at: places[at], before: low, after: high, confidence });
            begin = at;
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: &mut u64) -> f64 {
        (0..12)
            .map(|_| {
                *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (*seed >> 40) as f64 / (1_u64 << 24) as f64
            })
            .sum::<f64>()
            - 6.0
    }

    #[test]
    fn a_step_is_found_with_its_size_and_noise_is_none() {
        let mut seed = 7;
        let values: Vec<f64> =
            (0..600).map(|at| if at < 250 { 10.0 } else { 14.0 } + noise(&mut seed) + if at == 100 { 60.0 } else { 0.0 }).collect();
        let found = change_points(&values, None);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].at.abs_diff(250) <= 2 && (found[0].size() - 4.0).abs() < 0.4 && found[0].confidence > 0.99, "{found:?}");
        let mut wrong = 0;
        for seed in 1..=40 {
            let mut seed = seed * 77;
            let mut last = 0.0;
            let values: Vec<f64> = (0..500)
                .map(|_| {
                    last = 0.6 * last + noise(&mut seed);
                    last
                })
                .collect();
            wrong += change_points(&values, None).len();
        }
        assert!(wrong <= 4, "{wrong}");
    }

    #[test]
    fn days_are_no_changes() {
        let mut seed = 3;
        let day = |at: usize| 50.0 + 20.0 * (at as f64 / 24.0 * std::f64::consts::TAU).sin();
        let values: Vec<f64> = (0..24 * 20).map(|at| day(at) + noise(&mut seed) - if at >= 300 { 12.0 } else { 0.0 }).collect();
        let found = change_points(&values, None);
        assert!(found.len() == 1 && found[0].at.abs_diff(300) <= 4 && (found[0].size() + 12.0).abs() < 2.0, "{found:?}");
    }

    #[test]
    fn any_input_has_an_answer() {
        for values in [vec![], vec![1.0], vec![f64::NAN; 50], vec![3.0; 100], vec![0.0; 5]] {
            assert_eq!(change_points(&values, None), []);
        }
        let step: Vec<f64> = (0..100)
            .map(|at| {
                if at < 40 {
                    f64::NAN
                } else if at < 70 {
                    1.0
                } else {
                    2.0
                }
            })
            .collect();
        let found = change_points(&step, None);
        assert!(found.len() == 1 && found[0].at == 70 && found[0].size() == 1.0, "{found:?}");
    }

    #[test]
    fn values_however_large_or_small_change_alike() {
        let mut seed = 7;
        let values: Vec<f64> = (0..300).map(|at| if at < 150 { -10.0 } else { 10.0 } + noise(&mut seed)).collect();
        let plain = change_points(&values, None);
        assert_eq!(plain.len(), 1, "{plain:?}");
        for power in [1_019, 600, -1_000] {
            let unit = 2.0_f64.powi(power);
            let found = change_points(&values.iter().map(|value| value * unit).collect::<Vec<_>>(), None);
            let same = |(one, other): (&ChangePoint, &ChangePoint)| {
                one.at == other.at && one.before * unit == other.before && one.after * unit == other.after
            };
            assert!(found.len() == 1 && plain.iter().zip(&found).all(same) && found[0].size().is_finite(), "{power}: {found:?}");
        }
        let mut odd = values;
        odd[40] = 1e300;
        assert_eq!(change_points(&odd, None).first().map(|point| point.at), plain.first().map(|point| point.at));
    }
}
