//! Load: what requests a test sends, and when each is due; which targets may be loaded, how hard, and what came of it.
//!
//! The load is *open*: requests become due at a rate, whether those before them were answered or not, and latency counts from
//! when a request was due. A server that stalls is not spared the requests that its users would have sent meanwhile.
//!
//! The portal loads nothing but a registered [`Target`], within its [`Caps`]; what is asked for is an [`Order`], and a [`Run`] of
//! it, or the interleaved runs of a [`Comparison`], become evidence of performance; with a [`Trial`] in it a run becomes evidence of
//! high availability.

mod comparison;
mod order;
mod port;
mod run;
mod schedule;
mod script;
mod target;
mod template;
mod trial;

pub use comparison::{COMPARISON_FIELDS, Comparison, ComparisonOrder, LEAST_TURNS, MOST_TURNS, Side, TURNS, body, readings, side_of};
pub use order::{ORDER_FIELDS, Order, Subject, held};
pub use port::Load;
pub use run::{Run, RunFilter, Second, State, thin};
pub use schedule::{Schedule, Stage};
pub use script::{BadScript, Given, Plan, Script, ScriptRequest, ScriptStage, Sending, Values};
pub use target::{Caps, MOST, TARGET_FIELDS, Target, TargetDraft, origin};
pub use template::Template;
pub use trial::{Act, ActOrder, Bounds, CALM, MARK, Outage, Shown, TRIAL_FIELDS, Tallied, Trace, Trial, TrialOrder, reads_only};

#[cfg(test)]
mod tests;
