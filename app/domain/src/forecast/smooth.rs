//! Exponential smoothing with one or two additive seasons and an autoregressive error (Taylor 2003), without a trend.

use super::{History, lags::scale, models::Path};

/// How fast level and seasons follow, and how long an error lasts.
#[derive(Clone, Copy)]
struct Pace {
    level: f64,
    short: f64,
    long: f64,
    error: f64,
}

struct State {
    level: f64,
    short: Vec<f64>,
    long: Vec<f64>,
    error: f64,
}

/// The paths from each origin; the pace is what fits the past of the first, and for the last origin that of the whole.
pub(super) fn paths(history: &History, origins: &[usize], horizon: usize) -> Option<Vec<Path>> {
    let day = *history.seasons.first()?;
    let long = history.seasons.get(1).copied().unwrap_or(1);
    let (first, last) = (*origins.first()?, *origins.last()?);
    if first < (2 * long).max(2 * day) + 2 {
        return None;
    }
    let (level, scale) = scale(history.values)?;
    let run: Vec<f64> = history.values.iter().map(|value| (value - level) / scale).collect();
    let mut pace = fit(&run[..first], (day, long), Pace { level: 0.05, short: 0.15, long: 0.2, error: 0.7 }, &[4.0, 2.0]);
    let mut paths = Vec::with_capacity(origins.len());
    let mut take = |state: &State, end: usize| {
        let path = (0..horizon).map(|ahead| {
            let error = state.error * pace.error.powi(i32::try_from(ahead + 1).unwrap_or(i32::MAX));
            (state.level + state.short[(end + ahead) % day] + state.long[(end + ahead) % long] + error) * scale + level
        });
        paths.push(path.collect());
    };
    let mut state = begin(&run[..first], day, long);
    let mut next = origins.iter().take(origins.len() - 1).copied().peekable();
    for (at, value) in run.iter().enumerate() {
        while next.next_if_eq(&at).is_some() {
            take(&state, at);
        }
        step(&mut state, &pace, at, (day, long), *value);
    }
    if last > first {
        pace = fit(&run[..last], (day, long), pace, &[2.0]);
    }
    let mut state = begin(&run[..last], day, long);
    for (at, value) in run[..last].iter().enumerate() {
        step(&mut state, &pace, at, (day, long), *value);
    }
    let path = (0..horizon).map(|ahead| {
        let error = state.error * pace.error.powi(i32::try_from(ahead + 1).unwrap_or(i32::MAX));
        (state.level + state.short[(last + ahead) % day] + state.long[(last + ahead) % long] + error) * scale + level
    });
    paths.push(path.collect());
    Some(paths)
}

/// Seasons and level of the first two cycles.
fn begin(run: &[f64], day: usize, long: usize) -> State {
    let span = (2 * long.max(day)).min(run.len());
    let level = run[..span].iter().sum::<f64>() / span as f64;
    let mut short = vec![0.0; day];
    for (place, one) in short.iter_mut().enumerate() {
        let found = run[..span].iter().skip(place).step_by(day);
        let count = found.len().max(1) as f64;
        *one = found.map(|value| value - level).sum::<f64>() / count;
    }
    let mut weekly = vec![0.0; long];
    if long > 1 {
        for (place, one) in weekly.iter_mut().enumerate() {
            let found = run[..span].iter().skip(place).step_by(long);
            let count = found.len().max(1) as f64;
            *one = 0.7 * found.map(|value| value - level - short[place % day]).sum::<f64>() / count;
        }
    }
    State { level, short, long: weekly, error: 0.0 }
}

/// Takes a value in; what it was missed by.
fn step(state: &mut State, pace: &Pace, at: usize, (day, long): (usize, usize), value: f64) -> f64 {
    let (short, weekly) = (state.short[at % day], state.long[at % long]);
    let plain = state.level + short + weekly;
    let miss = value - plain - pace.error * state.error;
    state.error = value - plain;
    // One value that sticks out moves nothing far.
    let told = miss.clamp(-1.5, 1.5);
    state.level += pace.level * told;
    state.short[at % day] += pace.short * told;
    if long > 1 {
        state.long[at % long] += pace.long * told;
    }
    miss
}

fn cost(run: &[f64], seasons: (usize, usize), pace: &Pace) -> f64 {
    let mut state = begin(run, seasons.0, seasons.1);
    let warm = seasons.0.max(seasons.1).min(run.len() / 2);
    let mut sum = 0.0;
    for (at, value) in run.iter().enumerate() {
        let miss = step(&mut state, pace, at, seasons, *value);
        if at >= warm {
            sum += miss.abs().min(3.0) + 0.5 * miss * miss.min(9.0);
        }
    }
    sum
}

/// Looks along one parameter after the other, with ever smaller steps (in odds).
fn fit(run: &[f64], seasons: (usize, usize), begin: Pace, spans: &[f64]) -> Pace {
    let mut best = begin;
    let mut least = cost(run, seasons, &best);
    let odds = |share: f64, times: f64| {
        let odds = share / (1.0 - share) * times;
        (odds / (1.0 + odds)).clamp(0.001, 0.98)
    };
    for span in spans {
        for _ in 0..2 {
            for which in 0..4 {
                if which == 2 && seasons.1 <= 1 {
                    continue;
                }
                for times in [*span, 1.0 / span] {
                    let mut tried = best;
                    let one = [&mut tried.level, &mut tried.short, &mut tried.long, &mut tried.error];
                    for (at, share) in one.into_iter().enumerate() {
                        if at == which {
                            *share = odds(*share, times);
                        }
                    }
                    let found = cost(run, seasons, &tried);
                    if found < least {
                        (least, best) = (found, tried);
                    }
                }
            }
        }
    }
    best
}
