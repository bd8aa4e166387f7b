//! One file: its rows in the order of time, what is missing of them, and its columns.

use jiff::tz::TimeZone;

use super::{
    BadSheet, Sheet,
    single::{Both, Column},
};
use crate::{
    Timestamp,
    text::number,
    verification::{
        columns::{self, Pair, nothing},
        moment::{read_moment, step},
        rate::Counts,
    },
};

/// Shares of the baseline's time between which a candidate that falls short of it may have been cut off.
const SHORT: (f64, f64) = (0.1, 0.5);

/// Share by which rows that are so many times as long may hold more or less than so many times as much.
const ABOUT: f64 = 0.15;

/// One file.
pub(super) struct Side<'s> {
    pub names: Vec<String>,
    rows: Vec<&'s [String]>,
    /// When they were measured, each moment once; empty where not every row says it.
    moments: Vec<Timestamp>,
    /// Share of the rows that its step lets expect and that are not there.
    pub gaps: f64,
    /// Step and span of a regular series, in milliseconds.
    series: Option<(i64, i64)>,
    /// Whether every row says when it was measured.
    pub timed: bool,
}

impl<'s> Side<'s> {
    pub(super) fn new(sheet: &'s Sheet, names: Vec<String>) -> Self {
        let mut rows: Vec<&[String]> = sheet.rows.iter().map(Vec::as_slice).collect();
        let (mut gaps, mut series, mut says_when, mut moments) = (0.0, None, false, Vec::new());
        if let Some(at) = columns::column_of_moments(&names, &rows, &TimeZone::UTC) {
            let mut timed: Vec<(Timestamp, &[String])> =
                rows.iter().filter_map(|row| Some((read_moment(row.get(at)?, &TimeZone::UTC)?, *row))).collect();
            says_when = timed.len() == rows.len();
            if says_when {
                timed.sort_by_key(|(moment, _)| *moment);
                moments.extend(timed.iter().map(|(moment, _)| *moment));
                if let (Some(step), Some(first), Some(last)) = (step(&moments), moments.first(), moments.last()) {
                    // Only of a series that is regular at all.
                    let regular = moments.windows(2).filter(|pair| pair[1].since(pair[0]) == step).count();
                    if regular * 2 > moments.len() {
                        let expected = last.since(*first) as f64 / step as f64 + 1.0;
                        gaps = (1.0 - moments.len() as f64 / expected).max(0.0);
                        series = Some((step, last.since(*first) + step));
                    }
                }
                moments.dedup();
                rows = timed.into_iter().map(|(_, row)| row).collect();
            }
        }
        Self { names, rows, moments, gaps, series, timed: says_when }
    }

    pub(super) fn at(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|own| own.eq_ignore_ascii_case(name))
    }

    /// Share of the rows that a step lets expect and that are not there; 0 where they do not go on by it.
    fn lacks(&self, step: i64) -> f64 {
        let [first, .., last] = self.moments.as_slice() else { return 0.0 };
        let whole = self.moments.windows(2).filter(|pair| pair[1].since(pair[0]) % step == 0).count();
        if whole * 10 < (self.moments.len() - 1) * 9 {
            return 0.0;
        }
        (1.0 - self.moments.len() as f64 / (last.since(*first) as f64 / step as f64 + 1.0)).max(0.0)
    }

    /// Share of the candidate's rows that are not there: also by the step of this baseline, since so many may be gone that those that are
    /// left have no step, or another one. A candidate that was written more coarsely, with about so many times as
    /// much in a row, is held to its own.
    pub(super) fn lost(&self, candidate: &Self, both: &[Both<'_>]) -> f64 {
        let Some((step, _)) = self.series else { return candidate.gaps };
        let own = candidate.moments.windows(2).map(|pair| pair[1].since(pair[0])).min().unwrap_or(step);
        let times = (own / step) as f64;
        // Four times as much in a row is no traffic that rose.
        let holds = |grown: f64| (grown / times - 1.0).abs() <= ABOUT || times >= 4.0 && grown * grown >= times;
        let coarser = times > 1.0 && grown(both).is_some_and(holds);
        candidate.gaps.max(candidate.lacks(if coarser { own } else { step }))
    }

    /// Share of the baseline's time that the candidate falls short of, where both go on by one step and seem to have been meant to be
    /// as long: beyond a half the candidate was taken shorter.
    pub(super) fn shorter(&self, candidate: &Self) -> f64 {
        let (Some((step, before)), Some((other, after))) = (self.series, candidate.series) else { return 0.0 };
        let short = 1.0 - after as f64 / before as f64;
        if step == other { meant(short) } else { 0.0 }
    }

    pub(super) fn column(&self, name: &str) -> Column<'s> {
        let place = self.at(name);
        let cells: Vec<&str> =
            place.into_iter().flat_map(|at| self.rows.iter().filter_map(move |row| row.get(at))).map(String::as_str).collect();
        let values: Vec<f64> = cells.iter().filter_map(|cell| number(cell)).collect();
        let missing = if place.is_none() || self.rows.is_empty() { 1.0 } else { 1.0 - values.len() as f64 / self.rows.len() as f64 };
        Column { rows: self.rows.len(), cells, values, missing }
    }

    /// Whether any cell of a column is like this.
    fn any(&self, name: &str, like: impl Fn(&str) -> bool) -> bool {
        self.at(name).is_some_and(|at| self.rows.iter().filter_map(|row| row.get(at)).any(|cell| like(cell)))
    }

    /// Whether a column holds no 0 anywhere: what there was none of is then left blank.
    pub(super) fn never_zero(&self, name: &str) -> bool {
        !self.any(name, |cell| number(cell) == Some(0.0))
    }

    /// Whether a column is left blank somewhere.
    pub(super) fn blank(&self, name: &str) -> bool {
        self.any(name, nothing)
    }

    /// Counts row by row; in the columns of `blanks` a blank beside a number of the pair is none. Of those of `none` this file has none,
    /// since there was nothing to count in them.
    pub(super) fn counts(&self, pair: &Pair, which: &'static str, blanks: &[&str], none: &[&str]) -> Result<Counted, BadSheet> {
        // Of what is counted in several columns every other one must be there.
        let places = |names: &[String]| {
            let there = names.iter().filter(|name| !none.contains(&name.as_str()));
            there.map(|name| self.at(name)).collect::<Option<Vec<usize>>>().filter(|_| !names.is_empty())
        };
        let (total, failed, succeeded) = (places(pair.total.as_slice()), places(&pair.failed), places(&pair.succeeded));
        let blanks: Vec<usize> = blanks.iter().filter_map(|name| self.at(name)).collect();
        let mut found = Counted { counts: Vec::new(), missing: 1.0, idle: 0.0 };
        for (row, cells) in self.rows.iter().enumerate() {
            let says = |at: &usize| cells.get(*at).is_some_and(|cell| number(cell).is_some());
            let told = failed.iter().chain(&succeeded).flatten().any(says);
            let count = |at: &usize| {
                let cell = cells.get(*at)?;
                number(cell).or_else(|| (told && blanks.contains(at) && nothing(cell)).then_some(0.0))
            };
            let sum = |places: &Option<Vec<usize>>| places.as_ref()?.iter().map(count).sum::<Option<f64>>();
            let (total, failed) = match (sum(&total), sum(&failed), sum(&succeeded)) {
                (Some(total), Some(failed), _) => (total, failed),
                (Some(total), None, Some(succeeded)) => (total, total - succeeded),
                (None, Some(failed), Some(succeeded)) if pair.total.is_none() => (failed + succeeded, failed),
                _ => continue,
            };
            if total < 0.0 || failed < 0.0 || failed > total {
                return Err(BadSheet::Impossible { side: which, row: row + 1, failed: failed.to_string(), total: total.to_string() });
            }
            found.counts.push(Counts { total, failed });
        }
        let share = |count: usize| count as f64 / self.rows.len().max(1) as f64;
        found.missing = 1.0 - share(found.counts.len());
        found.idle = share(found.counts.iter().filter(|counts| counts.total == 0.0).count());
        Ok(found)
    }
}

/// A share by which a candidate falls short of the baseline, where it was meant to be as long; else 0.
pub(super) fn meant(short: f64) -> f64 {
    if short > SHORT.0 && short <= SHORT.1 { short } else { 0.0 }
}

/// A pair of columns in one file.
pub(super) struct Counted {
    pub counts: Vec<Counts>,
    /// Share of the rows that do not say it.
    pub missing: f64,
    /// Share of the rows without any transaction.
    pub idle: f64,
}

/// How many times as much a row of the candidate counts as one of the baseline; `None` where no column counts.
fn grown(both: &[Both<'_>]) -> Option<f64> {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let counts = |one: &&Both<'_>| {
        let named = columns::counts_all(one.name) || columns::counts_some(one.name);
        named && one.before.whole() && one.after.whole() && !one.bits() && !one.counts_rows()
    };
    let (before, after) = both
        .iter()
        .filter(counts)
        .fold((0.0, 0.0), |(before, after), one| (before + mean(&one.before.values), after + mean(&one.after.values)));
    (before > 0.0).then(|| after / before)
}
