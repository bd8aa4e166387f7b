//! Values of a line: what is written, in the unit that its stream says, or what was expected instead.

use std::borrow::Cow;

use super::{
    amount::{in_bounds, parse_amount},
    record::Scalar,
};
use crate::{
    Timestamp, Wording,
    streams::{AmountUnit, LatencyUnit, TimeFormat, parse_clf},
};

/// Longest text of a dimension, in characters as people count them.
const MAX_TEXT: usize = 80;
/// Longest latency: a day.
const MAX_LATENCY_MS: f64 = 86_400_000.0;

/// A moment within bounds.
pub(super) fn read_time(given: &Scalar<'_>, format: TimeFormat, newest: Timestamp, oldest: Timestamp) -> Result<Timestamp, Wording> {
    let time = time_of(given, format).ok_or_else(|| match format {
        TimeFormat::Auto => Wording::new("expect-transaction-time"),
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
fn time_of(given: &Scalar<'_>, format: TimeFormat) -> Option<Timestamp> {
    // Below this it is seconds, or a mistake.
    let millis = |ms: i64| (ms >= 100_000_000_000).then_some(Timestamp(ms));
    match (format, given) {
        (TimeFormat::Auto, Scalar::Int(ms)) => millis(*ms),
        (TimeFormat::Auto, Scalar::Text(text)) => {
            Timestamp::parse_rfc3339(text.trim()).or_else(|| text.trim().parse().ok().and_then(millis))
        }
        (TimeFormat::Rfc3339, Scalar::Text(text)) => Timestamp::parse_rfc3339(text.trim()),
        (TimeFormat::Clf, Scalar::Text(text)) => parse_clf(text),
        (TimeFormat::Seconds, _) => epoch(given, 1_000.0),
        (TimeFormat::Millis, _) => epoch(given, 1.0),
        (TimeFormat::Micros, _) => epoch(given, 1e-3),
        (TimeFormat::Nanos, _) => epoch(given, 1e-6),
        _ => None,
    }
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
pub(super) fn read_text<'s>(given: &'s Scalar<'_>) -> Result<Cow<'s, str>, Wording> {
    match given {
        Scalar::Null => Ok(Cow::Borrowed("")),
        Scalar::Bool(_) | Scalar::Int(_) | Scalar::Float(_) => Ok(Cow::Owned(given.shown())),
        Scalar::Text(text) => {
            let text = text.trim();
            if text.len() > MAX_TEXT && text.chars().count() > MAX_TEXT {
                Err(Wording::new("expect-at-most-characters").with("max", MAX_TEXT))
            } else if text.chars().any(char::is_control) {
                Err(Wording::new("expect-one-line"))
            } else {
                Ok(Cow::Borrowed(text))
            }
        }
        Scalar::Nested => Err(Wording::new("expect-transaction-text")),
    }
}

/// Whether it failed: as it says itself, else by its code.
pub(super) fn read_failed(given: &Scalar<'_>, code: Option<&str>, good: &[String]) -> Result<bool, Wording> {
    match given {
        Scalar::Bool(success) => Ok(!success),
        Scalar::Text(text) if text == "true" => Ok(false),
        Scalar::Text(text) if text == "false" => Ok(true),
        Scalar::Null => match code {
            // The code itself is wrong: said there.
            None => Ok(true),
            Some("") => Err(Wording::new("expect-transaction-success")),
            Some(code) => Ok(!good.iter().any(|good| is_good(code, good))),
        },
        _ => Err(Wording::new("expect-transaction-success")),
    }
}

/// Whether a code is one that means success; `2*` means every code that begins with 2.
fn is_good(code: &str, good: &str) -> bool {
    match good.strip_suffix('*') {
        Some(start) => code.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start)),
        None => good.eq_ignore_ascii_case(code),
    }
}

/// A latency in milliseconds; `None` where there is none.
pub(super) fn read_latency(given: &Scalar<'_>, unit: LatencyUnit) -> Result<Option<f64>, Wording> {
    if *given == Scalar::Null {
        return Ok(None);
    }
    let ms = match unit {
        LatencyUnit::Millis => number_of(given),
        LatencyUnit::Seconds => number_of(given) * 1e3,
        LatencyUnit::Micros => number_of(given) / 1e3,
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
        Scalar::Null => Ok(usual.to_owned()),
        Scalar::Text(text) if text.len() == 3 && text.bytes().all(|b| b.is_ascii_alphabetic()) => Ok(text.to_ascii_uppercase()),
        _ => Err(Wording::new("expect-transaction-currency")),
    }
}

/// An amount in minor units.
pub(super) fn read_amount(given: &Scalar<'_>, currency: &str, unit: AmountUnit) -> Result<i64, Wording> {
    let minor = match (unit, given) {
        (_, Scalar::Null) => Some(0),
        (AmountUnit::Usual | AmountUnit::Minor, Scalar::Int(minor)) => in_bounds(*minor),
        (AmountUnit::Minor, Scalar::Text(text)) => text.trim().parse().ok().and_then(in_bounds),
        (AmountUnit::Usual | AmountUnit::Major, Scalar::Text(_)) | (AmountUnit::Major, Scalar::Int(_) | Scalar::Float(_))
            if currency.is_empty() =>
        {
            return Err(Wording::new("expect-transaction-amount-currency"));
        }
        (AmountUnit::Usual | AmountUnit::Major, Scalar::Text(text)) => parse_amount(text.trim(), currency),
        (AmountUnit::Major, Scalar::Int(_) | Scalar::Float(_)) => parse_amount(&given.shown(), currency),
        _ => None,
    };
    minor.ok_or_else(|| Wording::new(if unit == AmountUnit::Usual { "expect-transaction-amount" } else { "expect-transaction-amount-as" }))
}
