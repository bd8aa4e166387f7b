//! Which cells answer a question: the coarsest grains that still give the span exactly, as far as they are kept.

use jiff::{ToSpan, tz::TimeZone};

use super::Grain;
use crate::{
    Span, Timestamp,
    time::{DAY, HOUR, MINUTE},
};

/// From when on each grain is kept; before `minute` only hours are, before `hour` only days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Minutes are kept from here on.
    pub minute: Timestamp,
    /// Hours are kept from here on.
    pub hour: Timestamp,
    /// Days are kept from here on.
    pub day: Timestamp,
}

/// Cells of one grain over a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Grain of the cells.
    pub grain: Grain,
    /// From, epoch-milliseconds, on the grain's grid.
    pub from: i64,
    /// To, exclusive, on the grain's grid.
    pub to: i64,
}

impl Piece {
    /// What of it lies before a moment, and what after; the moment stands on the grids of all grains.
    pub fn cut(self, at: i64) -> (Option<Self>, Option<Self>) {
        let some = |piece: Self| (piece.from < piece.to).then_some(piece);
        (some(Self { to: self.to.min(at), ..self }), some(Self { from: self.from.max(at), ..self }))
    }
}

/// A span as it can be counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// The span that is counted: the one asked for, widened to the finest grid that is kept at its ends.
    pub span: Span,
    /// That grid.
    pub resolution: Grain,
    /// What to read, in order of time, without overlap.
    pub pieces: Vec<Piece>,
}

fn floor(at: i64, width: i64) -> i64 {
    at.div_euclid(width) * width
}

fn ceil(at: i64, width: i64) -> i64 {
    -floor(-at, width)
}

impl Kept {
    /// From when on there are hours, on the coarser grid, so that no slot is half kept.
    fn hours_since(&self) -> i64 {
        ceil(self.hour.0, DAY)
    }

    /// The same of minutes.
    fn minutes_since(&self) -> i64 {
        ceil(self.minute.0, HOUR).max(self.hours_since())
    }

    /// The finest grain that is kept at a moment.
    fn finest(&self, at: i64) -> Grain {
        match at {
            at if at >= self.minutes_since() => Grain::Minute,
            at if at >= self.hours_since() => Grain::Hour,
            _ => Grain::Day,
        }
    }
}

/// Plans a span. `coarsest` is the widest grain that may be used where finer ones are kept.
pub fn cover(span: Span, coarsest: Grain, kept: &Kept) -> Covered {
    let (hours_since, minutes_since) = (kept.hours_since(), kept.minutes_since());
    let (first, last) = (kept.finest(span.from.0), kept.finest(span.to.0 - 1));
    let (from, to) = (floor(span.from.0, first.width()), ceil(span.to.0, last.width()));
    let mut pieces = Vec::new();
    let mut add = |grain, from: i64, to: i64| {
        if from < to {
            pieces.push(Piece { grain, from, to });
        }
    };
    let days_until = hours_since.clamp(from, to);
    let hours_until = minutes_since.clamp(from, to);
    add(Grain::Day, from, days_until);
    split(days_until, hours_until, Grain::Hour, coarsest.max(Grain::Hour), &mut add);
    split(hours_until, to, Grain::Minute, coarsest, &mut add);
    Covered { span: Span { from: Timestamp(from), to: Timestamp(to) }, resolution: first.max(last), pieces }
}

/// Plans a span whose points begin at these edges: no cell that is read lies over one, as far as finer ones are kept.
pub fn cover_points(span: Span, bucket: Bucket, edges: &[Timestamp], kept: &Kept) -> Covered {
    let on_days = bucket == Bucket::LocalDay && edges.iter().all(|edge| edge.0 % DAY == 0);
    let mut covered = cover(span, if on_days { Grain::Day } else { bucket.coarsest() }, kept);
    // In a zone that is half an hour off, a day begins within an hour.
    for hour in edges.iter().map(|edge| floor(edge.0, HOUR)).filter(|hour| edges.binary_search(&Timestamp(*hour)).is_err()) {
        let over = |piece: &Piece| piece.grain == Grain::Hour && (piece.from..piece.to).contains(&hour);
        let Some(at) = covered.pieces.iter().position(over).filter(|_| kept.finest(hour) == Grain::Minute) else { continue };
        let (before, rest) = covered.pieces[at].cut(hour);
        let (within, after) = rest.map_or((None, None), |rest| rest.cut(hour + HOUR));
        let minutes = within.map(|piece| Piece { grain: Grain::Minute, ..piece });
        covered.pieces.splice(at..=at, [before, minutes, after].into_iter().flatten());
    }
    covered
}

/// Cuts a stretch into a coarse middle and finer ends.
fn split(from: i64, to: i64, finest: Grain, coarsest: Grain, add: &mut impl FnMut(Grain, i64, i64)) {
    let finer = match coarsest {
        Grain::Day => Grain::Hour,
        Grain::Hour | Grain::Minute => Grain::Minute,
    };
    let (a, b) = (ceil(from, coarsest.width()), floor(to, coarsest.width()));
    if coarsest == finest {
        add(coarsest, from, to);
    } else if a < b {
        split(from, a, finest, finer, add);
        add(coarsest, a, b);
        split(b, to, finest, finer, add);
    } else {
        split(from, to, finest, finer, add);
    }
}

/// The width of a chart's points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bucket {
    /// So many milliseconds.
    Fixed(i64),
    /// A day of the reader's zone, be it 23, 24 or 25 hours long.
    LocalDay,
    /// A UTC day: where nothing finer is kept.
    UtcDay,
}

impl Bucket {
    /// At most about two hundred points, but for days; those are of the reader's zone where hours are kept of the span and of the one
    /// that it is compared with.
    pub fn for_span(span: Span, before: Span, kept: &Kept) -> Self {
        match span.length() {
            n if n <= 3 * HOUR => Self::Fixed(MINUTE),
            n if n <= 12 * HOUR => Self::Fixed(5 * MINUTE),
            n if n <= 36 * HOUR => Self::Fixed(15 * MINUTE),
            n if n <= 9 * DAY => Self::Fixed(HOUR),
            _ if kept.finest(before.from.min(span.from).0) < Grain::Day => Self::LocalDay,
            _ => Self::UtcDay,
        }
    }

    /// The widest grain whose cells fall into one bucket each.
    pub fn coarsest(self) -> Grain {
        match self {
            Self::Fixed(width) if width < HOUR => Grain::Minute,
            Self::Fixed(_) | Self::LocalDay => Grain::Hour,
            Self::UtcDay => Grain::Day,
        }
    }

    /// Where the buckets begin, and the end of the last one.
    pub fn edges(self, span: Span, zone: &TimeZone) -> Vec<Timestamp> {
        let mut edges = Vec::new();
        match self {
            Self::Fixed(width) => {
                let mut at = span.from.floor(width);
                while at < span.to {
                    edges.push(at);
                    at = at.plus(width);
                }
                edges.push(at);
            }
            Self::UtcDay => return Self::Fixed(DAY).edges(span, zone),
            Self::LocalDay => {
                let mut day = span.from.jiff().to_zoned(zone.clone()).date();
                loop {
                    let start = day.to_zoned(zone.clone()).map(|z| Timestamp(z.timestamp().as_millisecond()));
                    let (Ok(start), Ok(tomorrow)) = (start, day.tomorrow()) else { break };
                    edges.push(start);
                    if start >= span.to {
                        break;
                    }
                    day = tomorrow;
                }
            }
        }
        edges
    }
}

/// The same wall time so many days earlier: across a change of summer time it is not as many times 24 hours.
pub fn days_before(at: Timestamp, days: i64, zone: &TimeZone) -> Timestamp {
    let zoned = at.jiff().to_zoned(zone.clone());
    zoned.checked_sub(days.days()).map_or_else(|_| at.plus(-days * DAY), |z| Timestamp(z.timestamp().as_millisecond()))
}

/// The same wall time a week earlier.
pub fn week_before(at: Timestamp, zone: &TimeZone) -> Timestamp {
    days_before(at, 7, zone)
}

/// The same span of the clock on the wall so many days earlier. Where the clocks jumped over all of it, what is as long before its end.
pub fn span_before(span: Span, days: i64, zone: &TimeZone) -> Span {
    let past = Span { from: days_before(span.from, days, zone), to: days_before(span.to, days, zone) };
    if past.from < past.to { past } else { Span { from: past.to.plus(-span.length()), ..past } }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEPT_ALL: Kept = Kept { minute: Timestamp(0), hour: Timestamp(0), day: Timestamp(0) };

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    fn span(from: &str, to: &str) -> Span {
        Span::new(at(from), at(to)).unwrap()
    }

    #[test]
    fn days_are_the_readers_as_far_as_hours_are_kept() {
        let now = at("2025-06-01T00:00:00Z");
        let kept = Kept { minute: now.plus(-15 * DAY), hour: now.plus(-100 * DAY), day: Timestamp(0) };
        let of = |days: i64| {
            let span = Span { from: now.plus(-days * DAY), to: now };
            Bucket::for_span(span, Span { from: span.from.plus(-7 * DAY), to: span.to.plus(-7 * DAY) }, &kept)
        };
        assert_eq!([9, 30, 90, 93].map(of), [Bucket::Fixed(HOUR), Bucket::LocalDay, Bucket::LocalDay, Bucket::LocalDay]);
        assert_eq!([94, 396].map(of), [Bucket::UtcDay, Bucket::UtcDay]);
    }

    #[test]
    fn no_cell_lies_over_the_beginning_of_a_day() {
        let (span, zone) = (span("2025-05-01T18:30:00Z", "2025-06-01T18:30:00Z"), crate::time::zone("Asia/Kolkata").unwrap());
        let kept = Kept { minute: at("2025-05-30T00:00:00Z"), ..KEPT_ALL };
        let edges = Bucket::LocalDay.edges(span, &zone);
        assert_eq!(
            shown(&cover_points(span, Bucket::LocalDay, &edges, &kept).pieces),
            [
                "Hour 05-01T18:00 05-30T00:00",
                "Hour 05-30T00:00 05-30T18:00",
                "Minute 05-30T18:00 05-30T19:00",
                "Hour 05-30T19:00 05-31T18:00",
                "Minute 05-31T18:00 05-31T19:00",
                "Hour 05-31T19:00 06-01T18:00",
                "Minute 06-01T18:00 06-01T18:30",
            ]
        );
        // In UTC days are days of UTC, and nothing finer is read than is needed.
        let (whole, utc) = (Span { from: at("2025-05-01T00:00:00Z"), ..span }, TimeZone::UTC);
        let edges = Bucket::LocalDay.edges(whole, &utc);
        assert_eq!(cover_points(whole, Bucket::LocalDay, &edges, &KEPT_ALL), cover(whole, Grain::Day, &KEPT_ALL));
    }

    fn shown(pieces: &[Piece]) -> Vec<String> {
        pieces
            .iter()
            .map(|p| format!("{:?} {} {}", p.grain, &Timestamp(p.from).rfc3339()[5..16], &Timestamp(p.to).rfc3339()[5..16]))
            .collect()
    }

    #[test]
    fn the_middle_is_coarse_and_the_ends_are_fine() {
        let covered = cover(span("2025-03-01T22:58:30Z", "2025-03-04T01:02:00Z"), Grain::Day, &KEPT_ALL);
        assert_eq!(
            shown(&covered.pieces),
            [
                "Minute 03-01T22:58 03-01T23:00",
                "Hour 03-01T23:00 03-02T00:00",
                "Day 03-02T00:00 03-04T00:00",
                "Hour 03-04T00:00 03-04T01:00",
                "Minute 03-04T01:00 03-04T01:02"
            ]
        );
        assert_eq!((covered.resolution, covered.span), (Grain::Minute, span("2025-03-01T22:58:00Z", "2025-03-04T01:02:00Z")));
    }

    #[test]
    fn what_is_no_longer_kept_widens_the_span_and_says_so() {
        let kept = Kept { minute: at("2025-03-03T00:00:00Z"), hour: at("2025-03-02T05:00:00Z"), day: Timestamp(0) };
        let covered = cover(span("2025-03-01T14:10:00Z", "2025-03-04T01:02:00Z"), Grain::Minute, &kept);
        assert_eq!(shown(&covered.pieces), ["Day 03-01T00:00 03-03T00:00", "Minute 03-03T00:00 03-04T01:02"]);
        assert_eq!(covered.resolution, Grain::Day);
        assert_eq!(covered.span.from, at("2025-03-01T00:00:00Z"));
    }

    #[test]
    fn a_day_of_the_zone_has_23_hours_in_spring() {
        let berlin = crate::time::zone("Europe/Berlin").unwrap();
        let edges = Bucket::LocalDay.edges(span("2025-03-28T23:00:00Z", "2025-03-31T22:00:00Z"), &berlin);
        let hours: Vec<_> = edges.windows(2).map(|w| w[1].since(w[0]) / HOUR).collect();
        assert_eq!(hours, [24, 23, 24]);
        assert_eq!(week_before(at("2025-04-02T10:00:00Z"), &berlin), at("2025-03-26T11:00:00Z"));
    }

    #[test]
    fn a_span_of_the_past_is_that_of_the_wall_and_never_empty() {
        let berlin = crate::time::zone("Europe/Berlin").unwrap();
        let week = |from: &str, to: &str| span_before(span(from, to), 7, &berlin);
        // Clocks went forward on 30 March at 2 o'clock.
        assert_eq!(week("2025-04-02T10:00:00Z", "2025-04-02T10:15:00Z"), span("2025-03-26T11:00:00Z", "2025-03-26T11:15:00Z"));
        assert_eq!(week("2025-04-05T22:00:00Z", "2025-04-06T22:00:00Z"), span("2025-03-29T23:00:00Z", "2025-03-30T22:00:00Z"));
        // From 2:50 to 3:05, of which the first ten minutes were not there.
        assert_eq!(week("2025-04-06T00:50:00Z", "2025-04-06T01:05:00Z"), span("2025-03-30T00:50:00Z", "2025-03-30T01:05:00Z"));
        assert_eq!(span_before(span("2025-04-06T00:50:00Z", "2025-04-06T01:05:00Z"), 14, &berlin).length(), 15 * MINUTE);
    }

    #[test]
    fn a_piece_is_cut_at_a_moment() {
        let piece = Piece { grain: Grain::Hour, from: 2, to: 5 };
        assert_eq!(piece.cut(2), (None, Some(piece)));
        assert_eq!(piece.cut(5), (Some(piece), None));
        assert_eq!(piece.cut(0), (None, Some(piece)));
        assert_eq!(piece.cut(4), (Some(Piece { to: 4, ..piece }), Some(Piece { from: 4, ..piece })));
    }

    proptest! {
        #[test]
        fn pieces_tile_the_span(from in 0_i64..40_000, length in 1_i64..90_000, minute in 0_i64..60_000, hour in 0_i64..30_000) {
            let kept = Kept { minute: Timestamp(minute.max(hour) * MINUTE), hour: Timestamp(hour * MINUTE), day: Timestamp(0) };
            let asked = Span { from: Timestamp(from * MINUTE), to: Timestamp((from + length) * MINUTE) };
            for coarsest in Grain::ALL {
                let covered = cover(asked, coarsest, &kept);
                prop_assert!(covered.span.from <= asked.from && covered.span.to >= asked.to);
                let mut at = covered.span.from.0;
                for piece in &covered.pieces {
                    prop_assert_eq!(piece.from, at);
                    prop_assert!(piece.to > piece.from);
                    prop_assert_eq!(piece.from % piece.grain.width(), 0);
                    prop_assert_eq!(piece.to % piece.grain.width(), 0);
                    at = piece.to;
                }
                prop_assert_eq!(at, covered.span.to.0);
            }
        }
    }
}
