//! Reading: which segments answer a question, and what they add up to.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use domain::{
    Fault, Reach, Span, Timestamp,
    id::SystemId,
    time::MINUTE,
    transactions::{
        Analysis, Bucket, CodeRow, Covered, Cube, Dimension, Filter, Grain, Kept, MIXED, Money, Piece, Point, Question, SliceRow, Sort,
        Sum, Tally, Totals, Wanted,
        cells::{self, Sums},
        cover, week_before,
    },
};
use jiff::tz::TimeZone;
use sqlx::AnyConnection;

use super::{
    Settings,
    store::{self, SegmentRow},
};
use crate::{Context, systems};

/// Segments of one piece, to be decoded off the async threads.
pub(super) struct Read {
    cube: Cube,
    piece: Piece,
    segments: Vec<SegmentRow>,
    /// The systems that were asked for; `None` for all. Mixed segments hold others, too.
    systems: Option<Arc<HashSet<u32>>>,
}

pub(super) async fn read(conn: &mut AnyConnection, cube: Cube, covered: &Covered, systems: Option<&[u32]>) -> Result<Vec<Read>, Fault> {
    let mut reads = Vec::new();
    let chosen = systems.map(|systems| Arc::new(systems.iter().copied().collect()));
    for piece in &covered.pieces {
        let from = Timestamp(piece.from).floor(piece.grain.slot()).0;
        let segments = store::segments(conn, (cube, piece.grain), systems, (from, piece.to)).await?;
        reads.push(Read { cube, piece: *piece, segments, systems: chosen.clone() });
    }
    Ok(reads)
}

impl Read {
    /// Whether it is of this cube.
    pub(super) fn is_of(&self, cube: Cube) -> bool {
        self.cube == cube
    }

    /// Gives every cell without latency, as [`Self::cells`] does; how many segments do not read, of which what stands before the
    /// damage is given.
    pub(super) fn each(&self, mut each: impl FnMut(u32, i64, &cells::Key, &Sums)) -> u64 {
        let mut broken = |segment: &&SegmentRow| {
            segment.is_damaged() || self.cells_of(segment, &mut |system, at, key, sums, _| each(system, at, key, sums)).is_err()
        };
        self.segments.iter().filter(|segment| broken(segment)).count() as u64
    }

    /// Gives every cell within the piece: its system, a moment inside it, itself. Stops at a segment that does not read, and
    /// says which.
    fn cells(&self, mut each: impl FnMut(u32, i64, &cells::Key, &Sums, &[(u16, u32)])) -> Result<(), usize> {
        for (place, segment) in self.segments.iter().enumerate() {
            self.cells_of(segment, &mut each).map_err(|_| place)?;
        }
        Ok(())
    }

    fn cells_of(
        &self,
        segment: &SegmentRow,
        each: &mut impl FnMut(u32, i64, &cells::Key, &Sums, &[(u16, u32)]),
    ) -> Result<(), cells::Damaged> {
        let whole = u32::try_from(segment.system).unwrap_or(MIXED);
        cells::decode(&segment.body, |key, sums, bins| {
            let system = if whole == MIXED { key.system } else { whole };
            let start = segment.slot + i64::from(key.minute) * MINUTE;
            let asked = self.systems.as_ref().is_none_or(|systems| systems.contains(&system));
            if asked && (self.piece.from..self.piece.to).contains(&start) {
                each(system, start + self.piece.grain.width() / 2, key, sums, bins);
            }
        })
    }
}

/// Adds up what was read. What does not read is left out whole, and counted: the page says that something is missing.
pub(super) fn add_up(
    mut reads: Vec<Read>,
    mut fresh: Tally,
    add: impl Fn(&mut Tally, Cube, u32, i64, &cells::Key, &Sums, &[(u16, u32)]),
) -> Tally {
    for read in &mut reads {
        let before = read.segments.len();
        read.segments.retain(|segment| !segment.is_damaged());
        fresh.damaged += (before - read.segments.len()) as u64;
    }
    loop {
        let mut tally = fresh.clone();
        let bad = reads.iter().enumerate().find_map(|(at, read)| {
            let outcome = read.cells(|system, at, key, sums, bins| add(&mut tally, read.cube, system, at, key, sums, bins));
            outcome.err().map(|place| (at, place))
        });
        let Some((at, place)) = bad else { return tally };
        let segment = reads[at].segments.swap_remove(place);
        tracing::error!(slot = segment.slot, system = segment.system, "transactions: a stored segment does not read");
        fresh.damaged += 1;
    }
}

/// The choice in numbers, with the systems.
pub(super) struct Choice {
    pub(super) systems: Vec<u32>,
    pub(super) wanted: Wanted,
}

pub(super) async fn choose(conn: &mut AnyConnection, systems: &[&str], filter: &Filter) -> Result<Choice, Fault> {
    async fn numbers(conn: &mut AnyConnection, dimension: Dimension, values: &[&str]) -> Result<Vec<u32>, Fault> {
        let rows = store::find_values(conn, dimension, values).await?;
        Ok(rows.into_iter().filter_map(|row| u32::try_from(row.id).ok()).collect())
    }
    let systems = numbers(conn, Dimension::System, systems).await?;
    let mut wanted = Wanted::default();
    for (dimension, list) in [
        (Dimension::Link, &mut wanted.link),
        (Dimension::Merchant, &mut wanted.merchant),
        (Dimension::Channel, &mut wanted.channel),
        (Dimension::Code, &mut wanted.code),
    ] {
        let chosen: Vec<&str> = filter.chosen(dimension).iter().map(String::as_str).collect();
        if !chosen.is_empty() {
            *list = Some(numbers(conn, dimension, &chosen).await?);
        }
    }
    Ok(Choice { systems, wanted })
}

/// Counts one span.
async fn tally(
    conn: &mut AnyConnection,
    choice: &Choice,
    (span, edges): (Span, Vec<Timestamp>),
    bucket: Bucket,
    kept: &Kept,
) -> Result<(Tally, Covered), Fault> {
    let fine = cover(span, bucket.coarsest(), kept);
    let coarse = cover(span, Grain::Day, kept);
    let (main, by_code) = (choice.wanted.main_cube(), choice.wanted.code.is_some());
    let systems = Some(choice.systems.as_slice());
    let mut reads = read(conn, main, &fine, systems).await?;
    if main != Cube::Merchants {
        reads.extend(read(conn, Cube::Merchants, &coarse, systems).await?);
    }
    reads.extend(read(conn, Cube::Failures, if by_code { &fine } else { &coarse }, systems).await?);
    let fresh = Tally::new(choice.wanted.clone(), edges.into_iter().map(|edge| edge.0).collect());
    let tally = tokio::task::spawn_blocking(move || {
        add_up(reads, fresh, |tally, cube, system, at, key, sums, bins| {
            if cube == main {
                tally.add_main(system, at, key, sums, bins);
            }
            match cube {
                Cube::Links => {}
                Cube::Merchants => tally.add_merchant(key, sums),
                Cube::Failures => tally.add_failure(system, at, key, sums),
            }
        })
    })
    .await
    .map_err(|_| Fault::Internal)?;
    Ok((tally, fine))
}

/// Everything the page shows.
pub(super) async fn analyse(ctx: &Context, settings: &Settings, reach: &Reach, question: &Question) -> Result<Analysis, Fault> {
    let zone = domain::time::zone(&question.zone).unwrap_or(TimeZone::UTC);
    let (now, kept) = (ctx.now(), settings.kept(ctx.now()));
    let mut conn = ctx.db.read().await?;
    let chosen = &question.filter.system;
    let systems: Vec<_> =
        systems::all(&mut conn, reach).await?.into_iter().filter(|s| chosen.is_empty() || chosen.contains(&s.key)).collect();
    let ids: Vec<SystemId> = systems.iter().map(|s| s.id.clone()).collect();
    let choice = choose(&mut conn, &ids.iter().map(SystemId::as_str).collect::<Vec<_>>(), &question.filter).await?;

    // What has not happened yet cannot be compared with last week.
    let end = question.span.to.min(now.plus(MINUTE).floor(MINUTE)).max(question.span.from.plus(MINUTE));
    let span = Span { from: question.span.from, to: end };
    let before = Span { from: week_before(span.from, &zone), to: week_before(span.to, &zone) };
    let bucket = Bucket::for_span(span);
    let edges = bucket.edges(span, &zone);
    let before_edges = edges.iter().map(|edge| week_before(*edge, &zone)).collect();
    let (tally_now, covered) = tally(&mut conn, &choice, (span, edges.clone()), bucket, &kept).await?;
    let (tally_before, covered_before) = tally(&mut conn, &choice, (before, before_edges), bucket, &kept).await?;

    let mut lists = Lists::new(&tally_now, &tally_before, question);
    let names = lists.names(&mut conn).await?;
    let keys: HashMap<&str, &str> = systems.iter().map(|s| (s.id.as_str(), s.key.as_str())).collect();
    let name = |number: u32| names.get(&number).map_or("", String::as_str);
    let text = |number: u32| name(number).to_owned();
    let codes_total: u64 = tally_now.codes.values().map(|sums| sums.failed).sum();
    let mut seen = 0;
    let mut code_row = |(number, failed, before): (u32, u64, u64)| {
        seen += failed;
        CodeRow { code: text(number), failed, share: share(failed, codes_total), cumulative: share(seen, codes_total), before }
    };
    Ok(Analysis {
        span: covered.span,
        before_span: covered_before.span,
        resolution: covered.resolution.max(covered_before.resolution),
        filter: question.filter.clone(),
        damaged: tally_now.damaged + tally_before.damaged,
        latest: store::latest(&mut conn, Some(&ids)).await?,
        totals: totals_of(&tally_now.all, &tally_now.currencies, name),
        before: totals_of(&tally_before.all, &tally_before.currencies, name),
        points: points(&edges, &tally_now, &tally_before),
        codes: std::mem::take(&mut lists.codes).into_iter().map(&mut code_row).collect(),
        merchants: slices(&lists.merchants, text),
        links: slices(&lists.links, text),
        channels: slices(&lists.channels, text),
        systems: slices(&lists.systems, |number| keys.get(name(number)).copied().unwrap_or_default().to_owned()),
    })
}

#[expect(clippy::cast_precision_loss, reason = "a share needs no more than 53 bits")]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn points(edges: &[Timestamp], now: &Tally, before: &Tally) -> Vec<Point> {
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
        })
        .collect()
}

fn totals_of<'n>(sum: &Sum, currencies: &HashMap<u32, Sums>, name: impl Fn(u32) -> &'n str) -> Totals {
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

type Pair = (u32, Sums, Sums);

/// The tables in numbers, cut to what is shown, so that only their names are looked up.
struct Lists {
    codes: Vec<(u32, u64, u64)>,
    merchants: Vec<Pair>,
    links: Vec<Pair>,
    channels: Vec<Pair>,
    systems: Vec<Pair>,
    currencies: BTreeSet<u32>,
}

impl Lists {
    fn new(now: &Tally, before: &Tally, question: &Question) -> Self {
        let list = |now: &HashMap<u32, Sums>, before: &HashMap<u32, Sums>| rank(now, before, question.sort, question.top);
        let numbers: BTreeSet<u32> = now.codes.keys().chain(before.codes.keys()).copied().collect();
        let failed = |codes: &HashMap<u32, Sums>, number| codes.get(&number).map_or(0, |sums| sums.failed);
        let mut codes: Vec<_> = numbers.into_iter().map(|n| (n, failed(&now.codes, n), failed(&before.codes, n))).collect();
        codes.sort_by_key(|(number, now, before)| (std::cmp::Reverse((*now, *before)), *number));
        codes.truncate(question.top);
        Self {
            codes,
            merchants: list(&now.merchants, &before.merchants),
            links: list(&now.links, &before.links),
            channels: list(&now.channels, &before.channels),
            systems: list(&now.systems, &before.systems),
            currencies: now.currencies.keys().chain(before.currencies.keys()).copied().collect(),
        }
    }

    async fn names(&self, conn: &mut AnyConnection) -> Result<HashMap<u32, String>, Fault> {
        let lists = [&self.merchants, &self.links, &self.channels, &self.systems];
        let mut numbers: BTreeSet<u32> = lists.into_iter().flatten().map(|(number, ..)| *number).collect();
        numbers.extend(self.codes.iter().map(|(number, ..)| *number));
        numbers.extend(&self.currencies);
        numbers.remove(&0);
        let rows = store::values_of(conn, &numbers.into_iter().collect::<Vec<_>>()).await?;
        Ok(rows.into_iter().filter_map(|row| Some((u32::try_from(row.id).ok()?, row.value))).collect())
    }
}

fn rank(now: &HashMap<u32, Sums>, before: &HashMap<u32, Sums>, sort: Sort, top: usize) -> Vec<Pair> {
    let numbers: BTreeSet<u32> = now.keys().chain(before.keys()).copied().collect();
    let get = |of: &HashMap<u32, Sums>, number| of.get(&number).copied().unwrap_or_default();
    let mut list: Vec<Pair> = numbers.into_iter().map(|n| (n, get(now, n), get(before, n))).collect();
    list.sort_by(|(a_number, a, _), (b_number, b, _)| {
        let order = match sort {
            Sort::Failures => b.failed.cmp(&a.failed).then(b.total.cmp(&a.total)),
            Sort::Volume => b.total.cmp(&a.total),
            Sort::Rate => share(b.failed, b.total).total_cmp(&share(a.failed, a.total)).then(b.total.cmp(&a.total)),
        };
        order.then(a_number.cmp(b_number))
    });
    list.truncate(top);
    list
}

fn slices(list: &[Pair], text: impl Fn(u32) -> String) -> Vec<SliceRow> {
    let row = |(number, now, before): &Pair| SliceRow {
        value: text(*number),
        total: now.total,
        failed: now.failed,
        before_total: before.total,
        before_failed: before.failed,
    };
    list.iter().map(row).collect()
}

/// Counts of systems over any span, and the span that was counted: widened to what is kept at its ends. The caller has asked
/// about authority.
pub(crate) async fn counted(conn: &mut AnyConnection, systems: &[SystemId], span: Span, kept: &Kept) -> Result<(Totals, Span), Fault> {
    let covered = cover(span, Grain::Day, kept);
    let ids: Vec<&str> = systems.iter().map(SystemId::as_str).collect();
    let numbers = choose(conn, &ids, &Filter::default()).await?.systems;
    let reads = read(conn, Cube::Links, &covered, Some(&numbers)).await?;
    let tally = add_up(reads, Tally::new(Wanted::default(), Vec::new()), |tally, _, system, at, key, sums, bins| {
        tally.add_main(system, at, key, sums, bins);
    });
    let currencies: Vec<u32> = tally.currencies.keys().copied().filter(|n| *n != 0).collect();
    let names: HashMap<i64, String> = store::values_of(conn, &currencies).await?.into_iter().map(|row| (row.id, row.value)).collect();
    let totals = totals_of(&tally.all, &tally.currencies, |number| names.get(&i64::from(number)).map_or("", String::as_str));
    Ok((totals, covered.span))
}

/// Counts of systems over a recent span (within the days that minutes are kept), widened to whole minutes; of every system
/// where `systems` is `None`. The caller has asked about authority.
pub async fn totals(conn: &mut AnyConnection, systems: Option<&[SystemId]>, span: Span) -> Result<Totals, Fault> {
    let start = Timestamp(i64::MIN / 2);
    let covered = cover(span, Grain::Day, &Kept { minute: start, hour: start, day: start });
    let numbers = match systems {
        None => None,
        Some(ids) => {
            let ids: Vec<&str> = ids.iter().map(SystemId::as_str).collect();
            Some(choose(conn, &ids, &Filter::default()).await?.systems)
        }
    };
    let reads = read(conn, Cube::Links, &covered, numbers.as_deref()).await?;
    let tally = add_up(reads, Tally::new(Wanted::default(), Vec::new()), |tally, _, system, at, key, sums, bins| {
        tally.add_main(system, at, key, sums, bins);
    });
    let currencies: Vec<u32> = tally.currencies.keys().copied().filter(|n| *n != 0).collect();
    let names: HashMap<i64, String> = store::values_of(conn, &currencies).await?.into_iter().map(|row| (row.id, row.value)).collect();
    Ok(totals_of(&tally.all, &tally.currencies, |number| names.get(&i64::from(number)).map_or("", String::as_str)))
}

/// The newest transaction of these systems, whenever that was; of every system where `None`.
pub async fn latest(conn: &mut AnyConnection, systems: Option<&[SystemId]>) -> Result<Option<Timestamp>, Fault> {
    store::latest(conn, systems).await
}
