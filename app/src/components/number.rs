//! Numbers, shares and durations as people read them. Null is "—" everywhere.

use domain::people::Locale;
use leptos::prelude::*;

use super::Icon;
use crate::{t, visit::current_locale};

/// What stands where there is no value.
pub const NULL: &str = "—";

/// Full digits in groups of three: `1,234,567`. For tables.
pub fn full(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if n < 0 {
        out.push('-');
    }
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Short, for cards: `1.23M` in English, `123.5万` in Chinese; up to 9,999 in full digits.
pub fn compact(n: f64) -> String {
    compact_in(current_locale(), n)
}

fn compact_in(locale: Locale, n: f64) -> String {
    if !n.is_finite() {
        return NULL.to_owned();
    }
    let size = n.abs();
    let steps: &[(f64, &str)] = match locale {
        Locale::En => &[(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")],
        Locale::Zh => &[(1e12, "万亿"), (1e8, "亿"), (1e4, "万")],
    };
    if size < 10_000.0 {
        #[expect(clippy::cast_possible_truncation, reason = "below ten thousand")]
        return if n.fract().abs() < 1e-9 || size >= 1_000.0 { full(n.round() as i64) } else { significant(n) };
    }
    steps.iter().find(|(step, _)| size >= *step).map_or_else(|| significant(n), |(step, unit)| format!("{}{unit}", significant(n / step)))
}

/// Three or four significant digits without trailing noughts: `1.23`, `123.5`, `0.042`; from a thousand on in full: `2,192`.
pub fn significant(n: f64) -> String {
    if !n.is_finite() {
        return NULL.to_owned();
    }
    let size = n.abs();
    let places = if size >= 1e15 {
        0
    } else if size >= 100.0 {
        1
    } else if size >= 1.0 || size == 0.0 {
        2
    } else {
        4
    };
    #[expect(clippy::cast_possible_truncation, reason = "what is larger has no digits to group by")]
    if (1_000.0..1e15).contains(&size) {
        return full(n.round() as i64);
    }
    let text = format!("{n:.places$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A share of 0..=1 as per cent: `99.95%`. Never rounds up to 100 nor down to 0 what is not.
pub fn percent(share: Option<f64>) -> String {
    let Some(share) = share.filter(|s| s.is_finite()) else { return NULL.to_owned() };
    let hundred = share * 100.0;
    if hundred >= 100.0 || hundred <= 0.0 {
        return format!("{}%", significant(hundred));
    }
    let text = format!("{hundred:.2}");
    match text.as_str() {
        "100.00" => ">99.99%".into(),
        "0.00" => "<0.01%".into(),
        _ => format!("{text}%"),
    }
}

/// A length of time in the language being rendered: `350 ms`, `4.2 s`, `2 min 5 s`, `3 h 12 min`, `2 d 4 h`.
pub fn duration(ms: i64) -> String {
    let (sign, ms) = if ms < 0 { ("-", ms.unsigned_abs()) } else { ("", ms.unsigned_abs()) };
    let text = if ms < 1_000 {
        t!("duration-ms", n = ms)
    } else if ms < 60_000 {
        #[expect(clippy::cast_precision_loss, reason = "below a minute")]
        let seconds = ms as f64 / 1_000.0;
        t!("duration-s", n = significant((seconds * 10.0).floor() / 10.0))
    } else {
        let (s, min, h, d) = (ms / 1_000 % 60, ms / 60_000 % 60, ms / 3_600_000 % 24, ms / 86_400_000);
        let parts = match (d, h, min) {
            (0, 0, _) => [("duration-min", min), ("duration-s", s)],
            (0, ..) => [("duration-h", h), ("duration-min", min)],
            _ => [("duration-d", d), ("duration-h", h)],
        };
        let mut words = parts.into_iter().filter(|(_, n)| *n > 0).map(|(key, n)| t!(key, n = n));
        match (words.next(), words.next()) {
            (Some(a), Some(b)) => t!("duration-two", a = a, b = b),
            (Some(a), None) => a,
            _ => t!("duration-s", n = 0),
        }
    };
    format!("{sign}{text}")
}

/// A difference against something else. Arrow, sign and word; never red or green, since what rises is not always good.
#[derive(Debug, Clone, PartialEq)]
pub struct Delta {
    /// Above 0 it rose.
    pub direction: f64,
    /// The difference as text without sign, e.g. `12.3%` or `0.42 pp`.
    pub amount: String,
    /// Against what, e.g. "same span last week".
    pub against: String,
}

impl Delta {
    /// How much `now` differs from `before`, relatively; `None` where there is nothing to compare with.
    pub fn relative(now: f64, before: f64, against: impl Into<String>) -> Option<Self> {
        if before == 0.0 || !now.is_finite() || !before.is_finite() {
            return None;
        }
        let share = (now - before) / before.abs();
        Some(Self {
            direction: share,
            amount: format!("{}%", significant((share.abs() * 1_000.0).round() / 10.0)),
            against: against.into(),
        })
    }

    /// The difference of two shares in percentage points.
    pub fn points(now: f64, before: f64, against: impl Into<String>) -> Option<Self> {
        let points = (now - before) * 100.0;
        points.is_finite().then(|| Self {
            direction: points,
            amount: t!("delta-points", n = significant((points.abs() * 100.0).round() / 100.0)),
            against: against.into(),
        })
    }
}

/// A [`Delta`].
#[component]
pub fn DeltaText(
    /// The difference.
    delta: Delta,
) -> impl IntoView {
    let flat = delta.amount.trim_start_matches(['0', '.']).chars().next().is_none_or(|c| !c.is_ascii_digit());
    let (icon, sign, word) = if flat {
        ("minus", "±", t!("delta-flat"))
    } else if delta.direction > 0.0 {
        ("arrow-up", "+", t!("delta-up"))
    } else {
        ("arrow-down", "−", t!("delta-down"))
    };
    view! {
        <span class="delta">
            <Icon name=icon/>
            <span>{format!("{sign}{} {word}", delta.amount)}</span>
            <span class="delta-against">{delta.against}</span>
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(full(1_234_567), "1,234,567");
        assert_eq!(full(-1_000), "-1,000");
        assert_eq!(full(0), "0");
        assert_eq!([significant(2_192.4), significant(999.96), significant(0.042)], ["2,192", "1000", "0.042"]);
        assert_eq!(compact_in(Locale::En, 1_234_567.0), "1.23M");
        assert_eq!(compact_in(Locale::Zh, 1_234_567.0), "123.5万");
        assert_eq!(compact_in(Locale::Zh, 120_000_000.0), "1.2亿");
        assert_eq!(compact_in(Locale::En, 9_999.0), "9,999");
        assert_eq!(compact_in(Locale::En, 12_345.0), "12.35k");
        assert_eq!(compact_in(Locale::En, f64::NAN), "—");
    }

    #[test]
    fn a_share_is_never_rounded_to_the_whole() {
        assert_eq!(percent(Some(1.0)), "100%");
        assert_eq!(percent(Some(0.999_999)), ">99.99%");
        assert_eq!(percent(Some(0.9995)), "99.95%");
        assert_eq!(percent(Some(0.000_001)), "<0.01%");
        assert_eq!(percent(Some(0.0)), "0%");
        assert_eq!(percent(None), "—");
    }

    #[test]
    fn durations_have_two_units() {
        assert_eq!(duration(350), "350 ms");
        assert_eq!(duration(4_250), "4.2 s");
        assert_eq!(duration(125_000), "2 min 5 s");
        assert_eq!(duration(3 * 3_600_000), "3 h");
        assert_eq!(duration(2 * 86_400_000 + 4 * 3_600_000), "2 d 4 h");
    }
}
