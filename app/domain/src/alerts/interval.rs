//! Named times of week, month and year, as `time_intervals` of Alertmanager has them.

use jiff::{civil::Weekday, tz::TimeZone};
use serde::Deserialize;

use crate::Timestamp;

/// One interval as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// Spans of the day.
    #[serde(default, deserialize_with = "crate::blank::usual")]
    pub times: Vec<WrittenTimes>,
    /// `monday`, `monday:friday`.
    #[serde(default, deserialize_with = "crate::blank::texts")]
    pub weekdays: Vec<String>,
    /// `1`, `1:5`, `-3:-1`.
    #[serde(default, deserialize_with = "crate::blank::texts")]
    pub days_of_month: Vec<String>,
    /// `january`, `1`, `january:march`.
    #[serde(default, deserialize_with = "crate::blank::texts")]
    pub months: Vec<String>,
    /// `2025`, `2025:2027`.
    #[serde(default, deserialize_with = "crate::blank::texts")]
    pub years: Vec<String>,
    /// IANA zone; UTC where it is absent.
    #[serde(default)]
    pub location: Option<String>,
}

/// A span of the day, `24:00` being its end.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenTimes {
    /// First minute inside, `HH:MM`.
    pub start_time: String,
    /// First minute after.
    pub end_time: String,
}

type Ranges = Vec<(i32, i32)>;

/// One interval: what is given must all fit, what is not given always does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeInterval {
    times: Ranges,
    weekdays: Ranges,
    days: Ranges,
    months: Ranges,
    years: Ranges,
    zone: TimeZone,
}

const WEEKDAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const MONTHS: [&str; 12] =
    ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];

fn named(names: &[&str], text: &str, first: i32) -> Option<i32> {
    (first..).zip(names).find(|(_, name)| **name == text).map(|(number, _)| number)
}

fn ranges(texts: &[String], read: impl Fn(&str) -> Option<i32>) -> Result<Ranges, String> {
    let mut found = Vec::new();
    for text in texts {
        let lower = text.trim().to_ascii_lowercase();
        let (from, to) = lower.split_once(':').unwrap_or((&lower, &lower));
        match (read(from.trim()), read(to.trim())) {
            (Some(from), Some(to)) if from <= to || from > 0 && to < 0 => found.push((from, to)),
            _ => return Err(text.clone()),
        }
    }
    Ok(found)
}

fn minute(text: &str) -> Option<i32> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute): (i32, i32) = (hour.parse().ok()?, minute.parse().ok()?);
    let fits = (0..24).contains(&hour) && (0..60).contains(&minute) || (hour, minute) == (24, 0);
    fits.then_some(hour * 60 + minute)
}

impl TimeInterval {
    /// Reads it, or gives the text that is wrong.
    pub fn read(written: &Written) -> Result<Self, String> {
        let mut times = Vec::new();
        for span in &written.times {
            match (minute(&span.start_time), minute(&span.end_time)) {
                (Some(from), Some(to)) if from < to => times.push((from, to - 1)),
                _ => return Err(format!("{}–{}", span.start_time, span.end_time)),
            }
        }
        let number = |text: &str| text.parse().ok();
        let zone = match written.location.as_deref() {
            None | Some("") => TimeZone::UTC,
            Some("Local") => return Err("Local (name the zone, such as Europe/Berlin)".to_owned()),
            Some(name) => crate::time::zone(name).ok_or_else(|| name.to_owned())?,
        };
        Ok(Self {
            times,
            weekdays: ranges(&written.weekdays, |text| named(&WEEKDAYS, text, 0))?,
            days: ranges(&written.days_of_month, |text| number(text).filter(|n| *n != 0 && (-31..=31).contains(n)))?,
            months: ranges(&written.months, |text| named(&MONTHS, text, 1).or_else(|| number(text).filter(|n| (1..=12).contains(n))))?,
            years: ranges(&written.years, number)?,
            zone,
        })
    }

    /// Whether it holds the moment.
    pub fn contains(&self, now: Timestamp) -> bool {
        let at = now.jiff().to_zoned(self.zone.clone());
        let last = i32::from(at.days_in_month());
        let within = |ranges: &Ranges, value: i32| ranges.is_empty() || ranges.iter().any(|(from, to)| (*from..=*to).contains(&value));
        // Days are counted from the end of the month where they are negative, and cut to the days that it has.
        let day = |n: i32| if n < 0 { (last + n + 1).max(1) } else { n.min(last) };
        let in_month = self.days.is_empty()
            || self.days.iter().any(|(from, to)| {
                let beyond = *from > last;
                !beyond && (day(*from)..=day(*to)).contains(&i32::from(at.day()))
            });
        within(&self.times, i32::from(at.hour()) * 60 + i32::from(at.minute()))
            && within(&self.weekdays, i32::from(at.weekday().since(Weekday::Sunday)))
            && in_month
            && within(&self.months, i32::from(at.month()))
            && within(&self.years, i32::from(at.year()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(times: &[(&str, &str)], weekdays: &[&str], days: &[&str], months: &[&str], location: Option<&str>) -> Written {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Written {
            times: times.iter().map(|(s, e)| WrittenTimes { start_time: (*s).into(), end_time: (*e).into() }).collect(),
            weekdays: texts(weekdays),
            days_of_month: texts(days),
            months: texts(months),
            years: vec![],
            location: location.map(str::to_owned),
        }
    }

    #[test]
    fn the_table() {
        for (interval, moment, expected) in [
            (written(&[("09:00", "17:00")], &["monday:friday"], &[], &[], None), "2025-03-14T09:00:00Z", true),
            (written(&[("09:00", "17:00")], &["monday:friday"], &[], &[], None), "2025-03-14T17:00:00Z", false),
            (written(&[("09:00", "17:00")], &["monday:friday"], &[], &[], None), "2025-03-15T10:00:00Z", false),
            (written(&[("09:00", "17:00")], &[], &[], &[], Some("Asia/Shanghai")), "2025-03-14T02:00:00Z", true),
            (written(&[("22:00", "24:00")], &[], &[], &[], None), "2025-03-14T23:59:59Z", true),
            (written(&[], &["saturday", "sunday"], &[], &[], None), "2025-03-16T00:00:00Z", true),
            (written(&[], &[], &["-3:-1"], &[], None), "2025-02-26T00:00:00Z", true),
            (written(&[], &[], &["-3:-1"], &[], None), "2025-02-25T00:00:00Z", false),
            (written(&[], &[], &["28:31"], &["february"], None), "2025-02-28T00:00:00Z", true),
            (written(&[], &[], &["30:31"], &["february"], None), "2025-02-28T00:00:00Z", false),
            (written(&[], &[], &[], &["1:3"], None), "2025-04-01T00:00:00Z", false),
            (written(&[], &[], &[], &[], None), "2025-04-01T00:00:00Z", true),
        ] {
            let moment = Timestamp::parse_rfc3339(moment).unwrap();
            assert_eq!(TimeInterval::read(&interval).unwrap().contains(moment), expected, "{interval:?} {moment:?}");
        }
        for bad in [
            written(&[("17:00", "09:00")], &[], &[], &[], None),
            written(&[("9", "10:00")], &[], &[], &[], None),
            written(&[], &["someday"], &[], &[], None),
            written(&[], &["friday:monday"], &[], &[], None),
            written(&[], &[], &["0"], &[], None),
            written(&[], &[], &[], &["13"], None),
            written(&[], &[], &[], &[], Some("Mars")),
        ] {
            assert!(TimeInterval::read(&bad).is_err(), "{bad:?}");
        }
    }
}
