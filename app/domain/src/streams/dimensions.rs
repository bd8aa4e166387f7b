//! What is typed of dimensions: their keys, labels, fields and limits, as objects or as rows of a form.

use serde::{Deserialize, Serialize};

use super::PLACES;
use crate::{
    Wording,
    form::{Check, Typed, whole},
    text::one_line,
};

/// Most values that a dimension may be allowed.
pub const MAX_LIMIT: u32 = 200_000;

/// What no dimension may be called: fields of a line, and parameters of the pages on which dimensions choose.
pub const RESERVED: &[&str] = &[
    "system",
    "stream",
    "code",
    "currency",
    "success",
    "time",
    "latency_ms",
    "amount",
    "id",
    "failed",
    "total",
    "from",
    "to",
    "sort",
    "top",
    "zone",
    "by",
    "tables",
    "band",
    "bands",
    "explain",
    "excused",
    "looked",
    "incident",
    "where",
    "refresh",
    "tz",
    "brush",
    "span",
    "measure",
    "model",
    "point",
    "date",
    "q",
    "page",
    "after",
    "before",
    "live",
    "range",
    "toast",
    "next",
    "lang",
    "theme",
    "version",
    "confirm",
    "kind",
    "format",
];

/// A dimension as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftDimension {
    /// Its handle.
    pub key: String,
    /// What people read.
    #[serde(default)]
    pub label: String,
    /// Most values.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Whether latency is not kept by it.
    #[serde(default)]
    pub wide: bool,
    /// The field of a line.
    #[serde(default)]
    pub field: String,
}

/// Reads the key of a dimension: `a–z`, `0–9`, `_`, beginning with a letter, at most 32 characters, not [`RESERVED`].
pub fn key_of_dimension(text: &str) -> Result<String, Wording> {
    let text = text.trim();
    let good = text.len() <= 32
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !good {
        Err(Wording::new("streams-expect-dimension-key"))
    } else if RESERVED.contains(&text) {
        Err(Wording::new("streams-expect-not-reserved").with("key", text))
    } else {
        Ok(text.to_owned())
    }
}

/// The name of a field of a line: one line of at most 100 characters; empty is the usual one.
pub(super) fn field_name(text: &str) -> Result<String, Wording> {
    let text = text.trim();
    if text.chars().count() > 100 {
        return Err(Wording::new("expect-at-most-characters").with("max", 100));
    }
    one_line(text).map(|()| text.to_owned())
}

fn label(text: &str) -> Result<String, Wording> {
    let text = text.trim();
    if text.chars().count() > 60 {
        return Err(Wording::new("expect-at-most-characters").with("max", 60));
    }
    one_line(text).map(|()| text.to_owned())
}

/// Dimensions as they were typed, whichever way.
fn raw_dimensions(typed: &Typed) -> Vec<Result<DraftDimension, String>> {
    if typed.has("dimensions") {
        let each = typed.all("dimensions").iter().map(|text| text.trim()).filter(|text| !text.is_empty());
        return each
            .map(|text| {
                if text.starts_with('{') {
                    serde_json::from_str(text).map_err(|_| text.to_owned())
                } else {
                    Ok(DraftDimension { key: text.to_owned(), label: String::new(), limit: None, wide: false, field: String::new() })
                }
            })
            .collect();
    }
    let at = |field: &str, row: usize| typed.all(field).get(row).map_or("", |text| text.trim()).to_owned();
    let wide: Vec<&str> = typed.all("dimension_wide").iter().map(String::as_str).collect();
    (0..typed.all("dimension_key").len())
        .filter(|row| !at("dimension_key", *row).is_empty())
        .map(|row| {
            let text = at("dimension_limit", row);
            let limit = if text.is_empty() { None } else { Some(text.parse().unwrap_or(0)) };
            Ok(DraftDimension {
                key: at("dimension_key", row),
                label: at("dimension_label", row),
                limit,
                wide: wide.contains(&row.to_string().as_str()),
                field: at("dimension_field", row),
            })
        })
        .collect()
}

/// The dimensions of a form, or what is wrong with each.
pub(super) fn dimensions(check: &mut Check<'_>, typed: &Typed) -> Option<Vec<DraftDimension>> {
    let mut read: Vec<DraftDimension> = Vec::new();
    let mut wrong: Vec<(String, Wording)> = Vec::new();
    for one in raw_dimensions(typed) {
        let one = match one {
            Ok(one) => one,
            Err(text) => {
                wrong.push((text, Wording::new("streams-expect-dimension")));
                continue;
            }
        };
        let mut note = |value: &str, expected: Wording| wrong.push((value.to_owned(), expected));
        let key = key_of_dimension(&one.key).map_err(|expected| note(&one.key, expected)).ok();
        let label = label(&one.label).map_err(|expected| note(&one.label, expected)).ok();
        let field = field_name(&one.field).map_err(|expected| note(&one.field, expected)).ok();
        if let Some(number) = one.limit
            && let Err(expected) = whole(&number.to_string(), 1, MAX_LIMIT)
        {
            note(&format!("{}: {number}", one.key), expected);
        }
        if key.as_ref().is_some_and(|key| read.iter().any(|other| other.key == *key)) {
            note(&one.key, Wording::new("streams-expect-once"));
        }
        if let (Some(key), Some(label), Some(field)) = (key, label, field) {
            read.push(DraftDimension { key, label, limit: one.limit, wide: one.wide, field });
        }
    }
    if read.len() > PLACES {
        wrong.push((read.len().to_string(), Wording::new("streams-expect-few").with("max", PLACES)));
    }
    let good = wrong.is_empty();
    for (value, expected) in wrong {
        check.wrong("dimensions", &value, expected);
    }
    good.then_some(read)
}
