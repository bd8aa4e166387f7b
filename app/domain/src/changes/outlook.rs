//! How long after its work it will be possible to say how a change went: reckoned as it will be looked at, each system by itself, at
//! the looks that will be taken, against its own past and systems that are not touched.
//!
//! What is reckoned is when a system whose failures rise by twice the margin is found to be worse, in nine of ten. A drop of just the margin
//! lies on the line between good and bad: neither can be proven of it, however long one looks.

use jiff::tz::TimeZone;

use super::{Course, Verified, Watch};
use crate::{
    Span,
    statistics::random::Chance,
    verification::{Foreseen, Line, line},
};

/// Weeks that a look holds against what came since.
const WEEKS: f64 = 4.0;
/// Questions that are put to a system beside its failures, where it tells latency: its median, its spread, two of its slowest.
const LATENCY: usize = 4;
/// Drops that are to be found, in margins.
const DROP: f64 = 2.0;
/// Error of a judgement, as looks have it.
const ALPHA: f64 = 0.01;
/// How often a drawn course is to be found: nine of ten, and a little for what the drawing leaves out, that failures are counted one by one and
/// that the error of a look is itself only guessed.
const POWER: f64 = 0.92;
/// Courses that are drawn to reckon how often it is.
const DRAWN: usize = 1_000;

/// A system as it is expected to go on.
pub struct Outlook<'v> {
    /// Share of its transactions that usually fails.
    pub rate: f64,
    /// How many times as much as by chance its minutes differ, 1 or more.
    pub spread: f64,
    /// Whether it tells latency.
    pub latency: bool,
    /// Transactions that are expected in a span.
    pub volume: Box<dyn Fn(Span) -> f64 + Send + Sync + 'v>,
}

/// When a verdict can be expected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected {
    /// Milliseconds after the work.
    pub ms: i64,
    /// The place of the system of which it can be told last.
    pub slowest: usize,
    /// Transactions of that system by then.
    pub since: f64,
}

/// Percentage points by which failures rise in what is to be found.
pub fn drop_points(watch: Watch) -> f64 {
    DROP * f64::from(watch.margin) / 100.0
}

/// When the watching of a change with this work is expected to tell of each of its systems; `None` where it is not watched, or ends before.
/// `others` are systems that the change does not touch. A system in which nothing ever happens is not looked at.
pub fn time_to_verdict(watch: Watch, work: Span, zone: &str, (own, others): (&[Outlook<'_>], &[Outlook<'_>])) -> Option<Expected> {
    let margin = f64::from(watch.margin) / 10_000.0;
    let questions = own.iter().map(|one| if one.latency { 1 + LATENCY } else { 1 }).sum();
    let clock = crate::time::zone(zone).unwrap_or(TimeZone::UTC);
    let mut course = Course::begin(watch, work.to)?;
    let mut open: Vec<(usize, Courses)> = (0..own.len()).map(|place| (place, Courses::new())).collect();
    let mut last: Option<Expected> = None;
    let mut seen = None;
    loop {
        let now = course.next;
        // What is held against it is the same until another stage begins.
        let (_, past) = seen.take().filter(|(span, _)| *span == course.span).unwrap_or_else(|| {
            let right_before = course.before(watch, work.from, &clock);
            let of = |list: &[Outlook<'_>]| list.iter().map(|one| past(one, course.span, right_before)).collect::<Vec<f64>>();
            (course.span, (of(own), of(others)))
        });
        let foreseen =
            |one: &Outlook<'_>, before: f64| Foreseen { rate: one.rate, spread: one.spread, before, since: (one.volume)(course.seen(now)) };
        let beside: Vec<Foreseen> = others.iter().zip(&past.1).map(|(one, before)| foreseen(one, *before)).collect();
        open.retain_mut(|(place, courses)| {
            let one = foreseen(&own[*place], past.0[*place]);
            if one.before <= 0.0 && one.since <= 0.0 {
                return false;
            }
            let drop = DROP * margin;
            let found = line(one, &beside, (margin, drop), (ALPHA, course.looking(now)), questions).is_some_and(|line| {
                courses.go_on(line, drop);
                courses.found() >= POWER
            });
            if found {
                last = Some(Expected { ms: now.since(work.to), slowest: *place, since: one.since });
            }
            !found
        });
        if open.is_empty() {
            return last;
        }
        seen = Some((course.span, past));
        course = course.after(watch, Verified::Inconclusive, now, zone)?;
    }
}

/// Courses that a drop may take: each look sees what those before saw, and more; so what one did not find the next one seldom does.
struct Courses {
    chance: Chance,
    /// How much is known since: one over the variance.
    known: f64,
    /// What each has shown since, that much known, and by what the past was off; `None` of those that were found.
    open: Vec<Option<(f64, f64)>>,
}

impl Courses {
    fn new() -> Self {
        let mut chance = Chance::new(1);
        let open = (0..DRAWN).map(|_| Some((0.0, chance.normal()))).collect();
        Self { chance, known: 0.0, open }
    }

    fn go_on(&mut self, line: Line, drop: f64) {
        let known = 1.0 / line.since;
        // In the morning it begins anew.
        let anew = known < self.known;
        let step = if anew { known } else { known - self.known }.max(0.0).sqrt();
        for course in &mut self.open {
            let Some((shown, off)) = course else { continue };
            if anew {
                (*shown, *off) = (0.0, self.chance.normal());
            }
            *shown += step * self.chance.normal();
            if drop + *shown / known + *off * line.before.sqrt() >= line.fails_from {
                *course = None;
            }
        }
        self.known = known;
    }

    /// The share that was found.
    fn found(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a thousand")]
        let share = self.open.iter().filter(|course| course.is_none()).count() as f64 / DRAWN as f64;
        share
    }
}

/// Transactions of the past that are held against what comes since: right before the work, and the same time of weeks before.
fn past(one: &Outlook<'_>, planned: Span, right_before: Option<Span>) -> f64 {
    (one.volume)(planned) * WEEKS + right_before.map_or(0.0, |span| (one.volume)(span))
}

#[cfg(test)]
mod tests;
