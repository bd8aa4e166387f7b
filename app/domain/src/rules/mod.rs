//! Alert rules: a number that is looked at again and again, and when it is bad enough to tell somebody.
//!
//! A rule reads an [`Input`], perhaps against the same slot of past weeks, and judges every value of it by a
//! [`Condition`] with hysteresis: where it fires and where it recovers may lie apart. Each label set is a condition of its
//! own. **Invariant:** a value that is missing never turns a rule good by itself; what it means is said by [`NoData`], and a
//! source that does not answer makes the rule *unknown*, whatever was chosen.

pub mod import;
mod input;
mod judge;
mod looks;
mod port;
mod preview;
mod severity;
mod template;
mod terms;
mod worded;

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    alerts::Labels,
    id::{RuleId, SourceId},
    systems::Brief,
    transactions,
    words::words,
};
pub use input::{CHOICES, Draft, FIELDS};
pub use judge::{Finding, Held, Outcome, Reading, deviate, fold, judge, settle};
pub use port::Rules;
pub use preview::{Preview, Run, Track, preview};
pub use severity::{SeverityBy, Step};
pub use template::Template;
pub use terms::{Timing, terms};
pub(crate) use worded::{fill_annotations, words};
pub use worded::{labels_of, write_labels};

/// Longest that a rule holds, or keeps firing, in seconds.
const LONGEST_HOLD_S: u32 = 90 * 86_400;

words! {
    /// What a rule reads.
    pub enum InputKind {
        /// The answer to a question in PromQL.
        Query = "query",
        /// Series that are kept of a scraped endpoint.
        Kept = "kept",
        /// Transactions of the rule's system.
        Transactions = "transactions",
        /// How unusual transactions of the rule's system are.
        Unusual = "unusual",
    }
    /// What is looked at of transactions.
    pub enum Measure {
        /// How many in the window.
        Volume = "volume",
        /// Share that succeeded, in per cent.
        Success = "success",
        /// Latency that 99 of 100 stay within, in milliseconds.
        P99 = "p99",
        /// Failures with one of the codes.
        Code = "code",
        /// What is moved in the window, in one currency.
        Amount = "amount",
    }
    /// How the readings of a window become one value.
    pub enum Fold {
        /// The last.
        Last = "last",
        /// The mean.
        Mean = "mean",
        /// The smallest.
        Least = "min",
        /// The largest.
        Most = "max",
    }
    /// On which side of the threshold it is bad.
    pub enum Compare {
        /// Bad where the value is above.
        Above = "above",
        /// Bad where the value is below.
        Below = "below",
    }
    /// What it means when there is no value.
    pub enum NoData {
        /// Nobody knows: everything stays as it is.
        Keep = "keep",
        /// That is bad itself.
        Alert = "alert",
        /// That is good.
        Ok = "ok",
    }
    /// How a rule is.
    pub enum Shown {
        /// At least one condition holds.
        Holding = "holding",
        /// Nobody knows.
        Unknown = "unknown",
        /// There is no value.
        NoData = "no-data",
        /// Not looked at yet.
        New = "new",
        /// Not looked at now.
        Paused = "paused",
        /// Nothing holds.
        Quiet = "quiet",
    }
}

/// What a rule reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Input {
    /// A question in PromQL.
    Query {
        /// The query source.
        source: SourceId,
        /// The expression.
        expr: String,
    },
    /// Kept series of a scraped endpoint.
    Kept {
        /// The scrape source.
        source: SourceId,
        /// Which series.
        selector: String,
        /// Seconds of the window.
        over_s: u32,
        /// How the window becomes one value.
        fold: Fold,
    },
    /// Transactions of the rule's system.
    Transactions {
        /// What is looked at.
        measure: Measure,
        /// Which of them; the codes are those counted by [`Measure::Code`].
        filter: transactions::Filter,
        /// Seconds of the window: whole minutes.
        over_s: u32,
        /// The currency (ISO 4217) of an amount; empty for everything else.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        currency: String,
    },
    /// How unusual transactions of the rule's system are, as a [surprise](crate::unusual): failures where success or a code is looked at,
    /// by the tail of a beta-binomial and a cumulative sum; volume by that of a negative binomial, on both sides; latency by Student's t.
    Unusual {
        /// What is looked at.
        measure: Measure,
        /// Which of them.
        filter: transactions::Filter,
        /// Seconds of the window: whole minutes, an hour at most.
        over_s: u32,
        /// A dimension, each value of which is looked at by itself, with one false-discovery rate for all; empty for the whole.
        by: String,
        /// IANA zone whose time of the wall the days before share; empty: so many times 24 hours before.
        #[serde(default)]
        zone: String,
    },
}

impl Input {
    /// Its kind.
    pub fn kind(&self) -> InputKind {
        match self {
            Self::Query { .. } => InputKind::Query,
            Self::Kept { .. } => InputKind::Kept,
            Self::Transactions { .. } => InputKind::Transactions,
            Self::Unusual { .. } => InputKind::Unusual,
        }
    }

    /// The source that it needs.
    pub fn source(&self) -> Option<&SourceId> {
        match self {
            Self::Query { source, .. } | Self::Kept { source, .. } => Some(source),
            Self::Transactions { .. } | Self::Unusual { .. } => None,
        }
    }
}

/// Where it is bad, and where it is good again.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Threshold {
    /// On which side it is bad.
    pub compare: Compare,
    /// Beyond this it is bad.
    pub fire: f64,
    /// No longer beyond this it is good again; the same as `fire`, or on its good side.
    pub recover: f64,
}

/// When a value is bad.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Condition {
    /// Whenever it is there: the expression says itself what is bad, as rules of Prometheus do.
    Present,
    /// Beyond a threshold.
    Threshold(Threshold),
}

/// What is known of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Standing {
    /// How it is.
    pub shown: Shown,
    /// Since when.
    pub since: Timestamp,
    /// When it was evaluated last.
    pub evaluated_at: Option<Timestamp>,
    /// Why nobody knows, in English; empty where it is known.
    pub why: String,
    /// Values of the last evaluation.
    pub values: i64,
    /// Of those, how many conditions hold.
    pub holding: i64,
    /// Evaluations that should have been and were not, because the portal was stopped or busy.
    pub missed: i64,
}

/// An alert rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// The system that it concerns.
    pub system: Brief,
    /// Its name: the `alertname` of its alerts.
    pub name: String,
    /// A group, by which lists are sorted; may be empty.
    pub group: String,
    /// What it reads.
    pub input: Input,
    /// Against how many past weeks the value is held; then it is the deviation in per cent. `null` for the value itself.
    pub weeks: Option<u32>,
    /// When a value is bad.
    pub condition: Condition,
    /// Seconds that it must be bad before it fires.
    pub for_s: u32,
    /// Seconds that it must be good before it is over.
    pub keep_s: u32,
    /// Seconds between two evaluations.
    pub interval_s: u32,
    /// What no value means.
    pub no_data: NoData,
    /// How bad it is.
    pub severity: SeverityBy,
    /// Labels of its alerts, with templates.
    pub labels: Labels,
    /// What is told with its alerts, with templates.
    pub annotations: Labels,
    /// Where it stands what to do; may be empty.
    pub runbook: String,
    /// Whether it is not looked at.
    pub paused: bool,
    /// What is known of it.
    pub standing: Standing,
    /// Counts up with every edit.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub updated_at: Timestamp,
}

/// One label set of a rule, as it was last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Instance {
    /// The labels of the value.
    pub labels: Labels,
    /// The value; `null` where there is none.
    pub value: Option<f64>,
    /// Whether the condition holds.
    pub holds: bool,
    /// Since when.
    pub since: Timestamp,
}

/// All values of a rule in one slot, over all label sets.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Slot {
    /// Start of the slot.
    pub at: Timestamp,
    /// The smallest.
    pub least: f64,
    /// The mean.
    pub mean: f64,
    /// The largest.
    pub most: f64,
}
