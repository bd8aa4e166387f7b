//! Times as people and programs write them.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};

/// Epochs from here on are milliseconds (in seconds this is the year 5138).
const MILLISECONDS_FROM: i64 = 100_000_000_000;
/// Smaller numbers are not taken for epochs: 1973.
const LEAST_EPOCH: i64 = 100_000_000;

/// A moment in epoch-milliseconds: RFC 3339, `2014-04-01 00:00:00` (as UTC: only distances matter), a date, `4/1/2014 0:00`
/// (month first) or an epoch in seconds or milliseconds.
pub fn moment(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(number) = text.parse::<i64>() {
        return (number >= LEAST_EPOCH).then(|| if number >= MILLISECONDS_FROM { number } else { number * 1_000 });
    }
    if text.len() < 6 || !text.starts_with(|digit: char| digit.is_ascii_digit()) {
        return None;
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment.as_millisecond());
    }
    let utc = |civil: DateTime| civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_millisecond());
    text.parse::<DateTime>().ok().and_then(utc).or_else(|| slashed(text).and_then(utc))
}

fn slashed(text: &str) -> Option<DateTime> {
    let (day, clock) = text.split_once(' ').unwrap_or((text, "0:00"));
    let parts: Vec<i16> = day.split(['/', '.']).map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [first, second, third] = parts[..] else { return None };
    let small = |number: i16| i8::try_from(number).ok();
    let date = if first > 31 {
        Date::new(first, small(second)?, small(third)?)
    } else if first > 12 || day.contains('.') {
        Date::new(third, small(second)?, small(first)?)
    } else {
        Date::new(third, small(first)?, small(second)?)
    };
    let mut clock = clock.split(':').map(|part| part.split('.').next().unwrap_or("").parse::<i8>().ok());
    let mut next = || clock.next().unwrap_or(Some(0));
    let (hour, minute, second) = (next()?, next()?, next()?);
    date.ok()?.to_datetime(jiff::civil::Time::new(hour, minute, second, 0).ok()?).into()
}
