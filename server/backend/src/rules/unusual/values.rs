//! The values of a dimension, each by itself: hours around the same time of the days before, the hours of today, and a window of now.

use std::{collections::HashMap, sync::Arc};

use domain::{
    Fault, Span, Timestamp,
    alerts::Labels,
    rules::{Measure, Reading},
    time::{DAY, HOUR},
    transactions::{cells::Sums, days_before},
    unusual::{Counted, LEAST, among, failures, leak, onset, volume},
};
use sqlx::AnyConnection;

use super::{
    Asked, DAYS, FEW_DAYS, UNUSUAL, Window, counted,
    hours::Hours,
    said_of_failures, said_of_volume, since,
    special::{self, takes, zone},
};
use crate::{rules::read::MOST, transactions};

/// Hours that a leak is looked for in, that of now among them.
const HOURS: usize = 6;
/// The hours of a day that a window is held against: its own, and the one before.
const NEAR: usize = 2;
/// By what factor an hour of the day may differ from all in its share of failures.
const RHYTHM: (f64, f64) = (0.3, 3.0);

/// An hour of the past: how many hours earlier in the day it lies than that of now, and what was counted of every value.
type Known = (usize, Arc<HashMap<u32, Counted>>);

/// The values with most transactions in all hours, at most `most`.
fn busiest(hours: &[Known], most: usize) -> Vec<u32> {
    let mut totals: HashMap<u32, f64> = HashMap::new();
    for (value, counted) in hours.iter().filter(|(age, _)| *age < NEAR).flat_map(|(_, hour)| hour.iter()) {
        *totals.entry(*value).or_default() += counted.total;
    }
    let mut list: Vec<(u32, f64)> = totals.into_iter().collect();
    list.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    list.into_iter().take(most).map(|(value, _)| value).collect()
}

/// One value of a dimension.
struct Value {
    number: u32,
    name: String,
    /// An entry for each hour of the past.
    hours: Vec<Counted>,
    /// The whole hours of today before that of now, the oldest first.
    today: Vec<Counted>,
}

/// Hours of each value of a dimension, around the same time of the days before.
pub(super) struct Values {
    hour: Timestamp,
    of: Vec<Value>,
    /// How many hours earlier in the day than that of now each entry is.
    ages: Vec<usize>,
    /// The share of failures of an hour that lies so many hours earlier in the day, by that of all hours: of all values together.
    rhythm: Option<[f64; HOURS]>,
}

impl Values {
    pub(super) async fn read(conn: &mut AnyConnection, asked: &Asked<'_>, hour: Timestamp, read: &mut Hours) -> Result<Self, Fault> {
        let special = special::read(conn, asked.system, Span { from: hour.plus(-(DAYS + 2) * DAY), to: hour.plus(HOUR) }).await?;
        let kind = special::kind(&special, hour, HOUR);
        let counts = |at: Timestamp| takes(asked.measure, kind, special::kind(&special, at, HOUR));
        // A leak is one of failures.
        let reach = if asked.measure == Measure::Volume { NEAR } else { HOURS };
        let zone = zone(asked.zone);
        let (mut hours, mut days) = (Vec::<Known>::new(), 0);
        for day in 1..=DAYS {
            let now = days_before(hour, day, &zone);
            for (age, at) in (0..reach).zip(before(now)).filter(|(_, at)| counts(*at)) {
                let known = read.of(conn, asked, at).await?;
                days += usize::from(age == 0 && known.is_some());
                hours.extend(known.map(|known| (age, known)));
            }
        }
        if days < FEW_DAYS {
            for at in before(hour).skip(1).take(8).filter(|at| counts(*at)) {
                hours.extend(read.of(conn, asked, at).await?.map(|known| (0, known)));
            }
        }
        let mut today = Vec::new();
        // Hours that are the past themselves do not leak.
        if days >= FEW_DAYS {
            for at in before(hour).skip(1).take(reach - 1) {
                today.push(read.of(conn, asked, at).await?.unwrap_or_default());
            }
            today.reverse();
        }
        let judged = busiest(&hours, MOST);
        let names = transactions::names_of(conn, &judged).await?;
        let of = judged.into_iter().filter_map(|number| {
            let hours = hours.iter().map(|(_, hour)| hour.get(&number).copied().unwrap_or_default()).collect();
            let today = today.iter().map(|hour| hour.get(&number).copied().unwrap_or_default()).collect();
            Some(Value { number, name: names.get(&number)?.clone(), hours, today })
        });
        let of = of.collect();
        let rhythm = (days >= FEW_DAYS && reach == HOURS).then(|| rhythm(&hours));
        Ok(Self { hour, of, ages: hours.into_iter().map(|(age, _)| age).collect(), rhythm })
    }

    /// The hour of now: what was counted since it began tells whether a leak goes on.
    pub(super) fn hour(&self) -> Timestamp {
        self.hour
    }

    /// Whether leaks are looked for.
    pub(super) fn sees_leaks(&self) -> bool {
        self.rhythm.is_some()
    }

    /// The hours that a window is held against.
    fn near<'a>(&'a self, value: &'a Value) -> impl Iterator<Item = (usize, Counted)> + 'a {
        value.hours.iter().zip(&self.ages).filter(|(_, age)| **age < NEAR).map(|(hour, age)| (*age, *hour))
    }

    /// How surprising a window of a value is, and what is said of it.
    fn window(&self, asked: &Asked<'_>, value: &Value, now: Counted) -> Option<(f64, String)> {
        if asked.measure != Measure::Volume {
            let past: Vec<Counted> = self.near(value).map(|(_, hour)| hour).collect();
            return failures(&past, now).map(|expected| (expected.surprise, said_of_failures(now, &expected)));
        }
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of an hour")]
        let share = asked.width() as f64 / HOUR as f64;
        // Of few days the hours before count, too.
        let few = self.ages.iter().filter(|age| **age == 0).count() < LEAST;
        let same = self.near(value).filter(|(age, _)| few || *age == 0);
        let past: Vec<(f64, f64)> = same.map(|(_, hour)| (hour.total * share, 0.0)).collect();
        volume(&past, now.total, 0.0).map(|expected| (expected.surprise, said_of_volume(now.total, &expected)))
    }

    /// A leak of a value that goes on in the hour of now: how surprising, and the start of the hour in which it began.
    fn leak(&self, value: &Value, now: Counted) -> Option<(f64, Timestamp)> {
        let rhythm = self.rhythm.as_ref()?;
        let expected = failures(&value.hours, Counted { total: 1.0, failed: 0.0 })?;
        let total: f64 = value.hours.iter().map(|hour| hour.total).sum();
        // Few transactions do not know their rate exactly: that it is a little higher than it seems is no leak.
        let rate = expected.mean + (expected.mean * expected.dispersion / total.max(1.0)).sqrt();
        let windows: Vec<(Counted, f64)> =
            value.today.iter().chain([&now]).zip(rhythm.iter().rev()).map(|(window, factor)| (*window, (rate * factor).min(0.9))).collect();
        let leak = leak(&windows, expected.dispersion)?;
        let back = i64::try_from(windows.len() - 1 - leak.since).ok()?;
        Some((leak.surprise, self.hour.plus(-back * HOUR)))
    }

    /// How surprising each value is, given that all were looked at; `hour` is what was counted since the hour of now began.
    pub(super) fn judge(&self, asked: &Asked<'_>, now: &HashMap<u32, Sums>, hour: &HashMap<u32, Sums>) -> Vec<Reading> {
        let mut found: Vec<Reading> = Vec::new();
        for value in &self.of {
            let of = |counts: &HashMap<u32, Sums>| counts.get(&value.number).map(counted).unwrap_or_default();
            let Some((mut surprise, mut said)) = self.window(asked, value, of(now)) else { continue };
            let leak = self.leak(value, of(hour)).filter(|(leak, _)| *leak > surprise);
            if let Some((leaks, began)) = leak {
                (surprise, said) = (leaks, since(&said, began));
            }
            let labels = Labels::from([(asked.by.to_owned(), value.name.clone())]);
            found.push(Reading { labels, value: surprise, said, onset: leak.map(|(_, began)| began) });
        }
        let adjusted = among(&found.iter().map(|reading| reading.value).collect::<Vec<_>>());
        found.iter_mut().zip(adjusted).for_each(|(reading, adjusted)| reading.value = adjusted);
        found
    }

    /// When what makes a value unusual now began, by the windows that led to it.
    pub(super) fn onset(&self, asked: &Asked<'_>, name: &str, windows: &[Window]) -> Option<Timestamp> {
        let value = self.of.iter().find(|value| value.name == name)?;
        let surprises: Vec<f64> =
            windows.iter().map(|window| self.window(asked, value, window.counted).map_or(0.0, |(surprise, _)| surprise)).collect();
        let last = *surprises.last()?;
        onset(&surprises).filter(|_| last >= UNUSUAL).map(|place| windows[place].at)
    }
}

/// An hour, and those before it.
fn before(hour: Timestamp) -> impl Iterator<Item = Timestamp> {
    (0..).map(move |back| hour.plus(-back * HOUR))
}

/// By what factor each hour of the day differs from all in its share of failures.
fn rhythm(hours: &[Known]) -> [f64; HOURS] {
    let mut sums = [Counted::default(); HOURS];
    for (age, hour) in hours {
        for one in hour.values() {
            sums[*age].total += one.total;
            sums[*age].failed += one.failed;
        }
    }
    let all = sums.iter().fold(Counted::default(), |all, one| Counted { total: all.total + one.total, failed: all.failed + one.failed });
    let share = (all.failed + 0.5) / (all.total + 1.0);
    // An hour without much is taken for one like all.
    sums.map(|one| ((one.failed + 20.0) / (one.total + 20.0 / share) / share).clamp(RHYTHM.0, RHYTHM.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_values_those_with_most_in_the_whole_past_are_judged() {
        let hour =
            |counts: &[(u32, f64)]| (0, Arc::new(counts.iter().map(|&(value, total)| (value, Counted { total, failed: 0.0 })).collect()));
        let hours: [Known; 2] = [hour(&[(1, 9.0), (2, 1.0), (3, 4.0)]), hour(&[(2, 7.0), (3, 4.0), (4, 8.0)])];
        assert_eq!(busiest(&hours, 3), [1, 2, 3]);
        assert_eq!(busiest(&hours, 500), [1, 2, 3, 4]);
    }
}
