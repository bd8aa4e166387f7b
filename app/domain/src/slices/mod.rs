//! Slices: from "the success rate fell" to the combination of dimension values that explains it.
//!
//! A [`Table`] holds one row for each combination that occurs (a *leaf*), with what was measured and what was to be expected.
//! [`find`] looks over every *cuboid* (choice of dimensions) for the *slice* that explains most, widens it as far as the facts
//! allow, takes its leaves away and looks again, until nothing is left that chance would not make. [`counts`] does so for
//! failures among transactions, which may be few; [`measure`] for an additive measure (volume, amount) against its forecast.
//!
//! It says as plainly when there is no slice: everything is worse alike, nothing is, or there is too little traffic to tell.
//! A result code is an outcome and no dimension of the table: codes are ranked inside a slice that was found.
//!
//! What is found in stored transactions is an [`Explanation`]: the slices with every figure that proves them, and a [`sentence`].

mod counts;
mod figures;
mod finding;
mod grid;
mod leaves;
mod measure;
mod noise;
mod port;
mod sentence;
mod table;

use serde::Serialize;

use crate::{statistics::scale::restored, words::words};
pub use counts::Counts;
pub use figures::{counts_since, failures_since, interval};
pub use finding::{
    Asked, Baseline, Basis, Choice, CodeShare, Culprit, Difference, EVERYWHERE, Explanation, Looked, Rest, Told, ValueShare,
};
use grid::Grid;
pub use leaves::{ABSENT, FOLDED, folded};
pub use measure::Measure;
pub use port::Explanations;
#[cfg(test)]
pub(crate) use sentence::tests::found;
pub use sentence::{grouped, rate_text, sentence};
pub use table::{BadTable, COUNTS, MEASURE, Mended, Observed, Table};

words! {
    /// What a search has come to.
    pub enum Verdict {
        /// These slices explain it.
        Slices = "slices",
        /// It is everywhere alike: no slice explains it.
        Global = "global",
        /// Nothing is worse than usual.
        None = "none",
        /// Even a rate three times as high would not stand out: there is too little traffic to tell.
        TooLittle = "too_little",
    }
}

/// One slice that explains a part.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cause {
    /// Dimension and value, in the order of the table's dimensions.
    pub slice: Vec<(String, String)>,
    /// How much better the slice explains what was seen than chance does: a logarithm of likelihoods, in nats.
    pub score: f64,
    /// Failures, or the sum of the measure.
    pub observed: f64,
    /// What was to be expected of it.
    pub expected: f64,
    /// Transactions; of a measure, its forecast.
    pub total: f64,
    /// Share of all that is too much (or too little, of a measure) that lies in the slice; negative where it goes the other way.
    pub share_of_excess: f64,
    /// Its place, from 0, in the order in which slices were taken away. A leaf that several hold is in the figures of the first one.
    #[serde(skip)]
    pub taken: usize,
}

/// What a search has come to, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// In a word.
    pub verdict: Verdict,
    /// The slices, the strongest first; empty unless the verdict is [`Verdict::Slices`].
    pub causes: Vec<Cause>,
}

/// Looks for the slices that explain what a table shows. Takes time in proportion to leaves × cuboids: a few milliseconds for
/// thousands of leaves of four dimensions.
pub fn find(table: &Table) -> Finding {
    let grid = Grid::new(table);
    let (observed, unit) = table.observed.scaled();
    let (verdict, causes) = match &*observed {
        Observed::Counts(counts) => counts::find(&grid, counts),
        Observed::Measure(measure) => measure::find(&grid, measure),
    };
    let name = |(taken, cause): (usize, &grid::Cause)| Cause {
        slice: cause.dimensions.iter().map(|&at| (table.dimensions[at].clone(), table.value(at, cause.leaf).to_owned())).collect(),
        score: cause.score,
        observed: restored(cause.observed, unit),
        expected: restored(cause.expected, unit),
        total: restored(cause.total, unit),
        share_of_excess: cause.share,
        taken,
    };
    let mut causes: Vec<Cause> = causes.iter().enumerate().map(name).collect();
    causes.sort_by(|a, b| b.score.total_cmp(&a.score));
    Finding { verdict, causes }
}

#[cfg(test)]
mod tests;
