//! The pages that the first line opens, in a large house with a long memory, as a test of the release build.

use crate::shell::Done;

/// On both databases.
pub(super) fn run() -> Done {
    super::measurement("overview::load::bench_respond")
}
