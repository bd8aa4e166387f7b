//! From the commit of what a monitor saw to the receiver's hands: real clock, real engines, a receiver on loopback.

use crate::shell::Done;

/// On both databases.
pub(super) fn run() -> Done {
    super::measurement("deliveries::bench_alerting")
}
