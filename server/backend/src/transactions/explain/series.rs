//! When a slice began: its counts by the minute (by the hour where the span is long), a while before the span included.

use std::sync::Arc;

use domain::{
    Fault, Span, Timestamp,
    slices::{Looked, counts_since, failures_since},
    time::{HOUR, MINUTE},
    transactions::{Cube, Grain, cover},
};
use sqlx::AnyConnection;

use super::{
    super::{ask::Choice, reads::read},
    LEAD, LONGEST_SERIES, Within,
    frame::Frame,
    weigh::Weighed,
};

/// Spans up to this are looked at by the minute.
const BY_MINUTE: i64 = 12 * HOUR;
/// The rhythm of the day hides the beginning of a fall in longer spans.
const STEADY: i64 = 6 * HOUR;

/// Finds out when each slice began.
pub(super) async fn begun(
    conn: &mut AnyConnection,
    within: &Within<'_>,
    (choice, frame): (&Choice, &Arc<Frame>),
    span: Span,
    weighed: &mut Weighed,
) -> Result<(), Fault> {
    let by_rate = within.looked.is_rate();
    if span.length() > LONGEST_SERIES || !by_rate && span.length() > STEADY {
        return Ok(());
    }
    let by_minute = span.length() <= BY_MINUTE;
    let lead = if by_minute { LEAD } else { 24 * HOUR };
    let asked = Span { from: span.from.plus(-lead), to: span.to };
    let covered = cover(asked, if by_minute { Grain::Minute } else { Grain::Hour }, within.kept);
    let width = match covered.resolution {
        Grain::Minute if by_minute => MINUTE,
        Grain::Day => return Ok(()),
        Grain::Minute | Grain::Hour => HOUR,
    };
    let mut reads = read(conn, Cube::Merchants, &covered.pieces, Some(&choice.streams)).await?;
    // What failed with single codes is in the failures only.
    let by_code = by_rate && choice.wanted.by_code();
    if by_code {
        reads.extend(read(conn, Cube::Failures, &covered.pieces, Some(&choice.streams)).await?);
    }
    let slots = usize::try_from((covered.span.length() + width - 1) / width).unwrap_or_default();
    let (wanted, frame, from) = (choice.wanted.clone(), frame.clone(), covered.span.from);
    let (by_amount, currency) = (within.looked == Looked::Amount, weighed.currency);
    let slices: Vec<Vec<(usize, u32)>> = weighed.culprits.iter().map(|found| found.slice.clone()).collect();
    let series = tokio::task::spawn_blocking(move || {
        let mut series = vec![vec![(0.0, 0.0); slots]; slices.len()];
        for read in &reads {
            let failures = read.is_of(Cube::Failures);
            read.each(|stream, at, key, sums| {
                let slot = usize::try_from((at - from.0).div_euclid(width)).unwrap_or(usize::MAX);
                if !wanted.takes(stream, key) || failures && !wanted.takes_code(key) || by_amount && key.currency != currency {
                    return;
                }
                let leaf = frame.leaf(stream, key);
                // What several hold is the first one's.
                let first = slices.iter().position(|slice| slice.iter().all(|(at, number)| leaf[*at] == *number));
                if let Some(sum) = first.and_then(|first| series[first].get_mut(slot)) {
                    #[expect(clippy::cast_precision_loss, reason = "counts and amounts stay far below 2^52")]
                    let (measured, beside) = match by_amount {
                        true => (sums.amount as f64, sums.total as f64),
                        false if failures == by_code => (sums.total as f64, sums.failed as f64),
                        false => (sums.total as f64, 0.0),
                    };
                    sum.0 += measured;
                    sum.1 += beside;
                }
            });
        }
        series
    })
    .await
    .map_err(|_| Fault::Internal)?;
    #[expect(clippy::cast_precision_loss, reason = "slots of a span")]
    let spanned = (span.length() as f64 / width as f64).max(1.0);
    for (found, mut series) in weighed.culprits.iter_mut().zip(series) {
        let cause = &found.cause;
        let slot = if by_rate {
            let total = found.total.max(1.0);
            failures_since(&series, cause.expected / total, cause.observed / total)
        } else {
            let usual = cause.expected / spanned;
            // The slot that is being filled looks like a fall.
            series.truncate(usize::try_from((within.now.0 - from.0).div_euclid(width)).unwrap_or_default());
            // Of money, as many transactions as it makes: what one alone moves is no beginning.
            let (moved, count) = series.iter().fold((0.0, 0.0), |(moved, count), (one, beside)| (moved + one, count + beside));
            let each = if by_amount && moved > 0.0 && count > 0.0 { moved / count } else { 1.0 };
            let counts: Vec<(f64, f64)> = series.iter().map(|(measured, _)| (measured / each, usual / each)).collect();
            counts_since(&counts, cause.observed / cause.expected.max(1e-9))
        };
        found.since = slot.map(|slot| Timestamp(from.0 + i64::try_from(slot).unwrap_or_default() * width));
    }
    Ok(())
}
