//! What the text of an answer must look like.

use regex_lite::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use crate::{Wording, words::words};

words! {
    /// How the body of an answer is looked at.
    pub enum MatchMode {
        /// Not at all.
        None = "none",
        /// Must contain the text.
        Contains = "contains",
        /// Must not contain the text.
        Lacks = "lacks",
        /// Must match the regular expression.
        Regex = "regex",
    }
}

/// What the body of an answer must look like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BodyMatch {
    /// How it is looked at.
    pub mode: MatchMode,
    /// The text or regular expression; empty for `none`.
    pub text: String,
}

impl BodyMatch {
    /// Any body will do.
    pub fn any() -> Self {
        Self { mode: MatchMode::None, text: String::new() }
    }

    /// Reads the text that a mode needs: 1–500 characters; a regular expression (without Unicode classes) must compile, within 256 KiB.
    pub fn parse(mode: MatchMode, text: &str) -> Result<Self, Wording> {
        match mode {
            MatchMode::None => return Ok(Self::any()),
            _ if text.is_empty() => return Err(Wording::new("expect-something")),
            _ if text.chars().count() > 500 => return Err(Wording::new("expect-at-most-characters").with("max", 500)),
            MatchMode::Regex => {
                compile(text).map_err(|why| Wording::new("monitors-expect-regex").with("why", why))?;
            }
            MatchMode::Contains | MatchMode::Lacks => {}
        }
        Ok(Self { mode, text: text.to_owned() })
    }

    /// Whether the body is as it must be. Bytes that are no UTF-8 are read as replacement characters.
    pub fn holds(&self, body: &[u8]) -> bool {
        if self.mode == MatchMode::None {
            return true;
        }
        let body = String::from_utf8_lossy(body);
        match self.mode {
            MatchMode::None => true,
            MatchMode::Contains => body.contains(&self.text),
            MatchMode::Lacks => !body.contains(&self.text),
            MatchMode::Regex => compile(&self.text).is_ok_and(|regex| regex.is_match(&body)),
        }
    }
}

pub(super) fn compile(text: &str) -> Result<Regex, String> {
    RegexBuilder::new(text).size_limit(256 << 10).build().map_err(|error| error.to_string().lines().last().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_regex_must_compile_and_stay_small() {
        assert!(BodyMatch::parse(MatchMode::Regex, r#""status":\s*"UP""#).unwrap().holds(br#"{"status": "UP"}"#));
        assert_eq!(BodyMatch::parse(MatchMode::Regex, "(").unwrap_err().key, "monitors-expect-regex");
        assert!(BodyMatch::parse(MatchMode::Regex, r"(.{1000}){1000}").is_err());
        assert!(!BodyMatch::parse(MatchMode::Lacks, "error").unwrap().holds(b"an error"));
    }
}
