//! Seasons found in the values: lengths at which a series resembles itself.
//!
//! A forecast repeats what it takes for a season, so it goes by [`seasons`], which leaves out what may be chance. Who looks for what is
//! out of the ordinary compares with what was alike, chance or not, and goes by [`resemblances`].

use super::{clean, latest};
use crate::statistics::scale::scaled;

/// Seasons that calendars make: of minutes, five and ten minutes, quarters and half-hours, hours, days, months.
const USUAL: [usize; 17] = [24, 168, 7, 12, 48, 336, 96, 672, 144, 1008, 288, 2016, 1440, 720, 52, 4, 60];
/// Days in steps of an hour down to a minute: where there is one, a week of it is worth a try.
const DAYS: [usize; 7] = [24, 48, 72, 96, 144, 288, 1440];
/// Lags that are looked at.
const LONGEST: usize = 2_100;
/// What a weak day stands out by from the half days around it.
const WEAK: f64 = 0.06;
const DAY_MS: i64 = 86_400_000;

/// The lengths of up to two seasons in steps, the shorter first. Where two fit alike, one that a calendar makes is taken.
pub(super) fn seasons(values: &[f64]) -> Vec<usize> {
    Likeness::of(values).map_or_else(Vec::new, |likeness| likeness.seasons())
}

/// The same of the latest values, gaps among them, where the step between two is known: a day and a week where the values bear them out.
pub fn seasons_of_step(values: &[f64], step_ms: i64) -> Vec<usize> {
    let Some(likeness) = clean::fill(&scaled(latest(values)).0, &[]).and_then(|filled| Likeness::of(&filled)) else { return Vec::new() };
    let whole =
        |span: i64| (span % step_ms.max(1) == 0).then(|| usize::try_from(span / step_ms.max(1)).unwrap_or(0)).filter(|steps| *steps > 1);
    let borne = |steps: &usize| *steps <= likeness.longest && likeness.by_lag[*steps] > likeness.gate;
    match (whole(DAY_MS).filter(borne), whole(7 * DAY_MS).filter(|week| *week <= likeness.longest)) {
        (Some(day), Some(week)) if likeness.worth(day, week) => vec![day, week],
        (Some(day), _) => vec![day],
        (None, Some(week)) if step_ms == DAY_MS && borne(&week) => vec![week],
        _ => likeness.seasons(),
    }
}

/// The lengths of up to two resemblances that stand out, the shorter first, whether or not they come again.
pub fn resemblances(values: &[f64]) -> Vec<usize> {
    Likeness::of(&scaled(values).0).map_or_else(Vec::new, |likeness| likeness.standing_out())
}

/// How alike a series is to itself, by lag.
struct Likeness {
    by_lag: Vec<f64>,
    longest: usize,
    /// What chance alone would hardly give.
    gate: f64,
}

impl Likeness {
    /// `None` for what is too short or does not move.
    fn of(values: &[f64]) -> Option<Self> {
        let longest = (values.len() / 2).min(LONGEST);
        if longest < 4 {
            return None;
        }
        let flat = detrended(values);
        let spread: f64 = flat.iter().map(|value| value * value).sum();
        let size: f64 = values.iter().map(|value| value * value).sum();
        if spread <= size * 1e-18 {
            return None;
        }
        let gate = (3.0 / (values.len() as f64).sqrt()).max(0.2);
        Some(Self { by_lag: autocorrelation(&flat, longest + 1), longest, gate })
    }

    /// What stands out by itself, where a calendar makes it or it comes again; else a weak day within what is slow.
    fn seasons(&self) -> Vec<usize> {
        let found = self.standing_out();
        match found.first() {
            Some(short) if USUAL.contains(short) => found,
            first => match self.weak_day() {
                Some(day) => {
                    std::iter::once(day).chain(Some(7 * day).filter(|week| *week <= self.longest && self.worth(day, *week))).collect()
                }
                None if first.is_some_and(|short| self.comes_again(*short)) => found,
                None => Vec::new(),
            },
        }
    }

    /// A slow series resembles itself at many lengths by chance, but not at twice and three times that length too.
    fn comes_again(&self, short: usize) -> bool {
        3 * short <= self.longest && [2, 3].iter().all(|times| self.by_lag[times * short] > 0.6 * self.by_lag[short])
    }

    /// The shortest day that is more like itself after a whole number of days than half a day before and after.
    fn weak_day(&self) -> Option<usize> {
        let bump = |lag: usize, half: usize| self.by_lag[lag] - f64::midpoint(self.by_lag[lag - half], self.by_lag[lag + half]);
        let stands = |day: &usize| 3 * day <= self.longest && bump(*day, day / 2) > WEAK && bump(2 * day, day / 2) > WEAK;
        DAYS.into_iter().find(stands)
    }

    /// The shortest length that is nearly as alike as the most alike, and a longer one that is worth it.
    fn standing_out(&self) -> Vec<usize> {
        let (by_lag, longest) = (&self.by_lag, self.longest);
        // A peak only counts behind a valley: a slow series is like itself at every short lag.
        let Some(valley) = (1..=longest).find(|&lag| by_lag[lag] < 0.6 * self.gate.max(by_lag[1] * 0.5) || lag > 2 && self.rises(lag))
        else {
            return Vec::new();
        };
        let peaks: Vec<usize> = (valley.max(2)..=longest).filter(|&lag| by_lag[lag] > self.gate && self.peak(lag)).collect();
        let Some(most) = peaks.iter().map(|&lag| by_lag[lag]).reduce(f64::max) else { return Vec::new() };
        let Some(mut short) = peaks.iter().copied().find(|&lag| by_lag[lag] >= most * 0.7) else { return Vec::new() };
        let near = USUAL.iter().copied().filter(|usual| usual.abs_diff(short) * 24 <= short && *usual <= longest);
        if let Some(usual) = near.max_by(|a, b| by_lag[*a].total_cmp(&by_lag[*b])).filter(|usual| by_lag[*usual] >= by_lag[short] * 0.95) {
            short = usual;
        }
        let week = Some(7 * short).filter(|week| DAYS.contains(&short) && *week <= longest && self.worth(short, *week));
        std::iter::once(short).chain(week.or_else(|| self.longer(short))).collect()
    }

    /// Whether the week resembles itself no worse than the days between do.
    fn worth(&self, day: usize, week: usize) -> bool {
        let days: Vec<f64> = (2..week / day).map(|days| self.by_lag[days * day]).collect();
        self.by_lag[week] > self.gate / 2.0 && self.by_lag[week] >= days.iter().sum::<f64>() / days.len().max(1) as f64 - 0.05
    }

    /// A multiple of the shorter season that is clearly more alike than those before it.
    fn longer(&self, short: usize) -> Option<usize> {
        let multiples: Vec<usize> = (2..).map(|k| k * short).take_while(|&lag| lag <= self.longest).collect();
        let stands_out = |lag: &usize| {
            let usual = [7, 5, 12, 4].contains(&(lag / short)) || USUAL.contains(lag);
            let rest: Vec<f64> = multiples.iter().filter(|other| *other < lag).map(|other| self.by_lag[*other]).collect();
            let others = rest.iter().sum::<f64>() / rest.len().max(1) as f64;
            let likeness = self.by_lag[*lag];
            usual
                && !rest.is_empty()
                && likeness > self.gate
                && likeness > others + 0.1 * (1.0 - others)
                && rest.iter().all(|one| likeness >= *one)
        };
        multiples.iter().copied().filter(stands_out).max_by(|a, b| self.by_lag[*a].total_cmp(&self.by_lag[*b]))
    }

    fn peak(&self, lag: usize) -> bool {
        let near = 1.max(lag / 24);
        (lag.saturating_sub(near).max(1)..=(lag + near).min(self.longest)).all(|other| self.by_lag[other] <= self.by_lag[lag] + 1e-9)
    }

    fn rises(&self, lag: usize) -> bool {
        let by_lag = &self.by_lag;
        by_lag[lag - 2] >= by_lag[lag - 1] && by_lag[lag] > by_lag[lag - 1] && by_lag[lag - 1] < 0.9 * by_lag[1].max(0.0)
    }
}

/// Without level and slope, and with what sticks out cut to four times the usual.
fn detrended(values: &[f64]) -> Vec<f64> {
    let count = values.len() as f64;
    let (mean, middle) = (values.iter().sum::<f64>() / count, (count - 1.0) / 2.0);
    let (mut product, mut square) = (0.0, 0.0);
    for (at, value) in values.iter().enumerate() {
        let place = at as f64 - middle;
        product += place * (value - mean);
        square += place * place;
    }
    let slope = if square > 0.0 { product / square } else { 0.0 };
    let mut flat: Vec<f64> = values.iter().enumerate().map(|(at, value)| value - mean - slope * (at as f64 - middle)).collect();
    let usual = flat.iter().map(|value| value.abs()).sum::<f64>() / count;
    flat.iter_mut().for_each(|value| *value = value.clamp(-4.0 * usual, 4.0 * usual));
    flat
}

/// By lag, each over the pairs that there are.
fn autocorrelation(flat: &[f64], lags: usize) -> Vec<f64> {
    let count = flat.len();
    let spread = (flat.iter().map(|value| value * value).sum::<f64>() / count as f64).max(1e-300);
    let at = |lag: usize| flat[lag..].iter().zip(flat).map(|(now, then)| now * then).sum::<f64>() / ((count - lag) as f64 * spread);
    (0..lags.min(count)).map(at).collect()
}
