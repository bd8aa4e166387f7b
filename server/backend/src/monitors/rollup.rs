//! Many results as one: counts, and the latency of the answers as a mergeable sketch.
//!
//! DDSketch (Masson, Rim, Lee: "DDSketch: A fast and fully-mergeable quantile sketch with relative-error guarantees", PVLDB
//! 12/12, 2019), relative error 1 %, stored in the compact form of its reference implementation.

use domain::{
    Timestamp,
    monitors::{Cell, CheckResult, Point, Verdict},
};
use sketches_ddsketch::{Config, DDSketch};

/// Relative error of a quantile.
const ALPHA: f64 = 0.01;
/// Most bins of a sketch: six decades of latency.
const BINS: u32 = 2_048;

pub(super) struct Rollup {
    pub(super) cell: Cell,
    /// Results that came with a latency.
    pub(super) answers: i64,
    pub(super) sum_us: i64,
    pub(super) min_us: i64,
    pub(super) max_us: i64,
    sketch: DDSketch,
}

impl Default for Rollup {
    fn default() -> Self {
        let sketch = DDSketch::new(Config::new(ALPHA, BINS, 1.0));
        Self { cell: Cell::default(), answers: 0, sum_us: 0, min_us: 0, max_us: 0, sketch }
    }
}

impl Rollup {
    /// Reads what is stored; empty bytes stand for an empty sketch, and so do those that do not parse: the counts still hold,
    /// and what comes next must not be lost over it.
    pub(super) fn stored(cell: Cell, answers: i64, sum_us: i64, min_us: i64, max_us: i64, sketch: &[u8]) -> Self {
        let sketch = if sketch.is_empty() {
            Self::default().sketch
        } else {
            DDSketch::from_java_bytes(sketch).unwrap_or_else(|error| {
                tracing::error!(%error, "stored sketch does not parse");
                Self::default().sketch
            })
        };
        Self { cell, answers, sum_us, min_us, max_us, sketch }
    }

    pub(super) fn sketch_bytes(&self) -> Vec<u8> {
        if self.answers == 0 { Vec::new() } else { self.sketch.to_java_bytes() }
    }

    pub(super) fn add(&mut self, result: &CheckResult) {
        self.cell.count += 1;
        self.cell.failures += i64::from(result.verdict == Verdict::Down);
        self.cell.unknown += i64::from(result.verdict == Verdict::Unknown);
        let Some(latency) = result.latency_us else { return };
        self.min_us = if self.answers == 0 { latency } else { self.min_us.min(latency) };
        self.max_us = self.max_us.max(latency);
        self.answers += 1;
        self.sum_us += latency;
        #[expect(clippy::cast_precision_loss, reason = "microseconds of a request stay far below 2^52")]
        self.sketch.add(latency as f64);
    }

    /// As a slot of a chart.
    pub(super) fn point(&self, at: Timestamp) -> Point {
        let some = |value: i64| (self.answers > 0).then_some(value);
        Point {
            at,
            cell: self.cell,
            min_us: some(self.min_us),
            p50_us: self.quantile(0.5),
            p95_us: self.quantile(0.95),
            p99_us: self.quantile(0.99),
            max_us: some(self.max_us),
        }
    }

    /// The sketch's answer, never outside of what was seen.
    fn quantile(&self, q: f64) -> Option<i64> {
        #[expect(clippy::cast_possible_truncation, reason = "clamped to what was seen")]
        let value = self.sketch.quantile(q).ok().flatten()?.round() as i64;
        (self.answers > 0).then(|| value.clamp(self.min_us, self.max_us))
    }
}

#[cfg(test)]
mod tests {
    use domain::monitors::Reason;

    use super::*;

    #[test]
    fn a_sketch_that_was_stored_goes_on_growing() {
        let mut rollup = Rollup::default();
        for i in 1..=1_000 {
            let verdict = if i % 10 == 0 { Verdict::Down } else { Verdict::Up };
            let mut result = CheckResult::bare(Timestamp(i), verdict, Reason::Fine, "");
            result.latency_us = Some(i * 100);
            rollup.add(&result);
            rollup = Rollup::stored(rollup.cell, rollup.answers, rollup.sum_us, rollup.min_us, rollup.max_us, &rollup.sketch_bytes());
        }
        let point = rollup.point(Timestamp(0));
        assert_eq!((point.cell.count, point.cell.failures), (1_000, 100));
        assert_eq!((rollup.sum_us, point.min_us, point.max_us), (50_050_000, Some(100), Some(100_000)));
        for (quantile, exact) in [(point.p50_us, 50_000_i64), (point.p95_us, 95_000), (point.p99_us, 99_000)] {
            let off = (quantile.unwrap() - exact).abs();
            assert!(off <= exact / 90, "{quantile:?} against {exact}");
        }
        assert!(rollup.sketch_bytes().len() < 1_500, "{}", rollup.sketch_bytes().len());
    }

    #[test]
    fn results_without_an_answer_have_no_latency() {
        let mut rollup = Rollup::default();
        rollup.add(&CheckResult::bare(Timestamp(0), Verdict::Unknown, Reason::Dns, ""));
        assert_eq!(rollup.point(Timestamp(0)).p50_us, None);
        assert!(rollup.sketch_bytes().is_empty());
    }
}
