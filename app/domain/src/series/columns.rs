//! What the columns of a table of series are: times, values, ids, or the truth that is to be found out.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
};

use super::stamp::Manner;
use crate::text;

/// Names of the column of values, the surest first.
pub(super) const VALUES: [&str; 9] = ["value", "y", "values", "count", "volume", "reading", "metric", "data", "v"];
/// Names of the column of times.
pub(super) const TIMES: [&str; 7] = ["timestamp", "time", "ds", "date", "datetime", "ts", "t"];
/// Columns that say what is to be found out: never looked at.
const ANSWERS: [&str; 7] = ["label", "labels", "anomaly", "is_anomaly", "anomaly_score", "truth", "changepoint"];
/// Names of columns of ids that are so called for sure.
const IDS: [&str; 2] = ["unique_id", "series"];
/// Other names of them, without what parts their words: of the rows, or of something else, where they do not come again.
const MAYBE_IDS: [&str; 4] = ["seriesid", "kpiid", "itemid", "id"];

/// Whether a column says what is to be found out.
pub(super) fn is_answer(header: &[String], at: usize) -> bool {
    header.get(at).is_some_and(|name| ANSWERS.contains(&name.as_str()))
}

/// The columns that tell several series apart: one by its name, or words before the time, or words that tell rows of the same time apart;
/// and another one where only both do. The column of values is none of them, where it is known.
pub(super) fn ids(header: &[String], body: &[&[String]], kinds: &[Kind], (time, value): (Option<usize>, Option<usize>)) -> Vec<usize> {
    let called = |name: &str| header.iter().position(|known| known == name);
    let maybe = |name: &str| {
        let plain = |known: &String| known.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
        header.iter().position(|known| plain(known) == name)
    };
    let named = IDS
        .iter()
        .find_map(|name| called(name))
        .or_else(|| (kinds[0] == Kind::Text && time.is_some_and(|at| at > 0)).then_some(0))
        .or_else(|| MAYBE_IDS.iter().find_map(|name| maybe(name).filter(|at| comes_again(body, &[*at]) && tells_apart(body, *at, time))))
        .filter(|at| Some(*at) != time && Some(*at) != value);
    let Some(time) = time else { return named.into_iter().collect() };
    let words: Vec<usize> = (0..kinds.len()).filter(|at| kinds[*at] == Kind::Text && *at != time && !is_answer(header, *at)).collect();
    match named {
        Some(one) => {
            let others: Vec<usize> = words.into_iter().filter(|at| *at != one).collect();
            parting(body, time, &others, Some(one)).unwrap_or_else(|| vec![one])
        }
        None => parting(body, time, &words, None).unwrap_or_default(),
    }
}

/// The trimmed cell of a row; empty where there is none.
fn cell(row: &[String], at: usize) -> &str {
    row.get(at).map_or("", |cell| trimmed(cell))
}

/// How many different values columns have together.
fn different(body: &[&[String]], columns: &[usize]) -> usize {
    body.iter().map(|row| columns.iter().map(|at| cell(row, *at)).collect::<Vec<_>>()).collect::<HashSet<_>>().len()
}

/// Whether each value of columns stands in two rows or more, on an average.
fn comes_again(body: &[&[String]], columns: &[usize]) -> bool {
    different(body, columns) * 2 <= body.len()
}

/// Whether values of a column may be those of several series: times come again, or the rows of each value stand together.
fn tells_apart(body: &[&[String]], at: usize, time: Option<usize>) -> bool {
    let Some(time) = time else { return true };
    let turns = body.windows(2).filter(|pair| cell(pair[0], at) != cell(pair[1], at)).count();
    turns < different(body, &[at]) * 2 || different(body, &[time]) * 10 <= body.len() * 9
}

/// What stands in a column: numbers for its different values, or for those of several columns together.
struct Numbered {
    cells: Vec<u32>,
    different: usize,
}

impl Numbered {
    fn new<T: Eq + Hash>(cells: impl Iterator<Item = T>) -> Self {
        let mut known = HashMap::new();
        let numbers = cells.map(|cell| {
            let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
            *known.entry(cell).or_insert(next)
        });
        let cells = numbers.collect();
        Self { cells, different: known.len() }
    }

    fn of(body: &[&[String]], at: usize) -> Self {
        Self::new(body.iter().map(|row| cell(row, at)))
    }

    fn beside(&self, other: &Self) -> Self {
        Self::new(self.cells.iter().zip(&other.cells))
    }
}

/// Rows of pairs of columns that are looked at, all together.
const LOOKED_AT: usize = 4_000_000;

/// The first of these columns, or pairs of them, whose values come again, each of them hardly ever twice at the same time, where times come
/// again; of those beside one that is known the first that does so with it, where times come again for that.
fn parting(body: &[&[String]], time: usize, words: &[usize], known: Option<usize>) -> Option<Vec<usize>> {
    let (rows, times) = (body.len(), Numbered::of(body, time));
    let known = known.map(|at| (at, Numbered::of(body, at)));
    let alone = known.as_ref().map_or(times.different, |(_, known)| known.beside(&times).different);
    if words.is_empty() || alone * 10 > rows * 9 {
        return None;
    }
    let comes_again = |column: &Numbered| column.different * 2 <= rows;
    let parts = |column: &Numbered| comes_again(column) && column.beside(&times).different * 10 > rows * 9;
    let columns = words.iter().map(|at| (*at, Numbered::of(body, *at)));
    // One that does not come again does not with another either.
    let again: Vec<(usize, Numbered)> = columns.filter(|(_, column)| comes_again(column)).collect();
    if let Some((one, known)) = &known {
        return again.iter().find(|(_, other)| parts(&known.beside(other))).map(|(other, _)| vec![*one, *other]);
    }
    if let Some((one, _)) = again.iter().find(|(_, column)| parts(column)) {
        return Some(vec![*one]);
    }
    // One that is the same everywhere adds nothing to another.
    let telling: Vec<&(usize, Numbered)> = again.iter().filter(|(_, column)| column.different > 1).collect();
    let pairs = telling.iter().enumerate().flat_map(|(at, one)| telling[at + 1..].iter().map(move |other| (one, other)));
    let most = (LOOKED_AT / rows.max(1)).max(1);
    pairs.take(most).find(|(one, other)| parts(&one.1.beside(&other.1))).map(|(one, other)| vec![one.0, other.0])
}

/// Names that columns of a wide table have: V1, 1, t1.
pub(super) fn of_row(name: &str) -> bool {
    let digits = name.trim_start_matches(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    name.is_empty() || !digits.is_empty() && digits.chars().all(|digit| digit.is_ascii_digit())
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Moment,
    Text,
}

pub(super) fn trimmed(cell: &str) -> &str {
    cell.trim().trim_start_matches('\u{feff}').trim_matches('"').trim()
}

/// The moment of a cell by itself.
fn moment(cell: &str) -> Option<i64> {
    Manner::default().moment(trimmed(cell))
}

/// The value of a cell; NaN where there is none.
pub(super) fn number(cell: &str) -> f64 {
    text::number(trimmed(cell)).unwrap_or(f64::NAN)
}

/// Whether a cell says that there is no value.
pub(crate) fn missing(cell: &str) -> bool {
    matches!(trimmed(cell).to_ascii_lowercase().as_str(), "" | "na" | "nan" | "null" | "none" | "n/a" | "?" | "-" | "inf" | "-inf")
}

/// The first row is a header where it holds words, and what stands under one of them is a number or a time; a row that stands alone,
/// where it holds nothing but words.
pub(super) fn is_header(rows: &[&[String]]) -> bool {
    let word = |cell: &String| !missing(cell) && number(cell).is_nan() && moment(cell).is_none();
    let first = rows[0];
    let figure_below =
        |next: &&[String]| first.iter().zip(next.iter()).any(|(above, below)| word(above) && !word(below) && !missing(below));
    first.iter().any(word)
        && (rows.get(1).is_some_and(figure_below) || first.iter().all(|cell| word(cell) || rows.len() == 1 && missing(cell)))
        || first.len() > 3 && rows.len() > 1 && first.iter().all(|cell| of_row(&trimmed(cell).to_lowercase()) && number(cell).is_nan())
}

pub(super) fn kind(body: &[&[String]], at: usize) -> Kind {
    let cells = || body.iter().take(400).filter_map(|row| row.get(at)).filter(|cell| !missing(cell));
    let count = cells().count();
    let numbers = cells().filter(|cell| !number(cell).is_nan()).count();
    if count == 0 || numbers * 10 >= count * 9 {
        return Kind::Number;
    }
    if cells().filter(|cell| moment(cell).is_some()).count() * 10 >= count * 9 { Kind::Moment } else { Kind::Text }
}

/// Whether a column says yes and no: nothing but 0 and 1, as the truth beside values does.
pub(super) fn is_flag(body: &[&[String]], at: usize) -> bool {
    body.iter().filter_map(|row| row.get(at)).map(|cell| number(cell)).all(|value| value.is_nan() || value == 0.0 || value == 1.0)
}

/// Whether a column is a running number or an epoch: it goes up by even steps.
pub(super) fn counts_up(body: &[&[String]], at: usize) -> bool {
    even_steps(&body.iter().take(400).filter_map(|row| row.get(at)).map(|cell| number(cell)).collect::<Vec<_>>())
}

/// Whether numbers go up, most of them by the same step.
pub(super) fn even_steps(values: &[f64]) -> bool {
    if values.len() < 3 || values.windows(2).any(|pair| pair[1].is_nan() || pair[1] <= pair[0]) {
        return false;
    }
    let mut steps: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
    steps.sort_by(f64::total_cmp);
    let usual = steps[steps.len() / 2];
    steps.iter().filter(|step| (*step - usual).abs() <= usual * 1e-6).count() * 10 >= steps.len() * 8
}
