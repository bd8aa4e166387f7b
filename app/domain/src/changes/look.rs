//! One look at a change after its work: what its systems show since then, against what they showed before, and what that comes
//! to. The statistics are those of [`crate::verification`]; here stands what is put to them.
//!
//! **Invariant:** where transactions that were to be expected are missing, nothing passes.

use serde::{Deserialize, Serialize};

pub use self::{
    figure::LookFigure,
    others::{LookAlone, LookControl, LookDrift},
    warning::LookWarning,
};
use self::{figure::figure, others::Others};
use super::{Course, Watch, WatchStage};
use crate::{
    Span, Timestamp, Wording,
    transactions::Bins,
    verification::{self, Counts, MISSING, Margin, Metric, Points, Terms, judge},
    words::words,
};

mod figure;
mod others;
mod warning;

/// Codes that are told by name.
const MOST_CODES: usize = 8;
/// Transactions of a stretch from which its rate tells anything.
const LEAST: u64 = 100;
/// Transactions of a slot from which its median is one.
const FEW: u64 = 8;
/// Transactions beyond a quantile, in a stretch of the past, from which it is asked for.
const BEYOND: f64 = 30.0;
/// Share of the usual volume below which transactions are missing.
const VANISHED: f64 = 0.3;

words! {
    /// What a look comes to.
    pub enum Verified {
        /// The whole interval of everything lies within its margin.
        Pass = "pass",
        /// Something lies beyond it with its whole interval.
        Fail = "fail",
        /// Neither can be said.
        Inconclusive = "inconclusive",
    }
    /// What is compared.
    pub enum LookMeasure {
        /// Share of transactions that failed, in percent.
        Failures = "failures",
        /// Medians of the latency, in milliseconds.
        Median = "latency-p50",
        /// 95th percentile of the latency, in milliseconds.
        Tail = "latency-p95",
        /// 99th percentile of it.
        Slowest = "latency-p99",
        /// Share of transactions that failed with codes never seen before, in percent.
        Codes = "new-codes",
    }
    /// Why something cannot be told.
    pub enum LookDoubt {
        /// Nothing on one side.
        Nothing = "nothing",
        /// Transactions are missing that were to be expected.
        Missing = "missing",
        /// Too few to tell.
        Few = "few",
        /// Worse, but not surely by more than the margin.
        Worse = "worse",
        /// The interval reaches across the margin.
        Across = "across",
        /// Within the margin, but spread otherwise.
        Shape = "shape",
        /// Worse, but so are systems that the change does not touch.
        Shared = "shared",
        /// As before by itself, but not by what such systems show.
        Apart = "apart",
    }
}

impl From<verification::Verdict> for Verified {
    fn from(verdict: verification::Verdict) -> Self {
        match verdict {
            verification::Verdict::Pass => Self::Pass,
            verification::Verdict::Fail => Self::Fail,
            verification::Verdict::Inconclusive => Self::Inconclusive,
        }
    }
}

/// Counts of a slot of time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SlotSeen {
    /// Transactions.
    pub total: u64,
    /// Those that failed.
    pub failed: u64,
    /// Latencies, where they are known.
    pub latency: Bins,
}

impl SlotSeen {
    /// Median latency in milliseconds, where there are enough for one.
    fn median(&self) -> Option<f64> {
        if self.latency.total() < FEW { None } else { self.latency.quantile(0.5) }
    }
}

/// What a system showed, in slots of one width and in the order of time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SystemSeen {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Stretches before the change.
    pub before: Vec<Vec<SlotSeen>>,
    /// Since the work ended.
    pub since: Vec<SlotSeen>,
    /// Whether something was to tell of it, a stream that is declared or a check, and told nothing since.
    pub silent: bool,
}

impl SystemSeen {
    /// Whether there was no transaction of it, neither before nor since.
    pub fn is_unseen(&self) -> bool {
        std::iter::once(&self.since).chain(&self.before).flatten().all(|slot| slot.total == 0)
    }
}

/// A code that was never seen before the change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewCode {
    /// The code.
    pub code: String,
    /// Failures with it.
    pub failed: u64,
}

/// One look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// How far the watching had come.
    pub stage: WatchStage,
    /// What was looked at.
    pub span: Span,
    /// With how many stretches of the past it was compared.
    pub stretches: u32,
    /// What it comes to.
    pub verdict: Verified,
    /// Every comparison, what decides first.
    pub figures: Vec<LookFigure>,
    /// Codes never seen before, the most frequent first.
    pub codes: Vec<NewCode>,
    /// Systems without any transaction, before or since: nothing is said of them.
    pub unseen: Vec<String>,
    /// Those of them of which something was to be expected, and nothing came: nothing passes without them.
    #[serde(default)]
    pub silent: Vec<String>,
    /// Systems that the change does not touch and that it was held against; none where none tells enough.
    #[serde(default)]
    pub controls: Vec<LookControl>,
}

/// Looks. `others` are systems that the change does not touch, `codes` failures with codes never seen before.
pub fn look(
    (at, course): (Timestamp, &Course),
    (seen, others): (&[SystemSeen], &[SystemSeen]),
    mut codes: Vec<NewCode>,
    watch: Watch,
) -> Look {
    let count = |slots: &[SlotSeen]| slots.iter().map(|slot| slot.total).sum::<u64>();
    let unseen: Vec<String> = seen.iter().filter(|system| system.is_unseen()).map(|system| system.name.clone()).collect();
    let silent: Vec<String> = seen.iter().filter(|system| system.is_unseen() && system.silent).map(|system| system.name.clone()).collect();
    let mut asked: Vec<(LookMeasure, String, Metric, bool)> = Vec::new();
    let mut stretches = 0;
    let (mut all_before, mut all_since) = (0, 0);
    let mut others = Others::new(others);
    for system in seen.iter().filter(|system| !system.is_unseen()) {
        let kept = usual(&system.before);
        let usual: Vec<&Vec<SlotSeen>> = kept.iter().filter_map(|place| system.before.get(*place)).collect();
        stretches = stretches.max(usual.len());
        all_before += usual.iter().map(|slots| count(slots)).sum::<u64>();
        all_since += count(&system.since);
        let missing = missing(&usual, &system.since);
        let questions = questions(&usual, &system.since);
        let controls = others.of(&questions, &kept, f64::from(watch.margin) / 10_000.0);
        for ((measure, points), controls) in questions.into_iter().zip(controls) {
            let name = format!("{measure} {}", system.name);
            // A slot or two without any may be a restart: only what keeps everything from passing counts as missing.
            let gone = missing > MISSING;
            let lost = if gone { missing } else { 0.0 };
            let metric = Metric { missing_candidate: lost, controls, ..Metric::new(name, points) };
            asked.push((measure, system.name.clone(), metric, gone));
        }
    }
    codes.retain(|code| code.failed > 0);
    codes.sort_by(|a, b| b.failed.cmp(&a.failed).then_with(|| a.code.cmp(&b.code)));
    if !codes.is_empty() && all_before > 0 {
        let failed = codes.iter().map(|code| code.failed).sum::<u64>().min(all_since);
        let points = Points::Rate { baseline: vec![tally(all_before, 0)], candidate: vec![tally(all_since, failed)] };
        let metric = Metric::new(LookMeasure::Codes.to_string(), points);
        asked.push((LookMeasure::Codes, String::new(), metric, false));
    }
    codes.truncate(MOST_CODES);
    let points = Margin { value: f64::from(watch.margin) / 100.0, percent: true };
    let percent = Margin { value: f64::from(watch.latency), percent: true };
    let of = |measure: LookMeasure| if matches!(measure, LookMeasure::Failures | LookMeasure::Codes) { points } else { percent };
    let terms = Terms {
        margins: asked.iter().map(|(measure, _, metric, _)| (metric.name.clone(), of(*measure))).collect(),
        looking: Some(course.looking(at)),
        // The slowest are judged by themselves here: a shape that changed warns.
        shape_refuses: false,
        ..Terms::default()
    };
    let metrics: Vec<Metric> = asked.iter().map(|(.., metric, _)| metric.clone()).collect();
    let judgement = judge(&metrics, &terms);
    let mut figures: Vec<LookFigure> = asked
        .into_iter()
        .zip(judgement.metrics)
        .map(|((measure, system, _, missing), judged)| figure(measure, system, missing, &judged))
        .collect();
    figures.sort_by_key(|figure| match figure.verdict {
        Verified::Fail => 0,
        Verified::Inconclusive => 1,
        Verified::Pass => 2,
    });
    let stretches = u32::try_from(stretches).unwrap_or(u32::MAX);
    let (stage, span) = (course.stage, course.seen(at));
    let verdict = match judgement.verdict.into() {
        Verified::Pass if !silent.is_empty() => Verified::Inconclusive,
        verdict => verdict,
    };
    Look { at, stage, span, stretches, verdict, figures, codes, unseen, silent, controls: others.used() }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn tally(total: u64, failed: u64) -> Counts {
    Counts { total: total as f64, failed: failed as f64 }
}

/// The places of stretches in which not much more failed than in the best of them: what was out of order is no measure.
fn usual(before: &[Vec<SlotSeen>]) -> Vec<usize> {
    let rate = |slots: &[SlotSeen]| {
        let (total, failed) = slots.iter().fold((0, 0), |(t, f), slot| (t + slot.total, f + slot.failed));
        (total >= LEAST).then(|| tally(total, failed).rate())
    };
    let best = before.iter().filter_map(|slots| rate(slots)).min_by(f64::total_cmp);
    let fits = |slots: &[SlotSeen]| match (best, rate(slots)) {
        (Some(best), Some(rate)) => rate <= 2.5 * best + 0.002,
        _ => true,
    };
    let any = |slots: &[SlotSeen]| slots.iter().any(|slot| slot.total > 0);
    before.iter().enumerate().filter(|(_, slots)| any(slots) && fits(slots)).map(|(place, _)| place).collect()
}

/// Share of what is not there of what was to be expected: slots without any transaction beyond those that chance makes, or a
/// volume that fell as no rhythm of the day makes it fall.
fn missing(before: &[&Vec<SlotSeen>], since: &[SlotSeen]) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    let mean = |slots: &[SlotSeen]| slots.iter().map(|slot| slot.total).sum::<u64>() as f64 / slots.len().max(1) as f64;
    let Some(usual) = before.iter().map(|slots| mean(slots)).min_by(f64::total_cmp) else { return 0.0 };
    if since.is_empty() {
        return 1.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "slots of a stretch")]
    let empty = since.iter().filter(|slot| slot.total == 0).count() as f64 / since.len() as f64;
    let gaps = empty - (-usual).exp();
    let fell = 1.0 - mean(since) / usual.max(f64::MIN_POSITIVE);
    gaps.max(if fell > 1.0 - VANISHED { fell } else { 0.0 }).clamp(0.0, 1.0)
}

/// Whether a stretch of the past tells where a quantile lies. What came since does not choose what is asked of it.
fn known(before: &[&Vec<SlotSeen>], share: f64) -> bool {
    let held = before.iter().map(|slots| slots.iter().map(|slot| slot.latency.total()).sum::<u64>()).filter(|held| *held > 0);
    let (stretches, all) = held.fold((0.0, 0.0), |(n, all), held| (n + 1.0, all + tally(held, 0).total));
    all * (1.0 - share) >= BEYOND * stretches && stretches > 0.0
}

/// What is asked of a system.
fn questions(before: &[&Vec<SlotSeen>], since: &[SlotSeen]) -> Vec<(LookMeasure, Points)> {
    let earlier = || before.iter().flat_map(|slots| slots.iter());
    let rows = |slots: &mut dyn Iterator<Item = &SlotSeen>| -> Vec<Counts> {
        slots.filter(|slot| slot.total > 0).map(|slot| tally(slot.total, slot.failed)).collect()
    };
    let mut asked = vec![(LookMeasure::Failures, Points::Rate { baseline: rows(&mut earlier()), candidate: rows(&mut since.iter()) })];
    let medians: Vec<f64> = earlier().filter_map(SlotSeen::median).collect();
    // A system that never told latency is not asked for it.
    if !medians.is_empty() {
        let candidate = since.iter().filter_map(SlotSeen::median).collect();
        asked.push((LookMeasure::Median, Points::Measure { baseline: medians, candidate }));
    }
    for (measure, share) in [(LookMeasure::Tail, 0.95), (LookMeasure::Slowest, 0.99)] {
        if !known(before, share) {
            continue;
        }
        let bins = |slots: &mut dyn Iterator<Item = &SlotSeen>| slots.map(|slot| slot.latency.clone()).collect();
        let (baseline, candidate) = (bins(&mut earlier()), bins(&mut since.iter()));
        asked.push((measure, Points::Quantile { share, scale: 1.0, baseline, candidate }));
    }
    asked
}

impl Look {
    /// What it comes to in one sentence: the verdict, and what decides it.
    pub fn sentence(&self) -> (Verified, Option<Wording>) {
        // What tells is as before, but something does not tell.
        let quiet = self.figures.iter().all(|figure| figure.verdict == Verified::Pass);
        let said = if quiet { self.said_of_silent() } else { None };
        (self.verdict, said.or_else(|| self.figures.first().map(LookFigure::wording)))
    }

    /// Whether figures may close a change: they pass, and tell of all of its systems.
    pub fn closes(&self) -> bool {
        self.verdict == Verified::Pass && self.unseen.is_empty()
    }

    /// Systems of which something was to be expected and nothing came, as a sentence.
    pub fn said_of_silent(&self) -> Option<Wording> {
        (!self.silent.is_empty()).then(|| Wording::new("changes-look-silent").with("systems", self.silent.join(", ")))
    }

    /// Systems of which nothing was to be expected, as a sentence: nothing is said of them.
    pub fn said_of_unseen(&self) -> Option<Wording> {
        let rest: Vec<&str> = self.unseen.iter().filter(|name| !self.silent.contains(name)).map(String::as_str).collect();
        (!rest.is_empty()).then(|| Wording::new("changes-look-unseen").with("systems", rest.join(", ")))
    }

    /// What else is to be known, each as a sentence with the comparison that it is of; systems that tell nothing and codes never seen
    /// before are of none.
    pub fn warnings(&self) -> Vec<(Option<&LookFigure>, Wording)> {
        let of = |figure| LookFigure::warnings(figure).map(move |wording| (Some(figure), wording));
        let mut all: Vec<(Option<&LookFigure>, Wording)> = self.figures.iter().flat_map(of).collect();
        all.extend(self.said_of_silent().into_iter().chain(self.said_of_unseen()).map(|wording| (None, wording)));
        if !self.codes.is_empty() {
            let codes: Vec<String> = self.codes.iter().map(|code| format!("{} ({})", code.code, code.failed)).collect();
            all.push((None, Wording::new("changes-look-new-codes").with("codes", codes.join(", "))));
        }
        all
    }
}

#[cfg(test)]
mod tests;
