//! Typed parameters: what may be given for each, and how it is read.

use regex_lite::Regex;
use serde::{Deserialize, Serialize};

use crate::{
    Wording,
    text::{Key, Name},
};

/// What kind of value a parameter takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Kind {
    /// One line of text.
    Text {
        /// A regular expression that the whole text must match; empty where any text will do.
        pattern: String,
    },
    /// A whole number.
    Number {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// One of a few words.
    Choice {
        /// The words.
        options: Vec<String>,
    },
    /// The key of a system that whoever runs it may read.
    System,
    /// A text that is sealed at rest, masked in the log and passed in the environment, never as an argument.
    Secret,
}

/// One parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Parameter {
    /// Its handle: `{key}` in an argument.
    pub key: String,
    /// What people read beside the field.
    pub label: String,
    /// What may be given.
    #[serde(flatten)]
    pub kind: Kind,
    /// Whether something must be given.
    pub required: bool,
}

/// What was given for a parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Value {
    /// Key of the parameter.
    pub key: String,
    /// The text; [`super::MASK`] where it is secret.
    pub text: String,
}

/// Characters of a value at most.
const MAX_VALUE: usize = 1_000;
/// Characters of a secret at least: less could not be masked without blotting out the log.
const MIN_SECRET: usize = 6;

/// Name of the environment variable that carries a secret, e.g. `RUN_SECRET_DB_PASSWORD`.
pub fn variable(key: &str) -> String {
    format!("RUN_SECRET_{}", key.to_ascii_uppercase().replace('-', "_"))
}

impl Kind {
    /// Reads a kind by its word and its rule: a pattern, `1..100`, or words with commas between.
    pub fn parse(word: &str, rule: &str) -> Result<Self, Wording> {
        let rule = rule.trim();
        let kind = match word {
            "text" => {
                if !rule.is_empty() {
                    whole(rule).map_err(|_| Wording::new("tools-expect-pattern"))?;
                }
                Self::Text { pattern: rule.to_owned() }
            }
            "number" => {
                let bounds = rule.split_once("..").and_then(|(min, max)| Some((min.trim().parse().ok()?, max.trim().parse().ok()?)));
                let (min, max) = bounds.filter(|(min, max): &(i64, i64)| min <= max).ok_or_else(|| Wording::new("tools-expect-bounds"))?;
                Self::Number { min, max }
            }
            "choice" => {
                let options: Vec<String> = rule.split(',').map(str::trim).filter(|o| !o.is_empty()).map(str::to_owned).collect();
                if options.is_empty() || options.iter().any(|o| Name::parse(o).is_err()) {
                    return Err(Wording::new("tools-expect-options"));
                }
                Self::Choice { options }
            }
            "system" | "secret" if !rule.is_empty() => return Err(Wording::new("tools-expect-no-rule")),
            "system" => Self::System,
            "secret" => Self::Secret,
            _ => return Err(Wording::new("expect-one-of").with("choices", "text, number, choice, system, secret")),
        };
        Ok(kind)
    }

    /// The word that [`Kind::parse`] reads.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::Number { .. } => "number",
            Self::Choice { .. } => "choice",
            Self::System => "system",
            Self::Secret => "secret",
        }
    }

    /// The rule that [`Kind::parse`] reads.
    pub fn rule(&self) -> String {
        match self {
            Self::Text { pattern } => pattern.clone(),
            Self::Number { min, max } => format!("{min}..{max}"),
            Self::Choice { options } => options.join(", "),
            Self::System | Self::Secret => String::new(),
        }
    }
}

fn whole(pattern: &str) -> Result<Regex, regex_lite::Error> {
    Regex::new(&format!("^(?:{pattern})$"))
}

impl Parameter {
    /// Reads key, label, kind, rule and whether it is required.
    pub fn parse(key: &str, label: &str, kind: &str, rule: &str, required: bool) -> Result<Self, (&'static str, Wording)> {
        let key = Key::parse(key).map_err(|w| ("key", w))?.into_string();
        let label = if label.trim().is_empty() { key.clone() } else { Name::parse(label).map_err(|w| ("label", w))?.into_string() };
        let kind = Kind::parse(kind, rule).map_err(|w| if w.key == "expect-one-of" { ("kind", w) } else { ("rule", w) })?;
        Ok(Self { key, label, kind, required })
    }

    /// Whether its value must never be shown.
    pub fn is_secret(&self) -> bool {
        self.kind == Kind::Secret
    }

    /// Whether no more can be given than whoever defined the tool has written down.
    pub fn is_closed(&self) -> bool {
        matches!(self.kind, Kind::Number { .. } | Kind::Choice { .. })
    }

    /// Reads a given value; the empty text stands for none. Whether a system exists, and what becomes of it among the
    /// arguments, is asked elsewhere.
    pub fn read(&self, text: &str) -> Result<String, Wording> {
        if text.is_empty() {
            return if self.required { Err(Wording::new("expect-something")) } else { Ok(String::new()) };
        }
        if text.chars().count() > MAX_VALUE {
            return Err(Wording::new("expect-at-most-characters").with("max", MAX_VALUE));
        }
        if text.chars().any(char::is_control) {
            return Err(Wording::new("expect-one-line"));
        }
        match &self.kind {
            Kind::Text { pattern } => {
                if !pattern.is_empty() && !whole(pattern).is_ok_and(|regex| regex.is_match(text)) {
                    return Err(Wording::new("tools-expect-match").with("pattern", pattern));
                }
            }
            Kind::Number { min, max } => {
                let number: Option<i64> = text.trim().parse().ok().filter(|n| min <= n && n <= max);
                return number.map(|n| n.to_string()).ok_or_else(|| Wording::new("expect-between").with("min", min).with("max", max));
            }
            Kind::Choice { options } => {
                if !options.iter().any(|o| o == text) {
                    return Err(Wording::new("expect-one-of").with("choices", options.join(", ")));
                }
            }
            Kind::System => {
                return Key::parse(text).map(Key::into_string);
            }
            Kind::Secret => {
                if text.chars().count() < MIN_SECRET {
                    return Err(Wording::new("tools-expect-secret").with("min", MIN_SECRET));
                }
            }
        }
        Ok(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(kind: &str, rule: &str) -> Parameter {
        Parameter::parse("x", "", kind, rule, true).unwrap()
    }

    #[test]
    fn values_are_read_by_kind() {
        let free = parameter("text", "");
        assert_eq!(free.read("; $(id)").unwrap(), "; $(id)");
        assert_eq!(free.read("a\nb").unwrap_err().key, "expect-one-line");
        assert_eq!(free.read("").unwrap_err().key, "expect-something");
        let host = parameter("text", "[a-z0-9.-]+|-x");
        assert_eq!(host.read("db-1.example").unwrap(), "db-1.example");
        assert_eq!(host.read("db;id").unwrap_err().key, "tools-expect-match");
        assert_eq!(parameter("number", " 1 .. 9 ").read(" 07 ").unwrap(), "7");
        assert_eq!(parameter("number", "1..9").read("10").unwrap_err().key, "expect-between");
        assert_eq!(parameter("choice", "on, off").read("on").unwrap(), "on");
        assert_eq!(parameter("choice", "on, off").read("maybe").unwrap_err().key, "expect-one-of");
        assert_eq!(parameter("system", "").read("Bank").unwrap_err().key, "expect-key");
        assert_eq!(parameter("secret", "").read("short").unwrap_err().key, "tools-expect-secret");
    }

    #[test]
    fn rules_say_what_is_wrong_and_read_back() {
        for (word, rule, key) in [
            ("text", "(", "tools-expect-pattern"),
            ("number", "9..1", "tools-expect-bounds"),
            ("number", "", "tools-expect-bounds"),
            ("choice", " , ", "tools-expect-options"),
            ("secret", "x", "tools-expect-no-rule"),
            ("shell", "", "expect-one-of"),
        ] {
            assert_eq!(Kind::parse(word, rule).unwrap_err().key, key, "{word} {rule}");
        }
        for kind in [parameter("text", "a+").kind, parameter("number", "-3..4").kind, parameter("choice", "a, b").kind] {
            assert_eq!(Kind::parse(kind.word(), &kind.rule()).unwrap(), kind);
        }
    }
}
