//! How often something is asked, and how long an answer may take.

use serde::{Deserialize, Serialize};

use crate::{
    Wording,
    form::{Check, Typed},
};

/// Interval and timeout of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pace {
    /// Seconds between two checks, 5–3600.
    pub interval_s: u32,
    /// Seconds for one check, 1–60, at most the interval.
    pub timeout_s: u32,
}

impl Pace {
    /// Reads `interval` (30 s) and `timeout` (10 s).
    pub(super) fn parse(check: &mut Check<'_>) -> Option<Self> {
        let interval = check.optional("interval", |text| parse_seconds(text, 5, 3_600));
        let timeout = check.optional("timeout", |text| parse_seconds(text, 1, 60));
        let interval_s = interval?.unwrap_or(30);
        let timeout_s = timeout?.unwrap_or_else(|| interval_s.min(10));
        if timeout_s > interval_s {
            check.problem("timeout", expect_duration(1, interval_s.min(60)));
        }
        Some(Self { interval_s, timeout_s })
    }

    pub(super) fn fill(self, typed: &mut Typed) {
        typed.set("interval", self.interval_s);
        typed.set("timeout", self.timeout_s);
    }
}

/// What a duration between bounds, in seconds, must look like.
pub fn expect_duration(min: u32, max: u32) -> Wording {
    Wording::new("monitors-expect-duration").with("min", min).with("max", max)
}

/// Reads a duration in seconds: `30`, `30s`, `5m`, `1h`, `1d`, between bounds.
pub fn parse_seconds(text: &str, min: u32, max: u32) -> Result<u32, Wording> {
    let text = text.trim();
    let (number, unit) = match text.char_indices().last() {
        Some((at, 's')) => (&text[..at], 1),
        Some((at, 'm')) => (&text[..at], 60),
        Some((at, 'h')) => (&text[..at], 3_600),
        Some((at, 'd')) => (&text[..at], 86_400),
        _ => (text, 1),
    };
    let seconds = number.trim().parse::<u32>().ok().and_then(|n| n.checked_mul(unit));
    seconds.filter(|s| (min..=max).contains(s)).ok_or_else(|| expect_duration(min, max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        assert_eq!(parse_seconds(" 5m ", 5, 3_600), Ok(300));
        assert_eq!(parse_seconds("1h", 5, 3_600), Ok(3_600));
        for bad in ["", "m", "1.5h", "4", "2h", "99999999999d", "-5"] {
            assert!(parse_seconds(bad, 5, 3_600).is_err(), "{bad}");
        }
    }
}
