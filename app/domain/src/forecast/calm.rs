//! An autoregression on what is left of a series when its seasons are taken out.

use super::{
    History,
    lags::scale,
    linear::Normal,
    models::{Path, profiles},
};

/// Features of a step: one, the last three values, those of a day ago, the means of the last short and of the last long season.
const WIDTH: usize = 8;

/// Takes seasons out and runs the rest forward by its own last values and levels: how fast what is off comes back is learnt.
pub(super) fn path(history: &History, horizon: usize) -> Option<Path> {
    let (day, long) = (*history.seasons.first()?, *history.seasons.last()?);
    let (values, deepest) = (history.values, long.max(day + 1).max(3));
    if values.len() < deepest + 5 * WIDTH {
        return None;
    }
    let season = profiles(values, day, long);
    let length = season.len();
    let calm: Vec<f64> = values.iter().enumerate().map(|(at, value)| value - season[at % length]).collect();
    let (level, scale) = scale(&calm)?;
    let mut rest = Rest { day, long, run: Vec::with_capacity(values.len() + horizon), sums: vec![0.0] };
    calm.iter().for_each(|value| rest.push((value - level) / scale));
    let mut normal = Normal::new(WIDTH);
    for at in deepest..values.len() {
        // What was lately so counts more, and what sticks out is not to be learnt from.
        let fresh = 0.5 + 0.5 * (at as f64 / values.len() as f64);
        normal.add(&rest.features(at), rest.run[at].clamp(-4.0, 4.0), fresh);
    }
    let weights = normal.solve(1e-3, 1)?;
    let bounds = (f64::INFINITY, f64::NEG_INFINITY);
    let (least, most) = rest.run.iter().fold(bounds, |(least, most), value| (least.min(*value), most.max(*value)));
    (values.len()..values.len() + horizon).for_each(|at| {
        let next: f64 = rest.features(at).iter().zip(&weights).map(|(feature, weight)| feature * weight).sum();
        rest.push(next.clamp(least, most));
    });
    Some((values.len()..values.len() + horizon).map(|at| rest.run[at] * scale + level + season[at % length]).collect())
}

/// What is left, on a common scale, and its sums up to each place.
struct Rest {
    day: usize,
    long: usize,
    run: Vec<f64>,
    sums: Vec<f64>,
}

impl Rest {
    fn push(&mut self, value: f64) {
        self.run.push(value);
        self.sums.push(self.sums[self.sums.len() - 1] + value);
    }

    /// What is known before a place.
    fn features(&self, at: usize) -> [f64; WIDTH] {
        let (run, day) = (&self.run, self.day);
        let mean = |length: usize| (self.sums[at] - self.sums[at - length]) / length as f64;
        [1.0, run[at - 1], run[at - 2], run[at - 3], run[at - day], run[at - day - 1], mean(day), mean(self.long)]
    }
}
