//! One transaction as senders write it, read from the bytes without copying, and everything that can be wrong with it.

use std::{borrow::Cow, collections::HashMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::{
    Dimension,
    amount::{in_bounds, parse_amount},
    roll::{LocalNames, Row},
    sketch::bin_of,
};
use crate::{Problem, Timestamp, Wording, id::SystemId, time::MINUTE};

/// Longest text of a dimension, in bytes of UTF-8 characters as people count them.
const MAX_TEXT: usize = 80;
/// Longest latency: a day.
const MAX_LATENCY_MS: f64 = 86_400_000.0;

/// What a sender may write to a system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Transactions of this system are taken.
    Open(SystemId),
    /// The sender may read the system but not post to it.
    Closed,
}

/// What lines are held against.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The present moment.
    pub now: Timestamp,
    /// The oldest time that is still kept.
    pub oldest: Timestamp,
    /// The newest time that is believed; beyond it the sender's clock is wrong.
    pub newest: Timestamp,
    /// Codes that mean success, in capitals.
    pub success_codes: Vec<String>,
    /// The systems within the sender's reach, by key.
    pub systems: HashMap<String, Target>,
}

/// What was wrong with one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineProblem {
    /// Line of the batch, counted from 1; the element in a JSON array.
    pub line: u64,
    /// The line's own `id`, where it has one.
    pub id: Option<String>,
    /// Everything wrong with it.
    pub problems: Vec<Problem>,
}

/// What became of a batch. What is accepted is durable.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Receipt {
    /// Lines counted.
    pub accepted: u64,
    /// Lines refused.
    pub refused: u64,
    /// The first hundred refused lines.
    pub problems: Vec<LineProblem>,
    /// The batch came before; nothing was counted again.
    pub replayed: bool,
}

/// A JSON value where a text or a number is expected.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) enum Scalar<'a> {
    #[default]
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Cow<'a, str>),
    /// A list or an object, where none belongs.
    Nested,
}

impl Scalar<'_> {
    fn shown(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Bool(b) => b.to_string(),
            Self::Int(n) => n.to_string(),
            Self::Float(n) => n.to_string(),
            Self::Text(text) => text.to_string(),
            Self::Nested => "{…}".to_owned(),
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a text or a number")
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Null)
    }
    fn visit_bool<E>(self, v: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Bool(v))
    }
    fn visit_i64<E>(self, v: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Int(v))
    }
    #[expect(clippy::cast_precision_loss, reason = "such a number is out of every bound anyway")]
    fn visit_u64<E>(self, v: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(v).map_or(Scalar::Float(v as f64), Scalar::Int))
    }
    fn visit_f64<E>(self, v: f64) -> Result<Self::Value, E> {
        Ok(Scalar::Float(v))
    }
    fn visit_str<E>(self, v: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(v.to_owned())))
    }
    fn visit_borrowed_str<E>(self, v: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(v)))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nested)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nested)
    }
}

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(ScalarVisitor)
    }
}

/// A line as written. Fields that are not known are skipped: log shippers add their own.
#[derive(Debug, Default)]
pub(super) struct Line<'a> {
    object: bool,
    time: Scalar<'a>,
    system: Scalar<'a>,
    link: Scalar<'a>,
    merchant: Scalar<'a>,
    channel: Scalar<'a>,
    code: Scalar<'a>,
    success: Scalar<'a>,
    latency_ms: Scalar<'a>,
    amount: Scalar<'a>,
    currency: Scalar<'a>,
    id: Scalar<'a>,
}

/// A field's name, borrowed where the bytes allow.
struct FieldName<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for FieldName<'de> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct NameVisitor;
        impl<'de> Visitor<'de> for NameVisitor {
            type Value = FieldName<'de>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a field name")
            }
            fn visit_str<E>(self, v: &str) -> Result<Self::Value, E> {
                Ok(FieldName(Cow::Owned(v.to_owned())))
            }
            fn visit_borrowed_str<E>(self, v: &'de str) -> Result<Self::Value, E> {
                Ok(FieldName(Cow::Borrowed(v)))
            }
        }
        d.deserialize_str(NameVisitor)
    }
}

struct LineVisitor;

impl<'de> Visitor<'de> for LineVisitor {
    type Value = Line<'de>;
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a JSON object")
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Line::default())
    }
    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Line::default())
    }
    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Line::default())
    }
    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Line::default())
    }
    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Line::default())
    }
    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Line::default())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Line::default())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut line = Line { object: true, ..Line::default() };
        while let Some(FieldName(name)) = map.next_key()? {
            let field = match &*name {
                "time" => &mut line.time,
                "system" => &mut line.system,
                "link" => &mut line.link,
                "merchant" => &mut line.merchant,
                "channel" => &mut line.channel,
                "code" => &mut line.code,
                "success" => &mut line.success,
                "latency_ms" => &mut line.latency_ms,
                "amount" => &mut line.amount,
                "currency" => &mut line.currency,
                "id" => &mut line.id,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *field = map.next_value()?;
        }
        Ok(line)
    }
}

impl<'de> Deserialize<'de> for Line<'de> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(LineVisitor)
    }
}

impl<'a> Line<'a> {
    /// The line's own id, for its problems.
    pub(super) fn own_id(&self) -> Option<String> {
        (!self.id.is_empty()).then(|| self.id.shown().chars().take(MAX_TEXT).collect())
    }

    /// Holds the line against the rules: a row, or everything that is wrong.
    pub(super) fn read(&self, rules: &Rules, names: &mut LocalNames) -> Result<Row, Vec<Problem>> {
        if !self.object {
            return Err(vec![Problem::new("", "", Wording::new("expect-transaction-object"))]);
        }
        let mut bad = Vec::new();
        let time = note(&mut bad, "time", &self.time, read_time(&self.time, rules));
        let system = note(&mut bad, "system", &self.system, read_system(&self.system, rules));
        let link = note(&mut bad, "link", &self.link, read_text(&self.link));
        let merchant = note(&mut bad, "merchant", &self.merchant, read_text(&self.merchant));
        let channel = note(&mut bad, "channel", &self.channel, read_text(&self.channel));
        let code = note(&mut bad, "code", &self.code, read_text(&self.code));
        let failed = note(&mut bad, "success", &self.success, read_failed(&self.success, code.as_deref(), rules));
        let bin = note(&mut bad, "latency_ms", &self.latency_ms, read_latency(&self.latency_ms));
        let currency = note(&mut bad, "currency", &self.currency, read_currency(&self.currency));
        let amount = note(&mut bad, "amount", &self.amount, read_amount(&self.amount, currency.as_deref().unwrap_or_default()));
        let (Some(time), Some(system), Some(failed), Some(bin), Some(amount)) = (time, system, failed, bin, amount) else {
            return Err(bad);
        };
        if !bad.is_empty() {
            return Err(bad);
        }
        let mut number = |dimension, text: Option<Cow<'_, str>>| names.number(dimension, &text.unwrap_or_default());
        Ok(Row {
            minute: time.0.div_euclid(MINUTE),
            system: number(Dimension::System, Some(Cow::Borrowed(system.as_str()))),
            link: number(Dimension::Link, link),
            merchant: number(Dimension::Merchant, merchant),
            channel: number(Dimension::Channel, channel),
            code: if failed { number(Dimension::Code, code) } else { 0 },
            currency: number(Dimension::Currency, currency.map(Cow::Owned)),
            failed,
            amount,
            bin,
        })
    }
}

fn note<T>(bad: &mut Vec<Problem>, field: &'static str, given: &Scalar<'_>, read: Result<T, Wording>) -> Option<T> {
    read.map_err(|expected| bad.push(Problem::new(field, given.shown(), expected))).ok()
}

fn read_time(given: &Scalar<'_>, rules: &Rules) -> Result<Timestamp, Wording> {
    let time = match given {
        // Below this it is seconds, or a mistake.
        Scalar::Int(ms) if *ms >= 100_000_000_000 => Some(Timestamp(*ms)),
        Scalar::Text(text) => Timestamp::parse_rfc3339(text.trim()),
        _ => None,
    };
    let time = time.ok_or_else(|| Wording::new("expect-transaction-time"))?;
    if time < rules.oldest {
        return Err(Wording::new("expect-transaction-not-before").with("oldest", rules.oldest.rfc3339()));
    }
    if time >= rules.newest {
        return Err(Wording::new("expect-transaction-not-after").with("newest", rules.newest.rfc3339()));
    }
    Ok(time)
}

fn read_system<'r>(given: &Scalar<'_>, rules: &'r Rules) -> Result<&'r SystemId, Wording> {
    let Scalar::Text(key) = given else { return Err(Wording::new("expect-transaction-system")) };
    match rules.systems.get(key.trim()) {
        Some(Target::Open(id)) => Ok(id),
        Some(Target::Closed) => Err(Wording::new("expect-transaction-system-open")),
        None => Err(Wording::new("expect-transaction-system")),
    }
}

fn read_text<'s>(given: &'s Scalar<'_>) -> Result<Cow<'s, str>, Wording> {
    match given {
        Scalar::Null => Ok(Cow::Borrowed("")),
        Scalar::Int(n) => Ok(Cow::Owned(n.to_string())),
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
        _ => Err(Wording::new("expect-transaction-text")),
    }
}

fn read_failed(given: &Scalar<'_>, code: Option<&str>, rules: &Rules) -> Result<bool, Wording> {
    match given {
        Scalar::Bool(success) => Ok(!success),
        Scalar::Text(text) if text == "true" => Ok(false),
        Scalar::Text(text) if text == "false" => Ok(true),
        Scalar::Null => match code {
            // The code itself is wrong: said there.
            None => Ok(true),
            Some("") => Err(Wording::new("expect-transaction-success")),
            Some(code) => Ok(!rules.success_codes.iter().any(|good| good.eq_ignore_ascii_case(code))),
        },
        _ => Err(Wording::new("expect-transaction-success")),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a latency of more than 2^53 ms is refused anyway")]
fn read_latency(given: &Scalar<'_>) -> Result<Option<u16>, Wording> {
    let ms = match given {
        Scalar::Null => return Ok(None),
        Scalar::Int(n) => *n as f64,
        Scalar::Float(n) => *n,
        Scalar::Text(text) => text.trim().parse().unwrap_or(f64::NAN),
        _ => f64::NAN,
    };
    if (0.0..=MAX_LATENCY_MS).contains(&ms) { Ok(Some(bin_of(ms))) } else { Err(Wording::new("expect-transaction-latency")) }
}

fn read_currency(given: &Scalar<'_>) -> Result<String, Wording> {
    match given {
        Scalar::Null => Ok(String::new()),
        Scalar::Text(text) if text.len() == 3 && text.bytes().all(|b| b.is_ascii_alphabetic()) => Ok(text.to_ascii_uppercase()),
        _ => Err(Wording::new("expect-transaction-currency")),
    }
}

fn read_amount(given: &Scalar<'_>, currency: &str) -> Result<i64, Wording> {
    let minor = match given {
        Scalar::Null => Some(0),
        Scalar::Int(minor) => in_bounds(*minor),
        Scalar::Text(_) if currency.is_empty() => return Err(Wording::new("expect-transaction-amount-currency")),
        Scalar::Text(text) => parse_amount(text.trim(), currency),
        _ => None,
    };
    minor.ok_or_else(|| Wording::new("expect-transaction-amount"))
}
