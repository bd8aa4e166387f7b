//! What it takes to call a rate worse, or no worse, where nobody said how much worse is no matter.
//!
//! A rate *fails* where it is proven to be worse at all and its best guess is near to the supposed margin; it *passes* where
//! the whole interval lies within. How sure each must be follows from how well chance is known.

use super::{
    judge::{MOST, POINTS, SPARE},
    lasting::few,
    rate::{Counts, Dispersion},
};

/// Share of α at which a lower limit is drawn where many fail: hours differ by more than their minutes say.
const PLAIN: f64 = 0.1;
/// The same where minutes differ by more than chance: how much is only known roughly.
const ROUGH: f64 = 0.05;
/// The same where controls take off what happens to everybody.
const ROUGH_HELD: f64 = 0.3;
/// The same at most there, and what the best guess of rare ones must exceed.
pub(super) const HELD: f64 = 0.7;
const MOST_HELD: f64 = 0.6;
/// The same where few fail and minutes differ.
const CLUMPED: f64 = 0.3;
/// The same for rates below the margin that half a margin lies far from: there the best guess decides beside it. Exact sums over
/// both counts say that no even rate fails in more than 0.94 % without any change, whatever the number of transactions, and that
/// 99.95 → 99.85 % at 26,000 a side is found in 91.3 %. No test at all finds it in 90 % and errs in 0.7 % only: 89.8 % is the most.
const RARE: f64 = 0.95;
/// How far that is, in errors.
const FAR: f64 = 1.9;
/// Share of a supposed margin that the best guess must exceed where few fail.
const FEW: f64 = 0.65;
/// The same of such rare ones, and what the baseline's own rate adds to it: a fluke of the candidate is the likelier the more
/// fail anyhow (the most powerful test of 99.95 → 99.85 % against no change at lower rates has this slope).
const LEAST: (f64, f64) = (0.34, 0.45);
/// In margins, what a baseline is not taken to be better than: fewer failures than that are luck.
const LUCK: f64 = 0.5;
/// Share of α at which an upper limit is drawn where few fail.
const WITHIN: f64 = 0.8;

/// How sure it must be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Proof {
    /// Share of α of the lower limit.
    pub worse: f64,
    /// Share of α of the upper limit.
    pub within: f64,
    /// Share of the margin that the best guess must exceed to fail.
    pub most: Option<f64>,
}

impl Proof {
    /// Where a margin was given the limits decide alone.
    pub fn given() -> Self {
        Self { worse: 1.0, within: 1.0, most: None }
    }

    /// Held against controls: theirs is an error more, and what is left must stand beside the difference itself.
    pub fn held(before: Counts, after: Counts, margin: f64, spread: Dispersion) -> Self {
        let (worse, most) = if spread.factor > 1.0 && before.rate() >= POINTS {
            (ROUGH_HELD, MOST)
        } else if is_rare(before, after, margin, spread) {
            (HELD, MOST_HELD)
        } else {
            (SPARE, MOST)
        };
        Self { worse, within: 1.0, most: Some(most) }
    }

    /// Of both sides, a supposed margin and how much minutes differ.
    pub fn supposed(before: Counts, after: Counts, margin: f64, spread: Dispersion) -> Self {
        let (rate, even) = (before.rate(), spread.factor <= 1.0);
        if !few(before, after) {
            return Self { worse: if even { PLAIN } else { ROUGH }, within: 1.0, most: Some(MOST) };
        }
        let rare = is_rare(before, after, margin, spread);
        let (worse, most) = match (rare, even) {
            (true, _) => (RARE, LEAST.0 + LEAST.1 * rate / margin),
            (false, true) => (SPARE, FEW),
            (false, false) => (CLUMPED, FEW),
        };
        Self { worse, within: WITHIN, most: Some(most + (LUCK - rate / margin).max(0.0)) }
    }
}

/// Whether half of a supposed margin lies far from a rate below it.
fn is_rare(before: Counts, after: Counts, margin: f64, spread: Dispersion) -> bool {
    let rate = before.rate();
    let error = (rate * (1.0 - rate) * (1.0 / before.total.max(1.0) + 1.0 / after.total.max(1.0))).sqrt();
    spread.factor <= 1.0 && rate < POINTS && margin / 2.0 >= FAR * error
}
