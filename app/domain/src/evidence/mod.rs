//! Evidence: what load tests of other tools measured, and whether a candidate is as fast as what runs now.
//!
//! [`read`] knows the files of k6, JMeter, Gatling, oha, wrk2 and Locust, one module for each; the numbers are those of the
//! tools' own reports. [`compare`] judges runs of baseline and candidate that took turns. [`Evidence`] is what is kept of either
//! beside the artifact that it is about.

mod compare;
mod facts;
mod import;
mod kept;
mod port;
mod record;
mod table;
mod turns;
mod why;

use serde::Serialize;

use crate::{Timestamp, words::words};
pub use compare::{Comparison, Limits, Ratio, compare};
pub use facts::{Facts, composite, differing, facts_text, fingerprint, lacking, read_facts, sound};
pub use import::{Unread, read};
pub use kept::{Kept, KeptRun, kept};
pub use port::Evidences;
pub use record::{EVIDENCE_FIELDS, Evidence, EvidenceKind, EvidenceVerdict, Measured, Submission, read_limit};

words! {
    /// Who measured.
    pub enum Source {
        /// Grafana k6: `--summary-export`, or JSON of `handleSummary`.
        K6 = "k6",
        /// Apache JMeter: JTL as CSV or XML, or `statistics.json`.
        Jmeter = "jmeter",
        /// Gatling: `simulation.log` as text, `stats.json`, `global_stats.json`.
        Gatling = "gatling",
        /// oha, `--output-format json`.
        Oha = "oha",
        /// wrk and wrk2, `--latency`.
        Wrk = "wrk",
        /// Locust, `--csv` or `--json`.
        Locust = "locust",
        /// `evenkeel load --format json`.
        Evenkeel = "evenkeel",
    }

    /// What evidence of performance has come to.
    pub enum Outcome {
        /// As fast as before, within the margin.
        Passed = "passed",
        /// Slower, beyond the margin.
        Regressed = "regressed",
        /// Neither: more runs are needed.
        Inconclusive = "inconclusive",
        /// Nothing can be said of such runs.
        Invalid = "invalid",
    }
}

/// What one run measured; times in milliseconds. What the file does not say is absent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reading {
    /// Who measured.
    pub source: Source,
    /// Requests that ended.
    pub requests: u64,
    /// Those that failed.
    pub failed: Option<u64>,
    /// Rows of the file that do not read, where there are any: they are counted nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread: Option<u64>,
    /// When the run began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub began_at: Option<Timestamp>,
    /// Requests a second that were asked for, where the tool keeps a rate of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offered: Option<f64>,
    /// What its environment is made of, where somebody says so.
    #[serde(skip_serializing_if = "Facts::is_empty")]
    pub facts: Facts,
    /// How long the run took.
    pub duration_s: Option<f64>,
    /// Requests a second.
    pub rate: Option<f64>,
    /// Quickest.
    pub min_ms: Option<f64>,
    /// Mean.
    pub mean_ms: Option<f64>,
    /// Slowest.
    pub max_ms: Option<f64>,
    /// Share in percent and time, ascending: (99.0, 120.5).
    pub quantiles: Vec<(f64, f64)>,
}

impl Reading {
    /// One with nothing but counts.
    fn of(source: Source, requests: u64, failed: Option<u64>) -> Self {
        let (facts, quantiles) = (Facts::new(), Vec::new());
        let (unread, began_at) = (None, None);
        let (offered, duration_s, rate, min_ms, mean_ms, max_ms) = (None, None, None, None, None, None);
        Self { source, requests, failed, unread, began_at, offered, facts, duration_s, rate, min_ms, mean_ms, max_ms, quantiles }
    }

    /// Share of requests that failed; `None` where nobody says.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    pub fn failing(&self) -> Option<f64> {
        Some(self.failed? as f64 / self.requests.max(1) as f64)
    }

    /// Time of a quantile in percent.
    pub fn quantile(&self, percent: f64) -> Option<f64> {
        self.quantiles.iter().find(|(at, _)| (at - percent).abs() < 1e-6).map(|(_, ms)| *ms)
    }

    /// From single requests: begin and length in milliseconds, and whether they failed. When the run began and how many it bore is told
    /// where every begin is known. Quantiles lie at `p·(n+1)` of the sorted, as in JMeter's dashboard.
    fn of_samples(source: Source, samples: &[(Option<i64>, f64, bool)]) -> Self {
        let failed = samples.iter().filter(|(.., failed)| *failed).count() as u64;
        let mut this = Self::of(source, samples.len() as u64, Some(failed));
        let times = crate::statistics::series::sorted(&samples.iter().map(|(_, length, _)| *length).collect::<Vec<_>>());
        let (Some(min), Some(max)) = (times.first(), times.last()) else { return this };
        (this.min_ms, this.max_ms) = (Some(*min), Some(*max));
        this.mean_ms = Some(times.iter().sum::<f64>() / times.len() as f64);
        let begins: Vec<i64> = samples.iter().map_while(|(from, ..)| *from).collect();
        let begin = begins.iter().min().copied().filter(|_| begins.len() == samples.len());
        this.began_at = begin.map(Timestamp);
        let begin = begin.map_or(f64::INFINITY, |begin| begin as f64);
        let end = begins.iter().zip(samples).map(|(from, (_, length, _))| *from as f64 + length).fold(f64::NEG_INFINITY, f64::max);
        if end > begin {
            let seconds = (end - begin) / 1e3;
            (this.duration_s, this.rate) = (Some(seconds), Some(times.len() as f64 / seconds));
        }
        let n = times.len();
        this.quantiles = [50.0, 75.0, 90.0, 95.0, 99.0, 99.9]
            .into_iter()
            .map(|percent| {
                let at = percent / 100.0 * (n as f64 + 1.0);
                let low = crate::statistics::special::place(at, n);
                let time = match low {
                    0 => times[0],
                    low if low >= n => times[n - 1],
                    low => times[low - 1] + (at - low as f64) * (times[low] - times[low - 1]),
                };
                (percent, time)
            })
            .collect();
        this
    }
}

#[cfg(test)]
mod tests;
