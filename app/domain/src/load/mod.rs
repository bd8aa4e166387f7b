//! Load: what requests a test sends, and when each is due.
//!
//! The load is *open*: requests become due at a rate, whether those before them were answered or not, and latency counts from
//! when a request was due. A server that stalls is not spared the requests that its users would have sent meanwhile.

mod schedule;
mod script;

pub use schedule::{Schedule, Stage};
pub use script::{BadScript, Plan, Script, ScriptRequest, ScriptStage, Sending, Template, Values};

#[cfg(test)]
mod tests;
