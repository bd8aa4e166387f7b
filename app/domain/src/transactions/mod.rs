//! Transactions: business operations counted by stream ([`crate::streams`]), its dimensions and result code.
//!
//! A batch is read line by line ([`read_batch`]), each line becomes a [`Row`] of dictionary numbers, rows are rolled up on
//! the way in ([`Roll`]) into *cells*, cells are packed into *segments* ([`cells`]), and pages add cells up again
//! ([`Tally`]). Addition is all that ever happens: cells of two segments of the same slot may be merged at any time, late
//! data included, so nothing needs to be read before it is written and no order matters.
//!
//! Four cubes are kept at three grains (minute, hour, day): [`Cube::Totals`] counts everything of a stream together, which is all
//! that most charts need; [`Cube::Links`] counts by the narrow dimensions (of a usual stream link and channel); both carry the
//! latency sketches. [`Cube::Merchants`] counts by all dimensions, the wide ones included (merchant); [`Cube::Failures`] counts
//! failures at full detail with their code. Successes by code are not kept.
//!
//! **Architecture invariant:** no page scans transactions, and none is stored but the few failures of streams that ask for it
//! ([`FailureSample`]).

mod amount;
mod answer;
mod body;
pub mod cells;
mod filter;
mod names;
mod peak;
mod plan;
mod port;
mod record;
mod roll;
mod rules;
mod samples;
mod sketch;
mod spelt;
mod stands;
mod tally;
mod values;

pub use amount::{money_grouped, money_text, parse_amount, units};
pub use answer::{Analysis, CodeRow, Money, Point, SliceRow, SliceTable, Totals};
pub use body::{Batch, Parsed, read_batch};
pub use filter::{Filter, Question, Sort, Tables, WHERE};
pub use names::{CODE, CURRENCY, FIXED, LocalNames, LocalStream, STREAM, Texts};
pub use peak::usual_most;
pub use plan::{Bucket, Covered, Kept, Piece, cover, cover_points, days_before, span_before, week_before};
pub use port::{Intake, Transactions};
pub use record::{LineProblem, Receipt};
pub use roll::{MIXED, Part, Roll, Row, split};
pub use rules::{Rules, Target};
pub use samples::{
    Failure, FailureSample, FailureSamples, MOST_SAMPLES, Received, SAMPLES_PER_MINUTE, SAMPLES_SHOWN, SampleBounds, Samples, SamplesAsked,
};
pub use sketch::{BINS, Bins, Sketch, bin_of, bin_value};
pub(crate) use sketch::{place, value_at};
pub use stands::standing_for;
pub use tally::{By, Chosen, Sum, Tally, Wanted};

use crate::time::{DAY, HOUR, MINUTE};

/// What a cell is told apart by beside stream and time; named after the usual dimensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cube {
    /// Everything, by the narrow dimensions, with latency.
    Links,
    /// Everything, by all dimensions.
    Merchants,
    /// Failures only, by all dimensions and code.
    Failures,
    /// Everything, by no dimension, with latency.
    Totals,
}

impl Cube {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Links, Self::Merchants, Self::Failures, Self::Totals];

    /// Number as stored.
    pub fn number(self) -> i64 {
        match self {
            Self::Links => 1,
            Self::Merchants => 2,
            Self::Failures => 3,
            Self::Totals => 4,
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
