//! Files that others wrote: a key with nothing after it is as good as none, and a number may stand where a text is meant.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

/// A text, or a number or truth that stands where a text is meant.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// A text.
    Text(String),
    /// A truth.
    Bool(bool),
    /// A whole number.
    Whole(i64),
    /// A number.
    Number(f64),
}

impl Default for Scalar {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl std::fmt::Display for Scalar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Bool(truth) => truth.fmt(f),
            Self::Whole(number) => number.fmt(f),
            Self::Number(number) => number.fmt(f),
        }
    }
}

/// What stands there, or the usual where nothing does.
pub fn usual<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// A list of texts.
pub fn texts<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    Ok(usual::<D, Vec<Scalar>>(from)?.iter().map(ToString::to_string).collect())
}

/// Texts by name.
pub fn named<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, String>, D::Error> {
    Ok(usual::<D, BTreeMap<String, Scalar>>(from)?.into_iter().map(|(name, text)| (name, text.to_string())).collect())
}
