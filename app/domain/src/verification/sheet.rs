//! Two files side by side: which metrics they hold, and what is missing of them.
//!
//! A column is a metric by its name in both files. Pairs such as `total,failed`, `pay_total,pay_failed`, `requests,errors` are
//! a rate of failures, as is a column of outcomes (`true`, `failed`, `is_error` of 0 and 1, statuses of HTTP, codes); a column of a moment
//! puts the rows in order and shows gaps; every other column with numbers is a measure, but for those that count the rows, go on
//! by one step in both files, or count everything. What is left out is told. Files without a header are read too: one column is
//! the metric `value`. Before that long tables are put side by side, and cells read that are no plain numbers: units, -1 for nothing, counters.

mod below;
mod counter;
mod long;
mod note;
mod part;
mod side;
mod single;
mod tables;
mod total;
mod units;

use jiff::tz::TimeZone;
pub use note::Note;
use side::Side;
use single::{Asked, Both, Single};
use tables::Tables;

use super::{
    columns::{self, nothing},
    controls::Control,
    moment::read_moment,
    rate::Counts,
};
use crate::{text::number, transactions::Bins};

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
    /// Share of the time which the baseline covers that the candidate falls short of; 0 where that says nothing.
    pub shorter: f64,
    /// Codes of failures that only the candidate has, the commonest first, and how often each is there.
    pub new_codes: Vec<(String, usize)>,
    /// The same of systems that were not touched, at the same times.
    pub controls: Vec<Control>,
}

impl Metric {
    /// One of which nothing is missing, and beside which there is nothing.
    pub fn new(name: impl Into<String>, points: Points) -> Self {
        let (name, new_codes, controls) = (name.into(), Vec::new(), Vec::new());
        Self { name, points, missing_baseline: 0.0, missing_candidate: 0.0, shorter: 0.0, new_codes, controls }
    }
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

/// What two files hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// What can be judged.
    pub metrics: Vec<Metric>,
    /// Columns that are not, and why.
    pub left_out: Vec<(String, LeftOut)>,
    /// Sides whose rows do not say when they were measured.
    pub untimed: Vec<&'static str>,
    /// Rows of both, where nothing tells whether any is missing.
    pub rows: Option<(usize, usize)>,
    /// What was done to the columns before, and what that leaves open.
    pub notes: Vec<Note>,
}

impl Found {
    /// What that leaves open, in English.
    pub fn unknown_order(&self) -> Option<String> {
        let sides = self.untimed.join(" and of the ");
        (!sides.is_empty()).then(|| {
            let rows = self.rows.map_or_else(String::new, |(before, after)| {
                format!("; nor is whether any is missing: there are {before} rows in the baseline and {after} in the candidate")
            });
            format!(
                "no column says when the rows of the {sides} were measured: they are taken in the order in which they stand, and \
                 whether the sides took turns or one came after the other is not known{rows}"
            )
        })
    }
}

/// Why a column is not judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LeftOut {
    /// No numbers and no outcomes.
    #[error("it holds neither numbers nor outcomes")]
    Words,
    /// Each row is one step more than the row before.
    #[error("it counts the rows")]
    Rows,
    /// How much there was.
    #[error("more or less of everything is neither better nor worse, and no column of failures stands beside it")]
    Everything,
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSheet {
    /// Nothing in it.
    #[error("{0}: the file is empty")]
    Empty(&'static str),
    /// No column in either that can be judged, and why.
    #[error("no metric: no column can be judged; {0}")]
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

/// Transactions of a row of the baseline, on average, from which chance leaves none without any.
const BUSY: f64 = 20.0;
/// Share of rows without transactions, beyond those of the baseline, that is no matter where chance makes such rows.
const QUIET: f64 = 0.1;

/// The metrics of two files: what either has.
///
/// # Errors
/// A file with nothing in it, no metric in either, or a row with more failures than transactions.
pub fn metrics(baseline: &Sheet, candidate: &Sheet) -> Result<Found, BadSheet> {
    for (sheet, which) in [(baseline, "baseline"), (candidate, "candidate")] {
        if sheet.header.is_none() && sheet.rows.is_empty() {
            return Err(BadSheet::Empty(which));
        }
    }
    let (base_names, mut names) = (baseline.names(candidate), candidate.names(baseline));
    if base_names.len() == 1 && names.len() == 1 && (baseline.header.is_none() || candidate.header.is_none()) {
        names.clone_from(&base_names);
    }
    let (parts, notes) = long::parts(Tables::new([baseline.named(base_names), candidate.named(names)]));
    let mut all: Option<Found> = None;
    for part in parts {
        let own = part.found()?;
        match &mut all {
            Some(all) => all.add(own),
            None => all = Some(own),
        }
    }
    let mut found = all.unwrap_or_default();
    found.note(notes);
    if found.metrics.is_empty() { Err(BadSheet::NoMetric(reasons(&found.left_out))) } else { Ok(found) }
}

/// Why each column is not judged.
fn reasons(left_out: &[(String, LeftOut)]) -> String {
    let each: Vec<String> = left_out.iter().map(|(name, why)| format!("{name}: {why}")).collect();
    if each.is_empty() { "there are none but moments".to_owned() } else { each.join("; ") }
}

/// The metrics of two files that have a column for each, and its name.
fn side_by_side(baseline: &Sheet, candidate: &Sheet) -> Result<Found, BadSheet> {
    let (base, side) = (Side::new(baseline, baseline.titles().to_vec()), Side::new(candidate, candidate.titles().to_vec()));
    let mut all = base.names.clone();
    all.extend(side.names.iter().filter(|name| base.at(name).is_none()).cloned());
    let untimed = [("baseline", base.timed), ("candidate", side.timed)].into_iter().filter(|(_, timed)| !timed).map(|(which, _)| which);
    let untimed: Vec<&'static str> = untimed.collect();
    let both: Vec<Both<'_>> = all.iter().map(|name| Both { name, before: base.column(name), after: side.column(name) }).collect();
    let (gaps, lost) = both
        .iter()
        .filter_map(Both::gaps)
        .fold((base.gaps, base.lost(&side, &both)), |(gaps, lost), (before, after)| (gaps.max(before), lost.max(after)));
    let shorter = both.iter().map(Both::shorter).fold(base.shorter(&side), f64::max);
    let unseen = !untimed.is_empty() && both.iter().all(|one| one.gaps().is_none());
    let rows = unseen.then_some((baseline.rows.len(), candidate.rows.len()));
    let mut found = Found { metrics: Vec::new(), left_out: Vec::new(), untimed, rows, notes: Vec::new() };
    let mut tell = |asked: Asked, missing: (f64, f64)| {
        let Asked { name, points, new_codes } = asked;
        let (missing_baseline, missing_candidate) = (missing.0.max(gaps), missing.1.max(lost));
        found.metrics.push(Metric { name, points, missing_baseline, missing_candidate, shorter, new_codes, controls: Vec::new() });
    };
    // What names or numbers the rows is no count of them.
    let counting: Vec<&Both<'_>> = both.iter().filter(|one| !one.before.words() && !one.after.words() && !one.counts_rows()).collect();
    let names = |wanted: &dyn Fn(&Both<'_>) -> bool| -> Vec<String> {
        counting.iter().filter(|one| wanted(one)).map(|one| one.name.to_owned()).collect()
    };
    let any = |name: &str| counting.iter().any(|one| one.name == name && one.counts_any());
    // Of a status that only the candidate has there was none before, where those that went well are counted.
    let is_new = |one: &&Both<'_>| base.at(one.name).is_none() && one.after.whole() && columns::counts_status(one.name);
    let new: Vec<&Both<'_>> = counting.iter().copied().filter(is_new).collect();
    let none: Vec<&str> = new.iter().map(|one| one.name).collect();
    // Beside a new one, one that is gone is none as well: a failure may have another code now. That it is gone stays a question of its own.
    let is_gone = |one: &&Both<'_>| side.at(one.name).is_none() && one.before.whole() && columns::counts_status(one.name);
    let gone: Vec<&str> = counting.iter().copied().filter(|_| !new.is_empty()).filter(is_gone).map(|one| one.name).collect();
    let lasts = |one: &Both<'_>| one.after.whole() || gone.contains(&one.name);
    let mut pairs = columns::statuses(&names(&|one| (one.before.whole() || none.contains(&one.name)) && lasts(one)), any);
    pairs.retain(|pair| pair.succeeded.iter().map(String::as_str).any(|name| !none.contains(&name) && !gone.contains(&name)));
    pairs.extend(columns::pairs(&names(&|_| true)));
    let free: Vec<&Both<'_>> = counting.into_iter().filter(|one| pairs.iter().all(|pair| !pair.uses(one.name))).collect();
    pairs.extend(total::beside(&free));
    for pair in &pairs {
        // A blank says "none" only in a column that the baseline leaves blank as well, where no column of the pair holds a 0; or in one that
        // the baseline has not, and that holds no 0.
        let own = || pair.failed.iter().chain(&pair.succeeded).map(String::as_str).filter(|_| pair.counts_statuses());
        let zeros = own().any(|name| !base.never_zero(name) || !side.never_zero(name));
        let known = |name: &&str| if none.contains(name) { side.never_zero(name) } else { base.blank(name) && !zeros };
        let blanks: Vec<&str> = own().filter(known).collect();
        let (before, after) = (base.counts(pair, "baseline", &blanks, &none)?, side.counts(pair, "candidate", &blanks, &gone)?);
        // Where transactions have stopped coming there is nothing to see.
        let stopped = (after.idle - before.idle).max(0.0);
        let busy = before.idle == 0.0 && Counts::sum(&before.counts).total >= BUSY * before.counts.len() as f64;
        let stopped = if busy || stopped > QUIET { stopped } else { 0.0 };
        let points = Points::Rate { baseline: before.counts, candidate: after.counts };
        let failed_new = new.iter().filter(|one| one.counts_any() && pair.failed.iter().any(|name| name == one.name));
        let new_codes = columns::commonest(failed_new.map(|one| (one.name.to_owned(), one.after.sum())).collect());
        tell(Asked { new_codes, ..Asked::new(&pair.name, points) }, (before.missing, after.missing + stopped));
    }
    let columns = both.len();
    // What went well and is not counted before makes what failed a smaller share: it stays a question that is open.
    let failed = |name: &str| pairs.iter().any(|pair| pair.failed.iter().any(|failed| failed == name));
    let well = |one: &Both<'_>| none.contains(&one.name) && one.counts_any() && !failed(one.name);
    let open = |one: &Both<'_>| well(one) || gone.contains(&one.name);
    for one in both.into_iter().filter(|one| pairs.iter().all(|pair| !pair.uses(one.name)) || open(one)) {
        let name = one.name;
        match one.single(columns) {
            Single::Metrics(own, missing) => own.into_iter().for_each(|asked| tell(asked, missing)),
            Single::Moment => {}
            Single::LeftOut(why) => found.left_out.push((name.to_owned(), why)),
        }
    }
    Ok(found)
}

/// Adds a system that was not touched, by two files of its own: to every metric that they have as well, by name.
///
/// # Errors
/// As of [`metrics`]; and where the files have no metric in common with those.
pub fn control(metrics: &mut [Metric], name: &str, baseline: &Sheet, candidate: &Sheet) -> Result<(), BadSheet> {
    let mut found = self::metrics(baseline, candidate)?.metrics;
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
