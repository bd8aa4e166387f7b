//! How the process itself is: its engines, its database, since when it runs.

mod port;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
pub use port::Health;

/// How one engine is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EngineHealth {
    /// Its name, e.g. `alerts`.
    pub name: String,
    /// Longest pause between two ticks, in milliseconds.
    pub period_ms: i64,
    /// When its last tick ended; absent before the first.
    pub ticked_at: Option<Timestamp>,
    /// How many things the last tick did; absent where it failed.
    pub done: Option<u64>,
    /// What stopped the last tick, if something did.
    pub fault: Option<String>,
    /// Whether its last tick is older than it may be.
    pub late: bool,
}

/// What keeps the commands of tools from the portal's own data, keys and memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Apart {
    /// They run under an account of their own.
    Account,
    /// They run under the portal's account, and the system keeps them out (Landlock).
    Wall,
    /// Nothing does; the configuration accepts that (`tools.share_account`).
    Nothing,
    /// Nothing would, or no account can be had: none is run.
    Refused,
}

/// Alerts that were posted and refused: nobody hears of them, and whoever posts them has only its log that tells so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefusedAlerts {
    /// How many there were.
    pub count: i64,
    /// When one was refused last.
    pub at: Timestamp,
    /// Who posted it.
    pub by: String,
    /// Why it was refused.
    pub why: String,
}

/// How the process is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Report {
    /// Version of the program.
    pub version: String,
    /// `sqlite` or `postgres`.
    pub database: String,
    /// Since when the process runs.
    pub started_at: Timestamp,
    /// What keeps the commands of tools from it.
    pub tools: Apart,
    /// Alerts that were posted and refused, where there were any.
    pub refused: Option<RefusedAlerts>,
    /// Its engines, by name.
    pub engines: Vec<EngineHealth>,
}

/// Whether a tick at `ticked_at` is older at `now` than an engine of this period may let pass: three periods, and
/// ten seconds for a tick that takes its time.
pub fn is_late(ticked_at: Timestamp, period_ms: i64, now: Timestamp) -> bool {
    now.since(ticked_at) > period_ms.saturating_mul(3).saturating_add(10_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_may_miss_two_ticks() {
        assert!(!is_late(Timestamp(0), 1_000, Timestamp(13_000)));
        assert!(is_late(Timestamp(0), 1_000, Timestamp(13_001)));
    }
}
