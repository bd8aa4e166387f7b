//! Tables of load tests.

pub(super) mod comparisons;
pub(super) mod runs;
pub(super) mod targets;
pub(super) mod trials;
