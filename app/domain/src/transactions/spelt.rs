//! Values as banks, proxies and programs spell them, made plain.

use std::borrow::Cow;

use crate::text::is_grouped;

/// A length of time that names its units, as Go writes it (`12.5ms`, `350µs`, `1m2.5s`), in milliseconds.
pub(super) fn length(text: &str) -> Option<f64> {
    let (mut rest, mut ms) = (text.trim(), None);
    while !rest.is_empty() {
        let (number, more) = rest.split_at(rest.find(|sign: char| !sign.is_ascii_digit() && sign != '.')?);
        let (unit, next) = more.split_at(more.find(|sign: char| sign.is_ascii_digit()).unwrap_or(more.len()));
        let each = match unit.trim() {
            "ns" => 1e-6,
            "us" | "µs" | "μs" => 1e-3,
            "ms" => 1.0,
            "s" => 1e3,
            "m" => 6e4,
            "h" => 3.6e6,
            _ => return None,
        };
        ms = Some(ms.unwrap_or(0.0) + number.parse::<f64>().ok()? * each);
        rest = next;
    }
    ms
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

/// Without the sign or the name of the currency.
fn without_unit<'t>(text: &'t str, currency: &str) -> &'t str {
    let name = |text: &str| !currency.is_empty() && text.eq_ignore_ascii_case(currency);
    let is_of = |sign: char| match (sign, currency) {
        (_, "") => matches!(sign, '¥' | '￥' | '$' | '€' | '£' | '元'),
        ('¥' | '￥', currency) => matches!(currency, "CNY" | "JPY"),
        ('元', currency) => currency == "CNY",
        ('€', currency) => currency == "EUR",
        ('£', currency) => matches!(currency, "GBP" | "EGP" | "GIP" | "FKP" | "SHP"),
        ('$', currency) => !matches!(currency, "CNY" | "JPY" | "EUR" | "GBP"),
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
    use super::*;

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
            ("1 234.50", "SEK", "1234.50"),
            ("1\u{a0}234\u{202f}567", "SEK", "1234567"),
            ("1'234.50", "CHF", "1234.50"),
            ("¥1.00", "", "1.00"),
            // What is not written so stays, and is refused.
            ("€1.00", "CNY", "€1.00"),
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
}
