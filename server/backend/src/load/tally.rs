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
/// One day, in microseconds: runs are shorter.
const LONGEST_RUN: u64 = 24 * LONGEST;
/// The share of the answers that says how fast a target is: a few that come late are no part of that.
const IN_TIME: f64 = 0.99;
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
    /// When those that ended were due, from the begin.
    dues: Histogram<u64>,
    /// When they ended, from the begin.
    ends: Histogram<u64>,
    codes: BTreeMap<u16, u64>,
    reasons: BTreeMap<String, u64>,
    failed: u64,
    bytes: u64,
    first: Option<Instant>,
    last: Option<Instant>,
}

impl Tally {
    pub(super) fn new() -> Self {
        let up_to = |most| Histogram::new_with_bounds(1, most, 3).expect("bounds that are right");
        let histogram = || up_to(LONGEST);
        Self {
            begin: None,
            trace: None,
            current: Current { at: 0, latency: histogram(), failed: 0 },
            seconds: Vec::new(),
            latency: histogram(),
            service: histogram(),
            dues: up_to(LONGEST_RUN),
            ends: up_to(LONGEST_RUN),
            codes: BTreeMap::new(),
            reasons: BTreeMap::new(),
            failed: 0,
            bytes: 0,
            first: None,
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
        for (moment, kept) in [(due.at, &mut self.dues), (ended, &mut self.ends)] {
            let since = self.begin.map_or(Duration::ZERO, |begin| moment.saturating_duration_since(begin));
            kept.saturating_record(u64::try_from(since.as_micros()).unwrap_or(LONGEST_RUN));
        }
        self.first = Some(self.first.map_or(ended, |first| first.min(ended)));
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

    /// Requests a second that ended: as many as were due a second, less where nearly all of them had come later than nearly all were due.
    /// How long each takes is no part of that, and nor is one that is late; and none is answered before it is due.
    fn rate(&self, begin: Instant) -> f64 {
        let Some((first, last)) = self.first.zip(self.last) else { return 0.0 };
        // One answer has no pace, and nor have those that were due at once.
        let due = self.dues.max();
        if self.ends.len() < 2 || due == 0 {
            let length = micros(last.saturating_duration_since(begin));
            return self.ends.len() as f64 * 1e6 / length as f64;
        }
        let mean = (self.ends.len() - 1) as f64 * 1e6 / due as f64;
        // Whoever was slow with the first ones alone has made up for it.
        let delay = micros(first.saturating_duration_since(begin)).min(self.service.value_at_quantile(0.5));
        let (wanted, came) = (self.dues.value_at_quantile(IN_TIME), self.ends.value_at_quantile(IN_TIME));
        mean * wanted as f64 / came.saturating_sub(delay).max(wanted).max(1) as f64
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
            rate: self.rate(begin),
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
    /// Requests a second that ended: those due a second, less where 99 % had come later than they were due.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The report on so many requests a second for so many seconds, where the `n`th, due then, ends at the second that is said.
    fn report(rate: u64, seconds: u64, ends: impl Fn(u64, f64) -> f64) -> Report {
        let dues: Vec<f64> = (0..rate * seconds).map(|n| n as f64 / rate as f64).collect();
        report_on(&dues, rate as f64, ends)
    }

    /// The same of requests that are due at these seconds.
    fn report_on(dues: &[f64], wanted: f64, ends: impl Fn(u64, f64) -> f64) -> Report {
        let begin = Instant::now();
        let mut tally = Tally { begin: Some(begin), ..Tally::new() };
        let mut all: Vec<(f64, f64, u64)> = (0..).zip(dues).map(|(n, due)| (ends(n, *due), *due, n)).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (end, due, n) in &all {
            let at = begin + Duration::from_secs_f64(*due);
            tally.count(Due { n: *n, at }, at, begin + Duration::from_secs_f64(*end), Ok((200, 0, true)));
        }
        tally.report(begin, all.len() as u64, 0, wanted)
    }

    #[test]
    fn a_late_answer_or_a_steady_delay_is_no_slower_pace() {
        let near = |report: &Report, rate: f64| assert!((report.rate / rate - 1.0).abs() < 0.02, "{} {rate}", report.rate);
        let steady = report(100, 10, |_, due| due + 0.6);
        near(&steady, 100.0);
        let late = report(100, 60, |n, due| due + if n == 5_800 { 10.0 } else { 0.004 });
        near(&late, 100.0);
        assert!(steady.held() && late.held() && late.duration_s > 67.0, "{late:?}");
        // A cold start that is made up for is no faster pace.
        near(&report(100, 10, |_, due| (due + 0.004).max(1.0)), 100.0);
    }

    #[test]
    fn a_load_that_falls_or_a_target_that_stalls_is_no_faster_pace() {
        let near = |report: &Report| {
            let wanted = report.wanted_rate;
            assert!((report.rate / wanted - 1.0).abs() < 0.02, "{} {wanted}", report.rate);
        };
        // 1,000 a second for a minute, then one a second for ten.
        let steps: Vec<f64> = (0..60_000_u32).map(|n| f64::from(n) / 1e3).chain((60..660_u32).map(f64::from)).collect();
        near(&report_on(&steps, 60_600.0 / 660.0, |_, due| due + 0.004));
        // From 200 a second down to none within a minute.
        let falls: Vec<f64> = (0..6_000_u32).map(|n| 60.0 * (1.0 - (1.0 - f64::from(n) / 6_000.0).sqrt())).collect();
        near(&report_on(&falls, 100.0, |_, due| due + 0.004));
        near(&report(100, 10, |_, due| due.max(9.0) + 0.004));
        // Half as fast as it is asked: also where what is asked falls.
        let slow = report_on(&falls, 100.0, |n, due| (n as f64 / 50.0).max(due) + 0.004);
        assert!(slow.rate < 60.0 && !slow.held(), "{}", slow.rate);
    }

    #[test]
    fn a_target_that_cannot_keep_up_shows_its_own_pace() {
        // 80 a second, and each takes half a second.
        let slow = report(100, 10, |n, _| n as f64 / 80.0 + 0.5);
        assert!((slow.rate - 80.0).abs() < 1.0 && !slow.held(), "{}", slow.rate);
        // Late for the last twentieth of the time: more than a few.
        let broken = report(100, 20, |_, due| due + if due < 19.0 { 0.01 } else { 10.0 });
        assert!(!broken.held(), "{}", broken.rate);
        assert_eq!(report(1, 0, |_, due| due).rate.to_bits(), 0.0_f64.to_bits());
        assert!((report(1, 1, |_, _| 0.5).rate - 2.0).abs() < 0.01);
    }
}
