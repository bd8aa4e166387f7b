//! Two files side by side: which metrics they hold, and what is missing of them.
//!
//! A column is a metric by its name in both files. Pairs such as `total,failed`, `pay_total,pay_failed`, `requests,errors` are
//! a rate of failures; a column of a moment puts the rows in order and shows gaps; every other column with numbers is a
//! measure. Files without a header are read too: one column is the metric `value`.

use jiff::tz::TimeZone;

use super::{
    controls::Control,
    moment::{names_moments, read_moment, step},
    rate::Counts,
};
use crate::{Timestamp, transactions::Bins};

const TOTALS: &[&str] = &["total", "requests", "transactions", "count", "attempts", "n"];
const FAILURES: &[&str] = &["failed", "errors", "failures", "error", "failure", "fail", "fails"];
const SUCCESSES: &[&str] = &["succeeded", "success", "successes", "successful", "ok", "passed"];
const NOTHING: &[&str] = &["", "-", "—", "nan", "null", "none", "na", "n/a", "nil", "undefined"];

/// A file as text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sheet {
    /// Names of the columns, where the file begins with them.
    pub header: Option<Vec<String>>,
    /// Its rows.
    pub rows: Vec<Vec<String>>,
}

/// What one metric shows in both files.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// Its name.
    pub name: String,
    /// Its points.
    pub points: Points,
    /// Share of the baseline's points that are not there.
    pub missing_baseline: f64,
    /// Share of the candidate's points that are not there.
    pub missing_candidate: f64,
    /// The same of systems that were not touched, at the same times.
    pub controls: Vec<Control>,
}

/// Points of both sides, in the order of time.
#[derive(Debug, Clone, PartialEq)]
pub enum Points {
    /// Failures among transactions.
    Rate {
        /// Before.
        baseline: Vec<Counts>,
        /// After.
        candidate: Vec<Counts>,
    },
    /// A measure.
    Measure {
        /// Before.
        baseline: Vec<f64>,
        /// After.
        candidate: Vec<f64>,
    },
    /// A quantile of what slots of time hold, all of them put together; milliseconds.
    Quantile {
        /// Share that lies below it.
        share: f64,
        /// What it is multiplied by: 1, but of a control its place in the measure of the candidate's own system.
        scale: f64,
        /// Before.
        baseline: Vec<Bins>,
        /// After.
        candidate: Vec<Bins>,
    },
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSheet {
    /// Nothing in it.
    #[error("{0}: the file is empty")]
    Empty(&'static str),
    /// No column with numbers in either.
    #[error("no metric: no column holds numbers; the columns are {0}")]
    NoMetric(String),
    /// A control that has nothing of what is judged.
    #[error("a control needs the columns of the files that are judged; it has none of {0}")]
    NoCommon(String),
    /// A row that cannot be.
    #[error("{side}, row {row}: {failed} of {total} failed, expected 0 or more and at most so many")]
    Impossible {
        /// Which file.
        side: &'static str,
        /// Row, from 1, without the header.
        row: usize,
        /// Failures.
        failed: String,
        /// Transactions.
        total: String,
    },
}

/// A number of a cell; `None` where there is none.
pub fn number(cell: &str) -> Option<f64> {
    let cell = cell.trim();
    let plain = if cell.contains('.') { None } else { cell.split_once(',').filter(|(_, after)| !after.contains(',')) };
    let number = match plain {
        Some((whole, part)) => format!("{whole}.{part}").parse::<f64>(),
        None => cell.parse::<f64>(),
    };
    number.ok().filter(|number| number.is_finite())
}

fn nothing(cell: &str) -> bool {
    NOTHING.contains(&cell.trim().to_ascii_lowercase().as_str())
}

impl Sheet {
    /// Takes the first row for names where something in it is neither number nor moment nor empty.
    pub fn new(mut rows: Vec<Vec<String>>) -> Self {
        rows.retain(|row| row.iter().any(|cell| !cell.trim().is_empty()));
        if let Some(cell) = rows.first_mut().and_then(|row| row.first_mut()) {
            *cell = cell.trim_start_matches('\u{feff}').to_owned();
        }
        let named = rows.first().is_some_and(|row| {
            row.iter()
                .any(|cell| !nothing(cell) && number(cell).is_none() && read_moment(cell, &TimeZone::UTC).is_none() && !infinite(cell))
        });
        let header = named.then(|| rows.remove(0).iter().map(|name| name.trim().to_owned()).collect());
        Self { header, rows }
    }

    fn width(&self) -> usize {
        self.header.as_ref().map_or_else(|| self.rows.iter().map(Vec::len).max().unwrap_or(0), Vec::len)
    }

    fn names(&self, other: &Self) -> Vec<String> {
        if let Some(header) = &self.header {
            return header.clone();
        }
        if let Some(header) = other.header.as_ref().filter(|header| header.len() == self.width()) {
            return header.clone();
        }
        let moment =
            self.width() == 2 && self.rows.iter().all(|row| row.first().is_some_and(|cell| read_moment(cell, &TimeZone::UTC).is_some()));
        match self.width() {
            1 => vec!["value".into()],
            2 if moment => vec!["timestamp".into(), "value".into()],
            width => (1..=width).map(|at| format!("column_{at}")).collect(),
        }
    }
}

fn infinite(cell: &str) -> bool {
    cell.trim().parse::<f64>().is_ok()
}

/// One file, its rows in the order of time.
struct Side<'s> {
    names: Vec<String>,
    rows: Vec<&'s [String]>,
    /// Share of the rows that its step lets expect and that are not there.
    gaps: f64,
}

impl<'s> Side<'s> {
    fn new(sheet: &'s Sheet, names: Vec<String>) -> Self {
        let mut rows: Vec<&[String]> = sheet.rows.iter().map(Vec::as_slice).collect();
        let mut gaps = 0.0;
        if let Some(at) = names.iter().position(|name| names_moments(name)) {
            let mut timed: Vec<(Timestamp, &[String])> =
                rows.iter().filter_map(|row| Some((read_moment(row.get(at)?, &TimeZone::UTC)?, *row))).collect();
            if timed.len() == rows.len() {
                timed.sort_by_key(|(moment, _)| *moment);
                let moments: Vec<Timestamp> = timed.iter().map(|(moment, _)| *moment).collect();
                if let (Some(step), Some(first), Some(last)) = (step(&moments), moments.first(), moments.last()) {
                    // Only of a series that is regular at all.
                    let regular = moments.windows(2).filter(|pair| pair[1].since(pair[0]) == step).count();
                    if regular * 2 > moments.len() {
                        let expected = last.since(*first) as f64 / step as f64 + 1.0;
                        gaps = (1.0 - moments.len() as f64 / expected).max(0.0);
                    }
                }
                rows = timed.into_iter().map(|(_, row)| row).collect();
            }
        }
        Self { names, rows, gaps }
    }

    fn at(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|own| own.eq_ignore_ascii_case(name))
    }

    /// Numbers of a column, and the share of its cells that are none.
    fn column(&self, name: &str) -> (Vec<f64>, f64) {
        let Some(at) = self.at(name) else { return (Vec::new(), 1.0) };
        let values: Vec<f64> = self.rows.iter().filter_map(|row| number(row.get(at)?)).collect();
        let missing = if self.rows.is_empty() { 1.0 } else { 1.0 - values.len() as f64 / self.rows.len() as f64 };
        (values, missing)
    }

    /// Whether a column holds words rather than numbers.
    fn words(&self, name: &str) -> bool {
        let Some(at) = self.at(name) else { return false };
        let cells = self.rows.iter().filter_map(|row| row.get(at)).filter(|cell| !nothing(cell));
        let (all, numbers) = cells.fold((0, 0), |(all, numbers), cell| (all + 1, numbers + usize::from(number(cell).is_some())));
        numbers * 2 < all
    }

    fn counts(&self, pair: &Pair, which: &'static str) -> Result<(Vec<Counts>, f64), BadSheet> {
        let (Some(total), Some(other)) = (self.at(&pair.total), self.at(&pair.other)) else { return Ok((Vec::new(), 1.0)) };
        let mut counts = Vec::new();
        for (row, cells) in self.rows.iter().enumerate() {
            let cell = |at: usize| cells.get(at).and_then(|cell| number(cell));
            let (Some(total), Some(other)) = (cell(total), cell(other)) else { continue };
            let failed = if pair.successes { total - other } else { other };
            if total < 0.0 || failed < 0.0 || failed > total {
                return Err(BadSheet::Impossible { side: which, row: row + 1, failed: failed.to_string(), total: total.to_string() });
            }
            counts.push(Counts { total, failed });
        }
        let missing = if self.rows.is_empty() { 1.0 } else { 1.0 - counts.len() as f64 / self.rows.len() as f64 };
        Ok((counts, missing))
    }
}

/// Two columns that are a rate.
struct Pair {
    name: String,
    total: String,
    other: String,
    successes: bool,
}

fn pairs(names: &[String]) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    for total in names {
        let low = total.to_ascii_lowercase();
        let Some((prefix, _)) = TOTALS.iter().find_map(|word| Some((low.strip_suffix(word)?, word))).filter(|(prefix, _)| whole(prefix))
        else {
            continue;
        };
        let partner = |words: &[&str]| {
            words.iter().find_map(|word| names.iter().find(|name| name.to_ascii_lowercase().strip_suffix(word) == Some(prefix)))
        };
        let found = partner(FAILURES).map(|other| (other, false)).or_else(|| partner(SUCCESSES).map(|other| (other, true)));
        if let Some((other, successes)) = found.filter(|(other, _)| pairs.iter().all(|pair| pair.other != **other)) {
            let name = match prefix.trim_end_matches(['_', '.', '-', ' ']) {
                "" => "failure_rate".to_owned(),
                prefix => total[..prefix.len()].to_owned(),
            };
            pairs.push(Pair { name, total: total.clone(), other: other.clone(), successes });
        }
    }
    pairs
}

fn whole(prefix: &str) -> bool {
    prefix.is_empty() || prefix.ends_with(['_', '.', '-', ' '])
}

/// The metrics of two files: what either has.
///
/// # Errors
/// A file with nothing in it, no metric in either, or a row with more failures than transactions.
pub fn metrics(baseline: &Sheet, candidate: &Sheet) -> Result<Vec<Metric>, BadSheet> {
    for (sheet, which) in [(baseline, "baseline"), (candidate, "candidate")] {
        if sheet.header.is_none() && sheet.rows.is_empty() {
            return Err(BadSheet::Empty(which));
        }
    }
    let (base_names, mut names) = (baseline.names(candidate), candidate.names(baseline));
    if base_names.len() == 1 && names.len() == 1 && (baseline.header.is_none() || candidate.header.is_none()) {
        names.clone_from(&base_names);
    }
    let (base, side) = (Side::new(baseline, base_names), Side::new(candidate, names));
    let mut all = base.names.clone();
    all.extend(side.names.iter().filter(|name| base.at(name).is_none()).cloned());
    let mut metrics = Vec::new();
    let mut used: Vec<String> = Vec::new();
    for pair in pairs(&all) {
        let (before, gone) = base.counts(&pair, "baseline")?;
        let (after, lost) = side.counts(&pair, "candidate")?;
        used.extend([pair.total, pair.other]);
        metrics.push(Metric {
            name: pair.name,
            points: Points::Rate { baseline: before, candidate: after },
            missing_baseline: gone.max(base.gaps),
            missing_candidate: lost.max(side.gaps),
            controls: Vec::new(),
        });
    }
    for name in all.iter().filter(|name| !used.contains(name) && !names_moments(name)) {
        let ((before, gone), (after, lost)) = (base.column(name), side.column(name));
        if (before.is_empty() && after.is_empty()) || (base.words(name) && side.words(name)) {
            continue;
        }
        let points = outcome(name, &before, &after).unwrap_or(Points::Measure { baseline: before, candidate: after });
        let (missing_baseline, missing_candidate) = (gone.max(base.gaps), lost.max(side.gaps));
        metrics.push(Metric { name: name.clone(), points, missing_baseline, missing_candidate, controls: Vec::new() });
    }
    if metrics.is_empty() { Err(BadSheet::NoMetric(all.join(", "))) } else { Ok(metrics) }
}

/// Adds a system that was not touched, by two files of its own: to every metric that they have as well, by name.
///
/// # Errors
/// As of [`metrics`]; and where the files have no metric in common with those.
pub fn control(metrics: &mut [Metric], name: &str, baseline: &Sheet, candidate: &Sheet) -> Result<(), BadSheet> {
    let mut found = self::metrics(baseline, candidate)?;
    let mut common = false;
    for metric in &mut *metrics {
        let own = found.iter().position(|own| {
            own.name.eq_ignore_ascii_case(&metric.name)
                && matches!(own.points, Points::Rate { .. }) == matches!(metric.points, Points::Rate { .. })
        });
        if let Some(own) = own.map(|place| found.swap_remove(place)) {
            common = true;
            let missing = own.missing_baseline.max(own.missing_candidate);
            metric.controls.push(Control { name: name.to_owned(), points: own.points, missing });
        }
    }
    let names = || metrics.iter().map(|metric| metric.name.as_str()).collect::<Vec<_>>().join(", ");
    if common { Ok(()) } else { Err(BadSheet::NoCommon(names())) }
}

/// A row for each transaction: a column such as `failed` or `success` of nothing but 0 and 1.
fn outcome(name: &str, before: &[f64], after: &[f64]) -> Option<Points> {
    let low = name.to_ascii_lowercase();
    let successes = SUCCESSES.contains(&low.as_str());
    let only = before.iter().chain(after).all(|value| *value == 0.0 || *value == 1.0);
    if !only || before.len().min(after.len()) < 30 || !(successes || FAILURES.contains(&low.as_str())) {
        return None;
    }
    let side = |values: &[f64]| values.iter().map(|v| Counts { total: 1.0, failed: if successes { 1.0 - v } else { *v } }).collect();
    Some(Points::Rate { baseline: side(before), candidate: side(after) })
}
