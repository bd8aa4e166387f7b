//! A column that is no part of a pair: what it measures, or why it is not judged.

use super::{LeftOut, Points};
use crate::verification::{
    columns::{self, Words, nothing},
    rate::Counts,
};

/// One column of a file.
pub(super) struct Column<'s> {
    /// Rows of the file.
    pub rows: usize,
    /// What stands in them.
    pub cells: Vec<&'s str>,
    /// The numbers among them.
    pub values: Vec<f64>,
    /// Share of the rows that have none.
    pub missing: f64,
}

impl Column<'_> {
    /// How many cells say anything.
    fn told(&self) -> usize {
        self.cells.iter().filter(|cell| !nothing(cell)).count()
    }

    /// Whether it holds words rather than numbers.
    pub(super) fn words(&self) -> bool {
        self.values.len() * 2 < self.told()
    }

    /// A row for each transaction, by words: what each says, and the share that says nothing. `None` where most do not.
    fn outcomes(&self, name: &Words) -> Option<(Vec<Counts>, f64)> {
        let found: Vec<Counts> = self.cells.iter().filter_map(|cell| columns::failed(name, cell)).map(outcome).collect();
        let share = 1.0 - found.len() as f64 / self.rows.max(1) as f64;
        (found.len() * 10 >= self.told() * 9).then_some((found, share))
    }
}

/// A column in both files.
pub(super) struct Both<'s> {
    pub name: &'s str,
    pub before: Column<'s>,
    pub after: Column<'s>,
}

/// What a column is that is no part of a pair.
pub(super) enum Single {
    Metric(String, Points, (f64, f64)),
    Moment,
    LeftOut(LeftOut),
}

impl Both<'_> {
    pub(super) fn counts_rows(&self) -> bool {
        columns::counts_rows(&self.before.values) && columns::counts_rows(&self.after.values)
    }

    /// Among so many columns.
    pub(super) fn single(self, columns: usize) -> Single {
        let Self { name, before, after } = &self;
        if columns::holds_moments(name, &[before.cells.as_slice(), &after.cells].concat()) {
            return Single::Moment;
        }
        if before.words() || after.words() {
            let words = Words::of(name);
            return match (before.outcomes(&words), after.outcomes(&words)) {
                (Some((baseline, gone)), Some((candidate, lost))) if baseline.iter().chain(&candidate).any(|one| one.failed == 0.0) => {
                    Single::Metric((*name).to_owned(), Points::Rate { baseline, candidate }, (gone, lost))
                }
                // What holds numbers on the one side is missing on the other.
                _ if before.words() != after.words() && !(before.values.is_empty() && after.values.is_empty()) => self.measure(),
                _ => Single::LeftOut(LeftOut::Words),
            };
        }
        match () {
            () if before.values.is_empty() && after.values.is_empty() => Single::LeftOut(LeftOut::Words),
            () if columns > 1 && (name.is_empty() || self.counts_rows()) => Single::LeftOut(LeftOut::Rows),
            () if columns::counts_all(name) => Single::LeftOut(LeftOut::Everything),
            () => self.measure(),
        }
    }

    fn measure(self) -> Single {
        let Self { name, before, after } = self;
        let missing = (before.missing, after.missing);
        let (before, after) = (before.values, after.values);
        if columns::holds_statuses(name, &[before.as_slice(), &after].concat()) {
            let side = |values: &[f64]| values.iter().map(|status| outcome(*status >= 500.0)).collect();
            let points = Points::Rate { baseline: side(&before), candidate: side(&after) };
            return Single::Metric(format!("{name} from 500"), points, missing);
        }
        let points = by_number(name, &before, &after).unwrap_or(Points::Measure { baseline: before, candidate: after });
        Single::Metric(name.to_owned(), points, missing)
    }
}

fn outcome(failed: bool) -> Counts {
    Counts { total: 1.0, failed: if failed { 1.0 } else { 0.0 } }
}

/// A row for each transaction: a column such as `failed`, `is_error` or `success` of nothing but 0 and 1.
fn by_number(name: &str, before: &[f64], after: &[f64]) -> Option<Points> {
    let all = || before.iter().chain(after);
    let only = all().all(|value| *value == 0.0 || *value == 1.0);
    let failure = columns::one_is_failure(name, all().any(|value| *value == 1.0))?;
    let side = |values: &[f64]| values.iter().map(|value| outcome((*value == 1.0) == failure)).collect();
    (only && before.len().min(after.len()) >= 30).then(|| Points::Rate { baseline: side(before), candidate: side(after) })
}
