//! Both files under the names of their columns, before it is said what those hold.

use jiff::tz::TimeZone;

use super::{Sheet, units::has_unit};
use crate::{
    Timestamp,
    text::number,
    verification::{
        columns::{column_of_moments, nothing},
        moment::read_moment,
    },
};

/// A column that both files have.
#[derive(Clone)]
pub(super) struct Common {
    /// Its name.
    pub name: String,
    /// Its place in each.
    pub at: [usize; 2],
}

/// Both files; their rows are in the order of time where they say it.
pub(super) struct Tables {
    /// The baseline and the candidate, with names.
    pub sheets: [Sheet; 2],
    /// Where moments stand in each, or an axis by such a name.
    pub moments: [Option<usize>; 2],
}

impl Tables {
    pub(super) fn new(mut sheets: [Sheet; 2]) -> Self {
        let moments = sheets.each_ref().map(moments);
        sheets.iter_mut().zip(moments).for_each(|(sheet, at)| in_order(sheet, at));
        Self { sheets, moments }
    }

    /// The columns of both but for those of moments.
    pub(super) fn common(&self) -> Vec<Common> {
        let [before, after] = &self.sheets;
        let names = before.titles().iter().enumerate();
        names
            .filter_map(|(at, name)| Some(Common { name: name.clone(), at: [at, after.at(name)?] }))
            .filter(|column| before.at(&column.name) == Some(column.at[0]))
            .filter(|column| self.moments.iter().zip(column.at).all(|(moment, at)| *moment != Some(at)))
            .collect()
    }

    /// The cells of a column that say anything, of both.
    pub(super) fn told(&self, column: &Common) -> [Vec<&str>; 2] {
        let side =
            |side: usize| self.sheets[side].rows.iter().map(|row| cell(row, column.at[side])).filter(|cell| !nothing(cell)).collect();
        [side(0), side(1)]
    }

    /// The same by a name, be it in both or in one.
    pub(super) fn told_by(&self, name: &str) -> [Vec<&str>; 2] {
        self.sheets.each_ref().map(|sheet| {
            let rows = sheet.at(name).into_iter().flat_map(|at| sheet.rows.iter().map(move |row| cell(row, at)));
            rows.filter(|cell| !nothing(cell)).collect()
        })
    }

    /// Writes other cells where there is another one; how many there were.
    pub(super) fn rewrite(&mut self, column: &Common, other: impl Fn(&str) -> Option<String>) -> usize {
        let mut written = 0;
        for (sheet, at) in self.sheets.iter_mut().zip(column.at) {
            for cell in sheet.rows.iter_mut().filter_map(|row| row.get_mut(at)) {
                if let Some(new) = other(cell) {
                    *cell = new;
                    written += 1;
                }
            }
        }
        written
    }
}

impl Sheet {
    /// The same rows under these names.
    pub(super) fn named(&self, names: Vec<String>) -> Self {
        Self { header: Some(names), rows: self.rows.clone() }
    }

    pub(super) fn titles(&self) -> &[String] {
        self.header.as_deref().unwrap_or_default()
    }

    pub(super) fn at(&self, name: &str) -> Option<usize> {
        self.titles().iter().position(|own| own.eq_ignore_ascii_case(name))
    }

    /// The numbers of a column.
    pub(super) fn numbers(&self, name: &str) -> Vec<f64> {
        let at = self.at(name);
        at.into_iter().flat_map(|at| self.rows.iter().filter_map(move |row| number(row.get(at)?))).collect()
    }
}

/// What stands there; nothing in a row that is shorter.
pub(super) fn cell(row: &[String], at: usize) -> &str {
    row.get(at).map_or("", |cell| cell.trim())
}

/// The column of moments. What has a unit is how long something took, whatever its name.
fn moments(sheet: &Sheet) -> Option<usize> {
    let at = column_of_moments(sheet.titles(), &sheet.rows, &TimeZone::UTC)?;
    let took = sheet.rows.iter().filter(|row| has_unit(cell(row, at))).count();
    (took * 2 <= sheet.rows.len()).then_some(at)
}

/// Puts the rows in the order of time, where every one says when it was measured.
fn in_order(sheet: &mut Sheet, at: Option<usize>) {
    let moment = |row: &Vec<String>| read_moment(row.get(at?)?, &TimeZone::UTC);
    let Some(moments) = sheet.rows.iter().map(moment).collect::<Option<Vec<Timestamp>>>() else { return };
    let mut rows: Vec<(Timestamp, Vec<String>)> = moments.into_iter().zip(std::mem::take(&mut sheet.rows)).collect();
    rows.sort_by_key(|(moment, _)| *moment);
    sheet.rows = rows.into_iter().map(|(_, row)| row).collect();
}
