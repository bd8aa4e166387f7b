//! The load runner, at a terminal and in the portal: open load, measured from when each request was due.
//!
//! [`run`] sends a plan; [`Service`] keeps targets and what was asked for; [`Runner`] claims runs, sends them on a thread of
//! their own, and keeps what came of them as evidence. **Architecture invariants:** connections go through
//! [`crate::egress::Egress`]; what may be reached is its business. Only what is registered is loaded, within its caps, which are
//! held against the target as it stands when the run begins. A run whose sender is gone is *interrupted*, never run again by
//! itself, and becomes no evidence. What a trial took away is given back whatever becomes of its run.

mod deployed;
mod engine;
mod line;
mod seal;
mod send;
mod service;
mod store;
mod tally;
mod trial;
mod watch;

use domain::{
    Fault, Timestamp,
    id::{LoadTargetId, SystemId},
    load::Script,
};
use sqlx::AnyConnection;

pub use engine::{Runner, Way};
pub use send::run;
pub use service::Service;
pub use tally::{Progress, Report, Times};

/// Forgets seconds of runs that ended before, at most `limit`; gives how many. What came of the runs stays.
pub async fn forget_seconds(conn: &mut AnyConnection, before: Timestamp, limit: u32) -> Result<u64, Fault> {
    store::runs::forget_seconds(conn, before, limit).await
}

/// The target of a system that is called so; all that are in another case where none has exactly this name.
pub(crate) async fn called(conn: &mut AnyConnection, system: &SystemId, name: &str) -> Result<Vec<LoadTargetId>, Fault> {
    store::targets::called(conn, system, name).await
}

/// How load tests are run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Runs that this process sends at a time; they take from each other's processor.
    pub at_once: usize,
}

/// Reads a script in YAML or JSON.
///
/// # Errors
/// What is wrong with it, in the reader's words.
pub fn read_script(text: &str) -> Result<Script, String> {
    crate::yaml::bounded(text).map_err(|_| "empty, too large, or nested too deeply".to_owned())?;
    crate::yaml::read(text)
}
