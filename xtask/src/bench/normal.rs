//! What is normal: forecasts and anomalies on drawn series; tuned on odd seeds, the figures are of even ones.

use crate::shell::{Done, cargo, must};

/// Needs no database.
pub fn forecast() -> Done {
    example("forecast")
}

/// Needs no database.
pub fn anomalies() -> Done {
    example("anomalies")
}

fn example(name: &str) -> Done {
    must(cargo().args(["run", "--locked", "--quiet", "--release", "--package", "domain", "--example", name]))
}
