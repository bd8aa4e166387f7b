//! Money in minor units: `12.34` CNY is 1234, `1200` JPY is 1200, `1.234` KWD is 1234 (ISO 4217 exponents).

use std::borrow::Cow;

use crate::text::is_grouped;

/// Largest amount of one transaction in minor units: sums over any span stay far inside 64 bits.
const MAX_MINOR: i64 = 1_000_000_000_000_000;

/// Digits after the point of a currency, per ISO 4217; 2 where it is not listed.
fn decimals(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI" | "VND" | "VUV" | "XAF" | "XOF"
        | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

/// Minor units as units of the currency, to be drawn or said in short: 1234 CNY is 12.34.
pub fn units(minor: f64, currency: &str) -> f64 {
    minor / 10_f64.powi(i32::try_from(decimals(currency)).unwrap_or(2))
}

/// Reads a decimal text such as `12.34` or `-0.5` into minor units of the currency; `None` where it is no such number,
/// has more digits than the currency (zeros at the end are none) or is beyond a thousand million million.
pub fn parse_amount(text: &str, currency: &str) -> Option<i64> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let part = part.trim_end_matches('0');
    let places = decimals(currency) as usize;
    let clean = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 16 || part.len() > places || !clean(whole) || !clean(part) || digits.ends_with('.') {
        return None;
    }
    let mut minor: i64 = whole.parse().ok()?;
    for i in 0..places {
        let digit = part.as_bytes().get(i).map_or(0, |b| i64::from(b - b'0'));
        minor = minor.checked_mul(10)?.checked_add(digit)?;
    }
    in_bounds(if negative { -minor } else { minor })
}

/// The amount without the commas of its thousands, as tables write them: `1,234.50`; as it stands where it is not written so. Of a
/// currency with digits after the point `1,250` may be one and a quarter as well, and stays; without a currency it is a whole number.
pub(super) fn ungrouped<'t>(text: &'t str, currency: &str) -> Cow<'t, str> {
    let is_either = text.matches(',').count() == 1 && !text.contains('.') && !currency.is_empty() && decimals(currency) > 0;
    if is_grouped(text) && !is_either { Cow::Owned(text.replace(',', "")) } else { Cow::Borrowed(text) }
}

/// Reads a decimal that was reckoned with as a float, such as `33.300000000000004`: the amount of the currency from which it differs by a
/// millionth of itself at most, and by less than any digit that was meant.
pub(super) fn near_amount(text: &str, currency: &str) -> Option<i64> {
    let minor = text.parse::<f64>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'.')))?;
    let minor = minor * 10_f64.powi(i32::try_from(decimals(currency)).unwrap_or(2));
    let off = (minor - minor.round()).abs();
    // Beyond this every float is a whole number.
    let is_near = off <= minor.abs() * 1e-6 && off < 0.005 && minor.abs() < 1e15;
    #[expect(clippy::cast_possible_truncation, reason = "held against bounds first")]
    is_near.then(|| minor.round() as i64)
}

/// The amount if it lies within bounds.
pub(super) fn in_bounds(minor: i64) -> Option<i64> {
    (-MAX_MINOR..=MAX_MINOR).contains(&minor).then_some(minor)
}

/// Minor units as people read them: `1234` CNY is `12.34`.
pub fn money_text(minor: i64, currency: &str) -> String {
    let places = decimals(currency);
    if places == 0 {
        return minor.to_string();
    }
    let unit = 10_u64.pow(places);
    let (sign, size) = (if minor < 0 { "-" } else { "" }, minor.unsigned_abs());
    format!("{sign}{}.{:0width$}", size / unit, size % unit, width = places as usize)
}

/// The same for people: `12,345.67`.
pub fn money_grouped(minor: i64, currency: &str) -> String {
    let text = money_text(minor, currency);
    let (sign, size) = text.strip_prefix('-').map_or(("", text.as_str()), |size| ("-", size));
    let whole = size.find('.').unwrap_or(size.len());
    let mut out = sign.to_owned();
    for (at, digit) in size.char_indices() {
        if at > 0 && at < whole && (whole - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_amounts_in_groups_of_three() {
        for (minor, currency, text) in [
            (123_456_789, "CNY", "1,234,567.89"),
            (99_999, "CNY", "999.99"),
            (-100_000, "CNY", "-1,000.00"),
            (1_234_567, "JPY", "1,234,567"),
            (1_234_567, "KWD", "1,234.567"),
            (0, "JPY", "0"),
        ] {
            assert_eq!(money_grouped(minor, currency), text);
        }
    }

    #[test]
    fn decimals_become_minor_units_of_the_currency() {
        for (text, currency, minor) in [
            ("12.34", "CNY", Some(1234)),
            ("12.3", "CNY", Some(1230)),
            ("12", "CNY", Some(1200)),
            ("-0.01", "EUR", Some(-1)),
            ("1200", "JPY", Some(1200)),
            ("12.3400", "CNY", Some(1234)),
            ("1200.00", "JPY", Some(1200)),
            ("0.000", "CNY", Some(0)),
            ("1.2300", "KWD", Some(1230)),
            ("12.3410", "CNY", None),
            ("1.234", "KWD", Some(1234)),
            ("1.5", "JPY", None),
            ("1.234", "CNY", None),
            ("1e3", "CNY", None),
            ("", "CNY", None),
            (".5", "CNY", None),
            ("5.", "CNY", None),
            ("１２", "CNY", None),
            ("99999999999999999999", "CNY", None),
        ] {
            assert_eq!(parse_amount(text, currency), minor, "{text} {currency}");
        }
    }

    #[test]
    fn thousands_lose_their_commas() {
        for (text, currency, plain) in [
            ("1,234.50", "CNY", "1234.50"),
            ("-1,234,567.8", "CNY", "-1234567.8"),
            ("1,234.00", "CNY", "1234.00"),
            ("1,234,567", "CNY", "1234567"),
            ("12,345", "JPY", "12345"),
            ("1,234", "", "1234"),
            ("1,234.500", "KWD", "1234.500"),
            ("1,234,567", "KWD", "1234567"),
            // What is not written so is refused as it stands.
            ("1,234", "KWD", "1,234"),
            ("1,250", "EUR", "1,250"),
            ("-1,250", "CNY", "-1,250"),
            ("1,23", "CNY", "1,23"),
            ("1234,567", "CNY", "1234,567"),
            ("0,123", "CNY", "0,123"),
            (",123", "CNY", ",123"),
            ("1,234.5,0", "CNY", "1,234.5,0"),
            ("1.234,50", "CNY", "1.234,50"),
            ("1,,234", "CNY", "1,,234"),
            ("12.34", "CNY", "12.34"),
            ("", "CNY", ""),
        ] {
            assert_eq!(ungrouped(text, currency), plain, "{text} {currency}");
        }
    }

    #[test]
    fn minor_units_read_back() {
        assert_eq!(money_text(-1, "EUR"), "-0.01");
        assert_eq!(money_text(123_456, "CNY"), "1234.56");
        assert_eq!(money_text(7, "JPY"), "7");
    }
}
