//! What `evenkeel load --format json` writes.

use serde_json::Value;

use super::{Reading, Unread, count, lacks};
use crate::evidence::Source;

pub(super) fn report(value: &Value) -> Result<Reading, Unread> {
    let number = |name: &str| value.get(name).and_then(count);
    let figure = |name: &str| value.get(name).and_then(Value::as_f64);
    let total = number("requests").ok_or_else(|| lacks("evenkeel load", "no requests"))?;
    let mut reading = Reading::of(Source::Evenkeel, total, number("failed").unwrap_or(0));
    (reading.duration_s, reading.rate) = (figure("duration_s"), figure("rate"));
    let time = |name: &str| value.get("latency_ms")?.get(name)?.as_f64();
    (reading.min_ms, reading.mean_ms, reading.max_ms) = (time("min"), time("mean"), time("max"));
    let names = [(50.0, "p50"), (75.0, "p75"), (90.0, "p90"), (95.0, "p95"), (99.0, "p99"), (99.9, "p99.9")];
    reading.quantiles = names.into_iter().filter_map(|(percent, name)| Some((percent, time(name)?))).collect();
    Ok(reading)
}
