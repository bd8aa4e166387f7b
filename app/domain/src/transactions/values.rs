//! Values of a line: what is written, in the unit that its stream says, or what was expected instead.

use std::borrow::Cow;

use jiff::tz::TimeZone;

use super::{
    amount::{in_bounds, near_amount, parse_amount, ungrouped},
    record::Scalar,
    spelt::{length, plain, plain_of_comma},
};
use crate::{
    Timestamp, Wording,
    outcome::succeeded,
    streams::{AmountUnit, LatencyUnit, TimeFormat, parse_clf},
    time::{
        parse_wall,
        spelt::{First, respelt},
    },
};

/// Longest code, and longest value of a dimension, in characters as people count them.
const MAX_TEXT: usize = 80;
/// Longest latency: a day.
const MAX_LATENCY_MS: f64 = 86_400_000.0;

/// A moment within bounds.
pub(super) fn read_time(
    given: &Scalar<'_>,
    (format, zone): (TimeFormat, Option<&TimeZone>),
    newest: Timestamp,
    oldest: Timestamp,
) -> Result<Timestamp, Wording> {
    let time = time_of(given, format, zone).or_else(|| spelt_time(given, format, zone)).ok_or_else(|| match format {
        TimeFormat::Auto => Wording::new("expect-transaction-time"),
        TimeFormat::Local => {
            Wording::new("expect-transaction-time-local").with("zone", zone.and_then(TimeZone::iana_name).unwrap_or_default())
        }
        other => Wording::new("expect-transaction-time-as").with("format", other),
    })?;
    if time < oldest {
        return Err(Wording::new("expect-transaction-not-before").with("oldest", oldest.rfc3339()));
    }
    if time >= newest {
        return Err(Wording::new("expect-transaction-not-after").with("newest", newest.rfc3339()));
    }
    Ok(time)
}

/// A time as it is written; `None` where it is not written so.
fn time_of(given: &Scalar<'_>, format: TimeFormat, zone: Option<&TimeZone>) -> Option<Timestamp> {
    // Below this it is seconds, or a mistake.
    let millis = |ms: i64| (ms >= 100_000_000_000).then_some(Timestamp(ms));
    match (format, given) {
        (TimeFormat::Auto, Scalar::Int(ms)) => millis(*ms),
        (TimeFormat::Auto, Scalar::Text(text)) => {
            Timestamp::parse_rfc3339(text.trim()).or_else(|| text.trim().parse().ok().and_then(millis))
        }
        (TimeFormat::Rfc3339, Scalar::Text(text)) => Timestamp::parse_rfc3339(text.trim()),
        (TimeFormat::Clf, Scalar::Text(text)) => parse_clf(text),
        // What names its offset keeps it; a day without a time is no moment.
        (TimeFormat::Local, Scalar::Text(text)) if text.contains(':') => {
            parse_wall(text, zone?).or_else(|| Timestamp::parse_rfc3339(text.trim()))
        }
        (TimeFormat::Seconds, _) => epoch(given, 1_000.0),
        (TimeFormat::Millis, _) => epoch(given, 1.0),
        (TimeFormat::Micros, _) => epoch(given, 1e-3),
        (TimeFormat::Nanos, _) => epoch(given, 1e-6),
        _ => None,
    }
}

/// A time as banks and programs spell it.
fn spelt_time(given: &Scalar<'_>, format: TimeFormat, zone: Option<&TimeZone>) -> Option<Timestamp> {
    let first = match format {
        TimeFormat::LocalDay => Some(First::Day),
        TimeFormat::LocalMonth => Some(First::Month),
        TimeFormat::Local | TimeFormat::Auto | TimeFormat::Rfc3339 | TimeFormat::Clf => None,
        _ => return None,
    };
    let usual = match given {
        Scalar::Text(text) => respelt(text, first)?,
        // 20251128140500
        Scalar::Int(number) if format.is_local() => respelt(&number.to_string(), first)?,
        _ => return None,
    };
    let format = if format.is_local() { TimeFormat::Local } else { TimeFormat::Rfc3339 };
    time_of(&Scalar::Text(usual.into()), format, zone)
}

/// Since the epoch, in units of so many milliseconds; between 1973 and 2286.
fn epoch(given: &Scalar<'_>, unit: f64) -> Option<Timestamp> {
    let ms = number_of(given) * unit;
    #[expect(clippy::cast_possible_truncation, reason = "held against bounds first")]
    (1e11..1e13).contains(&ms).then(|| Timestamp(ms.round() as i64))
}

/// A number, as one or in a text; not a number where it is none.
#[expect(clippy::cast_precision_loss, reason = "what does not fit 53 bits is out of every bound, or a time in ns")]
fn number_of(given: &Scalar<'_>) -> f64 {
    match given {
        Scalar::Int(n) => *n as f64,
        Scalar::Float(n) => *n,
        Scalar::Text(text) => text.trim().parse().unwrap_or(f64::NAN),
        _ => f64::NAN,
    }
}

/// A text of one line; numbers and booleans as they are written.
fn read_line<'s>(given: &'s Scalar<'_>) -> Result<Cow<'s, str>, Wording> {
    match given {
        Scalar::Null => Ok(Cow::Borrowed("")),
        Scalar::Bool(_) | Scalar::Int(_) | Scalar::Float(_) => Ok(Cow::Owned(given.shown())),
        Scalar::Text(text) if text.trim().chars().any(char::is_control) => Err(Wording::new("expect-one-line")),
        Scalar::Text(text) => Ok(Cow::Borrowed(text.trim())),
        Scalar::Nested => Err(Wording::new("expect-transaction-text")),
    }
}

fn is_long(text: &str) -> bool {
    text.len() > MAX_TEXT && text.chars().count() > MAX_TEXT
}

/// A code: what it means is in all of it.
pub(super) fn read_code<'s>(given: &'s Scalar<'_>) -> Result<Cow<'s, str>, Wording> {
    match read_line(given)? {
        text if is_long(&text) => Err(Wording::new("expect-at-most-characters").with("max", MAX_TEXT)),
        text => Ok(text),
    }
}

/// A value of a dimension. Of one that is too long, as browsers call themselves, the beginning is the value: the transaction counts.
pub(super) fn read_value<'s>(given: &'s Scalar<'_>) -> Result<Cow<'s, str>, Wording> {
    match read_line(given)? {
        text if is_long(&text) => Ok(text.chars().take(MAX_TEXT - 1).chain(['…']).collect()),
        text => Ok(text),
    }
}

/// Whether it failed: as it says itself (`true`, `True`, 1, `yes`, `成功`), else by its code.
pub(super) fn read_failed(given: &Scalar<'_>, code: Option<&str>, good: &[String]) -> Result<bool, Wording> {
    match given {
        Scalar::Bool(success) => Ok(!success),
        _ if given.is_empty() => match code {
            // The code itself is wrong: said there.
            None => Ok(true),
            Some("") => Err(Wording::new("expect-transaction-success")),
            Some(code) => Ok(!good.iter().any(|good| is_good(code, good))),
        },
        _ => match number_of(given) {
            1.0 => Ok(false),
            0.0 => Ok(true),
            _ => {
                let said = if let Scalar::Text(text) = given { succeeded(text) } else { None };
                said.map(|good| !good).ok_or_else(|| Wording::new("expect-transaction-success"))
            }
        },
    }
}

/// Whether a code is one that means success; `2*` means every code that begins with 2.
fn is_good(code: &str, good: &str) -> bool {
    match good.strip_suffix('*') {
        Some(start) => code.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start)),
        None => good.eq_ignore_ascii_case(code),
    }
}

/// A latency in milliseconds, in its own unit where it names one; `None` where there is none, which logs write as `-` and load balancers
/// as -1.
pub(super) fn read_latency(given: &Scalar<'_>, unit: LatencyUnit) -> Result<Option<f64>, Wording> {
    let text = if let Scalar::Text(text) = given { text.trim() } else { "" };
    if given.is_empty() || matches!(text, "-" | "--") || text.eq_ignore_ascii_case("nan") {
        return Ok(None);
    }
    let ms = match (number_of(given), unit) {
        (-1.0, _) => return Ok(None),
        (number, _) if number.is_nan() => length(text).unwrap_or(f64::NAN),
        (number, LatencyUnit::Millis) => number,
        (number, LatencyUnit::Seconds) => number * 1e3,
        (number, LatencyUnit::Micros) => number / 1e3,
        (number, LatencyUnit::Nanos) => number / 1e6,
    };
    if (0.0..=MAX_LATENCY_MS).contains(&ms) {
        return Ok(Some(ms));
    }
    Err(match unit {
        LatencyUnit::Millis => Wording::new("expect-transaction-latency"),
        other => Wording::new("expect-transaction-latency-as").with("unit", other),
    })
}

/// A currency in capitals; the usual one where none is named.
pub(super) fn read_currency(given: &Scalar<'_>, usual: &str) -> Result<String, Wording> {
    match given {
        _ if given.is_empty() => Ok(usual.to_owned()),
        Scalar::Text(text) if text.trim().len() == 3 && text.trim().bytes().all(|b| b.is_ascii_alphabetic()) => {
            Ok(text.trim().to_ascii_uppercase())
        }
        _ => Err(Wording::new("expect-transaction-currency")),
    }
}

/// An amount in minor units.
pub(super) fn read_amount(given: &Scalar<'_>, currency: &str, unit: AmountUnit) -> Result<i64, Wording> {
    let minor = match (unit, given) {
        _ if given.is_empty() => Some(0),
        (AmountUnit::Usual | AmountUnit::Minor, Scalar::Int(minor)) => in_bounds(*minor),
        (AmountUnit::Minor, Scalar::Text(text)) => ungrouped(&plain(text, currency), "").parse().ok().and_then(in_bounds),
        (AmountUnit::Usual, Scalar::Text(_))
        | (AmountUnit::Major | AmountUnit::MajorComma, Scalar::Int(_) | Scalar::Float(_) | Scalar::Text(_))
            if currency.is_empty() =>
        {
            return Err(Wording::new("expect-transaction-amount-currency"));
        }
        (AmountUnit::Usual, Scalar::Text(text)) => parse_amount(&ungrouped(&plain(text, currency), currency), currency),
        (AmountUnit::MajorComma, Scalar::Text(text)) => parse_amount(&plain_of_comma(text, currency), currency),
        // A table writes what was a float as a text.
        (AmountUnit::Major | AmountUnit::MajorComma, Scalar::Int(_) | Scalar::Float(_) | Scalar::Text(_)) => {
            let text = given.shown();
            let text = plain(&text, currency);
            let text = ungrouped(&text, currency);
            parse_amount(&text, currency).or_else(|| near_amount(&text, currency))
        }
        _ => None,
    };
    minor.ok_or_else(|| Wording::new(if unit == AmountUnit::Usual { "expect-transaction-amount" } else { "expect-transaction-amount-as" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Scalar<'_> {
        Scalar::Text(Cow::Borrowed(text))
    }

    #[test]
    fn success_is_said_in_many_ways() {
        let good = ["00".to_owned()];
        for (given, failed) in [
            (Scalar::Bool(true), false),
            (text("True"), false),
            (text(" FALSE "), true),
            (text("1"), false),
            (text("Y"), false),
            (text("yes"), false),
            (text("成功"), false),
            (text("支付失败"), true),
            (text("declined"), true),
            (Scalar::Int(1), false),
            (Scalar::Int(0), true),
            (Scalar::Float(0.0), true),
        ] {
            // Whatever the code says.
            assert_eq!(read_failed(&given, Some(if failed { "00" } else { "51" }), &good), Ok(failed), "{given:?}");
        }
        for nothing in [Scalar::Null, text(""), text(" ")] {
            assert_eq!(read_failed(&nothing, Some("51"), &good), Ok(true), "the code says it");
            assert_eq!(read_failed(&nothing, Some("00"), &good), Ok(false), "the code says it");
            assert!(read_failed(&nothing, Some(""), &good).is_err());
        }
        for wrong in [Scalar::Int(2), text("maybe"), Scalar::Float(0.5), Scalar::Nested] {
            assert!(read_failed(&wrong, Some("00"), &good).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_wall_time_is_one_of_the_zone_unless_it_names_its_offset() {
        let shanghai = crate::time::zone("Asia/Shanghai").unwrap();
        let at = |written: &str| time_of(&text(written), TimeFormat::Local, Some(&shanghai)).map(Timestamp::rfc3339);
        for (written, moment) in [
            ("2025/6/5  9:05", "2025-06-05T01:05:00.000Z"),
            ("2025-06-15 14:05:00+02:00", "2025-06-15T12:05:00.000Z"),
            ("2025-06-15T14:05:00Z", "2025-06-15T14:05:00.000Z"),
        ] {
            assert_eq!(at(written).as_deref(), Some(moment), "{written}");
        }
        assert_eq!((at("2025-06-15"), at("2025-06-15T14:05+8"), at("noon")), (None, None, None));
    }

    #[test]
    fn a_long_value_is_cut_and_a_long_code_is_none() {
        let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/134.0.0.0 Safari/537.36";
        let cut = read_value(&text(chrome)).unwrap().into_owned();
        assert_eq!((cut.as_str(), cut.chars().count()), (format!("{}…", &chrome[..79]).as_str(), 80));
        assert_eq!(read_value(&text(&cut)).unwrap(), cut, "what was cut is itself");
        let long = "客".repeat(80);
        assert_eq!((read_value(&text(&long)).unwrap().as_ref(), read_code(&text(&long)).is_ok()), (long.as_str(), true));
        assert_eq!(read_value(&text(&"客".repeat(81))).unwrap(), format!("{}…", "客".repeat(79)));
        assert_eq!(read_code(&text(chrome)).unwrap_err().key, "expect-at-most-characters");
        for read in [read_value, read_code] {
            assert_eq!(read(&text(&format!("{chrome}\n"))).is_ok(), read(&text(chrome)).is_ok(), "blanks around are not of it");
            assert_eq!(read(&text("a\nb")).unwrap_err().key, "expect-one-line");
        }
    }

    #[test]
    fn a_blank_is_nothing() {
        for nothing in [text(""), text(" "), text("-"), text("--"), text("NaN"), text("-1"), Scalar::Int(-1), Scalar::Float(-1.0)] {
            LatencyUnit::ALL.iter().for_each(|unit| assert_eq!(read_latency(&nothing, *unit), Ok(None), "{nothing:?}"));
        }
        for wrong in [text("-2"), Scalar::Int(-2), text("soon"), text("1e3s"), text("---")] {
            assert!(read_latency(&wrong, LatencyUnit::Millis).is_err(), "{wrong:?}");
        }
        assert_eq!((read_currency(&text(""), "CNY").as_deref(), read_currency(&text(" eur "), "CNY").as_deref()), (Ok("CNY"), Ok("EUR")));
        assert!(read_currency(&text("-"), "CNY").is_err());
        for unit in AmountUnit::ALL {
            assert_eq!(read_amount(&text(" "), "", *unit), Ok(0));
        }
    }

    #[test]
    fn what_was_a_float_is_an_amount() {
        for (given, currency, minor) in [
            (Scalar::Float(33.300_000_000_000_004), "CNY", Some(3_330)),
            (text("33.300000000000004"), "CNY", Some(3_330)),
            (Scalar::Float(-0.300_000_000_000_000_04), "CNY", Some(-30)),
            (Scalar::Float(1_200.0), "JPY", Some(1_200)),
            (text("12.3400"), "CNY", Some(1_234)),
            // A real digit too many is none of these, however large the amount.
            (Scalar::Float(1.234), "CNY", None),
            (text("9999999.991"), "CNY", None),
            (text("1e3"), "CNY", None),
            (Scalar::Float(1e300), "CNY", None),
        ] {
            assert_eq!(read_amount(&given, currency, AmountUnit::Major).ok(), minor, "{given:?}");
        }
        for (unit, written, minor) in
            [(AmountUnit::Usual, "1,234.50", 123_450), (AmountUnit::Major, "1,234.5", 123_450), (AmountUnit::Minor, "1,234", 1_234)]
        {
            assert_eq!(read_amount(&text(written), "CNY", unit), Ok(minor), "{unit:?}");
            assert!(read_amount(&text("1,23"), "CNY", unit).is_err());
        }
        // One and a quarter, or more than a thousand: it is not said.
        assert!([AmountUnit::Usual, AmountUnit::Major].iter().all(|unit| read_amount(&text("1,250"), "EUR", *unit).is_err()));
        assert!(read_amount(&text("33.300000000000004"), "CNY", AmountUnit::Usual).is_err(), "a decimal is meant as it is written");
    }
}
