//! Counts of one system for sibling areas: only what they ask for is read, no tables beside. The callers have asked about
//! authority.

use std::collections::HashMap;

use domain::{
    Fault, Span, Timestamp,
    id::SystemId,
    streams::Stream,
    time::{HOUR, MINUTE},
    transactions::{Bucket, By, Covered, Cube, Filter, Grain, Kept, Sum, Tables, Tally, Wanted, cells::Sums, cover, usual_most},
};
use sqlx::AnyConnection;

use super::{
    ask::{Choice, all_streams, choose, one_with_amounts, tally},
    reads::{Reading, read, read_main},
    store,
};
use crate::streams;

/// Every grain kept for ever: for spans that are recent enough.
pub(crate) const ALWAYS: Kept = {
    let start = Timestamp(i64::MIN / 2);
    Kept { minute: start, hour: start, day: start }
};

/// Counts under a choice over what is covered: the whole, and in points between edges.
pub(super) async fn count(conn: &mut AnyConnection, choice: &Choice, covered: &Covered, edges: &[Timestamp]) -> Result<Tally, Fault> {
    let streams = Some(choice.streams.as_slice());
    let main = read_main(conn, &choice.wanted, &covered.pieces, streams).await?;
    let by_code = choice.wanted.by_code();
    let failures = if by_code { read(conn, Cube::Failures, &covered.pieces, streams).await? } else { Vec::new() };
    let fresh = Tally::new(choice.wanted.clone(), edges.iter().map(|edge| edge.0).collect());
    Reading { main, failures, ..Reading::default() }.counted(fresh).await
}

/// Counts of a system under a choice, by the numbers of the values of one dimension: of all of them, so that what is missing is none.
pub(crate) async fn by_value(
    conn: &mut AnyConnection,
    system: &SystemId,
    (filter, dimension): (&Filter, &str),
    span: Span,
) -> Result<HashMap<u32, Sums>, Fault> {
    let tables = Tables::Of(vec![dimension.to_owned()]);
    let choice = chosen(conn, system, filter, &tables).await?;
    let bucket = Bucket::Fixed(if span.from.0 % HOUR == 0 && span.to.0 % HOUR == 0 { HOUR } else { MINUTE });
    let (counted, _) = tally(conn, &choice, (span, Vec::new()), (bucket, &tables), &ALWAYS).await?;
    Ok(counted.tables.into_iter().flatten().filter(|(number, _)| *number > 0).collect())
}

/// A choice among the streams of a system; of a dimension that none of them has (any more), nothing is counted.
async fn chosen(conn: &mut AnyConnection, system: &SystemId, filter: &Filter, tables: &Tables) -> Result<Choice, Fault> {
    let streams = streams::of_ids(conn, std::slice::from_ref(system)).await?;
    match choose(conn, &streams, filter, tables).await {
        Err(Fault::Invalid(_)) => choose(conn, &[], &Filter::default(), tables).await,
        other => other,
    }
}

/// Counts of a system under a choice, in slots of `width_ms` from the slot in which the span begins. Slots narrower than an
/// hour are counted as far as minutes are kept.
pub(crate) async fn slots(
    conn: &mut AnyConnection,
    system: &SystemId,
    filter: &Filter,
    span: Span,
    width_ms: i64,
    kept: &Kept,
) -> Result<Vec<(Timestamp, Sum)>, Fault> {
    slots_in(conn, system, (filter, ""), span, width_ms, kept).await
}

/// The same of what is moved in one currency; of all where none is named.
pub(crate) async fn slots_in(
    conn: &mut AnyConnection,
    system: &SystemId,
    asked: (&Filter, &str),
    span: Span,
    width_ms: i64,
    kept: &Kept,
) -> Result<Vec<(Timestamp, Sum)>, Fault> {
    let choice = chosen_in(conn, system, asked).await?;
    Ok(slots_of(conn, &choice, span, width_ms, kept).await?.0)
}

/// The same under a choice among these streams, and the one currency in which something was moved; none where there are several.
pub(crate) async fn slots_among(
    conn: &mut AnyConnection,
    (streams, filter): (&[Stream], &Filter),
    span: Span,
    width_ms: i64,
    kept: &Kept,
) -> Result<(Vec<(Timestamp, Sum)>, Option<String>), Fault> {
    let choice = choose(conn, streams, filter, &Tables::Of(Vec::new())).await?;
    let (slots, currencies) = slots_of(conn, &choice, span, width_ms, kept).await?;
    let Some(one) = one_with_amounts(currencies.iter()) else { return Ok((slots, None)) };
    Ok((slots, Some(store::names_of(conn, &[one]).await?.remove(&one).unwrap_or_default())))
}

/// A choice among the streams of a system without tables, perhaps in one currency only.
async fn chosen_in(conn: &mut AnyConnection, system: &SystemId, (filter, currency): (&Filter, &str)) -> Result<Choice, Fault> {
    let mut choice = chosen(conn, system, filter, &Tables::Of(Vec::new())).await?;
    if !currency.is_empty() {
        choice.only_in(conn, currency).await?;
    }
    Ok(choice)
}

async fn slots_of(
    conn: &mut AnyConnection,
    choice: &Choice,
    span: Span,
    width_ms: i64,
    kept: &Kept,
) -> Result<(Vec<(Timestamp, Sum)>, By), Fault> {
    let count_of = ((span.length() + width_ms - 1) / width_ms).max(1);
    let edges: Vec<Timestamp> = (0..=count_of).map(|slot| span.from.plus(slot * width_ms)).collect();
    let bucket = Bucket::Fixed(if span.from.0 % HOUR == 0 && width_ms % HOUR == 0 { HOUR } else { MINUTE });
    let tally = count(conn, choice, &cover(span, bucket.coarsest(), kept), &edges).await?;
    Ok((edges.into_iter().zip(tally.series).collect(), tally.currencies))
}

/// Counts of a system under a choice over a span, widened at its ends to what is kept there.
pub(crate) async fn sum(conn: &mut AnyConnection, system: &SystemId, filter: &Filter, span: Span, kept: &Kept) -> Result<Sum, Fault> {
    sum_in(conn, system, (filter, ""), span, kept).await
}

/// The same of what is moved in one currency; of all where none is named.
pub(crate) async fn sum_in(
    conn: &mut AnyConnection,
    system: &SystemId,
    asked: (&Filter, &str),
    span: Span,
    kept: &Kept,
) -> Result<Sum, Fault> {
    let choice = chosen_in(conn, system, asked).await?;
    Ok(count(conn, &choice, &cover(span, Grain::Day, kept), &[]).await?.all)
}

/// Those of the systems with most transactions in a span, the busiest first, at most `most`; without those that had none.
pub(crate) async fn busiest(
    conn: &mut AnyConnection,
    systems: &[SystemId],
    span: Span,
    most: usize,
    kept: &Kept,
) -> Result<Vec<SystemId>, Fault> {
    let streams = streams::of_ids(conn, systems).await?;
    let choice = choose(conn, &streams, &Filter::default(), &Tables::Of(Vec::new())).await?;
    let reads = read_main(conn, &Wanted::default(), &cover(span, Grain::Minute, kept).pieces, Some(&choice.streams)).await?;
    let totals = tokio::task::spawn_blocking(move || {
        let mut totals: HashMap<u32, u64> = HashMap::new();
        for read in &reads {
            read.each(|stream, _, _, counted| *totals.entry(stream).or_default() += counted.total);
        }
        totals
    })
    .await
    .map_err(|_| Fault::Internal)?;
    let mut found: HashMap<&SystemId, u64> = HashMap::new();
    for (number, given) in choice.streams.iter().zip(&choice.given) {
        if let (Some(stream), Some(total)) = (streams.get(*given), totals.get(number)) {
            *found.entry(&stream.system.id).or_default() += total;
        }
    }
    let mut found: Vec<(&SystemId, u64)> = found.into_iter().filter(|(_, total)| *total > 0).collect();
    found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    Ok(found.into_iter().take(most).map(|(id, _)| id.clone()).collect())
}

/// Transactions a second in the busiest minute of a span, which begins and ends on hours, but for one in a thousand: a batch that is booked
/// at once is no load that lasts. Where the minutes of an hour are kept no more its average counts. 0 where there were none.
pub(crate) async fn peak(conn: &mut AnyConnection, system: &SystemId, span: Span) -> Result<f64, Fault> {
    let systems = std::slice::from_ref(system);
    let numbers = all_streams(conn, systems).await?;
    let reads = read_main(conn, &Wanted::default(), &cover(span, Grain::Minute, &ALWAYS).pieces, Some(&numbers)).await?;
    let count = usize::try_from(span.length() / MINUTE).unwrap_or(0);
    let minutes = tokio::task::spawn_blocking(move || {
        let mut minutes = vec![0_u64; count];
        for read in &reads {
            read.each(|_, at, _, counted| {
                let slot = usize::try_from((at - span.from.0).div_euclid(MINUTE)).unwrap_or(usize::MAX);
                let Some(minute) = minutes.get_mut(slot) else { return };
                *minute += counted.total;
            });
        }
        minutes
    })
    .await
    .map_err(|_| Fault::Internal)?;
    let hours: Vec<f64> = hours(conn, systems, span).await?.rows.into_iter().map(|(_, total, _)| total).collect();
    Ok(usual_most(&minutes, &hours) / 60.0)
}

/// Transactions, failures and amounts of systems by the hour.
pub(crate) struct Hours {
    /// The hours in order, each with its transactions and those that failed.
    pub(crate) rows: Vec<(Timestamp, f64, f64)>,
    /// What was moved in each of them in minor units, by currency (empty where senders gave none), the largest first.
    pub(crate) amounts: Vec<(String, Vec<f64>)>,
}

/// Currencies that are told apart by the hour.
const CURRENCIES: usize = 3;

/// What is counted by the hour; the span begins and ends on hours. Hours that hold nothing are 0.
pub(crate) async fn hours(conn: &mut AnyConnection, systems: &[SystemId], span: Span) -> Result<Hours, Fault> {
    let numbers = all_streams(conn, systems).await?;
    let reads = read_main(conn, &Wanted::default(), &cover(span, Grain::Hour, &ALWAYS).pieces, Some(&numbers)).await?;
    let count = usize::try_from(span.length() / HOUR).unwrap_or(0);
    let (sums, amounts) = tokio::task::spawn_blocking(move || {
        let mut sums = vec![(0_u64, 0_u64); count];
        let mut amounts: HashMap<u32, Vec<i64>> = HashMap::new();
        for read in &reads {
            read.each(|_, at, key, counted| {
                let slot = usize::try_from((at - span.from.0).div_euclid(HOUR)).unwrap_or(usize::MAX);
                let Some(sum) = sums.get_mut(slot) else { return };
                sum.0 += counted.total;
                sum.1 += counted.failed;
                if counted.amount != 0 {
                    let of = &mut amounts.entry(key.currency).or_insert_with(|| vec![0; count])[slot];
                    *of = of.saturating_add(counted.amount);
                }
            });
        }
        (sums, amounts)
    })
    .await
    .map_err(|_| Fault::Internal)?;
    let whole = |list: &[i64]| list.iter().fold(0_i64, |sum, one| sum.saturating_add(*one));
    let mut amounts: Vec<(u32, Vec<i64>)> = amounts.into_iter().filter(|(_, list)| whole(list) > 0).collect();
    amounts.sort_by_key(|(number, list)| (std::cmp::Reverse(whole(list)), *number));
    amounts.truncate(CURRENCIES);
    let names = store::names_of(conn, &amounts.iter().map(|(number, _)| *number).collect::<Vec<_>>()).await?;
    #[expect(clippy::cast_precision_loss, reason = "an expectation needs no more than 53 bits")]
    let plain = |list: Vec<i64>| list.into_iter().map(|minor| minor as f64).collect();
    let amounts = amounts.into_iter().map(|(number, list)| (names.get(&number).cloned().unwrap_or_default(), plain(list))).collect();
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    let row = |(hour, (total, failed)): (i64, (u64, u64))| (span.from.plus(hour * HOUR), total as f64, failed as f64);
    Ok(Hours { rows: (0..).zip(sums).map(row).collect(), amounts })
}

/// Failures of systems over a span by their codes, widened at its ends to what is kept there; those without a code left out.
pub(crate) async fn codes(conn: &mut AnyConnection, systems: &[SystemId], span: Span, kept: &Kept) -> Result<Vec<(String, u64)>, Fault> {
    let numbers = all_streams(conn, systems).await?;
    let failures = read(conn, Cube::Failures, &cover(span, Grain::Day, kept).pieces, Some(&numbers)).await?;
    let tally = Reading { failures, ..Reading::default() }.counted(Tally::default()).await?;
    let failed: HashMap<u32, u64> = tally.codes.into_iter().filter(|(number, _)| *number != 0).map(|(n, sums)| (n, sums.failed)).collect();
    let names = store::names_of(conn, &failed.keys().copied().collect::<Vec<_>>()).await?;
    Ok(names.into_iter().filter_map(|(number, code)| Some((code, *failed.get(&number)?))).collect())
}

/// Transactions and failures of a choice by the minute, as far as minutes are kept.
pub(super) async fn minutes(
    conn: &mut AnyConnection,
    choice: &Choice,
    span: Span,
    kept: &Kept,
) -> Result<Vec<(Timestamp, f64, f64)>, Fault> {
    let covered = cover(span, Grain::Minute, kept);
    if covered.resolution != Grain::Minute {
        return Ok(Vec::new());
    }
    let edges = Bucket::Fixed(MINUTE).edges(covered.span, &jiff::tz::TimeZone::UTC);
    let tally = count(conn, choice, &covered, &edges).await?;
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    let figures = |sum: &Sum| (sum.sums.total as f64, sum.sums.failed as f64);
    Ok(edges
        .iter()
        .zip(&tally.series)
        .map(|(at, sum)| {
            let (total, failed) = figures(sum);
            (*at, total, failed)
        })
        .collect())
}
