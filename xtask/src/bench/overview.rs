//! The overview of a large house under fifty live readers, as a test of the release build.

use crate::shell::Done;

/// On both databases.
pub(super) fn run() -> Done {
    super::measurement("overview::load::bench_overview")
}
