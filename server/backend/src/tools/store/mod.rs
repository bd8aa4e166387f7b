//! Tables `tools`, `tool_versions`, `runs` and `run_logs`.

pub(super) mod near;
pub(super) mod old;
pub(super) mod runs;
pub(super) mod tools;

use domain::{Fault, tools::RunState};

/// How a run ended, as it is written.
pub(super) struct Finish {
    pub(super) state: RunState,
    pub(super) exit_code: Option<i32>,
    pub(super) trouble: String,
    pub(super) log: super::log::Figures,
}

/// Reads stored JSON back; it was written by us.
fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| {
        tracing::error!(%error, "stored JSON does not parse");
        Fault::Internal
    })
}

/// Writes JSON for a column.
fn to_json<T: serde::Serialize>(value: &T) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| {
        tracing::error!(%error, "value does not write as JSON");
        Fault::Internal
    })
}
