//! Which slices explain a span of stored transactions.
//!
//! What the span is held against comes first ([`baseline`]): the same wall time in past weeks, or what there is. Then the
//! cells of both are added up to leaves and searched ([`weigh`]), codes are ranked inside what was found, and numbers become
//! names. **Invariants:** memory and time are bounded by [`MOST_LEAVES`]; leaves that matter least are put together, and the
//! answer says so. The callers have asked about authority.

mod baseline;
mod names;
mod series;
mod weigh;

use domain::{
    Fault, Span, Timestamp,
    slices::{Explanation, Looked, failures_since},
    systems::Brief,
    time::{DAY, HOUR, MINUTE},
    transactions::{Cube, Dimension, Filter, Grain, Kept, cells::Key, cover},
};
use jiff::tz::TimeZone;
use sqlx::AnyConnection;

use super::ask::{Choice, choose, read};
use baseline::Before;
use weigh::Weighed;

/// Leaves that are searched; beyond them those that matter least are put together.
const MOST_LEAVES: usize = 120_000;
/// Dimensions in which slices are looked for, in the order of a leaf's numbers.
const DIMENSIONS: [Dimension; 4] = [Dimension::System, Dimension::Link, Dimension::Merchant, Dimension::Channel];
/// How far before its first sign trouble may have begun.
const LEAD: i64 = HOUR;
/// Where no beginning stands out, so much before the first sign is looked at, too.
const BEFORE_SIGN: i64 = 5 * MINUTE;

/// A leaf by the numbers of its values.
type Leaf = [u32; DIMENSIONS.len()];

fn leaf_of(system: u32, key: &Key) -> Leaf {
    [system, key.link, key.merchant, key.channel]
}

/// Within what is looked, and how.
pub(crate) struct Within<'a> {
    /// The systems, all of which the asker may read.
    pub(crate) systems: &'a [Brief],
    /// The choice in the other dimensions.
    pub(crate) filter: &'a Filter,
    /// Zone of the wall time that the weeks share.
    pub(crate) zone: &'a TimeZone,
    /// What is to be explained.
    pub(crate) looked: Looked,
    /// What is kept how long.
    pub(crate) kept: &'a Kept,
    /// The present.
    pub(crate) now: Timestamp,
}

impl Within<'_> {
    async fn choice(&self, conn: &mut AnyConnection) -> Result<Choice, Fault> {
        let ids: Vec<&str> = self.systems.iter().map(|system| system.id.as_str()).collect();
        choose(conn, &ids, self.filter).await
    }
}

/// Explains a span. What has not happened yet is left out.
pub(crate) async fn explain(conn: &mut AnyConnection, within: &Within<'_>, span: Span) -> Result<Explanation, Fault> {
    let choice = within.choice(conn).await?;
    let end = span.to.min(within.now.plus(MINUTE).floor(MINUTE)).max(span.from.plus(MINUTE));
    let covered = cover(Span { from: span.from, to: end }, Grain::Day, within.kept);
    let systems = Some(choice.systems.as_slice());
    let mut now = read(conn, Cube::Merchants, &covered, systems).await?;
    now.extend(read(conn, Cube::Failures, &covered, systems).await?);
    let before = Before::read(conn, within, &choice, covered.span).await?;
    let (looked, wanted) = (within.looked, choice.wanted.clone());
    let mut weighed = tokio::task::spawn_blocking(move || Weighed::of(looked, wanted, now, before)).await.map_err(|_| Fault::Internal)?;
    if !weighed.culprits.is_empty() {
        series::begun(conn, within, &choice, covered.span, &mut weighed).await?;
    }
    names::told(conn, within, covered.span, weighed).await
}

/// Explains what a first sign told of: from the minute in which failures began, as far as that stands out, to a moment.
pub(crate) async fn since_sign(
    conn: &mut AnyConnection,
    within: &Within<'_>,
    sign: Timestamp,
    until: Timestamp,
) -> Result<Explanation, Fault> {
    let end = until.max(sign).plus(MINUTE).floor(MINUTE);
    let from = begun_at(conn, within, sign, end).await?.unwrap_or(sign.plus(-BEFORE_SIGN).floor(MINUTE));
    explain(conn, within, Span { from, to: end.max(from.plus(MINUTE)) }).await
}

/// The minute in which failures of the whole choice began to be more than usual.
async fn begun_at(conn: &mut AnyConnection, within: &Within<'_>, sign: Timestamp, end: Timestamp) -> Result<Option<Timestamp>, Fault> {
    let choice = within.choice(conn).await?;
    let from = sign.plus(-LEAD).floor(MINUTE);
    let span = Span { from, to: end.min(sign.plus(LEAD)).max(from.plus(MINUTE)) };
    let minutes = super::slots::minutes(conn, &choice, span, within.kept).await?;
    let before = Before::overall(conn, within, &choice, span).await?;
    let (total, failed) =
        minutes.iter().filter(|(at, ..)| at.plus(MINUTE) >= sign).fold((0.0, 0.0), |(total, failed), (_, n, f)| (total + n, failed + f));
    if total <= 0.0 || before.0 <= 0.0 {
        return Ok(None);
    }
    let counts: Vec<(f64, f64)> = minutes.iter().map(|(_, total, failed)| (*total, *failed)).collect();
    let slot = failures_since(&counts, (before.1 + 0.5) / (before.0 + 1.0), failed / total);
    Ok(slot.and_then(|slot| minutes.get(slot)).map(|(at, ..)| *at))
}

/// Shortest stretch of a past week that tells a rate.
const LEAST_PAST: i64 = 2 * HOUR;
/// Days beyond which a span's beginning is not looked for.
const LONGEST_SERIES: i64 = 40 * DAY;
