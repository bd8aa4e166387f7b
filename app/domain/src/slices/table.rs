//! A table of leaves as text: a header of names, a row for each leaf.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use super::{Counts, Measure};
use crate::{
    series::missing,
    statistics::scale::{restored, unit_of},
    text,
};

/// Columns of failures among transactions.
pub const COUNTS: [&str; 4] = ["total", "failed", "hist_total", "hist_failed"];
/// Columns of an additive measure and its forecast.
pub const MEASURE: [&str; 2] = ["real", "predict"];
/// Dimensions that a table may have.
const MOST_DIMENSIONS: usize = 12;

/// What is wrong with a table, and where; `line` counts from 1, the header included.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTable {
    /// Neither set of columns is there.
    #[error("the header has neither the columns total,failed,hist_total,hist_failed nor real,predict; it has: {0}")]
    Columns(String),
    /// Two columns of one name.
    #[error("the header names {0:?} twice")]
    Twice(String),
    /// No dimension, or too many.
    #[error("the header names {0} dimensions, expected 1 to {MOST_DIMENSIONS}")]
    Dimensions(usize),
    /// A row of another length.
    #[error("line {line}: {found} fields, expected {expected}")]
    Fields {
        /// Where.
        line: usize,
        /// Fields of the row.
        found: usize,
        /// Fields of the header.
        expected: usize,
    },
    /// Not a number that can be counted with.
    #[error("line {line}, column {column}: {value:?}, expected a number{}", if COUNTS.contains(column) { ", 0 or more" } else { "" })]
    Number {
        /// Where.
        line: usize,
        /// The column.
        column: &'static str,
        /// What stands there.
        value: String,
    },
}

/// Lines of a table that were not taken as they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Lines {
    count: usize,
    first: usize,
}

impl Lines {
    fn add(&mut self, line: usize) {
        if self.count == 0 {
            self.first = line;
        }
        self.count += 1;
    }
}

/// What was not taken as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mended {
    missing: Lines,
    capped: Lines,
}

impl Mended {
    /// A sentence for each kind that there is.
    pub fn warnings(&self) -> Vec<String> {
        let of =
            |lines: Lines, what: &str| (lines.count > 0).then(|| format!("{what}: {}, the first in line {}", lines.count, lines.first));
        let missing = of(self.missing, "numbers that are missing, and count as 0");
        missing.into_iter().chain(of(self.capped, "more failures than transactions, of which all count as failed")).collect()
    }
}

/// What was observed, by leaf.
#[derive(Debug, Clone, PartialEq)]
pub enum Observed {
    /// Failures among transactions.
    Counts(Counts),
    /// An additive measure and its forecast.
    Measure(Measure),
}

impl Observed {
    /// The same in a unit in which it can be reckoned with, and that unit.
    pub(super) fn scaled(&self) -> (Cow<'_, Self>, f64) {
        let columns: &[&[f64]] = match self {
            Self::Counts(counts) => &[&counts.total, &counts.failed, &counts.hist_total, &counts.hist_failed],
            Self::Measure(measure) => &[&measure.real, &measure.predict],
        };
        let unit = unit_of(columns.iter().copied().flatten().fold(0.0_f64, |most, figure| most.max(figure.abs())));
        if unit == 1.0 {
            return (Cow::Borrowed(self), unit);
        }
        let less = |column: &[f64]| column.iter().map(|figure| figure / unit).collect();
        let scaled = match self {
            Self::Counts(counts) => Self::Counts(Counts {
                total: less(&counts.total),
                failed: less(&counts.failed),
                hist_total: less(&counts.hist_total),
                hist_failed: less(&counts.hist_failed),
            }),
            Self::Measure(measure) => Self::Measure(Measure { real: less(&measure.real), predict: less(&measure.predict) }),
        };
        (Cow::Owned(scaled), unit)
    }
}

/// One row for each combination of values that occurs.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Names of the dimensions.
    pub dimensions: Vec<String>,
    /// The values of each dimension.
    pub(super) values: Vec<Vec<String>>,
    /// By dimension and leaf: the number of the value.
    pub(super) codes: Vec<Vec<u32>>,
    /// By dimension: the number that stands where a leaf has no such dimension, if any has none.
    pub(super) absent: Vec<Option<u32>>,
    /// What was observed.
    pub observed: Observed,
}

impl Table {
    /// Reads header and rows. Columns that are none of [`COUNTS`] or [`MEASURE`], and do not number the rows, are dimensions; rows of
    /// the same values are added up. A number that is missing counts as none, and no more fail than there are; how often that was so is told.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line.
    pub fn read<S: AsRef<str>>(header: &[S], rows: impl IntoIterator<Item = Vec<S>>) -> Result<(Self, Mended), BadTable> {
        let names = names(header);
        if let Some((_, name)) = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
            return Err(BadTable::Twice((*name).to_owned()));
        }
        let figures = places(&names).ok_or_else(|| BadTable::Columns(names.join(",")))?;
        let rows: Vec<Vec<S>> = rows.into_iter().collect();
        let others = || (0..names.len()).filter(|at| figures.iter().all(|(figure, _)| figure != at));
        let mut dimensions: Vec<usize> = others().filter(|&at| !numbers_rows(names[at], &rows, at)).collect();
        if dimensions.is_empty() {
            dimensions = others().collect();
        }
        if dimensions.is_empty() || dimensions.len() > MOST_DIMENSIONS {
            return Err(BadTable::Dimensions(dimensions.len()));
        }
        let mut leaves = Leaves::new(dimensions.len(), figures.len());
        let mut mended = Mended::default();
        for (line, row) in (2..).zip(rows) {
            if row.len() != names.len() {
                return Err(BadTable::Fields { line, found: row.len(), expected: names.len() });
            }
            let mut numbers = [0.0; 4];
            for (number, &(at, column)) in numbers.iter_mut().zip(&figures) {
                let cell = row[at].as_ref();
                if missing(cell) {
                    mended.missing.add(line);
                    continue;
                }
                let read = text::number(cell).filter(|number| figures.len() == MEASURE.len() || *number >= 0.0);
                *number = read.ok_or_else(|| BadTable::Number { line, column, value: cell.to_owned() })?;
            }
            for (total, failed) in [(0, 1), (2, 3)].into_iter().filter(|_| figures.len() == COUNTS.len()) {
                if numbers[failed] > numbers[total] {
                    numbers[failed] = numbers[total];
                    mended.capped.add(line);
                }
            }
            leaves.add(dimensions.iter().map(|&at| row[at].as_ref()), &numbers);
        }
        let dimensions = dimensions.into_iter().map(|at| names[at].to_owned()).collect();
        Ok((leaves.table(dimensions), mended))
    }

    /// The columns of figures of a table with this header; none where it is no table.
    pub fn figures<S: AsRef<str>>(header: &[S]) -> Vec<usize> {
        places(&names(header)).into_iter().flatten().map(|(at, _)| at).collect()
    }

    /// How many combinations there are.
    pub fn leaves(&self) -> usize {
        self.codes.first().map_or(0, Vec::len)
    }

    /// The value that a leaf has in a dimension.
    pub(super) fn value(&self, dimension: usize, leaf: usize) -> &str {
        &self.values[dimension][self.codes[dimension][leaf] as usize]
    }
}

fn names<S: AsRef<str>>(header: &[S]) -> Vec<&str> {
    header.iter().map(|name| name.as_ref().trim().trim_start_matches('\u{feff}')).collect()
}

/// Whether a column numbers the rows, as programs add it that save a table with its index: that says nothing of them.
fn numbers_rows<S: AsRef<str>>(name: &str, rows: &[Vec<S>], at: usize) -> bool {
    let called = name.is_empty() || name.eq_ignore_ascii_case("index") || name.starts_with("Unnamed: ");
    let mut seen = HashSet::new();
    let number = |row: &Vec<S>| row.get(at).and_then(|cell| cell.as_ref().trim().parse::<u64>().ok());
    called && rows.iter().all(|row| number(row).is_some_and(|number| seen.insert(number)))
}

/// Where the columns of [`COUNTS`] stand, or else those of [`MEASURE`]; `None` where neither are all there.
fn places(names: &[&str]) -> Option<Vec<(usize, &'static str)>> {
    let place = |columns: &'static [&'static str]| -> Option<Vec<(usize, &'static str)>> {
        columns.iter().map(|column| names.iter().position(|name| name == column).map(|at| (at, *column))).collect()
    };
    place(&COUNTS).or_else(|| place(&MEASURE))
}

/// Numbers values and adds rows up.
struct Leaves {
    known: Vec<HashMap<String, u32>>,
    values: Vec<Vec<String>>,
    seen: HashMap<Vec<u32>, usize>,
    codes: Vec<Vec<u32>>,
    figures: Vec<Vec<f64>>,
}

impl Leaves {
    fn new(dimensions: usize, figures: usize) -> Self {
        Self {
            known: vec![HashMap::new(); dimensions],
            values: vec![Vec::new(); dimensions],
            seen: HashMap::new(),
            codes: vec![Vec::new(); dimensions],
            figures: vec![Vec::new(); figures],
        }
    }

    fn add<'r>(&mut self, values: impl Iterator<Item = &'r str>, numbers: &[f64]) {
        let codes: Vec<u32> = values.enumerate().map(|(at, value)| self.code(at, value)).collect();
        let next = self.seen.len();
        let leaf = *self.seen.entry(codes.clone()).or_insert(next);
        if leaf == next {
            self.codes.iter_mut().zip(codes).for_each(|(column, code)| column.push(code));
            self.figures.iter_mut().for_each(|column| column.push(0.0));
        }
        self.figures.iter_mut().zip(numbers).for_each(|(column, number)| column[leaf] = restored(column[leaf] + number, 1.0));
    }

    fn code(&mut self, dimension: usize, value: &str) -> u32 {
        if let Some(code) = self.known[dimension].get(value) {
            return *code;
        }
        let code = u32::try_from(self.values[dimension].len()).unwrap_or(u32::MAX);
        self.known[dimension].insert(value.to_owned(), code);
        self.values[dimension].push(value.to_owned());
        code
    }

    fn table(self, dimensions: Vec<String>) -> Table {
        let mut figures = self.figures.into_iter();
        let mut next = || figures.next().unwrap_or_default();
        let (first, second) = (next(), next());
        let observed = match (figures.next(), figures.next()) {
            (Some(hist_total), Some(hist_failed)) => Observed::Counts(Counts { total: first, failed: second, hist_total, hist_failed }),
            _ => Observed::Measure(Measure { real: first, predict: second }),
        };
        let absent = vec![None; dimensions.len()];
        Table { dimensions, values: self.values, codes: self.codes, absent, observed }
    }
}
