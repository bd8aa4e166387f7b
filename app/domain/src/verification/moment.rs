//! Moments as files write them.

use crate::time::{
    Timestamp, instant, parse_wall,
    spelt::{compact, respelt},
};

/// Names of columns that hold moments.
const NAMES: &[&str] =
    &["timestamp", "time", "ts", "datetime", "date_time", "date", "minute", "hour", "at", "_time", "timestamp_ms", "epoch"];

/// Whether a column of this name holds moments.
pub fn names_moments(name: &str) -> bool {
    NAMES.contains(&name.trim().to_ascii_lowercase().as_str())
}

/// Reads RFC 3339, seconds, milliseconds, micro- or nanoseconds since 1970, or wall time (also a date alone) in a zone, as banks and
/// programs spell it, too.
pub fn read_moment(text: &str, zone: &jiff::tz::TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    if let Some(wall) = compact(text) {
        return instant(wall, zone);
    }
    if let Ok(number) = text.parse::<f64>() {
        return since_epoch(number);
    }
    let usual = |text: &str| Timestamp::parse_rfc3339(text).or_else(|| parse_wall(text, zone));
    // Of a date alone the wall shows midnight.
    usual(&text.trim_end_matches(" UTC").replace('/', "-")).or_else(|| usual(&respelt(text, None)?))
}

#[expect(clippy::cast_possible_truncation, reason = "cut to the centuries around before")]
fn since_epoch(number: f64) -> Option<Timestamp> {
    let ms = match number.abs() {
        n if n < 1e8 => return None,
        n if n < 1e11 => number * 1e3,
        n if n < 1e14 => number,
        n if n < 1e17 => number / 1e3,
        n if n < 1e20 => number / 1e6,
        _ => return None,
    };
    Some(Timestamp(ms.round() as i64))
}

/// The step of a regular series: the commonest distance of neighbours; `None` of fewer than three moments.
pub fn step(moments: &[Timestamp]) -> Option<i64> {
    let mut gaps: Vec<i64> = moments.windows(2).map(|pair| pair[1].since(pair[0])).filter(|gap| *gap > 0).collect();
    gaps.sort_unstable();
    let mut best = (0, None);
    for run in gaps.chunk_by(|a, b| a == b) {
        if run.len() > best.0 {
            best = (run.len(), run.first().copied());
        }
    }
    best.1.filter(|_| moments.len() > 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_ways_to_write_a_moment() {
        let zone = crate::time::zone("Asia/Shanghai").unwrap();
        for text in [
            "2025-03-14T06:05:00Z",
            "2025-03-14 14:05:00",
            "2025-03-14T14:05",
            "1741932300",
            "1741932300000",
            "1741932300000000",
            "1741932300000000000",
            "2025-03-14T14:05:00+08:00",
            "2025/03/14 14:05",
            "2025/03/14 14:05:00",
            "2025-03-14 06:05:00+00:00",
            "2025-03-14 07:05:00 +0100",
            "20250314140500",
            "14.03.2025 14:05",
            "14/Mar/2025:14:05:00",
        ] {
            assert_eq!(read_moment(text, &zone), Some(Timestamp(1_741_932_300_000)), "{text}");
        }
        assert_eq!(read_moment("2025-03-14", &zone).unwrap().rfc3339(), "2025-03-13T16:00:00.000Z");
        assert_eq!(read_moment("2025/03/14", &zone), read_moment("2025-03-14", &zone));
        assert_eq!(read_moment("20250314", &zone), read_moment("2025-03-14", &zone));
        assert_eq!(read_moment("14/03/2025 14:05", &zone), None, "which is the month is not said");
        assert_eq!(read_moment("soon", &zone), None);
        assert_eq!(read_moment("2025-03-14 soon", &zone), None);
        assert_eq!(step(&[Timestamp(0), Timestamp(60), Timestamp(120), Timestamp(300)]), Some(60));
    }
}
