//! Tails of counts that differ more than chance makes them.

use crate::statistics::special::{beta_below, gamma_above, ln_gamma, normal_above};

/// Terms that are summed up one by one at most; beyond these the tail is that of a beta distribution of the same mean and variance.
const TERMS: f64 = 50_000.0;

/// P(K ≥ k) of a beta-binomial: `n` trials at a rate that has mean `rate` and correlation `rho` between trials, 0 ≤ rho < 1.
pub(super) fn failures_above(k: f64, n: f64, rate: f64, rho: f64) -> f64 {
    if k <= 0.0 || n <= 0.0 {
        return 1.0;
    }
    if rate <= 0.0 || k > n {
        return 0.0;
    }
    if rate >= 1.0 {
        return 1.0;
    }
    if rho <= 1e-12 {
        return beta_below(rate, k, n - k + 1.0);
    }
    let size = 1.0 / rho - 1.0;
    let (a, b) = (rate * size, (1.0 - rate) * size);
    if n - k > TERMS && k < n * rate + 12.0 * (n * rate * (1.0 + (n - 1.0) * rho)).sqrt() && n * rate > TERMS {
        let alike = (n / (1.0 + (n - 1.0) * rho) - 1.0).max(1e-6);
        return 1.0 - beta_below((k - 0.5) / n, rate * alike, (1.0 - rate) * alike);
    }
    // From k on upwards, each term from the one before it.
    let choose = ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0);
    let betas = ln_gamma(k + a) + ln_gamma(n - k + b) - ln_gamma(n + a + b) + ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b);
    let mut term = (choose + betas).exp();
    let (mut sum, mut at) = (0.0, k);
    while at <= n {
        sum += term;
        let next = term * ((n - at) / (at + 1.0)) * ((at + a) / (n - at - 1.0 + b));
        if next < term && next < sum * 1e-13 {
            break;
        }
        term = next;
        at += 1.0;
        if at - k > 4.0 * TERMS {
            break;
        }
    }
    sum.clamp(0.0, 1.0)
}

/// P(X ≥ x) of a negative binomial with this mean and a variance of mean + spread · mean².
pub(super) fn volume_above(x: f64, mean: f64, spread: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    if mean <= 0.0 {
        return 0.0;
    }
    if spread <= 1e-9 {
        // Of a Poisson: P(X ≥ x) = 1 − Q(x, mean), which loses its digits where it is small.
        return if x > mean { poisson_above(x, mean) } else { 1.0 - gamma_above(x, mean) };
    }
    let r = 1.0 / spread;
    beta_below(mean / (r + mean), x, r)
}

/// P(X ≤ x) of the same.
pub(super) fn volume_below(x: f64, mean: f64, spread: f64) -> f64 {
    if mean <= 0.0 {
        return 1.0;
    }
    if spread <= 1e-9 {
        return gamma_above(x + 1.0, mean);
    }
    let r = 1.0 / spread;
    beta_below(r / (r + mean), r, x + 1.0)
}

fn poisson_above(x: f64, mean: f64) -> f64 {
    if mean > 1e6 {
        return normal_above((x - 0.5 - mean) / mean.sqrt());
    }
    let mut term = (x * mean.ln() - mean - ln_gamma(x + 1.0)).exp();
    let (mut sum, mut at) = (0.0, x);
    while term > sum * 1e-14 && term > 0.0 {
        sum += term;
        at += 1.0;
        term *= mean / at;
    }
    sum.clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, wanted: f64) {
        assert!((found / wanted - 1.0).abs() < 1e-6, "{found} is not {wanted}");
    }

    #[test]
    fn tails_are_those_of_the_tables() {
        // 1 − binom.cdf(2, 20, 0.05), 1 − betabinom.cdf(5, 100, 1, 99), 1 − nbinom.cdf(29, 10, 0.5), poisson.sf(19, 8), poisson.cdf(1, 8)
        near(failures_above(3.0, 20.0, 0.05, 0.0), 0.075_483_679);
        near(volume_above(20.0, 8.0, 0.0), 0.000_252_939_4);
        near(volume_below(1.0, 8.0, 0.0), 0.003_019_163_6);
        // What is left of a beta-binomial with a = 0.99 and b = 98.01 is none at all: B(a, b + 100) / B(a, b).
        let none = (ln_gamma(198.01) + ln_gamma(99.0) - ln_gamma(199.0) - ln_gamma(98.01)).exp();
        near(failures_above(1.0, 100.0, 0.01, 0.01) + none, 1.0);
        // A negative binomial of r = 1 is geometric: P(X ≥ x) = (mean / (1 + mean))^x.
        near(volume_above(5.0, 3.0, 1.0), 0.75f64.powi(5));
        near(volume_below(4.0, 3.0, 1.0), 1.0 - 0.75f64.powi(5));
    }

    #[test]
    fn the_short_cut_of_large_counts_is_near_the_sum() {
        let (n, rate, rho) = (4_000_000.0, 0.02, 1e-5);
        for k in [80_500.0, 81_000.0, 81_500.0] {
            let alike: f64 = n / (1.0 + (n - 1.0) * rho) - 1.0;
            let quick = 1.0 - beta_below((k - 0.5) / n, rate * alike, (1.0 - rate) * alike);
            assert!((failures_above(k, n, rate, rho) / quick - 1.0).abs() < 0.2, "{k}");
        }
    }
}
