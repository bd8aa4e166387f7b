//! What matchers may [cost](super::Matcher::cost), in bytes of compiled expressions times bytes of values.

/// One expression on one value: it is run on every alert.
pub(super) const ONCE: usize = 256 << 20;
/// Matchers that are held against many labels: some seconds at worst.
pub(super) const TRIAL: usize = 8 << 30;
/// The expressions of one search among alerts: some seconds at worst.
pub const SEARCH: usize = 16 << 30;
/// So much of a search is done before others have their turn.
pub const BREATH: usize = 64 << 20;
