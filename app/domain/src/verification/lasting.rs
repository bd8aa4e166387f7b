//! How long it stays: minutes that hang together tell less than there are of them.
//!
//! Whoever says that something is worse has to reckon with more than was seen of that. Chance has no memory, so whatever
//! correlation residuals show in its own measure is of what differs besides: how much that is and how long it stays gives the
//! variance of a mean over hours (a process with one step of memory seen through counts), and how many independent minutes
//! there really are gives the degrees of freedom of Student's limits. Here the candidate counts in full, up to a factor that
//! no outage hides behind.

use super::rate::{Counts, Dispersion, Pearson};
use crate::statistics::special::solve;

/// Distances between minutes that are looked at, and what each counts less than the one before.
const LAGS: usize = 8;
const FADES: f64 = 0.8;
/// What stays from minute to minute at most.
const MOST_KEPT: f64 = 0.92;
/// Errors of a measure of memory that are added to it: too little is the dearer mistake.
const DOUBT: f64 = 1.0;
/// Factor beyond which the candidate's minutes count only where the baseline's say half as much.
const EXCUSE: f64 = 8.0;
/// Failures among all beyond which they are not few.
const FEW: f64 = 0.0014;
/// Where many fail: dispersion counts where chance makes as much in fewer than this share, memory from so many errors on, and
/// fully after so many more.
const MANY: (f64, f64, f64) = (0.2, 0.5, 0.8);
/// The same where few fail: being wary of what is not there costs most where there is least to see.
const SPARSE: (f64, f64, f64) = (0.005, 2.2, 1.0);
/// Blocks of a side below which nothing is seen.
const BLOCKS: usize = 6;

/// Whether so few fail on both sides that the margin is told from single failures.
pub(super) fn few(before: Counts, after: Counts) -> bool {
    Counts::sum(&[before, after]).rate() < FEW
}

impl Dispersion {
    /// What to reckon with before something is called worse.
    pub fn wary(baseline: &[Counts], candidate: &[Counts]) -> Self {
        let few = few(Counts::sum(baseline), Counts::sum(candidate));
        let (odds, from, ramp) = if few { SPARSE } else { MANY };
        let seen = Self::of(baseline, candidate);
        let mut worst = Self::NONE;
        for length in [1, 3, 9] {
            let sides = [baseline, candidate].map(|rows| Pearson::of(rows, length));
            if sides.iter().all(|side| side.blocks.len() < BLOCKS) {
                break;
            }
            let square = sides.iter().map(|side| side.square).sum();
            worst = worst.or(Self::beyond(&sides, square, odds));
            if length == 1 {
                worst = worst.or(lasting(&sides, from, ramp));
            }
        }
        worst.factor = worst.factor.min(EXCUSE.max(2.0 * seen.factor));
        if few { worst } else { seen.or(worst) }
    }

    /// The greater of two.
    pub(super) fn or(self, other: Self) -> Self {
        if other.factor > self.factor { other } else { self }
    }
}

/// Dispersion and memory of minutes at once, where both together are more than so many errors of what chance makes of them.
fn lasting(sides: &[Pearson; 2], from: f64, ramp: f64) -> Dispersion {
    let mut weights = [FADES; LAGS];
    for lag in 1..LAGS {
        weights[lag] = weights[lag - 1] * FADES;
    }
    let all: f64 = weights.iter().sum();
    let n: f64 = sides.iter().map(|side| side.blocks.len() as f64).sum();
    let products: f64 = sides.iter().map(|side| side.products(&weights)).sum();
    let times = sides.iter().map(|side| side.square).sum::<f64>() / sides.iter().map(|side| side.df).sum::<f64>();
    let expected = sides.iter().map(|side| side.expected).sum::<f64>() / n;
    // A mean that is taken from the points themselves takes one off each sum of products (Kendall, 1954).
    let known = sides.iter().filter(|side| side.blocks.len() > LAGS).count() as f64;
    let seen = (products + known * all) / n;
    let own = 1.0 / (2.0 + 1.0 / expected);
    let error = ((weights.iter().map(|weight| weight * weight).sum::<f64>() + own) / n).sqrt();
    let errors = (seen + own * (times - 1.0)) / error;
    if errors.is_nan() || errors < from {
        return Dispersion::NONE;
    }
    let sure = ((errors - from) / ramp).min(1.0);
    let together = |stays: f64| (1.0 + stays) / (1.0 - stays);
    // The longer it stays the more of it goes into the mean, and is not seen around it.
    let lost = |stays: f64| (2.0 * together(stays) / n).min(0.5);
    let shown = |stays: f64| {
        let kept = 1.0 - lost(stays);
        weights.iter().zip(1..).map(|(weight, lag)| weight * (stays.powi(lag) - lost(stays)) / kept).sum::<f64>()
    };
    let sum = (products / n).max(0.0);
    let excess = (times - 1.0).max(sum / shown(MOST_KEPT)).max(0.0);
    let stays = solve(0.0, MOST_KEPT, |stays| shown(stays) * excess < sum);
    let stays = sure * (stays + DOUBT * ((1.0 - stays * stays) / n).sqrt()).min(MOST_KEPT);
    let together = together(stays);
    Dispersion { factor: 1.0 + sure * excess / (1.0 - lost(stays)) * together, df: (n / together - 2.0).max(4.0) }
}

impl Pearson {
    /// Products of residuals with those that follow them, each distance by its weight; 0 of too few points.
    fn products(&self, weights: &[f64; LAGS]) -> f64 {
        if self.blocks.len() <= LAGS {
            return 0.0;
        }
        let rate = Counts::sum(&self.blocks).rate();
        let residual = |block: &Counts| (block.failed - block.total * rate) / (block.total * rate * (1.0 - rate)).sqrt();
        let off: Vec<f64> = self.blocks.iter().map(residual).collect();
        let at = |lag: usize| off.iter().zip(&off[lag..]).map(|(a, b)| a * b).sum::<f64>();
        (1..).zip(weights).map(|(lag, weight)| weight * at(lag)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::random::Chance;

    fn minutes(chance: &mut Chance, rate: f64, keep: f64) -> Vec<Counts> {
        let mut factor = 1.0;
        (0..120)
            .map(|_| {
                if keep > 0.0 && chance.share() >= keep {
                    factor = chance.gamma(2.0) / 2.0;
                }
                Counts { total: 434.0, failed: f64::from(chance.binomial(434, rate * factor)) }
            })
            .collect()
    }

    #[test]
    fn what_stays_is_reckoned_with_and_chance_is_not() {
        let mut chance = Chance::new(7);
        let plain: Vec<f64> = (0..50).map(|_| (minutes(&mut chance, 0.0005, 0.0), minutes(&mut chance, 0.0015, 0.0))).map(factor).collect();
        assert!(plain.iter().filter(|factor| **factor > 1.0).count() <= 4, "{plain:?}");
        let lasting: Vec<f64> = (0..50).map(|_| (minutes(&mut chance, 0.02, 0.8), minutes(&mut chance, 0.02, 0.8))).map(factor).collect();
        // 8.7 transactions fail a minute, a half of what differs is theirs, and it counts nine times.
        assert!(lasting.iter().filter(|factor| (10.0..200.0).contains(*factor)).count() >= 45, "{lasting:?}");
    }

    fn factor((before, after): (Vec<Counts>, Vec<Counts>)) -> f64 {
        Dispersion::wary(&before, &after).factor
    }

    #[test]
    fn an_outage_is_no_excuse() {
        let calm = minutes(&mut Chance::new(8), 0.005, 0.0);
        let mut out = calm.clone();
        out[30..40].iter_mut().for_each(|row| row.failed = 200.0);
        let spread = Dispersion::wary(&calm, &out);
        assert!((2.0..=EXCUSE).contains(&spread.factor), "{spread:?}");
        let none = [Counts { total: 10.0, failed: 0.0 }; 60];
        assert_eq!(Dispersion::wary(&none, &none), Dispersion::NONE);
    }
}
