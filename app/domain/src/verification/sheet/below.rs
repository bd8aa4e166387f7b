//! Numbers below zero that say that there is none: -1 for "no data".

use super::{note::Note, tables::Tables};
use crate::{
    text::number,
    verification::columns::{Below, below_zero},
};

/// Takes them away: where a time or a size is measured all of them, else -1 where nothing else lies below zero.
pub(super) fn blank(tables: &mut Tables) -> Vec<Note> {
    let mut notes = Vec::new();
    for column in tables.common() {
        let values: Vec<f64> = tables.told(&column).iter().flatten().filter_map(|cell| number(cell)).collect();
        let none = match below_zero(&column.name) {
            Below::Number => false,
            Below::Nothing => true,
            // -1, 0 and 1 by themselves are three answers.
            Below::Perhaps => {
                let other = |value: &f64| *value > 1.0 || value.fract() != 0.0;
                values.iter().all(|value| *value >= 0.0 || *value == -1.0) && values.iter().any(other)
            }
        };
        if none {
            let cells = tables.rewrite(&column, |cell| number(cell).is_some_and(|value| value < 0.0).then(String::new));
            notes.extend((cells > 0).then_some(Note::Below { name: column.name, cells }));
        }
    }
    notes
}
