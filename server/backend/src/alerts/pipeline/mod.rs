//! The way from an alert to those who are told: routes, groups, and what keeps it quiet.
//!
//! `judge` says why an alert is quiet now, `groups` brings it into its groups and lets them speak, `engine` does both when time has
//! passed, `store` keeps it all, so that a restart forgets nothing. What is decided is written down when it is decided
//! (`alert_decisions`): the page "why" reads, it does not guess.
//!
//! **Architecture invariants:** whoever was told that an alert fires is told exactly once that it is over
//! ([`domain::alerts::group`]); a group speaks only while its row is locked; what is quiet fires and is listed all the same.

mod engine;
mod groups;
mod judge;
mod payload;
mod reroute;
pub(super) mod store;

pub use engine::Dispatcher;
pub(super) use engine::NAME;
pub(super) use groups::{cause, end, enter};
pub(super) use judge::{Judge, Subject};
pub(super) use reroute::reroute;
