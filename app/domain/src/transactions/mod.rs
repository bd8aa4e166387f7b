//! Transactions: business operations counted by system, link, merchant, channel and result code.
//!
//! A batch is read line by line ([`read_batch`]), each line becomes a [`Row`] of dictionary numbers, rows are rolled up on
//! the way in ([`Roll`]) into *cells*, cells are packed into *segments* ([`cells`]), and pages add cells up again
//! ([`Tally`]). Addition is all that ever happens: cells of two segments of the same slot may be merged at any time, late
//! data included, so nothing needs to be read before it is written and no order matters.
//!
//! Three cubes are kept at three grains (minute, hour, day): [`Cube::Links`] counts everything by link and channel and carries
//! the latency sketches; [`Cube::Merchants`] counts by merchant, link and channel; [`Cube::Failures`] counts failures at full detail
//! with their code. Successes by code are not kept.
//!
//! **Architecture invariant:** transactions themselves are never stored, and no page scans them.

mod amount;
mod answer;
mod body;
pub mod cells;
mod filter;
mod plan;
mod port;
mod record;
mod roll;
mod sketch;
mod tally;

pub use amount::{decimals, money_grouped, money_text, parse_amount};
pub use answer::{Analysis, CodeRow, Money, Point, SliceRow, Totals};
pub use body::{Batch, Parsed, read_batch};
pub use filter::{Filter, Question, Sort};
pub use plan::{Bucket, Covered, Kept, Piece, cover, week_before};
pub use port::{Intake, Transactions};
pub use record::{LineProblem, Receipt, Rules, Target};
pub use roll::{LocalNames, MIXED, Part, Roll, Row, split};
pub use sketch::{BINS, Sketch, bin_of, bin_value};
pub use tally::{Sum, Tally, Wanted};

use crate::time::{DAY, HOUR, MINUTE};

/// What transactions are told apart by. Each value has a number in the dictionary of its dimension; 0 is "none given".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// The system that processed it, by its id.
    System,
    /// The link (acquirer, bank, card scheme) it went over.
    Link,
    /// The merchant.
    Merchant,
    /// The channel (app, web, pos).
    Channel,
    /// The result code.
    Code,
    /// The currency of the amount, ISO 4217.
    Currency,
}

impl Dimension {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::System, Self::Link, Self::Merchant, Self::Channel, Self::Code, Self::Currency];

    /// Stable text name, as stored and in URLs.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Link => "link",
            Self::Merchant => "merchant",
            Self::Channel => "channel",
            Self::Code => "code",
            Self::Currency => "currency",
        }
    }

    /// Reads a stable text name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|d| d.name() == name)
    }
}

/// What a cell is told apart by beside system and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cube {
    /// Everything, by link and channel, with latency.
    Links,
    /// Everything, by merchant, link and channel.
    Merchants,
    /// Failures only, by merchant, link, channel and code.
    Failures,
}

impl Cube {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Links, Self::Merchants, Self::Failures];

    /// Number as stored.
    pub fn number(self) -> i64 {
        match self {
            Self::Links => 1,
            Self::Merchants => 2,
            Self::Failures => 3,
        }
    }

    /// Reads the stored number.
    pub fn of(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.number() == number)
    }
}

/// How fine time is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Grain {
    /// By minute; a segment holds the minutes of one hour.
    Minute,
    /// By hour; a segment is one hour.
    Hour,
    /// By UTC day; a segment is one day.
    Day,
}

impl Grain {
    /// All of them, finest first.
    pub const ALL: [Self; 3] = [Self::Minute, Self::Hour, Self::Day];

    /// Width in milliseconds, also the number as stored.
    pub fn width(self) -> i64 {
        match self {
            Self::Minute => MINUTE,
            Self::Hour => HOUR,
            Self::Day => DAY,
        }
    }

    /// Reads the stored number.
    pub fn of(width: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|g| g.width() == width)
    }

    /// Length of a segment in milliseconds.
    pub fn slot(self) -> i64 {
        match self {
            Self::Minute | Self::Hour => HOUR,
            Self::Day => DAY,
        }
    }
}
