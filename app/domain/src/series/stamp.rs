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

/// A moment in epoch-milliseconds: RFC 3339, `2014-04-01 00:00:00` (as UTC, also where ` UTC` is said: only distances matter), a date,
/// `4/1/2014 0:00` (month first, unless the column is [day first](days_first)), either of them with AM or PM, or an epoch in seconds or
/// milliseconds.
pub(crate) fn moment(text: &str, day_first: bool) -> Option<i64> {
    let text = text.trim();
    if let Ok(number) = text.parse::<i64>() {
        return (number >= LEAST_EPOCH).then(|| if number >= MILLISECONDS_FROM { number } else { number * 1_000 });
    }
    if text.len() < 6 || !text.starts_with(|digit: char| digit.is_ascii_digit()) {
        return None;
    }
    if let Ok(number) = text.parse::<f64>() {
        return since_epoch(number);
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment.as_millisecond());
    }
    let (text, half) = halved(text.strip_suffix(" UTC").unwrap_or(text));
    let civil = text.parse::<DateTime>().ok().or_else(|| slashed(text, day_first))?;
    let civil = half.map_or(Some(civil), |half| of_half(civil, half))?;
    civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_millisecond())
}

/// An epoch with a fraction.
#[expect(clippy::cast_possible_truncation, reason = "cut to what milliseconds hold before")]
fn since_epoch(number: f64) -> Option<i64> {
    let ms = if number >= MILLISECONDS_FROM as f64 { number } else { number * 1e3 };
    (number >= LEAST_EPOCH as f64 && ms < 9e15).then(|| ms.round() as i64)
}

/// A half of the day.
#[derive(Clone, Copy)]
enum Half {
    Am,
    Pm,
}

/// The text without the half of the day behind it.
fn halved(text: &str) -> (&str, Option<Half>) {
    let Some((before, mark)) = text.len().checked_sub(2).and_then(|at| text.split_at_checked(at)) else { return (text, None) };
    let half = [("am", Half::Am), ("pm", Half::Pm)].into_iter().find(|(name, _)| mark.eq_ignore_ascii_case(name));
    half.map_or((text, None), |(_, half)| (before.trim_end(), Some(half)))
}

/// The time that a clock of twelve hours shows in that half.
fn of_half(civil: DateTime, half: Half) -> Option<DateTime> {
    let noon = match half {
        Half::Am => 0,
        Half::Pm => 12,
    };
    if !(1..=12).contains(&civil.hour()) {
        return None;
    }
    civil.with().hour(civil.hour() % 12 + noon).build().ok()
}

/// Whether a column of times has the day before the month: one of them can be read so only, and none only otherwise.
pub(crate) fn days_first<'s>(stamps: impl Iterator<Item = &'s str>) -> bool {
    let mut found = false;
    for (first, second) in stamps.filter(|stamp| stamp.contains('/')).filter_map(parts).map(|[first, second, _]| (first, second)) {
        if first <= 12 && second > 12 {
            return false;
        }
        found |= (13..=31).contains(&first);
    }
    found
}

/// The three numbers of a date.
fn parts(text: &str) -> Option<[i16; 3]> {
    let day = text.trim().split(' ').next()?;
    let mut parts = day.split(['/', '.', '-']).map(|part| part.parse().ok());
    let three = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(three)
}

fn slashed(text: &str, day_first: bool) -> Option<DateTime> {
    let (day, clock) = text.split_once(' ').unwrap_or((text, "0:00"));
    let [first, second, third] = parts(day)?;
    if day.contains('-') && first < 1_000 {
        return None;
    }
    let small = |number: i16| i8::try_from(number).ok();
    let date = if first > 31 {
        Date::new(first, small(second)?, small(third)?)
    } else if first > 12 || day.contains('.') || day_first && second <= 12 {
        Date::new(third, small(second)?, small(first)?)
    } else {
        Date::new(third, small(first)?, small(second)?)
    };
    let mut clock = clock.split(':').map(|part| part.split('.').next().unwrap_or("").parse::<i8>().ok());
    let mut next = || clock.next().unwrap_or(Some(0));
    let (hour, minute, second) = (next()?, next()?, next()?);
    date.ok()?.to_datetime(jiff::civil::Time::new(hour, minute, second, 0).ok()?).into()
}
