//! Where failures concentrate.
//!
//! What a leaf is expected to fail of comes from its history, shrunk towards what its values have in common with other leaves;
//! a slice is scored by the likelihood ratio of its failures (a scan statistic, after Kulldorff 1997) over the expectation,
//! tempered by how far a rate moves by itself. The best slice loses a dimension as long as the wider one keeps most of the
//! score *and* what it adds is in excess, too.

use super::{
    Verdict,
    grid::{Cause, Cuboid, Grid, by_chance},
};

/// Dimensions that a slice names at most.
const DEEPEST: usize = 4;
/// How many transactions of history the common rate is worth.
const SHRINK: f64 = 20.0;
/// The likelihood that a wider slice must keep, the score of what it adds, and how much of what is otherwise well must fail there
/// too, by what fails in the narrow one: a trace of failures beside a slice is not that slice.
const KEPT: f64 = 0.8;
const ADDED: f64 = 2.0;
const ALIKE: f64 = 0.2;
/// The likeness, in nats, from which on what a wider slice adds is told apart: one in twenty.
const UNLIKE: f64 = -3.0;
/// What a slice must reach beyond the best of chance, in nats.
const GATE: f64 = 5.0;
/// What a further slice must reach: a share of the first one's score, or of all excess. A weak second cause is not invented.
const FURTHER_SCORE: f64 = 0.1;
const FURTHER_SHARE: f64 = 0.05;
/// How far a rate moves by itself from one time to another: a tenth.
const RESTLESS: f64 = 0.1;
/// Slices that are told at most.
const MOST: usize = 5;

/// By leaf: transactions and failures now, and summed over the history.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counts {
    /// Transactions now.
    pub total: Vec<f64>,
    /// Failures now.
    pub failed: Vec<f64>,
    /// Transactions of the history.
    pub hist_total: Vec<f64>,
    /// Failures of the history.
    pub hist_failed: Vec<f64>,
}

/// Sums over some leaves.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    observed: f64,
    expected: f64,
    total: f64,
}

impl Sum {
    fn add(&mut self, counts: &Counts, expected: &[f64], leaf: usize) {
        self.observed += counts.failed[leaf];
        self.expected += expected[leaf];
        self.total += counts.total[leaf];
    }

    fn without(self, other: Self) -> Self {
        Self { observed: self.observed - other.observed, expected: self.expected - other.expected, total: self.total - other.total }
    }

    fn excess(self) -> f64 {
        self.observed - self.expected
    }

    /// How much better it goes with the rate of another slice than with what is expected of it, in nats.
    fn likeness(self, other: Self) -> f64 {
        let Self { observed, expected, total } = self;
        let [rate, usual] = [other.observed / other.total, expected / total].map(|rate| rate.clamp(1e-9, 0.99));
        observed * (rate / usual).ln() + (total - observed) * ((1.0 - rate) / (1.0 - usual)).ln()
    }

    /// Of what would be well otherwise, the share that fails.
    fn hit(self) -> f64 {
        self.excess() / (self.total - self.expected).max(1e-9)
    }

    /// O·ln(O/E) + (N−O)·ln((N−O)/(N−E)) where more failed than expected.
    fn likelihood(self) -> f64 {
        let Self { observed, expected, total } = self;
        if observed <= expected || total <= 0.0 {
            return 0.0;
        }
        let expected = expected.clamp(1e-9, total * (1.0 - 1e-9));
        let hits = observed * (observed / expected).ln();
        let misses = if observed >= total { 0.0 } else { (total - observed) * ((total - observed) / (total - expected)).ln() };
        (hits + misses).max(0.0)
    }

    /// The likelihood, divided by how much wider than binomial the count scatters when the rate moves by [`RESTLESS`].
    fn score(self) -> f64 {
        let expected = self.expected.clamp(1e-9, (self.total * (1.0 - 1e-9)).max(1e-9));
        let scatter = (expected * (1.0 - expected / self.total)).max(1e-9);
        self.likelihood() / (1.0 + (RESTLESS * expected).powi(2) / scatter)
    }
}

/// Failures to be expected of each leaf: its own rate and, for [`SHRINK`] transactions, the one that its values suggest.
pub(super) fn expected(grid: &Grid, counts: &Counts) -> Vec<f64> {
    let (total, failed): (f64, f64) = (counts.hist_total.iter().sum(), counts.hist_failed.iter().sum());
    let common = (failed + 0.5) / (total + 1.0);
    let mut rates = vec![common; grid.leaves];
    for (dimension, (codes, &size)) in grid.codes.iter().zip(&grid.sizes).enumerate() {
        let mut of = vec![(0.0, 0.0); size];
        for (leaf, &code) in codes.iter().enumerate() {
            of[code as usize].0 += counts.hist_total[leaf];
            of[code as usize].1 += counts.hist_failed[leaf];
        }
        // A dimension that a leaf has not says nothing of it.
        for (_, (rate, &code)) in rates.iter_mut().zip(codes).enumerate().filter(|(leaf, _)| !grid.lacks(dimension, *leaf)) {
            let (total, failed): (f64, f64) = of[code as usize];
            *rate *= (failed + SHRINK * common) / (total + SHRINK) / common;
        }
    }
    let of_leaf = |leaf: usize| {
        let rate = rates[leaf].clamp(1e-7, 0.9);
        counts.total[leaf] * (counts.hist_failed[leaf] + SHRINK * rate) / (counts.hist_total[leaf] + SHRINK)
    };
    (0..grid.leaves).map(of_leaf).collect()
}

/// The search, with everything that it looks at.
struct Search<'t> {
    grid: &'t Grid<'t>,
    counts: &'t Counts,
    expected: Vec<f64>,
    cuboids: Vec<Cuboid>,
    /// Leaves that nothing explains yet.
    left: Vec<usize>,
}

/// The slices in which failures concentrate.
pub(super) fn find(grid: &Grid, counts: &Counts) -> (Verdict, Vec<Cause>) {
    let left = (0..grid.leaves).filter(|&leaf| counts.total[leaf] > 0.0).collect();
    let mut search = Search { grid, counts, expected: expected(grid, counts), cuboids: grid.cuboids(1, DEEPEST), left };
    let gate = GATE + by_chance(&search.cuboids);
    let all = search.sum(&[], 0);
    let excess = all.excess().max(1e-9);
    let mut causes: Vec<Cause> = Vec::new();
    while causes.len() < MOST {
        let Some((dimensions, leaf, narrow)) = search.best() else { break };
        let strongest = causes.iter().map(|cause| cause.score).fold(0.0, f64::max);
        if narrow.score() < gate || narrow.score() < FURTHER_SCORE * strongest && narrow.excess() < FURTHER_SHARE * excess {
            break;
        }
        let (dimensions, sum) = search.widen(dimensions, leaf, narrow);
        if dimensions.is_empty() {
            if causes.is_empty() {
                return (Verdict::Global, causes);
            }
            break;
        }
        search.left.retain(|&other| !grid.alike(&dimensions, leaf, other));
        let Sum { observed, expected, total } = sum;
        // Where others failed less than expected there may be less of it in all than in the slice.
        let share = (sum.excess() / excess).min(1.0);
        causes.push(Cause { dimensions, leaf, score: sum.score(), observed, expected, total, share });
    }
    // One value of a dimension of one value is everything.
    if search.left.is_empty() && causes.iter().all(|cause| cause.dimensions.iter().all(|&at| grid.sizes[at] == 1)) && !causes.is_empty() {
        return (Verdict::Global, Vec::new());
    }
    let verdict = if !causes.is_empty() {
        Verdict::Slices
    } else if all.score() >= GATE {
        Verdict::Global
    } else if (Sum { observed: (3.0 * all.expected).min(all.total), ..all }).score() < gate {
        Verdict::TooLittle
    } else {
        Verdict::None
    };
    (verdict, causes)
}

impl Search<'_> {
    /// Sums over the leaves that are left and have the values that this one has there.
    fn sum(&self, dimensions: &[usize], leaf: usize) -> Sum {
        let mut sum = Sum::default();
        for &other in self.left.iter().filter(|&&other| self.grid.alike(dimensions, leaf, other)) {
            sum.add(self.counts, &self.expected, other);
        }
        sum
    }

    /// The slice of the highest score: its dimensions, one of its leaves, its sums.
    fn best(&self) -> Option<(Vec<usize>, usize, Sum)> {
        let mut best: Option<(&Cuboid, usize, Sum)> = None;
        let mut highest = 0.0;
        let mut sums = Vec::new();
        for cuboid in &self.cuboids {
            sums.clear();
            sums.resize(cuboid.elements, Sum::default());
            for &leaf in &self.left {
                sums[cuboid.of[leaf] as usize].add(self.counts, &self.expected, leaf);
            }
            for (element, sum) in sums.iter().enumerate().filter(|(element, _)| cuboid.nowhere.is_none_or(|none| none as usize != *element))
            {
                // Of slices that hold the same leaves the one that names fewer dimensions comes first, and stays.
                if sum.score() > highest * (1.0 + 1e-9) {
                    highest = sum.score();
                    best = Some((cuboid, element, *sum));
                }
            }
        }
        let (cuboid, element, sum) = best?;
        let leaf = self.left.iter().copied().find(|&leaf| cuboid.of[leaf] as usize == element)?;
        Some((cuboid.dimensions.clone(), leaf, sum))
    }

    /// Drops dimensions as long as the facts allow; without any it is everything.
    fn widen(&self, mut dimensions: Vec<usize>, leaf: usize, mut sum: Sum) -> (Vec<usize>, Sum) {
        while !dimensions.is_empty() {
            let mut wider: Option<(Vec<usize>, Sum)> = None;
            for dropped in 0..dimensions.len() {
                let mut fewer = dimensions.clone();
                fewer.remove(dropped);
                let candidate = self.sum(&fewer, leaf);
                let added = candidate.without(sum);
                // What it adds holds nothing, or too little to tell it apart: it is the same slice, said shorter.
                let same = !fewer.is_empty() && (added.total <= 0.0 || added.likeness(sum) > UNLIKE);
                let more = added.score() >= ADDED && added.hit() >= ALIKE * sum.hit();
                let fits = candidate.likelihood() >= KEPT * sum.likelihood() && (same || more);
                if fits && wider.as_ref().is_none_or(|(_, best)| candidate.score() > best.score()) {
                    wider = Some((fewer, candidate));
                }
            }
            let Some(found) = wider else { break };
            (dimensions, sum) = found;
        }
        (dimensions, sum)
    }
}
