//! Results over time, rolled up: points of a chart, cells of a strip.

use serde::{Deserialize, Serialize};

use crate::{
    Span, Timestamp,
    id::MonitorId,
    time::{DAY, HOUR, MINUTE},
    words::words,
};

words! {
    /// Width of the slots into which results are rolled up.
    pub enum Resolution {
        /// One minute.
        Minute = "minute",
        /// One hour.
        Hour = "hour",
        /// One day (UTC).
        Day = "day",
    }
    /// What a cell of a strip shows.
    pub enum CellState {
        /// No result at all.
        None = "none",
        /// Every result was *up*.
        Up = "up",
        /// Some results were *down*.
        Partly = "partly",
        /// Every known result was *down*.
        Down = "down",
        /// Only results that say nothing.
        Unknown = "unknown",
    }
}

impl Resolution {
    /// Milliseconds of one slot.
    pub fn width_ms(self) -> i64 {
        match self {
            Self::Minute => MINUTE,
            Self::Hour => HOUR,
            Self::Day => DAY,
        }
    }

    /// The finest that gives at most 800 points over the span: about two per pixel of a chart.
    pub fn for_span(span: Span) -> Self {
        Self::ALL.iter().copied().find(|r| span.length() / r.width_ms() <= 800).unwrap_or(Self::Day)
    }

    /// The coarsest whose slots fit into a cell of this length.
    pub fn for_cell(length_ms: i64) -> Self {
        Self::ALL.iter().rev().copied().find(|r| r.width_ms() <= length_ms).unwrap_or(Self::Minute)
    }
}

/// Counts of results in some stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Cell {
    /// Results.
    pub count: i64,
    /// Of those, *down*.
    pub failures: i64,
    /// Of those, *unknown*.
    pub unknown: i64,
}

impl Cell {
    /// What it shows. Nothing is up because data is missing.
    pub fn state(self) -> CellState {
        match (self.count, self.failures, self.unknown) {
            (0, ..) => CellState::None,
            (count, 0, unknown) if count == unknown => CellState::Unknown,
            (_, 0, _) => CellState::Up,
            (count, failures, unknown) if failures + unknown == count => CellState::Down,
            _ => CellState::Partly,
        }
    }

    /// Share of *up* among the results that say something; `None` where none does.
    pub fn availability(self) -> Option<f64> {
        let known = self.count - self.unknown;
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
        (known > 0).then(|| (known - self.failures) as f64 / known as f64)
    }
}

/// A cell of a system's status strip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StripCell {
    /// From when to when.
    pub span: Span,
    /// The results of all its monitors.
    pub cell: Cell,
}

/// One slot of a chart: counts, and the latency of the answers in microseconds; `null` where none came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Point {
    /// Start of the slot.
    pub at: Timestamp,
    /// Its results.
    pub cell: Cell,
    /// Smallest.
    pub min_us: Option<i64>,
    /// Median (within 1 %).
    pub p50_us: Option<i64>,
    /// 95 of 100 were at most this (within 1 %).
    pub p95_us: Option<i64>,
    /// 99 of 100 were at most this (within 1 %).
    pub p99_us: Option<i64>,
    /// Largest.
    pub max_us: Option<i64>,
}

impl Point {
    /// A slot without results.
    pub fn empty(at: Timestamp) -> Self {
        Self { at, cell: Cell::default(), min_us: None, p50_us: None, p95_us: None, p99_us: None, max_us: None }
    }
}

/// The results of a monitor over a span.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Series {
    /// Of which monitor.
    pub monitor: MonitorId,
    /// Over which span; begins and ends on slots.
    pub span: Span,
    /// Width of a slot.
    pub resolution: Resolution,
    /// Every slot of the span in order, empty ones too: gaps stay gaps.
    pub points: Vec<Point>,
    /// Everything together.
    pub total: Cell,
}

/// In which of `buckets` equal parts of the span a moment lies; moments before the span count to the first part (a slot
/// that began before it), moments after it to none.
pub fn bucket_of(span: Span, buckets: u32, at: Timestamp) -> Option<usize> {
    if at >= span.to || buckets == 0 {
        return None;
    }
    let offset = at.since(span.from).max(0);
    let index = i128::from(offset) * i128::from(buckets) / i128::from(span.length().max(1));
    usize::try_from(index).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_says_what_it_knows() {
        let cell = |count, failures, unknown| Cell { count, failures, unknown };
        assert_eq!(cell(0, 0, 0).state(), CellState::None);
        assert_eq!(cell(3, 0, 1).state(), CellState::Up);
        assert_eq!(cell(3, 1, 1).state(), CellState::Partly);
        assert_eq!(cell(3, 2, 1).state(), CellState::Down);
        assert_eq!(cell(3, 0, 3).state(), CellState::Unknown);
        assert_eq!(cell(4, 1, 0).availability(), Some(0.75));
        assert_eq!(cell(4, 0, 4).availability(), None);
    }

    #[test]
    fn spans_choose_their_resolution() {
        let span = |ms| Span { from: Timestamp(0), to: Timestamp(ms) };
        assert_eq!(Resolution::for_span(span(6 * HOUR)), Resolution::Minute);
        assert_eq!(Resolution::for_span(span(24 * HOUR)), Resolution::Hour);
        assert_eq!(Resolution::for_span(span(90 * DAY)), Resolution::Day);
        assert_eq!(Resolution::for_cell(HOUR), Resolution::Hour);
        assert_eq!(Resolution::for_cell(30 * MINUTE), Resolution::Minute);
    }

    #[test]
    fn moments_fall_into_parts() {
        let span = Span { from: Timestamp(100), to: Timestamp(200) };
        assert_eq!(bucket_of(span, 4, Timestamp(99)), Some(0));
        assert_eq!(bucket_of(span, 4, Timestamp(125)), Some(1));
        assert_eq!(bucket_of(span, 4, Timestamp(199)), Some(3));
        assert_eq!(bucket_of(span, 4, Timestamp(200)), None);
    }
}
