//! From wall time to the instant at which the clocks of a zone first show it, or something later.
//!
//! In a gap (clocks go forward over it) that is the moment of the jump, in an overlap the first of the two: so a later wall
//! time never comes before an earlier one, and hand-offs keep their order whatever the clocks do. (The reading of RFC 5545
//! § 3.3.5 for a gap, [`crate::time::parse_wall`], does not keep it.)

use jiff::{
    civil::{Date, DateTime},
    tz::{AmbiguousOffset, TimeZone},
};

use crate::{Span, Timestamp};

/// The first instant at which clocks show this wall time or a later one.
pub(super) fn instant(wall: DateTime, zone: &TimeZone) -> Timestamp {
    let ambiguous = zone.to_ambiguous_timestamp(wall);
    let gap = matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. });
    let Ok(read) = ambiguous.compatible() else {
        // Beyond what can be told: years that no schedule reaches.
        return Timestamp(if wall.year() < 1970 { i64::MIN / 2 } else { i64::MAX / 2 });
    };
    let jump = || {
        let after = read.checked_add(jiff::SignedDuration::from_secs(1)).ok()?;
        zone.preceding(after).next().map(|transition| transition.timestamp())
    };
    let at = if gap { jump().unwrap_or(read) } else { read };
    Timestamp(at.as_millisecond())
}

/// The day that clocks show.
pub(super) fn day(at: Timestamp, zone: &TimeZone) -> Date {
    at.jiff().to_zoned(zone.clone()).date()
}

/// The day moved by days.
pub(super) fn later(day: Date, days: i64) -> Date {
    day.saturating_add(jiff::Span::new().days(days))
}

/// A whole day; `None` where the zone left it out (Samoa, 30 December 2011).
pub(super) fn whole_day(day: Date, zone: &TimeZone) -> Option<Span> {
    Span::new(
        instant(day.to_datetime(jiff::civil::Time::midnight()), zone),
        instant(later(day, 1).to_datetime(jiff::civil::Time::midnight()), zone),
    )
}

/// Sorts spans and joins those that touch or overlap.
pub(super) fn joined(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by_key(|span| (span.from, span.to));
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.from <= last.to => last.to = last.to.max(span.to),
            _ => joined.push(span),
        }
    }
    joined
}

/// What lies in both lists; each sorted, without overlap.
pub(super) fn common(a: &[Span], b: &[Span]) -> Vec<Span> {
    let (mut i, mut j, mut found) = (0, 0, Vec::new());
    while let (Some(one), Some(other)) = (a.get(i), b.get(j)) {
        found.extend(Span::new(one.from.max(other.from), one.to.min(other.to)));
        if one.to <= other.to { i += 1 } else { j += 1 }
    }
    found
}

/// What lies in the first list and not in the second; each sorted, without overlap.
pub(super) fn without(a: &[Span], b: &[Span]) -> Vec<Span> {
    let mut left = Vec::new();
    let mut j = 0;
    for span in a {
        let mut from = span.from;
        while b.get(j).is_some_and(|hole| hole.to <= from) {
            j += 1;
        }
        let mut k = j;
        while let Some(hole) = b.get(k).filter(|hole| hole.from < span.to) {
            left.extend(Span::new(from, hole.from));
            from = from.max(hole.to);
            k += 1;
        }
        left.extend(Span::new(from, span.to));
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::zone;

    fn at(wall: &str, name: &str) -> String {
        instant(wall.parse().unwrap(), &zone(name).unwrap()).rfc3339()
    }

    #[test]
    fn a_gap_is_the_moment_of_the_jump_and_an_overlap_its_first_half() {
        assert_eq!(at("2025-03-30T01:59", "Europe/Berlin"), "2025-03-30T00:59:00.000Z");
        for wall in ["2025-03-30T02:00", "2025-03-30T02:30", "2025-03-30T03:00"] {
            assert_eq!(at(wall, "Europe/Berlin"), "2025-03-30T01:00:00.000Z", "{wall}");
        }
        assert_eq!(at("2025-10-26T02:30", "Europe/Berlin"), "2025-10-26T00:30:00.000Z");
        assert_eq!(at("2025-10-26T03:00", "Europe/Berlin"), "2025-10-26T02:00:00.000Z");
        // Half an hour, and a day that never was.
        assert_eq!(at("2025-10-05T02:15", "Australia/Lord_Howe"), "2025-10-04T15:30:00.000Z");
        assert_eq!(at("2011-12-30T12:00", "Pacific/Apia"), "2011-12-30T10:00:00.000Z");
        assert_eq!(whole_day("2011-12-30".parse().unwrap(), &zone("Pacific/Apia").unwrap()), None);
    }

    #[test]
    fn sets_of_spans() {
        let span = |from, to| Span { from: Timestamp(from), to: Timestamp(to) };
        assert_eq!(joined(vec![span(5, 7), span(0, 2), span(2, 3), span(6, 9)]), [span(0, 3), span(5, 9)]);
        assert_eq!(common(&[span(0, 4), span(6, 9)], &[span(1, 2), span(3, 7)]), [span(1, 2), span(3, 4), span(6, 7)]);
        assert_eq!(without(&[span(0, 4), span(6, 9)], &[span(1, 2), span(3, 7)]), [span(0, 1), span(2, 3), span(7, 9)]);
        assert_eq!(without(&[span(0, 4)], &[]), [span(0, 4)]);
    }
}
