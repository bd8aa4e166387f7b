//! Slow leaks: a rate that is a little worse for a long time, which no single window shows.

use super::{Counted, surprise};

/// How much worse a rate is looked for: half as much again, and at least a thousandth.
const WORSE: (f64, f64) = (1.5, 0.001);

/// A leak that goes on now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leak {
    /// How surprising it is, given all moments at which it could have begun.
    pub surprise: f64,
    /// The window in which it began.
    pub since: usize,
}

/// A cumulative sum of the logarithm of likelihoods (Page, 1954), of windows in the order of time, each with the rate that is
/// expected of it: how much likelier everything since `since` is under a worse rate. `dispersion`: by what factor counts vary more
/// than chance makes them, 1 or more. `None` where the last window is not part of one.
pub fn leak(windows: &[(Counted, f64)], dispersion: f64) -> Option<Leak> {
    let (mut sum, mut since) = (0.0, 0);
    for (at, (counted, rate)) in windows.iter().enumerate() {
        let good = rate.clamp(1e-6, 0.6);
        let bad = (good * WORSE.0).max(good + WORSE.1).min(0.9);
        let likelier = counted.failed * (bad / good).ln() + (counted.total - counted.failed).max(0.0) * ((1.0 - bad) / (1.0 - good)).ln();
        if sum <= 0.0 {
            (sum, since) = (0.0, at);
        }
        sum += likelier / dispersion.max(1.0);
    }
    if sum <= 0.0 {
        return None;
    }
    // A sum reaches h from a given beginning with a probability of at most e^-h (Wald), and it may have begun anywhere.
    let chance = (windows.len() as f64 * (-sum).exp()).min(1.0);
    Some(Leak { surprise: surprise(chance), since })
}
