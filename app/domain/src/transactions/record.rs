//! One transaction as senders write it, read from the bytes without copying.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::rules::{FieldId, Fields};
use crate::Problem;

/// Longest text of a line's own id.
const MAX_ID: usize = 80;

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
    /// Arrival less the newest time among the lines that were counted, in milliseconds; below zero the sender's clock runs ahead.
    pub newest_lag_ms: Option<i64>,
    /// Arrival less the oldest time among them.
    pub oldest_lag_ms: Option<i64>,
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
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Bool(b) => b.to_string(),
            Self::Int(n) => n.to_string(),
            Self::Float(n) => n.to_string(),
            Self::Text(text) => text.to_string(),
            Self::Nested => "{…}".to_owned(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }
}

/// Reads a value; of an object, where fields within it are wanted, those go to the line.
struct ValueSeed<'x, 'r, 'de> {
    within: Option<(&'x mut Line<'de>, &'r Fields, &'x str)>,
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_, '_, 'de> {
    type Value = Scalar<'de>;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        d.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_, '_, 'de> {
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
        match self.within {
            Some((line, fields, path)) => collect(map, line, fields, path)?,
            None => while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {},
        }
        Ok(Scalar::Nested)
    }
}

/// Takes the fields that are wanted out of an object; skips the others: log shippers add their own.
fn collect<'de, A: MapAccess<'de>>(mut map: A, line: &mut Line<'de>, fields: &Fields, prefix: &str) -> Result<(), A::Error> {
    while let Some(FieldName(name)) = map.next_key()? {
        let path = if prefix.is_empty() { name } else { Cow::Owned(format!("{prefix}.{name}")) };
        let id = fields.find(&path);
        let value = if fields.has_within(&path) {
            if path.matches('.').count() > 8 {
                return Err(A::Error::custom("objects within objects, more than eight deep"));
            }
            map.next_value_seed(ValueSeed { within: Some((&mut *line, fields, &path)) })?
        } else if id.is_some() {
            map.next_value_seed(ValueSeed { within: None })?
        } else {
            map.next_value::<IgnoredAny>()?;
            continue;
        };
        match id {
            Some(FieldId(at)) if usize::from(at) < Fields::USUAL => line.values[usize::from(at)] = value,
            Some(id) => line.others.push((id, value)),
            None => {}
        }
    }
    Ok(())
}

/// A line as written.
#[derive(Debug, Default)]
pub(super) struct Line<'a> {
    pub(super) object: bool,
    values: [Scalar<'a>; Fields::USUAL],
    others: Vec<(FieldId, Scalar<'a>)>,
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

/// Reads a line, with the fields that are wanted.
pub(super) struct LineSeed<'r>(pub(super) &'r Fields);

impl<'de> DeserializeSeed<'de> for LineSeed<'_> {
    type Value = Line<'de>;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        d.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for LineSeed<'_> {
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
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let mut line = Line { object: true, ..Line::default() };
        collect(map, &mut line, self.0, "")?;
        Ok(line)
    }
}

impl<'a> Line<'a> {
    /// Reads one line of bytes.
    pub(super) fn parse(bytes: &'a [u8], fields: &Fields) -> Result<Self, serde_json::Error> {
        let mut json = serde_json::Deserializer::from_slice(bytes);
        let line = LineSeed(fields).deserialize(&mut json)?;
        json.end()?;
        Ok(line)
    }

    /// The value of a field.
    pub(super) fn get(&self, id: FieldId) -> &Scalar<'a> {
        const NULL: &Scalar<'static> = &Scalar::Null;
        match self.values.get(usize::from(id.0)) {
            Some(value) => value,
            None => self.others.iter().find(|(other, _)| *other == id).map_or(NULL, |(_, value)| value),
        }
    }

    /// The line's own id, for its problems.
    pub(super) fn own_id(&self, id: FieldId) -> Option<String> {
        let id = self.get(id);
        (!id.is_empty()).then(|| id.shown().chars().take(MAX_ID).collect())
    }
}
