//! How much a series of points knows: points that hang together count for fewer.

use super::special::place;

/// Points below which it cannot be told.
const TOO_FEW: usize = 12;
/// Products that are summed at most: of long series only the nearer correlations are looked at.
const STEPS: usize = 20_000_000;

/// The middle of sorted values; 0 of none.
pub fn median(sorted: &[f64]) -> f64 {
    quantile(sorted, 0.5)
}

/// A quantile of sorted values, between two of them (Hyndman & Fan's type 7); 0 of none.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let at = share.clamp(0.0, 1.0) * last as f64;
    let low = place(at, last);
    let (a, b) = (sorted[low], sorted[(low + 1).min(last)]);
    if a == b { a } else { a + (at - low as f64) * (b - a) }
}

/// The values in order.
pub fn sorted(values: &[f64]) -> Vec<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values
}

/// Ranks from 1, equal values sharing theirs.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    while from < order.len() {
        let mut to = from + 1;
        while to < order.len() && values[order[to]] == values[order[from]] {
            to += 1;
        }
        let shared = (from + 1 + to) as f64 / 2.0;
        order[from..to].iter().for_each(|&at| ranks[at] = shared);
        from = to;
    }
    ranks
}

/// By what factor the variance of a mean of these points (in the order of time) is greater than of points that do not hang
/// together: 1 or more. Of ranks, so that one outlier does not hide it. The greater of two views: a process of one step of
/// memory, its correlation freed of the bias of short series (Kendall, 1954), and the sum of correlations until a pair of
/// them is no longer positive (Geyer, 1992).
pub fn dependence(values: &[f64]) -> f64 {
    memory(values, 1.0)
}

/// The same, where the correlation of neighbours counts from so many of its errors on: chance makes 1 in one of six series.
pub fn memory(values: &[f64], from: f64) -> f64 {
    let n = values.len();
    if n < TOO_FEW {
        return 1.0;
    }
    let ranks = ranks(values);
    let count = n as f64;
    let mean = (count + 1.0) / 2.0;
    let off: Vec<f64> = ranks.iter().map(|rank| rank - mean).collect();
    let variance: f64 = off.iter().map(|x| x * x).sum();
    if variance <= 0.0 {
        return 1.0;
    }
    let correlation = |lag: usize| off.iter().zip(&off[lag..]).map(|(a, b)| a * b).sum::<f64>() / variance;
    let first = correlation(1);
    // What chance alone makes of independent points is not taken for memory.
    if first * count.sqrt() < from {
        return 1.0;
    }
    let freed = (count * first + 1.0) / (count - 3.0);
    // Where there is memory beyond doubt it is taken half an error greater than it seems: too little is the dearer mistake.
    let doubt = if first * count.sqrt() > 2.5 { 0.5 * ((1.0 - first * first) / count).sqrt() } else { 0.0 };
    let freed = (freed + doubt).clamp(0.0, 0.98);
    let one_step = (1.0 + freed) / (1.0 - freed);
    let mut sum = 1.0 + 2.0 * first;
    let mut lag = 2;
    let most = (n / 3).min((STEPS / n).max(20));
    while lag + 1 < most {
        let pair = correlation(lag) + correlation(lag + 1);
        if pair <= 0.0 {
            break;
        }
        sum += 2.0 * pair;
        lag += 2;
    }
    one_step.max(sum).clamp(1.0, (count / 4.0).max(1.0))
}

#[cfg(test)]
mod tests {
    use super::{super::random::Chance, *};

    #[test]
    fn memory_is_seen_and_noise_is_not() {
        let mut chance = Chance::new(3);
        let noise: Vec<f64> = (0..400).map(|_| chance.normal()).collect();
        assert!(dependence(&noise) < 1.5);
        let mut at = 0.0;
        let drifting: Vec<f64> = (0..400)
            .map(|_| {
                at = 0.8 * at + chance.normal();
                at
            })
            .collect();
        assert!((4.0..20.0).contains(&dependence(&drifting)), "{}", dependence(&drifting));
    }

    #[test]
    fn ties_share_their_rank() {
        assert_eq!(ranks(&[5.0, 1.0, 5.0, 9.0]), [2.5, 1.0, 2.5, 4.0]);
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 0.5), 2.5);
    }
}
