//! Latency quantiles with a bounded relative error that can be added up: DDSketch (Masson, Rim, Lee, VLDB 2019,
//! <https://arxiv.org/abs/1908.10693>) with α = 1 %.
//!
//! A value falls into bin `⌈log_γ v⌉`, γ = (1+α)/(1−α), and is read back as the bin's middle `2γ^k/(γ+1)`, at most 1 % off. The
//! bins are fixed (1 µs to 24 h), so cells store only the bins that are used and adding two cells is adding counts; the
//! dense form here exists only while a page is being computed.

/// Relative error of a quantile.
const ALPHA: f64 = 0.01;
/// γ.
const GAMMA: f64 = (1.0 + ALPHA) / (1.0 - ALPHA);
/// Bins; number 0 holds everything up to 1 µs.
pub const BINS: u16 = 1_300;
/// Distance from `log_γ` of milliseconds to the bin's number.
const SHIFT: i32 = 346;

/// The bin of a latency in milliseconds; 0 where it is zero, negative or not a number.
pub fn bin_of(ms: f64) -> u16 {
    if ms.is_nan() || ms <= 0.001 {
        return 0;
    }
    let index = (ms.ln() / GAMMA.ln()).ceil();
    #[expect(clippy::cast_possible_truncation, reason = "clamped first")]
    let index = index.clamp(-1e6, 1e6) as i32 + SHIFT;
    u16::try_from(index.clamp(1, i32::from(BINS) - 1)).unwrap_or(0)
}

/// The latency in milliseconds that a bin stands for.
pub fn bin_value(bin: u16) -> f64 {
    if bin == 0 { 0.0 } else { 2.0 * GAMMA.powi(i32::from(bin) - SHIFT) / (GAMMA + 1.0) }
}

/// Counts by bin while a page is being computed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sketch {
    counts: Vec<u64>,
    total: u64,
}

impl Sketch {
    /// Adds counts of one bin.
    pub fn add(&mut self, bin: u16, count: u64) {
        if self.counts.is_empty() {
            self.counts = vec![0; usize::from(BINS)];
        }
        if let Some(slot) = self.counts.get_mut(usize::from(bin)) {
            *slot += count;
            self.total += count;
        }
    }

    /// Adds everything that another one holds.
    pub fn merge(&mut self, other: &Self) {
        for (bin, count) in (0..).zip(&other.counts).filter(|(_, count)| **count > 0) {
            self.add(bin, *count);
        }
    }

    /// How many values are at most this, in milliseconds; those up to 2 % beyond may be among them, as they share its bin.
    pub fn within(&self, ms: f64) -> u64 {
        self.counts.iter().take(usize::from(bin_of(ms)) + 1).sum()
    }

    /// How many values it holds.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The value below which a share `q` (0 to 1) of the values lies, in milliseconds; `None` where it holds nothing.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        if self.total == 0 {
            return None;
        }
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank within the total")]
        let rank = (q.clamp(0.0, 1.0) * (self.total - 1) as f64) as u64;
        let mut seen = 0;
        let bin = self.counts.iter().position(|count| {
            seen += count;
            seen > rank
        })?;
        u16::try_from(bin).ok().map(bin_value)
    }
}

/// Counts by bin, of those bins that hold any: what is kept of a sketch where there are many.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bins(Vec<(u16, u64)>);

impl Bins {
    /// The bins in order, and how many values each holds.
    pub fn counts(&self) -> &[(u16, u64)] {
        &self.0
    }

    /// How many values they hold.
    pub fn total(&self) -> u64 {
        self.0.iter().map(|(_, count)| count).sum()
    }

    /// What several hold.
    pub fn together(all: &[Self]) -> Self {
        let mut sums = std::collections::BTreeMap::<u16, u64>::new();
        all.iter().flat_map(Self::counts).for_each(|(bin, count)| *sums.entry(*bin).or_default() += count);
        Self(sums.into_iter().collect())
    }

    /// The [`place`] of a share of the values.
    pub(crate) fn place(&self, q: f64) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
        let counts = self.0.iter().map(|(bin, count)| (*bin, *count as f64));
        place(counts, q)
    }

    /// Where a share `q` of the values lies below, in milliseconds, between the edges of its bin; `None` where they hold nothing.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        self.place(q).map(value_at)
    }
}

impl FromIterator<f64> for Bins {
    /// Latencies in milliseconds.
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut sums = std::collections::BTreeMap::<u16, u64>::new();
        values.into_iter().for_each(|ms| *sums.entry(bin_of(ms)).or_default() += 1);
        Self(sums.into_iter().collect())
    }
}

impl From<&Sketch> for Bins {
    fn from(sketch: &Sketch) -> Self {
        Self((0..).zip(&sketch.counts).filter(|(_, count)| **count > 0).map(|(bin, count)| (bin, *count)).collect())
    }
}

/// Where a share `q` of what bins hold lies below: the number of a bin, and how far from its lower edge to its upper one;
/// `None` where they hold nothing.
pub fn place(counts: impl Iterator<Item = (u16, f64)> + Clone, q: f64) -> Option<f64> {
    let rank = q.clamp(0.0, 1.0) * counts.clone().map(|(_, count)| count).sum::<f64>();
    let (mut below, mut last) = (0.0, None);
    for (bin, count) in counts.filter(|(_, count)| *count > 0.0) {
        if below + count >= rank {
            return Some(f64::from(bin) + ((rank - below) / count).clamp(0.0, 1.0));
        }
        below += count;
        last = Some(f64::from(bin) + 1.0);
    }
    last
}

/// The latency in milliseconds at a [`place`].
pub fn value_at(place: f64) -> f64 {
    if place < 1.0 { 0.0 } else { GAMMA.powf(place - 1.0 - f64::from(SHIFT)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn edges_have_a_bin() {
        assert_eq!(bin_of(0.0), 0);
        assert_eq!(bin_of(f64::NAN), 0);
        assert_eq!(bin_of(-3.0), 0);
        assert_eq!(bin_of(f64::INFINITY), BINS - 1);
        assert_eq!(Sketch::default().quantile(0.5), None);
    }

    proptest! {
        #[test]
        fn what_lies_within_is_counted_and_little_more(values in prop::collection::vec(0.01_f64..60_000.0, 0..400), ms in 0.01_f64..60_000.0) {
            let mut sketch = Sketch::default();
            for v in &values {
                sketch.add(bin_of(*v), 1);
            }
            let least = values.iter().filter(|v| **v <= ms).count() as u64;
            let most = values.iter().filter(|v| **v <= ms * GAMMA * 1.000_001).count() as u64;
            prop_assert!((least..=most).contains(&sketch.within(ms)), "{} not in {least}..={most}", sketch.within(ms));
        }

        #[test]
        fn quantiles_are_within_one_percent(mut values in prop::collection::vec(0.01_f64..60_000.0, 1..400), q in 0.0_f64..1.0) {
            let mut sketch = Sketch::default();
            for v in &values {
                sketch.add(bin_of(*v), 1);
            }
            values.sort_by(f64::total_cmp);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "q lies within 0 and 1, the length is below 400")]
            let exact = values[(q * (values.len() - 1) as f64) as usize];
            let got = sketch.quantile(q).unwrap();
            prop_assert!((got - exact).abs() <= exact * 0.0101, "{got} against {exact}");
            let between = Bins::from(&sketch).quantile(q).unwrap();
            prop_assert!(values.iter().any(|v| (between - v).abs() <= v * 0.0203), "{between} lies near no value");
        }
    }
}
