//! An autoregression on a few lags around the seasons, run forward step by step.

use super::{History, linear::Normal, models::Path};

/// Forecasts by an autoregression over the last values and those around one season (and twice the day) ago. The week's values
/// are what it leans on: it learns how far what differs from them lasts.
pub(super) fn path(history: &History, horizon: usize) -> Option<Path> {
    let lags = lags(history.seasons);
    let values = history.values;
    let deepest = *lags.iter().max()?;
    if values.len() < deepest + 3 * lags.len() + 8 {
        return None;
    }
    let (level, scale) = scale(values)?;
    let mut run: Vec<f64> = values.iter().map(|value| (value - level) / scale).collect();
    let mut normal = Normal::new(lags.len() + 1);
    let mut row = vec![1.0; lags.len() + 1];
    for at in deepest..run.len() {
        lags.iter().zip(&mut row[1..]).for_each(|(lag, feature)| *feature = run[at - lag]);
        // What sticks out is not to be learnt from.
        let fresh = 0.5 + 0.5 * (at as f64 / run.len() as f64);
        normal.add(&row, run[at].clamp(-6.0, 6.0), fresh);
    }
    let weights = normal.solve(1e-3, 1)?;
    let (least, most) = run.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| (least.min(*value), most.max(*value)));
    let room = (most - least) * 0.5;
    for _ in 0..horizon {
        let at = run.len();
        let next = weights[0] + lags.iter().zip(&weights[1..]).map(|(lag, weight)| run[at - lag] * weight).sum::<f64>();
        run.push(next.clamp(least - room, most + room));
    }
    Some(run[values.len()..].iter().map(|value| value * scale + level).collect())
}

fn lags(seasons: &[usize]) -> Vec<usize> {
    let mut lags: Vec<usize> = vec![1, 2, 3];
    for (at, &season) in seasons.iter().enumerate() {
        lags.extend([season.saturating_sub(1), season, season + 1]);
        if at == 0 {
            lags.push(2 * season);
        }
    }
    lags.retain(|lag| *lag > 0);
    lags.sort_unstable();
    lags.dedup();
    lags
}

/// Level and spread, so that sums of squares are of a good size; `None` for a constant.
pub(super) fn scale(values: &[f64]) -> Option<(f64, f64)> {
    let count = values.len() as f64;
    let level = values.iter().sum::<f64>() / count;
    let spread = (values.iter().map(|value| (value - level).powi(2)).sum::<f64>() / count).sqrt();
    (spread > level.abs() * 1e-12 && spread > 0.0).then_some((level, spread))
}
