//! What is missing of a metric: it keeps it from passing, or is only told.
//!
//! What timed out often leaves no number. So where notably more of the candidate is missing than of the baseline nothing passes,
//! however little it is; what is missing of both sides alike is told.

use super::{Judged, Verdict};
use crate::verification::{
    rate::{Counts, fisher},
    sheet::{Metric, Points},
    warning::Warning,
};

/// Points of a side that are not there, beyond which nothing passes.
pub const MISSING: f64 = 0.1;
/// The same where the baseline's are missing as well.
const USUAL: f64 = 0.2;
/// Points of the candidate that are not there, beyond which nothing passes where so many times fewer of the baseline are missing.
const ALONE: (f64, f64) = (0.01, 2.0);
/// Probability of as many more by chance, below which they are more than that.
const CHANCE: f64 = 0.01;

/// Looks.
pub(super) fn look(metric: &Metric, judged: &mut Judged) {
    let (baseline, candidate) = (metric.missing_baseline, metric.missing_candidate);
    if judged.n_baseline == 0.0 || judged.n_candidate == 0.0 {
        judged.warnings.push(Warning::NoData { candidate: judged.n_candidate == 0.0 });
        judged.verdict = Verdict::Inconclusive;
    } else if candidate > baseline.clamp(MISSING, USUAL) || more(metric) {
        judged.warnings.push(Warning::Missing { baseline, candidate });
        judged.verdict = Verdict::Inconclusive;
    } else if candidate > 0.0 || baseline > 0.0 {
        judged.warnings.push(Warning::Gaps(baseline, candidate));
        if baseline > 0.5 {
            judged.verdict = Verdict::Inconclusive;
        }
    }
    if metric.shorter > 0.0 {
        judged.warnings.push(Warning::Shorter(metric.shorter));
    }
}

/// Whether notably more of the candidate is missing than of the baseline: much that the baseline does not lack, or more than chance makes.
fn more(metric: &Metric) -> bool {
    let (baseline, candidate) = (metric.missing_baseline, metric.missing_candidate);
    let (before, after) = match &metric.points {
        Points::Rate { baseline, candidate } => (baseline.len(), candidate.len()),
        Points::Measure { baseline, candidate } => (baseline.len(), candidate.len()),
        Points::Quantile { baseline, candidate, .. } => (baseline.len(), candidate.len()),
    };
    let side = |there: usize, missing: f64| {
        let total = there as f64 / (1.0 - missing).max(0.01);
        Counts { total: total.round(), failed: (total * missing).round() }
    };
    let alone = candidate > ALONE.0 && candidate > ALONE.1 * baseline;
    alone || (candidate > baseline && fisher(side(before, baseline), side(after, candidate)) < CHANCE)
}
