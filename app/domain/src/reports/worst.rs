//! Which values of a dimension lost most: failures beyond their own rate of last week.

use serde::{Deserialize, Serialize};

use crate::transactions::{SliceRow, Totals};

/// Transactions that the usual rate is worth, where a value's own is hardly known.
const SHRINK: f64 = 20.0;

/// One value that lost much.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Worst {
    /// The counts of the value.
    pub row: SliceRow,
    /// Failures beyond its own rate of last week.
    pub excess: f64,
    /// Share that succeeded the day before, up to the same hour; `null` where it had nothing.
    pub yesterday: Option<f64>,
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
fn float(count: u64) -> f64 {
    count as f64
}

/// The failure rate of a span as a whole, even where little was counted; `None` where nothing was.
pub fn usual(totals: &Totals) -> Option<f64> {
    (totals.total > 0).then(|| (float(totals.failed) + 0.5) / (float(totals.total) + 1.0))
}

/// Failures beyond the value's own rate of last week, which counts as the usual rate where it is hardly known.
pub fn excess(row: &SliceRow, usual: f64) -> f64 {
    let rate = (float(row.before_failed) + SHRINK * usual) / (float(row.before_total) + SHRINK);
    float(row.failed) - rate * float(row.total)
}

/// The values that failed most beyond their own rate of last week, at most so many; those that did not are left out. `yesterday` holds
/// the values of the day before.
pub fn worst(rows: &[SliceRow], yesterday: &[SliceRow], last_week: &Totals, most: usize) -> Vec<Worst> {
    // Beyond what, is not known then.
    let Some(usual) = usual(last_week) else { return Vec::new() };
    let mut worst: Vec<Worst> = rows
        .iter()
        .map(|row| Worst { row: row.clone(), excess: excess(row, usual), yesterday: None })
        // A handful is chance.
        .filter(|worst| !worst.row.value.is_empty() && worst.excess >= 1.0 + 2.0 * (float(worst.row.failed) - worst.excess).max(0.0).sqrt())
        .collect();
    worst.sort_by(|a, b| b.excess.total_cmp(&a.excess).then_with(|| a.row.value.cmp(&b.row.value)));
    worst.truncate(most);
    for worst in &mut worst {
        worst.yesterday = yesterday.iter().find(|row| row.value == worst.row.value).and_then(SliceRow::success_rate);
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excess_is_held_against_the_values_own_rate() {
        let row = |total, failed, before_total, before_failed| SliceRow {
            value: "M1".into(),
            total,
            failed,
            before_total,
            before_failed,
            p99: None,
            amount: None,
            before_amount: None,
        };
        assert!(excess(&row(1_000, 100, 10_000, 1_000), 0.01).abs() < 1.0);
        assert!(excess(&row(1_000, 100, 10_000, 100), 0.01) > 89.0);
        // Unknown until now: the usual rate counts.
        assert!((excess(&row(100, 50, 0, 0), 0.1) - 40.0).abs() < 1e-9);
    }

    #[test]
    fn what_fails_as_ever_is_not_worst() {
        let row = |value: &str, total, failed, before_total, before_failed| SliceRow {
            value: value.into(),
            total,
            failed,
            before_total,
            before_failed,
            p99: None,
            amount: None,
            before_amount: None,
        };
        let rows = [
            row("ever", 1_000, 200, 1_000, 200),
            row("new", 1_000, 60, 1_000, 10),
            row("worse", 1_000, 400, 1_000, 10),
            row("one", 10, 1, 10, 0),
        ];
        let found = worst(&rows, &[row("worse", 200, 50, 0, 0)], &Totals { total: 10_000, failed: 100, ..Totals::default() }, 5);
        assert_eq!(found.iter().map(|worst| worst.row.value.as_str()).collect::<Vec<_>>(), ["worse", "new"]);
        assert!((found[0].excess - 390.0).abs() < 1.0);
        assert_eq!([found[0].yesterday, found[1].yesterday], [Some(0.75), None]);
    }
}
