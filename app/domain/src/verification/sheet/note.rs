//! What was done to the columns before they were judged, and what that leaves open.

/// One thing to be known; in English.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Note {
    /// Times with a unit are taken in milliseconds.
    #[error("{0}: times with a unit, read in milliseconds")]
    Times(String),
    /// Numbers with a unit that is not known, or in several that do not go together.
    #[error("{0}: numbers with units that do not read: none is taken, and missing data never passes")]
    Unread(String),
    /// Numbers below zero where there is no such thing.
    #[error("{name}: {cells} below zero, taken for missing")]
    Below {
        /// Column.
        name: String,
        /// How many cells.
        cells: usize,
    },
    /// A counter.
    #[error("{0}: a counter that goes on, its steps from row to row are judged")]
    Counter(String),
    /// What may be a counter, and may be none.
    #[error("{0}: a counter that goes on, or a level that only rises and is another in the candidate: the steps alone do not pass")]
    Level(String),
    /// A row for each value of a column, which cannot be held against each other.
    #[error("{column}: {why}, the rows of all its values are taken together, and what is worse in one may not show")]
    Pooled {
        /// Column.
        column: String,
        /// Why.
        why: &'static str,
    },
    /// What is left out since more or less of it is neither better nor worse, but is much more or less.
    #[error("{name}: {times} times as much in a row of the candidate; it is not judged")]
    Much {
        /// Column.
        name: String,
        /// So many times.
        times: String,
    },
}
