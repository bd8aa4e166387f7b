//! What a page is told.

use serde::{Deserialize, Serialize};

use super::{Filter, Grain};
use crate::{Span, Timestamp};

/// Money of one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Money {
    /// ISO 4217; empty where senders gave none.
    pub currency: String,
    /// Amount of all transactions in minor units.
    pub amount: i64,
    /// Amount of those that failed.
    pub failed_amount: i64,
}

/// Counts of a span.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Totals {
    /// Transactions.
    pub total: u64,
    /// Those that failed; under a choice of codes, those that failed with one of them.
    pub failed: u64,
    /// By currency, largest first.
    pub money: Vec<Money>,
    /// Median latency in milliseconds, within 1 %; absent where none was given or merchants or codes are chosen.
    pub p50: Option<f64>,
    /// Latency that 95 % stay below.
    pub p95: Option<f64>,
    /// Latency that 99 % stay below.
    pub p99: Option<f64>,
}

#[expect(clippy::cast_precision_loss, reason = "a share needs no more than 53 bits")]
fn rate(total: u64, failed: u64) -> Option<f64> {
    (total > 0).then(|| 1.0 - failed.min(total) as f64 / total as f64)
}

impl Totals {
    /// Share that succeeded, 0 to 1; `None` where nothing was counted.
    pub fn success_rate(&self) -> Option<f64> {
        rate(self.total, self.failed)
    }
}

/// One point of the chart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Point {
    /// Its span.
    pub span: Span,
    /// Transactions.
    pub total: u64,
    /// Those that failed.
    pub failed: u64,
    /// Median latency, ms.
    pub p50: Option<f64>,
    /// 95 % latency, ms.
    pub p95: Option<f64>,
    /// 99 % latency, ms.
    pub p99: Option<f64>,
    /// Transactions at the same wall time a week earlier.
    pub before_total: u64,
    /// Those of them that failed.
    pub before_failed: u64,
    /// Amount of all of them in minor units of the currency of the analysis; absent where that is none or several.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub amount: Option<i64>,
    /// The same a week earlier.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before_amount: Option<i64>,
}

impl Point {
    /// Share that succeeded; `None` where nothing was counted: a gap stays a gap.
    pub fn success_rate(&self) -> Option<f64> {
        rate(self.total, self.failed)
    }

    /// The same a week earlier.
    pub fn before_rate(&self) -> Option<f64> {
        rate(self.before_total, self.before_failed)
    }
}

/// Failures with one code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CodeRow {
    /// The code; empty where senders gave none.
    pub code: String,
    /// Failures.
    pub failed: u64,
    /// Share of all failures, 0 to 1.
    pub share: f64,
    /// Share of this code and all before it in the list.
    pub cumulative: f64,
    /// Failures a week earlier.
    pub before: u64,
}

/// Counts of one value of a dimension.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SliceRow {
    /// The value; of a system its key; empty where senders gave none.
    pub value: String,
    /// Transactions.
    pub total: u64,
    /// Those that failed.
    pub failed: u64,
    /// Transactions a week earlier.
    pub before_total: u64,
    /// Those of them that failed.
    pub before_failed: u64,
    /// Latency that 99 % stay below, in milliseconds; absent where it is not kept by this dimension.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub p99: Option<f64>,
    /// Amount of all of them in minor units of the currency of the analysis; absent where that is none or several.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub amount: Option<i64>,
    /// The same a week earlier.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before_amount: Option<i64>,
}

impl SliceRow {
    /// Share that succeeded.
    pub fn success_rate(&self) -> Option<f64> {
        rate(self.total, self.failed)
    }

    /// Share that succeeded a week earlier.
    pub fn before_rate(&self) -> Option<f64> {
        rate(self.before_total, self.before_failed)
    }
}

/// The values of one dimension.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SliceTable {
    /// Key of the dimension.
    pub dimension: String,
    /// What people read; empty for the usual ones, which every language has a word for.
    pub label: String,
    /// Whether it has so many values that latency is not kept by it.
    pub wide: bool,
    /// Its values.
    pub rows: Vec<SliceRow>,
}

/// Everything the page shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Analysis {
    /// The span that was counted; may be wider than the one asked for, see `resolution`.
    pub span: Span,
    /// The same span a week earlier, by wall time.
    pub before_span: Span,
    /// The finest grid that is kept at the ends of the two spans.
    pub resolution: Grain,
    /// The choice.
    pub filter: Filter,
    /// Stored pieces of both spans that do not read; what they held is missing in the counts.
    pub damaged: u64,
    /// The newest transaction of the chosen systems, whenever that was; `None` where there never was one.
    pub latest: Option<Timestamp>,
    /// Counts of the span.
    pub totals: Totals,
    /// Counts of the span a week earlier.
    pub before: Totals,
    /// The one currency (ISO 4217) in which amounts stand at points and values; absent where there is none, or several, which are not added up.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub currency: Option<String>,
    /// The chart.
    pub points: Vec<Point>,
    /// Failures by code, most first.
    pub codes: Vec<CodeRow>,
    /// By every dimension of the chosen streams, in their order.
    pub dimensions: Vec<SliceTable>,
    /// By stream, where there are several.
    pub streams: Vec<SliceRow>,
    /// By system.
    pub systems: Vec<SliceRow>,
}

impl Analysis {
    /// The values of a dimension.
    pub fn rows(&self, dimension: &str) -> &[SliceRow] {
        self.dimensions.iter().find(|table| table.dimension == dimension).map_or(&[], |table| table.rows.as_slice())
    }
}
