//! Which slices explain a span of stored transactions.
//!
//! What the span is held against comes first ([`baseline`]): the same wall time in past weeks, or what there is. Then the
//! cells of both are added up to leaves and searched ([`weigh`]), codes are ranked inside what was found, and numbers become
//! names. **Invariants:** memory and time are bounded by [`MOST_LEAVES`]; leaves that matter least are put together, and the
//! answer says so. The callers have asked about authority.

mod baseline;
mod frame;
mod names;
mod series;
mod weigh;

use std::sync::Arc;

use domain::{
    Fault, Span, Timestamp,
    slices::{Explanation, Looked, failures_since},
    streams::Stream,
    time::{DAY, HOUR, MINUTE},
    transactions::{Cube, Filter, Grain, Kept, Tables, cover},
};
use jiff::tz::TimeZone;
use sqlx::AnyConnection;

use super::{
    Settings,
    ask::{Choice, choose, taking_part},
    reads::read,
};
use baseline::Before;
use frame::Frame;
use weigh::Weighed;

/// Leaves of four dimensions that are searched, fewer of more; beyond them those that matter least are put together.
const MOST_LEAVES: usize = 120_000;
/// How far before its first sign trouble may have begun.
const LEAD: i64 = HOUR;
/// Where no beginning stands out, so much before the first sign is looked at, too.
const BEFORE_SIGN: i64 = 5 * MINUTE;

/// Within what is looked, and how.
pub(crate) struct Within<'a> {
    /// The streams, all of which the asker may read.
    pub(crate) streams: &'a [Stream],
    /// The choice among them, and in their dimensions.
    pub(crate) filter: &'a Filter,
    /// Codes with which a failure counts as none.
    pub(crate) excused: &'a [String],
    /// Zone of the wall time that the weeks share.
    pub(crate) zone: &'a TimeZone,
    /// What is to be explained.
    pub(crate) looked: Looked,
    /// The currency of an amount; empty for the one that moves most.
    pub(crate) currency: &'a str,
    /// What is kept how long.
    pub(crate) kept: &'a Kept,
    /// The present.
    pub(crate) now: Timestamp,
}

impl Within<'_> {
    async fn choice(&self, conn: &mut AnyConnection) -> Result<Choice, Fault> {
        let mut choice = choose(conn, self.streams, self.filter, &Tables::Of(Vec::new())).await?;
        choice.excuse(conn, self.excused).await?;
        if !self.currency.is_empty() {
            choice.only_in(conn, self.currency).await?;
        }
        Ok(choice)
    }
}

/// What is kept how long of every stream that a choice takes.
///
/// # Errors
/// [`Fault::Invalid`] names a dimension that none of them has.
pub(crate) fn kept(settings: &Settings, streams: &[Stream], filter: &Filter, now: Timestamp) -> Result<Kept, Fault> {
    Ok(settings.shortest(now, taking_part(streams, filter)?.into_iter().map(|(_, stream)| stream.keeping)))
}

/// Explains a span. What has not happened yet is left out.
pub(crate) async fn explain(conn: &mut AnyConnection, within: &Within<'_>, span: Span) -> Result<Explanation, Fault> {
    let choice = within.choice(conn).await?;
    let end = span.to.min(within.now.plus(MINUTE).floor(MINUTE)).max(span.from.plus(MINUTE));
    let covered = cover(Span { from: span.from, to: end }, Grain::Day, within.kept);
    let streams = Some(choice.streams.as_slice());
    let mut now = read(conn, Cube::Merchants, &covered.pieces, streams).await?;
    now.extend(read(conn, Cube::Failures, &covered.pieces, streams).await?);
    let frame = Arc::new(Frame::new(&choice, within.streams));
    let before = Before::read(conn, within, &choice, covered.span).await?;
    let (looked, wanted, told_apart) = (within.looked, choice.wanted.clone(), frame.clone());
    let weigh = move || Weighed::of(looked, (&wanted, &told_apart), now, before);
    let mut weighed = tokio::task::spawn_blocking(weigh).await.map_err(|_| Fault::Internal)?;
    if !weighed.culprits.is_empty() {
        series::begun(conn, within, (&choice, &frame), covered.span, &mut weighed).await?;
    }
    names::told(conn, within, covered.span, &frame, weighed).await
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
