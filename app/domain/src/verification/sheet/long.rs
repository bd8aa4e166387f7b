//! Both files in the parts in which they are judged.

use super::{note::Note, tables::Tables};

/// What is judged together.
pub(super) struct Part {
    /// The value that it was measured of, where a table has a row for each.
    pub label: Option<String>,
    /// The rows of it.
    pub tables: Tables,
}

/// Both files in parts: one.
pub(super) fn parts(tables: Tables) -> (Vec<Part>, Vec<Note>) {
    (vec![Part { label: None, tables }], Vec::new())
}
