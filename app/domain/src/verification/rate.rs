//! Failures among transactions: the interval of the difference of two rates.
//!
//! Miettinen & Nurminen (Statistics in Medicine 4, 1985): the score statistic with the maximum-likelihood rates *under* the
//! difference in question, inverted. The variance is inflated by what the baseline's minutes differ more than chance makes them
//! (Pearson's χ² ÷ degrees of freedom, also of minutes in blocks, which sees minutes that hang together). With few failures
//! the limits are exact ones of each side (Clopper & Pearson) joined as Zou & Donner do (2008), and no difference is
//! "proven" that Fisher's exact test does not prove.

use crate::statistics::{
    series::memory,
    special::{beta_quantile, chi_square_above, ln_gamma, normal_above, normal_quantile, solve, student_above, student_quantile},
};

/// Failures in all below which limits are exact.
const FEW: f64 = 20.0;
/// Dispersion begins to count where chance makes as much in fewer than one of so many, and counts fully where it never does.
const SEEN: f64 = 0.015;
/// Correlation of neighbouring minutes, in its errors, from which it counts; and where a minute holds less than half a failure.
const HANGS: (f64, f64) = (1.7, 2.3);

/// Transactions and failures of a side.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Counts {
    /// Transactions.
    pub total: f64,
    /// Failures among them.
    pub failed: f64,
}

impl Counts {
    /// Share that failed; 0 of nothing.
    pub fn rate(self) -> f64 {
        if self.total > 0.0 { self.failed / self.total } else { 0.0 }
    }

    /// All of several.
    pub fn sum(rows: &[Self]) -> Self {
        rows.iter().fold(Self::default(), |a, b| Self { total: a.total + b.total, failed: a.failed + b.failed })
    }
}

/// How much more the minutes of a side differ than chance would make them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dispersion {
    /// Factor of the variance, 1 or more.
    pub factor: f64,
    /// Degrees of freedom that it was seen with; infinite where it is taken to be 1.
    pub df: f64,
}

impl Dispersion {
    /// As chance makes it.
    pub const NONE: Self = Self { factor: 1.0, df: f64::INFINITY };

    /// Looks at the baseline's rows in the order of time. The candidate's, each against its own rate, help to tell chance from
    /// more than chance, but not beyond twice what the baseline itself shows: a minute of outage is no excuse for itself.
    pub fn of(baseline: &[Counts], candidate: &[Counts]) -> Self {
        let mut worst = Self::NONE;
        for length in [1, 3, 9] {
            let sides = [baseline, candidate].map(|rows| Pearson::of(rows, length));
            let [before, after] = &sides;
            if before.blocks.len() < 6 {
                break;
            }
            let df = before.df + after.df;
            let own = before.square / before.df;
            let square = (before.square + after.square).min(2.0 * own * df);
            let expected = (before.expected + after.expected) / (before.blocks.len() + after.blocks.len()) as f64;
            worst = worst.or(Self::beyond(&sides, square, SEEN));
            if length == 1 {
                // Minutes that hang together: what they differ, times how few of them there really are.
                let hangs = if expected < 0.5 { HANGS.1 } else { HANGS.0 };
                let [a, b] = sides.each_ref().map(|side| memory(&side.blocks.iter().map(|block| block.rate()).collect::<Vec<_>>(), hangs));
                let together = f64::midpoint(a, b);
                let factor = (square / df).max(1.0) * together;
                if together > 1.0 && factor > worst.factor {
                    worst = Self { factor, df: (df / together - 1.0).max(4.0) };
                }
            }
        }
        worst
    }

    /// What blocks differ by more than chance makes them, where it makes as much in fewer than one of so many.
    pub(super) fn beyond(sides: &[Pearson; 2], square: f64, odds: f64) -> Self {
        let [before, after] = sides;
        let df = before.df + after.df;
        // Of sparse counts Pearson's statistic spreads wider than χ² does; one scaled to its variance serves.
        let expected = (before.expected + after.expected) / (before.blocks.len() + after.blocks.len()) as f64;
        let scale = 1.0 + 0.5 / expected;
        let sure = 1.0 - chi_square_above(square / scale, df / scale) / odds;
        if sure > 0.0 { Self { factor: (1.0 + (square / df - 1.0) * sure).max(1.0), df } } else { Self::NONE }
    }
}

/// Pearson's statistic of a side in blocks.
pub(super) struct Pearson {
    pub(super) blocks: Vec<Counts>,
    pub(super) square: f64,
    pub(super) df: f64,
    pub(super) expected: f64,
}

impl Pearson {
    pub(super) fn of(rows: &[Counts], length: usize) -> Self {
        let rate = Counts::sum(rows).rate();
        if rate <= 0.0 || rate >= 1.0 {
            return Self { blocks: Vec::new(), square: 0.0, df: 0.0, expected: 0.0 };
        }
        // A block holds at least a fifth of a failure to be expected: below that the statistic means nothing.
        let blocks = blocks(rows, length, 0.2 / rate);
        let square = blocks.iter().map(|block| (block.failed - block.total * rate).powi(2) / (block.total * rate * (1.0 - rate))).sum();
        let expected = blocks.iter().map(|block| block.total * rate).sum();
        Self { df: (blocks.len() as f64 - 1.0).max(0.0), square, expected, blocks }
    }
}

fn blocks(rows: &[Counts], length: usize, least: f64) -> Vec<Counts> {
    let mut blocks = Vec::new();
    let (mut open, mut held) = (Counts::default(), 0);
    for row in rows.iter().filter(|row| row.total > 0.0) {
        open = Counts { total: open.total + row.total, failed: open.failed + row.failed };
        held += 1;
        if held >= length && open.total >= least {
            blocks.push(std::mem::take(&mut open));
            held = 0;
        }
    }
    if let Some(last) = blocks.last_mut() {
        last.total += open.total;
        last.failed += open.failed;
    }
    blocks
}

/// The difference of the rates of failure, candidate less baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// The best guess.
    pub estimate: f64,
    /// One-sided limits, each missed with probability α.
    pub low: f64,
    /// The same, above.
    pub high: f64,
    /// Whether the limits are the exact ones.
    pub exact: bool,
}

/// The difference with limits that are each missed with probability `alpha`; `None` where a side has no transactions.
pub fn difference(baseline: Counts, candidate: Counts, spread: Dispersion, alpha: f64) -> Option<Difference> {
    if baseline.total < 1.0 || candidate.total < 1.0 {
        return None;
    }
    let estimate = candidate.rate() - baseline.rate();
    if few(baseline, candidate, spread) {
        let (mut low, high) = exact(baseline, candidate, alpha);
        if low > 0.0 && fisher(baseline, candidate) > alpha {
            low = 0.0;
        }
        return Some(Difference { estimate, low, high, exact: true });
    }
    let z = if spread.df.is_finite() { student_quantile(1.0 - alpha, spread.df) } else { normal_quantile(1.0 - alpha) };
    let low = solve(-1.0, estimate, |d| score(baseline, candidate, d, spread.factor) > z);
    let high = solve(estimate, 1.0, |d| score(baseline, candidate, d, spread.factor) > -z);
    Some(Difference { estimate, low, high, exact: false })
}

/// The probability of so great a difference, or a greater one, where the true one is `least` at most.
pub fn p_beyond(baseline: Counts, candidate: Counts, spread: Dispersion, least: f64) -> f64 {
    if baseline.total < 1.0 || candidate.total < 1.0 {
        return 1.0;
    }
    if few(baseline, candidate, spread) && least == 0.0 {
        return fisher(baseline, candidate);
    }
    let z = score(baseline, candidate, least, spread.factor);
    if few(baseline, candidate, spread) {
        // The limits are the exact ones, so the probability is theirs: that of the limit which just touches.
        return solve(1e-12, 0.5, |alpha| exact(baseline, candidate, alpha).0 < least);
    }
    if spread.df.is_finite() { student_above(z, spread.df) } else { normal_above(z) }
}

fn few(baseline: Counts, candidate: Counts, spread: Dispersion) -> bool {
    let failed = baseline.failed + candidate.failed;
    let good = baseline.total + candidate.total - failed;
    spread.factor <= 1.0 && failed.min(good) < FEW
}

/// (p̂₁ − p̂₀ − d) ÷ its deviation under d.
fn score(baseline: Counts, candidate: Counts, d: f64, factor: f64) -> f64 {
    let (n1, n0) = (candidate.total, baseline.total);
    let n = n1 + n0;
    let p0 = restricted(baseline, candidate, d);
    let p1 = (p0 + d).clamp(0.0, 1.0);
    let variance = factor * (p1 * (1.0 - p1) / n1 + p0 * (1.0 - p0) / n0) * n / (n - 1.0).max(1.0);
    let off = candidate.rate() - baseline.rate() - d;
    if variance > 0.0 {
        off / variance.sqrt()
    } else if off == 0.0 {
        0.0
    } else {
        off.signum() * f64::INFINITY
    }
}

/// The baseline's rate of greatest likelihood where the candidate's is greater by `d`: root of a cubic (Farrington & Manning, 1990).
fn restricted(baseline: Counts, candidate: Counts, d: f64) -> f64 {
    let (n1, n0, x0) = (candidate.total, baseline.total, baseline.failed);
    let (n, x) = (n1 + n0, candidate.failed + baseline.failed);
    let l2 = (n1 + 2.0 * n0) * d - n - x;
    let l1 = (n0 * d - n - 2.0 * x0) * d + x;
    let l0 = x0 * d * (1.0 - d);
    let (a, b, c) = (l2 / n, l1 / n, l0 / n);
    let q = a.powi(3) / 27.0 - a * b / 6.0 + c / 2.0;
    let root = (a * a / 9.0 - b / 3.0).max(0.0).sqrt();
    let p = if q < 0.0 { -root } else { root };
    let ratio = if p == 0.0 { 0.0 } else { (q / p.powi(3)).clamp(-1.0, 1.0) };
    let angle = (std::f64::consts::PI + ratio.acos()) / 3.0;
    let low = (-d).max(0.0);
    (2.0 * p * angle.cos() - a / 3.0).clamp(low, (1.0 - d).min(1.0).max(low))
}

fn exact(baseline: Counts, candidate: Counts, alpha: f64) -> (f64, f64) {
    let ((l0, u0), (l1, u1)) = (clopper_pearson(baseline, alpha), clopper_pearson(candidate, alpha));
    let (p0, p1) = (baseline.rate(), candidate.rate());
    let low = p1 - p0 - ((p1 - l1).powi(2) + (u0 - p0).powi(2)).sqrt();
    let high = p1 - p0 + ((u1 - p1).powi(2) + (p0 - l0).powi(2)).sqrt();
    (low.max(-1.0), high.min(1.0))
}

/// Exact one-sided limits of a rate.
pub fn clopper_pearson(side: Counts, alpha: f64) -> (f64, f64) {
    let (n, x) = (side.total.round(), side.failed.round());
    let low = if x <= 0.0 { 0.0 } else { beta_quantile(alpha, x, n - x + 1.0) };
    let high = if x >= n { 1.0 } else { beta_quantile(1.0 - alpha, x + 1.0, n - x) };
    (low, high)
}

/// Fisher's exact probability of as many failures at the candidate's side, or more.
pub(super) fn fisher(baseline: Counts, candidate: Counts) -> f64 {
    let (n1, n0) = (candidate.total.round(), baseline.total.round());
    let (x1, all) = (candidate.failed.round(), candidate.failed.round() + baseline.failed.round());
    let choose = |n: f64, k: f64| ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0);
    let whole = choose(n1 + n0, all);
    let (least, most) = ((all - n0).max(0.0), all.min(n1));
    // The shorter tail is summed: good or bad may be the rare ones, but one of them is.
    let sum = |from: f64, to: f64| {
        let mut p = 0.0;
        let mut k = from;
        while k <= to {
            p += (choose(n1, k) + choose(n0, all - k) - whole).exp();
            k += 1.0;
        }
        p
    };
    if most - x1 <= x1 - least { sum(x1, most).min(1.0) } else { (1.0 - sum(least, x1 - 1.0)).clamp(0.0, 1.0) }
}

/// Transactions a side that it takes to prove, with error `alpha` and probability `power`, that failures rose from one rate to
/// another. 0.05 % to 0.15 % at 0.01 and 0.9 takes 26,000.
pub fn needed(from: f64, to: f64, alpha: f64, power: f64) -> f64 {
    let middle = f64::midpoint(from, to);
    let (a, b) = (normal_quantile(1.0 - alpha), normal_quantile(power));
    let null = (2.0 * middle * (1.0 - middle)).sqrt();
    let other = (from * (1.0 - from) + to * (1.0 - to)).sqrt();
    ((a * null + b * other) / (to - from)).powi(2).ceil()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(total: f64, failed: f64) -> Counts {
        Counts { total, failed }
    }

    /// Newcombe (1998), table II: 56/70 − 48/80, Miettinen–Nurminen at 95 %: 0.0528 to 0.3382.
    #[test]
    fn interval_is_that_of_the_paper() {
        let d = difference(counts(80.0, 48.0), counts(70.0, 56.0), Dispersion::NONE, 0.025).unwrap();
        assert!((d.low - 0.0528).abs() < 1e-4 && (d.high - 0.3382).abs() < 1e-4, "{d:?}");
    }

    #[test]
    fn nothing_failed_still_has_a_limit() {
        let d = difference(counts(3_000.0, 0.0), counts(3_000.0, 0.0), Dispersion::NONE, 0.01).unwrap();
        assert!(d.exact && d.low < 0.0 && (0.001..0.002).contains(&d.high), "{d:?}");
        assert!(difference(counts(0.0, 0.0), counts(5.0, 0.0), Dispersion::NONE, 0.01).is_none());
    }

    #[test]
    fn fisher_is_fisher() {
        // R: fisher.test(matrix(c(8,2,1,9),2), alternative="greater")$p.value
        assert!((fisher(counts(10.0, 1.0), counts(10.0, 8.0)) - 0.002_738_6).abs() < 1e-6);
        assert!((fisher(counts(10.0, 8.0), counts(10.0, 1.0)) - 0.999_94).abs() < 1e-4);
    }

    #[test]
    fn stated_number_is_needed() {
        assert!((25_900.0..26_100.0).contains(&needed(0.0005, 0.0015, 0.01, 0.9)), "{}", needed(0.0005, 0.0015, 0.01, 0.9));
    }

    #[test]
    fn minutes_that_differ_are_seen() {
        let even: Vec<Counts> = (0..60).map(|i| counts(1_000.0, 5.0 + f64::from(i % 3))).collect();
        assert_eq!(Dispersion::of(&even, &even), Dispersion::NONE);
        let wild: Vec<Counts> = (0..60).map(|i| counts(1_000.0, if i % 10 == 0 { 60.0 } else { 1.0 })).collect();
        assert!(Dispersion::of(&wild, &wild).factor > 10.0);
        assert_eq!(Dispersion::of(&even, &wild), Dispersion::NONE, "an outage of the candidate is no excuse");
    }
}
