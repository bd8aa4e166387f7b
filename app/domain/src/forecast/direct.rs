//! A regression for each step ahead, on what is known now: no error is fed back into the next step.

use super::{History, lags::scale, linear::Normal, models::Path};

/// Features of a step: one, the last values, means of the last season, and the same place of past seasons.
const MOST: usize = 16;

/// Forecasts each step by its own regression over the last values, the level of the last day and week, and what stood at the
/// same place of the last days and weeks. One pass serves all origins: what one has learnt the next goes on from.
pub(super) fn paths(history: &History, origins: &[usize], horizon: usize) -> Option<Vec<Path>> {
    let known = Known::new(history)?;
    let (day, long) = (known.day, known.long);
    let (first, last) = (*origins.first()?, *origins.last()?);
    if first < long + day + 2 + horizon.min(long) + 3 * MOST {
        return None;
    }
    let mut paths: Vec<Path> = vec![Vec::with_capacity(horizon); origins.len()];
    let stride = last * horizon / 200_000 + 1;
    let mut row = Vec::with_capacity(MOST);
    for ahead in 0..horizon {
        known.features(last, ahead, &mut row);
        let mut normal = Normal::new(row.len());
        let mut end = (long + day).max(2 * day) + 2 + if ahead > long { ahead } else { 0 };
        for (&origin, path) in origins.iter().zip(&mut paths) {
            while end + ahead < origin {
                known.features(end, ahead, &mut row);
                normal.add(&row, known.run[end + ahead].clamp(-6.0, 6.0), 1.0);
                end += stride;
            }
            let weights = normal.solve(3e-3, 1)?;
            known.features(origin, ahead, &mut row);
            let said: f64 = row.iter().zip(&weights).map(|(feature, weight)| feature * weight).sum();
            path.push(said.clamp(-8.0, 8.0) * known.scale + known.level);
        }
    }
    Some(paths)
}

/// The values on a common scale, and their sums up to each place.
struct Known {
    run: Vec<f64>,
    sums: Vec<f64>,
    level: f64,
    scale: f64,
    day: usize,
    long: usize,
}

impl Known {
    fn new(history: &History) -> Option<Self> {
        let (day, long) = (*history.seasons.first()?, *history.seasons.last()?);
        let (level, scale) = scale(history.values)?;
        let run: Vec<f64> = history.values.iter().map(|value| (value - level) / scale).collect();
        let mut sums = Vec::with_capacity(run.len() + 1);
        sums.push(0.0);
        run.iter().for_each(|value| sums.push(sums[sums.len() - 1] + value));
        Some(Self { run, sums, level, scale, day, long })
    }

    /// What is known when the first `end` values are, for the target number `end + ahead`.
    fn features(&self, end: usize, ahead: usize, row: &mut Vec<f64>) {
        let (run, day, long) = (&self.run, self.day, self.long);
        let mean = |end: usize, length: usize| (self.sums[end] - self.sums[end.saturating_sub(length)]) / length as f64;
        let same = |season: usize, back: usize| (end + ahead).checked_sub((ahead / season + 1 + back) * season).map_or(0.0, |at| run[at]);
        row.clear();
        row.extend([1.0, run[end - 1], run[end - 2], mean(end, day), same(day, 0), same(day, 1)]);
        if long > day {
            // How the last day was a week ago, beside how it is now.
            row.extend([mean(end, long), same(long, 0), mean(end - long, day), run[end - 1 - long]]);
        }
    }
}
