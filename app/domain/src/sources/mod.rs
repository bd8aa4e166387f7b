//! Metric sources: where numbers come from that the portal did not measure itself.
//!
//! Two kinds. A *query* source is a database of metrics that is asked by PromQL over HTTP (Prometheus, VictoriaMetrics,
//! Mimir, Thanos). A *scrape* source is an endpoint that says its numbers in an [exposition]; the series that a
//! person chose are kept, rolled up, counters as rates. A source that does not answer is *one* alert on the source: what
//! depends on it is unknown meanwhile, and says since when.

mod answer;
pub mod exposition;
mod input;
mod kept;
mod port;
mod selector;

use serde::{Deserialize, Serialize};

use crate::{Timestamp, id::SourceId, systems::Brief, words::words};
pub use answer::{Answer, AnswerKind, Found, Query, read as read_answer};
pub use exposition::Labels;
pub use input::{Choice, Draft, FIELDS};
pub use kept::{Catalogue, Kept, KeptPoint, KeptSeries, Metric, Raw, catalogue, rate};
pub use port::Sources;
pub use selector::{Matcher, Operator, Selector};

/// Series of one source that are kept at most.
pub const MOST_SERIES: usize = 500;
/// Selectors of one source at most.
pub const MOST_CHOICES: usize = 200;

words! {
    /// How a source is asked.
    pub enum SourceKind {
        /// By PromQL.
        Query = "query",
        /// By fetching what it exposes.
        Scrape = "scrape",
    }
    /// How a source is.
    pub enum Health {
        /// Does not answer, or with nothing that can be read.
        Down = "down",
        /// Not asked yet.
        New = "new",
        /// Nobody asks it.
        Paused = "paused",
        /// Answers.
        Up = "up",
    }
    /// How we show who we are.
    pub enum AuthKind {
        /// Not at all.
        None = "none",
        /// User name and password.
        Basic = "basic",
        /// A token.
        Bearer = "bearer",
    }
}

/// What is known of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Standing {
    /// How it is.
    pub health: Health,
    /// Since when.
    pub since: Timestamp,
    /// When it was asked last.
    pub asked_at: Option<Timestamp>,
    /// Milliseconds that the last answer took.
    pub took_ms: Option<i64>,
    /// Samples of the last page; only of a scrape.
    pub samples: Option<i64>,
    /// Why the last try failed, in English; empty where it did not.
    pub trouble: String,
    /// Chosen series beyond [`MOST_SERIES`] that the last page had and that are not kept.
    pub left_out: i64,
    /// Times that it should have been asked and was not, because the portal was stopped or busy.
    pub missed: i64,
}

/// A metric source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Source {
    /// Its id.
    pub id: SourceId,
    /// The system that it belongs to.
    pub system: Brief,
    /// Its name.
    pub name: String,
    /// How it is asked.
    pub kind: SourceKind,
    /// The endpoint, or the base of the query API.
    pub url: String,
    /// Seconds between two questions, 5–3600.
    pub interval_s: u32,
    /// Seconds for one answer, 1–60, at most the interval.
    pub timeout_s: u32,
    /// Whether a certificate that is not valid is accepted.
    pub accept_invalid: bool,
    /// The tenant (`X-Scope-OrgID`); empty for none.
    pub tenant: String,
    /// How we show who we are.
    pub auth: AuthKind,
    /// User name, with [`AuthKind::Basic`].
    pub user: String,
    /// Whether nobody asks it.
    pub paused: bool,
    /// Which series are kept, as selectors; only of a scrape.
    pub choices: Vec<String>,
    /// What is known of it.
    pub standing: Standing,
    /// Counts up with every edit.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub updated_at: Timestamp,
}
