//! What a span is held against: the same wall time in the last four weeks; where these hold too little, on the last six days;
//! else the hours before. Weeks that were out of the ordinary themselves are left out.

use domain::{
    Fault, Span,
    slices::{Baseline, Basis},
    time::{DAY, HOUR, MINUTE},
    transactions::{Covered, Cube, Grain, cover, span_before},
};
use jiff::tz::TimeZone;
use sqlx::AnyConnection;

use super::{
    super::{
        ask::Choice,
        reads::{Read, read},
        slots::count,
    },
    LEAST_PAST, Within,
};

/// Weeks that are looked at.
const WEEKS: i64 = 4;
/// Days, where weeks tell too little.
const DAYS: i64 = 6;
/// Hours, where days do, too.
const BACK: i64 = 6 * HOUR;
/// Transactions that the past must hold, and the share of the present's.
const LEAST: f64 = 100.0;
const LEAST_SHARE: f64 = 0.25;

/// One span of the past.
struct Past {
    covered: Covered,
    total: f64,
    failed: f64,
}

impl Past {
    fn rate(&self) -> f64 {
        (self.failed + 0.5) / (self.total + 1.0)
    }
}

/// The past of a span, read.
pub(super) struct Before {
    pub(super) baseline: Baseline,
    /// Each span with the factor by which its counts stand for one span of the present.
    pub(super) spans: Vec<(Vec<Read>, f64)>,
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Leaves out weeks in which much more failed, or much less happened, than in most.
fn usual(mut past: Vec<Past>, by_rate: bool) -> Vec<Past> {
    if past.len() < 3 {
        return past;
    }
    if by_rate {
        let rate = middle(past.iter().map(Past::rate).collect());
        past.retain(|one| one.rate() <= 2.5 * rate + 0.002);
    } else {
        let total = middle(past.iter().map(|one| one.total).collect());
        past.retain(|one| one.total >= 0.4 * total && one.total <= 2.5 * total);
    }
    past
}

fn weeks(span: Span, zone: &TimeZone) -> Vec<Span> {
    (1..=WEEKS).map(|week| span_before(span, 7 * week, zone)).collect()
}

fn days(span: Span, zone: &TimeZone) -> Vec<Span> {
    let least = (span.length() + DAY - 1) / DAY;
    (least.max(1)..=DAYS).map(|days| span_before(span, days, zone)).collect()
}

/// A rate is the better known the more is counted; a count is that of its own length.
fn widened(span: Span, by_rate: bool) -> Span {
    let missing = LEAST_PAST - span.length();
    if !by_rate || missing <= 0 {
        return span;
    }
    Span { from: span.from.plus(-missing / 2).floor(MINUTE), to: span.to.plus(missing / 2).floor(MINUTE) }
}

/// The spans that hold enough, each with what was counted in it.
async fn found(conn: &mut AnyConnection, within: &Within<'_>, choice: &Choice, span: Span) -> Result<(Basis, Vec<Past>), Fault> {
    let by_rate = within.looked.is_rate();
    let present = counted(conn, within, choice, span).await?.total;
    let mut best: (Basis, Vec<Past>) = (Basis::Nothing, Vec::new());
    for basis in [Basis::Weeks, Basis::Days, Basis::Hours] {
        let spans = match basis {
            Basis::Weeks => weeks(span, within.zone),
            Basis::Days => days(span, within.zone),
            Basis::Hours | Basis::Nothing => vec![Span { from: span.from.plus(-BACK), to: span.from }],
        };
        let mut past = Vec::new();
        for one in spans {
            let one = if basis == Basis::Hours { one } else { widened(one, by_rate) };
            // What is widened into the span itself would explain it with itself.
            let one = Span { from: one.from, to: one.to.min(span.from).max(one.from.plus(MINUTE)) };
            let counted = counted(conn, within, choice, one).await?;
            if counted.total > 0.0 {
                past.push(counted);
            }
        }
        let past = usual(past, by_rate);
        let sum = |past: &[Past]| past.iter().map(|one| one.total).sum::<f64>();
        if sum(&past) >= LEAST.max(LEAST_SHARE * present) {
            return Ok((basis, past));
        }
        if sum(&past) > sum(&best.1) {
            best = (basis, past);
        }
    }
    Ok(best)
}

async fn counted(conn: &mut AnyConnection, within: &Within<'_>, choice: &Choice, span: Span) -> Result<Past, Fault> {
    let covered = cover(span, Grain::Day, within.kept);
    let sums = count(conn, choice, &covered, &[]).await?.all.sums;
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    let past = Past { covered, total: sums.total as f64, failed: sums.failed as f64 };
    Ok(past)
}

impl Before {
    /// Reads what the span is held against.
    pub(super) async fn read(conn: &mut AnyConnection, within: &Within<'_>, choice: &Choice, span: Span) -> Result<Self, Fault> {
        let (basis, past) = found(conn, within, choice, span).await?;
        let mut spans = Vec::new();
        for one in &past {
            let streams = Some(choice.streams.as_slice());
            let mut reads = read(conn, Cube::Merchants, &one.covered.pieces, streams).await?;
            reads.extend(read(conn, Cube::Failures, &one.covered.pieces, streams).await?);
            #[expect(clippy::cast_precision_loss, reason = "milliseconds of a span")]
            let factor = span.length() as f64 / one.covered.span.length().max(1) as f64;
            spans.push((reads, factor));
        }
        let count = u32::try_from(spans.len()).unwrap_or(u32::MAX);
        Ok(Self { baseline: Baseline { basis: if count == 0 { Basis::Nothing } else { basis }, spans: count }, spans })
    }

    /// Transactions and failures of the past, added up.
    pub(super) async fn overall(conn: &mut AnyConnection, within: &Within<'_>, choice: &Choice, span: Span) -> Result<(f64, f64), Fault> {
        let (_, past) = found(conn, within, choice, span).await?;
        Ok(past.iter().fold((0.0, 0.0), |(total, failed), one| (total + one.total, failed + one.failed)))
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    #[test]
    fn a_week_of_trouble_is_left_out() {
        let past = |total: f64, failed: f64| Past {
            covered: Covered { span: Span { from: Timestamp(0), to: Timestamp(1) }, resolution: Grain::Minute, pieces: Vec::new() },
            total,
            failed,
        };
        let weeks = || vec![past(1_000.0, 10.0), past(900.0, 400.0), past(1_100.0, 12.0), past(100.0, 1.0)];
        assert_eq!(usual(weeks(), true).iter().map(|one| one.total).collect::<Vec<_>>(), [1_000.0, 1_100.0, 100.0]);
        assert_eq!(usual(weeks(), false).iter().map(|one| one.total).collect::<Vec<_>>(), [1_000.0, 900.0, 1_100.0]);
    }

    #[test]
    fn weeks_share_the_wall_time_and_days_do_not_overlap_the_span() {
        let zone = domain::time::zone("Europe/Berlin").unwrap();
        let at = |text: &str| Timestamp::parse_rfc3339(text).unwrap();
        let span = Span { from: at("2025-04-02T10:00:00+02:00"), to: at("2025-04-02T11:00:00+02:00") };
        assert_eq!(weeks(span, &zone)[0].from, at("2025-03-26T10:00:00+01:00"));
        assert_eq!(weeks(span, &zone).len(), 4);
        assert_eq!(days(span, &zone).len(), 6);
        let long = Span { from: span.from, to: span.from.plus(3 * DAY) };
        assert!(days(long, &zone).iter().all(|one| one.to <= long.from));
    }
}
