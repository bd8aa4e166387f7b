//! Chance that is the same every time: SplitMix64 (Steele, Lea, Flood, 2014).

/// A stream of random numbers.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number in `[0, 1)`.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    pub fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A whole number in `[0, n)`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }

    /// How many events happen where `mean` are expected (Knuth; `mean` is small).
    pub fn events(&mut self, mean: f64) -> u32 {
        let (limit, mut product, mut count) = ((-mean).exp(), self.share(), 0);
        while product > limit {
            product *= self.share();
            count += 1;
        }
        count
    }

    /// A place in a list of running sums.
    pub fn place(&mut self, sums: &[f64]) -> usize {
        let at = self.share() * sums.last().copied().unwrap_or(1.0);
        sums.partition_point(|sum| *sum <= at).min(sums.len().saturating_sub(1))
    }
}

/// Running sums of weights.
pub fn sums(weights: impl IntoIterator<Item = f64>) -> Vec<f64> {
    weights
        .into_iter()
        .scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_repeats_and_means_are_kept() {
        assert_eq!(Dice::new(7).below(1_000), Dice::new(7).below(1_000));
        let mut dice = Dice::new(1);
        let total: u32 = (0..20_000).map(|_| dice.events(1.5)).sum();
        assert!((28_000..32_000).contains(&total), "{total}");
        let places = sums([1.0, 3.0]);
        let second = (0..10_000).filter(|_| dice.place(&places) == 1).count();
        assert!((7_000..8_000).contains(&second), "{second}");
    }
}
