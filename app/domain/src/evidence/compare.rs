//! Whether a candidate is as fast as what runs now, from runs of both that took turns.
//!
//! A run counts as one observation: within a run everything hangs together, between runs it is chance of machine and hour,
//! and taking turns gives both sides the same of it. The ratio of the 99th percentiles and that of the throughput are means
//! of logarithms over the runs, with limits of a bootstrap over whole runs, widened as Student's distribution asks of so few.

use serde_json::{Value, json};

use super::{
    Outcome, Reading, Source, turns,
    why::{self, Said},
};
use crate::{
    Timestamp, Wording,
    statistics::{
        random::Chance,
        series::{quantile, sorted},
        special::{normal_quantile, student_quantile},
    },
};

/// Least runs of a side.
pub const RUNS: usize = 5;
const DRAWS: usize = 2_000;

/// What is borne.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// The 99th percentile may be so many times as high: 1.10.
    pub slower: f64,
    /// The throughput may be so many times as low: 0.95.
    pub throughput: f64,
    /// Share of requests that may fail in a run.
    pub failing: f64,
    /// Probability with which each limit is missed.
    pub alpha: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { slower: 1.10, throughput: 0.95, failing: 0.01, alpha: 0.025 }
    }
}

/// Runs of a side that a file is judged by.
const MOST_RUNS: usize = 200;

impl Limits {
    /// Whether something would pass that does not pass by the others.
    pub fn is_laxer(&self, than: &Self) -> bool {
        self.slower > than.slower || self.throughput < than.throughput || self.failing > than.failing || self.alpha > than.alpha
    }
}

/// Candidate ÷ baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    /// Best guess.
    pub estimate: f64,
    /// Lower limit.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
}

/// What the runs have come to.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// In a word.
    pub outcome: Outcome,
    /// Why, in English.
    pub reason: String,
    /// The same for pages.
    pub why: Wording,
    /// What could not be looked at, in English.
    pub warnings: Vec<String>,
    /// The same for pages.
    pub open: Vec<Wording>,
    /// Of the 99th percentiles.
    pub p99: Option<Ratio>,
    /// Of requests a second.
    pub throughput: Option<Ratio>,
    /// What was borne.
    pub limits: Limits,
}

impl Comparison {
    /// What came of it as a line of JSON: the last of what `evenkeel evidence` prints.
    pub fn line(&self) -> Value {
        let ratio = |ratio: Option<Ratio>| ratio.map(|ratio| json!({ "estimate": ratio.estimate, "interval": [ratio.low, ratio.high] }));
        json!({
            "verdict": self.outcome,
            "reason": self.reason,
            "warnings": self.warnings,
            "p99_ratio": ratio(self.p99),
            "throughput_ratio": ratio(self.throughput),
            "limits": { "slower": self.limits.slower, "throughput": self.limits.throughput },
        })
    }

    /// Judges the runs of such a file anew: what stands in its last line is not taken on trust, only what was borne. The runs of
    /// the candidate come with it; `None` where the file has no runs of both sides.
    pub fn again(lines: &[Value], last: &Value) -> Option<(Self, Vec<Reading>)> {
        let side = |name: &str| -> Vec<Reading> {
            let own = lines.iter().filter(|line| line["side"] == name);
            own.take(MOST_RUNS).filter_map(measured).collect()
        };
        let (baseline, candidate) = (side("baseline"), side("candidate"));
        if baseline.is_empty() || candidate.is_empty() {
            return None;
        }
        let usual = Limits::default();
        let borne = |name: &str| last["limits"][name].as_f64().filter(|factor| *factor > 0.0 && *factor < 1e3);
        let (slower, throughput) = (borne("slower").unwrap_or(usual.slower), borne("throughput").unwrap_or(usual.throughput));
        let mut judged = compare(&baseline, &candidate, Limits { slower, throughput, ..usual });
        let bare = |line: &Value| line.get("side").is_some() && line.get("report").is_none() && !line["sha256"].is_string();
        if lines.iter().any(bare) {
            let said = why::no_hashes();
            judged.warnings.push(said.text);
            judged.open.push(said.wording);
        }
        Some((judged, candidate))
    }

    /// All that is to be said of it, in English.
    pub fn told(&self) -> String {
        [std::slice::from_ref(&self.reason), self.warnings.as_slice()].concat().join("\n")
    }
}

/// What a line tells of its run: the report of a run here, or the figures that `evenkeel evidence` printed.
pub(super) fn measured(line: &Value) -> Option<Reading> {
    match line.get("report") {
        Some(report) => super::read(report.to_string().as_bytes()).ok(),
        None => reading(line),
    }
}

/// A run as `evenkeel evidence` writes it in a line.
fn reading(line: &Value) -> Option<Reading> {
    let figure = |name: &str| line.get(name).and_then(Value::as_f64);
    let quantiles = line.get("quantiles_ms")?.as_object()?;
    let mut quantiles: Vec<(f64, f64)> =
        quantiles.iter().filter_map(|(name, ms)| Some((name.strip_prefix('p')?.parse().ok()?, ms.as_f64()?))).collect();
    quantiles.sort_by(|a, b| a.0.total_cmp(&b.0));
    Some(Reading {
        source: line.get("source")?.as_str()?.parse::<Source>().ok()?,
        requests: line.get("requests")?.as_u64()?,
        failed: line.get("failed").and_then(Value::as_u64),
        unread: line.get("unread").and_then(Value::as_u64),
        began_at: line.get("began_at").and_then(Value::as_i64).map(Timestamp),
        offered: figure("offered"),
        facts: line.get("facts").and_then(|facts| serde_json::from_value(facts.clone()).ok()).unwrap_or_default(),
        duration_s: figure("duration_s"),
        rate: figure("rate"),
        min_ms: figure("min_ms"),
        mean_ms: figure("mean_ms"),
        max_ms: figure("max_ms"),
        quantiles,
    })
}

/// Judges runs of both sides.
pub fn compare(baseline: &[Reading], candidate: &[Reading], limits: Limits) -> Comparison {
    let open = turns::unknown(baseline, candidate);
    let judged = |outcome, why: Said, p99, throughput| Comparison {
        outcome,
        reason: why.text,
        why: why.wording,
        warnings: open.iter().map(|said| said.text.clone()).collect(),
        open: open.iter().map(|said| said.wording.clone()).collect(),
        p99,
        throughput,
        limits,
    };
    let invalid = |why: Said| judged(Outcome::Invalid, why, None, None);
    let sides = [("baseline", baseline), ("candidate", candidate)];
    if let Some((side, runs)) = sides.iter().find(|(_, runs)| runs.len() < RUNS) {
        return invalid(why::few_runs(side, runs.len(), RUNS));
    }
    let figures = |runs: &[Reading], figure: fn(&Reading) -> Option<f64>| -> Option<Vec<f64>> {
        runs.iter().map(|run| figure(run).filter(|value| *value > 0.0).map(f64::ln)).collect()
    };
    let p99 = |run: &Reading| run.quantile(99.0);
    let (Some(slow_a), Some(slow_b)) = (figures(baseline, p99), figures(candidate, p99)) else {
        let without = |runs: &[Reading]| runs.iter().position(|run| p99(run).is_none_or(|ms| ms <= 0.0));
        let found = sides.iter().find_map(|(side, runs)| without(runs).map(|place| why::no_p99(side, place, &runs[place])));
        return invalid(found.unwrap_or_else(why::no_throughput));
    };
    let rate = |run: &Reading| run.rate;
    let (Some(rate_a), Some(rate_b)) = (figures(baseline, rate), figures(candidate, rate)) else {
        return invalid(why::no_throughput());
    };
    let shares = |runs: &[Reading]| runs.iter().map(Reading::failing).collect::<Option<Vec<f64>>>();
    let (Some(failing_a), Some(failing_b)) = (shares(baseline), shares(candidate)) else {
        return invalid(why::no_failed());
    };
    if let Some(wrong) = turns::wrong(baseline, candidate) {
        return invalid(wrong);
    }
    if let Some(bad) = failing_a.iter().find(|share| **share > limits.failing) {
        return invalid(why::baseline_fails(*bad));
    }
    let (p99, throughput) = (ratio(&slow_a, &slow_b, limits.alpha, 1), ratio(&rate_a, &rate_b, limits.alpha, 2));
    let failed = failing_b.iter().filter(|share| **share > limits.failing).count();
    let (outcome, why) = if failed * 2 > candidate.len() {
        (Outcome::Regressed, why::failed_runs(failed, candidate.len()))
    } else if p99.low > limits.slower && throughput.low > turns::LOAD {
        (Outcome::Invalid, why::more_load(throughput))
    } else if p99.low > limits.slower {
        (Outcome::Regressed, why::p99_slower(p99))
    } else if throughput.high < limits.throughput {
        (Outcome::Regressed, why::less_throughput(throughput))
    } else if failed > 0 {
        (Outcome::Inconclusive, why::failed_runs(failed, candidate.len()))
    } else if p99.high <= limits.slower && throughput.low >= limits.throughput {
        (Outcome::Passed, why::passed(p99, throughput, limits))
    } else {
        (Outcome::Inconclusive, why::across())
    };
    judged(outcome, why, Some(p99), Some(throughput))
}

fn ratio(a: &[f64], b: &[f64], alpha: f64, seed: u64) -> Ratio {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let estimate = mean(b) - mean(a);
    let mut chance = Chance::new(seed);
    let mut again = |values: &[f64]| (0..values.len()).map(|_| values[chance.below(values.len())]).sum::<f64>() / values.len() as f64;
    let drawn: Vec<f64> = (0..DRAWS).map(|_| again(b) - again(a)).collect();
    let drawn = sorted(&drawn);
    let fewest = a.len().min(b.len()) as f64;
    // The bootstrap of n knows their spread √((n−1)/n) too small, and nothing of how uncertain it is.
    let wider = student_quantile(1.0 - alpha, 2.0 * fewest - 2.0) / normal_quantile(1.0 - alpha) * (fewest / (fewest - 1.0)).sqrt();
    let limit = |share: f64| (estimate + (quantile(&drawn, share) - estimate) * wider).exp();
    Ratio { estimate: estimate.exp(), low: limit(alpha), high: limit(1.0 - alpha) }
}
