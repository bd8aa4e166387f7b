//! Objectives: what share must go well over a window, how much of the rest is left, and how fast it burns.
//!
//! An objective of 99.9 % over 28 days leaves a *budget* of 0.1 %. The *burn rate* of a stretch is its share of failures
//! divided by that: at 1 the budget lasts exactly as long as the window. Three alarms look at it, each over a long stretch, so that
//! little noise fires, and a short one, so that it is over soon after the trouble is (Google, "The Site Reliability
//! Workbook", chapter 5).

mod burn;
mod input;
mod judge;
mod port;

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    alerts::Labels,
    id::{ObjectiveId, SourceId},
    systems::Brief,
    time::{DAY, zone},
    transactions,
    words::words,
};
pub use burn::{ALARMS, Alarm, Count, allowed, budget_left, burn, burn_down, fires, fresh_ms};
pub use input::{Draft, FIELDS};
pub use judge::{Look, judge};
pub use port::Objectives;

/// Where the length of a stretch is put into the expressions of a query, e.g. `5m`.
pub const WINDOW: &str = "$window";

words! {
    /// What goes well.
    pub enum SliKind {
        /// A transaction that succeeds.
        Success = "success",
        /// A transaction that is quick enough.
        Latency = "latency",
        /// What two questions in PromQL count.
        Query = "query",
    }
    /// How an objective is.
    pub enum Shown {
        /// An alarm holds.
        Burning = "burning",
        /// The budget is used up.
        Spent = "spent",
        /// Nobody knows.
        Unknown = "unknown",
        /// Not looked at yet.
        New = "new",
        /// Nobody looks at it.
        Paused = "paused",
        /// Within its budget.
        Met = "met",
    }
}

/// What is counted, and what of it goes well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Sli {
    /// Transactions of the system that succeed.
    Success {
        /// Which of them.
        filter: transactions::Filter,
        /// Codes of refusals that are no fault of ours, e.g. too little money on the card: they went well.
        excused: Vec<String>,
    },
    /// Transactions of the system that take at most so long.
    Latency {
        /// Which of them.
        filter: transactions::Filter,
        /// Milliseconds.
        within_ms: f64,
    },
    /// Two questions in PromQL, each with `$window` in it.
    Query {
        /// The query source.
        source: SourceId,
        /// How many went well in the window.
        good: String,
        /// How many there were.
        total: String,
    },
}

impl Sli {
    /// What is counted, in technical words: a name with its matchers, or the two expressions.
    pub fn what(&self) -> String {
        match self {
            Self::Success { filter, excused } if excused.is_empty() => format!("success{}", filter.braced()),
            Self::Success { filter, excused } => format!("success{} or code in ({})", filter.braced(), excused.join(", ")),
            Self::Latency { filter, within_ms } => format!("latency{} ≤ {within_ms} ms", filter.braced()),
            Self::Query { good, total, .. } => format!("({good}) / ({total})"),
        }
    }

    /// The source that is asked, if one is.
    pub fn source(&self) -> Option<&SourceId> {
        match self {
            Self::Query { source, .. } => Some(source),
            Self::Success { .. } | Self::Latency { .. } => None,
        }
    }

    /// Its kind.
    pub fn kind(&self) -> SliKind {
        match self {
            Self::Success { .. } => SliKind::Success,
            Self::Latency { .. } => SliKind::Latency,
            Self::Query { .. } => SliKind::Query,
        }
    }
}

/// How one alarm stands.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Burn {
    /// Burn rate over its long stretch; `null` where nothing was counted.
    pub long: Option<f64>,
    /// Burn rate over its short stretch.
    pub short: Option<f64>,
    /// Whether it holds; `null` where nobody knows.
    pub holds: Option<bool>,
}

/// What is known of an objective.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Standing {
    /// How it is.
    pub shown: Shown,
    /// Since when.
    pub since: Timestamp,
    /// When it was looked at last.
    pub evaluated_at: Option<Timestamp>,
    /// Why nobody knows, in English.
    pub why: String,
    /// Counts of the whole window.
    pub counted: Option<Count>,
    /// The alarms, in the order of [`ALARMS`]; empty before the first look.
    pub burns: Vec<Burn>,
}

/// When the window begins that ends at a moment: so many days before, or with the month in a zone.
pub fn begins(days: u32, month: &str, now: Timestamp) -> Timestamp {
    let first = zone(month).and_then(|zone| now.jiff().to_zoned(zone).first_of_month().ok()?.start_of_day().ok());
    first.map_or_else(|| now.plus(-i64::from(days) * DAY), |first| Timestamp(first.timestamp().as_millisecond()))
}

impl Objective {
    /// When its window begins that ends at a moment.
    pub fn begins(&self, now: Timestamp) -> Timestamp {
        begins(self.days, &self.month, now)
    }
}

/// An objective.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Objective {
    /// What its alerts carry.
    #[serde(flatten)]
    pub words: Words,
    /// Its id.
    pub id: ObjectiveId,
    /// The system that it is about.
    pub system: Brief,
    /// Its name.
    pub name: String,
    /// What is counted.
    pub sli: Sli,
    /// Per cent that must go well.
    pub target: f64,
    /// Days of the window, where it is no calendar month.
    pub days: u32,
    /// IANA name of the zone whose calendar month is the window; empty where that is so many days.
    pub month: String,
    /// Whether nobody looks at it.
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

/// What alerts of an objective carry beside what every one says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Words {
    /// Labels, templates in them not yet filled.
    pub labels: Labels,
    /// Annotations, templates in them not yet filled.
    pub annotations: Labels,
    /// Address of the runbook; empty for none.
    pub runbook: String,
}

/// One hour of an objective's window.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hour {
    /// Its start.
    pub at: Timestamp,
    /// What was counted.
    pub count: Count,
    /// Share of the window's budget that is left after it, 1 for all; below 0 where more was used than there is.
    pub left: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_where_its_zone_says() {
        let at = |text: &str| Timestamp::parse_rfc3339(text).unwrap();
        let now = at("2025-03-14T06:00:00Z");
        assert_eq!(begins(28, "", now), now.plus(-28 * DAY));
        assert_eq!(begins(28, "Asia/Shanghai", now), at("2025-02-28T16:00:00Z"));
        assert_eq!(begins(28, "Asia/Shanghai", at("2025-02-28T16:00:00Z")), at("2025-02-28T16:00:00Z"));
        assert_eq!(begins(28, "Asia/Shanghai", at("2025-02-28T15:59:59Z")), at("2025-01-31T16:00:00Z"));
        // Summer time began within it.
        assert_eq!(begins(28, "Europe/Berlin", at("2025-03-31T12:00:00Z")), at("2025-02-28T23:00:00Z"));
        assert_eq!(begins(7, "Nowhere/At-All", now), now.plus(-7 * DAY));
    }
}
