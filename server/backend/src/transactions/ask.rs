//! What pages ask: a choice in numbers, and what it adds up to.

use std::collections::HashMap;

use domain::{
    Fault, Reach, Span, Timestamp, Wording,
    id::SystemId,
    streams::{Dimension, Stream, usual},
    time::MINUTE,
    transactions::{
        Analysis, Bucket, By, CODE, CURRENCY, Chosen, CodeRow, Covered, Cube, Filter, Grain, Kept, Money, Point, Question, STREAM, Sketch,
        SliceTable, Sum, Tables, Tally, Totals, Wanted, cells::Sums, cover, cover_points, span_before, week_before,
    },
};
use jiff::tz::TimeZone;
use sqlx::AnyConnection;
use tokio::task::JoinHandle;

use super::{
    Settings,
    lists::{Lists, by_system, share, slices},
    reads::{Reading, read, read_main},
    store,
};
use crate::{Context, streams, systems};

/// The choice in numbers.
pub(super) struct Choice {
    /// Numbers of the streams that take part.
    pub(super) streams: Vec<u32>,
    /// Where each of them stands among those that were given.
    pub(super) given: Vec<usize>,
    pub(super) wanted: Wanted,
    /// The dimensions of the tables, in their order.
    pub(super) tables: Vec<Dimension>,
}

impl Choice {
    /// Takes failures with these codes for none.
    pub(super) async fn excuse(&mut self, conn: &mut AnyConnection, codes: &[String]) -> Result<(), Fault> {
        if !codes.is_empty() {
            let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
            self.wanted.excused = numbers(conn, CODE, &codes).await?;
        }
        Ok(())
    }

    /// Takes only transactions in this currency; one in which nothing was ever counted has none.
    pub(super) async fn only_in(&mut self, conn: &mut AnyConnection, currency: &str) -> Result<(), Fault> {
        self.wanted.currency = Some(numbers(conn, CURRENCY, &[currency]).await?.first().copied().unwrap_or(u32::MAX));
        Ok(())
    }
}

/// The streams among these that a filter takes: those that it names, and that have every dimension in which something is chosen.
/// Each with its place among them. A dimension that none of those named has is a mistake.
pub(super) fn taking_part<'s>(streams: &'s [Stream], filter: &Filter) -> Result<Vec<(usize, &'s Stream)>, Fault> {
    let named = |stream: &Stream| {
        (filter.system.is_empty() || filter.system.contains(&stream.system.key))
            && (filter.stream.is_empty() || filter.stream.contains(&stream.full))
    };
    let named: Vec<(usize, &Stream)> = streams.iter().enumerate().filter(|(_, stream)| named(stream)).collect();
    for (key, values) in filter.dimensions() {
        let known = |dimension: &Dimension| dimension.key == key;
        if !named.iter().any(|(_, stream)| stream.open_dimensions().any(known)) && !usual().iter().any(known) {
            let mut choices: Vec<&str> = named.iter().flat_map(|(_, stream)| stream.open_dimensions().map(|d| d.key.as_str())).collect();
            choices.sort_unstable();
            choices.dedup();
            let expected = Wording::new("expect-transaction-dimension").with("choices", choices.join(", "));
            return Err(Fault::invalid(key, values.join(", "), expected));
        }
    }
    let has_all = |stream: &Stream| filter.dimensions().all(|(key, _)| stream.open_dimensions().any(|dimension| dimension.key == key));
    Ok(named.into_iter().filter(|(_, stream)| has_all(stream)).collect())
}

/// The streams among these that a filter takes; see [`taking_part`].
pub(crate) fn chosen_streams(streams: &[Stream], filter: &Filter) -> Result<Vec<Stream>, Fault> {
    Ok(taking_part(streams, filter)?.into_iter().map(|(_, stream)| stream.clone()).collect())
}

async fn numbers(conn: &mut AnyConnection, dimension: &str, values: &[&str]) -> Result<Vec<u32>, Fault> {
    let rows = store::find_values(conn, dimension, values).await?;
    let mut numbers: Vec<u32> = rows.into_iter().filter_map(|row| u32::try_from(row.id).ok()).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// A choice among these streams in numbers.
pub(super) async fn choose(conn: &mut AnyConnection, streams: &[Stream], filter: &Filter, tables: &Tables) -> Result<Choice, Fault> {
    let streams = taking_part(streams, filter)?;
    let ids: Vec<&str> = streams.iter().map(|(_, stream)| stream.id.as_str()).collect();
    let found: HashMap<String, u32> = store::find_values(conn, STREAM, &ids)
        .await?
        .into_iter()
        .filter_map(|row| Some((row.value, u32::try_from(row.id).ok()?)))
        .collect();
    let mut chosen: HashMap<&str, Vec<u32>> = HashMap::new();
    for (key, values) in filter.dimensions() {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        chosen.insert(key, numbers(conn, key, &values).await?);
    }
    let mut choice = Choice { streams: Vec::new(), given: Vec::new(), wanted: Wanted::default(), tables: Vec::new() };
    if !filter.code.is_empty() {
        let codes: Vec<&str> = filter.code.iter().map(String::as_str).collect();
        choice.wanted.code = Some(numbers(conn, CODE, &codes).await?);
    }
    for (given, stream) in streams {
        let mut of = Chosen::default();
        for dimension in stream.open_dimensions() {
            let place = dimension.at();
            of.wide |= u8::from(dimension.wide) << place;
            of.values[place] = chosen.get(dimension.key.as_str()).cloned();
            if tables.has(&dimension.key) {
                let known = choice.tables.iter().position(|table| table.key == dimension.key);
                let table = known.unwrap_or_else(|| {
                    choice.tables.push(dimension.clone());
                    choice.tables.len() - 1
                });
                of.tables[place] = u8::try_from(table).ok();
            }
        }
        // What was never counted has no number.
        if let Some(number) = found.get(stream.id.as_str()) {
            choice.streams.push(*number);
            choice.given.push(given);
            choice.wanted.streams.insert(*number, of);
        }
    }
    choice.wanted.tables = choice.tables.len();
    Ok(choice)
}

/// A span being counted, off the async threads, and what of it is covered.
struct Counting(JoinHandle<Tally>, Covered);

impl Counting {
    async fn done(self) -> Result<(Tally, Covered), Fault> {
        Ok((self.0.await.map_err(|_| Fault::Internal)?, self.1))
    }
}

/// Reads one span and begins to count it.
async fn count(
    conn: &mut AnyConnection,
    choice: &Choice,
    (span, edges): (Span, Vec<Timestamp>),
    (bucket, tables): (Bucket, &Tables),
    kept: &Kept,
) -> Result<Counting, Fault> {
    let fine = cover_points(span, bucket, &edges, kept);
    let coarse = cover(span, Grain::Day, kept);
    let (wanted, streams) = (&choice.wanted, Some(choice.streams.as_slice()));
    let main = read_main(conn, wanted, &fine.pieces, streams).await?;
    let mut slices = Vec::new();
    for cube in [Cube::Links, Cube::Merchants] {
        let of_cube = |wide: &bool| wanted.has_table(*wide) && wanted.table_cube(*wide) == cube;
        let kinds: Vec<bool> = [false, true].into_iter().filter(of_cube).collect();
        if !kinds.is_empty() {
            slices.push((kinds, read(conn, cube, &coarse.pieces, streams).await?));
        }
    }
    let failures = match (wanted.by_code(), tables.has(CODE)) {
        (true, _) => read(conn, Cube::Failures, &fine.pieces, streams).await?,
        (false, true) => read(conn, Cube::Failures, &coarse.pieces, streams).await?,
        (false, false) => Vec::new(),
    };
    let fresh = Tally::new(wanted.clone(), edges.into_iter().map(|edge| edge.0).collect());
    Ok(Counting(Reading { main, slices, failures }.count(fresh), fine))
}

/// Counts one span.
pub(super) async fn tally(
    conn: &mut AnyConnection,
    choice: &Choice,
    span: (Span, Vec<Timestamp>),
    how: (Bucket, &Tables),
    kept: &Kept,
) -> Result<(Tally, Covered), Fault> {
    count(conn, choice, span, how, kept).await?.done().await
}

/// Everything the page shows.
pub(super) async fn analyse(ctx: &Context, settings: &Settings, reach: &Reach, question: &Question) -> Result<Analysis, Fault> {
    let zone = domain::time::zone(&question.zone).unwrap_or(TimeZone::UTC);
    let now = ctx.now();
    let mut conn = ctx.db.read().await?;
    let systems = systems::all(&mut conn, reach).await?;
    let streams = streams::of(&mut conn, systems).await?;
    let choice = choose(&mut conn, &streams, &question.filter, &question.tables).await?;
    let part: Vec<&Stream> = taking_part(&streams, &question.filter)?.into_iter().map(|(_, stream)| stream).collect();
    let kept = settings.shortest(now, part.iter().map(|stream| stream.keeping));

    // What has not happened yet cannot be compared with last week.
    let end = question.span.to.min(now.plus(MINUTE).floor(MINUTE)).max(question.span.from.plus(MINUTE));
    let span = Span { from: question.span.from, to: end };
    settings.expect_span(span, part.iter().map(|stream| stream.keeping))?;
    let before = span_before(span, 7, &zone);
    let bucket = Bucket::for_span(span, before, &kept);
    let edges = bucket.edges(span, &zone);
    let before_edges = edges.iter().map(|edge| week_before(*edge, &zone)).collect();
    let how = (bucket, &question.tables);
    // The one is counted while the other is read.
    let counting = count(&mut conn, &choice, (span, edges.clone()), how, &kept).await?;
    let (tally_before, covered_before) = tally(&mut conn, &choice, (before, before_edges), how, &kept).await?;
    let (tally_now, covered) = counting.done().await?;

    let mut lists = Lists::new(&tally_now, &tally_before, question);
    let names = lists.names(&mut conn).await?;
    let by_id: HashMap<&str, &Stream> = streams.iter().map(|stream| (stream.id.as_str(), stream)).collect();
    let name = |number: u32| names.get(&number).map_or("", String::as_str);
    let text = |number: u32| name(number).to_owned();
    let codes_total: u64 = tally_now.codes.values().map(|sums| sums.failed).sum();
    let mut seen = 0;
    let mut code_row = |(number, failed, before): (u32, u64, u64)| {
        seen += failed;
        CodeRow { code: text(number), failed, share: share(failed, codes_total), cumulative: share(seen, codes_total), before }
    };
    let ids: Vec<&str> = part.iter().map(|stream| stream.id.as_str()).collect();
    let full = |number: u32| by_id.get(name(number)).map(|stream| stream.full.clone()).unwrap_or_default();
    let currency = one_currency(&tally_now.currencies, &tally_before.currencies, name);
    let amounts = currency.is_some();
    let dimensions = choice.tables.iter().zip(&lists.tables).zip(&tally_now.latencies);
    Ok(Analysis {
        span: covered.span,
        before_span: covered_before.span,
        resolution: covered.resolution.max(covered_before.resolution),
        filter: question.filter.clone(),
        damaged: tally_now.damaged + tally_before.damaged,
        latest: store::latest(&mut conn, Some(&ids)).await?,
        totals: totals_of(&tally_now.all, &tally_now.currencies, name),
        before: totals_of(&tally_before.all, &tally_before.currencies, name),
        currency,
        points: points(&edges, &tally_now, &tally_before, amounts),
        codes: std::mem::take(&mut lists.codes).into_iter().map(&mut code_row).collect(),
        dimensions: dimensions
            .map(|((dimension, list), latencies)| SliceTable {
                dimension: dimension.key.clone(),
                label: dimension.label.clone(),
                wide: dimension.wide,
                rows: slices(list, amounts, text, |number| latencies.get(&number).and_then(|sketch: &Sketch| sketch.quantile(0.99))),
            })
            .collect(),
        streams: if part.len() > 1 { slices(&lists.streams, amounts, full, |_| None) } else { Vec::new() },
        systems: by_system(&lists.streams, question, amounts, |number| {
            by_id.get(name(number)).map(|stream| stream.system.key.clone()).unwrap_or_default()
        }),
    })
}

/// The currency of all amounts of both spans; `None` where nothing has an amount, or several have.
fn one_currency<'n>(now: &By, before: &By, name: impl Fn(u32) -> &'n str) -> Option<String> {
    one_with_amounts(now.iter().chain(before)).map(|one| name(one).to_owned())
}

/// The number of the one currency in which anything was moved.
pub(super) fn one_with_amounts<'s>(sums: impl Iterator<Item = (&'s u32, &'s Sums)>) -> Option<u32> {
    let with_amounts = sums.filter(|(_, sums)| sums.amount != 0).map(|(number, _)| *number);
    let mut numbers: Vec<u32> = with_amounts.collect();
    numbers.sort_unstable();
    numbers.dedup();
    match numbers[..] {
        [one] => Some(one),
        _ => None,
    }
}

fn points(edges: &[Timestamp], now: &Tally, before: &Tally, amounts: bool) -> Vec<Point> {
    let spans = edges.windows(2).filter_map(|w| Span::new(*w.first()?, *w.get(1)?));
    spans
        .zip(now.series.iter().zip(&before.series))
        .map(|(span, (now, before))| Point {
            span,
            total: now.sums.total,
            failed: now.sums.failed,
            p50: now.latency.quantile(0.5),
            p95: now.latency.quantile(0.95),
            p99: now.latency.quantile(0.99),
            before_total: before.sums.total,
            before_failed: before.sums.failed,
            amount: amounts.then_some(now.sums.amount),
            before_amount: amounts.then_some(before.sums.amount),
        })
        .collect()
}

fn totals_of<'n>(sum: &Sum, currencies: &By, name: impl Fn(u32) -> &'n str) -> Totals {
    let mut money: Vec<Money> = currencies
        .iter()
        .filter(|(_, sums)| sums.amount != 0 || sums.failed_amount != 0)
        .map(|(number, sums)| Money { currency: name(*number).to_owned(), amount: sums.amount, failed_amount: sums.failed_amount })
        .collect();
    money.sort_by(|a, b| b.amount.cmp(&a.amount).then_with(|| a.currency.cmp(&b.currency)));
    Totals {
        total: sum.sums.total,
        failed: sum.sums.failed,
        money,
        p50: sum.latency.quantile(0.5),
        p95: sum.latency.quantile(0.95),
        p99: sum.latency.quantile(0.99),
    }
}

/// Neither tables nor anything chosen: the numbers of every stream of these systems.
pub(super) async fn all_streams(conn: &mut AnyConnection, systems: &[SystemId]) -> Result<Vec<u32>, Fault> {
    let streams = streams::of_ids(conn, systems).await?;
    Ok(choose(conn, &streams, &Filter::default(), &Tables::Of(Vec::new())).await?.streams)
}

/// Everything of some streams, or of all, over what is covered.
async fn whole(conn: &mut AnyConnection, streams: Option<&[u32]>, covered: &Covered) -> Result<Totals, Fault> {
    let main = read_main(conn, &Wanted::default(), &covered.pieces, streams).await?;
    let tally = Reading { main, ..Reading::default() }.counted(Tally::default()).await?;
    let currencies: Vec<u32> = tally.currencies.keys().copied().filter(|n| *n != 0).collect();
    let names = store::names_of(conn, &currencies).await?;
    Ok(totals_of(&tally.all, &tally.currencies, |number| names.get(&number).map_or("", String::as_str)))
}

/// Counts of systems over any span, and the span that was counted: widened to what is kept at its ends. The caller has asked
/// about authority.
pub(crate) async fn counted(conn: &mut AnyConnection, systems: &[SystemId], span: Span, kept: &Kept) -> Result<(Totals, Span), Fault> {
    let covered = cover(span, Grain::Day, kept);
    let numbers = all_streams(conn, systems).await?;
    Ok((whole(conn, Some(&numbers), &covered).await?, covered.span))
}

/// Counts of systems over a recent span (within the days that minutes are kept), widened to whole minutes; of every system
/// where `systems` is `None`. The caller has asked about authority.
pub async fn totals(conn: &mut AnyConnection, systems: Option<&[SystemId]>, span: Span) -> Result<Totals, Fault> {
    let covered = cover(span, Grain::Day, &super::ALWAYS);
    let numbers = match systems {
        None => None,
        Some(systems) => Some(all_streams(conn, systems).await?),
    };
    whole(conn, numbers.as_deref(), &covered).await
}

/// The newest transaction of these systems, whenever that was; of every system where `None`.
pub async fn latest(conn: &mut AnyConnection, systems: Option<&[SystemId]>) -> Result<Option<Timestamp>, Fault> {
    let Some(systems) = systems else { return store::latest(conn, None).await };
    let streams = streams::of_ids(conn, systems).await?;
    let ids: Vec<&str> = streams.iter().map(|stream| stream.id.as_str()).collect();
    store::latest(conn, Some(&ids)).await
}
