//! How often something happened of so many times, and how well that tells how often it does.

use std::fmt::{Display, Formatter, Result};

use domain::verification::{Counts, rate::clopper_pearson};

/// Counted, of so many.
pub(super) struct Share {
    pub seen: u32,
    pub times: u32,
}

impl Display for Share {
    /// In percent, with the exact limits of 95 %.
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let (low, high) = clopper_pearson(Counts { total: f64::from(self.times), failed: f64::from(self.seen) }, 0.025);
        write!(f, "{:.2} % ({:.2} to {:.2})", percent(self.seen, self.times), low * 100.0, high * 100.0)
    }
}

/// Percent.
pub(super) fn percent(seen: u32, times: u32) -> f64 {
    f64::from(seen) * 100.0 / f64::from(times)
}
