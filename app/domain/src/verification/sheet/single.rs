//! A column that is no part of a pair: what it measures, or why it is not judged.

use super::{LeftOut, Points, side::meant};
use crate::{
    statistics::special::place,
    text::number,
    verification::{
        columns::{self, Words, nothing},
        rate::Counts,
    },
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
    /// Whether something is said in words.
    fn worded(&self) -> bool {
        self.values.len() < self.told()
    }

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

    /// All of what it counts.
    pub(super) fn sum(&self) -> usize {
        place(self.values.iter().sum::<f64>().round(), usize::MAX)
    }

    /// A row for each transaction: what each says, and the share of the rows that say nothing.
    fn outcomes(&self, failed: impl Fn(&str) -> Option<bool>) -> (Vec<Counts>, f64) {
        let found: Vec<Counts> = self.cells.iter().filter_map(|cell| failed(cell)).map(outcome).collect();
        let share = 1.0 - found.len() as f64 / self.rows.max(1) as f64;
        (found, share)
    }
}

/// A column in both files.
pub(super) struct Both<'s> {
    pub name: &'s str,
    pub before: Column<'s>,
    pub after: Column<'s>,
}

/// What a column is judged by.
pub(super) struct Asked {
    pub name: String,
    pub points: Points,
    /// Codes of failures that only the candidate has.
    pub new_codes: Vec<(String, usize)>,
}

impl Asked {
    pub(super) fn new(name: &str, points: Points) -> Self {
        Self { name: name.to_owned(), points, new_codes: Vec::new() }
    }
}

/// What a column is that is no part of a pair.
pub(super) enum Single {
    /// What it is judged by, and the shares of both sides that are missing.
    Metrics(Vec<Asked>, (f64, f64)),
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

    /// How many rows the steps of an axis let expect of both sides. Where it only numbers them it lets expect nothing.
    fn expected(&self) -> Option<(f64, f64)> {
        let step = self.step().filter(|step| (step - 1.0).abs() > 1e-6 || columns::goes_by_time(self.name))?;
        let rows = |values: &[f64]| match values {
            [first, .., last] => ((last - first) / step).round() + 1.0,
            few => few.len() as f64,
        };
        Some((rows(&self.before.values), rows(&self.after.values)))
    }

    /// Shares of the rows of both sides that are not there by the steps of an axis.
    pub(super) fn gaps(&self) -> Option<(f64, f64)> {
        let share = |values: &[f64], expected: f64| (1.0 - values.len() as f64 / expected).max(0.0);
        self.expected().map(|(before, after)| (share(&self.before.values, before), share(&self.after.values, after)))
    }

    /// Share of the length of an axis that the candidate falls short of, where it was meant to be as long.
    pub(super) fn shorter(&self) -> f64 {
        self.expected().map_or(0.0, |(before, after)| meant(1.0 - after / before))
    }

    /// Whether it holds nothing but 0 and 1.
    pub(super) fn bits(&self) -> bool {
        self.before.values.iter().chain(&self.after.values).all(|value| *value == 0.0 || *value == 1.0)
    }

    /// Whether it holds anything but 0.
    pub(super) fn counts_any(&self) -> bool {
        self.before.values.iter().chain(&self.after.values).any(|value| *value != 0.0)
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
            return match self.by_word() {
                Some(found) => found,
                // What holds numbers on the one side is missing on the other.
                None if before.words() != after.words() && !(before.values.is_empty() && after.values.is_empty()) => self.measure(),
                None => Single::LeftOut(LeftOut::Words),
            };
        }
        match () {
            () if before.values.is_empty() && after.values.is_empty() => Single::LeftOut(LeftOut::Words),
            () if columns > 1 && (name.is_empty() || self.counts_rows()) => Single::LeftOut(LeftOut::Rows),
            () if columns::counts_all(name) => Single::LeftOut(LeftOut::Everything),
            () => self.measure(),
        }
    }

    /// A row for each transaction, by words. `None` where most do not say what came of it. Where most of the baseline say that it went well,
    /// and not only how far it has come, whatever else stands there says that it did not: codes such as `E51`.
    fn by_word(&self) -> Option<Single> {
        let Self { name, before, after } = self;
        let low = Words::of(name);
        let good = before.cells.iter().filter(|cell| columns::went_well(&low, cell)).count() * 2 > before.told();
        // Numbers where there was none before are something else, unless they stand beside the same good word.
        let still = after.cells.iter().any(|cell| columns::went_well(&low, cell));
        let coded = good && (still || after.words() || !before.values.is_empty());
        let failed = |cell: &str| if coded { columns::failed_else(&low, cell) } else { columns::failed(&low, cell) };
        let ((baseline, gone), (candidate, lost)) = (before.outcomes(failed), after.outcomes(failed));
        let read = |side: &Column<'_>, found: &[Counts]| found.len() * 10 >= side.told() * 9;
        let well = baseline.iter().chain(&candidate).any(|one| one.failed == 0.0);
        let new_codes =
            columns::new_codes(&before.cells, &after.cells, |cell| columns::failed(&low, cell).is_none() && failed(cell) == Some(true));
        (well && read(before, &baseline) && (coded || read(after, &candidate))).then(|| {
            let asked = Asked { new_codes, ..Asked::new(name, Points::Rate { baseline, candidate }) };
            Single::Metrics(vec![asked], (gone, lost))
        })
    }

    fn measure(self) -> Single {
        let Self { name, before, after } = &self;
        let missing = (before.missing, after.missing);
        let coded = before.cells.len().min(after.cells.len()) >= SINGLE && columns::zero_is_good(name, &before.cells, &after.cells);
        if coded && (before.worded() || after.worded()) {
            return self.by_code();
        }
        if let Some(points) = by_number(name, self.bits(), &before.values, &after.values) {
            return Single::Metrics(vec![Asked::new(name, points)], missing);
        }
        if coded {
            return self.by_code();
        }
        if self.statuses() {
            return self.by_status();
        }
        let points = Points::Measure { baseline: self.before.values, candidate: self.after.values };
        Single::Metrics(vec![Asked::new(self.name, points)], missing)
    }

    /// A row for each transaction: codes of which 0 went well.
    fn by_code(&self) -> Single {
        let low = Words::of(self.name);
        let failed = |cell: &str| number(cell).map_or_else(|| columns::failed_else(&low, cell), |code| Some(code != 0.0));
        let ((baseline, gone), (candidate, lost)) = (self.before.outcomes(failed), self.after.outcomes(failed));
        let new_codes = columns::new_codes(&self.before.cells, &self.after.cells, |cell| failed(cell) == Some(true));
        let asked = Asked { new_codes, ..Asked::new(self.name, Points::Rate { baseline, candidate }) };
        Single::Metrics(vec![asked], (gone, lost))
    }

    /// A row for each transaction: statuses of HTTP. What got no answer, or one from 500 on, failed; so did what was refused, from 400 on,
    /// which is held against what the baseline refuses. It is a question of its own only where there is any: each costs the others power.
    /// A word stands for what had no status: no answer, unless it says that it went well.
    fn by_status(&self) -> Single {
        let Self { name, before, after } = self;
        let low = Words::of(name);
        let failed = |cell: &str, from: f64| match number(cell) {
            Some(status) => Some(status >= from || status < 100.0),
            None => columns::failed_else(&low, cell),
        };
        let rate = |from: f64| {
            let side = |column: &Column<'_>| column.outcomes(|cell| failed(cell, from)).0;
            let points = Points::Rate { baseline: side(before), candidate: side(after) };
            let new_codes = columns::new_codes(&before.cells, &after.cells, |cell| failed(cell, from) == Some(true));
            Asked { new_codes, ..Asked::new(&format!("{name} from {from}"), points) }
        };
        let refused = before.values.iter().chain(&after.values).any(|status| (400.0..500.0).contains(status));
        let missing = |column: &Column<'_>| column.outcomes(|cell| failed(cell, 500.0)).1;
        let asked = [500.0, 400.0].into_iter().filter(|from| refused || *from == 500.0).map(rate).collect();
        Single::Metrics(asked, (missing(before), missing(after)))
    }
}

/// Rows of a side from which numbers may be one outcome each.
const SINGLE: usize = 30;

fn outcome(failed: bool) -> Counts {
    Counts { total: 1.0, failed: if failed { 1.0 } else { 0.0 } }
}

/// A row for each transaction: a column such as `failed`, `is_error` or `success` of nothing but 0 and 1.
fn by_number(name: &str, bits: bool, before: &[f64], after: &[f64]) -> Option<Points> {
    let failure = columns::one_is_failure(name)?;
    let side = |values: &[f64]| values.iter().map(|value| outcome((*value == 1.0) == failure)).collect();
    (bits && before.len().min(after.len()) >= SINGLE).then(|| Points::Rate { baseline: side(before), candidate: side(after) })
}
