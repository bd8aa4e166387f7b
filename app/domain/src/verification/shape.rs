//! Whether a measure is spread otherwise than it was, wherever its middle lies. Only warns.

use crate::statistics::{
    series::{median, sorted},
    special::beta_below,
};

/// Brown & Forsythe (1974): the probability that chance alone makes the distances from the medians differ so.
pub fn spread(baseline: &[f64], candidate: &[f64], dependence: f64) -> f64 {
    let distances = |sorted: &[f64]| -> Vec<f64> {
        let middle = median(sorted);
        sorted.iter().map(|x| (x - middle).abs()).collect()
    };
    let (a, b) = (distances(baseline), distances(candidate));
    let (m, n) = (a.len() as f64, b.len() as f64);
    if m < 4.0 || n < 4.0 {
        return 1.0;
    }
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (ma, mb) = (mean(&a), mean(&b));
    let all = (ma * m + mb * n) / (m + n);
    let between = m * (ma - all).powi(2) + n * (mb - all).powi(2);
    let within = a.iter().map(|x| (x - ma).powi(2)).sum::<f64>() + b.iter().map(|x| (x - mb).powi(2)).sum::<f64>();
    let df = m + n - 2.0;
    if within <= 0.0 {
        return if between > 1e-12 * all * all { 0.0 } else { 1.0 };
    }
    let f = between * df / within / dependence.max(1.0);
    beta_below(df / (df + f), df / 2.0, 0.5)
}

/// Cramér & von Mises (Anderson, 1962), of both sides moved to one median: the probability that chance alone makes so much.
pub fn form(baseline: &[f64], candidate: &[f64], dependence: f64) -> f64 {
    let (m, n) = (baseline.len(), candidate.len());
    if m < 8 || n < 8 {
        return 1.0;
    }
    let (ma, mb) = (median(baseline), median(candidate));
    let a: Vec<f64> = baseline.iter().map(|x| x - ma).collect();
    let b: Vec<f64> = candidate.iter().map(|x| x - mb).collect();
    let mut all: Vec<f64> = a.iter().chain(&b).copied().collect();
    all = sorted(&all);
    let below = |sorted: &[f64], x: f64| sorted.partition_point(|v| *v <= x) as f64 / sorted.len() as f64;
    let sum: f64 = all.iter().map(|x| (below(&a, *x) - below(&b, *x)).powi(2)).sum();
    let (mf, nf) = (m as f64, n as f64);
    let t = sum * mf * nf / (mf + nf).powi(2) / dependence.max(1.0);
    cramer_von_mises_above(t)
}

/// Above which share the limiting statistic lies: its table (Anderson & Darling, 1952), logarithms between.
fn cramer_von_mises_above(t: f64) -> f64 {
    const TABLE: [(f64, f64); 8] = [
        (0.0, 1.0),
        (0.118_88, 0.5),
        (0.209_39, 0.25),
        (0.347_30, 0.1),
        (0.461_36, 0.05),
        (0.743_46, 0.01),
        (1.167_86, 0.001),
        (1.603, 1e-4),
    ];
    let next = TABLE.iter().position(|(at, _)| *at >= t).unwrap_or(TABLE.len() - 1).max(1);
    let ((t0, p0), (t1, p1)) = (TABLE[next - 1], TABLE[next]);
    (p0.ln() + (t - t0) / (t1 - t0) * (p1.ln() - p0.ln())).exp().min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_humps_are_another_shape() {
        let one: Vec<f64> = (0..100).map(|i| 90.0 + f64::from(i) / 5.0).collect();
        let two: Vec<f64> = (0..100).map(|i| if i < 50 { 60.0 } else { 140.0 } + f64::from(i % 50) / 50.0).collect();
        assert!(form(&one, &two, 1.0) < 0.001 && spread(&one, &two, 1.0) < 0.001);
        assert!(form(&one, &one, 1.0) > 0.9 && spread(&one, &one, 1.0) > 0.9);
        assert!((cramer_von_mises_above(0.743_46) - 0.01).abs() < 1e-9);
    }
}
