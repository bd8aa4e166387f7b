//! What `evenkeel load --format json` writes.

use serde_json::Value;

use super::{Reading, Unread, count, lacks};
use crate::{
    Timestamp,
    evidence::{Facts, Source, read_facts},
};

/// Free words as the value of one fact.
fn described(said: &str) -> String {
    let plain: String = said.chars().map(|letter| if letter == ';' || letter.is_control() { ',' } else { letter }).take(200).collect();
    plain.trim().to_owned()
}

pub(super) fn report(value: &Value) -> Result<Reading, Unread> {
    let number = |name: &str| value.get(name).and_then(count);
    let figure = |name: &str| value.get(name).and_then(Value::as_f64);
    let total = number("requests").ok_or_else(|| lacks("evenkeel load", "no requests"))?;
    let mut reading = Reading::of(Source::Evenkeel, total, number("failed"));
    reading.began_at = value.get("began_at").and_then(Value::as_i64).map(Timestamp);
    // Targets are described in free words, too.
    let said = value.pointer("/environment/facts").and_then(Value::as_str).unwrap_or_default();
    reading.facts = read_facts(said).unwrap_or_else(|_| Facts::from([("described".to_owned(), described(said))]));
    reading.offered = figure("wanted_rate");
    (reading.duration_s, reading.rate) = (figure("duration_s"), figure("rate"));
    let time = |name: &str| value.get("latency_ms")?.get(name)?.as_f64();
    (reading.min_ms, reading.mean_ms, reading.max_ms) = (time("min"), time("mean"), time("max"));
    let names = [(50.0, "p50"), (75.0, "p75"), (90.0, "p90"), (95.0, "p95"), (99.0, "p99"), (99.9, "p99.9")];
    reading.quantiles = names.into_iter().filter_map(|(percent, name)| Some((percent, time(name)?))).collect();
    Ok(reading)
}
