//! What comes next: the forecast of one series, with an interval that says how far it may be trusted.
//!
//! A handful of plain models ([`models`]) each forecast the series from several past moments; how wrong each was there gives it
//! its weight, and the forecast is their weighted median, step by step. The interval is conformal: what the same combination
//! missed by at those moments, with the correction that a finite sample needs. No model is believed beyond what it has shown on
//! this very series. They are many because their errors differ: the median of many middling forecasts is better than the best of them.
//!
//! **Invariants:** every finite or missing value is an answerable input, of any length: a constant gives itself, three values give
//! their median, one value an interval as wide as it is large. The same values give the same answer, to the bit. A series without a
//! negative value gets no negative forecast.
//!
//! Petropoulos and Svetunkov (2020) and Montero-Manso et al. (2020) for combinations of simple models in the M4 competition,
//! Taylor (2003) for double-seasonal smoothing, Assimakopoulos and Nikolopoulos (2000) for Theta, Stankevičiūtė, Alaa and van der
//! Schaar (2021) for conformal intervals over many steps.

mod band;
mod calm;
mod clean;
mod direct;
mod lags;
mod linear;
mod models;
mod season;
mod smooth;

use serde::Serialize;

use crate::statistics::scale::{restored, scaled};
use band::Misses;
use models::{Model, Path};
pub use season::{resemblances, seasons_of_step};

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// Steps ahead, 1 to [`MOST_STEPS`].
    pub horizon: usize,
    /// Lengths of the seasons in steps, e.g. a day and a week; empty where they are to be found in the values.
    pub seasons: Vec<usize>,
    /// How much of what comes the interval is to hold, between 0 and 1.
    pub level: f64,
}

/// Steps that can be asked for.
pub const MOST_STEPS: usize = 10_000;
/// Values that are looked at: the last so many.
const MOST_VALUES: usize = 6_000;
/// Past moments from which models are tried.
const ORIGINS: usize = 10;

/// What a combination has shown on the past of its series.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Backtest {
    /// Symmetric mean absolute percentage error, in per cent.
    pub smape: f64,
    /// Mean absolute error as a multiple of what the seasonal naive forecast errs within the history.
    pub mase: f64,
    /// Share of past values that lay within the interval, each judged by an interval made of the other moments.
    pub coverage: f64,
    /// From how many moments.
    pub origins: usize,
}

/// A forecast.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Forecast {
    /// The seasons in steps, the shortest first; empty where there is none.
    pub seasons: Vec<usize>,
    /// What is expected, step by step.
    pub mean: Vec<f64>,
    /// Lower ends of the interval.
    pub lower: Vec<f64>,
    /// Upper ends.
    pub upper: Vec<f64>,
    /// The models and their weights, the heaviest first.
    pub model: Vec<(&'static str, f64)>,
    /// What the same would have been worth; `None` where the series is too short to tell.
    pub backtest: Option<Backtest>,
}

/// The series as models see it: without gaps.
struct History<'v> {
    values: &'v [f64],
    seasons: &'v [usize],
}

impl<'v> History<'v> {
    /// The same as if there were the shortest season only, for what has more; weeks that say nothing are noise.
    fn short(&self) -> Option<History<'v>> {
        (self.seasons.len() > 1).then(|| History { values: self.values, seasons: &self.seasons[..1] })
    }
}

/// The values that are looked at.
fn latest(values: &[f64]) -> &[f64] {
    &values[values.len().saturating_sub(MOST_VALUES)..]
}

/// The forecast of a series; `None` where no value of it is known. NaN and infinities are missing values.
pub fn forecast(values: &[f64], ask: &Ask) -> Option<Forecast> {
    let (values, unit) = scaled(latest(values));
    let mut said = foretold(&values, ask)?;
    for side in [&mut said.mean, &mut said.lower, &mut said.upper] {
        side.iter_mut().for_each(|value| *value = restored(*value, unit));
    }
    Some(said)
}

/// The same of values that can be reckoned with.
fn foretold(values: &[f64], ask: &Ask) -> Option<Forecast> {
    let horizon = ask.horizon.clamp(1, MOST_STEPS);
    let level = if ask.level > 0.0 && ask.level < 1.0 { ask.level } else { 0.9 };
    let known = values.iter().filter(|value| value.is_finite()).count();
    let rough = clean::fill(values, &[])?;
    let seasons: Vec<usize> = if ask.seasons.is_empty() {
        season::seasons(&rough)
    } else {
        let mut given: Vec<usize> = ask.seasons.iter().copied().filter(|&season| season > 1).collect();
        given.sort_unstable();
        given.dedup();
        given
    };
    // A season that was not seen twice cannot be told from chance.
    let seasons: Vec<usize> = seasons.into_iter().filter(|season| season * 2 <= rough.len()).collect();
    let values = clean::fill(values, &seasons)?;
    let history = History { values: &values, seasons: &seasons };
    let trial = Trial::run(&history, horizon);
    let (misses, weights) = (trial.misses(), trial.weights(None));
    let mean = trial.combined(trial.origins.len(), &weights);
    let (mut lower, mut upper) = if known == 1 { band::alone(&mean, level) } else { misses.interval(&mean, level) };
    let mut mean = mean;
    if values.iter().all(|&value| value >= 0.0) {
        for side in [&mut mean, &mut lower, &mut upper] {
            side.iter_mut().for_each(|value| *value = value.max(0.0));
        }
    }
    let mut model: Vec<(&'static str, f64)> =
        trial.models.iter().zip(&weights).filter(|(_, weight)| **weight > 0.0).map(|(model, weight)| (model.name, *weight)).collect();
    model.sort_by(|a, b| b.1.total_cmp(&a.1));
    let backtest = trial.backtest(&misses, level);
    Some(Forecast { seasons, mean, lower, upper, model, backtest })
}

/// One model and what it said: from every origin, and last from the end of the series.
struct Tried {
    name: &'static str,
    paths: Vec<Path>,
}

/// All models, tried from several moments.
struct Trial<'v> {
    history: &'v History<'v>,
    horizon: usize,
    origins: Vec<usize>,
    models: Vec<Tried>,
}

impl<'v> Trial<'v> {
    fn run(history: &'v History<'v>, horizon: usize) -> Self {
        let origins = origins(history, horizon);
        let mut all = origins.clone();
        all.push(history.values.len());
        let tried = |model: &dyn Model| {
            let paths = model.paths(history, &all, horizon)?;
            paths.iter().flatten().all(|value| value.is_finite()).then(|| Tried { name: model.name(), paths })
        };
        let models = models::ALL.iter().filter_map(|model| tried(*model)).collect();
        Self { history, horizon, origins, models }
    }

    /// What really came after an origin, as far as it is known.
    fn truth(&self, at: usize) -> &[f64] {
        let from = self.origins[at];
        &self.history.values[from..self.history.values.len().min(from + self.horizon)]
    }

    /// The weights, from all origins but those nearer than a horizon to the one that is left out.
    fn weights(&self, without: Option<usize>) -> Vec<f64> {
        let counted: Vec<usize> = (0..self.origins.len()).filter(|&at| without != Some(at)).collect();
        if counted.is_empty() {
            // Nothing is known of anybody: the median of all.
            return vec![1.0 / self.models.len() as f64; self.models.len()];
        }
        let errors = self.errors(&counted);
        let best = errors.iter().copied().fold(f64::INFINITY, f64::min);
        let raw: Vec<f64> = errors
            .iter()
            .map(|error| if *error <= best { 1.0 } else { best / error })
            .map(|ratio: f64| if ratio < WORST { 0.0 } else { ratio.powf(POWER) })
            .collect();
        let sum: f64 = raw.iter().sum();
        raw.iter().map(|one| one / sum).collect()
    }

    /// How wrong each model was from these origins: in the unit of the values and in proportion to them, each in units of what the
    /// best was wrong by. In proportion counts more: a night is as worth as a day.
    fn errors(&self, counted: &[usize]) -> Vec<f64> {
        let sums: Vec<(f64, f64)> = self
            .models
            .iter()
            .map(|model| {
                let (mut plain, mut relative) = (0.0, 0.0);
                for &at in counted {
                    // What was lately good counts more.
                    let fresh = FRESH.powi(i32::try_from(self.origins.len() - 1 - at).unwrap_or(0));
                    for (truth, said) in self.truth(at).iter().zip(&model.paths[at]) {
                        let off = (truth - said).abs();
                        plain += fresh * off;
                        relative += if off > 0.0 { fresh * off / (truth.abs() + said.abs()) } else { 0.0 };
                    }
                }
                (plain, relative)
            })
            .collect();
        let least = sums.iter().fold((f64::INFINITY, f64::INFINITY), |least, sum| (least.0.min(sum.0), least.1.min(sum.1)));
        let ratio = |sum: f64, least: f64| if sum > least { sum / least.max(sum * 1e-9) } else { 1.0 };
        sums.iter().map(|sum| (1.0 - RELATIVE) * ratio(sum.0, least.0) + RELATIVE * ratio(sum.1, least.1)).collect()
    }

    /// What the combination says from an origin (the last: from the end).
    fn combined(&self, at: usize, weights: &[f64]) -> Path {
        let mut said: Vec<(f64, f64)> = Vec::with_capacity(self.models.len());
        (0..self.horizon)
            .map(|step| {
                if let Some(held) = self.held(at, step) {
                    return held;
                }
                said.clear();
                said.extend(self.models.iter().zip(weights).filter(|(_, w)| **w > 0.0).map(|(model, w)| (model.paths[at][step], *w)));
                middle(&mut said)
            })
            .collect()
    }

    /// The value that a place of the short season has held for a whole week of seasons: a night without sun, a closed shop.
    fn held(&self, at: usize, step: usize) -> Option<f64> {
        let season = *self.history.seasons.first()?;
        let from = self.origins.get(at).copied().unwrap_or(self.history.values.len());
        let last = (from + step).checked_sub((step / season + 1) * season)?;
        let first = last.checked_sub((HELD - 1) * season)?;
        let held = self.history.values[last];
        (first..last).step_by(season).all(|at| self.history.values[at] == held).then_some(held)
    }

    /// What the combination missed by from each origin, its weights made without that origin.
    fn misses(&self) -> Misses {
        let said: Vec<Path> = (0..self.origins.len()).map(|at| self.combined(at, &self.weights(Some(at)))).collect();
        let truth: Vec<&[f64]> = (0..self.origins.len()).map(|at| self.truth(at)).collect();
        Misses::new(self.history, self.horizon, &said, &truth)
    }

    fn backtest(&self, misses: &Misses, level: f64) -> Option<Backtest> {
        let season = self.history.seasons.first().copied().unwrap_or(1);
        let values = self.history.values;
        let naive = values.iter().skip(season).zip(values).map(|(now, then)| (now - then).abs()).sum::<f64>()
            / values.len().saturating_sub(season).max(1) as f64;
        misses.backtest(naive, level)
    }
}

/// Where the best errs half as much as a model, that one is left out.
const WORST: f64 = 0.5;
/// How sharply the better is preferred.
const POWER: f64 = 5.0;
/// Seasons after which a place that always holds the same value is believed to go on so.
const HELD: usize = 7;
/// What an origin counts beside the one after it.
const FRESH: f64 = 0.8;
/// Share of the relative error in what a model is judged by.
const RELATIVE: f64 = 0.8;

/// The weighted median, between the two middle values where they weigh alike.
fn middle(said: &mut [(f64, f64)]) -> f64 {
    said.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half: f64 = said.iter().map(|(_, weight)| weight).sum::<f64>() / 2.0;
    let mut sum = 0.0;
    for (at, (value, weight)) in said.iter().enumerate() {
        sum += weight;
        if (sum - half).abs() < 1e-12 && at + 1 < said.len() {
            return f64::midpoint(*value, said[at + 1].0);
        }
        if sum > half {
            return *value;
        }
    }
    said.last().map_or(0.0, |(value, _)| *value)
}

/// The moments from which models are tried, the earliest first: each leaves enough to learn from, and the last a whole horizon
/// to be judged by (or, in a short series, as much as there is).
fn origins(history: &History, horizon: usize) -> Vec<usize> {
    let (count, season) = (history.values.len(), history.seasons.last().copied().unwrap_or(1));
    let least = (2 * season + 2).max(count * 2 / 5).max(4);
    let ahead = horizon.min((count / 6).max(1));
    if count < least + ahead {
        return Vec::new();
    }
    let room = count - ahead - least;
    // Moments of different times of day: a step that is no multiple of the season.
    let step = (ahead / 2).max(room / ORIGINS).min(ahead.max(1)).max(1);
    let step = if history.seasons.first().is_some_and(|day| step.is_multiple_of(*day)) { step + step.div_ceil(7) } else { step };
    let mut origins: Vec<usize> =
        (0..ORIGINS).map_while(|back| (count - ahead).checked_sub(back * step)).filter(|at| *at >= least).collect();
    origins.reverse();
    origins
}

#[cfg(test)]
mod tests;
