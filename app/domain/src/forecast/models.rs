//! The models, from the plainest on. Each says nothing where a series is too short for it.

use super::{History, calm, direct, lags, smooth};

/// What a model says, step by step.
pub(super) type Path = Vec<f64>;

/// A way to forecast.
pub(super) trait Model: Sync {
    /// Its name in the answer.
    fn name(&self) -> &'static str;
    /// What it says from each origin (so many values known), in order; `None` where it has nothing to say from one of them.
    fn paths(&self, history: &History, origins: &[usize], horizon: usize) -> Option<Vec<Path>>;
}

/// A model that looks at nothing but the values before.
struct Plain(&'static str, fn(&History, usize) -> Option<Path>);

impl Model for Plain {
    fn name(&self) -> &'static str {
        self.0
    }
    fn paths(&self, history: &History, origins: &[usize], horizon: usize) -> Option<Vec<Path>> {
        origins.iter().map(|&at| self.1(&History { values: &history.values[..at], seasons: history.seasons }, horizon)).collect()
    }
}

/// The same of the logarithms.
struct Logarithms(&'static str, fn(&History, usize) -> Option<Path>);

impl Model for Logarithms {
    fn name(&self) -> &'static str {
        self.0
    }
    fn paths(&self, history: &History, origins: &[usize], horizon: usize) -> Option<Vec<Path>> {
        logarithmic(history, |logs| Plain(self.0, self.1).paths(logs, origins, horizon))
    }
}

/// A model that goes through the series once for all origins.
struct Running(&'static str, fn(&History, &[usize], usize) -> Option<Vec<Path>>);

impl Model for Running {
    fn name(&self) -> &'static str {
        self.0
    }
    fn paths(&self, history: &History, origins: &[usize], horizon: usize) -> Option<Vec<Path>> {
        self.1(history, origins, horizon)
    }
}

/// All of them. Those alike in kind err differently: each that is left out costs something on one half of the trial data or the other.
pub(super) const ALL: &[&dyn Model] = &[
    &Plain("last value", last),
    &Plain("median", median),
    &Plain("seasonal naive, short", |history, horizon| naive(history, *history.seasons.first()?, horizon)),
    &Plain("seasonal naive, long", |history, horizon| naive(history, *history.seasons.get(1)?, horizon)),
    &Plain("seasonal mean", seasonal_mean),
    &Logarithms("seasonal mean of logarithms", seasonal_mean),
    &Plain("decomposition and theta", decomposed),
    &Logarithms("decomposition and theta of logarithms", decomposed),
    &Logarithms("short decomposition and theta of logarithms", |history, horizon| decomposed(&history.short()?, horizon)),
    &Plain("decomposition and autoregression", calm::path),
    &Logarithms("decomposition and autoregression of logarithms", calm::path),
    &Plain("short decomposition and autoregression", |history, horizon| calm::path(&history.short()?, horizon)),
    &Logarithms("short decomposition and autoregression of logarithms", |history, horizon| calm::path(&history.short()?, horizon)),
    &Running("double-seasonal smoothing", smooth::paths),
    &Running("double-seasonal smoothing of logarithms", |history, origins, horizon| {
        logarithmic(history, |logs| smooth::paths(logs, origins, horizon))
    }),
    &Plain("autoregression", lags::path),
    &Logarithms("autoregression of logarithms", lags::path),
    &Running("direct regression", direct::paths),
    &Running("direct regression of logarithms", |history, origins, horizon| {
        logarithmic(history, |logs| direct::paths(logs, origins, horizon))
    }),
    &Plain("analogues", analogues),
    &Logarithms("analogues of logarithms", analogues),
];

fn last(history: &History, horizon: usize) -> Option<Path> {
    if !history.seasons.is_empty() {
        return None;
    }
    Some(theta(history.values, horizon))
}

fn median(history: &History, horizon: usize) -> Option<Path> {
    if !history.seasons.is_empty() {
        return None;
    }
    let mut sorted = history.values[history.values.len().saturating_sub(200)..].to_vec();
    sorted.sort_by(f64::total_cmp);
    Some(vec![*sorted.get(sorted.len() / 2)?; horizon])
}

fn naive(history: &History, season: usize, horizon: usize) -> Option<Path> {
    let from = history.values.len().checked_sub(season)?;
    Some((0..horizon).map(|ahead| history.values[from + ahead % season]).collect())
}

/// The mean of the same place in the last four of the longest season, the later the heavier, moved half-way to the level of the
/// last short season.
fn seasonal_mean(history: &History, horizon: usize) -> Option<Path> {
    let (day, long) = (*history.seasons.first()?, *history.seasons.last()?);
    let values = history.values;
    let seasons = (values.len() / long).min(if long > day { 4 } else { 7 });
    if seasons < 2 {
        return None;
    }
    let at = |place: usize| {
        let (mut sum, mut weights) = (0.0, 0.0);
        for back in 1..=seasons {
            let weight = 0.7_f64.powi(i32::try_from(back).unwrap_or(0));
            sum += weight * values[values.len() - back * long + place % long];
            weights += weight;
        }
        sum / weights
    };
    let expected: f64 = (0..day).map(|place| at(long - day + place)).sum::<f64>() / day as f64;
    let level = values[values.len() - day..].iter().sum::<f64>() / day as f64;
    Some((0..horizon).map(|ahead| at(ahead) + 0.5 * (level - expected)).collect())
}

/// Takes seasons out, forecasts the rest by [`theta`], puts them back.
fn decomposed(history: &History, horizon: usize) -> Option<Path> {
    let (day, long) = (*history.seasons.first()?, *history.seasons.last()?);
    let values = history.values;
    let season = profiles(values, day, long);
    let length = season.len();
    let calm: Vec<f64> = values.iter().enumerate().map(|(at, value)| value - season[at % length]).collect();
    let path = theta(&calm, horizon);
    Some(path.into_iter().enumerate().map(|(ahead, value)| value + season[(values.len() + ahead) % length]).collect())
}

/// What seasons add at each place of the longest, around a moving mean.
pub(super) fn profiles(values: &[f64], day: usize, long: usize) -> Vec<f64> {
    let trend = moving_mean(values, long);
    let rest: Vec<f64> = values.iter().zip(&trend).map(|(value, trend)| value - trend).collect();
    let season = profile(&rest, day, 10);
    if long == day {
        return season;
    }
    let rest: Vec<f64> = rest.iter().enumerate().map(|(at, value)| value - season[at % day]).collect();
    let cycles = (values.len() / long) as f64;
    let weekly = profile(&rest, long, 6);
    // Few weeks are known: neighbouring places tell of each other.
    let smooth = |place: usize| 0.6 * weekly[place] + 0.2 * (weekly[(place + 1) % long] + weekly[(place + long - 1) % long]);
    (0..long).map(|place| season[place % day] + smooth(place) * cycles / (cycles + 0.25)).collect()
}

/// The mean at each place of a season over the last cycles, the later the heavier, without the one that lies farthest off.
fn profile(rest: &[f64], season: usize, cycles: usize) -> Vec<f64> {
    let mut found = Vec::new();
    (0..season)
        .map(|place| {
            found.clear();
            let mut at = (rest.len() - 1 - place) / season * season + place;
            let mut weight = 1.0;
            for _ in 0..cycles {
                found.push((rest[at], weight));
                weight *= 0.85;
                match at.checked_sub(season) {
                    Some(before) => at = before,
                    None => break,
                }
            }
            let middle = super::middle(&mut found);
            if found.len() >= 4 {
                let far = (0..found.len()).max_by(|a, b| (found[*a].0 - middle).abs().total_cmp(&(found[*b].0 - middle).abs()));
                far.map(|far| found.swap_remove(far));
            }
            let weights: f64 = found.iter().map(|(_, weight)| weight).sum();
            found.iter().map(|(value, weight)| value * weight).sum::<f64>() / weights
        })
        .collect()
}

/// The centred mean over a window, shorter towards the ends and there of whole windows where it can.
fn moving_mean(values: &[f64], window: usize) -> Vec<f64> {
    let count = values.len();
    let mut sums = Vec::with_capacity(count + 1);
    sums.push(0.0);
    values.iter().for_each(|value| sums.push(sums[sums.len() - 1] + value));
    let window = window.min(count);
    (0..count)
        .map(|at| {
            let from = at.saturating_sub(window / 2).min(count - window);
            (sums[from + window] - sums[from]) / window as f64
        })
        .collect()
}

/// Theta with the smoothing that fits best: exponential smoothing, drifting by half the slope of the line through the values,
/// ever less (a slope seldom lasts).
pub(super) fn theta(values: &[f64], horizon: usize) -> Path {
    let recent = &values[values.len().saturating_sub(2_000)..];
    let (mut best, mut least) = (recent[recent.len() - 1], f64::INFINITY);
    let mut sums = Vec::with_capacity(recent.len() + 1);
    sums.push(0.0);
    recent.iter().for_each(|value| sums.push(sums[sums.len() - 1] + value));
    // The pace is for the steps that are asked for, not for the next one alone.
    let ahead = horizon.min(recent.len() / 4).max(1);
    for pace in [0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 0.99] {
        let head = &recent[..recent.len().min(10)];
        let mut level = head.iter().sum::<f64>() / head.len() as f64;
        let mut cost = 0.0;
        for (at, value) in recent.iter().enumerate() {
            if at + ahead <= recent.len() {
                cost += ((sums[at + ahead] - sums[at]) / ahead as f64 - level).abs();
            }
            level += pace * (value - level);
        }
        if cost < least {
            (least, best) = (cost, level);
        }
    }
    let count = recent.len() as f64;
    let (mean, middle) = (recent.iter().sum::<f64>() / count, (count - 1.0) / 2.0);
    let (mut product, mut square) = (0.0, 0.0);
    for (at, value) in recent.iter().enumerate() {
        product += (at as f64 - middle) * (value - mean);
        square += (at as f64 - middle).powi(2);
    }
    let slope = if square > 0.0 { product / square / 2.0 } else { 0.0 };
    let (mut path, mut drift, mut damp) = (Vec::with_capacity(horizon), 0.0, 1.0);
    for _ in 0..horizon {
        damp *= 0.97;
        drift += slope * damp;
        path.push(best + drift);
    }
    path
}

/// What followed when the last two short seasons looked as they do now, each moved to the level of now.
fn analogues(history: &History, horizon: usize) -> Option<Path> {
    let (day, long) = (*history.seasons.first()?, *history.seasons.last()?);
    let (values, window) = (history.values, 2 * day);
    let count = values.len();
    if count < window + horizon + 6 * day {
        return None;
    }
    let mean = |end: usize| values[end - window..end].iter().sum::<f64>() / window as f64;
    let (now, level) = (&values[count - window..], mean(count));
    let mut found: Vec<(f64, usize)> = (1..)
        .map_while(|back| count.checked_sub(back * day))
        .take_while(|end| *end >= window)
        .filter(|end| end + horizon <= count)
        .map(|end| {
            let its = mean(end);
            let far: f64 = values[end - window..end].iter().zip(now).map(|(then, now)| ((then - its) - (now - level)).powi(2)).sum();
            // The same day of the week is nearer, and so is the same level.
            let other = if long > day && !(count - end).is_multiple_of(long) { 1.5 } else { 1.0 };
            ((far + window as f64 * 0.25 * (its - level).powi(2)) * other, end)
        })
        .collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found.truncate(5);
    let nearest = found.first()?.0.max(1e-12);
    let weights: Vec<f64> = found.iter().map(|(far, _)| nearest / far.max(nearest)).collect();
    let sum: f64 = weights.iter().sum();
    let at = |ahead: usize| {
        found.iter().zip(&weights).map(|((_, end), weight)| weight * (values[end + ahead] + 0.7 * (level - mean(*end)))).sum::<f64>() / sum
    };
    Some((0..horizon).map(at).collect())
}

/// What a model says of the logarithms, for values that swing in proportion; `None` where one is negative.
fn logarithmic(history: &History, say: impl Fn(&History) -> Option<Vec<Path>>) -> Option<Vec<Path>> {
    let mean = history.values.iter().sum::<f64>() / history.values.len() as f64;
    let (least, most) = history.values.iter().fold((f64::INFINITY, 0.0_f64), |(least, most), value| (least.min(*value), most.max(*value)));
    if least < 0.0 || mean <= 0.0 {
        return None;
    }
    // Noughts and what is close to them must not weigh more than all the rest.
    let shift = if least > 0.05 * mean { 0.0 } else { 0.2 * mean };
    let logs: Vec<f64> = history.values.iter().map(|value| (value + shift).ln()).collect();
    let mut paths = say(&History { values: &logs, seasons: history.seasons })?;
    paths.iter_mut().flatten().for_each(|value| *value = (value.exp() - shift).min(2.0 * most));
    Some(paths)
}
