//! Numbers with a unit behind them: `120 ms`, `1.5 K`, `3.2 MiB`, `1m30s`.

use super::{note::Note, tables::Tables};
use crate::{
    text::number,
    time::spelt::length_in_parts,
    verification::columns::{Words, names_measures, tells_kinds},
};

/// Milliseconds of the units of time.
const TIMES: &[(&str, f64)] = &[
    ("ns", 1e-6),
    ("us", 1e-3),
    ("µs", 1e-3),
    ("μs", 1e-3),
    ("ms", 1.0),
    ("s", 1e3),
    ("sec", 1e3),
    ("secs", 1e3),
    ("second", 1e3),
    ("seconds", 1e3),
    ("min", MINUTE),
    ("mins", MINUTE),
    ("minute", MINUTE),
    ("minutes", MINUTE),
    ("h", 3.6e6),
    ("hr", 3.6e6),
    ("hour", 3.6e6),
    ("hours", 3.6e6),
    ("d", 8.64e7),
    ("day", 8.64e7),
    ("days", 8.64e7),
    ("week", 6.048e8),
    ("weeks", 6.048e8),
    ("微秒", 1e-3),
    ("毫秒", 1.0),
    ("秒", 1e3),
    ("分钟", MINUTE),
    ("小时", 3.6e6),
];
const MINUTE: f64 = 6e4;
/// Words of a column's name that say what its plain numbers are, in milliseconds.
const NAMED: &[(&str, f64)] = &[
    ("ns", 1e-6),
    ("us", 1e-3),
    ("ms", 1.0),
    ("millis", 1.0),
    ("milliseconds", 1.0),
    ("s", 1e3),
    ("sec", 1e3),
    ("secs", 1e3),
    ("seconds", 1e3),
];
/// What stands before a unit, or alone.
const PREFIXES: &[(&str, f64)] = &[
    ("Ki", 1024.0),
    ("Mi", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("Ti", 1_099_511_627_776.0),
    ("k", 1e3),
    ("K", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
];
/// Units with which it does.
const BASES: &[&str] = &["", "B", "b", "bps", "Bps", "bit", "bits", "Hz"];
/// The same as words.
const MANY: &[(&str, f64)] = &[("Mil", 1e6), ("Bil", 1e9), ("Tri", 1e12), ("万", 1e4), ("亿", 1e8)];

/// What stands behind a number.
#[derive(Clone, PartialEq)]
enum Unit {
    /// A time, of so many milliseconds.
    Time(f64),
    /// So many times as much of something.
    Much(f64, String),
}

fn among(list: &[(&str, f64)], unit: &str) -> Option<f64> {
    list.iter().find(|(own, _)| *own == unit).map(|(_, factor)| *factor)
}

/// A number, and the text behind it: at most two words.
fn split(cell: &str) -> Option<(f64, &str)> {
    let cell = cell.trim();
    let end = cell.rfind(|sign: char| sign.is_ascii_digit())? + 1;
    let (front, unit) = (&cell[..end], cell[end..].trim());
    let begins = unit.starts_with(|sign: char| sign.is_alphabetic() || matches!(sign, '°' | '€' | '$' | '£' | '¥' | '/'));
    if begins && unit.split_whitespace().count() <= 2 { Some((number(front)?, unit)) } else { None }
}

/// A time of several parts, in milliseconds: `1m30s`, `1 h 5 min`.
fn of_parts(cell: &str) -> Option<f64> {
    let millis = |unit: &str| if unit == "m" { Some(MINUTE) } else { among(TIMES, unit) };
    length_in_parts(cell, millis).filter(|(_, parts)| *parts > 1).map(|(ms, _)| ms)
}

/// A number with a unit.
fn measured(cell: &str) -> Option<(f64, Unit)> {
    let Some((value, unit)) = split(cell) else { return of_parts(cell).map(|ms| (ms, Unit::Time(1.0))) };
    if let Some(ms) = among(TIMES, unit) {
        return Some((value, Unit::Time(ms)));
    }
    let word = &unit[..unit.find(|sign: char| sign.is_whitespace() || (sign == '/')).unwrap_or(unit.len())];
    let prefixed = |(prefix, factor): &(&str, f64)| {
        let base = word.strip_prefix(prefix)?;
        BASES.contains(&base).then(|| (*factor, base.to_owned()))
    };
    let (factor, base) = among(MANY, word)
        .map(|factor| (factor, String::new()))
        .or_else(|| PREFIXES.iter().find_map(prefixed))
        .unwrap_or_else(|| (1.0, word.to_owned()));
    Some((value, Unit::Much(factor, base + unit[word.len()..].trim_start())))
}

/// Whether a cell is a number, with a unit or without.
pub(super) fn is_number(cell: &str) -> bool {
    number(cell).is_some() || measured(cell).is_some()
}

/// Whether a cell is a number with a unit.
pub(super) fn has_unit(cell: &str) -> bool {
    number(cell).is_none() && measured(cell).is_some()
}

/// What all units of a column have in common.
enum Family {
    /// Times; what a plain number is, where that is known.
    Times(Option<f64>),
    /// So many times as much of one thing, which is a plain number where it has no name.
    Much(bool),
}

impl Family {
    fn of(name: &str, cells: &[Vec<&str>; 2]) -> Option<Self> {
        let nearly = |cells: &Vec<&str>| !cells.is_empty() && cells.iter().filter(|cell| is_number(cell)).count() * 10 >= cells.len() * 9;
        if tells_kinds(name) || !cells.iter().any(nearly) {
            return None;
        }
        let unit = |cell: &&str| if number(cell).is_some() { None } else { measured(cell).map(|(_, unit)| unit) };
        let units: Vec<Unit> = cells.iter().flatten().filter_map(unit).collect();
        let first = units.first()?;
        let minute = |unit: &Unit| *unit == Unit::Much(1.0, "m".to_owned());
        let times = units.iter().any(|unit| matches!(unit, Unit::Time(_)));
        let family = match first {
            _ if times && units.iter().all(|unit| matches!(unit, Unit::Time(_)) || minute(unit)) => {
                Self::Times(Words::of(name).0.iter().find_map(|word| among(NAMED, word)))
            }
            Unit::Much(_, of) if units.iter().all(|unit| matches!(unit, Unit::Much(_, own) if own == of)) => Self::Much(of.is_empty()),
            _ => return None,
        };
        // Where a few only have a unit, it is the others that say what they are.
        let units_prevail = || cells.iter().any(|cells| cells.iter().filter(|cell| unit(cell).is_some()).count() * 2 > cells.len());
        (matches!(family, Self::Times(Some(_)) | Self::Much(true)) || units_prevail()).then_some(family)
    }

    /// What a cell is in it; `None` of one that is no number, or whose unit is not known.
    fn value(&self, cell: &str) -> Option<f64> {
        match (self, number(cell)) {
            (_, Some(0.0)) => Some(0.0),
            (Self::Times(plain), Some(value)) => plain.map(|ms| value * ms),
            (Self::Much(plain), Some(value)) => plain.then_some(value),
            (_, None) => measured(cell).map(|(value, unit)| match unit {
                Unit::Time(ms) => value * ms,
                Unit::Much(_, of) if of == "m" && matches!(self, Self::Times(_)) => value * MINUTE,
                Unit::Much(factor, _) => value * factor,
            }),
        }
    }
}

/// Puts the numbers of every column that has units in one of them, of both files.
pub(super) fn read(tables: &mut Tables) -> Vec<Note> {
    let mut notes = Vec::new();
    for column in tables.common() {
        let Some(family) = Family::of(&column.name, &tables.told(&column)) else { continue };
        tables.rewrite(&column, |cell| {
            if is_number(cell) { Some(family.value(cell).map_or_else(String::new, |value| value.to_string())) } else { None }
        });
        if matches!(family, Family::Times(_)) {
            notes.push(Note::Times(column.name));
        }
    }
    notes
}

/// Whether a column holds numbers all the same, of which most do not read: by its name and what its cells say in both files.
pub(super) fn unread(name: &str, cells: &[Vec<&str>; 2]) -> bool {
    let measures = names_measures(name);
    let likely = |cell: &&&str| {
        let cell = cell.trim_start_matches(['<', '>', '≤', '≥', '~', '≈', '$', '€', '£', '¥']).trim_start();
        is_number(cell) || (measures && cell.starts_with(|sign: char| sign.is_ascii_digit()))
    };
    let nearly = |cells: &Vec<&str>| !cells.is_empty() && cells.iter().filter(likely).count() * 10 >= cells.len() * 9;
    !tells_kinds(name) && cells.iter().any(nearly)
}
