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

    /// Whether it holds nothing but whole numbers, 0 or more.
    pub(super) fn whole(&self) -> bool {
        !self.values.is_empty() && self.values.iter().all(|value| *value >= 0.0 && value.fract() == 0.0)
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
    /// What it is judged by, under which names, and the shares of both sides that are missing.
    Metrics(Vec<(String, Points)>, (f64, f64)),
    Moment,
    LeftOut(LeftOut),
}

impl Both<'_> {
    /// Whether it numbers the rows, or goes on by one step from row to row as the axis of time does.
    pub(super) fn counts_rows(&self) -> bool {
        (columns::counts_rows(&self.before.values) && columns::counts_rows(&self.after.values)) || self.step().is_some()
    }

    /// The step by which it goes on in both files.
    fn step(&self) -> Option<f64> {
        let [before, after] = [&self.before, &self.after].map(|side| columns::step_of_rows(self.name, &side.values));
        before.filter(|step| after.is_some_and(|other| (other - step).abs() <= 1e-6 * step))
    }

    /// Shares of the rows of both sides that are not there by the steps of an axis. Where it only numbers them, none is missing.
    pub(super) fn gaps(&self) -> Option<(f64, f64)> {
        let step = self.step().filter(|step| (step - 1.0).abs() > 1e-6)?;
        let share = |values: &[f64]| match values {
            [first, .., last] => (1.0 - values.len() as f64 / (((last - first) / step).round() + 1.0)).max(0.0),
            _ => 0.0,
        };
        Some((share(&self.before.values), share(&self.after.values)))
    }

    /// Whether it holds nothing but 0 and 1.
    pub(super) fn bits(&self) -> bool {
        self.before.values.iter().chain(&self.after.values).all(|value| *value == 0.0 || *value == 1.0)
    }

    /// Whether it holds moments.
    pub(super) fn moment(&self) -> bool {
        columns::holds_moments(self.name, &[self.before.cells.as_slice(), &self.after.cells].concat())
    }

    /// Whether it holds statuses of HTTP.
    pub(super) fn statuses(&self) -> bool {
        columns::holds_statuses(self.name, &self.before.values, &self.after.values)
    }

    /// Among so many columns.
    pub(super) fn single(self, columns: usize) -> Single {
        if self.moment() {
            return Single::Moment;
        }
        let Self { name, before, after } = &self;
        if before.words() || after.words() {
            let words = Words::of(name);
            return match (before.outcomes(&words), after.outcomes(&words)) {
                (Some((baseline, gone)), Some((candidate, lost))) if baseline.iter().chain(&candidate).any(|one| one.failed == 0.0) => {
                    Single::Metrics(vec![((*name).to_owned(), Points::Rate { baseline, candidate })], (gone, lost))
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
        let (bits, statuses) = (self.bits(), self.statuses());
        let Self { name, before, after } = self;
        let missing = (before.missing, after.missing);
        let (before, after) = (before.values, after.values);
        if statuses {
            return Single::Metrics(by_status(name, &before, &after), missing);
        }
        let points = by_number(name, bits, &before, &after).unwrap_or(Points::Measure { baseline: before, candidate: after });
        Single::Metrics(vec![(name.to_owned(), points)], missing)
    }
}

fn outcome(failed: bool) -> Counts {
    Counts { total: 1.0, failed: if failed { 1.0 } else { 0.0 } }
}

/// A row for each transaction: statuses of HTTP. What got no answer, or one from 500 on, failed; so did what was refused, from 400 on, which
/// is held against what the baseline refuses. It is a question of its own only where there is any: each costs the others power.
fn by_status(name: &str, before: &[f64], after: &[f64]) -> Vec<(String, Points)> {
    let rate = |from: f64| {
        let side = |values: &[f64]| values.iter().map(|status| outcome(*status >= from || *status < 100.0)).collect();
        (format!("{name} from {from}"), Points::Rate { baseline: side(before), candidate: side(after) })
    };
    let refused = before.iter().chain(after).any(|status| (400.0..500.0).contains(status));
    [500.0, 400.0].into_iter().filter(|from| refused || *from == 500.0).map(rate).collect()
}

/// A row for each transaction: a column such as `failed`, `is_error` or `success` of nothing but 0 and 1.
fn by_number(name: &str, bits: bool, before: &[f64], after: &[f64]) -> Option<Points> {
    let failure = columns::one_is_failure(name)?;
    let side = |values: &[f64]| values.iter().map(|value| outcome((*value == 1.0) == failure)).collect();
    (bits && before.len().min(after.len()) >= 30).then(|| Points::Rate { baseline: side(before), candidate: side(after) })
}
