//! Time. Stored as UTC epoch-milliseconds; shown in the reader's zone; schedules are local wall time + IANA zone.

pub(crate) mod spelt;

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// One second, minute, hour and day in milliseconds.
pub const SECOND: i64 = 1_000;
/// One minute in milliseconds.
pub const MINUTE: i64 = 60 * SECOND;
/// One hour in milliseconds.
pub const HOUR: i64 = 60 * MINUTE;
/// One day of 24 hours in milliseconds.
pub const DAY: i64 = 24 * HOUR;

impl Timestamp {
    /// This moment moved by milliseconds (saturating).
    #[must_use]
    pub fn plus(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this moment; negative where it lies later.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The start of the slot of `width_ms` that holds this moment (UTC grid).
    #[must_use]
    pub fn floor(self, width_ms: i64) -> Self {
        Self(self.0.div_euclid(width_ms) * width_ms)
    }

    /// RFC 3339 in UTC with milliseconds, e.g. `2025-03-14T06:05:30.000Z`.
    pub fn rfc3339(self) -> String {
        self.jiff().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
    }

    /// Reads RFC 3339 with any offset.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|t| Self(t.as_millisecond()))
    }

    /// The same moment for zone arithmetic; out-of-range values are clamped.
    pub fn jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX })
    }

    /// `2025-03-14 14:05:30` in a zone: the one form both languages read.
    pub fn wall(self, zone: &jiff::tz::TimeZone) -> String {
        self.jiff().to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }
}

/// A half-open span `[from, to)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Span {
    /// First moment inside.
    pub from: Timestamp,
    /// First moment after.
    pub to: Timestamp,
}

impl Span {
    /// A span; `None` where it would be empty or reversed.
    pub fn new(from: Timestamp, to: Timestamp) -> Option<Self> {
        (from < to).then_some(Self { from, to })
    }

    /// Whether the moment lies inside.
    pub fn contains(self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }

    /// Whether the two spans share a moment.
    pub fn overlaps(self, other: Self) -> bool {
        self.from < other.to && other.from < self.to
    }

    /// Length in milliseconds.
    pub fn length(self) -> i64 {
        self.to.since(self.from)
    }

    /// The same span moved by milliseconds.
    #[must_use]
    pub fn moved(self, ms: i64) -> Self {
        Self { from: self.from.plus(ms), to: self.to.plus(ms) }
    }
}

/// Where `now` comes from. The process has one; tests move theirs by hand.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// Reads an IANA zone name such as `Asia/Shanghai`; `None` where it is unknown.
pub fn zone(name: &str) -> Option<jiff::tz::TimeZone> {
    jiff::tz::TimeZone::get(name).ok()
}

/// Reads a day such as `2025-03-14` or `20250314`, and nothing that says more: a parser of dates takes a moment as well, and drops its
/// time without a word.
pub fn parse_day(text: &str) -> Option<jiff::civil::Date> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    text.parse().ok().filter(|_| plain)
}

/// Reads a wall time in a zone, as forms, databases and tables write it: year, month and day with `-` or `/`, a blank or `T`, hours and
/// minutes, seconds and their fraction where they are there; what need not have two digits may have one; also `20250315140500`,
/// `15.3.2025 14:05` and `15/Mar/2025:14:05:00`, as banks and programs write it. A date alone is its midnight. What names its own offset is
/// no wall time.
/// A wall time that does not exist (spring gap) or exists twice takes the "compatible" reading of RFC 5545.
pub fn parse_wall(text: &str, zone: &jiff::tz::TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    // The parser of dates takes an offset, too, and drops it without a word.
    let plain = |time: &str| time.bytes().all(|b| b.is_ascii_digit() || matches!(b, b':' | b'.' | b','));
    let strict = || text.split_once(['T', ' ']).is_none_or(|(_, time)| plain(time)).then(|| text.replace(' ', "T"))?.parse().ok();
    instant(spelt::wall(text, None).or_else(strict)?, zone)
}

/// The moment of a wall time in a zone, in the same reading.
pub fn instant(wall: jiff::civil::DateTime, zone: &jiff::tz::TimeZone) -> Option<Timestamp> {
    let zoned = zone.to_ambiguous_zoned(wall).compatible().ok()?;
    Some(Timestamp(zoned.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wall_time_survives_gap_and_overlap() {
        let berlin = zone("Europe/Berlin").unwrap();
        // 02:30 on 30 March 2025 does not exist: read as 03:30 summer time.
        assert_eq!(parse_wall("2025-03-30T02:30", &berlin).unwrap().rfc3339(), "2025-03-30T01:30:00.000Z");
        // 02:30 on 26 October 2025 exists twice: the earlier one.
        assert_eq!(parse_wall("2025-10-26 02:30", &berlin).unwrap().rfc3339(), "2025-10-26T00:30:00.000Z");
    }

    #[test]
    fn wall_times_of_forms_databases_and_tables_are_read() {
        let shanghai = zone("Asia/Shanghai").unwrap();
        for (text, at) in [
            ("2025-06-15 14:05:00", "2025-06-15T06:05:00.000Z"),
            ("2025/06/15 14:05:00", "2025-06-15T06:05:00.000Z"),
            ("2025-06-15T14:05", "2025-06-15T06:05:00.000Z"),
            ("20250615T140500", "2025-06-15T06:05:00.000Z"),
            ("2025-06-15", "2025-06-14T16:00:00.000Z"),
            // Fluent Bit's java_sql_timestamp, a log's comma, a table's single digits.
            ("2025-06-15 14:05:00.123456", "2025-06-15T06:05:00.123Z"),
            ("2025-06-15 14:05:00,5", "2025-06-15T06:05:00.500Z"),
            (" 2025/6/5  9:05 ", "2025-06-05T01:05:00.000Z"),
            ("15.6.2025 14:05", "2025-06-15T06:05:00.000Z"),
            ("20250615140500", "2025-06-15T06:05:00.000Z"),
        ] {
            assert_eq!(parse_wall(text, &shanghai).map(Timestamp::rfc3339).as_deref(), Some(at), "{text}");
        }
        for text in [
            "15/06/2025 14:05",
            "2025-06/15 14:05",
            "2025-06-15 24:05",
            "2025-06-15 14:05.5",
            "2025-02-30 14:05",
            "2025-06-15 14:05:00 PM",
            "2025-06-15 14:05:00+02:00",
            "2025-06-15T14:05-02:00",
            "2025-06-15T14:05:00Z",
            "noon",
        ] {
            assert_eq!(parse_wall(text, &shanghai), None, "{text}");
        }
    }

    #[test]
    fn a_day_is_no_moment() {
        let day = |text: &str| parse_day(text).map(|day| day.to_string());
        assert_eq!((day("2025-03-14"), day("20250314")), (Some("2025-03-14".into()), Some("2025-03-14".into())));
        for text in
            ["2025-03-14T10:00", "20250314T100000", "2025-03-14 10:00", "2025-03-14T10:00+08:00", "2025-03-14[UTC]", "2025-02-30", "", "-"]
        {
            assert_eq!(day(text), None, "{text}");
        }
    }

    #[test]
    fn slots_before_the_epoch_floor_downwards() {
        assert_eq!(Timestamp(-1).floor(MINUTE), Timestamp(-MINUTE));
        assert_eq!(Timestamp(61_000).floor(MINUTE), Timestamp(MINUTE));
    }

    #[test]
    fn spans_are_half_open() {
        let a = Span::new(Timestamp(0), Timestamp(10)).unwrap();
        let b = Span::new(Timestamp(10), Timestamp(20)).unwrap();
        assert!(!a.overlaps(b));
        assert!(a.contains(Timestamp(0)) && !a.contains(Timestamp(10)));
        assert!(Span::new(Timestamp(1), Timestamp(1)).is_none());
    }
}
