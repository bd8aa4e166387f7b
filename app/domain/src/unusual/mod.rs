//! How unusual what was counted in a window is, given what was counted in windows like it before.
//!
//! Everything is said as a *surprise*: minus the decimal logarithm of the probability that chance alone brings as much. 3 is one
//! window in a thousand, 6 one in a million. So low counts, which no threshold in per cent can judge, are judged by the same number
//! as high ones.
//!
//! - *Failures* by the tail of a beta-binomial: the rate of past windows, and how much they differed more than chance makes them.
//! - *Volumes* by the tails of a negative binomial, their mean brought to the level of the last hours.
//! - *Latencies* by Student's t on logarithms.
//! - *Leaks* that no single window shows by a cumulative sum ([`leak`]), which says since when.
//! - *When it began* by the start of a cumulative sum of surprises ([`onset()`]).
//! - *Many slices at once* share one false-discovery rate ([`among`]).
//!
//! **Architecture invariant:** windows of past trouble do not teach that trouble is normal: those that stand out are left out, and
//! said to be.

mod history;
mod leak;
mod many;
mod onset;
mod tails;

pub use history::{Counted, Expected, LEAST, failures, latency, volume};
pub use leak::{Leak, leak};
pub use many::among;
pub use onset::onset;

/// The surprise at a probability; what is less likely than 10⁻³⁰ is not told apart.
pub fn surprise(probability: f64) -> f64 {
    // Nought is not to be shown as minus nought.
    (-probability.clamp(1e-30, 1.0).log10()).max(0.0)
}

/// The probability of a surprise.
fn probability(surprise: f64) -> f64 {
    10f64.powf(-surprise.max(0.0))
}

#[cfg(test)]
mod tests;
