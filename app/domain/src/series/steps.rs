//! How far the rows of a series are apart: by the clock, or by the months of the calendar.

use jiff::{Timestamp, tz::TimeZone};

use crate::time::DAY;

/// The distance of two rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// So many milliseconds.
    Clock(i64),
    /// So many months, be they of 28 or of 31 days.
    Months(i64),
}

impl Step {
    /// The step of rows at these moments, in order of time, whose usual distance is this.
    pub(super) fn of(moments: &[i64], usual_ms: i64) -> Self {
        months_of(moments, usual_ms).map_or(Self::Clock(usual_ms), Self::Months)
    }

    /// How many steps there are from one moment to another, to the nearest.
    pub(super) fn between(self, from: i64, to: i64) -> i64 {
        match self {
            Self::Clock(step) => (to - from + step / 2) / step,
            Self::Months(months) => month(from).zip(month(to)).map_or(0, |(from, to)| (to - from) / months),
        }
    }
}

/// The number of a month of all.
fn month(at: i64) -> Option<i64> {
    let day = Timestamp::from_millisecond(at).ok()?.to_zoned(TimeZone::UTC).date();
    Some(i64::from(day.year()) * 12 + i64::from(day.month()))
}

/// Months of a step, where all rows are whole steps of months apart: a month, a quarter, a year.
fn months_of(moments: &[i64], usual_ms: i64) -> Option<i64> {
    let days = (usual_ms + DAY / 2) / DAY;
    let months = match days {
        28..=31 => 1,
        89..=92 => 3,
        365..=366 => 12,
        _ => return None,
    };
    let whole = |pair: &[i64]| {
        let days = (pair[1] - pair[0] + DAY / 2) / DAY;
        // As many days as so many months have, give or take the end of a short one.
        let fits = |apart: i64| apart > 0 && apart % months == 0 && (days * 10_000 - apart * 304_369).abs() <= 30_000;
        pair[0] == pair[1] || month(pair[0]).zip(month(pair[1])).is_some_and(|(from, to)| fits(to - from))
    };
    moments.windows(2).all(whole).then_some(months)
}
