//! Quiet windows: when work on a system hurts the fewest.
//!
//! [`Volume`] is what was counted, on a regular grid with gaps; [`plan()`] says the cheapest windows of the days that follow,
//! what each is expected to cost, and how long verification would take after it, because too quiet cannot be verified; and
//! it tries itself on weeks that are over. **Architecture invariant:** less than four weeks, or no volume at all, is said and
//! not guessed.

mod ask;
mod forecast;
mod plan;
mod volume;

pub use ask::{Ask, Busy};
pub use forecast::Forecast;
pub use plan::{Backtest, GOOD, Plan, Trial, Window, plan, plan_where, time_to_see, weigh, window};
pub use volume::{BadVolume, Volume};

#[cfg(test)]
mod tests;
