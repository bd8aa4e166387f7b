//! Tables of a page: values with what was counted of them now and before, ranked and cut, then named.

use std::collections::{BTreeSet, HashMap};

use domain::{
    Fault,
    transactions::{By, Question, SliceRow, Sort, Tally, cells::Sums},
};
use sqlx::AnyConnection;

use super::store;

/// Counts of streams put together by the key of their system.
pub(super) fn by_system(streams: &[Pair], question: &Question, amounts: bool, key: impl Fn(u32) -> String) -> Vec<SliceRow> {
    let mut keys: Vec<String> = Vec::new();
    let (mut now, mut before) = (By::default(), By::default());
    for (number, sums, earlier) in streams {
        let key = key(*number);
        let at = keys.iter().position(|known| *known == key).unwrap_or_else(|| {
            keys.push(key);
            keys.len() - 1
        });
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        now.entry(at).or_default().add(sums);
        before.entry(at).or_default().add(earlier);
    }
    let ranked = rank(&now, &before, question.sort, question.top);
    slices(&ranked, amounts, |at| keys.get(at as usize).cloned().unwrap_or_default(), |_| None)
}

/// A part of a whole; 0 of nothing.
#[expect(clippy::cast_precision_loss, reason = "a share needs no more than 53 bits")]
pub(super) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// A value by its number, what was counted of it now, and before.
pub(super) type Pair = (u32, Sums, Sums);

/// The tables in numbers, cut to what is shown, so that only their names are looked up.
pub(super) struct Lists {
    pub(super) codes: Vec<(u32, u64, u64)>,
    pub(super) tables: Vec<Vec<Pair>>,
    /// All of them: systems are put together from them.
    pub(super) streams: Vec<Pair>,
    currencies: BTreeSet<u32>,
}

impl Lists {
    pub(super) fn new(now: &Tally, before: &Tally, question: &Question) -> Self {
        let list = |now: &By, before: &By| rank(now, before, question.sort, question.top);
        let numbers: BTreeSet<u32> = now.codes.keys().chain(before.codes.keys()).copied().collect();
        let failed = |codes: &By, number| codes.get(&number).map_or(0, |sums| sums.failed);
        let mut codes: Vec<_> = numbers.into_iter().map(|n| (n, failed(&now.codes, n), failed(&before.codes, n))).collect();
        codes.sort_by_key(|(number, now, before)| (std::cmp::Reverse((*now, *before)), *number));
        codes.truncate(question.top);
        Self {
            codes,
            tables: now.tables.iter().zip(&before.tables).map(|(now, before)| list(now, before)).collect(),
            streams: rank(&now.streams, &before.streams, question.sort, usize::MAX),
            currencies: now.currencies.keys().chain(before.currencies.keys()).copied().collect(),
        }
    }

    pub(super) async fn names(&self, conn: &mut AnyConnection) -> Result<HashMap<u32, String>, Fault> {
        let lists = self.tables.iter().chain([&self.streams]);
        let mut numbers: BTreeSet<u32> = lists.flatten().map(|(number, ..)| *number).collect();
        numbers.extend(self.codes.iter().map(|(number, ..)| *number));
        numbers.extend(&self.currencies);
        numbers.remove(&0);
        store::names_of(conn, &numbers.into_iter().collect::<Vec<_>>()).await
    }
}

fn rank(now: &By, before: &By, sort: Sort, top: usize) -> Vec<Pair> {
    let numbers: BTreeSet<u32> = now.keys().chain(before.keys()).copied().collect();
    let get = |of: &By, number| of.get(&number).copied().unwrap_or_default();
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

/// The rows of a table; with `amounts`, which are then of one currency.
pub(super) fn slices(list: &[Pair], amounts: bool, text: impl Fn(u32) -> String, p99: impl Fn(u32) -> Option<f64>) -> Vec<SliceRow> {
    let row = |(number, now, before): &Pair| SliceRow {
        value: text(*number),
        total: now.total,
        failed: now.failed,
        before_total: before.total,
        before_failed: before.failed,
        p99: p99(*number),
        amount: amounts.then_some(now.amount),
        before_amount: amounts.then_some(before.amount),
    };
    list.iter().map(row).collect()
}
