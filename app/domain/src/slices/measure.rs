//! Where an additive measure leaves its forecast.
//!
//! All leaves of a cause leave their forecast by about the same share (the ripple effect, Bhagwan 2014, Li 2019); all others
//! scatter around none. So a slice is scored by how much likelier its leaves are under one deviation of their own than under
//! the noise of leaves of their size; a part of the likelihood is left to strangers, so that single leaves decide nothing.
//! Leaves too small to say anything by themselves are added up first: a hundred merchants of one sale each still fall together.

use super::{
    Verdict,
    grid::{Cause, Cuboid, Grid, by_chance},
    noise::{LEAST_SPREAD, Noise, median},
};

/// Share of leaves that may deviate by anything.
const STRANGERS: f64 = 0.02;
/// A leaf that is so many deviations of the noise away stands apart. A handful of them are no strangers: they are causes.
const APART: f64 = 6.0;
const HANDFUL: usize = 12;
const NO_STRANGERS: f64 = 1e-9;
/// Widest spread of the deviation in a cause.
const WIDEST_SPREAD: f64 = 0.15;
/// A mean deviation below this is no cause, and a spread above this is none in common.
const LEAST_MEAN: f64 = 0.02;
const NO_COMMON_SPREAD: f64 = 0.45;
/// What a slice must reach beyond the best of chance, in nats, and what every dimension costs that it names.
const GATE: f64 = 3.0;
const DIMENSION: f64 = 1.0;
/// How many deviations of its noise the sum of a slice must be away from its forecast.
const SUM: f64 = 4.0;
/// Share of all that left its forecast which a slice must hold to be told.
const POWER: f64 = 0.000_01;
/// Slices that are told at most.
const MOST: usize = 12;

/// By leaf: what was measured, and its forecast.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Measure {
    /// What was measured.
    pub real: Vec<f64>,
    /// The forecast.
    pub predict: Vec<f64>,
}

impl Measure {
    /// The larger of both.
    pub(super) fn size(&self, leaf: usize) -> f64 {
        self.real[leaf].abs().max(self.predict[leaf].abs())
    }

    pub(super) fn change(&self, leaf: usize) -> f64 {
        self.predict[leaf] - self.real[leaf]
    }

    /// The change as a share of the size: 1 where all is gone, −1 where nothing was expected.
    fn deviation(&self, leaf: usize) -> f64 {
        let size = self.size(leaf);
        if size <= 0.0 { 0.0 } else { (self.change(leaf) / size).clamp(-1.0, 1.0) }
    }
}

/// Logarithm of the density of a deviation around a mean, strangers included.
fn likelihood(deviation: f64, mean: f64, spread: f64, strangers: f64) -> f64 {
    let z = (deviation - mean) / spread;
    let normal = 0.398_942_280_401_432_7 / spread * (-0.5 * z * z).exp();
    // Strangers are anywhere between −1 and 1.
    ((1.0 - strangers) * normal + strangers * 0.5).ln()
}

struct Search<'t> {
    /// Everything comes first: it is a slice of no dimensions.
    cuboids: &'t [Cuboid],
    measure: &'t Measure,
    deviations: &'t [f64],
    noise: Noise,
    /// The likelihood of each leaf as noise, and the highest that its noise allows; 0 for small ones.
    usual: Vec<f64>,
    highest: Vec<f64>,
    gate: f64,
    /// The least change that is told.
    power: f64,
    left: Vec<usize>,
    causes: Vec<Cause>,
}

/// The slices that leave their forecast.
pub(super) fn find(grid: &Grid, measure: &Measure) -> (Verdict, Vec<Cause>) {
    let deviations: Vec<f64> = (0..grid.leaves).map(|leaf| measure.deviation(leaf)).collect();
    let left: Vec<usize> = (0..grid.leaves).filter(|&leaf| measure.size(leaf) > 0.0).collect();
    if left.is_empty() {
        return (Verdict::TooLittle, Vec::new());
    }
    let cuboids = grid.cuboids(0, grid.codes.len());
    let all = left.len();
    let noise = Noise::measure(measure, &deviations, &left);
    let moved: f64 =
        left.iter().filter(|&&leaf| deviations[leaf].abs() > 3.0 * noise.spread[leaf]).map(|&leaf| measure.change(leaf).abs()).sum();
    let mut search = Search {
        cuboids: &cuboids,
        measure,
        deviations: &deviations,
        noise,
        usual: Vec::new(),
        highest: Vec::new(),
        gate: GATE + by_chance(&cuboids),
        power: POWER * moved,
        left,
        causes: Vec::new(),
    };
    search.judge_noise(STRANGERS);
    let (everywhere, shifted) = (search.of_all(), search.shifted());
    search.run();
    // Everything, too, once the slices are taken away: then no slice explains it.
    let explained: f64 = search.causes.iter().map(|cause| cause.score).sum();
    if everywhere >= search.gate && (everywhere > explained || search.left.len() * 20 < all || search.of_all() >= search.gate) {
        return (Verdict::Global, Vec::new());
    }
    // A handful of leaves that stand out of all that is left are causes by themselves; many are the measure's own way.
    search.noise = Noise::measure(measure, &deviations, &search.left);
    let apart = search.left.iter().filter(|&&leaf| search.apart(leaf)).count();
    if apart > 0 && apart <= HANDFUL {
        search.judge_noise(NO_STRANGERS);
        search.run();
    }
    let mut causes = search.causes;
    let told: f64 = causes.iter().map(|cause| cause.share.abs()).sum();
    for cause in &mut causes {
        cause.share /= moved.max(told);
    }
    // A share is of what goes the way that most goes.
    if causes.iter().map(|cause| cause.share).sum::<f64>() < 0.0 {
        causes.iter_mut().for_each(|cause| cause.share = -cause.share);
    }
    let verdict = match causes.is_empty() {
        false => Verdict::Slices,
        // No slice stands out of what all have in common.
        true if shifted >= search.gate => Verdict::Global,
        true => Verdict::None,
    };
    (verdict, causes)
}

/// Of the leaves of an element.
#[derive(Clone, Copy, Default)]
struct Moments {
    count: f64,
    /// Of those that speak for themselves, weighted by their certainty.
    weight: f64,
    sum: f64,
    squares: f64,
    usual: f64,
    /// The highest likelihood that their own noise allows.
    highest: f64,
    /// Of the small ones.
    change: f64,
    size: f64,
    variance: f64,
}

impl Moments {
    /// How much likelier the sum of the small leaves is at this mean than at none.
    fn together(&self, mean: f64) -> f64 {
        if self.variance <= 0.0 { 0.0 } else { mean * self.size * (2.0 * self.change - mean * self.size) / (2.0 * self.variance) }
    }
}

/// What the leaves of an element have in common.
#[derive(Clone, Copy)]
struct Fit {
    mean: f64,
    spread: f64,
    /// What the small leaves add to the score.
    together: f64,
}

impl<'t> Search<'t> {
    /// Whether a leaf is further away than noise goes.
    fn apart(&self, leaf: usize) -> bool {
        self.deviations[leaf].abs() > APART * self.noise.spread[leaf]
    }

    /// How likely each leaf is as noise; of those that stand apart this share may be strangers.
    fn judge_noise(&mut self, strangers: f64) {
        self.usual = vec![0.0; self.deviations.len()];
        self.highest = self.usual.clone();
        for &leaf in &self.left {
            let spread = self.noise.spread[leaf];
            if spread.is_finite() {
                let strangers = if self.apart(leaf) { strangers } else { STRANGERS };
                self.usual[leaf] = likelihood(self.deviations[leaf], 0.0, spread, strangers);
                self.highest[leaf] = likelihood(0.0, 0.0, spread, STRANGERS);
            }
        }
    }

    /// What a leaf adds to the score of a slice that it belongs to.
    fn adds(&self, leaf: usize, fit: &Fit) -> f64 {
        let spread = self.noise.spread[leaf];
        if spread.is_finite() {
            likelihood(self.deviations[leaf], fit.mean, fit.spread.max(spread), STRANGERS) - self.usual[leaf]
        } else {
            0.0
        }
    }

    /// The score of everything as one slice, where the sum is further from its forecast than the noise beside a shift explains.
    fn shifted(&self) -> f64 {
        let noise = Noise::beside_a_shift(self.measure, self.deviations, &self.left);
        let mut all = Moments::default();
        let mut small = Moments::default();
        let mut alone = Vec::new();
        for &leaf in &self.left {
            let add = |of: &mut Moments| {
                of.change += self.measure.change(leaf);
                of.size += self.measure.size(leaf);
                of.variance += noise.variance[leaf];
            };
            add(&mut all);
            if noise.spread[leaf].is_finite() {
                alone.push(leaf);
            } else {
                add(&mut small);
            }
        }
        if all.change.abs() < LEAST_MEAN * all.size || all.change.abs() < SUM * all.variance.sqrt() {
            return 0.0;
        }
        let middle = median(&mut alone.iter().map(|&leaf| self.deviations[leaf]).collect::<Vec<_>>());
        // What most leaves do against the sum is not what moved it.
        let middle = if middle * all.change > 0.0 { middle } else { 0.0 };
        let likelier = |leaf: usize| {
            let at = |mean: f64| likelihood(self.deviations[leaf], mean, noise.spread[leaf], STRANGERS);
            at(middle) - at(0.0)
        };
        let together = if small.size > 0.0 { small.together(small.change / small.size) } else { 0.0 };
        together + alone.iter().map(|&leaf| likelier(leaf)).sum::<f64>()
    }

    /// The score of everything as one slice like others.
    fn of_all(&self) -> f64 {
        let sum = |what: &dyn Fn(usize) -> f64| self.left.iter().map(|&leaf| what(leaf)).sum::<f64>();
        let stands_out = sum(&|leaf| self.measure.change(leaf)).abs() >= SUM * sum(&|leaf| self.noise.variance[leaf]).sqrt();
        let Some(fit) = self.fits(&self.cuboids[0], 0.0).into_iter().flatten().next().filter(|_| stands_out) else { return 0.0 };
        fit.together + self.left.iter().map(|&leaf| self.adds(leaf, &fit)).sum::<f64>()
    }

    /// Takes slices away until none is left that chance would not make.
    fn run(&mut self) {
        while self.causes.len() < MOST {
            let Some((cuboid, element, score)) = self.best() else { break };
            if score < self.gate {
                break;
            }
            let (members, others) = self.left.iter().partition::<Vec<usize>, _>(|&&leaf| cuboid.of[leaf] == element);
            self.left = others;
            let sum = |what: &dyn Fn(usize) -> f64| members.iter().map(|&leaf| what(leaf)).sum::<f64>();
            let (change, expected) = (sum(&|leaf| self.measure.change(leaf)), sum(&|leaf| self.measure.predict[leaf]));
            let chance = sum(&|leaf| self.noise.variance[leaf]).sqrt();
            if change.abs() >= self.power && change.abs() >= SUM * chance {
                self.causes.push(Cause {
                    dimensions: cuboid.dimensions.clone(),
                    leaf: members[0],
                    score,
                    observed: sum(&|leaf| self.measure.real[leaf]),
                    expected,
                    total: expected,
                    share: change,
                });
            }
        }
    }

    /// The slice of the highest score: its cuboid, its element, its score.
    fn best(&self) -> Option<(&'t Cuboid, u32, f64)> {
        let mut best: Option<(&'t Cuboid, u32, f64)> = None;
        for cuboid in &self.cuboids[1..] {
            let highest = best.map_or(0.0, |(_, _, score)| score);
            let fits = self.fits(cuboid, highest);
            if fits.iter().all(Option::is_none) {
                continue;
            }
            let named = DIMENSION * f64::from(u32::try_from(cuboid.dimensions.len()).unwrap_or(u32::MAX));
            let mut scores: Vec<f64> = fits.iter().map(|fit| fit.map_or(0.0, |fit| fit.together) - named).collect();
            for &leaf in &self.left {
                let element = cuboid.of[leaf] as usize;
                if let Some(fit) = &fits[element] {
                    scores[element] += self.adds(leaf, fit);
                }
            }
            for (element, score) in (0..).zip(scores).filter(|(element, _)| cuboid.nowhere != Some(*element)) {
                if score > best.map_or(0.0, |(_, _, score)| score) {
                    best = Some((cuboid, element, score));
                }
            }
        }
        best
    }

    /// What every element has in common that can still score higher than this.
    fn fits(&self, cuboid: &Cuboid, highest: f64) -> Vec<Option<Fit>> {
        let mut moments = vec![Moments::default(); cuboid.elements];
        for &leaf in &self.left {
            let (of, deviation, spread) = (&mut moments[cuboid.of[leaf] as usize], self.deviations[leaf], self.noise.spread[leaf]);
            if spread.is_finite() {
                let weight = (spread * spread).recip();
                of.count += 1.0;
                of.weight += weight;
                of.sum += weight * deviation;
                of.squares += weight * deviation * deviation;
                of.usual += self.usual[leaf];
                of.highest += self.highest[leaf];
            } else {
                of.change += self.measure.change(leaf);
                of.size += self.measure.size(leaf);
                of.variance += self.noise.variance[leaf];
            }
        }
        let fit = |of: &Moments| {
            // The small ones tell the mean by their sum.
            let small = if of.variance > 0.0 { of.size / of.variance } else { 0.0 };
            let mean = (of.sum + small * of.change) / (of.weight + small * of.size);
            let spread = if of.count > 0.0 { ((of.squares - 2.0 * mean * of.sum) / of.weight + mean * mean).max(0.0).sqrt() } else { 0.0 };
            // What is within the noise of most of its leaves is no cause, nor what they do not share.
            if mean.is_nan() || mean.abs() < LEAST_MEAN || mean * mean * of.weight < of.count || spread > NO_COMMON_SPREAD {
                return None;
            }
            let spread = spread.clamp(LEAST_SPREAD, WIDEST_SPREAD);
            let together = of.together(mean);
            // No leaf is likelier than at the mean.
            let highest_here = of.highest.min(of.count * likelihood(mean, mean, spread, STRANGERS)) - of.usual + together;
            (highest_here > highest).then_some(Fit { mean, spread, together })
        };
        moments.iter().map(fit).collect()
    }
}
