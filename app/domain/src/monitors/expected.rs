//! Which statuses count as an answer: `200-299,301`.

use serde::{Deserialize, Serialize};

use crate::Wording;

/// A set of HTTP statuses, written as ranges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, example = "200-299,301"))]
#[serde(try_from = "String", into = "String")]
pub struct StatusSet(Vec<(u16, u16)>);

impl Default for StatusSet {
    fn default() -> Self {
        Self(vec![(200, 299)])
    }
}

impl StatusSet {
    /// Every redirect.
    pub fn redirects() -> Self {
        Self(vec![(300, 399)])
    }

    /// Reads single statuses and ranges between 100 and 599, separated by commas, at most 20.
    pub fn parse(text: &str) -> Result<Self, Wording> {
        let wrong = || Wording::new("monitors-expect-statuses");
        let one = |text: &str| text.trim().parse::<u16>().ok().filter(|n| (100..=599).contains(n)).ok_or_else(wrong);
        let mut ranges = Vec::new();
        for part in text.split([',', ' ']).filter(|p| !p.trim().is_empty()) {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            let (from, to) = (one(from)?, one(to)?);
            if from > to {
                return Err(wrong());
            }
            ranges.push((from, to));
        }
        if ranges.is_empty() || ranges.len() > 20 { Err(wrong()) } else { Ok(Self(ranges)) }
    }

    /// Whether the status is one of them.
    pub fn has(&self, status: u16) -> bool {
        self.0.iter().any(|(from, to)| (*from..=*to).contains(&status))
    }
}

impl std::fmt::Display for StatusSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, (from, to)) in self.0.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            if from == to { write!(f, "{comma}{from}")? } else { write!(f, "{comma}{from}-{to}")? }
        }
        Ok(())
    }
}

impl From<StatusSet> for String {
    fn from(set: StatusSet) -> Self {
        set.to_string()
    }
}

impl TryFrom<String> for StatusSet {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).map_err(|wording| wording.key.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_singles() {
        let set = StatusSet::parse("200-299, 301").unwrap();
        assert!(set.has(204) && set.has(301) && !set.has(302) && !set.has(199));
        assert_eq!(set.to_string(), "200-299,301");
        for bad in ["", "ok", "99", "600", "300-200", "200-", "-", "1".repeat(90).as_str()] {
            assert!(StatusSet::parse(bad).is_err(), "{bad}");
        }
    }
}
