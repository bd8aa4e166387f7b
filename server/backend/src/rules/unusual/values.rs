//! The values of a dimension, each by itself: hours around the same time of the days before, and a window of now.

use std::collections::HashMap;

use domain::{
    Fault, Span, Timestamp,
    alerts::Labels,
    rules::{Measure, Reading},
    time::{DAY, HOUR},
    transactions::{cells::Sums, days_before},
    unusual::{Counted, LEAST, among, failures, volume},
};
use sqlx::AnyConnection;

use super::{
    Asked, DAYS, FEW_DAYS, counted, said_of_failures, said_of_volume,
    special::{self, takes, zone},
};
use crate::{rules::read::MOST, transactions};

/// An hour of the past: whether it is of the same hour of the day, and what was counted of every value.
type Known = (bool, HashMap<u32, Counted>);

/// The values with most transactions in all hours, at most `most`.
fn busiest(hours: &[Known], most: usize) -> Vec<u32> {
    let mut totals: HashMap<u32, f64> = HashMap::new();
    for (value, counted) in hours.iter().flat_map(|(_, hour)| hour) {
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
    /// An entry for each hour of the past: of that hour of the day, and of the hour before it.
    hours: Vec<Counted>,
}

/// Hours of each value of a dimension, around the same time of the days before.
pub(super) struct Values {
    of: Vec<Value>,
    /// Which of the entries are of the same hour of the day.
    same: Vec<bool>,
}

impl Values {
    pub(super) async fn read(conn: &mut AnyConnection, asked: &Asked<'_>, hour: Timestamp) -> Result<Self, Fault> {
        let special = special::read(conn, asked.system, Span { from: hour.plus(-(DAYS + 2) * DAY), to: hour.plus(HOUR) }).await?;
        let kind = special::kind(&special, hour, HOUR);
        let counts = |at: Timestamp| takes(asked.measure, kind, special::kind(&special, at, HOUR));
        let zone = zone(asked.zone);
        let (mut hours, mut days) = (Vec::new(), 0);
        for day in 1..=DAYS {
            let now = days_before(hour, day, &zone);
            let before = now.plus(-HOUR);
            if counts(now) {
                let known = Self::hour(conn, asked, now, true).await?;
                days += usize::from(known.is_some());
                hours.extend(known);
            }
            if counts(before) {
                hours.extend(Self::hour(conn, asked, before, false).await?);
            }
        }
        if days < FEW_DAYS {
            for back in (1..=8).map(|back| hour.plus(-back * HOUR)).filter(|back| counts(*back)) {
                hours.extend(Self::hour(conn, asked, back, true).await?);
            }
        }
        let judged = busiest(&hours, MOST);
        let names = transactions::names_of(conn, &judged).await?;
        let of = judged.into_iter().filter_map(|number| {
            let hours = hours.iter().map(|(_, hour)| hour.get(&number).copied().unwrap_or_default()).collect();
            Some(Value { number, name: names.get(&number)?.clone(), hours })
        });
        Ok(Self { of: of.collect(), same: hours.iter().map(|(same, _)| *same).collect() })
    }

    /// An hour; `None` where nothing was counted in it: before there were any transactions, none is no sign.
    async fn hour(conn: &mut AnyConnection, asked: &Asked<'_>, hour: Timestamp, same: bool) -> Result<Option<Known>, Fault> {
        let span = Span { from: hour, to: hour.plus(HOUR) };
        let found = transactions::by_value(conn, asked.system, (asked.filter, asked.by), span).await?;
        let found: HashMap<u32, Counted> = found.into_iter().map(|(value, sums)| (value, counted(&sums))).collect();
        Ok(Some((same, found)).filter(|(_, found)| !found.is_empty()))
    }

    /// How surprising each value is, given that all were looked at.
    pub(super) fn judge(&self, asked: &Asked<'_>, now: &HashMap<u32, Sums>) -> Vec<Reading> {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of an hour")]
        let share = asked.width() as f64 / HOUR as f64;
        // Of few days the hours before count, too.
        let few = self.same.iter().filter(|same| **same).count() < LEAST;
        let mut found: Vec<(&str, f64, String)> = Vec::new();
        for Value { number, name, hours } in &self.of {
            let counted = now.get(number).map(counted).unwrap_or_default();
            let one = match asked.measure {
                Measure::Volume => {
                    let same = hours.iter().zip(&self.same).filter(|(_, same)| few || **same);
                    let past: Vec<(f64, f64)> = same.map(|(hour, _)| (hour.total * share, 0.0)).collect();
                    volume(&past, counted.total, 0.0).map(|expected| (expected.surprise, said_of_volume(counted.total, &expected)))
                }
                _ => failures(hours, counted).map(|expected| (expected.surprise, said_of_failures(counted, &expected))),
            };
            found.extend(one.map(|(surprise, said)| (name.as_str(), surprise, said)));
        }
        let adjusted = among(&found.iter().map(|(_, surprise, _)| *surprise).collect::<Vec<_>>());
        let reading = |((value, _, said), surprise): ((&str, f64, String), f64)| Reading {
            labels: Labels::from([(asked.by.to_owned(), value.to_owned())]),
            value: surprise,
            said,
            onset: None,
        };
        found.into_iter().zip(adjusted).map(reading).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_values_those_with_most_in_the_whole_past_are_judged() {
        let hour = |counts: &[(u32, f64)]| (true, counts.iter().map(|&(value, total)| (value, Counted { total, failed: 0.0 })).collect());
        let hours: [Known; 2] = [hour(&[(1, 9.0), (2, 1.0), (3, 4.0)]), hour(&[(2, 7.0), (3, 4.0), (4, 8.0)])];
        assert_eq!(busiest(&hours, 3), [1, 2, 3]);
        assert_eq!(busiest(&hours, 500), [1, 2, 3, 4]);
    }
}
