//! Headers: those that a check sends, and the one that its answer must show.

use serde::{Deserialize, Serialize};

use super::{BodyMatch, MatchMode};
use crate::{
    Wording,
    form::{Check, one_of},
};

/// What a header of the answer must look like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeaderMatch {
    /// Its name.
    pub name: String,
    /// What its value must look like; one of several is enough.
    pub value: BodyMatch,
}

impl HeaderMatch {
    /// Judges the headers of an answer, names in lower case; the error says what there was instead.
    pub(super) fn judge(&self, headers: &[(String, String)]) -> Result<(), String> {
        let name = self.name.to_ascii_lowercase();
        let values: Vec<&str> = headers.iter().filter(|(n, _)| *n == name).map(|(_, value)| value.as_str()).collect();
        let holds = |value: &&str| self.value.holds(value.as_bytes());
        // What must not be there is nowhere; what must be is somewhere.
        let good = if self.value.mode == MatchMode::Lacks { values.iter().all(holds) } else { values.iter().any(holds) };
        let said = || if values.is_empty() { "not there".to_owned() } else { values.join(", ") };
        if good { Ok(()) } else { Err(format!("{}: {}", self.name, said())) }
    }
}

/// Reads `header_name`, `header_match` and `header_text`; `None` where no name is given.
pub(super) fn header(check: &mut Check<'_>) -> Option<Option<HeaderMatch>> {
    let name = check.optional("header_name", |text| {
        let text = text.trim();
        if text.len() <= 100 && is_token(text) { Ok(text.to_owned()) } else { Err(Wording::new("monitors-expect-header-name")) }
    });
    let mode = check.optional("header_match", |text| MatchMode::parse(text).ok_or_else(|| one_of(MatchMode::ALL)));
    let mode = match mode?.unwrap_or(MatchMode::Contains) {
        // That it is there is the least that can be asked of it.
        MatchMode::None => MatchMode::Regex,
        mode => mode,
    };
    let given = name.as_ref().is_some_and(Option::is_some);
    let value = check.field("header_text", |text| match (given, text) {
        (false, _) => Ok(BodyMatch::any()),
        (true, "") if mode == MatchMode::Regex => BodyMatch::parse(mode, "^"),
        (true, text) => BodyMatch::parse(mode, text),
    });
    let value = value?;
    Some(name?.map(|name| HeaderMatch { name, value }))
}

fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// Reads `Name: value` lines, at most 20. The usual credentials are refused; since others may hold one too, a line that is
/// wrong is told by its number, and values are shown only to those who may edit the monitor.
pub(super) fn parse_headers(lines: &str) -> Result<Vec<(String, String)>, Wording> {
    let wrong = |index: usize| Wording::new("monitors-expect-header").with("line", index + 1);
    let mut headers = Vec::new();
    for (index, line) in lines.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty()) {
        let (name, value) = line.split_once(':').ok_or_else(|| wrong(index))?;
        let (name, value) = (name.trim(), value.trim());
        if !is_token(name) || value.is_empty() || value.len() > 1_000 || !value.bytes().all(|b| (0x20..0x7f).contains(&b)) {
            return Err(wrong(index));
        }
        let lower = name.to_ascii_lowercase();
        if ["authorization", "proxy-authorization", "cookie"].contains(&lower.as_str()) {
            return Err(Wording::new("monitors-expect-no-credentials").with("name", name));
        }
        if ["connection", "content-length", "transfer-encoding", "upgrade", "te", "trailer", "expect"].contains(&lower.as_str()) {
            return Err(Wording::new("monitors-expect-no-connection-header").with("name", name));
        }
        headers.push((name.to_owned(), value.to_owned()));
    }
    if headers.len() > 20 { Err(Wording::new("monitors-expect-few-headers")) } else { Ok(headers) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_lines() {
        assert_eq!(parse_headers("Accept: text/html\n\n X-A:b ").unwrap().len(), 2);
        for (bad, key) in [
            ("no colon", "monitors-expect-header"),
            ("a b: c", "monitors-expect-header"),
            ("Cookie: a=b", "monitors-expect-no-credentials"),
            ("Content-Length: 3", "monitors-expect-no-connection-header"),
        ] {
            assert_eq!(parse_headers(bad).unwrap_err().key, key);
        }
    }
}
