//! The figures that stand beside a slice: how sure its rate is, and when it began.

/// The 97.5 % quantile of the normal distribution: intervals hold in 95 of 100 cases.
const Z: f64 = 1.959_963_985;
/// What a beginning must explain beyond what was usual, in nats.
const BEGUN: f64 = 3.0;

/// The interval (Wilson 1927) in which the true share lies, of which `hits` of `total` were seen; 0 to 1.
pub fn interval(hits: f64, total: f64) -> Option<(f64, f64)> {
    if total <= 0.0 {
        return None;
    }
    let share = (hits / total).clamp(0.0, 1.0);
    let spread = Z * Z / total;
    let middle = (share + spread / 2.0) / (1.0 + spread);
    let half = Z / (1.0 + spread) * (share * (1.0 - share) / total + spread / (4.0 * total)).sqrt();
    Some(((middle - half).max(0.0), (middle + half).min(1.0)))
}

/// The stretch of the series that sums highest: where it begins, and its sum (CUSUM; Page 1954, with the change at the
/// likeliest place).
fn highest(gains: impl Iterator<Item = f64>) -> (usize, f64) {
    let (mut best, mut sum, mut start) = ((0, 0.0), 0.0, 0);
    for (at, gain) in gains.enumerate() {
        if sum <= 0.0 {
            (sum, start) = (0.0, at);
        }
        sum += gain;
        if sum > best.1 {
            best = (start, sum);
        }
    }
    best
}

/// The slot in which failures began to be more than usual: `series` holds transactions and failures by slot, `usual` is the
/// rate of failures before, `now` the rate since. `None` where no beginning stands out.
pub fn failures_since(series: &[(f64, f64)], usual: f64, now: f64) -> Option<usize> {
    let usual = usual.clamp(1e-6, 0.98);
    let now = now.clamp(usual * 1.2, 0.999).max(usual + 1e-6);
    let (hit, miss) = ((now / usual).ln(), ((1.0 - now) / (1.0 - usual)).ln());
    let (start, sum) = highest(series.iter().map(|(total, failed)| failed * hit + (total - failed) * miss));
    // A slot in which nothing failed is none in which failures began.
    let start = start + series.get(start..)?.iter().position(|(_, failed)| *failed > 0.0)?;
    (sum >= BEGUN).then_some(start)
}

/// The slot in which a count left what was expected of it: `series` holds count and expectation by slot, `ratio` is the one
/// to the other since. `None` where no beginning stands out.
pub fn counts_since(series: &[(f64, f64)], ratio: f64) -> Option<usize> {
    let ratio = ratio.clamp(0.02, 50.0);
    if (ratio - 1.0).abs() < 0.02 {
        return None;
    }
    let (start, sum) = highest(series.iter().map(|(count, expected)| count * ratio.ln() - expected * (ratio - 1.0)));
    (sum >= BEGUN).then_some(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_hold_what_is_likely() {
        let (low, high) = interval(8.0, 10.0).unwrap();
        assert!((low - 0.4902).abs() < 1e-3 && (high - 0.9433).abs() < 1e-3, "{low} {high}");
        assert_eq!(interval(0.0, 0.0), None);
        let (low, high) = interval(0.0, 50.0).unwrap();
        assert!(low == 0.0 && high < 0.08);
    }

    #[test]
    fn beginnings_are_found_to_the_minute() {
        let mut series = vec![(100.0, 1.0); 30];
        series.extend(vec![(100.0, 60.0); 10]);
        assert_eq!(failures_since(&series, 0.01, 0.6), Some(30));
        assert_eq!(failures_since(&series[..30], 0.01, 0.6), None);
        // Few transactions: the first failure counts, not the empty minutes before.
        let few = [(0.0, 0.0), (1.0, 0.0), (0.0, 0.0), (2.0, 2.0), (1.0, 1.0), (2.0, 1.0)];
        assert_eq!(failures_since(&few, 0.02, 0.8), Some(3));
        let mut counts = vec![(100.0, 101.0); 20];
        counts.extend(vec![(8.0, 100.0); 5]);
        assert_eq!(counts_since(&counts, 0.08), Some(20));
        assert_eq!(counts_since(&counts, 1.0), None);
    }
}
