//! How the calendar of changes is drawn.

use super::state::word;
use crate::{Wording, words::words};

words! {
    /// How the calendar is drawn.
    pub enum Shape {
        /// Lanes by team or by system; on a phone the agenda.
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

words! {
    /// What a lane of the calendar is of.
    pub enum LaneBy {
        /// A team: the changes it does.
        Team = "team",
        /// A system: the changes that touch it. One that touches several is in each of their lanes.
        System = "system",
    }
}

impl Shape {
    /// Reads `view` of the calendar's address; lanes where it says nothing.
    pub fn read(text: &str) -> Result<Self, Wording> {
        if text.is_empty() { Ok(Self::Lanes) } else { word(text, Self::ALL) }
    }
}

impl LaneBy {
    /// Reads `by` of the calendar's address; teams where it says nothing.
    pub fn read(text: &str) -> Result<Self, Wording> {
        if text.is_empty() { Ok(Self::Team) } else { word(text, Self::ALL) }
    }
}
