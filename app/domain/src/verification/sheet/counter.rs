//! Counters that go on and on: what they count in a row is the step to it.

use std::collections::HashSet;

use jiff::tz::TimeZone;

use super::{
    note::Note,
    tables::{Common, Tables, cell},
};
use crate::{
    text::number,
    verification::{
        columns::{self, Pair, counts_outcomes, names_counter},
        moment::read_moment,
    },
};

/// Rows of a side from which numbers show that they only rise.
const ROWS: usize = 10;
/// Steps that rise, of one side.
const RISES: usize = 5;
/// What a counter has come to, at least, before it begins again at less than a tenth.
const AGAIN: f64 = 10.0;
/// Rows of a side on which it does so once.
const ONCE: usize = 20;
/// By so many times as much as its steps make likely a counter may have gone on from one file to the other.
const LEAP: f64 = 20.0;

/// The numbers of a column, row by row.
type Values = Vec<Option<f64>>;

/// A column that may be a counter, by its name.
struct Counter {
    column: Common,
    sides: [Values; 2],
    /// Whether it never falls but where a counter of its file begins again.
    rises: bool,
    /// Whether it rises at all.
    surely: bool,
}

fn known(values: &Values) -> Vec<(usize, f64)> {
    values.iter().enumerate().filter_map(|(row, value)| Some((row, (*value)?))).collect()
}

/// Rows at which it falls, and whether each time to less than a tenth.
fn falls(values: &Values) -> (Vec<usize>, bool) {
    let (mut rows, mut again) = (Vec::new(), true);
    for pair in known(values).windows(2) {
        if pair[1].1 < pair[0].1 {
            rows.push(pair[1].0);
            again &= pair[0].1 >= AGAIN && pair[1].1 < pair[0].1 / 10.0;
        }
    }
    let most = (values.len() / ONCE).max(1);
    let again = again && rows.len() <= most;
    (rows, again)
}

fn rising(values: &Values) -> usize {
    known(values).windows(2).filter(|pair| pair[1].1 > pair[0].1).count()
}

/// What came with each row: the step to it, and all of it where the counter began again.
fn steps(values: &Values, again: &HashSet<usize>) -> Values {
    let mut before: Option<f64> = None;
    let step = |(row, value): (usize, &Option<f64>)| {
        let value = (*value)?;
        let step = before.map(|before| if again.contains(&row) { value } else { value - before });
        before = Some(value);
        step
    };
    values.iter().enumerate().map(step).collect()
}

fn read(tables: &Tables, column: Common) -> Option<Counter> {
    let fractions = names_counter(&column.name)?;
    let side = |side: usize| -> Values { tables.sheets[side].rows.iter().map(|row| number(cell(row, column.at[side]))).collect() };
    let sides = [side(0), side(1)];
    let fits = |values: &Values| {
        let known = known(values);
        let whole = known.iter().all(|(_, value)| *value >= 0.0 && (fractions || value.fract() == 0.0));
        known.len() * 10 >= values.len() * 9 && whole
    };
    // One more in each row numbers the rows.
    let numbers = |values: &Values| known(values).windows(2).all(|pair| pair[1].1 - pair[0].1 == 1.0);
    let fits = sides.iter().all(fits) && (counts_outcomes(&column.name) || !sides.iter().all(numbers));
    let surely = fits && sides.iter().any(|values| rising(values) >= RISES);
    Some(Counter { column, sides, rises: fits, surely })
}

/// Whether it counts what is worse when there is more of it.
fn fails(name: &str) -> bool {
    !columns::counts_all(name) && !columns::more_is_better(name)
}

/// Whether it stays what it is in either file, and is another in the candidate: beside a counter, too, that is a level.
fn stands(one: &Counter) -> bool {
    let first = |side: usize| known(&one.sides[side]).first().map(|(_, value)| *value);
    fails(&one.column.name) && one.sides.iter().all(|values| rising(values) == 0) && first(0) != first(1)
}

/// How much a counter is likely to have gone on from the end of the baseline to the beginning of the candidate, when it rose by so much
/// in each; `None` where no moments say it.
fn between(tables: &Tables, rise: [f64; 2]) -> Option<f64> {
    let ends = |side: usize| {
        let rows = &tables.sheets[side].rows;
        let moment = |row: &Vec<String>| read_moment(cell(row, tables.moments[side]?), &TimeZone::UTC);
        Some((moment(rows.first()?)?, moment(rows.last()?)?))
    };
    let pace = |side: usize| {
        let (from, to) = ends(side)?;
        let length = to.since(from);
        (length > 0).then(|| rise[side] / length as f64)
    };
    let gap = ends(1)?.0.since(ends(0)?.1);
    (gap > 0).then_some(pace(0)?.max(pace(1)?) * gap as f64)
}

/// Whether the candidate neither goes on from the baseline nor comes before it nor begins anew: a level that only rises, of another height
/// than the baseline's, looks like that, and its steps do not tell.
fn is_doubtful(tables: &Tables, one: &Counter, again: &[HashSet<usize>; 2]) -> bool {
    let (before, after) = (known(&one.sides[0]), known(&one.sides[1]));
    let (Some((_, opened)), Some((_, last)), Some((_, first)), Some((_, end))) =
        (before.first(), before.last(), after.first(), after.last())
    else {
        return false;
    };
    if columns::counts_all(&one.column.name) || end <= opened {
        return false;
    }
    if first < last {
        let mean = |values: &[(usize, f64)]| values.iter().map(|(_, value)| *value).sum::<f64>() / values.len() as f64;
        let anew = *first < *last / 10.0;
        return !anew && (!fails(&one.column.name) || mean(&after) > 2.0 * mean(&before));
    }
    let steps = [0, 1].map(|side| steps(&one.sides[side], &again[side]).into_iter().flatten().collect::<Vec<f64>>());
    let most = steps.iter().flatten().fold(0.0_f64, |most, step| most.max(*step));
    let rise = steps.map(|steps| steps.iter().sum::<f64>());
    let likely = between(tables, rise).unwrap_or(rise[0] + rise[1]);
    fails(&one.column.name) && *first - *last > LEAP * (likely + most)
}

/// Puts the steps of counters in their place: the first row of both files goes. Where one is part of a pair, such as `total,failed`, all of
/// it must be counters: of what does not go on beside one that does nothing is known. Tells as well which of them may be levels.
pub(super) fn take_steps(tables: &mut Tables) -> (Vec<Note>, Vec<String>) {
    if tables.sheets.iter().any(|sheet| sheet.rows.len() < ROWS) {
        return (Vec::new(), Vec::new());
    }
    let common = tables.common();
    let mut all: Vec<Counter> = common.into_iter().filter_map(|column| read(tables, column)).collect();
    let again: [HashSet<usize>; 2] = [0, 1].map(|side| {
        let of = |one: &Counter| {
            let (rows, again) = falls(&one.sides[side]);
            if again && one.surely { rows } else { Vec::new() }
        };
        all.iter().flat_map(of).collect()
    });
    for one in &mut all {
        let falls = [0, 1].map(|side| falls(&one.sides[side]).0.iter().all(|row| again[side].contains(row)));
        one.rises &= falls == [true, true] && !stands(one);
    }
    let names: Vec<String> = all.iter().map(|one| one.column.name.clone()).collect();
    let mut pairs = columns::statuses(&names, |_| true);
    pairs.extend(columns::pairs(&names));
    let goes_on = |one: &&Counter| {
        let mut own = pairs.iter().filter(|pair| pair.uses(&one.column.name)).peekable();
        if own.peek().is_some() { own.all(|pair| together(pair, &all)) } else { one.rises && one.surely }
    };
    let counters: Vec<&Counter> = all.iter().filter(goes_on).collect();
    let doubtful = counters.iter().filter(|one| is_doubtful(tables, one, &again));
    let doubtful: Vec<String> = doubtful.map(|one| one.column.name.clone()).collect();
    for one in &counters {
        for (side, sheet) in tables.sheets.iter_mut().enumerate() {
            let steps = steps(&one.sides[side], &again[side]);
            for (row, step) in sheet.rows.iter_mut().zip(steps) {
                if let Some(cell) = row.get_mut(one.column.at[side]) {
                    *cell = step.map_or_else(String::new, |step| step.to_string());
                }
            }
        }
    }
    if !counters.is_empty() {
        tables.sheets.iter_mut().for_each(|sheet| drop(sheet.rows.remove(0)));
    }
    (counters.into_iter().map(|one| Note::Counter(one.column.name.clone())).collect(), doubtful)
}

/// Whether all columns of a pair are counters, and those of everything, or of what went well, surely.
fn together(pair: &Pair, all: &[Counter]) -> bool {
    let of = |name: &String| all.iter().find(|one| one.column.name == *name);
    let most = pair.total.as_slice().iter().chain(&pair.succeeded).filter_map(of);
    let every = pair.total.iter().chain(&pair.failed).chain(&pair.succeeded);
    every.filter_map(of).all(|one| one.rises) && most.into_iter().any(|one| one.surely)
}
