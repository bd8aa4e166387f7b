//! What our own sources say of a condition: one line of English in the row, in messages and in the API, which pages read back to say
//! it in the language of their reader. Who writes such a line and who reads it stand beside each other here.

use std::fmt;

/// What was seen of a condition that a source of ours watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// A rule has no value to look at.
    NoValue,
    /// A rule holds whatever the value is.
    Value {
        /// What else is said of it; may be empty.
        said: String,
        /// The value as it is shown.
        value: String,
    },
    /// A rule compares its value with a bound.
    Bound {
        /// What else is said of it; may be empty.
        said: String,
        /// How the value came about.
        measure: Measure,
        /// The value as it is shown.
        value: String,
        /// It is bad above the bound; else below.
        above: bool,
        /// The bound.
        bound: String,
    },
    /// How fast an error budget burns.
    Burn {
        /// The long stretch, e.g. `1 h`, and its rate; absent where it is not known.
        long: (Option<String>, String),
        /// The same of the short one.
        short: (Option<String>, String),
        /// Too fast beyond this rate.
        beyond: String,
    },
    /// A metric source that is asked is gone.
    SourceGone,
    /// It is paused.
    SourcePaused {
        /// Its name.
        name: String,
    },
    /// It does not answer.
    SourceSilent {
        /// Its name.
        name: String,
        /// Why, as it was told.
        why: String,
    },
    /// A monitor is paused.
    Paused,
    /// A monitor is in maintenance.
    Maintenance,
}

/// What a bound is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// The value itself.
    Value,
    /// How far it is off the weeks before, in per cent.
    OffWeeks,
    /// How unusual it is.
    Surprise,
}

const BAD: &str = "; bad where it is ";
const OFF: &str = " % off the past weeks";

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = |said: &str| if said.is_empty() { String::new() } else { format!("{said}; ") };
        match self {
            Self::NoValue => f.write_str("there is no value"),
            Self::Value { said, value } => write!(f, "{}value {value}", before(said)),
            Self::Bound { said, measure, value, above, bound } => {
                let what = if *measure == Measure::Surprise { "surprise" } else { "value" };
                let unit = if *measure == Measure::OffWeeks { OFF } else { "" };
                let word = if *above { "above" } else { "below" };
                write!(f, "{}{what} {value}{unit}{BAD}{word} {bound}", before(said))
            }
            Self::Burn { long, short, beyond } => {
                let rate = |rate: &Option<String>| rate.clone().unwrap_or_else(|| "unknown".to_owned());
                let (at, late) = (rate(&long.0), rate(&short.0));
                write!(f, "burn rate {at} over {} and {late} over {}; too fast beyond {beyond}", long.1, short.1)
            }
            Self::SourceGone => f.write_str("the source is gone"),
            Self::SourcePaused { name } => write!(f, "the source {name} is paused"),
            Self::SourceSilent { name, why } => write!(f, "the source {name} does not answer: {why}"),
            Self::Paused => f.write_str("paused"),
            Self::Maintenance => f.write_str("maintenance"),
        }
    }
}

impl Seen {
    /// Reads such a line; `None` where it is something else, which is then told as it stands.
    pub fn parse(line: &str) -> Option<Self> {
        match line {
            "there is no value" => return Some(Self::NoValue),
            "the source is gone" => return Some(Self::SourceGone),
            "paused" => return Some(Self::Paused),
            "maintenance" => return Some(Self::Maintenance),
            _ => {}
        }
        if let Some(rest) = line.strip_prefix("the source ") {
            return source(rest);
        }
        if let Some(rest) = line.strip_prefix("burn rate ") {
            return burn(rest);
        }
        let Some((head, bound)) = line.rsplit_once(BAD) else {
            let (said, value) = said(line);
            return value.strip_prefix("value ").map(|value| Self::Value { said, value: value.to_owned() });
        };
        let (above, bound) =
            bound.strip_prefix("above ").map(|bound| (true, bound)).or(bound.strip_prefix("below ").map(|b| (false, b)))?;
        let (said, value) = said(head);
        let (measure, value) = match value.strip_prefix("surprise ") {
            Some(value) => (Measure::Surprise, value),
            None => value.strip_prefix("value ").map(|value| match value.strip_suffix(OFF) {
                Some(value) => (Measure::OffWeeks, value),
                None => (Measure::Value, value),
            })?,
        };
        Some(Self::Bound { said, measure, value: value.to_owned(), above, bound: bound.to_owned() })
    }
}

/// What else is said, and the value behind it.
fn said(head: &str) -> (String, &str) {
    head.rsplit_once("; ").map_or_else(|| (String::new(), head), |(said, value)| (said.to_owned(), value))
}

fn source(rest: &str) -> Option<Seen> {
    if let Some((name, why)) = rest.split_once(" does not answer: ") {
        return Some(Seen::SourceSilent { name: name.to_owned(), why: why.to_owned() });
    }
    rest.strip_suffix(" is paused").map(|name| Seen::SourcePaused { name: name.to_owned() })
}

fn burn(rest: &str) -> Option<Seen> {
    let (rates, beyond) = rest.split_once("; too fast beyond ")?;
    let (long, short) = rates.split_once(" and ")?;
    let read = |text: &str| {
        let (rate, over) = text.split_once(" over ")?;
        Some(((rate != "unknown").then(|| rate.to_owned()), over.to_owned()))
    };
    Some(Seen::Burn { long: read(long)?, short: read(short)?, beyond: beyond.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let text = str::to_owned;
        let bound = |said: &str, measure, above| Seen::Bound { said: text(said), measure, value: text("12.5"), above, bound: text("10") };
        let all = [
            Seen::NoValue,
            Seen::Value { said: text("n; m"), value: text("3") },
            bound("", Measure::Value, true),
            bound("12 of 80 failed; P2", Measure::OffWeeks, false),
            bound("", Measure::Surprise, true),
            Seen::Burn { long: (Some(text("15.2")), text("1 h")), short: (None, text("5 min")), beyond: text("14.4") },
            Seen::SourceGone,
            Seen::SourcePaused { name: text("prom is paused") },
            Seen::SourceSilent { name: text("prom"), why: text("connection refused: no") },
            Seen::Paused,
            Seen::Maintenance,
        ];
        for seen in all {
            assert_eq!(Seen::parse(&seen.to_string()), Some(seen));
        }
        assert_eq!(bound("", Measure::Value, true).to_string(), "value 12.5; bad where it is above 10");
        for other in ["", "status 503, expected 200-299", "disk full; bad luck", "burn rate of a candle", "the source of the Nile"] {
            assert_eq!(Seen::parse(other), None, "{other}");
        }
    }
}
