//! A volume on a regular grid.

use crate::{
    Span, Timestamp,
    statistics::special::place,
    time::{DAY, HOUR, MINUTE},
    verification::moment::step,
};

/// Least length of a history.
pub const WEEKS: i64 = 4;
/// Share of a span that has to be known for it to count.
const KNOWN: f64 = 0.8;

/// Why there is nothing to plan with.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BadVolume {
    /// No row that could be read.
    #[error("no volume: no row has a moment and a number")]
    Empty,
    /// Nothing but zeros.
    #[error("no volume at all: every value is 0, so no window is quieter than another")]
    Zero,
    /// A value below zero.
    #[error("{at}: {value}, expected a volume of 0 or more")]
    Negative {
        /// When.
        at: String,
        /// What.
        value: f64,
    },
    /// No step.
    #[error("the moments have no regular step")]
    Irregular,
    /// Not enough of it.
    #[error("{days:.1} days of volume, expected at least 28: a quiet window would be a guess")]
    Short {
        /// How much there is.
        days: f64,
    },
    /// Too many holes.
    #[error("{known:.0} % of the span is known, expected at least half of it")]
    Holes {
        /// How much there is.
        known: f64,
    },
    /// What is known of a day says nothing of its hours.
    #[error("a value each {hours:.0} h says nothing of a window shorter than that")]
    Coarse {
        /// From one value to the next.
        hours: f64,
    },
    /// Nothing is left to choose from.
    #[error("no window of this length is free: busy hours and holidays leave no room")]
    NoRoom,
}

/// What was counted, slot by slot; gaps stay gaps.
#[derive(Debug, Clone, PartialEq)]
pub struct Volume {
    from: Timestamp,
    step: i64,
    /// Sums of the values before each slot.
    sums: Vec<f64>,
    /// Known slots before each.
    known: Vec<f64>,
}

impl Volume {
    /// Rows of moment and value, in any order; rows of the same slot are added up.
    ///
    /// # Errors
    /// Rows of which no grid can be made, or that say nothing.
    pub fn new(mut rows: Vec<(Timestamp, f64)>) -> Result<Self, BadVolume> {
        rows.sort_by_key(|(at, _)| *at);
        let moments: Vec<Timestamp> = rows.iter().map(|(at, _)| *at).collect();
        let (Some(first), Some(last)) = (moments.first().copied(), moments.last().copied()) else { return Err(BadVolume::Empty) };
        if let Some((at, value)) = rows.iter().find(|(_, value)| *value < 0.0) {
            return Err(BadVolume::Negative { at: at.rfc3339(), value: *value });
        }
        if rows.iter().all(|(_, value)| *value == 0.0) {
            return Err(BadVolume::Zero);
        }
        let step = step(&moments).ok_or(BadVolume::Irregular)?.clamp(1, 7 * DAY);
        // Ten years of minutes: beyond that somebody mistook the unit.
        let slots = usize::try_from(last.since(first) / step + 1).unwrap_or(usize::MAX);
        if slots > 6_000_000 {
            return Err(BadVolume::Irregular);
        }
        let mut values = vec![None; slots];
        for (at, value) in rows {
            let slot = usize::try_from(at.since(first) / step).unwrap_or(0).min(slots - 1);
            *values[slot].get_or_insert(0.0) += value;
        }
        Ok(Self::of(first, step, &values))
    }

    fn of(from: Timestamp, step: i64, values: &[Option<f64>]) -> Self {
        let (mut sums, mut known) = (vec![0.0], vec![0.0]);
        let (mut sum, mut count) = (0.0, 0.0);
        for value in values {
            sum += value.unwrap_or(0.0);
            count += if value.is_some() { 1.0 } else { 0.0 };
            sums.push(sum);
            known.push(count);
        }
        Self { from, step, sums, known }
    }

    /// Milliseconds from one value to the next.
    pub fn step(&self) -> i64 {
        self.step
    }

    /// First moment that is known of.
    pub fn from(&self) -> Timestamp {
        self.from
    }

    /// First moment after it.
    pub fn to(&self) -> Timestamp {
        self.from.plus(self.step * i64::try_from(self.sums.len() - 1).unwrap_or(0))
    }

    /// Milliseconds from one start that is looked at to the next.
    pub fn grain(&self) -> i64 {
        if self.step >= 5 * MINUTE { self.step.min(DAY) } else { 5 * MINUTE }
    }

    /// The same volume, up to a moment.
    #[must_use]
    pub fn until(&self, end: Timestamp) -> Self {
        let slots = usize::try_from(end.since(self.from) / self.step).unwrap_or(0).min(self.sums.len() - 1);
        Self { from: self.from, step: self.step, sums: self.sums[..=slots].to_vec(), known: self.known[..=slots].to_vec() }
    }

    /// The same volume without what lies in these times: gaps.
    #[must_use]
    pub fn without(&self, times: &[Span]) -> Self {
        let mut from = self.from;
        let values: Vec<Option<f64>> = self
            .sums
            .windows(2)
            .zip(self.known.windows(2))
            .map(|(sum, known)| {
                let slot = Span { from, to: from.plus(self.step) };
                from = slot.to;
                (known[1] > known[0] && !times.iter().any(|time| time.overlaps(slot))).then(|| sum[1] - sum[0])
            })
            .collect();
        Self::of(self.from, self.step, &values)
    }

    /// Whether there is enough of it to plan with: an hour less where the clocks may have gone forward.
    ///
    /// # Errors
    /// Less than four weeks, or half of it missing.
    pub fn enough(&self) -> Result<(), BadVolume> {
        let days = self.to().since(self.from) as f64 / DAY as f64;
        if self.to().since(self.from) < WEEKS * 7 * DAY - self.step.clamp(HOUR, DAY) {
            return Err(BadVolume::Short { days });
        }
        let known = self.known.last().copied().unwrap_or(0.0) / (self.known.len() as f64 - 1.0).max(1.0);
        if known < 0.5 { Err(BadVolume::Holes { known: known * 100.0 }) } else { Ok(()) }
    }

    /// What a span holds, gaps filled by what is known of it; `None` where too little is.
    pub fn sum(&self, span: Span) -> Option<f64> {
        self.known_sum(span, KNOWN)
    }

    /// The same, where at least this share of it is known.
    pub fn known_sum(&self, span: Span, least: f64) -> Option<f64> {
        let last = self.sums.len() - 1;
        let at = |moment: Timestamp| moment.since(self.from) as f64 / self.step as f64;
        let (a, b) = (at(span.from), at(span.to));
        if b <= a || b <= 0.0 || a >= last as f64 {
            return None;
        }
        let until = |list: &[f64], at: f64| {
            let at = at.clamp(0.0, last as f64);
            let slot = place(at, last);
            list[slot] + (at - slot as f64) * (list[(slot + 1).min(last)] - list[slot])
        };
        let known = (until(&self.known, b) - until(&self.known, a)) / (b - a);
        (known >= least && known > 0.0).then(|| (until(&self.sums, b) - until(&self.sums, a)) / known)
    }
}
