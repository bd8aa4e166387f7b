//! Why a comparison came out as it did, and what its files leave open: in English, as its file and the API have it, and as pages say it.

use super::{Limits, Ratio, Reading, Source};
use crate::Wording;

/// One sentence in English and as pages say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub text: String,
    pub wording: Wording,
}

impl Said {
    fn new(text: impl Into<String>, wording: Wording) -> Self {
        Self { text: text.into(), wording }
    }

    fn plain(text: &str, key: &'static str) -> Self {
        Self::new(text, Wording::new(key))
    }
}

fn two(number: f64) -> String {
    format!("{number:.2}")
}

/// The figures that k6 prints where it is told to.
const TREND: &str = "--summary-trend-stats=\"avg,min,med,max,p(90),p(95),p(99)\"";

pub(super) fn few_runs(side: &str, runs: usize, least: usize) -> Said {
    let wording = Wording::new("evidence-why-few-runs").with("side", side).with("runs", runs).with("least", least);
    Said::new(format!("{runs} runs of the {side}, expected {least} or more"), wording)
}

/// `place` counts the runs of that side from 0.
pub(super) fn no_p99(side: &str, place: usize, run: &Reading) -> Said {
    let (text, number) = (format!("run {} of the {side} says no 99th percentile", place + 1), place + 1);
    if run.source == Source::K6 {
        let wording = Wording::new("evidence-why-no-p99-k6").with("side", side).with("run", number).with("option", TREND);
        return Said::new(format!("{text}: k6 writes it where it is run with {TREND}"), wording);
    }
    Said::new(text, Wording::new("evidence-why-no-p99").with("side", side).with("run", number))
}

pub(super) fn no_throughput() -> Said {
    Said::plain("a run says no throughput", "evidence-why-no-throughput")
}

pub(super) fn no_failed() -> Said {
    Said::plain("a run does not say how many requests failed", "evidence-why-no-failed")
}

pub(super) fn baseline_fails(share: f64) -> Said {
    let percent = format!("{:.1}", share * 100.0);
    let text = format!("{percent} % of the requests of a baseline run failed: nothing to compare with");
    Said::new(text, Wording::new("evidence-why-baseline-fails").with("percent", percent))
}

pub(super) fn failed_runs(failed: usize, all: usize) -> Said {
    let text = format!("{failed} of {all} runs of the candidate failed too many requests");
    Said::new(text, Wording::new("evidence-why-failed-runs").with("failed", failed).with("all", all))
}

pub(super) fn more_load(throughput: Ratio) -> Said {
    let ratio = two(throughput.estimate);
    let text = format!("the candidate bore {ratio} × the load of the baseline, by which it is slower: both need the same");
    Said::new(text, Wording::new("evidence-why-more-load").with("ratio", ratio))
}

pub(super) fn p99_slower(p99: Ratio) -> Said {
    let (ratio, least) = (two(p99.estimate), two(p99.low));
    let text = format!("the 99th percentile is {ratio} × as high, {least} at least");
    Said::new(text, Wording::new("evidence-why-p99-slower").with("ratio", ratio).with("least", least))
}

pub(super) fn less_throughput(throughput: Ratio) -> Said {
    let (ratio, most) = (two(throughput.estimate), two(throughput.high));
    let text = format!("the throughput is {ratio} × as high, {most} at most");
    Said::new(text, Wording::new("evidence-why-throughput").with("ratio", ratio).with("most", most))
}

pub(super) fn passed(p99: Ratio, throughput: Ratio, limits: Limits) -> Said {
    let (slow, fast) = (two(p99.high), two(throughput.low));
    let text = format!(
        "the 99th percentile is {slow} × as high at most (≤ {}), the throughput {fast} × at least (≥ {})",
        limits.slower, limits.throughput
    );
    let wording = Wording::new("evidence-why-passed").with("p99", slow).with("slower", limits.slower);
    Said::new(text, wording.with("rate", fast).with("throughput", limits.throughput))
}

pub(super) fn across() -> Said {
    Said::plain("the intervals reach across the margins: more runs are needed", "evidence-why-across")
}

pub(super) fn twice() -> Said {
    Said::plain("one run stands there twice", "evidence-why-twice")
}

/// How often the sides changed, and whether the first run of all is the candidate's.
pub(super) fn no_turns(changed: usize, least: usize, candidate_first: bool) -> Said {
    match (changed, candidate_first) {
        (1, false) => Said::plain(
            "all runs of the baseline lie before those of the candidate: they did not take turns",
            "evidence-why-baseline-first",
        ),
        (1, true) => Said::plain(
            "all runs of the candidate lie before those of the baseline: they did not take turns",
            "evidence-why-candidate-first",
        ),
        _ => Said::new(
            format!("the sides changed {changed} times, expected {least} or more: they did not take turns"),
            Wording::new("evidence-why-turns").with("turns", changed).with("least", least),
        ),
    }
}

pub(super) fn load_differs(low: f64, high: f64, most: f64) -> Said {
    let (low, high) = (format!("{low:.1}"), format!("{high:.1}"));
    let text = format!("the load differs: {low} to {high} requests a second were asked for, {most} × at most");
    Said::new(text, Wording::new("evidence-why-load").with("low", low).with("high", high).with("most", most))
}

pub(super) fn no_begin() -> Said {
    let text = "the files do not say when each run began: whether the sides took turns is not known";
    Said::plain(text, "evidence-open-begin")
}

pub(super) fn no_offered() -> Said {
    Said::plain("the files do not say what load was offered: only what was served is compared", "evidence-open-offered")
}

pub(super) fn places(differing: &[String]) -> Said {
    let named = differing.join(", ");
    let text = format!("the runs were measured in different environments: {named}");
    Said::new(text, Wording::new("evidence-open-places").with("named", named))
}

pub(super) fn unread(rows: u64) -> Said {
    let text = format!("rows of the files that do not read, and count nowhere: {rows}");
    Said::new(text, Wording::new("evidence-open-unread").with("rows", rows))
}

pub(super) fn no_hashes() -> Said {
    let text = "the runs come without the hashes of the files that tools wrote: they cannot be held against those";
    Said::plain(text, "evidence-open-hashes")
}
