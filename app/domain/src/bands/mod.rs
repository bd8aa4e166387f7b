//! Expected bands: between what volume, success rate, latency and amount of a system lay to be expected, hour by hour.
//!
//! A band is forecast from the hours before (see [`crate::forecast`]) and kept: what is past is shown as it was forecast then, never
//! corrected by what came. With it stands what the same forecast would have been worth before, and where the level changed.

mod port;
mod special;

use serde::{Deserialize, Serialize};

use crate::{
    Span, Timestamp,
    changepoints::change_points,
    forecast::{Ask, forecast, seasons_of_step},
    occasions::Kind,
    time::HOUR,
    words::words,
};
pub use port::Bands;

words! {
    /// What is expected of a system.
    pub enum Measure {
        /// Transactions an hour.
        Volume = "volume",
        /// Share that succeeds, in per cent.
        Success = "success",
        /// Latency that 95 of 100 stay within, in milliseconds.
        P95 = "p95",
        /// What is moved an hour, in the one currency that there is.
        Amount = "amount",
    }
}

/// Hours of history that a band is made of.
pub const HISTORY: i64 = 35 * 24;
/// Hours of history below which there is none.
pub const LEAST: usize = 72;
/// Hours ahead.
const AHEAD: usize = 48;
/// How much of what comes a band is to hold.
pub const LEVEL: f64 = 0.9;
/// Days that a first band is laid over, each forecast from what was known before it.
const BACK: usize = 7;

/// What is expected of one hour.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hour {
    /// Its start.
    pub at: Timestamp,
    /// Lower end of the band.
    pub low: f64,
    /// What is expected.
    pub mean: f64,
    /// Upper end.
    pub high: f64,
}

/// Where a measure took another level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Change {
    /// The first hour of the new level.
    pub at: Timestamp,
    /// The level before, without the season.
    pub before: f64,
    /// The level after.
    pub after: f64,
    /// How sure it is, 0 to 1.
    pub confidence: f64,
}

/// What the forecast behind a band is worth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Fit {
    /// When it was made.
    pub at: Timestamp,
    /// Symmetric mean absolute percentage error of its back-test, in per cent; `null` where the history is too short to tell.
    pub error: Option<f64>,
    /// Share of past hours that such a band held; `null` as above.
    pub held: Option<f64>,
    /// The models behind it, the heaviest first.
    pub models: Vec<String>,
    /// Changes of level in its history.
    pub changes: Vec<Change>,
}

/// A band over a span.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Band {
    /// Of what.
    pub measure: Measure,
    /// The hours of the span for which there is one, in order.
    pub hours: Vec<Hour>,
    /// What the last forecast is worth.
    pub fit: Fit,
}

/// A forecast that was just made.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// Hours that are expected from now on; with a first band, of the week before too.
    pub hours: Vec<Hour>,
    /// What it is worth.
    pub fit: Fit,
}

/// Fits a measure to its hours, the last of them ending at `now`; missing hours are NaN. `first`: there is no band yet, and the
/// last week is laid out too, each day from what was known before it. `None` where too little is known.
///
/// Hours of `occasions` are no measure of what is usual: they are left out, and of those to come is expected what those of their kind
/// brought before.
pub fn fit(
    measure: Measure,
    hours: &[f64],
    begins: Timestamp,
    (now, first): (Timestamp, bool),
    occasions: &[(Kind, Span)],
) -> Option<Made> {
    let known = hours.iter().position(|value| value.is_finite())?;
    let (all, begins) = (&hours[known..], begins.plus(hours_ms(known)));
    let hours = &special::ordinary(all, begins, occasions);
    if hours.iter().filter(|value| value.is_finite()).count() < LEAST {
        return None;
    }
    let mut laid = Vec::new();
    if first {
        for back in (1..=BACK).rev() {
            if let Some(past) = hours.len().checked_sub(back * 24).filter(|past| *past >= LEAST) {
                laid.extend(ahead(measure, &hours[..past], begins, 24).map(|(hours, _)| hours).unwrap_or_default());
            }
        }
    }
    let (mut next, said) = ahead(measure, hours, begins, AHEAD)?;
    if matches!(measure, Measure::Volume | Measure::Amount) {
        special::expect(&mut next, occasions, &special::learn(all, hours, begins, occasions));
    }
    laid.extend(next);
    let changes = change_points(hours, Some(&said.seasons)).into_iter().map(|point| Change {
        at: begins.plus(hours_ms(point.at)),
        before: point.before,
        after: point.after,
        confidence: point.confidence,
    });
    let fit = Fit {
        at: now,
        error: said.backtest.map(|back| back.smape),
        held: said.backtest.map(|back| back.coverage),
        models: said.model.iter().map(|(name, _)| (*name).to_owned()).collect(),
        changes: changes.collect(),
    };
    Some(Made { hours: laid, fit })
}

fn hours_ms(hours: usize) -> i64 {
    i64::try_from(hours).unwrap_or(i64::MAX / HOUR) * HOUR
}

fn ahead(measure: Measure, hours: &[f64], begins: Timestamp, steps: usize) -> Option<(Vec<Hour>, crate::forecast::Forecast)> {
    let said = forecast(hours, &Ask { horizon: steps, seasons: seasons_of_step(hours, HOUR), level: LEVEL })?;
    let most = if measure == Measure::Success { 100.0 } else { f64::INFINITY };
    let hour = |step: usize| Hour {
        at: begins.plus(hours_ms(hours.len() + step)),
        low: said.lower[step].clamp(0.0, most),
        mean: said.mean[step].clamp(0.0, most),
        high: said.upper[step].clamp(0.0, most),
    };
    Some(((0..steps).map(hour).collect(), said))
}

impl Band {
    /// The band over a slot of a chart, of an hour, a part of one or several; `None` where there is no band. What is
    /// counted in a part of an hour scatters more than what is counted in the whole: the ends move apart as much as chance asks.
    pub fn over(&self, slot: Span, volume: Option<&Self>) -> Option<Hour> {
        if slot.length() > HOUR {
            return self.summed(slot, volume);
        }
        let hour = self.hour(slot.from).filter(|_| slot.length() > 0)?;
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of an hour")]
        let share = slot.length() as f64 / HOUR as f64;
        let expected = || volume.and_then(|volume| volume.hour(slot.from)).map(|volume| volume.mean.max(1.0));
        let part = |more: f64| {
            let (low, high) = (hour.low * share, hour.high * share);
            Hour { at: slot.from, low: (low - more).max(0.0), mean: hour.mean * share, high: high + more }
        };
        Some(match self.measure {
            Measure::Volume => {
                let more = |count: f64| 1.645 * (count.max(0.0) * share * (1.0 - share)).sqrt();
                Hour { low: (hour.low * share - more(hour.low)).max(0.0), high: hour.high * share + more(hour.high), ..part(0.0) }
            }
            // Amounts differ about as much as they are large.
            Measure::Amount => {
                part(expected().map_or(0.0, |count| 1.645 * hour.mean / count * (2.0 * count * share * (1.0 - share)).max(0.0).sqrt()))
            }
            Measure::Success => {
                let rate = (hour.mean / 100.0).clamp(0.001, 0.999);
                let more =
                    expected().map_or(0.0, |count| 164.5 * (rate * (1.0 - rate) * (1.0 / (count * share) - 1.0 / count)).max(0.0).sqrt());
                Hour { at: slot.from, low: (hour.low - more).max(0.0), high: (hour.high + more).min(100.0), ..hour }
            }
            Measure::P95 => Hour { at: slot.from, ..hour },
        })
    }

    /// Over several hours, each of which has a band: added up, and of a rate the mean by transactions, at its ends as if all hours erred
    /// to the same side. A quantile of all is not made of theirs.
    fn summed(&self, slot: Span, volume: Option<&Self>) -> Option<Hour> {
        let place = |at: Timestamp| self.hours.partition_point(|hour| hour.at < at);
        let hours = &self.hours[place(slot.from)..place(slot.to)];
        if hours_ms(hours.len()) < slot.length() / HOUR * HOUR {
            return None;
        }
        let weights: Vec<f64> = match self.measure {
            Measure::Volume | Measure::Amount => vec![1.0; hours.len()],
            Measure::Success => {
                let all: Vec<f64> = hours.iter().map(|hour| Some(volume?.hour(hour.at)?.mean)).collect::<Option<_>>()?;
                let whole = all.iter().sum::<f64>();
                all.iter().map(|one| if whole > 0.0 { one / whole } else { f64::NAN }).collect()
            }
            Measure::P95 => return None,
        };
        let sum = |end: fn(&Hour) -> f64| hours.iter().zip(&weights).map(|(hour, weight)| end(hour) * weight).sum::<f64>();
        let all = Hour { at: slot.from, low: sum(|hour| hour.low), mean: sum(|hour| hour.mean), high: sum(|hour| hour.high) };
        all.mean.is_finite().then_some(all)
    }

    fn hour(&self, at: Timestamp) -> Option<Hour> {
        let place = self.hours.partition_point(|hour| hour.at <= at).checked_sub(1)?;
        self.hours.get(place).copied().filter(|hour| at.since(hour.at) < HOUR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(count: usize) -> Vec<f64> {
        (0..count * 24).map(|at| 1_000.0 + 400.0 * (at as f64 / 24.0 * std::f64::consts::TAU).sin() + (at * 7_919 % 101) as f64).collect()
    }

    #[test]
    fn a_band_follows_the_day_and_is_laid_over_the_week_before() {
        let now = Timestamp(1_800_000_000_000).floor(HOUR);
        let hours = days(21);
        let begins = now.plus(-hours_ms(hours.len()));
        let made = fit(Measure::Volume, &hours, begins, (now, true), &[]).unwrap();
        assert_eq!((made.hours.len(), made.hours[0].at, made.hours[7 * 24].at), (7 * 24 + AHEAD, now.plus(-7 * 24 * HOUR), now));
        let held =
            made.hours[..7 * 24].iter().zip(&hours[14 * 24..]).filter(|(hour, value)| (hour.low..=hour.high).contains(value)).count();
        assert!(held > 125, "{held}");
        assert!(made.fit.held.is_some_and(|held| held > 0.7) && made.fit.changes.is_empty(), "{:?}", made.fit);
        assert_eq!(fit(Measure::Volume, &hours, begins, (now, false), &[]).unwrap().hours.len(), AHEAD);
        assert_eq!(fit(Measure::Volume, &hours[..60], begins, (now, true), &[]), None);
    }

    #[test]
    fn a_part_of_an_hour_scatters_more() {
        let hour = Hour { at: Timestamp(0), low: 90.0, mean: 100.0, high: 110.0 };
        let fit = Fit { at: Timestamp(0), error: None, held: None, models: Vec::new(), changes: Vec::new() };
        let band = Band { measure: Measure::Volume, hours: vec![hour], fit };
        let slot = |from: i64, to: i64| Span { from: Timestamp(from), to: Timestamp(to) };
        assert_eq!(band.over(slot(0, HOUR), None), Some(hour));
        let quarter = band.over(slot(HOUR / 4, HOUR / 2), None).unwrap();
        assert!(quarter.mean == 25.0 && quarter.low < 22.5 - 6.0 && quarter.high > 27.5 + 6.0, "{quarter:?}");
        assert_eq!((band.over(slot(0, 2 * HOUR), None), band.over(slot(HOUR, HOUR + 1), None)), (None, None));
        // Amounts scatter more than what is counted of them.
        let amount = Band { measure: Measure::Amount, ..band.clone() }.over(slot(HOUR / 4, HOUR / 2), Some(&band)).unwrap();
        assert!(amount.mean == 25.0 && amount.low < quarter.low && amount.high > quarter.high, "{amount:?}");
    }

    #[test]
    fn several_hours_are_added_up_where_all_of_them_have_a_band() {
        let of = |measure: Measure, means: [f64; 2]| {
            let hours = (0..).zip(means).map(|(at, mean)| Hour { at: Timestamp(at * HOUR), low: mean - 1.0, mean, high: mean + 1.0 });
            let fit = Fit { at: Timestamp(0), error: None, held: None, models: Vec::new(), changes: Vec::new() };
            Band { measure, hours: hours.collect(), fit }
        };
        let [volume, success, p95] =
            [(Measure::Volume, [100.0, 300.0]), (Measure::Success, [90.0, 98.0]), (Measure::P95, [20.0, 30.0])].map(|(m, v)| of(m, v));
        let two = Span { from: Timestamp(0), to: Timestamp(2 * HOUR) };
        assert_eq!(volume.over(two, None), Some(Hour { at: Timestamp(0), low: 398.0, mean: 400.0, high: 402.0 }));
        assert_eq!(success.over(two, Some(&volume)), Some(Hour { at: Timestamp(0), low: 95.0, mean: 96.0, high: 97.0 }));
        assert_eq!((success.over(two, None), p95.over(two, Some(&volume))), (None, None));
        assert_eq!(volume.over(Span { to: Timestamp(3 * HOUR), ..two }, None), None);
    }
}
