//! PASS, FAIL, or not to be said yet.
//!
//! Each metric is looked at in *parts*: a rate has one, a measure its shift and its tail. A part passes only where its whole
//! interval lies within the margin; it fails only where the interval lies beyond. Where no margin is given, one is supposed
//! (a tenth of what the baseline shows; of a rate at least 0.1 points), and then a part fails where it is proven to be worse
//! at all and its best guess is nearer to that margin than to nothing. What fails must stand up to Holm's correction over all
//! parts; everything else is inconclusive. Missing data never passes.

mod measure;
mod missing;

pub use missing::MISSING;

use super::{
    controls::{self, Drift},
    proof::{HELD, Proof},
    question::{COARSE, Limits, Question, Raw},
    rate::{Counts, Dispersion, difference, p_beyond},
    sheet::{Metric, Points},
    tail,
    warning::Warning,
};
use crate::words::words;

words! {
    /// What a verification has come to.
    pub enum Verdict {
        /// The whole interval lies within the margin.
        Pass = "pass",
        /// The whole interval lies beyond it.
        Fail = "fail",
        /// Neither: more is to be seen.
        Inconclusive = "inconclusive",
    }

    /// What a metric measures.
    pub enum Kind {
        /// Failures among transactions.
        Rate = "rate",
        /// A number for each point.
        Continuous = "continuous",
    }
}

/// Share of α at which a lower limit is drawn where no margin is given: what fails is then proven with something to spare.
pub(super) const SPARE: f64 = 0.6;
/// Share of a margin that is not given which the best guess must exceed to fail.
pub(super) const MOST: f64 = 0.5;
/// Share of its own that a planned look is given where points differ by more than chance, or hang together.
pub(super) const ROUGHLY: f64 = 0.1;
/// Chance that a change of shape is none, below which nothing passes that is higher somewhere.
const SHAPE: f64 = 0.001;
/// Margin where none is given, of a measure: share of the baseline's median.
pub(super) const SHARE: f64 = 0.1;
/// Margin of a tail, in margins of the middle.
const TAIL: f64 = 1.5;
/// What limits of a rate that hold all the time are tuned to at least.
const OUTAGE: f64 = 0.05;
/// Margin where none is given, of a rate: points.
pub(super) const POINTS: f64 = 0.001;

/// How much worse is no matter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Margin {
    /// In the unit of the metric, or as a share of the baseline's.
    pub value: f64,
    /// Written with `%`.
    pub percent: bool,
}

impl Margin {
    /// Reads `0.001`, `0.1%` or `25`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (number, percent) = text.strip_suffix('%').map_or((text, false), |number| (number, true));
        let value = number.trim().parse::<f64>().ok().filter(|value| value.is_finite() && *value >= 0.0)?;
        Some(Self { value, percent })
    }

    /// Points of a rate: `0.1%` is 0.001.
    fn of_rate(self) -> f64 {
        if self.percent { self.value / 100.0 } else { self.value }
    }

    /// In the unit of a measure: `10%` and `0.1` are a tenth of what the baseline shows, from 1 on it is the measure itself.
    pub(super) fn of_measure(self, level: f64) -> f64 {
        match (self.percent, self.value) {
            (true, value) => value / 100.0 * level,
            (false, value) if value < 1.0 => value * level,
            (false, value) => value,
        }
    }
}

/// How to judge.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    /// Probability with which each limit is missed.
    pub alpha: f64,
    /// Margin of all metrics.
    pub margin: Option<Margin>,
    /// Margins of single ones, by name.
    pub margins: Vec<(String, Margin)>,
    /// Margins that are supposed of single measures where none is given, instead of a share of what the baseline shows; in their unit.
    pub supposed: Vec<(String, f64)>,
    /// Metrics of which more is better.
    pub higher: Vec<String>,
    /// How α is shared where somebody looks again and again; `None` where this is the only look.
    pub looking: Option<Looking>,
    /// Whether a measure whose shape changed surely does not pass. Where its slowest are judged by themselves a warning does.
    pub shape_refuses: bool,
}

/// How α is shared among looks. The shares of all planned looks and that of all the others together are 1 at most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Looking {
    /// Share of limits that hold at every look at once, whenever one is taken.
    pub always: f64,
    /// Share of this look alone, where it was planned from the beginning; else 0.
    pub planned: f64,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            alpha: 0.01,
            margin: None,
            margins: Vec::new(),
            supposed: Vec::new(),
            higher: Vec::new(),
            looking: None,
            shape_refuses: true,
        }
    }
}

/// One question put to a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// `difference` of rates, `shift`, `mean`, `p75` … `p99`.
    pub measure: String,
    /// Best guess of how much the candidate is higher.
    pub estimate: f64,
    /// Limits; infinite where the points do not suffice.
    pub interval: (f64, f64),
    /// How much worse is no matter, 0 or more.
    pub margin: f64,
    /// Probability of as much where it is not worse (or, with a margin given, not beyond it), with something to spare.
    pub p: f64,
    /// Of this part alone.
    pub verdict: Verdict,
    /// The estimate and its limits without what the controls show, where there are any.
    pub alone: Option<(f64, (f64, f64))>,
    /// What the controls moved by meanwhile: taken from the estimate.
    pub drift: Option<Drift>,
}

/// What has become of a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// Its name.
    pub name: String,
    /// What it measures.
    pub kind: Kind,
    /// Transactions, or points, of the baseline.
    pub n_baseline: f64,
    /// The same of the candidate.
    pub n_candidate: f64,
    /// What the baseline shows: its rate of failures, or its median.
    pub baseline: f64,
    /// What the candidate shows.
    pub candidate: f64,
    /// The part that decides first; the others follow.
    pub parts: Vec<Part>,
    /// Of all its parts, and of what is missing.
    pub verdict: Verdict,
    /// What else is to be known.
    pub warnings: Vec<Warning>,
}

/// What everything has come to.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// FAIL where one metric fails, PASS where all pass.
    pub verdict: Verdict,
    /// Each metric.
    pub metrics: Vec<Judged>,
}

/// Judges all metrics.
pub fn judge(metrics: &[Metric], terms: &Terms) -> Judgement {
    let mut raws: Vec<(Judged, Vec<Raw>)> = metrics.iter().map(|metric| look(metric, terms)).collect();
    let mut order: Vec<(f64, usize, usize)> =
        raws.iter().enumerate().flat_map(|(m, (_, parts))| parts.iter().enumerate().map(move |(p, raw)| (raw.part.p, m, p))).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (all, mut stands) = (order.len(), true);
    for (at, (p, m, part)) in order.into_iter().enumerate() {
        stands &= p * ((all - at) as f64) <= terms.alpha;
        let (judged, parts) = &mut raws[m];
        let raw = &mut parts[part];
        if raw.fails && stands {
            raw.part.verdict = Verdict::Fail;
        } else if raw.fails {
            judged.warnings.push(Warning::Holm { measure: raw.part.measure.clone(), questions: all });
        }
    }
    let metrics: Vec<Judged> = raws.into_iter().map(|(judged, parts)| close(judged, parts)).collect();
    let verdict = if metrics.iter().any(|metric| metric.verdict == Verdict::Fail) {
        Verdict::Fail
    } else if !metrics.is_empty() && metrics.iter().all(|metric| metric.verdict == Verdict::Pass) {
        Verdict::Pass
    } else {
        Verdict::Inconclusive
    };
    Judgement { verdict, metrics }
}

pub(super) fn look(metric: &Metric, terms: &Terms) -> (Judged, Vec<Raw>) {
    let given = terms.margins.iter().find(|(name, _)| name.eq_ignore_ascii_case(&metric.name)).map(|(_, margin)| *margin).or(terms.margin);
    let (mut judged, raws) = match &metric.points {
        Points::Rate { baseline, candidate } => rate(metric, (baseline, candidate), given, terms),
        Points::Measure { baseline, candidate } => measure::measure(metric, (baseline, candidate), given, terms),
        Points::Quantile { share, baseline, candidate, .. } => tail::quantile(metric, (*share, baseline, candidate), given, terms),
    };
    if !metric.controls.is_empty() && raws.iter().all(|raw| raw.part.drift.is_none()) {
        judged.warnings.push(Warning::NoControl);
        judged.verdict = Verdict::Inconclusive;
    }
    if !metric.new_codes.is_empty() {
        judged.warnings.push(Warning::NewCodes(metric.new_codes.clone()));
    }
    missing::look(metric, &mut judged);
    (judged, raws)
}

fn rate(metric: &Metric, (baseline, candidate): (&[Counts], &[Counts]), given: Option<Margin>, terms: &Terms) -> (Judged, Vec<Raw>) {
    let (before, after) = (Counts::sum(baseline), Counts::sum(candidate));
    let mut judged = Judged {
        name: metric.name.clone(),
        kind: Kind::Rate,
        n_baseline: before.total,
        n_candidate: after.total,
        baseline: before.rate(),
        candidate: after.rate(),
        parts: Vec::new(),
        verdict: Verdict::Pass,
        warnings: Vec::new(),
    };
    let margin = given.map_or_else(|| POINTS.max(SHARE * before.rate()), Margin::of_rate);
    let spread = Dispersion::of(baseline, candidate);
    if spread.factor > 1.0 {
        judged.warnings.push(Warning::Dispersed(spread.factor));
    } else if baseline.len() < 6 {
        judged.warnings.push(Warning::FewRows);
    }
    // Looked at again and again, and held against others, limits are as wide as that takes.
    let alone = terms.looking.is_none() && metric.controls.is_empty();
    let wary = if alone { Dispersion::wary(baseline, candidate) } else { spread };
    let proof = match given {
        Some(_) => Proof::given(),
        None if metric.controls.is_empty() => Proof::supposed(before, after, margin, wary),
        None => Proof::held(before, after, margin, wary),
    };
    let share = if metric.controls.is_empty() { proof.worse } else { proof.worse.min(HELD) };
    let limits = |spread: Dispersion, share: f64| difference(before, after, spread, terms.alpha * share);
    let (Some(found), Some(low), Some(below)) = (limits(spread, proof.within), limits(wary, 1.0), limits(wary, share)) else {
        return (judged, Vec::new());
    };
    let least = given.map_or(0.0, |_| margin);
    let question = Question {
        measure: "difference".into(),
        found: Limits { estimate: found.estimate, low: low.low, high: found.high },
        spare: (below.low, share),
        p: p_beyond(before, after, wary, least) / share,
        margin,
        least,
        tuned: (margin.max(before.rate().min(COARSE * margin)), OUTAGE.max(COARSE * margin)),
        trust: if wary.factor > 1.0 { ROUGHLY } else { 1.0 },
        most: proof.most,
        drift: controls::rates(&metric.controls, before, spread.factor, terms.alpha * share),
    };
    (judged, vec![question.answer(terms)])
}

fn close(mut judged: Judged, raws: Vec<Raw>) -> Judged {
    judged.parts = raws.into_iter().map(|raw| raw.part).collect();
    // What decides stands first: what fails, then what is open, then the least sure of what passes.
    judged.parts.sort_by_key(|part| match part.verdict {
        Verdict::Fail => 0,
        Verdict::Inconclusive => 1,
        Verdict::Pass => 2,
    });
    let first = judged.parts.first().map(|part| part.verdict);
    judged.verdict = match first {
        Some(Verdict::Fail) => Verdict::Fail,
        Some(Verdict::Pass) if judged.verdict == Verdict::Pass => Verdict::Pass,
        _ => Verdict::Inconclusive,
    };
    judged
}
