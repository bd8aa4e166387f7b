//! Where an additive measure leaves its forecast.
//!
//! All leaves of a cause leave their forecast by about the same share (the ripple effect, Bhagwan 2014, Li 2019); all others
//! scatter around none. So a slice is scored by how much likelier its leaves are under one deviation of their own than under
//! the noise of the rest; a part of the likelihood is left to strangers, so that single leaves decide nothing. Noise is
//! measured on the side to which less happens, because a cause may hold most of the leaves.

use super::{
    Verdict,
    grid::{Cause, Cuboid, Grid, by_chance},
};

/// Share of leaves that may deviate by anything.
const STRANGERS: f64 = 0.02;
/// Least and widest spread of the deviation in a cause; the least is that of the noise, too.
const LEAST_SPREAD: f64 = 0.004;
const WIDEST_SPREAD: f64 = 0.15;
/// A mean deviation below this is no cause, and a spread above this is none in common.
const LEAST_MEAN: f64 = 0.02;
const NO_COMMON_SPREAD: f64 = 0.45;
/// What a slice must reach beyond the best of chance, in nats, and what every dimension costs that it names.
const GATE: f64 = 3.0;
const DIMENSION: f64 = 1.0;
/// Share of all that left its forecast which a slice must hold to be told.
const POWER: f64 = 0.005;
/// Slices that are told at most.
const MOST: usize = 12;
/// Leaves on one side that tell the noise.
const ENOUGH: usize = 8;

/// By leaf: what was measured, and its forecast.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Measure {
    /// What was measured.
    pub real: Vec<f64>,
    /// The forecast.
    pub predict: Vec<f64>,
}

impl Measure {
    /// The change as a share of the larger of both: 1 where all is gone, −1 where nothing was expected.
    fn deviation(&self, leaf: usize) -> f64 {
        let largest = self.real[leaf].max(self.predict[leaf]);
        if largest <= 0.0 { 0.0 } else { self.change(leaf) / largest }
    }

    fn change(&self, leaf: usize) -> f64 {
        self.predict[leaf] - self.real[leaf]
    }
}

/// Logarithm of the density of a deviation around a mean, strangers included.
fn likelihood(deviation: f64, mean: f64, spread: f64) -> f64 {
    let z = (deviation - mean) / spread;
    let normal = 0.398_942_280_401_432_7 / spread * (-0.5 * z * z).exp();
    // Strangers are anywhere between −1 and 1.
    ((1.0 - STRANGERS) * normal + STRANGERS * 0.5).ln()
}

/// Spread of the noise: the median deviation on the side where it is smaller.
fn noise(deviations: &[f64], leaves: &[usize]) -> f64 {
    let side = |sign: f64| {
        let mut sizes: Vec<f64> = leaves.iter().map(|&leaf| deviations[leaf] * sign).filter(|size| *size > 0.0).collect();
        if sizes.len() < ENOUGH.max(leaves.len() / 20) {
            return None;
        }
        let middle = sizes.len() / 2;
        let (_, median, _) = sizes.select_nth_unstable_by(middle, f64::total_cmp);
        Some(*median / 0.6745)
    };
    let still = leaves.iter().filter(|&&leaf| deviations[leaf] == 0.0).count();
    match (side(1.0), side(-1.0)) {
        (Some(down), Some(up)) => down.min(up).max(LEAST_SPREAD),
        // All that deviates does so one way: where much stands still there is no noise to speak of.
        (Some(one), None) | (None, Some(one)) if still * 4 <= leaves.len() => one.clamp(LEAST_SPREAD, 0.05),
        _ => LEAST_SPREAD,
    }
}

struct Search<'t> {
    cuboids: &'t [Cuboid],
    deviations: &'t [f64],
    /// The likelihood of each leaf as noise.
    usual: Vec<f64>,
    noise: f64,
    left: Vec<usize>,
}

/// The slices that leave their forecast.
pub(super) fn find(grid: &Grid, measure: &Measure) -> (Verdict, Vec<Cause>) {
    let deviations: Vec<f64> = (0..grid.leaves).map(|leaf| measure.deviation(leaf)).collect();
    let left: Vec<usize> = (0..grid.leaves).filter(|&leaf| measure.real[leaf] > 0.0 || measure.predict[leaf] > 0.0).collect();
    if left.is_empty() {
        return (Verdict::TooLittle, Vec::new());
    }
    // Everything is a slice, too: one of no dimensions.
    let cuboids = grid.cuboids(0, grid.codes.len());
    let noise = noise(&deviations, &left);
    let usual = deviations.iter().map(|&deviation| likelihood(deviation, 0.0, noise)).collect();
    let moved: f64 = left.iter().filter(|&&leaf| deviations[leaf].abs() > 3.0 * noise).map(|&leaf| measure.change(leaf).abs()).sum();
    let gate = GATE + by_chance(&cuboids);
    let mut search = Search { cuboids: &cuboids, deviations: &deviations, usual, noise, left };
    let mut causes: Vec<Cause> = Vec::new();
    while causes.len() < MOST {
        let Some((cuboid, element, score)) = search.best() else { break };
        if score < gate {
            break;
        }
        if cuboid.dimensions.is_empty() {
            if causes.is_empty() {
                return (Verdict::Global, causes);
            }
            break;
        }
        let (members, others) = search.left.iter().partition::<Vec<usize>, _>(|&&leaf| cuboid.of[leaf] == element);
        search.left = others;
        let sum = |what: &dyn Fn(usize) -> f64| members.iter().map(|&leaf| what(leaf)).sum::<f64>();
        let (change, expected) = (sum(&|leaf| measure.change(leaf)), sum(&|leaf| measure.predict[leaf]));
        if change.abs() >= POWER * moved {
            causes.push(Cause {
                dimensions: cuboid.dimensions.clone(),
                leaf: members[0],
                score,
                observed: sum(&|leaf| measure.real[leaf]),
                expected,
                total: expected,
                share: change / moved.max(1e-12),
            });
        }
    }
    // A share is of what goes the way that most goes.
    if causes.iter().map(|cause| cause.share).sum::<f64>() < 0.0 {
        causes.iter_mut().for_each(|cause| cause.share = -cause.share);
    }
    (if causes.is_empty() { Verdict::None } else { Verdict::Slices }, causes)
}

/// Of the leaves of an element.
#[derive(Clone, Copy, Default)]
struct Moments {
    count: f64,
    sum: f64,
    squares: f64,
    usual: f64,
}

impl<'t> Search<'t> {
    /// The slice of the highest score: its cuboid, its element, its score.
    fn best(&self) -> Option<(&'t Cuboid, u32, f64)> {
        let mut best: Option<(&'t Cuboid, u32, f64)> = None;
        for cuboid in self.cuboids {
            let highest = best.map_or(0.0, |(_, _, score)| score);
            let fits = self.fits(cuboid, highest);
            if fits.iter().all(Option::is_none) {
                continue;
            }
            let mut scores = vec![-DIMENSION * f64::from(u32::try_from(cuboid.dimensions.len()).unwrap_or(u32::MAX)); cuboid.elements];
            for &leaf in &self.left {
                let element = cuboid.of[leaf] as usize;
                if let Some((mean, spread)) = fits[element] {
                    scores[element] += likelihood(self.deviations[leaf], mean, spread) - self.usual[leaf];
                }
            }
            for (element, score) in (0..).zip(scores) {
                if score > best.map_or(0.0, |(_, _, score)| score) {
                    best = Some((cuboid, element, score));
                }
            }
        }
        best
    }

    /// Mean and spread of every element that can still score higher than this.
    fn fits(&self, cuboid: &Cuboid, highest: f64) -> Vec<Option<(f64, f64)>> {
        let mut moments = vec![Moments::default(); cuboid.elements];
        for &leaf in &self.left {
            let (of, deviation) = (&mut moments[cuboid.of[leaf] as usize], self.deviations[leaf]);
            of.count += 1.0;
            of.sum += deviation;
            of.squares += deviation * deviation;
            of.usual += self.usual[leaf];
        }
        let fit = |of: &Moments| {
            let mean = of.sum / of.count;
            let spread = (of.squares / of.count - mean * mean).max(0.0).sqrt();
            if of.count == 0.0 || mean.abs() < LEAST_MEAN.max(self.noise) || spread > NO_COMMON_SPREAD {
                return None;
            }
            let spread = spread.clamp(self.noise, WIDEST_SPREAD.max(self.noise));
            // No leaf is likelier than at the mean.
            (of.count * likelihood(mean, mean, spread) - of.usual > highest).then_some((mean, spread))
        };
        moments.iter().map(fit).collect()
    }
}
