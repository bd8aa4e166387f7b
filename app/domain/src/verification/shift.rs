//! A measure that moved: by how much, and how sure that is.
//!
//! The *shift* is Hodges & Lehmann's: the median of all differences between a point of the candidate and one of the baseline,
//! with limits from the ranks of those differences: exact ones (Mann & Whitney) for few points, else with the greater of the
//! variances of Mann–Whitney and Brunner–Munzel (Biometrical Journal 42, 2000; right when both sides spread differently),
//! and times the [dependence](crate::statistics::series::dependence) of the points. Few points are also judged by their *mean*
//! (Welch), many by quantiles of the *tail*, for a median does not see what happens to the slowest.

use crate::statistics::{
    random::Chance,
    series::{dependence, median, quantile, ranks, sorted},
    special::{normal_above, normal_quantile, place, student_above, student_quantile},
};

/// Points of a side that take part in all differences: beyond these, evenly chosen ones of the sorted.
const PAIRED: usize = 500;
/// Pairs up to which the distribution of Mann and Whitney is counted out.
const COUNTED: usize = 400;
/// Points up to which blocks are drawn.
const DRAWN: usize = 2_000;
/// Times they are drawn.
const DRAWS: usize = 399;

/// A difference, candidate less baseline, with one-sided limits; infinite ones where the points do not suffice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift {
    /// The best guess.
    pub estimate: f64,
    /// Lower limit, missed with probability α.
    pub low: f64,
    /// Upper limit, missed with probability α.
    pub high: f64,
    /// Error of the estimate as a fraction of the distance between estimate and lower limit; quantile that made the limits.
    pub(super) quantile: f64,
    pub(super) df: f64,
}

impl Shift {
    /// The probability of so great a difference where the true one is `least` at most.
    pub fn p_beyond(&self, least: f64) -> f64 {
        if !self.low.is_finite() {
            return 1.0;
        }
        let off = self.estimate - least;
        if self.estimate <= self.low {
            return if off > 0.0 { 1e-9 } else { 1.0 };
        }
        student_above(off / ((self.estimate - self.low) / self.quantile), self.df)
    }
}

/// Both sides, looked at once.
pub struct Sides {
    before: Vec<f64>,
    after: Vec<f64>,
    baseline: Vec<f64>,
    candidate: Vec<f64>,
    /// [Dependence](crate::statistics::series::dependence) of the baseline's points and the candidate's.
    pub dependence: (f64, f64),
}

impl Sides {
    /// Two series, each in the order of time.
    pub fn new(before: Vec<f64>, after: Vec<f64>) -> Self {
        let dependence = (dependence(&before), dependence(&after));
        let (baseline, candidate) = (sorted(&before), sorted(&after));
        Self { before, after, baseline, candidate, dependence }
    }

    /// The baseline in order.
    pub fn baseline(&self) -> &[f64] {
        &self.baseline
    }

    /// The candidate in order.
    pub fn candidate(&self) -> &[f64] {
        &self.candidate
    }

    /// Points of the shorter side.
    pub fn fewest(&self) -> usize {
        self.before.len().min(self.after.len())
    }

    fn known(&self) -> (f64, f64) {
        (self.before.len() as f64 / self.dependence.0, self.after.len() as f64 / self.dependence.1)
    }

    /// By how much the candidate's points lie higher.
    pub fn shift(&self, alpha: f64) -> Shift {
        let (m, n) = (self.before.len(), self.after.len());
        if m == 0 || n == 0 {
            return Shift { estimate: 0.0, low: f64::NEG_INFINITY, high: f64::INFINITY, quantile: 1.0, df: 1.0 };
        }
        let differences = differences(&thinned(&self.baseline), &thinned(&self.candidate));
        let estimate = median(&differences);
        let free = self.dependence.0.max(self.dependence.1) <= 1.0;
        if m * n <= COUNTED && free {
            let (from, p) = counted(m, n, alpha);
            let (low, high) = match from {
                0 => (f64::NEG_INFINITY, f64::INFINITY),
                from => (differences[from - 1], differences[differences.len() - from]),
            };
            // The quantile for probabilities between: of the normal distribution, at what the limits really keep.
            let quantile = normal_quantile(1.0 - p.max(1e-12)).max(0.1);
            return Shift { estimate, low, high, quantile, df: f64::INFINITY };
        }
        let (deviation, df) = self.rank_deviation();
        let t = student_quantile(1.0 - alpha, df);
        let reach = t * deviation;
        let at = |share: f64| if (0.0..=1.0).contains(&share) { Some(quantile(&differences, share)) } else { None };
        let low = at(0.5 - reach).unwrap_or(f64::NEG_INFINITY);
        let high = at(0.5 + reach).unwrap_or(f64::INFINITY);
        Shift { estimate, low, high, quantile: t, df }
    }

    /// Deviation of the share of pairs in which the candidate is the higher, and its degrees of freedom.
    fn rank_deviation(&self) -> (f64, f64) {
        let (m, n) = (self.before.len(), self.after.len());
        let (mf, nf) = (m as f64, n as f64);
        let (known_m, known_n) = self.known();
        let together: Vec<f64> = self.before.iter().chain(&self.after).copied().collect();
        let all = ranks(&together);
        let placements = |all: &[f64], own: &[f64], others: f64| -> f64 {
            let own = ranks(own);
            let places: Vec<f64> = all.iter().zip(own).map(|(a, o)| (a - o) / others).collect();
            let mean = places.iter().sum::<f64>() / places.len() as f64;
            places.iter().map(|place| (place - mean).powi(2)).sum::<f64>() / (places.len() as f64 - 1.0).max(1.0)
        };
        let (a, b) = (placements(&all[..m], &self.before, nf) / known_m, placements(&all[m..], &self.after, mf) / known_n);
        let null = (1.0 / known_m + 1.0 / known_n) / 12.0;
        let df = if a + b > 0.0 {
            (a + b).powi(2) / (a * a / (known_m - 1.0).max(1.0) + b * b / (known_n - 1.0).max(1.0))
        } else {
            known_m + known_n - 2.0
        };
        ((a + b).max(null).sqrt(), df.max(2.0))
    }

    /// By how much the candidate's mean is higher (Welch).
    pub fn mean(&self, alpha: f64) -> Shift {
        let side = |values: &[f64], known: f64| {
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n.max(1.0);
            let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
            (mean, variance / known.max(1.0))
        };
        let (m, n) = self.known();
        let ((a, va), (b, vb)) = (side(&self.before, m), side(&self.after, n));
        let v = va + vb;
        let df = if v > 0.0 { v * v / (va * va / (m - 1.0).max(1.0) + vb * vb / (n - 1.0).max(1.0)) } else { m + n - 2.0 };
        let df = df.max(1.0);
        let t = student_quantile(1.0 - alpha, df);
        let reach = if self.fewest() < 2 { f64::INFINITY } else { t * v.sqrt() };
        Shift { estimate: b - a, low: b - a - reach, high: b - a + reach, quantile: t, df }
    }

    /// The highest of these quantiles beyond which enough points lie to say where it is, `None` below 16 points.
    pub fn tails(&self, alpha: f64) -> Vec<f64> {
        let z = normal_quantile(1.0 - alpha);
        let known = { self.known().0.min(self.known().1) };
        let sure = |share: f64| known * (1.0 - share) >= z * z * share;
        let mut tails: Vec<f64> = [0.95, 0.99].into_iter().filter(|share| sure(*share)).collect();
        if tails.is_empty() {
            tails.extend([0.9, 0.75].into_iter().find(|share| sure(*share)));
        }
        tails
    }

    /// By how much a quantile of the candidate is higher. Each side's limits are the wider of two: of order statistics, which
    /// suppose nothing of the distribution, and of a bootstrap of moving blocks (Künsch, 1989), which keeps what hangs together.
    pub fn tail(&self, share: f64, alpha: f64) -> Shift {
        let z = normal_quantile(1.0 - alpha);
        let side = |values: &[f64], sorted: &[f64], dependence: f64, seed: u64| {
            let n = values.len() as f64;
            let reach = z * (share * (1.0 - share) * dependence / n).sqrt();
            let (mut low, mut high) = (quantile(sorted, share - reach), quantile(sorted, share + reach));
            if values.len() <= DRAWN {
                let drawn = drawn(values, share, dependence, seed);
                let middle = quantile(sorted, share);
                let mean = drawn.iter().sum::<f64>() / drawn.len() as f64;
                let deviation = (drawn.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / drawn.len() as f64).sqrt();
                low = low.min(middle - z * deviation);
                high = high.max(middle + z * deviation);
            }
            (low, quantile(sorted, share), high)
        };
        let (l0, q0, u0) = side(&self.before, &self.baseline, self.dependence.0, 1);
        let (l1, q1, u1) = side(&self.after, &self.candidate, self.dependence.1, 2);
        let estimate = q1 - q0;
        let low = estimate - (q1 - l1).hypot(u0 - q0);
        let high = estimate + (u1 - q1).hypot(q0 - l0);
        Shift { estimate, low, high, quantile: z, df: f64::INFINITY }
    }
}

fn thinned(sorted: &[f64]) -> Vec<f64> {
    if sorted.len() <= PAIRED {
        return sorted.to_vec();
    }
    (0..PAIRED).map(|i| quantile(sorted, (i as f64 + 0.5) / PAIRED as f64)).collect()
}

fn differences(baseline: &[f64], candidate: &[f64]) -> Vec<f64> {
    let mut all: Vec<f64> = candidate.iter().flat_map(|c| baseline.iter().map(move |b| c - b)).collect();
    all.sort_unstable_by(f64::total_cmp);
    all
}

/// The greatest k such that the k-th smallest difference lies above the true shift with probability `alpha` at most, and that
/// probability; from the number of ways in which Mann and Whitney's U comes about.
fn counted(m: usize, n: usize, alpha: f64) -> (usize, f64) {
    // ways[j][u]: of choosing j of the first i places with the statistic u.
    let most = m * n;
    let mut ways = vec![vec![0.0f64; most + 1]; m + 1];
    ways[0][0] = 1.0;
    for i in 1..=m + n {
        for j in (1..=m.min(i)).rev() {
            let add = i - j;
            if add > n {
                continue;
            }
            let (before, after) = ways.split_at_mut(j);
            for u in (add..=most).rev() {
                after[0][u] += before[j - 1][u - add];
            }
        }
    }
    let all: f64 = ways[m].iter().sum();
    let (mut sum, mut kept) = (0.0, 0.0);
    for (k, way) in ways[m].iter().enumerate() {
        sum += way / all;
        if sum > alpha {
            return (k, kept);
        }
        kept = sum;
    }
    (most, kept)
}

/// The quantile of series put together of blocks of this one.
fn drawn(values: &[f64], share: f64, dependence: f64, seed: u64) -> Vec<f64> {
    let n = values.len();
    let length = place((n as f64).cbrt().max(2.0 * dependence).ceil(), (n / 3).max(1)).max(1);
    let mut chance = Chance::new(seed);
    let mut series = Vec::with_capacity(n + length);
    (0..DRAWS)
        .map(|_| {
            series.clear();
            while series.len() < n {
                let from = chance.below(n - length + 1);
                series.extend_from_slice(&values[from..from + length]);
            }
            series.truncate(n);
            let at = place((share * (n - 1) as f64).round(), n - 1);
            *series.select_nth_unstable_by(at, f64::total_cmp).1
        })
        .collect()
}

/// The probability, two-sided, that the candidate's points tend to lie elsewhere at all; for warnings.
pub fn p_elsewhere(shift: &Shift) -> f64 {
    let p = shift.p_beyond(0.0);
    if p.is_nan() { normal_above(0.0) } else { 2.0 * p.min(1.0 - p) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R: wilcox.test(c(1.1,2.2,3.3,4.4,5.5)+2, c(1.1,2.2,3.3,4.4,5.5), conf.int=TRUE) has estimate 2.
    #[test]
    fn shift_is_found() {
        let base = vec![1.1, 2.2, 3.3, 4.4, 5.5];
        let moved: Vec<f64> = base.iter().map(|x| x + 2.0).collect();
        let shift = Sides::new(base, moved).shift(0.01);
        assert!((shift.estimate - 2.0).abs() < 1e-9);
        // With five and five points the two most extreme of 252 orders are as rare as 1 %.
        assert!((shift.low - (4.2 - 5.5)).abs() < 1e-9, "{shift:?}");
    }

    #[test]
    fn counting_is_that_of_the_tables() {
        // Critical value at 10 and 10, one-sided 1 %: U = 19.
        assert_eq!(counted(10, 10, 0.01).0, 20);
        assert_eq!(counted(3, 3, 0.01).0, 0);
        assert_eq!(counted(5, 5, 0.01).0, 2);
    }

    #[test]
    fn tail_moves_where_the_median_does_not() {
        let mut chance = Chance::new(9);
        let base: Vec<f64> = (0..300).map(|_| 100.0 + chance.normal()).collect();
        let two: Vec<f64> = (0..300).map(|i| if i % 2 == 0 { 60.0 } else { 140.0 } + chance.normal()).collect();
        let sides = Sides::new(base, two);
        assert_eq!(sides.tails(0.01), [0.95]);
        assert!(sides.tail(0.95, 0.01).low > 35.0);
    }
}
