//! What a drop that is still to come must look like to be found, by the same judgement that will look for it.

use super::{
    controls::{Control, telling},
    judge::{Looking, Margin, ROUGHLY, Terms, look},
    rate::Counts,
    sheet::{Metric, Points},
};

/// Controls of one system at most, as a look takes them.
pub const MOST_CONTROLS: usize = 6;

/// What a system is expected to show at one look, without any change for the worse.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Foreseen {
    /// Share that fails.
    pub rate: f64,
    /// How many times as much as by chance its minutes differ, 1 or more.
    pub spread: f64,
    /// Transactions that are held against it.
    pub before: f64,
    /// Transactions since.
    pub since: f64,
}

impl Foreseen {
    /// Both sides, where this share fails since. Minutes that differ by more than chance tell as much as fewer that do not.
    fn sides(self, since: f64) -> (Counts, Counts) {
        let side = |total: f64, rate: f64| Counts { total: total / self.spread, failed: total / self.spread * rate };
        let (before, after) = (side(self.before, self.rate), side(self.since, since));
        // Few failures are counted one by one.
        let failed = if after.failed < 30.0 { after.failed.floor() } else { after.failed };
        (before, Counts { failed, ..after })
    }

    /// Variances of what failed since and before, where this share fails since.
    fn variance(self, rate: f64) -> (f64, f64) {
        let of = |rate: f64, total: f64| self.spread * rate * (1.0 - rate) / total;
        (of(rate, self.since), of(self.rate, self.before))
    }
}

/// A look that is still to come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// The difference from which on it comes to a failure.
    pub fails_from: f64,
    /// Variance of the difference by what is seen since: each look sees all that those before saw.
    pub since: f64,
    /// The same by what was before.
    pub before: f64,
}

/// Deviations around the drop within which the line is looked for.
const REACH: f64 = 3.0;
/// Halvings of that.
const HALVINGS: u32 = 8;

/// From which difference on one look finds a system worse, among so many questions, where its failures rise by `drop` and no more than
/// `margin` more is no matter; `None` where it hardly can.
pub fn line(
    own: Foreseen,
    others: &[Foreseen],
    (margin, drop): (f64, f64),
    (alpha, looking): (f64, Looking),
    questions: usize,
) -> Option<Line> {
    if own.since < 1.0 || own.before < 1.0 {
        return None;
    }
    let points = |side: (Counts, Counts)| Points::Rate { baseline: vec![side.0], candidate: vec![side.1] };
    let control = |other: &Foreseen| Control { name: String::new(), points: points(other.sides(other.rate)), missing: 0.0 };
    let controls: Vec<Control> = others.iter().map(control).collect();
    let (before, after) = own.sides(own.rate);
    let chosen = telling((&[before], after), margin, &controls, MOST_CONTROLS);
    let apart = |of: fn((f64, f64)) -> f64| {
        let sure: f64 = chosen.iter().map(|place| 1.0 / of(others[*place].variance(others[*place].rate))).sum();
        if sure > 0.0 { 1.0 / sure } else { 0.0 }
    };
    let (since, past) = own.variance((own.rate + drop).min(1.0));
    let (since, past) = (since + apart(|v| v.0), past + apart(|v| v.1));
    let trust = if own.spread > 1.0 { ROUGHLY } else { 1.0 };
    let terms = Terms {
        alpha,
        margin: Some(Margin { value: margin, percent: false }),
        looking: Some(Looking { planned: looking.planned * trust, ..looking }),
        ..Terms::default()
    };
    let controls: Vec<Control> = chosen.into_iter().map(|place| controls[place].clone()).collect();
    #[expect(clippy::cast_precision_loss, reason = "a few hundred questions")]
    let questions = questions as f64;
    let fails = |difference: f64| {
        let points = points(own.sides((own.rate + difference).clamp(0.0, 1.0)));
        let metric = Metric { controls: controls.clone(), ..Metric::new("", points) };
        look(&metric, &terms).1.iter().any(|raw| raw.fails && raw.part.p * questions <= alpha)
    };
    let reach = REACH * (since + past).sqrt();
    let (mut below, mut above) = (drop - reach, drop + reach);
    if !fails(above) {
        return None;
    }
    if fails(below) {
        above = below;
    }
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(below, above);
        if fails(middle) {
            above = middle;
        } else {
            below = middle;
        }
    }
    Some(Line { fails_from: above, since, before: past })
}
