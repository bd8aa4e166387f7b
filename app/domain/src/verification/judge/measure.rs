//! A measure: its shift, its tails and its mean, and what keeps it from passing beside them.

use super::{COARSE, Judged, Kind, MOST, Margin, POINTS, ROUGHLY, SHAPE, SHARE, SPARE, TAIL, Terms, Verdict};
use crate::{
    statistics::series::quantile,
    verification::{
        controls,
        question::{Limits, Question, Raw},
        rate::{Counts, fisher},
        shape,
        sheet::Metric,
        shift::{Shift, Sides},
        warning::Warning,
    },
};

/// So many times as many ones more, of a column of zeros and ones whose name says nothing, are never within its margin.
const TIMES: f64 = 4.0;

pub(super) fn measure(
    metric: &Metric,
    (baseline, candidate): (&[f64], &[f64]),
    given: Option<Margin>,
    terms: &Terms,
) -> (Judged, Vec<Raw>) {
    let higher = terms.higher.iter().any(|own| own.eq_ignore_ascii_case(&metric.name));
    let turn = |values: &[f64]| values.iter().map(|value| if higher { -value } else { *value }).collect::<Vec<f64>>();
    let sides = Sides::new(turn(baseline), turn(candidate));
    let sign = if higher { -1.0 } else { 1.0 };
    let mut judged = Judged {
        name: metric.name.clone(),
        kind: Kind::Continuous,
        n_baseline: baseline.len() as f64,
        n_candidate: candidate.len() as f64,
        baseline: sign * quantile(sides.baseline(), 0.5),
        candidate: sign * quantile(sides.candidate(), 0.5),
        parts: Vec::new(),
        verdict: Verdict::Pass,
        warnings: Vec::new(),
    };
    if sides.fewest() == 0 {
        return (judged, Vec::new());
    }
    let supposed = terms.supposed.iter().find(|(name, _)| name.eq_ignore_ascii_case(&metric.name)).map(|(_, margin)| *margin);
    let margin_of = |level: f64| match (given, supposed) {
        (None, Some(margin)) => margin,
        _ => given.unwrap_or(Margin { value: SHARE, percent: false }).of_measure(level.abs()),
    };
    let middle = quantile(sides.baseline(), 0.5);
    let mean = sides.baseline().iter().sum::<f64>() / baseline.len() as f64;
    let margin = margin_of(if middle == 0.0 { mean } else { middle });
    let share = if given.is_some() { 1.0 } else { SPARE };
    let others = controls::measured(&metric.controls, sign);
    let ask = |measure: String, margin: f64, of: &dyn Fn(&Sides) -> Shift| {
        let (shift, least) = (of(&sides), if given.is_some() { margin } else { 0.0 });
        Question {
            measure,
            found: Limits { estimate: shift.estimate, low: shift.low, high: shift.high },
            spare: (shift.low, 1.0),
            p: shift.p_beyond(least) / share,
            margin,
            least,
            tuned: (margin, COARSE * margin),
            trust: if sides.dependence.0.max(sides.dependence.1) > 1.0 { ROUGHLY } else { 1.0 },
            most: given.is_none().then_some(MOST),
            drift: controls::shifts(&others, terms.alpha, of),
        }
    };
    let mut questions = vec![ask("shift".into(), margin, &|sides| sides.shift(terms.alpha))];
    let tails = sides.tails(terms.alpha);
    for share in &tails {
        let level = quantile(sides.baseline(), *share);
        let margin = margin.max(margin_of(level).min(4.0 * margin)) * TAIL;
        questions.push(ask(format!("p{:.0}", share * 100.0), margin, &|sides| sides.tail(*share, terms.alpha)));
    }
    // Of zeros and ones quantiles are 0 or 1: only the mean shows how many there are.
    let bits = Bits::of((baseline, candidate), higher);
    if let Some(bits) = bits {
        let margin = if given.is_some() || supposed.is_some() { margin } else { bits.margin() };
        let question = ask("mean".into(), margin, &|sides| sides.mean(terms.alpha));
        // The mean of few is not normal: what fails must be proven by exact sums as well.
        let p = if given.is_some() { question.p } else { question.p.max(fisher(bits.before, bits.after) / share) };
        questions.push(Question { p, ..question });
    } else if tails.is_empty() {
        questions.push(ask("mean".into(), margin, &|sides| sides.mean(terms.alpha)));
    }
    let raws = questions.into_iter().map(|question| question.answer(terms)).collect();
    doubts(&mut judged, &sides, (&tails, margin), terms.shape_refuses);
    if higher {
        judged.warnings.push(Warning::HigherIsBetter);
    }
    (judged, raws)
}

/// A measure of nothing but zeros and ones: how many of them are the worse ones.
#[derive(Clone, Copy)]
struct Bits {
    before: Counts,
    after: Counts,
}

impl Bits {
    /// `None` of other measures.
    fn of((before, after): (&[f64], &[f64]), higher: bool) -> Option<Self> {
        let only = before.iter().chain(after).all(|value| *value == 0.0 || *value == 1.0);
        let worse = if higher { 0.0 } else { 1.0 };
        let side = |values: &[f64]| {
            let failed = values.iter().filter(|value| **value == worse).count();
            Counts { total: values.len() as f64, failed: failed as f64 }
        };
        only.then(|| Self { before: side(before), after: side(after) })
    }

    /// The margin that is supposed: that of a rate, but never so much that many times as many are no matter.
    fn margin(self) -> f64 {
        let rate = self.before.rate();
        (SHARE * rate).max(POINTS.min(TIMES * rate))
    }
}

/// What keeps a measure from passing although its intervals would let it, and what is only to be known.
fn doubts(judged: &mut Judged, sides: &Sides, (tails, margin): (&[f64], f64), shape_refuses: bool) {
    let (before, after) = (sides.baseline(), sides.candidate());
    let dependence = sides.dependence.0.max(sides.dependence.1);
    if dependence > 1.0 {
        judged.warnings.push(Warning::Dependent(dependence));
    }
    let higher_at = |share: f64| quantile(after, share) - quantile(before, share);
    let ends = if sides.fewest() < 16 { 1.0 } else { 0.95 };
    if tails.iter().all(|share| *share < 0.95) && higher_at(ends) > TAIL * margin {
        judged.warnings.push(Warning::FewSlowest);
        judged.verdict = Verdict::Inconclusive;
    }
    let (form, spread) = (shape::form(before, after, dependence), shape::spread(before, after, dependence));
    if form.min(spread) < 0.01 {
        let p = form.min(spread);
        judged.warnings.push(if form <= spread { Warning::Form(p) } else { Warning::Spread(p) });
        let worse = [0.6, 0.7, 0.75, 0.8, 0.9, 0.95].into_iter().any(|share| higher_at(share) > margin / 4.0);
        if shape_refuses && p < SHAPE && worse {
            judged.verdict = Verdict::Inconclusive;
        }
    }
}
