//! The report of a day: what the morning meeting wants to know, against the day before and the same day last week.
//!
//! It is read through the ports of the areas, with the reader's own authority; nothing of it is stored.

mod day;
mod markdown;
mod worst;

pub use day::{DayCode, DayReport, Happening, Planned, day_of, read};
pub use markdown::markdown;
pub use worst::{Worst, excess, usual, worst};
