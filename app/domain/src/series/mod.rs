//! Series as they stand in files: whatever shape the table has, which column is time and which is the value.
//!
//! Known shapes, each with or without a header: one column of values; a time (or a running number) and a value, further columns
//! being left alone; an id, a time and a value a row, in any order (*long*); a series a row, behind its id (*wide*, as in the M4
//! competition). A line of numbers that stands alone is a series, too; cells that nothing else parts may be parted by blanks.
//! What is empty or no number is a missing value, not an error.

mod blanks;
mod columns;
mod order;
mod stamp;
mod steps;

pub(crate) use columns::missing;
use columns::{Kind, TIMES, VALUES, counts_up, ids, is_answer, is_flag, is_header, kind, number, of_row, trimmed};
pub(crate) use stamp::{Manner, halved, of_half};
use steps::Step;

/// One series of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Its id; empty where the file has one series.
    pub name: String,
    /// The times as they stand there; empty where there are none.
    pub stamps: Vec<String>,
    /// The values in the order of the file; NaN where one is missing.
    pub values: Vec<f64>,
    /// How its times are written.
    manner: Manner,
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSeries {
    /// No row.
    #[error("there is no row of values")]
    Empty,
    /// Several columns of numbers, none of which is named as values are.
    #[error("several columns hold numbers: {0}; say which with --column")]
    Several(String),
    /// No such column of numbers.
    #[error("no column {0:?} holds numbers; there are: {1}")]
    NoColumn(String, String),
    /// No such column to tell series apart.
    #[error("no column {0:?} tells series apart; there are: {1}")]
    NoSeries(String, String),
    /// Rows that are out of order, of which one has no time.
    #[error("rows are not in the order of time, and row {0} has the time {1:?}, which does not read")]
    Order(usize, String),
    /// No column of numbers.
    #[error("no column holds numbers; the first row is: {0}")]
    NoValues(String),
}

impl Series {
    /// The usual distance of two rows in milliseconds, where times tell it.
    pub fn step_ms(&self) -> Option<i64> {
        let moments: Vec<i64> = self.stamps.iter().take(5_000).filter_map(|stamp| self.manner.moment(stamp)).collect();
        if moments.len() < 3 || moments.len() * 10 < self.stamps.len().min(5_000) * 9 {
            return None;
        }
        let mut steps: Vec<i64> = moments.windows(2).map(|pair| pair[1] - pair[0]).filter(|step| *step > 0).collect();
        steps.sort_unstable();
        steps.get(steps.len() / 2).copied()
    }

    fn moments(&self) -> Vec<Option<i64>> {
        self.stamps.iter().map(|stamp| self.manner.moment(stamp)).collect()
    }

    /// The values on an even grid in the order of time: means of what fell together, NaN where nothing did. Months, quarters and years
    /// are as even as days. Unchanged where times do not tell, or are so uneven that there is no grid.
    pub fn even(&self) -> Vec<f64> {
        let Some(usual) = self.step_ms() else { return self.values.clone() };
        let mut known: Vec<(i64, f64)> = self.moments().iter().zip(&self.values).filter_map(|(at, value)| Some(((*at)?, *value))).collect();
        // Those of one moment keep their order.
        known.sort_by_key(|(at, _)| *at);
        let moments: Vec<i64> = known.iter().map(|(at, _)| *at).collect();
        let (Some(first), Some(last)) = (moments.first(), moments.last()) else { return self.values.clone() };
        let step = Step::of(&moments, usual);
        let slot = |at: i64| usize::try_from(step.between(*first, at)).ok();
        let slots = slot(*last).map_or(usize::MAX, |last| last.saturating_add(1));
        if slots > self.values.len().saturating_mul(4).max(16) {
            return self.values.clone();
        }
        let mut sums = vec![(0.0, 0_u32); slots];
        for (at, value) in known.into_iter().filter(|(_, value)| value.is_finite()) {
            if let Some(sum) = slot(at).and_then(|slot| sums.get_mut(slot)) {
                *sum = (sum.0 + value, sum.1 + 1);
            }
        }
        sums.into_iter().map(|(sum, count)| if count == 0 { f64::NAN } else { sum / f64::from(count) }).collect()
    }

    /// How many steps are missing before each row, in order of time; empty where times do not tell, or tell no even steps.
    pub fn holes(&self) -> Vec<usize> {
        let (Some(usual), Some(moments)) = (self.step_ms(), self.moments().into_iter().collect::<Option<Vec<i64>>>()) else {
            return Vec::new();
        };
        let step = Step::of(&moments, usual);
        let gaps = || moments.windows(2).map(|pair| pair[1] - pair[0]);
        let even = gaps().filter(|gap| (gap - usual).abs() * 10 <= usual).count();
        if even * 10 < moments.len().saturating_sub(1) * 9 {
            return Vec::new();
        }
        let missing = |pair: &[i64]| usize::try_from(step.between(pair[0], pair[1]) - 1).unwrap_or(0);
        std::iter::once(0).chain(moments.windows(2).map(missing)).collect()
    }
}

/// Reads the rows of a file, the header among them if it has one. Where it is said, the values stand in a column by its name or its number
/// from 1, and others tell its series apart; else they are found.
///
/// # Errors
/// Nothing in it is a series, there is no such column, or several might hold values, and none is asked for.
pub fn read(rows: &[Vec<String>], column: Option<&str>, apart: &[String]) -> Result<Vec<Series>, BadSeries> {
    let parted = blanks::parted(rows);
    let rows = parted.as_deref().unwrap_or(rows);
    let rows: Vec<&[String]> = rows.iter().map(Vec::as_slice).filter(|row| row.iter().any(|cell| !trimmed(cell).is_empty())).collect();
    let first = rows.first().ok_or(BadSeries::Empty)?;
    let headed = is_header(&rows);
    let header: Vec<String> = if headed { first.iter().map(|cell| trimmed(cell).to_lowercase()).collect() } else { Vec::new() };
    let body = &rows[usize::from(headed)..];
    if body.is_empty() {
        return Err(BadSeries::Empty);
    }
    let width = body.iter().map(|row| row.len()).max().unwrap_or(0);
    let kinds: Vec<Kind> = (0..width).map(|at| kind(body, at)).collect();
    let named = |name: &str| header.iter().position(|known| known == name);
    let shown = |at: usize| header.get(at).filter(|name| !name.is_empty()).map_or_else(|| (at + 1).to_string(), Clone::clone);
    let shown_all = |columns: &[usize]| columns.iter().map(|at| shown(*at)).collect::<Vec<_>>().join(", ");
    let place = |asked: &str| named(&asked.trim().to_lowercase()).or_else(|| asked.trim().parse::<usize>().ok()?.checked_sub(1));
    let asked = column.map(|asked| {
        place(asked).filter(|at| kinds.get(*at) == Some(&Kind::Number)).ok_or_else(|| {
            let numbers: Vec<usize> = (0..width).filter(|at| kinds[*at] == Kind::Number).collect();
            BadSeries::NoColumn(asked.to_owned(), shown_all(&numbers))
        })
    });
    let asked = asked.transpose()?;
    let told = apart.iter().map(|name| {
        place(name).filter(|at| *at < width && Some(*at) != asked).ok_or_else(|| {
            let others: Vec<usize> = (0..width).filter(|at| Some(*at) != asked).collect();
            BadSeries::NoSeries(name.clone(), shown_all(&others))
        })
    });
    let told: Vec<usize> = told.collect::<Result<_, _>>()?;
    let free = |at: &usize| !told.contains(at);
    let of_numbers = |at: &usize| kinds.get(*at) == Some(&Kind::Number) && free(at);
    let value_column = asked.or_else(|| VALUES.iter().find_map(|name| named(name)).filter(of_numbers));
    if value_column.is_none()
        && told.is_empty()
        && width >= 4
        && kinds[1..].iter().filter(|kind| **kind == Kind::Number).count() * 10 >= (width - 1) * 9
    {
        let telling = !header.is_empty() && !header[1..].iter().all(|name| of_row(name));
        let alone = rows.len() == 1 && kinds[0] == Kind::Number && Manner::default().moment(trimmed(&body[0][0])).is_none();
        if kinds[0] == Kind::Text && !telling || width >= 12 && width > body.len() || alone {
            return Ok(wide(body, kinds[0] == Kind::Number));
        }
    }
    let time = (0..width)
        .find(|at| kinds[*at] == Kind::Moment && free(at))
        .or_else(|| TIMES.iter().find_map(|name| named(name)).filter(free))
        .or_else(|| (width > 1 && counts_up(body, 0) && value_column != Some(0) && free(&0)).then_some(0));
    let answer = |at: usize| is_answer(&header, at);
    // What most rows do not reach is no column of values, but rubbish that happens to hold a number.
    let reached = |at: usize| body.iter().filter(|row| row.len() > at).count() * 2 >= body.len();
    let of_values = |at: usize| kinds[at] == Kind::Number && !answer(at) && reached(at);
    let mut ids = if told.is_empty() { ids(&header, body, &kinds, (time, value_column)) } else { told.clone() };
    // The only column of values is none of ids, whatever it is called.
    let others = value_column.is_some() || (0..width).any(|at| !ids.contains(&at) && Some(at) != time && of_values(at));
    if told.is_empty() && !others {
        ids.clear();
    }
    let beside = |at: usize| Some(at) != time && !ids.contains(&at);
    let several: Vec<usize> = (0..width).filter(|&at| of_values(at) && beside(at) && !is_flag(body, at)).collect();
    if value_column.is_none() && several.len() > 1 {
        return Err(BadSeries::Several(shown_all(&several)));
    }
    // What says yes and no is the last to be a value.
    let value = value_column
        .or_else(|| several.first().copied())
        .or_else(|| (0..width).find(|&at| of_values(at) && beside(at)))
        .or_else(|| (0..width).find(|&at| of_values(at) && free(&at)));
    let holds = |at: &usize| body.iter().any(|row| row.get(*at).is_some_and(|cell| !number(cell).is_nan()));
    let Some(value) = value.filter(holds) else {
        return Err(BadSeries::NoValues(first.iter().take(8).map(|cell| trimmed(cell)).collect::<Vec<_>>().join(",")));
    };
    let time = time.filter(|at| *at != value);
    ids.retain(|at| *at != value);
    Ok(long(body, &ids, time, value))
}

fn wide(body: &[&[String]], nameless: bool) -> Vec<Series> {
    let one = |(line, row): (usize, &&[String])| {
        let cells = &row[usize::from(!nameless)..];
        // What is missing at the end of a row is beyond the series.
        let count = cells.iter().rposition(|cell| !missing(cell)).map_or(0, |last| last + 1);
        let name = if !nameless {
            trimmed(&row[0]).to_owned()
        } else if body.len() == 1 {
            String::new()
        } else {
            (line + 1).to_string()
        };
        Series { name, stamps: Vec::new(), values: cells[..count].iter().map(|cell| number(cell)).collect(), manner: Manner::default() }
    };
    body.iter().enumerate().map(one).collect()
}

/// What stands between the values of several columns that name a series.
const BETWEEN: &str = " / ";

fn long(body: &[&[String]], ids: &[usize], time: Option<usize>, value: usize) -> Vec<Series> {
    let mut series: Vec<Series> = Vec::new();
    let manner = time.map_or_else(Manner::default, |at| Manner::of(body.iter().filter_map(|row| row.get(at)).map(|cell| trimmed(cell))));
    let mut known = std::collections::HashMap::new();
    for row in body {
        let cell = |at: usize| row.get(at).map_or("", |cell| trimmed(cell));
        let name: Vec<&str> = ids.iter().map(|at| cell(*at)).collect();
        let place = *known.entry(name).or_insert_with_key(|name| {
            series.push(Series { name: name.join(BETWEEN), stamps: Vec::new(), values: Vec::new(), manner });
            series.len() - 1
        });
        series[place].values.push(number(cell(value)));
        if let Some(time) = time {
            series[place].stamps.push(cell(time).to_owned());
        }
    }
    series
}

#[cfg(test)]
mod tests;
