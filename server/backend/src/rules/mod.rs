//! The service of the area `rules`, and its evaluator.
//!
//! **Architecture invariants:** a rule is claimed by moving its next moment forward, so that of several processes one
//! evaluates; what it reads comes first, then one transaction that judges and tells; the thresholds of a label set are
//! judged against what that label set said last, which is stored; whoever edits, pauses or deletes a rule ends what it had
//! fired.

mod acts;
mod engine;
mod import;
mod port;
mod read;
mod readings;
mod reads;
mod record;
mod store;
mod tell;

pub use engine::{Evaluator, NAME, Settings};
pub use port::Service;

/// The noun of alerts of a rule.
pub const SOURCE: &str = "rule";
