//! What a window of the week to come is expected to hold.
//!
//! The same wall time of up to eight weeks before, each as a share of its week, so that growth does not count twice; a week
//! that was far off (an outage, a campaign, a holiday nobody told of) is cut to what is usual; later weeks weigh more. What
//! one night seems to be quieter than the others is partly chance, and the cheapest of two thousand windows is where chance
//! was kindest: so the shares are drawn towards day × time of day by as much as the weeks disagree (James & Stein).

use std::collections::BTreeMap;

use jiff::{ToSpan as _, civil::DateTime};

use super::{Ask, Volume};
use crate::{
    Span,
    statistics::series::{quantile, sorted},
    time::{DAY, instant},
    transactions::days_before,
};

/// Weeks looked back.
const BACK: i64 = 8;
/// How much less a week weighs than the one after it.
const FADES: f64 = 0.85;
/// Part of the windows that might be the cheapest, in which chance is reckoned.
const LOW: f64 = 0.25;

/// A window and what it is expected to hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected {
    /// When.
    pub span: Span,
    /// How much.
    pub volume: f64,
    /// How much at most, in 19 of 20.
    pub upper: f64,
}

/// The weeks before a moment.
pub struct Forecast<'v> {
    volume: &'v Volume,
    ask: &'v Ask,
    /// What the clock on the wall shows at their end.
    now: DateTime,
    /// What each week before held, by number backwards.
    weeks: BTreeMap<i64, f64>,
    /// What the week to come is expected to hold.
    level: f64,
    /// Growth a week: 0.02 is 2 %.
    pub growth: f64,
}

impl<'v> Forecast<'v> {
    /// At the end of a volume.
    pub fn new(volume: &'v Volume, ask: &'v Ask) -> Option<Self> {
        let now = volume.to();
        // What a holiday takes off a week is no trend; a week that is little else counts as it was.
        let like = (!ask.special.is_empty()).then(|| volume.without(&ask.special));
        let held = |span: Span| like.as_ref().and_then(|like| like.known_sum(span, 0.6)).or_else(|| volume.known_sum(span, 0.6));
        // A week of the wall: that in which the clocks go forward is an hour shorter.
        let begin = |week: i64| days_before(now, 7 * week, &ask.zone);
        let weeks: BTreeMap<i64, f64> = (1..=BACK)
            .filter_map(|week| {
                let span = Span { from: begin(week), to: begin(week - 1) };
                Some((week, held(span)?)).filter(|(_, sum)| *sum > 0.0)
            })
            .collect();
        let points: Vec<(f64, f64)> = weeks.iter().map(|(week, sum)| (-(*week as f64), sum.ln())).collect();
        if points.len() < 2 {
            return None;
        }
        // Theil and Sen: one odd week does not bend the line.
        let slopes: Vec<f64> =
            points.iter().enumerate().flat_map(|(i, a)| points[..i].iter().map(move |b| (a.1 - b.1) / (a.0 - b.0))).collect();
        let slope = quantile(&sorted(&slopes), 0.5).clamp(-0.1, 0.1);
        let starts: Vec<f64> = points.iter().map(|(x, y)| y - slope * x).collect();
        let level = quantile(&sorted(&starts), 0.5).exp();
        let now = now.jiff().to_zoned(ask.zone.clone()).datetime();
        Some(Self { volume, ask, now, weeks, level, growth: slope.exp_m1() })
    }

    /// Shares of the weeks before at the same wall time, with the week's number. Times that are not like others tell nothing of one that is,
    /// unless they are all there is.
    fn shares(&self, span: Span) -> Vec<(i64, f64)> {
        let wall = span.from.jiff().to_zoned(self.ask.zone.clone()).datetime();
        let ahead = i64::try_from(wall.duration_since(self.now).as_millis()).map_or(0, |ms| ms.div_euclid(7 * DAY));
        let all: Vec<(i64, f64, bool)> = (1..=BACK)
            .filter_map(|week| {
                let then = wall.checked_sub((7 * (week + ahead)).days()).ok()?;
                let from = instant(then, &self.ask.zone)?;
                let past = Span { from, to: from.plus(span.length()) };
                let sum = self.volume.sum(past)?;
                Some((week, sum / self.weeks.get(&week)?, self.ask.is_special(past)))
            })
            .collect();
        let like = all.iter().filter(|(.., special)| !special).count();
        let any = like < 2 || self.ask.is_special(span);
        all.into_iter().filter(|(.., special)| any || !special).map(|(week, share, _)| (week, share)).collect()
    }

    /// One window by itself; `None` where fewer than two weeks know of it.
    pub fn one(&self, span: Span) -> Option<f64> {
        let shares = self.shares(span);
        (shares.len() >= 2).then(|| usual(&shares).0 * self.level)
    }

    /// All of them, as far as they are known of.
    pub fn all(&self, spans: &[Span]) -> Vec<Expected> {
        let mut cells: Vec<Cell> = spans
            .iter()
            .filter_map(|span| {
                let shares = self.shares(*span);
                if shares.len() < 2 {
                    return None;
                }
                let (mean, variance) = usual(&shares);
                let wall = span.from.jiff().to_zoned(self.ask.zone.clone());
                let minute = i64::from(wall.hour()) * 60 + i64::from(wall.minute());
                Some(Cell { span: *span, day: wall.date(), minute, shares, mean, variance, fit: mean })
            })
            .collect();
        draw_together(&mut cells);
        let mut ratios: Vec<f64> = cells
            .iter()
            .filter(|cell| cell.fit > 0.0)
            .flat_map(|cell| cell.shares.iter().map(move |(_, share)| share / cell.fit))
            .collect();
        ratios = sorted(&ratios);
        let band = quantile(&ratios, 0.95).max(1.0);
        cells
            .iter()
            .map(|cell| {
                let volume = cell.fit * self.level;
                Expected { span: cell.span, volume, upper: (volume * band).max(volume + 1.645 * volume.sqrt()) }
            })
            .collect()
    }
}

struct Cell {
    span: Span,
    day: jiff::civil::Date,
    minute: i64,
    shares: Vec<(i64, f64)>,
    mean: f64,
    variance: f64,
    fit: f64,
}

/// Weighted mean of the shares, cut to half and twice their median, and the variance of that mean.
fn usual(shares: &[(i64, f64)]) -> (f64, f64) {
    let plain: Vec<f64> = shares.iter().map(|(_, share)| *share).collect();
    let middle = quantile(&sorted(&plain), 0.5);
    let cut = |share: f64| if middle > 0.0 { share.clamp(middle / 2.0, middle * 2.0) } else { share };
    let weight = |week: i64| FADES.powi(i32::try_from(week).unwrap_or(0));
    let all: f64 = shares.iter().map(|(week, _)| weight(*week)).sum();
    let mean = shares.iter().map(|(week, share)| weight(*week) * cut(*share)).sum::<f64>() / all;
    let spread = shares.iter().map(|(week, share)| weight(*week) * (cut(*share) - mean).powi(2)).sum::<f64>() / all;
    (mean, spread / (shares.len() as f64 - 1.0).max(1.0))
}

fn draw_together(cells: &mut [Cell]) {
    let means: Vec<f64> = cells.iter().map(|cell| cell.mean).collect();
    let low = quantile(&sorted(&means), LOW);
    let (mut times, mut days) = (BTreeMap::new(), BTreeMap::new());
    for cell in cells.iter().filter(|cell| cell.mean <= low) {
        let entry: &mut (f64, f64) = times.entry(cell.minute).or_default();
        *entry = (entry.0 + cell.mean, entry.1 + 1.0);
    }
    let time = |minute: i64| times.get(&minute).map(|(sum, n)| sum / n);
    for cell in cells.iter().filter(|cell| cell.mean <= low) {
        let entry: &mut (f64, f64) = days.entry(cell.day).or_default();
        *entry = (entry.0 + cell.mean, entry.1 + time(cell.minute).unwrap_or(0.0));
    }
    let fit = |cell: &Cell| {
        let (sum, usual) = days.get(&cell.day)?;
        Some(time(cell.minute)? * if *usual > 0.0 { sum / usual } else { 1.0 })
    };
    let (mut off, mut noise) = (0.0, 0.0);
    for cell in cells.iter().filter(|cell| cell.mean <= low) {
        off += fit(cell).map_or(0.0, |fit| (cell.mean - fit).powi(2));
        noise += cell.variance;
    }
    let own = if off > 0.0 { (1.0 - noise / off).clamp(0.0, 1.0) } else { 1.0 };
    for cell in cells.iter_mut().filter(|cell| cell.mean <= low) {
        if let Some(fit) = fit(cell) {
            cell.fit = own * cell.mean + (1.0 - own) * fit;
        }
    }
}
