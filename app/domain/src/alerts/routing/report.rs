//! What came of carrying a file over, as it may be told: without what is secret.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Carried;
use crate::{Wording, deliveries::Kind};

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Whether it is in force; else nothing was changed.
    pub done: bool,
    /// Receiver of the root of the routes.
    pub root: String,
    /// How many receivers there are.
    pub receivers: usize,
    /// How many inhibition rules.
    pub inhibitions: usize,
    /// How many named time intervals.
    pub intervals: usize,
    /// Channels that the receivers need.
    pub channels: Vec<Line>,
    /// What could not be carried over.
    pub left: Vec<Wording>,
}

/// A channel that a receiver needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RoutingReportLine))]
pub struct Line {
    /// Its name.
    pub name: String,
    /// How it carries messages.
    pub kind: Kind,
    /// Where messages go, as far as it may be told.
    pub target: String,
    /// Whether it does not tell that something is over.
    pub firing_only: bool,
    /// Whether a channel of that name was there: that stays as it is.
    pub there: bool,
}

impl Carried {
    /// How it is told; `done` where it is in force now.
    pub fn told(&self, done: bool) -> Report {
        let count = |key: &str| self.file.get(key).and_then(Value::as_array).map_or(0, Vec::len);
        let line = |needed: &super::Needed| Line {
            name: needed.name.clone(),
            kind: needed.kind,
            target: needed.target(),
            firing_only: needed.firing_only,
            there: needed.there,
        };
        Report {
            done,
            root: self.file.pointer("/route/receiver").and_then(Value::as_str).unwrap_or_default().to_owned(),
            receivers: count("receivers"),
            inhibitions: count("inhibit_rules"),
            intervals: count("time_intervals") + count("mute_time_intervals"),
            channels: self.channels.iter().map(line).collect(),
            left: self.left.clone(),
        }
    }
}
