//! Times as people and programs write them.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};

use crate::time::spelt::{compact, respelt};

/// Smaller numbers are not taken for epochs: 1973 in seconds.
const LEAST_EPOCH: f64 = 1e8;
/// Nor are larger ones: 2286 in nanoseconds.
const MOST_EPOCH: f64 = 1e19;
/// How many times the least the largest epoch of a column is where all count the same: 1973 to beyond 2100.
const ALIKE: f64 = 100.0;

/// What epochs count since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Seconds,
    Millis,
    Micros,
    Nanos,
}

impl Unit {
    /// That of a number by its size: from 1973 to 5138, whichever it is.
    fn of(number: f64) -> Self {
        match number {
            n if n < 1e11 => Self::Seconds,
            n if n < 1e14 => Self::Millis,
            n if n < 1e17 => Self::Micros,
            _ => Self::Nanos,
        }
    }

    fn millis(self, number: f64) -> f64 {
        match self {
            Self::Seconds => number * 1e3,
            Self::Millis => number,
            Self::Micros => number / 1e3,
            Self::Nanos => number / 1e6,
        }
    }
}

/// How the times of a column are written, as all of them together tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Manner {
    /// The day stands before the month.
    day_first: bool,
    /// What its epochs count; `None` where each tells it by itself.
    unit: Option<Unit>,
}

impl Manner {
    /// That of a column.
    pub(crate) fn of<'s>(stamps: impl Iterator<Item = &'s str> + Clone) -> Self {
        Self { day_first: days_first(stamps.clone()), unit: unit_of(stamps) }
    }

    /// A moment in epoch-milliseconds: RFC 3339, `2014-04-01 00:00:00` (as UTC, also where ` UTC` is said: only distances matter), a date,
    /// `4/1/2014 0:00` (month first, unless the column has the day there), either of them with AM or PM, or an epoch.
    pub(crate) fn moment(self, text: &str) -> Option<i64> {
        let text = text.trim();
        if let Some(moment) = spelt(text) {
            return Some(moment);
        }
        let is_whole = text.bytes().all(|digit| digit.is_ascii_digit());
        if !is_whole && (text.len() < 6 || !text.starts_with(|digit: char| digit.is_ascii_digit())) {
            return None;
        }
        if let Ok(number) = text.parse::<f64>() {
            return self.since_epoch(number);
        }
        if let Ok(moment) = text.parse::<Timestamp>() {
            return Some(moment.as_millisecond());
        }
        let (text, half) = halved(text.strip_suffix(" UTC").unwrap_or(text));
        let civil = text.parse::<DateTime>().ok().or_else(|| slashed(text, self.day_first))?;
        let civil = half.map_or(Some(civil), |half| of_half(civil, half))?;
        civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_millisecond())
    }

    #[expect(clippy::cast_possible_truncation, reason = "held against bounds first")]
    fn since_epoch(self, number: f64) -> Option<i64> {
        let ms = self.unit.unwrap_or_else(|| Unit::of(number)).millis(number);
        (is_epoch(number) && ms < 9e18).then(|| ms.round() as i64)
    }
}

fn is_epoch(number: f64) -> bool {
    (LEAST_EPOCH..MOST_EPOCH).contains(&number)
}

/// What the epochs of a column count, by the size of that in the middle; each tells it by itself where they are too far from each other to
/// count the same. Where steps are too short for milliseconds they are taken for
/// those: only distances matter.
fn unit_of<'s>(stamps: impl Iterator<Item = &'s str>) -> Option<Unit> {
    let mut epochs: Vec<f64> = stamps.filter_map(|stamp| stamp.trim().parse::<f64>().ok()).filter(|number| is_epoch(*number)).collect();
    epochs.sort_by(f64::total_cmp);
    if epochs.last()? / epochs.first()? > ALIKE {
        return None;
    }
    let unit = Unit::of(*epochs.get(epochs.len() / 2)?);
    epochs.dedup();
    let length = unit.millis(epochs.last()? - epochs.first()?);
    let is_short = unit != Unit::Seconds && epochs.len() > 1 && length < (epochs.len() - 1) as f64;
    Some(if is_short { Unit::Millis } else { unit })
}

/// A moment that is one number (`20250301130000`, `20250301`), names its month, or has an offset that stands apart.
fn spelt(text: &str) -> Option<i64> {
    let utc = |wall: DateTime| wall.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_millisecond());
    if let Some(wall) = compact(text) {
        return utc(wall);
    }
    // Whatever is neither is read by what follows.
    if !text.contains(" -") && !text.bytes().any(|sign| sign == b'+' || (sign.is_ascii_alphabetic() && sign != b'T')) {
        return None;
    }
    let usual = respelt(text, None)?;
    let moment = usual.parse::<Timestamp>().ok().map(Timestamp::as_millisecond);
    moment.or_else(|| utc(usual.parse().ok()?))
}

/// A half of the day.
#[derive(Clone, Copy)]
pub(crate) enum Half {
    Am,
    Pm,
}

/// The text without the half of the day behind it.
pub(crate) fn halved(text: &str) -> (&str, Option<Half>) {
    let Some((before, mark)) = text.len().checked_sub(2).and_then(|at| text.split_at_checked(at)) else { return (text, None) };
    let half = [("am", Half::Am), ("pm", Half::Pm)].into_iter().find(|(name, _)| mark.eq_ignore_ascii_case(name));
    half.map_or((text, None), |(_, half)| (before.trim_end(), Some(half)))
}

/// The time that a clock of twelve hours shows in that half.
pub(crate) fn of_half(civil: DateTime, half: Half) -> Option<DateTime> {
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
fn days_first<'s>(stamps: impl Iterator<Item = &'s str>) -> bool {
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
