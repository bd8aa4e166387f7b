//! Counters that go on and on: what they count in a row is the step to it.

use std::collections::HashSet;

use super::{
    note::Note,
    tables::{Common, Tables, cell},
};
use crate::{
    text::number,
    verification::columns::{self, Pair, counts_outcomes, names_counter},
};

/// Rows of a side from which numbers show that they only rise.
const ROWS: usize = 10;
/// Steps that rise, of one side.
const RISES: usize = 5;
/// What a counter has come to, at least, before it begins again at less than a tenth.
const AGAIN: f64 = 10.0;
/// Rows of a side on which it does so once.
const ONCE: usize = 20;

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

/// Puts the steps of counters in their place: the first row of both files goes. Where one is part of a pair, such as `total,failed`, all of
/// it must be counters: of what does not go on beside one that does nothing is known.
pub(super) fn take_steps(tables: &mut Tables) -> Vec<Note> {
    if tables.sheets.iter().any(|sheet| sheet.rows.len() < ROWS) {
        return Vec::new();
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
        one.rises &= falls == [true, true];
    }
    let names: Vec<String> = all.iter().map(|one| one.column.name.clone()).collect();
    let mut pairs = columns::statuses(&names, |_| true);
    pairs.extend(columns::pairs(&names));
    let goes_on = |one: &&Counter| {
        let mut own = pairs.iter().filter(|pair| pair.uses(&one.column.name)).peekable();
        if own.peek().is_some() { own.all(|pair| together(pair, &all)) } else { one.rises && one.surely }
    };
    let counters: Vec<&Counter> = all.iter().filter(goes_on).collect();
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
    counters.into_iter().map(|one| Note::Counter(one.column.name.clone())).collect()
}

/// Whether all columns of a pair are counters, and those of everything, or of what went well, surely.
fn together(pair: &Pair, all: &[Counter]) -> bool {
    let of = |name: &String| all.iter().find(|one| one.column.name == *name);
    let most = pair.total.as_slice().iter().chain(&pair.succeeded).filter_map(of);
    let every = pair.total.iter().chain(&pair.failed).chain(&pair.succeeded);
    every.filter_map(of).all(|one| one.rises) && most.into_iter().any(|one| one.surely)
}
