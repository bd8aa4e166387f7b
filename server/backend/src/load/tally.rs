//! What was measured: histograms of high dynamic range, three digits exact.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use domain::{
    Timestamp,
    load::{self, Second, Trace},
};
use hdrhistogram::Histogram;
use serde::Serialize;

use super::{line::Answer, send::Due};

/// One hour, in microseconds: longer ones are counted as that.
const LONGEST: u64 = 3_600_000_000;
/// Reasons told apart; more are counted together.
const REASONS: usize = 20;

/// How a run goes while it goes on; cheap to clone.
#[derive(Clone)]
pub struct Progress(Arc<Mutex<Tally>>);

impl Default for Progress {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Tally::new())))
    }
}

impl Progress {
    pub(super) fn tally(&self) -> MutexGuard<'_, Tally> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first request is due then; with `traced` it is kept what becomes of each.
    pub(super) fn begin(&self, at: Instant, traced: bool) {
        let mut tally = self.tally();
        tally.begin = Some(at);
        tally.trace = traced.then(Trace::default);
    }

    /// Time since the first request was due; `None` before.
    pub(super) fn since(&self) -> Option<Duration> {
        self.tally().begin.and_then(|begin| Instant::now().checked_duration_since(begin))
    }

    /// What became of each request, where that was kept.
    pub(super) fn trace(&self) -> Option<Trace> {
        self.tally().trace.take()
    }

    /// The seconds that are over, from this one on; with `all` also the one that is not.
    pub fn seconds(&self, from: usize, all: bool) -> Vec<Second> {
        let mut tally = self.tally();
        let now = tally.second(Instant::now());
        if all && !tally.current.latency.is_empty() {
            let next = tally.current.at + 1;
            tally.close(next);
        } else if !all {
            tally.close(now);
        }
        tally.seconds.get(from..).unwrap_or_default().to_vec()
    }
}

/// What ends in the second that goes on.
struct Current {
    at: i64,
    latency: Histogram<u64>,
    failed: i64,
}

/// Counts while a run goes on.
pub(super) struct Tally {
    /// When the first request is due.
    begin: Option<Instant>,
    trace: Option<Trace>,
    current: Current,
    seconds: Vec<Second>,
    latency: Histogram<u64>,
    service: Histogram<u64>,
    codes: BTreeMap<u16, u64>,
    reasons: BTreeMap<String, u64>,
    failed: u64,
    bytes: u64,
    last: Option<Instant>,
}

impl Tally {
    pub(super) fn new() -> Self {
        let histogram = || Histogram::new_with_bounds(1, LONGEST, 3).expect("bounds that are right");
        Self {
            begin: None,
            trace: None,
            current: Current { at: 0, latency: histogram(), failed: 0 },
            seconds: Vec::new(),
            latency: histogram(),
            service: histogram(),
            codes: BTreeMap::new(),
            reasons: BTreeMap::new(),
            failed: 0,
            bytes: 0,
            last: None,
        }
    }

    /// The second in which a moment lies.
    fn second(&self, moment: Instant) -> i64 {
        let since = self.begin.map_or(Duration::ZERO, |begin| moment.saturating_duration_since(begin));
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    }

    /// Ends the seconds before this one; those in which nothing ended are told, too.
    fn close(&mut self, second: i64) {
        while self.current.at < second {
            let (now, latency) = (&self.current, &self.current.latency);
            let at = |share: f64| (!latency.is_empty()).then(|| i64::try_from(latency.value_at_quantile(share)).unwrap_or(i64::MAX));
            let requests = i64::try_from(latency.len()).unwrap_or(i64::MAX);
            self.seconds.push(Second { at: now.at, requests, failed: now.failed, p50_us: at(0.5), p99_us: at(0.99) });
            if requests > 0 {
                self.current.latency.reset();
            }
            self.current.failed = 0;
            self.current.at += 1;
        }
    }

    pub(super) fn count(&mut self, due: Due, begun: Instant, ended: Instant, answer: Answer) {
        let waited = micros(ended.saturating_duration_since(due.at));
        let good = matches!(answer, Ok((_, _, true)));
        self.close(self.second(ended));
        let due_s = self.second(due.at).unsigned_abs();
        if let Some(trace) = &mut self.trace {
            trace.count(due.n, due_s, good);
        }
        self.current.latency.saturating_record(waited);
        self.current.failed += i64::from(!good);
        self.latency.saturating_record(waited);
        self.service.saturating_record(micros(ended.saturating_duration_since(begun)));
        self.last = Some(self.last.map_or(ended, |last| last.max(ended)));
        match answer {
            Ok((status, bytes, good)) => {
                *self.codes.entry(status).or_default() += 1;
                self.bytes += bytes;
                self.failed += u64::from(!good);
            }
            Err(why) => {
                self.failed += 1;
                let why = if self.reasons.len() < REASONS || self.reasons.contains_key(&why) { why } else { "others".to_owned() };
                *self.reasons.entry(why).or_default() += 1;
            }
        }
    }

    pub(super) fn report(&self, begin: Instant, sent: u64, lost: u64, wanted: f64) -> Report {
        let duration = self.last.map_or(Duration::ZERO, |last| last.saturating_duration_since(begin)).as_secs_f64();
        Report {
            tool: "evenkeel load",
            began_at: None,
            requests: self.latency.len() + lost,
            failed: self.failed + lost,
            lost,
            duration_s: duration,
            wanted_rate: wanted,
            rate: if duration > 0.0 { self.latency.len() as f64 / duration } else { 0.0 },
            bytes: self.bytes,
            latency_ms: Times::of(&self.latency),
            service_ms: Times::of(&self.service),
            codes: self.codes.clone(),
            errors: self.reasons.clone(),
            due: sent,
        }
    }
}

fn micros(length: Duration) -> u64 {
    u64::try_from(length.as_micros()).unwrap_or(LONGEST).clamp(1, LONGEST)
}

/// What a run has measured.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Who measured.
    pub tool: &'static str,
    /// When it began, where somebody looked at a clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub began_at: Option<Timestamp>,
    /// Requests that ended, well or not.
    pub requests: u64,
    /// Those that failed.
    pub failed: u64,
    /// Those of them that found no room to wait.
    pub lost: u64,
    /// Requests that became due.
    pub due: u64,
    /// From the first moment to the last answer.
    pub duration_s: f64,
    /// Requests a second that were asked for.
    pub wanted_rate: f64,
    /// Requests a second that ended.
    pub rate: f64,
    /// Bytes of bodies.
    pub bytes: u64,
    /// From when a request was due.
    pub latency_ms: Times,
    /// From when it was sent.
    pub service_ms: Times,
    /// Answers by status.
    pub codes: BTreeMap<u16, u64>,
    /// Failures without an answer, by reason.
    pub errors: BTreeMap<String, u64>,
}

impl Report {
    /// Whether the rate was held, and nothing lost.
    pub fn held(&self) -> bool {
        self.lost == 0 && load::held(self.rate, self.wanted_rate)
    }
}

/// Milliseconds.
#[derive(Debug, Clone, Copy, Default, Serialize)]
#[expect(missing_docs, reason = "quantiles are called what they are")]
pub struct Times {
    pub min: f64,
    pub mean: f64,
    pub p50: f64,
    pub p75: f64,
    pub p90: f64,
    pub p95: f64,
    pub p99: f64,
    #[serde(rename = "p99.9")]
    pub p99_9: f64,
    pub max: f64,
}

impl Times {
    fn of(histogram: &Histogram<u64>) -> Self {
        if histogram.is_empty() {
            return Self::default();
        }
        let at = |share: f64| histogram.value_at_quantile(share) as f64 / 1e3;
        Self {
            min: histogram.min() as f64 / 1e3,
            mean: histogram.mean() / 1e3,
            p50: at(0.5),
            p75: at(0.75),
            p90: at(0.9),
            p95: at(0.95),
            p99: at(0.99),
            p99_9: at(0.999),
            max: histogram.max() as f64 / 1e3,
        }
    }
}
