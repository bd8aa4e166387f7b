//! Sample failures: where a stream asks for it, some of its failures are kept one by one, as they were received.
//!
//! However many fail, few are kept: so many of each minute of a stream, and of those only some that are alike, so that a storm of
//! one kind leaves room for the others ([`SampleBounds`]).

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::{
    names::{CODE_AT, CURRENCY_AT, LocalNames},
    roll::Row,
};
use crate::{Span, Timestamp, streams::Dims};

/// Failures of one minute that are kept where a stream says nothing else.
pub const SAMPLES_PER_MINUTE: u32 = 20;
/// Failures of one minute that are kept with the same values in every dimension and the same code.
const SAMPLES_ALIKE: u32 = 5;
/// Sample failures that are shown of a choice.
pub const SAMPLES_SHOWN: usize = 5;
/// Sample failures that may be asked for at a time.
pub const MOST_SAMPLES: usize = 100;

/// A failure to be kept, in numbers of its batch's [`LocalNames`].
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// What is counted of it.
    pub row: Row,
    /// When it happened.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub latency_ms: Option<f64>,
    /// The sender's own id for it; empty where it gave none.
    pub reference: String,
    /// How many of its minute its stream keeps.
    pub per_minute: u32,
}

/// How many failures are kept of each stream and minute, and of those that are alike.
#[derive(Debug, Default)]
pub struct SampleBounds {
    minutes: HashMap<(u32, i64), Minute>,
}

#[derive(Debug, Default)]
struct Minute {
    kept: u32,
    alike: HashMap<(Dims, u32), u32>,
}

impl SampleBounds {
    /// Takes account of failures that are kept already.
    pub fn note(&mut self, row: &Row, kept: u32) {
        let minute = self.minutes.entry((row.stream, row.minute)).or_default();
        minute.kept = minute.kept.saturating_add(kept);
        let alike = minute.alike.entry((row.dims, row.code)).or_default();
        *alike = alike.saturating_add(kept);
    }

    /// Whether one more may be kept; then it counts as kept.
    pub fn admit(&mut self, row: &Row, per_minute: u32) -> bool {
        let minute = self.minutes.entry((row.stream, row.minute)).or_default();
        if minute.kept >= per_minute {
            return false;
        }
        let alike = minute.alike.entry((row.dims, row.code)).or_default();
        if *alike >= SAMPLES_ALIKE {
            return false;
        }
        *alike += 1;
        minute.kept += 1;
        true
    }
}

/// The failures of one batch that may be kept.
#[derive(Debug, Default)]
pub struct Samples {
    bounds: SampleBounds,
    /// Those that may, in their order.
    pub failures: Vec<Failure>,
}

impl Samples {
    /// Takes a failure where there is room for it.
    pub(super) fn offer(&mut self, row: Row, per_minute: u32, of: impl FnOnce() -> (Timestamp, Option<f64>, String)) {
        if self.bounds.admit(&row, per_minute) {
            let (at, latency_ms, reference) = of();
            self.failures.push(Failure { row, at, latency_ms, reference, per_minute });
        }
    }
}

/// What was received of a failure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ReceivedFailure))]
pub struct Received {
    /// Its code; empty where the sender gave none.
    pub code: String,
    /// Its values by dimension; without those that were not given.
    pub dimensions: BTreeMap<String, String>,
    /// How long it took, in milliseconds.
    pub latency_ms: Option<f64>,
    /// Its amount in minor units; `null` where there was none.
    pub amount: Option<i64>,
    /// ISO 4217; empty where there was none.
    pub currency: String,
    /// The sender's own id for it; empty where it gave none.
    pub reference: String,
}

/// A failure that was kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FailureSample {
    /// When it happened.
    pub at: Timestamp,
    /// Its stream, `system/key` or the key of the system.
    pub stream: String,
    /// What was received.
    #[serde(flatten)]
    pub received: Received,
}

/// Sample failures of a choice.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FailureSamples {
    /// Names of the chosen streams that keep any.
    pub kept_by: Vec<String>,
    /// The newest, the latest first.
    pub samples: Vec<FailureSample>,
}

/// Which sample failures somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SamplesAsked {
    /// When they happened.
    pub span: Span,
    /// The choice.
    pub filter: super::Filter,
    /// Codes with which a failure counts as none.
    pub excused: Vec<String>,
    /// How many at most.
    pub most: usize,
}

impl LocalNames {
    /// A failure of the batch in words.
    pub fn received(&self, failure: &Failure) -> Received {
        let row = &failure.row;
        let text = |dimension: usize, number: u32| {
            let texts = self.dimensions.get(dimension)?;
            Some((&texts.dimension, texts.texts.get((number as usize).checked_sub(1)?)?))
        };
        let said = |dimension: usize, number: u32| text(dimension, number).map(|(_, text)| text.clone()).unwrap_or_default();
        let places = self.stream_of(row.stream).map(|stream| stream.places).unwrap_or_default();
        let dimensions = row.dims.into_iter().zip(places).filter_map(|(number, place)| {
            let (dimension, text) = text(usize::from(place?), number)?;
            Some((dimension.clone(), text.clone()))
        });
        Received {
            code: said(CODE_AT, row.code),
            dimensions: dimensions.collect(),
            latency_ms: failure.latency_ms,
            amount: (row.amount != 0).then_some(row.amount),
            currency: said(CURRENCY_AT, row.currency),
            reference: failure.reference.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(minute: i64, merchant: u32) -> Row {
        let mut dims = Dims::default();
        dims[1] = merchant;
        Row { minute, stream: 1, dims, wide: 2, code: 1, currency: 0, failed: true, amount: 0, bin: None }
    }

    #[test]
    fn a_storm_of_one_kind_leaves_room_for_the_others() {
        let mut bounds = SampleBounds::default();
        let admitted = |bounds: &mut SampleBounds, row: Row, tries: usize| (0..tries).filter(|_| bounds.admit(&row, 12)).count();
        assert_eq!(admitted(&mut bounds, row(0, 1), 1_000), 5);
        assert_eq!(admitted(&mut bounds, row(0, 2), 1_000), 5);
        assert_eq!(admitted(&mut bounds, row(0, 3), 1_000), 2, "twelve of a minute");
        assert_eq!(admitted(&mut bounds, row(1, 1), 1_000), 5, "another minute");
        let mut bounds = SampleBounds::default();
        bounds.note(&row(0, 1), 4);
        assert_eq!(
            (admitted(&mut bounds, row(0, 1), 9), admitted(&mut bounds, row(0, 2), 9), admitted(&mut bounds, row(0, 3), 9)),
            (1, 5, 2)
        );
    }
}
