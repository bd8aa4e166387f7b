//! How often a verification errs, on drawn data with and without a change.

use crate::shell::{Done, cargo, must};

/// Needs no database.
pub fn run() -> Done {
    must(cargo().args(["run", "--locked", "--quiet", "--release", "--package", "domain", "--example", "verification"]))
}
