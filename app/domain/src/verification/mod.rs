//! Verification: whether what went live made things worse, by statistics instead of hope.
//!
//! [`sheet`] reads two files, [`rate`] and [`shift`] say how far both sides lie apart and how sure that is, [`shape`] warns,
//! [`always`] lets people look all the time, and [`judge`] decides. **Architecture invariant:** nothing passes that is not
//! shown to lie within its margin; what is missing, too little or in doubt is *inconclusive*.

pub mod always;
pub mod judge;
pub mod moment;
pub mod rate;
mod say;
pub mod shape;
pub mod sheet;
pub mod shift;

pub use judge::{Judged, Judgement, Kind, Margin, Part, Terms, Verdict, judge};
pub use rate::{Counts, needed};
pub use say::sentence;
pub(crate) use say::{plain, signed};
pub use sheet::{BadSheet, Metric, Points, Sheet, metrics};

#[cfg(test)]
mod tests;
