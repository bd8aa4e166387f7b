//! What past windows lead to expect, and how surprising the present one is.

use super::{
    surprise,
    tails::{failures_above, volume_above, volume_below},
};
use crate::statistics::{
    series::{median, sorted},
    special::{normal_quantile, place, student_above, student_quantile},
};

/// Windows below which nothing can be said.
pub const LEAST: usize = 6;
/// Transactions in all past windows below which no rate can be said.
const TRAFFIC: f64 = 100.0;
/// A past window that is as surprising as this was trouble, and does not say what is normal.
const TROUBLE: f64 = 4.0;
/// The share of past windows that may be left out so.
const LEFT_OUT: f64 = 0.25;
/// What is said to be expected holds as much of what comes on either side.
const HELD: f64 = 0.995;
/// The level of the last hours counts up to these factors: a system that stopped hours ago is not normal now.
const LEVEL: (f64, f64) = (0.6, 1.6);
/// Median absolute deviation to standard deviation, of a normal.
const MAD: f64 = 1.482_6;

/// What was counted in a window.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Counted {
    /// Transactions.
    pub total: f64,
    /// Those that failed.
    pub failed: f64,
}

/// What was expected of a window, and how surprising is what came.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected {
    /// Minus the decimal logarithm of the probability that chance alone brings as much or more.
    pub surprise: f64,
    /// What was expected: failures, transactions, or milliseconds.
    pub mean: f64,
    /// What 99 of 100 such windows lie between.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// By what factor the variance is greater than chance makes it, 1 or more.
    pub dispersion: f64,
    /// Past windows that it rests on.
    pub windows: usize,
}

/// How failures come.
#[derive(Debug, Clone, Copy)]
struct Fit {
    /// Share of transactions.
    rate: f64,
    /// Correlation between two transactions of a window.
    rho: f64,
    /// By what factor the variance of windows is greater than chance makes it.
    dispersion: f64,
}

/// Failures of a window, by those of past ones; only more than expected is surprising. `None` where too little is known.
pub fn failures(past: &[Counted], now: Counted) -> Option<Expected> {
    let past: Vec<Counted> = past.iter().copied().filter(|window| window.total > 0.0).collect();
    if past.len() < LEAST || past.iter().map(|window| window.total).sum::<f64>() < TRAFFIC {
        return None;
    }
    let calm = calm(past);
    let Fit { rate, rho, dispersion } = fit(&calm);
    let mean = now.total * rate;
    let deviation = (mean * (1.0 - rate) * (1.0 + (now.total - 1.0).max(0.0) * rho)).sqrt() * normal_quantile(HELD);
    Some(Expected {
        surprise: if now.total > 0.0 { surprise(failures_above(now.failed, now.total, rate, rho)) } else { 0.0 },
        mean,
        low: (mean - deviation).max(0.0),
        high: (mean + deviation).min(now.total),
        dispersion,
        windows: calm.len(),
    })
}

/// Windows without those of trouble: begun with those of the lowest rates, the others are let in one after the other while they are no
/// surprise to those before them. So neither trouble widens what is normal, nor does a rare failure among few transactions count as
/// trouble.
fn calm(mut windows: Vec<Counted>) -> Vec<Counted> {
    let share = |window: &Counted| window.failed / window.total;
    windows.sort_by(|a, b| share(a).total_cmp(&share(b)));
    let begin = place((windows.len() as f64 * (1.0 - LEFT_OUT)).ceil(), windows.len());
    let mut end = begin;
    while let Some(next) = windows.get(end) {
        let so_far = fit(&windows[..end]);
        if surprise(failures_above(next.failed, next.total, so_far.rate, so_far.rho)) >= TROUBLE {
            break;
        }
        end += 1;
    }
    windows.truncate(end);
    windows
}

/// The rate of windows, never quite nought, and how much they differ; that the rate itself is not known exactly makes another window
/// differ as much more.
fn fit(windows: &[Counted]) -> Fit {
    let all = windows.iter().map(|window| window.total).sum::<f64>().max(1.0);
    let failed: f64 = windows.iter().map(|window| window.failed).sum();
    let rate = ((failed + 0.5) / (all + 1.0)).min(0.999);
    let standard = |window: &Counted| (window.failed - window.total * rate).powi(2) / (window.total * rate * (1.0 - rate)).max(1e-9);
    let dispersion = (windows.iter().map(standard).sum::<f64>() / (windows.len() as f64 - 1.0).max(1.0)).max(1.0);
    let typical = windows.iter().map(|window| window.total * window.total).sum::<f64>() / all;
    Fit { rate, rho: ((dispersion - 1.0) / (typical - 1.0).max(1.0) + dispersion / all).min(0.9), dispersion }
}

/// The windows without those of trouble: the most surprising ones, no more than may be left out.
fn without_trouble<T: Copy>(past: &[T], of: impl Fn(&T) -> f64) -> Vec<T> {
    let mut ranked: Vec<(f64, &T)> = past.iter().map(|window| (of(window), window)).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let most = place(past.len() as f64 * LEFT_OUT, past.len());
    let troubled = ranked.iter().take(most).take_while(|(rare, _)| *rare >= TROUBLE).count();
    ranked.drain(..troubled);
    ranked.into_iter().map(|(_, window)| *window).collect()
}

/// Transactions of a window, by those of past ones at the same time of their days, each with what was counted in the hours before
/// it; more and fewer than expected are surprising. `None` where too little is known.
pub fn volume(past: &[(f64, f64)], now: f64, before: f64) -> Option<Expected> {
    if past.len() < LEAST {
        return None;
    }
    // Each past window, brought to the level of today.
    let scaled: Vec<f64> = past
        .iter()
        .map(|&(count, its)| count * if its > 0.0 && before > 0.0 { (before / its).clamp(LEVEL.0, LEVEL.1) } else { 1.0 })
        .collect();
    let mut calm = scaled.clone();
    for _ in 0..3 {
        let order = sorted(&calm);
        let middle = median(&order);
        let apart = median(&sorted(&calm.iter().map(|count| (count - middle).abs()).collect::<Vec<_>>())) * MAD;
        let deviation = apart.max(middle.sqrt()).max(1.0);
        calm = without_trouble(&scaled, |count| surprise(student_above((count - middle).abs() / deviation, 30.0) * 2.0));
    }
    let windows = calm.len() as f64;
    let mean = calm.iter().sum::<f64>() / windows;
    if mean <= 0.0 {
        return None;
    }
    let variance = calm.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / (windows - 1.0);
    // Few windows do not know how much they vary, nor the mean exactly.
    let unsure = (student_quantile(HELD, windows - 1.0) / normal_quantile(HELD)).powi(2) * (1.0 + 1.0 / windows);
    let variance = variance.max(mean) * unsure;
    let spread = (variance - mean).max(0.0) / (mean * mean);
    let deviation = variance.sqrt() * normal_quantile(HELD);
    let tail = volume_above(now, mean, spread).min(volume_below(now, mean, spread));
    Some(Expected {
        surprise: surprise((2.0 * tail).min(1.0)),
        mean,
        low: (mean - deviation).max(0.0),
        high: mean + deviation,
        dispersion: (variance / mean).max(1.0),
        windows: calm.len(),
    })
}

/// A latency, by those of past windows; only a greater one is surprising. `None` where too little is known.
pub fn latency(past: &[f64], now: f64) -> Option<Expected> {
    let logs: Vec<f64> = past.iter().filter(|value| value.is_finite() && **value > 0.0).map(|value| value.ln()).collect();
    if logs.len() < LEAST || !now.is_finite() || now <= 0.0 {
        return None;
    }
    let mut calm = logs.clone();
    for _ in 0..3 {
        let middle = median(&sorted(&calm));
        let apart = median(&sorted(&calm.iter().map(|log| (log - middle).abs()).collect::<Vec<_>>())) * MAD;
        calm = without_trouble(&logs, |log| surprise(student_above((log - middle) / apart.max(0.02), 30.0)));
    }
    let windows = calm.len() as f64;
    let mean = calm.iter().sum::<f64>() / windows;
    let variance = calm.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / (windows - 1.0);
    let deviation = (variance * (1.0 + 1.0 / windows)).sqrt().max(0.02);
    let reach = deviation * student_quantile(HELD, windows - 1.0);
    Some(Expected {
        surprise: surprise(student_above((now.ln() - mean) / deviation, windows - 1.0)),
        mean: mean.exp(),
        low: (mean - reach).exp(),
        high: (mean + reach).exp(),
        dispersion: 1.0,
        windows: calm.len(),
    })
}
