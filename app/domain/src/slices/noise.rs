//! How far leaves leave their forecast by chance, by their size: what is counted in ones scatters the more the smaller it is.

use super::Measure;

/// Least spread of a deviation.
pub(super) const LEAST_SPREAD: f64 = 0.004;
/// Beyond this spread a leaf says little by itself and is looked at together with others.
const SMALL: f64 = 0.35;
/// Leaves of like size that tell the noise, and into how many sizes they are parted at most.
const ENOUGH: usize = 200;
const SIZES: usize = 12;
/// Leaves on one side that tell the noise.
const ENOUGH_OF_A_SIDE: usize = 8;

/// The noise of every leaf.
pub(super) struct Noise {
    /// Spread of its deviation; of small leaves infinite.
    pub(super) spread: Vec<f64>,
    /// Variance of its change, in the measure's own unit.
    pub(super) variance: Vec<f64>,
}

impl Noise {
    /// Measures it over some leaves.
    pub(super) fn measure(measure: &Measure, deviations: &[f64], leaves: &[usize]) -> Self {
        Self::around(measure, deviations, leaves, |_| (0.0, 0.0))
    }

    /// The same around what leaves of a size have in common, so that a shift of everything is not taken for noise.
    pub(super) fn beside_a_shift(measure: &Measure, deviations: &[f64], leaves: &[usize]) -> Self {
        Self::around(measure, deviations, leaves, |part| {
            let (change, size) =
                part.iter().fold((0.0, 0.0), |(change, size), &leaf| (change + measure.change(leaf), size + measure.size(leaf)));
            (median(&mut part.iter().map(|&leaf| deviations[leaf]).collect::<Vec<_>>()), change / size)
        })
    }

    /// Measures it around what every part of like size is said to have in common: of its deviations, and as a share of its sum.
    fn around(measure: &Measure, deviations: &[f64], leaves: &[usize], common: impl Fn(&[usize]) -> (f64, f64)) -> Self {
        let size = |leaf: usize| measure.size(leaf);
        let mut noise = Self { spread: vec![f64::INFINITY; deviations.len()], variance: vec![0.0; deviations.len()] };
        // By what was to be expected: what was measured would choose among the leaves.
        let mut by_size = leaves.to_vec();
        by_size.sort_by(|&a, &b| measure.predict[a].abs().total_cmp(&measure.predict[b].abs()));
        let alike = by_size.len().div_ceil(SIZES).max(ENOUGH);
        // The last part takes what is left over, so that none is short.
        let parts = (by_size.len() / alike).max(1);
        for part in 0..parts {
            let until = if part + 1 == parts { by_size.len() } else { (part + 1) * alike };
            let part = &by_size[part * alike..until];
            let (middle, shift) = common(part);
            let spread = spread(deviations, part, middle);
            let squared = |leaf: usize| (measure.change(leaf) - shift * size(leaf)).powi(2);
            let (changes, sizes) = part.iter().fold((0.0, 0.0), |(changes, sizes), &leaf| (changes + squared(leaf), sizes + size(leaf)));
            for &leaf in part {
                let of_spread = |spread: f64| (spread * size(leaf)).powi(2);
                if spread > SMALL {
                    // All of them gone alike leave no noise at all.
                    noise.variance[leaf] = (changes / sizes * size(leaf)).max(of_spread(LEAST_SPREAD));
                } else {
                    noise.spread[leaf] = spread;
                    noise.variance[leaf] = of_spread(spread);
                }
            }
        }
        noise
    }
}

/// The value in the middle.
pub(super) fn median(values: &mut [f64]) -> f64 {
    let half = values.len() / 2;
    if values.is_empty() { 0.0 } else { *values.select_nth_unstable_by(half, f64::total_cmp).1 }
}

/// Spread of the noise around a middle: the median deviation on the side where it is smaller, because a cause may hold most of the leaves.
fn spread(deviations: &[f64], leaves: &[usize], middle: f64) -> f64 {
    let side = |sign: f64| {
        let mut sizes: Vec<f64> = leaves.iter().map(|&leaf| (deviations[leaf] - middle) * sign).filter(|size| *size > 0.0).collect();
        if sizes.len() < ENOUGH_OF_A_SIDE.max(leaves.len() / 20) {
            return None;
        }
        // The larger of two estimates: where little is counted, many deviate by exactly the same.
        let count = sizes.len();
        let mut quantile = |share: usize| *sizes.select_nth_unstable_by(count * share / 4, f64::total_cmp).1;
        Some((quantile(2) / 0.6745).max(quantile(3) / 1.1503))
    };
    // Things counted in ones: there or not there.
    if leaves.iter().filter(|&&leaf| deviations[leaf].abs() > 0.99).count() * 2 > leaves.len() {
        return f64::INFINITY;
    }
    let still = leaves.iter().filter(|&&leaf| deviations[leaf] == middle).count();
    match (side(1.0), side(-1.0)) {
        (Some(down), Some(up)) => down.min(up).max(LEAST_SPREAD),
        // All that deviates does so one way: where much stands still there is no noise to speak of.
        (Some(one), None) | (None, Some(one)) if still * 4 <= leaves.len() => one.max(LEAST_SPREAD),
        _ => LEAST_SPREAD,
    }
}
