//! How the calendar of changes is drawn.

use crate::{Wording, words::words};

words! {
    /// How the calendar is drawn.
    pub enum Shape {
        /// Lanes by team; on a phone the agenda.
        Lanes = "lanes",
        /// Seven days side by side.
        Week = "week",
        /// Whole weeks one below the other.
        Month = "month",
        /// Day after day.
        Agenda = "agenda",
        /// A table of all that the filter matches, whenever it is.
        List = "list",
    }
}

impl Shape {
    /// Reads `view` of the calendar's address; lanes where it says nothing.
    pub fn read(text: &str) -> Result<Self, Wording> {
        if text.is_empty() {
            return Ok(Self::Lanes);
        }
        let words = || Self::ALL.iter().map(|shape| shape.name()).collect::<Vec<_>>().join(", ");
        Self::parse(text).ok_or_else(|| Wording::new("expect-one-of").with("choices", words()))
    }
}
