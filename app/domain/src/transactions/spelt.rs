//! Values as banks, proxies and programs spell them, made plain.

use std::borrow::Cow;

use crate::{text::is_grouped, time::spelt::length_in_parts};

/// A length of time that names its units, as Go writes it (`12.5ms`, `350µs`, `1m2.5s`), in milliseconds.
pub(super) fn length(text: &str) -> Option<f64> {
    let millis = |unit: &str| {
        Some(match unit {
            "ns" => 1e-6,
            "us" | "µs" | "μs" => 1e-3,
            "ms" => 1.0,
            "s" => 1e3,
            "m" => 6e4,
            "h" => 3.6e6,
            _ => return None,
        })
    };
    length_in_parts(text, millis).map(|(ms, _)| ms)
}

/// An amount without what stands around its digits: a plus, the sign or name of its currency, blanks or apostrophes between its
/// thousands. `(1.00)` and `1.00-` are below zero. As it stands where it is not written so, or names another currency.
pub(super) fn plain<'t>(text: &'t str, currency: &str) -> Cow<'t, str> {
    let text = text.trim();
    if text.bytes().all(|sign| sign.is_ascii_digit() || matches!(sign, b'.' | b',')) {
        return Cow::Borrowed(text);
    }
    undecorated(text, currency).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The same of an amount whose fraction follows a comma (`1.234,50`), with a point for it.
pub(super) fn plain_of_comma(text: &str, currency: &str) -> String {
    let swapped = |sign| match sign {
        ',' => '.',
        '.' => ',',
        other => other,
    };
    let text: String = plain(text, currency).chars().map(swapped).collect();
    // A point parts groups of three here, and nothing else.
    if is_grouped(&text) { text.replace(',', "") } else { text }
}

fn undecorated(text: &str, currency: &str) -> Option<String> {
    let within = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
    let outer = within.unwrap_or(text).trim();
    let bare = without_unit(outer, currency);
    let (mut sign, mut digits) = (within.map(|_| '-'), bare);
    for mark in ['-', '−', '+'] {
        let Some(rest) = digits.strip_prefix(mark).or_else(|| digits.strip_suffix(mark)) else { continue };
        if sign.replace(mark).is_some() {
            return None;
        }
        digits = rest.trim();
    }
    // The unit may stand within the sign or around it.
    if bare == outer {
        digits = without_unit(digits, currency);
    }
    let digits = ungapped(digits);
    let negative = matches!(sign, Some('-' | '−'));
    digits.starts_with(|first: char| first.is_ascii_digit()).then(|| format!("{}{digits}", if negative { "-" } else { "" }))
}

/// Currencies whose sign is `$`: dollars and pesos.
const DOLLARS: &[&str] = &[
    "USD", "AUD", "CAD", "NZD", "HKD", "SGD", "TWD", "MXN", "BRL", "ARS", "CLP", "COP", "UYU", "DOP", "CUP", "BBD", "BMD", "BND", "BSD",
    "BZD", "FJD", "GYD", "JMD", "KYD", "LRD", "NAD", "SBD", "SRD", "TTD", "XCD",
];

/// Without the sign or the name of the currency.
fn without_unit<'t>(text: &'t str, currency: &str) -> &'t str {
    let name = |text: &str| !currency.is_empty() && text.eq_ignore_ascii_case(currency);
    let is_of = |sign: char| match (sign, currency) {
        (_, "") => matches!(sign, '¥' | '￥' | '$' | '€' | '£' | '元'),
        ('¥' | '￥', currency) => matches!(currency, "CNY" | "JPY"),
        ('元', currency) => currency == "CNY",
        ('€', currency) => currency == "EUR",
        ('£', currency) => matches!(currency, "GBP" | "EGP" | "GIP" | "FKP" | "SHP"),
        ('$', currency) => DOLLARS.contains(&currency),
        _ => false,
    };
    if let Some((_, rest)) = text.split_at_checked(3).filter(|(begin, _)| name(begin)) {
        return rest.trim_start();
    }
    if let Some((rest, _)) = text.len().checked_sub(3).and_then(|at| text.split_at_checked(at)).filter(|(_, end)| name(end)) {
        return rest.trim_end();
    }
    if let Some(rest) = text.strip_prefix(is_of) {
        return rest.trim_start();
    }
    text.strip_suffix(is_of).map_or(text, str::trim_end)
}

/// Without the blanks or apostrophes of its thousands.
fn ungapped(digits: &str) -> Cow<'_, str> {
    let gap = |sign: char| matches!(sign, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'' | '’');
    let end = digits.rfind(gap).map_or(digits.len(), |at| digits[at..].find(['.', ',']).map_or(digits.len(), |more| at + more));
    let (whole, part) = digits.split_at(end);
    let commas = whole.replace(gap, ",");
    if !whole.contains([',', '.']) && is_grouped(&commas) {
        Cow::Owned(format!("{}{part}", commas.replace(',', "")))
    } else {
        Cow::Borrowed(digits)
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            record::Scalar,
            values::{read_amount, read_latency, read_time},
        },
        *,
    };
    use crate::{
        Timestamp,
        streams::{AmountUnit, LatencyUnit, TimeFormat},
    };

    fn text(text: &str) -> Scalar<'_> {
        Scalar::Text(Cow::Borrowed(text))
    }

    #[test]
    fn lengths_of_time_name_their_units() {
        for (text, ms) in [
            ("12.5ms", Some(12.5)),
            ("1.2s", Some(1_200.0)),
            ("350µs", Some(0.35)),
            ("350μs", Some(0.35)),
            ("350us", Some(0.35)),
            ("500000ns", Some(0.5)),
            ("1m2.5s", Some(62_500.0)),
            ("1h0m3s", Some(3_603_000.0)),
            (" 12 ms ", Some(12.0)),
            ("0s", Some(0.0)),
            ("12", None),
            ("ms", None),
            ("1s5", None),
            ("1.2.3s", None),
            ("-1s", None),
            ("5 apples", None),
            ("", None),
        ] {
            let read = length(text);
            assert!(read.zip(ms).map_or(read == ms, |(read, ms)| (read - ms).abs() < 1e-9), "{text} {read:?}");
        }
    }

    #[test]
    fn amounts_lose_what_stands_around_their_digits() {
        for (text, currency, bare) in [
            ("1.00", "CNY", "1.00"),
            ("+1.00", "CNY", "1.00"),
            ("¥1.00", "CNY", "1.00"),
            ("￥ 1.00", "CNY", "1.00"),
            ("-¥1.00", "CNY", "-1.00"),
            ("¥-1.00", "CNY", "-1.00"),
            ("CNY 1.00", "CNY", "1.00"),
            ("1.00 cny", "CNY", "1.00"),
            ("1.00元", "CNY", "1.00"),
            ("(1.00)", "CNY", "-1.00"),
            ("(€1.00)", "EUR", "-1.00"),
            ("1.00-", "EUR", "-1.00"),
            ("−1.00", "EUR", "-1.00"),
            ("$1,234.50", "USD", "1,234.50"),
            ("$12", "HKD", "12"),
            ("1 234.50", "SEK", "1234.50"),
            ("1\u{a0}234\u{202f}567", "SEK", "1234567"),
            ("1'234.50", "CHF", "1234.50"),
            ("¥1.00", "", "1.00"),
            // What is not written so stays, and is refused.
            ("€1.00", "CNY", "€1.00"),
            ("$12.00", "CHF", "$12.00"),
            ("$12.00", "KRW", "$12.00"),
            ("--1.00", "CNY", "--1.00"),
            ("(-1.00)", "CNY", "(-1.00)"),
            ("+1.00-", "CNY", "+1.00-"),
            ("¥¥1.00", "CNY", "¥¥1.00"),
            ("12 34", "SEK", "12 34"),
            ("1 234,567", "SEK", "1234,567"),
            ("ten", "CNY", "ten"),
            ("()", "CNY", "()"),
            ("", "CNY", ""),
        ] {
            assert_eq!(plain(text, currency), bare, "{text} {currency}");
        }
    }

    #[test]
    fn a_fraction_may_follow_a_comma() {
        for (text, bare) in [
            ("1.234,50", "1234.50"),
            ("1,5", "1.5"),
            ("-1.234.567,8", "-1234567.8"),
            ("€ 12,50", "12.50"),
            ("1 234,50", "1234.50"),
            ("1.234", "1234"),
            ("12", "12"),
            // Refused: a point before two digits parts no group.
            ("12.50", "12,50"),
        ] {
            assert_eq!(plain_of_comma(text, "EUR"), bare, "{text}");
        }
    }

    #[test]
    fn times_are_spelt_as_banks_and_programs_do() {
        let shanghai = crate::time::zone("Asia/Shanghai").unwrap();
        let far = Timestamp(i64::MAX);
        let read = |given: &Scalar<'_>, format| read_time(given, (format, Some(&shanghai)), far, Timestamp(0)).map(Timestamp::rfc3339).ok();
        let at = |time: &str| Some(format!("2026-11-28T{time}Z"));
        for written in [
            "2026-11-28 14:05:00 +0800",
            "2026-11-28 06:05:00 UTC",
            "2026-11-28 06:05:00 +0000 UTC",
            "20261128140500",
            "20261128 140500",
            "28.11.2026 14:05:00",
            "28/Nov/2026:14:05:00",
            "2026-11-28 02:05:00 PM",
            "`2026-11-28 14:05:00",
            "2026-11-28 14:05:00",
        ] {
            assert_eq!(read(&text(written), TimeFormat::Local), at("06:05:00.000"), "{written}");
        }
        assert_eq!(read(&Scalar::Int(20_261_128_140_500), TimeFormat::Local), at("06:05:00.000"));
        // What names its offset needs no zone, and everything else does.
        for format in [TimeFormat::Auto, TimeFormat::Rfc3339, TimeFormat::Clf] {
            assert_eq!(read(&text("2026-11-28 14:05:00 +0800"), format), at("06:05:00.000"), "{format}");
            assert_eq!(read(&text("28/Nov/2026:14:05:00.123 +0800"), format), at("06:05:00.123"), "{format}");
            assert_eq!(read(&text("28/Nov/2026:14:05:00.123"), format), None, "{format}");
            assert_eq!(read(&text("28.11.2026 14:05:00"), format), None, "{format}");
        }
        let year_last =
            |written: &str| [TimeFormat::Local, TimeFormat::LocalDay, TimeFormat::LocalMonth].map(|format| read(&text(written), format));
        assert_eq!(year_last("11/28/2026 02:05:00 PM"), [None, None, at("06:05:00.000")]);
        assert_eq!(year_last("28/11/2026 14:05"), [None, at("06:05:00.000"), None]);
        assert_eq!(year_last("2026-11-28 14:05:00"), [at("06:05:00.000"), at("06:05:00.000"), at("06:05:00.000")]);
        assert_eq!(read(&text("20261128140500"), TimeFormat::Seconds), None);
    }

    #[test]
    fn a_latency_is_counted_in_its_unit_or_in_that_which_it_names() {
        for (given, unit, ms) in [
            (Scalar::Int(1_500_000), LatencyUnit::Nanos, 1.5),
            (text("1500"), LatencyUnit::Micros, 1.5),
            (text("1.5"), LatencyUnit::Seconds, 1_500.0),
            (text("12.5ms"), LatencyUnit::Seconds, 12.5),
            (text("1.2s"), LatencyUnit::Nanos, 1_200.0),
            (text("350µs"), LatencyUnit::Millis, 0.35),
        ] {
            let read = read_latency(&given, unit).unwrap().unwrap();
            assert!((read - ms).abs() < 1e-9, "{given:?} {unit} {read}");
        }
        // What is a latency in nanoseconds is none in milliseconds.
        assert!(read_latency(&Scalar::Int(1_500_000_000), LatencyUnit::Millis).is_err());
        assert!(read_latency(&text("25h"), LatencyUnit::Millis).is_err());
    }

    #[test]
    fn amounts_are_spelt_as_banks_do() {
        for unit in [AmountUnit::Usual, AmountUnit::Major] {
            for (written, minor) in
                [("+1.00", 100), ("¥1.00", 100), ("(1.00)", -100), ("1.00-", -100), ("CNY 1,234.50", 123_450), ("1 250.00", 125_000)]
            {
                assert_eq!(read_amount(&text(written), "CNY", unit), Ok(minor), "{unit} {written}");
            }
            for wrong in ["€1.00", "1.234,50", "¥1,250", "--1"] {
                assert!(read_amount(&text(wrong), "CNY", unit).is_err(), "{unit} {wrong}");
            }
        }
        assert_eq!(read_amount(&text("(125)"), "CNY", AmountUnit::Minor), Ok(-125));
        for (written, minor) in [("1.234,50", 123_450), ("1,5", 150), ("1,250", 125), ("1.250", 125_000), ("-0,01 €", -1)] {
            assert_eq!(read_amount(&text(written), "EUR", AmountUnit::MajorComma), Ok(minor), "{written}");
        }
        assert_eq!(read_amount(&Scalar::Float(12.5), "EUR", AmountUnit::MajorComma), Ok(1_250), "a number is one");
        for wrong in ["12.50", "1,234.50", "1,234"] {
            assert!(read_amount(&text(wrong), "EUR", AmountUnit::MajorComma).is_err(), "{wrong}");
        }
    }
}
