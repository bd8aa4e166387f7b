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
            let spread = spread(deviations, part);
            let (changes, sizes) =
                part.iter().fold((0.0, 0.0), |(changes, sizes), &leaf| (changes + measure.change(leaf).powi(2), sizes + size(leaf)));
            for &leaf in part {
                if spread > SMALL {
                    noise.variance[leaf] = changes / sizes * size(leaf);
                } else {
                    noise.spread[leaf] = spread;
                    noise.variance[leaf] = (spread * size(leaf)).powi(2);
                }
            }
        }
        noise
    }
}

/// Spread of the noise: the median deviation on the side where it is smaller, because a cause may hold most of the leaves.
fn spread(deviations: &[f64], leaves: &[usize]) -> f64 {
    let side = |sign: f64| {
        let mut sizes: Vec<f64> = leaves.iter().map(|&leaf| deviations[leaf] * sign).filter(|size| *size > 0.0).collect();
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
    let still = leaves.iter().filter(|&&leaf| deviations[leaf] == 0.0).count();
    match (side(1.0), side(-1.0)) {
        (Some(down), Some(up)) => down.min(up).max(LEAST_SPREAD),
        // All that deviates does so one way: where much stands still there is no noise to speak of.
        (Some(one), None) | (None, Some(one)) if still * 4 <= leaves.len() => one.max(LEAST_SPREAD),
        _ => LEAST_SPREAD,
    }
}
