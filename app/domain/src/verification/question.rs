//! One question put to a metric, answered: by its own figures, and held against what the controls did meanwhile.
//!
//! Where there are controls, what is told is the difference of the differences; but a part *passes* only where its own
//! interval lies within the margin as well, and *fails* only where its own lies beyond as well. So what hits everybody is not
//! laid on the change, a general recovery hides nothing, and a control that went astray can neither pass nor fail it.

use super::{
    always::Seen,
    controls::Drift,
    judge::{Looking, Part, Terms, Verdict},
};
use crate::statistics::special::{normal_above, normal_quantile};

/// What limits that hold all the time are tuned to beside the margin, in margins.
pub(super) const COARSE: f64 = 5.0;

/// A difference with limits that are each missed with probability α at one look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub estimate: f64,
    pub low: f64,
    pub high: f64,
}

/// A question.
pub(super) struct Question {
    pub measure: String,
    pub found: Limits,
    /// The lower limit where what fails is to be proven with something to spare, as this share of α; 1 where it is not.
    pub spare: (f64, f64),
    /// Probability of as much where no more than `least` is true.
    pub p: f64,
    pub margin: f64,
    pub least: f64,
    /// Sizes of difference that limits which hold all the time are tuned to: one that matters, and an outage.
    pub tuned: (f64, f64),
    /// How much of its own share a planned look is given: less where what it supposes of chance is known roughly only.
    pub trust: f64,
    /// Share of the margin that the best guess must exceed to fail; `None` where the margin was given.
    pub most: Option<f64>,
    pub drift: Option<Drift>,
}

/// One part before it is judged: both sides turned so that higher is worse.
pub(super) struct Raw {
    pub part: Part,
    pub fails: bool,
}

impl Question {
    /// Answers.
    pub(super) fn answer(self, terms: &Terms) -> Raw {
        let own = self.weigh(self.found, self.spare.0, self.p, terms);
        let Some(drift) = self.drift else { return own };
        let mut both = self.held_against(drift.ways(), terms);
        both.fails &= own.fails;
        both.part.p = both.part.p.max(own.part.p);
        if own.part.verdict != Verdict::Pass {
            both.part.verdict = Verdict::Inconclusive;
        }
        both.part.alone = Some((own.part.estimate, own.part.interval));
        both.part.drift = Some(drift);
        both
    }

    /// What is left of the difference once a drift is taken from it, with limits of the difference of two estimates that know
    /// nothing of each other (Zou & Donner, 2008); of several ways to see the drift the widest, and each must say so.
    fn held_against(&self, ways: impl Iterator<Item = (f64, f64, f64)>, terms: &Terms) -> Raw {
        let Limits { estimate, low, high } = self.found;
        let way = |(drift, below, above): (f64, f64, f64)| {
            let left = estimate - drift;
            let down = |from: f64| left - (estimate - from).hypot(above - drift);
            let found = Limits { estimate: left, low: down(low), high: left + (high - estimate).hypot(drift - below) };
            let spare = down(self.spare.0);
            let deviation = (left - spare) / normal_quantile(1.0 - terms.alpha * self.spare.1);
            let off = left - self.least;
            let p = if !spare.is_finite() {
                1.0
            } else if deviation > 0.0 {
                normal_above(off / deviation) / self.spare.1
            } else {
                f64::from(u8::from(off <= 0.0))
            };
            self.weigh(found, spare, p, terms)
        };
        let join = |mut a: Raw, b: Raw| {
            a.part.interval = (a.part.interval.0.min(b.part.interval.0), a.part.interval.1.max(b.part.interval.1));
            a.part.p = a.part.p.max(b.part.p);
            if b.part.verdict != Verdict::Pass {
                a.part.verdict = Verdict::Inconclusive;
            }
            a.fails &= b.fails;
            a
        };
        let nothing = || self.weigh(Limits { estimate, low: f64::NEG_INFINITY, high: f64::INFINITY }, f64::NEG_INFINITY, 1.0, terms);
        ways.map(way).reduce(join).unwrap_or_else(nothing)
    }

    fn weigh(&self, found: Limits, spare: f64, p: f64, terms: &Terms) -> Raw {
        let mut part = Part {
            measure: self.measure.clone(),
            estimate: found.estimate,
            interval: (spare, found.high),
            margin: self.margin,
            p,
            verdict: Verdict::Inconclusive,
            alone: None,
            drift: None,
        };
        if let Some(looking) = terms.looking {
            self.again(&mut part, found, (terms.alpha, looking));
        }
        let (low, high) = part.interval;
        let inside = high <= part.margin;
        let beyond = self.most.map_or(low > part.margin, |share| low > 0.0 && part.estimate > share * part.margin);
        let fails = !inside && beyond;
        if inside {
            part.verdict = Verdict::Pass;
        }
        Raw { part, fails }
    }

    /// Limits for one of many looks, in place of those for the only one: such as hold all the time and, where the look was
    /// planned, its own; both hold at once. Tuned to the margin alone the former would be blind for an outage while little is
    /// seen yet: so half of their share goes to limits that are tuned to one.
    fn again(&self, part: &mut Part, found: Limits, (alpha, Looking { always, planned }): (f64, Looking)) {
        let z = normal_quantile(1.0 - alpha);
        let variance = ((found.high - found.low) / (2.0 * z)).powi(2);
        if !(variance.is_finite() && variance > 0.0) {
            return;
        }
        let scales = [self.tuned.0, self.tuned.1].map(|scale| scale.max(variance.sqrt() * 1e-3));
        let seen = Seen { estimate: part.estimate, variance };
        let limits = scales.map(|scale| seen.limits(alpha * always / 2.0, scale));
        let (mut low, mut high) = (limits[0].0.max(limits[1].0), limits[0].1.min(limits[1].1));
        let mut p = 2.0 / always * scales.map(|scale| seen.p_beyond(self.least, scale)).into_iter().fold(1.0, f64::min);
        let planned = planned * self.trust;
        if planned > 0.0 {
            let wider = normal_quantile(1.0 - alpha * planned) / z;
            low = low.max(found.estimate - wider * (found.estimate - found.low));
            high = high.min(found.estimate + wider * (found.high - found.estimate));
            p = p.min(part.p / planned);
        }
        part.interval = (low, high);
        part.p = p.min(1.0);
    }
}
