//! Verification: whether what went live made things worse, by statistics instead of hope.
//!
//! [`sheet`] reads two files, [`columns`] says what their columns are, [`rate`], [`shift`] and [`tail`] say how far both sides lie apart and how sure that is,
//! [`shape`] warns,
//! [`lasting`] and [`proof`] say how sure one must be to call a rate worse,
//! [`controls`] takes away what happened to everybody,
//! [`line()`] says beforehand what a drop would have to look like,
//! [`always`] lets people look all the time, and [`judge`] decides. **Architecture invariant:** nothing passes that is not
//! shown to lie within its margin; what is missing, too little or in doubt is *inconclusive*.

pub mod always;
pub mod columns;
pub mod controls;
mod foreseen;
pub mod judge;
mod lasting;
pub mod moment;
mod proof;
mod question;
pub mod rate;
mod say;
pub mod shape;
pub mod sheet;
pub mod shift;
mod tail;
mod warning;

pub use controls::{Control, Drift, telling};
pub use foreseen::{Foreseen, Line, MOST_CONTROLS, line};
pub use judge::{Judged, Judgement, Kind, Looking, MISSING, Margin, Part, Terms, Verdict, judge};
pub use rate::{Counts, needed};
pub use say::sentence;
pub(crate) use say::{plain, signed};
pub use sheet::{BadSheet, Found, LeftOut, Metric, Note, Points, Sheet, control, metrics};
pub use warning::Warning;

#[cfg(test)]
mod tests;
