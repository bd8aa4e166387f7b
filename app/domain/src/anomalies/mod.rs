//! What is out of the ordinary, as it comes in: every value is judged by what was known when it came, never by what followed.
//!
//! Several plain views ([`views`]) look at each value: how far it is from what the last values and the last seasons led to
//! expect, how far a short and a long window have moved, whether it became quieter or wilder, whether the value has ever been seen, whether
//! its last few values have. Each view says one number; a [`tail`] for each view learns how often such a number comes and says
//! how rare this one is. What is rarest counts, with a part of what the others say.
//!
//! An episode is told once: its first value stands out, what follows within it does not, unless it becomes much worse. So whoever sets a
//! threshold gets few and well-separated alarms; and between alarms the score still ranks the values.
//!
//! Ahmad et al. (2017) for the likelihood of recent errors, Burnaev and Ishimtsev (2016) for nearest neighbours of lagged values,
//! Siffer et al. (2017) for tails that learn.

mod tail;
mod views;

use serde::Serialize;

use crate::{
    forecast::resemblances,
    statistics::scale::{bounded, scaled},
};
use views::Views;

/// What is said of one value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Judged {
    /// How far out of the ordinary, 0 to 1. From [`BEGINS`] on only where an episode begins or becomes much worse.
    pub score: f64,
    /// Whether an episode begins here that somebody should be told of.
    pub anomaly: bool,
}

/// Scores from here on stand where an episode begins.
pub const BEGINS: f64 = 0.5;
/// From here on somebody should be told.
pub const TOLD: f64 = 0.72;
/// Values at the beginning of which nothing is said: they are learnt from.
pub const LEARNING: usize = 150;
/// An episode's beginning is at least this rare (powers of ten).
const GATE: f64 = 2.0;
/// Powers of ten at which the score is half-way.
const HALF: f64 = 4.0;

/// Judges a series value by value.
#[derive(Debug, Clone)]
pub struct Watch {
    views: Views,
    seen: usize,
    /// How many values are known when seasons are looked for next.
    look: usize,
    /// The worst lately, fading.
    hold: f64,
    /// Where the last episode began, and how rare it was.
    last: Option<(usize, f64)>,
    /// Steps without a value since the last one.
    missing: usize,
}

impl Default for Watch {
    fn default() -> Self {
        Self::new(None)
    }
}

impl Watch {
    /// Of a series whose day has so many steps, where that is known.
    pub fn new(day: Option<usize>) -> Self {
        let day = day.filter(|day| (2..=views::KEPT / 3).contains(day));
        Self { views: Views::new(day), seen: 0, look: 200, hold: 0.0, last: None, missing: 0 }
    }

    /// So many steps have no value: nothing is learnt of them, but what follows is compared with its own time of day.
    pub fn skip(&mut self, steps: usize) {
        self.missing = self.missing.saturating_add(steps);
    }

    /// Judges the next value; a missing one (NaN) is not out of the ordinary, and skipped.
    pub fn push(&mut self, value: f64) -> Judged {
        if !value.is_finite() {
            self.skip(1);
            return Judged { score: 0.0, anomaly: false };
        }
        self.views.hold_places(std::mem::take(&mut self.missing));
        if self.seen == self.look {
            self.look = self.look * 3 / 2;
            self.views.season_of(&resemblances(self.views.kept()));
        }
        let rare = self.views.look(bounded(value));
        self.seen += 1;
        if self.seen <= LEARNING {
            return Judged { score: 0.0, anomaly: false };
        }
        self.hold = rare.max(self.hold * 0.97);
        let begins = rare >= GATE
            && self.last.is_none_or(|(at, before)| {
                let apart = self.seen - at;
                apart > rest(self.seen) || rare > before * 1.25 + 1.0
            });
        if begins {
            self.last = Some((self.seen, rare));
            let score = BEGINS + (1.0 - BEGINS) * share(rare);
            return Judged { score, anomaly: score >= TOLD };
        }
        Judged { score: (BEGINS * share(self.hold)).min(BEGINS - 1e-9), anomaly: false }
    }
}

/// How long an episode lasts at least, in values: longer where more is known.
fn rest(seen: usize) -> usize {
    (seen / 16).clamp(20, 400)
}

fn share(rare: f64) -> f64 {
    rare / (rare + HALF)
}

/// Judges a whole series, each value by those before it.
pub fn judge(values: &[f64], day: Option<usize>) -> Vec<Judged> {
    judge_over(values, &[], day)
}

/// The same where so many steps are missing before each value; before those that `holes` does not reach none is.
pub fn judge_over(values: &[f64], holes: &[usize], day: Option<usize>) -> Vec<Judged> {
    let (values, _) = scaled(values);
    let mut watch = Watch::new(day);
    let holes = holes.iter().copied().chain(std::iter::repeat(0));
    let mut judged = |(value, hole): (&f64, usize)| {
        watch.skip(hole);
        watch.push(*value)
    };
    values.iter().zip(holes).map(&mut judged).collect()
}

#[cfg(test)]
mod tests;
