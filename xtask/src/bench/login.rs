//! Refused log-ins of known and unknown users, pair by pair; fails where their medians are 5 % apart.

use super::measurement;
use crate::shell::Done;

/// On both databases.
pub(super) fn run() -> Done {
    measurement("people::timing::bench_login")
}
