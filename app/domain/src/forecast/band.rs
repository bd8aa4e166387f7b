//! Conformal intervals: as far off as the forecast has been before, from moments like this one.

use super::{Backtest, History, models::Path};
use crate::statistics::series::quantile;

/// What was missed by at past moments, in units of what is usual at that step ahead.
pub(super) struct Misses {
    /// By step ahead: what is usually missed by.
    usual: Vec<f64>,
    /// By moment and step: missed by, in units of the usual.
    scaled: Vec<Vec<f64>>,
    /// By moment and step: truth and forecast.
    pairs: Vec<Vec<(f64, f64)>>,
    /// How many independent misses a moment is worth.
    apart: f64,
}

/// Share of what may lie outside by which the quantiles are moved outward: the combination was chosen by the moments it is judged by.
const CHOSEN: f64 = 0.12;
/// How far they are moved outward by a sample of one.
const SMALL: f64 = 0.25;

/// As if misses were normal: how many times the usual miss the ends lie off where nothing was tried.
fn untried(level: f64) -> f64 {
    2.2 * (level / 0.9)
}

/// Lower and upper ends around what one value alone leads to expect. Nothing tells how far others are from it: they may be as far as it
/// is from nothing, and farther with the root of the step.
pub(super) fn alone(path: &[f64], level: f64) -> (Vec<f64>, Vec<f64>) {
    let far = untried(level);
    let end = |far: f64| path.iter().enumerate().map(|(ahead, value)| value + far * value.abs() * (1.0 + ahead as f64).sqrt()).collect();
    (end(-far), end(far))
}

/// How many independent misses the steps of one moment are worth: few where a whole path is off to one side.
fn apart(scaled: &[Vec<f64>]) -> f64 {
    let square = |sum: f64, value: &f64| sum + value * value;
    let (mut within, mut between) = (0.0, 0.0);
    for path in scaled {
        let count = path.len().max(1) as f64;
        within += path.iter().fold(0.0, square) / count;
        between += (path.iter().sum::<f64>() / count).powi(2);
    }
    if between > 0.0 { (within / between).clamp(1.0, 8.0) } else { 8.0 }
}

impl Misses {
    pub(super) fn new(history: &History, horizon: usize, said: &[Path], truth: &[&[f64]]) -> Self {
        let pairs: Vec<Vec<(f64, f64)>> =
            said.iter().zip(truth).map(|(said, truth)| truth.iter().copied().zip(said.iter().copied()).collect()).collect();
        let usual = usual(history, horizon, &pairs);
        let scaled: Vec<Vec<f64>> =
            pairs.iter().map(|path| path.iter().zip(&usual).map(|((truth, said), usual)| (truth - said) / usual).collect()).collect();
        let apart = apart(&scaled);
        Self { usual, scaled, pairs, apart }
    }

    /// Lower and upper ends around a path.
    pub(super) fn interval(&self, path: &[f64], level: f64) -> (Vec<f64>, Vec<f64>) {
        let (low, high) = self.ends(level, None);
        let lower = path.iter().zip(&self.usual).map(|(value, usual)| value + low * usual).collect();
        let upper = path.iter().zip(&self.usual).map(|(value, usual)| value + high * usual).collect();
        (lower, upper)
    }

    /// How many times the usual the ends lie off. Steps of one moment are not independent: the sample is no larger than what the
    /// moments are worth, and the quantile is moved outward by what so small a sample needs.
    fn ends(&self, level: f64, without: Option<usize>) -> (f64, f64) {
        let mut all: Vec<f64> =
            self.scaled.iter().enumerate().filter(|(at, _)| without != Some(*at)).flat_map(|(_, path)| path.iter().copied()).collect();
        let moments = self.scaled.len().saturating_sub(usize::from(without.is_some()));
        if moments == 0 || all.is_empty() {
            return (-untried(level), untried(level));
        }
        all.sort_by(f64::total_cmp);
        let tail = ((1.0 - level) / 2.0 - CHOSEN * (1.0 - level) - SMALL / (moments as f64 * self.apart + 1.0)).max(0.002);
        let (low, high) = (quantile(&all, tail), quantile(&all, 1.0 - tail));
        // One-sided misses say little about the other side: never less than a part of it.
        (low.min(-0.35 * high.max(0.0)), high.max(0.35 * (-low).max(0.0)))
    }

    pub(super) fn backtest(&self, naive: f64, level: f64) -> Option<Backtest> {
        let count = self.pairs.iter().map(Vec::len).sum::<usize>();
        if count == 0 {
            return None;
        }
        let all = || self.pairs.iter().flatten();
        let smape = 200.0
            * all().map(|(truth, said)| if truth == said { 0.0 } else { (truth - said).abs() / (truth.abs() + said.abs()) }).sum::<f64>()
            / count as f64;
        let error = all().map(|(truth, said)| (truth - said).abs()).sum::<f64>() / count as f64;
        let held: usize = (0..self.scaled.len())
            .map(|at| {
                let (low, high) = self.ends(level, (self.scaled.len() > 1).then_some(at));
                self.scaled[at].iter().filter(|miss| (low..=high).contains(*miss)).count()
            })
            .sum();
        let mase = if naive > 0.0 {
            error / naive
        } else if error > 0.0 {
            f64::MAX
        } else {
            0.0
        };
        Some(Backtest { smape, mase, coverage: held as f64 / count as f64, origins: self.pairs.len() })
    }
}

/// By step ahead: the mean miss, over moments and neighbouring steps, never falling with the horizon.
fn usual(history: &History, horizon: usize, pairs: &[Vec<(f64, f64)>]) -> Vec<f64> {
    let values = history.values;
    let size = values.iter().map(|value| value.abs()).fold(0.0, f64::max);
    let floor = size * 1e-9 + 1e-12;
    let longest = pairs.iter().map(Vec::len).max().unwrap_or(0);
    if longest == 0 {
        // No moment to try from: what values usually differ by from one to the next, growing with the root of the step.
        let differ = values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum::<f64>() / values.len().saturating_sub(1).max(1) as f64;
        return (0..horizon).map(|ahead| (differ * (1.0 + ahead as f64).sqrt()).max(floor)).collect();
    }
    let mut means: Vec<f64> = (0..longest)
        .map(|step| {
            let near = 1 + step / 2;
            let (from, to) = (step.saturating_sub(near), (step + near + 1).min(longest));
            let (mut sum, mut count) = (0.0, 0.0);
            for path in pairs {
                for (truth, said) in path.iter().take(to).skip(from) {
                    sum += (truth - said).abs();
                    count += 1.0;
                }
            }
            (sum / f64::max(count, 1.0)).max(floor)
        })
        .collect();
    for step in 1..longest {
        means[step] = means[step].max(means[step - 1]);
    }
    let last = means[longest - 1];
    // Beyond what could be tried it widens as the root of the step.
    (0..horizon).map(|step| means.get(step).copied().unwrap_or_else(|| last * ((step + 1) as f64 / longest as f64).sqrt())).collect()
}
