//! Looking all the time without being fooled: limits that hold at every moment at once.
//!
//! The mixture sequential probability ratio test (Robbins 1970; Johari et al., *Always valid inference*, 2015): the likelihood
//! of what was seen under a true difference spread normally around the one in question, over that under the one itself. It
//! exceeds 1/α at *any* time with probability α only, so looking every minute costs no more than looking once.

use crate::statistics::special::normal_above;

/// What has been seen so far: a difference and the variance of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// Candidate less baseline.
    pub estimate: f64,
    /// Variance of the estimate; shrinks as more is seen.
    pub variance: f64,
}

impl Seen {
    /// The always-valid probability that the true difference is `least` at most; `scale` is the size of difference that
    /// the test is tuned to, the margin say. It looks upwards only (half of the mixture).
    pub fn p_beyond(self, least: f64, scale: f64) -> f64 {
        if !self.usable(scale) {
            return 1.0;
        }
        let (v, s) = (self.variance, scale * scale);
        let off = self.estimate - least;
        let ratio = (v / (v + s)).sqrt() * (off * off * s / (2.0 * v * (v + s))).exp();
        let upwards = 2.0 * (1.0 - normal_above(off * scale / (v * (v + s)).sqrt()));
        (1.0 / (ratio * upwards).max(1e-300)).min(1.0)
    }

    /// Limits that hold at every moment, each missed ever with probability `alpha` at most.
    pub fn limits(self, alpha: f64, scale: f64) -> (f64, f64) {
        if !self.usable(scale) {
            return (f64::NEG_INFINITY, f64::INFINITY);
        }
        let (v, s) = (self.variance, scale * scale);
        // Of the two-sided test at 2α, so that each side is missed with α.
        let reach = (v * (v + s) / s * ((v + s) / (v * (2.0 * alpha).powi(2))).ln()).sqrt();
        (self.estimate - reach, self.estimate + reach)
    }

    fn usable(self, scale: f64) -> bool {
        self.variance > 0.0 && self.variance.is_finite() && self.estimate.is_finite() && scale > 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::random::Chance;

    /// 2,000 walks without any difference, looked at after each of 400 steps: at most 1 % ever seem to have one.
    #[test]
    fn looking_all_the_time_does_not_fool() {
        let mut chance = Chance::new(5);
        let (mut fooled, mut beyond) = (0, 0);
        for _ in 0..2_000 {
            let (mut sum, mut by_p, mut by_limit) = (0.0, false, false);
            for n in 1..=400 {
                sum += chance.normal();
                let n = f64::from(n);
                let seen = Seen { estimate: sum / n, variance: 1.0 / n };
                by_p |= seen.p_beyond(0.0, 0.2) < 0.01;
                by_limit |= seen.limits(0.01, 0.2).0 > 0.0;
            }
            fooled += u32::from(by_p);
            beyond += u32::from(by_limit);
        }
        assert!(fooled <= 30 && beyond <= 30, "{fooled} and {beyond} of 2,000");
    }

    #[test]
    fn difference_is_found_in_time() {
        let seen = Seen { estimate: 0.5, variance: 0.01 };
        assert!(seen.p_beyond(0.0, 0.3) < 0.001 && seen.limits(0.01, 0.3).0 > 0.0);
        assert_eq!(Seen { estimate: 0.5, variance: 0.0 }.p_beyond(0.0, 0.3), 1.0);
    }
}
