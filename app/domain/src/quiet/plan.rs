//! The cheapest windows, and how the choice would have done before.

use super::{
    Ask, BadVolume, Volume,
    forecast::{Expected, Forecast},
};
use crate::{
    Span, Timestamp,
    time::{DAY, HOUR},
    transactions::days_before,
    verification::needed,
};

/// Weeks tried.
const TRIED: i64 = 4;
/// Days looked ahead for a verdict.
const AHEAD: i64 = 14;

/// One window.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// The work, without rolling back.
    pub span: Span,
    /// Transactions expected in it, rolling back included.
    pub expected: f64,
    /// As many at most, in 19 of 20.
    pub upper: f64,
    /// Transactions expected to be hurt: how many there are × how often such a change fails.
    pub cost: f64,
}

/// One week that is over, as if it were still to come.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// What would have been chosen.
    pub chosen: Span,
    /// What it really held.
    pub realised: f64,
    /// The best in hindsight.
    pub best: Span,
    /// What that held.
    pub best_volume: f64,
}

impl Trial {
    /// Realised ÷ best; `None` where the best held nothing and the chosen something.
    pub fn ratio(&self) -> Option<f64> {
        if self.best_volume > 0.0 { Some(self.realised / self.best_volume) } else { (self.realised == 0.0).then_some(1.0) }
    }
}

/// A choice that holds so many times what the best in hindsight held, on average, is a good one.
pub const GOOD: f64 = 1.1;

/// All of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Backtest {
    /// The latest week first.
    pub trials: Vec<Trial>,
}

impl Backtest {
    /// Mean of the ratios; `None` without any.
    pub fn mean(&self) -> Option<f64> {
        let ratios: Vec<f64> = self.trials.iter().filter_map(Trial::ratio).collect();
        (!ratios.is_empty()).then(|| ratios.iter().sum::<f64>() / ratios.len() as f64)
    }

    /// The worst of them.
    pub fn worst(&self) -> Option<f64> {
        self.trials.iter().filter_map(Trial::ratio).max_by(f64::total_cmp)
    }
}

/// What to do, and how far to believe it.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The cheapest first; they do not overlap.
    pub windows: Vec<Window>,
    /// Growth a week.
    pub growth: f64,
    /// Transactions a side that a verdict takes.
    pub needed: f64,
    /// How the choice would have done.
    pub backtest: Backtest,
}

/// Plans the days after a history.
///
/// # Errors
/// Too little history, or no room.
pub fn plan(volume: &Volume, ask: &Ask) -> Result<Plan, BadVolume> {
    plan_where(volume, ask, |_| true)
}

/// The same around what is in the way: only work is named that is `free`. It is asked of the cheapest first until enough are, so that what
/// is in the way of every cheap night does not use up the choice; where none is, no window is named.
///
/// # Errors
/// Too little history, or no room.
pub fn plan_where(volume: &Volume, ask: &Ask, free: impl Fn(Span) -> bool) -> Result<Plan, BadVolume> {
    volume.enough()?;
    if volume.step() > ask.length().max(HOUR) {
        return Err(BadVolume::Coarse { hours: volume.step() as f64 / HOUR as f64 });
    }
    let forecast = Forecast::new(volume, ask).ok_or(BadVolume::Short { days: 0.0 })?;
    let mut expected = forecast.all(&ask.spans(volume.to(), volume.grain()));
    if expected.is_empty() {
        return Err(BadVolume::NoRoom);
    }
    cheapest_first(&mut expected);
    let needed = needed(ask.usual, ask.usual + ask.drop, ask.alpha, ask.power);
    let mut windows: Vec<Window> = Vec::new();
    for one in expected {
        if windows.len() >= ask.count {
            break;
        }
        let span = Span { from: one.span.from, to: one.span.from.plus(ask.duration_ms) };
        if windows.iter().any(|window| window.span.overlaps(span)) || !free(span) {
            continue;
        }
        windows.push(Window { span, expected: one.volume, upper: one.upper, cost: one.volume * ask.failing });
    }
    let backtest = Backtest { trials: (1..=TRIED).filter_map(|week| attempt(volume, ask, week)).collect() };
    Ok(Plan { windows, growth: forecast.growth, needed, backtest })
}

/// What one window is expected to hold, rolling back included, and to cost; `None` where less than four weeks are known, or
/// too little of its hours.
pub fn weigh(volume: &Volume, ask: &Ask, from: Timestamp) -> Option<(f64, f64)> {
    volume.enough().ok()?;
    let expected = Forecast::new(volume, ask)?.one(Span { from, to: from.plus(ask.length()) })?;
    Some((expected, expected * ask.failing))
}

/// What a window that was chosen is expected to hold and to cost by another volume: that which somebody may know of. `None`
/// as with [`weigh`].
pub fn window(volume: &Volume, ask: &Ask, work: Span) -> Option<Window> {
    volume.enough().ok()?;
    let forecast = Forecast::new(volume, ask)?;
    let one = forecast.all(&[Span { from: work.from, to: work.from.plus(ask.length()) }]).pop()?;
    Some(Window { span: work, expected: one.volume, upper: one.upper, cost: one.volume * ask.failing })
}

fn cheapest_first(expected: &mut [Expected]) {
    expected.sort_by(|a, b| a.volume.total_cmp(&b.volume).then(a.upper.total_cmp(&b.upper)).then(a.span.from.cmp(&b.span.from)));
}

/// Milliseconds from the end of the work until so many transactions are expected to have come as one look takes that is the only one;
/// `None` where two weeks do not suffice.
pub fn time_to_see(volume: &Volume, ask: &Ask, from: Timestamp) -> Option<i64> {
    let forecast = Forecast::new(volume, ask)?;
    let needed = needed(ask.usual, ask.usual + ask.drop, ask.alpha, ask.power);
    let mut seen = 0.0;
    let mut at = from;
    while at.since(from) < AHEAD * DAY {
        let hour = forecast.one(Span { from: at, to: at.plus(HOUR) })?;
        if seen + hour >= needed {
            #[expect(clippy::cast_possible_truncation, reason = "a part of an hour")]
            let part = ((needed - seen) / hour * HOUR as f64) as i64;
            return Some(at.since(from) + part);
        }
        seen += hour;
        at = at.plus(HOUR);
    }
    None
}

/// The choice for a week that is over; `None` where fewer than three weeks lie before it.
fn attempt(volume: &Volume, ask: &Ask, week: i64) -> Option<Trial> {
    let before = volume.until(days_before(volume.to(), 7 * week, &ask.zone));
    // An hour may be missing where the clocks went forward.
    if before.to().since(before.from()) < 3 * 7 * DAY - volume.step().clamp(HOUR, DAY) {
        return None;
    }
    let ask = Ask { days: ask.days.min(7), within: None, ..ask.clone() };
    let spans = ask.spans(before.to(), volume.grain());
    let mut expected = Forecast::new(&before, &ask)?.all(&spans);
    cheapest_first(&mut expected);
    let real = |span: Span| volume.sum(span).map(|sum| (span, sum));
    let (chosen, realised) = expected.iter().find_map(|one| real(one.span))?;
    let (best, best_volume) = spans.into_iter().filter_map(real).min_by(|a, b| a.1.total_cmp(&b.1))?;
    Some(Trial { chosen, realised, best, best_volume })
}
