//! The rule of an alert as it was: what its source looked at, and when that is bad.
//!
//! Each source says it with every signal, in words that need no language: an expression, a comparison, a duration. So the page
//! that explains an alert can say it after the rule was edited or removed.

use serde::{Deserialize, Serialize};

use crate::words::words;

words! {
    /// What a line of a rule says.
    pub enum TermName {
        /// What is looked at: an address, an expression, a selector.
        Reads = "reads",
        /// How often.
        Every = "every",
        /// The past weeks against whose same slot it is held, in per cent.
        Weeks = "weeks",
        /// What part must go well.
        Goal = "goal",
        /// When it is bad.
        Fires = "fires",
        /// When it is good again.
        Recovers = "recovers",
        /// How many results in a row must be bad.
        Needed = "needed",
        /// How long it must be bad before it fires.
        For = "for",
        /// How long it must be good before it is over.
        Keep = "keep",
        /// What no value means.
        NoData = "no-data",
        /// The page at the sender that made it.
        Generator = "generator",
    }
}

/// One line of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Term {
    /// What it says.
    pub name: TermName,
    /// The value, e.g. `> 5 %`, `5 min`, `sum(rate(errors[5m]))`.
    pub value: String,
}

impl Term {
    /// A line.
    pub fn new(name: TermName, value: impl Into<String>) -> Self {
        Self { name, value: value.into() }
    }

    /// A line about a span; `None` where it is none.
    pub fn span(name: TermName, ms: i64) -> Option<Self> {
        (ms > 0).then(|| Self::new(name, span(ms)))
    }
}

/// A span in its largest whole unit: `3 d`, `6 h`, `30 min`, `15 s`.
pub fn span(ms: i64) -> String {
    use crate::time::{DAY, HOUR, MINUTE, SECOND};
    match ms {
        ms if ms % DAY == 0 => format!("{} d", ms / DAY),
        ms if ms % HOUR == 0 => format!("{} h", ms / HOUR),
        ms if ms % MINUTE == 0 => format!("{} min", ms / MINUTE),
        ms if ms % SECOND == 0 => format!("{} s", ms / SECOND),
        ms => format!("{ms} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_take_their_largest_whole_unit() {
        let said = [259_200_000, 21_600_000, 1_800_000, 90_000, 1_500].map(span);
        assert_eq!(said, ["3 d", "6 h", "30 min", "90 s", "1500 ms"]);
        assert_eq!(Term::span(TermName::For, 0), None);
    }
}
