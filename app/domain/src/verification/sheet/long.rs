//! Long tables: a row for each metric of a moment, or for each route. What stands in one column is put side by side before it is judged.

use std::collections::{HashMap, HashSet};

use jiff::tz::TimeZone;

use super::{
    Sheet,
    note::Note,
    tables::{Common, Tables, cell},
    units::is_number,
};
use crate::{
    text::number,
    verification::{
        columns::{self, Words, names_members},
        moment::read_moment,
    },
};

/// Names of columns that name the metric of a row.
const METRICS: &[&str] = &[
    "metric",
    "metric_name",
    "metricname",
    "metric name",
    "__name__",
    "measure",
    "measurement",
    "indicator",
    "kpi",
    "指标",
    "指标名",
    "指标名称",
];
/// Names that may do so, beside one column of values.
const PERHAPS: &[&str] = &["name", "series", "field", "_field", "_measurement"];
/// Names of that.
const VALUES: &[&str] = &["value", "values", "val", "v", "_value", "值", "数值"];
/// Names of what says how values are meant, be it in numbers.
const BESIDE: &[&str] = &["unit", "units", "interval", "step", "resolution", "单位"];
/// Metrics of one file beyond which it holds something else.
const MOST_METRICS: usize = 100;
/// Values of a column beyond which their rows are taken together.
const MOST_VALUES: usize = 20;

/// What is judged together.
pub(super) struct Part {
    /// The value that it was measured of, where a table has a row for each.
    pub label: Option<String>,
    /// The rows of it.
    pub tables: Tables,
}

/// Both files in parts: one, but where they are long tables.
pub(super) fn parts(tables: Tables) -> (Vec<Part>, Vec<Note>) {
    let mut notes = Vec::new();
    let (wide, rest) = by_metric(&tables).unwrap_or_else(|| (vec![tables], None));
    let mut parts: Vec<Part> = wide.into_iter().flat_map(|tables| by_value(tables, &mut notes)).collect();
    if let Some((rest, of)) = rest {
        // Rows that are taken together say nothing of how often each outcome came.
        let told = |part: Part| match part.label {
            Some(_) => part,
            None => Part { tables: without(&part.tables, std::slice::from_ref(&of)), ..part },
        };
        parts.extend(by_value(rest, &mut notes).into_iter().map(told));
    }
    (parts, notes)
}

/// Whether a column holds words in both files.
fn words(tables: &Tables, column: &Common) -> bool {
    let word = |cell: &&&str| !is_number(cell) && read_moment(cell, &TimeZone::UTC).is_none();
    tables.told(column).iter().all(|cells| cells.iter().filter(word).count() * 2 > cells.len())
}

/// Whether a column holds numbers in both.
fn numbers(tables: &Tables, column: &Common) -> bool {
    tables.told(column).iter().all(|cells| cells.iter().filter(|cell| is_number(cell)).count() * 2 > cells.len())
}

/// A row of a wide table: what its cells have in common, and the row of each metric.
struct Wide<'s> {
    key: Vec<&'s str>,
    of: HashMap<&'s str, &'s [String]>,
}

/// Puts the rows of one moment, and of the same other words, side by side; where a metric comes again there it is another row.
fn spread<'s>(sheet: &'s Sheet, keys: &[usize], metric: usize) -> Vec<Wide<'s>> {
    let mut wide: Vec<Wide<'s>> = Vec::new();
    let mut places: HashMap<(Vec<&str>, usize), usize> = HashMap::new();
    let mut times: HashMap<(Vec<&str>, &str), usize> = HashMap::new();
    for row in &sheet.rows {
        let key: Vec<&str> = keys.iter().map(|at| cell(row, *at)).collect();
        let name = cell(row, metric);
        let time = times.entry((key.clone(), name)).or_default();
        *time += 1;
        let place = *places.entry((key.clone(), *time)).or_insert_with(|| {
            wide.push(Wide { key, of: HashMap::new() });
            wide.len() - 1
        });
        wide[place].of.insert(name, row);
    }
    wide
}

/// Whether one column follows from another: a unit from the metric.
fn follows(tables: &Tables, column: &Common, from: &Common) -> bool {
    let mut known: HashMap<&str, &str> = HashMap::new();
    (0..2).all(|side| {
        let rows = &tables.sheets[side].rows;
        rows.iter().all(|row| {
            let own = cell(row, column.at[side]);
            *known.entry(cell(row, from.at[side])).or_insert(own) == own
        })
    })
}

/// A column that says what came of the transactions of a row, and the one that says of how many.
struct Outcomes {
    of: Common,
    count: Common,
    statuses: bool,
}

/// Whether a column holds statuses of HTTP, or classes of them such as `5xx`.
fn holds_statuses(tables: &Tables, column: &Common) -> bool {
    let cells = tables.told(column);
    let is_class = |cell: &&str| matches!(cell.as_bytes(), [b'1'..=b'5', rest @ ..] if rest.eq_ignore_ascii_case(b"xx"));
    if cells.iter().all(|cells| !cells.is_empty() && cells.iter().all(is_class)) {
        return true;
    }
    let [before, after] = cells.map(|cells| cells.iter().filter_map(|cell| number(cell)).collect::<Vec<f64>>());
    numbers(tables, column) && columns::holds_statuses(&column.name, &before, &after)
}

/// Whether some moment of a file has several rows.
fn several(tables: &Tables, side: usize) -> bool {
    let mut seen = HashSet::new();
    tables.moments[side].is_some_and(|at| tables.sheets[side].rows.iter().any(|row| !seen.insert(cell(row, at))))
}

/// The column of outcomes, or of statuses, beside one of counts, where each is a row of its own: `ok` and `failed` of a minute.
fn of_outcomes(tables: &Tables, common: &[Common]) -> Option<Outcomes> {
    let values = |column: &Common| tables.told(column).iter().flatten().filter_map(|cell| number(cell)).collect::<Vec<f64>>();
    let sum = |column: &Common| values(column).iter().sum::<f64>();
    let counts = common.iter().filter(|column| columns::counts_all(&column.name) && numbers(tables, column));
    // Of several the least: a total of the minute stands in each of its rows.
    let count = counts.min_by(|a, b| sum(a).total_cmp(&sum(b)))?;
    // Where what failed is counted in a column of its own, a word `ok` or `error` names a route.
    let names: Vec<String> = common.iter().map(|column| column.name.clone()).collect();
    if columns::pairs(&names).iter().any(|pair| pair.uses(&count.name)) {
        return None;
    }
    // Of single transactions each counts one.
    if values(count).iter().all(|value| *value <= 1.0) || !(several(tables, 0) || several(tables, 1)) {
        return None;
    }
    let told = |column: &Common| {
        let low = Words::of(&column.name);
        let cells = tables.told(column);
        let says = |wanted: bool| cells.iter().flatten().any(|cell| columns::failed(&low, cell) == Some(wanted));
        words(tables, column) && says(true) && says(false) && cells.iter().flatten().all(|cell| columns::failed(&low, cell).is_some())
    };
    let read = |of: &Common| {
        let statuses = of.at != count.at && holds_statuses(tables, of);
        if !statuses && !told(of) {
            return None;
        }
        let keys: Vec<Common> = common.iter().filter(|column| column.at == of.at || words(tables, column)).cloned().collect();
        let rows = (0..2).all(|side| apart(tables, &keys, side).is_some());
        rows.then(|| Outcomes { of: of.clone(), count: count.clone(), statuses })
    };
    common.iter().find_map(read)
}

/// The same without some columns.
fn without(tables: &Tables, columns: &[Common]) -> Tables {
    Tables::new([0, 1].map(|side| {
        let sheet = &tables.sheets[side];
        let kept = |at: usize| columns.iter().all(|column| column.at[side] != at);
        let keep = |cells: &[String]| cells.iter().enumerate().filter(|(at, _)| kept(*at)).map(|(_, cell)| cell.clone()).collect();
        Sheet { header: Some(keep(sheet.titles())), rows: sheet.rows.iter().map(|row| keep(row)).collect() }
    }))
}

/// What is measured of each outcome beside how many there were, and the column of outcomes in it; a status is a word there.
fn beside(tables: &Tables, common: &[Common], outcomes: &Outcomes) -> Option<(Tables, Common)> {
    let held: Vec<&Common> = common.iter().filter(|column| column.at != outcomes.of.at && numbers(tables, column)).collect();
    let (counts, others): (Vec<&Common>, Vec<&Common>) = held.into_iter().partition(|column| columns::counts_all(&column.name));
    if others.is_empty() {
        return None;
    }
    let counts: Vec<Common> = counts.into_iter().cloned().collect();
    let mut rest = without(tables, &counts);
    let of = rest.common().into_iter().find(|column| column.name == outcomes.of.name)?;
    if outcomes.statuses {
        rest.rewrite(&of, |cell| (!cell.trim().is_empty()).then(|| format!("status {}", cell.trim())));
    }
    Some((rest, of))
}

/// Tables with a column for each metric, and what is measured of each outcome where those are counted.
type Spread = (Vec<Tables>, Option<(Tables, Common)>);

/// A column for each metric, where one column names it. What was measured about as often stands in one table.
fn by_metric(tables: &Tables) -> Option<Spread> {
    let common = tables.common();
    let named = |column: &&Common, list: &[&str]| list.contains(&column.name.trim().to_lowercase().as_str());
    let of_words = |list: &[&str]| common.iter().find(|column| named(column, list) && words(tables, column));
    let one_value = || {
        let values: Vec<&Common> = common.iter().filter(|column| numbers(tables, column)).collect();
        values.len() == 1 && named(&values[0], VALUES)
    };
    let named_so = of_words(METRICS).or_else(|| of_words(PERHAPS).filter(|_| one_value()));
    let outcomes = if named_so.is_none() { of_outcomes(tables, &common) } else { None };
    let metric = named_so.or(outcomes.as_ref().map(|one| &one.of))?;
    // Of what came to nothing there is no row.
    let none = if outcomes.is_some() { "0" } else { "" };
    let others = || common.iter().filter(|column| column.at != metric.at && !(named(column, BESIDE) && follows(tables, column, metric)));
    let values: Vec<&Common> = match &outcomes {
        Some(one) => vec![&one.count],
        None => others().filter(|column| numbers(tables, column)).collect(),
    };
    let labels: Vec<&Common> = others().filter(|column| !numbers(tables, column) && !follows(tables, column, metric)).collect();
    let wide = [0, 1].map(|side| {
        let keys: Vec<usize> = tables.moments[side].into_iter().chain(labels.iter().map(|label| label.at[side])).collect();
        spread(&tables.sheets[side], &keys, metric.at[side])
    });
    let mut names: Vec<&str> = Vec::new();
    let all = (0..2).flat_map(|side| tables.sheets[side].rows.iter().map(move |row| cell(row, metric.at[side])));
    let mut seen = HashSet::new();
    names.extend(all.filter(|name| seen.insert(*name)));
    if values.is_empty() || names.len() > MOST_METRICS {
        return None;
    }
    let rows = |side: usize, name: &str| wide[side].iter().filter(|row| row.of.contains_key(name)).count();
    let often = |name: &str| if rows(0, name) > 0 { rows(0, name) } else { rows(1, name) };
    let mut groups: Vec<(usize, Vec<&str>)> = Vec::new();
    for name in names {
        let own = often(name);
        match groups.iter_mut().find(|(times, _)| outcomes.is_some() || (own * 5 >= *times * 4 && own * 4 <= *times * 5)) {
            Some((_, group)) => group.push(name),
            None => groups.push((own, vec![name])),
        }
    }
    let table = |group: &[&str]| {
        Tables::new([0, 1].map(|side| {
            let title = |at: usize| tables.sheets[side].titles().get(at).cloned().unwrap_or_default();
            let mut header: Vec<String> = tables.moments[side].into_iter().map(title).collect();
            header.extend(labels.iter().map(|label| label.name.clone()));
            let column = |name: &str, value: &Common| match &outcomes {
                Some(one) if one.statuses => format!("status_{}", name.to_lowercase()),
                Some(_) => format!("{name}_{}", value.name),
                None if values.len() == 1 => name.to_owned(),
                None => format!("{name}.{}", value.name),
            };
            header.extend(group.iter().flat_map(|name| values.iter().map(|value| column(name, value))));
            let line = |row: &Wide<'_>| {
                let mut cells: Vec<String> = row.key.iter().map(|cell| (*cell).to_owned()).collect();
                for name in group {
                    let of = row.of.get(name);
                    cells.extend(values.iter().map(|value| of.map_or(none, |row| cell(row, value.at[side])).to_owned()));
                }
                cells
            };
            let told = wide[side].iter().filter(|row| group.iter().any(|name| row.of.contains_key(name)));
            Sheet { header: Some(header), rows: told.map(line).collect() }
        }))
    };
    let wide = groups.iter().map(|(_, group)| table(group)).collect();
    Some((wide, outcomes.as_ref().and_then(|one| beside(tables, &common, one))))
}

/// The values of some columns in a row.
fn value_of(row: &[String], columns: &[Common], side: usize) -> String {
    columns.iter().map(|column| cell(row, column.at[side])).collect::<Vec<_>>().join(", ")
}

/// The values of them in a file, in the order in which they come; `None` where they do not tell the rows of a moment apart.
fn apart(tables: &Tables, columns: &[Common], side: usize) -> Option<Vec<String>> {
    let moment = tables.moments[side]?;
    let (mut rows, mut seen, mut values) = (HashSet::new(), HashSet::new(), Vec::new());
    for row in &tables.sheets[side].rows {
        let value = value_of(row, columns, side);
        if !rows.insert((cell(row, moment), value.clone())) {
            return None;
        }
        if seen.insert(value.clone()) {
            values.push(value);
        }
    }
    Some(values)
}

/// Rows of the baseline and moments of it, where most of those have several rows.
fn crowded(tables: &Tables) -> Option<(usize, usize)> {
    let (rows, at) = (&tables.sheets[0].rows, tables.moments[0]?);
    let mut times: HashMap<&str, usize> = HashMap::new();
    for row in rows {
        *times.entry(cell(row, at)).or_default() += 1;
    }
    (times.values().filter(|times| **times > 1).count() * 2 > times.len()).then_some((rows.len(), times.len()))
}

/// A part for each value of the column of words that tells the rows of a moment apart, or of all such columns together.
fn by_value(tables: Tables, notes: &mut Vec<Note>) -> Vec<Part> {
    let Some((columns, [before, after])) = dimension(&tables) else { return vec![Part { label: None, tables }] };
    let both = before.iter().filter(|value| after.contains(value)).count();
    let all = before.len() + after.len() - both;
    let members = columns.iter().any(|column| names_members(&column.name));
    let why = if both < all && (members || both * 2 < all) {
        Some("its values differ")
    } else {
        (all > MOST_VALUES).then_some("it has many values")
    };
    if let Some(why) = why {
        let column = columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ");
        notes.push(Note::Pooled { column, why });
        return vec![Part { label: None, tables }];
    }
    let new = after.iter().filter(|value| !before.contains(value));
    let part = |value: &String| {
        let sheet = |side: usize| {
            let sheet = &tables.sheets[side];
            let kept = |at: usize| columns.iter().all(|column| column.at[side] != at);
            let keep = |cells: &[String]| cells.iter().enumerate().filter(|(at, _)| kept(*at)).map(|(_, cell)| cell.clone()).collect();
            let own = sheet.rows.iter().filter(|row| value_of(row, &columns, side) == *value);
            Sheet { header: Some(keep(sheet.titles())), rows: own.map(|row| keep(row)).collect() }
        };
        Part { label: Some(value.clone()), tables: Tables::new([sheet(0), sheet(1)]) }
    };
    before.iter().chain(new).map(part).collect()
}

/// The columns that tell the rows of a moment apart, and their values in both files.
fn dimension(tables: &Tables) -> Option<(Vec<Common>, [Vec<String>; 2])> {
    let (rows, moments) = crowded(tables)?;
    // What is the same in all rows of a file, such as a version, tells none apart.
    let several = |column: &Common| tables.told(column).iter().any(|cells| cells.windows(2).any(|pair| pair[0] != pair[1]));
    let words: Vec<Common> = tables.common().into_iter().filter(|column| words(tables, column) && several(column)).collect();
    let mut choices: Vec<Vec<Common>> = words.iter().map(|column| vec![column.clone()]).collect();
    choices.extend((words.len() > 1).then_some(words));
    choices.into_iter().find_map(|columns| {
        let values = [apart(tables, &columns, 0)?, apart(tables, &columns, 1)?];
        // Single transactions have no row for each of them at every moment.
        (rows * 2 >= moments * values[0].len()).then_some((columns, values))
    })
}
