//! k6: <https://grafana.com/docs/k6/latest/results-output/end-of-test/custom-summary/>. The older `--summary-export` writes the
//! figures of a metric into it, `handleSummary` into its `values`. Of `http_req_failed`, `passes` counts the failures. With
//! `--new-machine-readable-summary` metrics are a list, failures are `matches`, and no counter has a rate.

use serde_json::Value;

use super::{Reading, Unread, count, lacks};
use crate::{Timestamp, evidence::Source};

pub(super) fn summary(value: &Value) -> Result<Reading, Unread> {
    let list = value.pointer("/results/metrics").and_then(Value::as_array);
    let metric = |name: &str| {
        let metric = match list {
            Some(list) => list.iter().find(|metric| metric.get("name").is_some_and(|own| own == name))?,
            None => value.get("metrics")?.get(name)?,
        };
        Some(metric.get("values").unwrap_or(metric))
    };
    let (requests, duration) = match (metric("http_reqs"), metric("http_req_duration")) {
        (Some(requests), Some(duration)) => (requests, duration),
        _ => (
            metric("iterations").ok_or_else(|| lacks("k6", "no metric http_reqs"))?,
            metric("iteration_duration").ok_or_else(|| lacks("k6", "no metric http_req_duration"))?,
        ),
    };
    let total = requests.get("count").and_then(count).ok_or_else(|| lacks("k6", "http_reqs has no count"))?;
    let failed = metric("http_req_failed").and_then(|failed| {
        let share = failed.get("rate").or_else(|| failed.get("value")).and_then(Value::as_f64);
        failed.get("passes").or_else(|| failed.get("matches")).and_then(count).or_else(|| super::whole(share? * total as f64))
    });
    let mut reading = Reading::of(Source::K6, total, failed);
    let figure = |name: &str| duration.get(name).and_then(Value::as_f64);
    reading.rate = requests.get("rate").and_then(Value::as_f64);
    reading.duration_s = value
        .pointer("/state/testRunDurationMs")
        .and_then(Value::as_f64)
        .map(|ms| ms / 1e3)
        .or_else(|| value.pointer("/config/duration").and_then(Value::as_f64))
        .or_else(|| reading.rate.filter(|rate| *rate > 0.0).map(|rate| total as f64 / rate));
    reading.rate = reading.rate.or_else(|| reading.duration_s.filter(|seconds| *seconds > 0.0).map(|seconds| total as f64 / seconds));
    // It is written when the run ends.
    let ended = value.pointer("/metadata/generatedAt").and_then(Value::as_str).and_then(Timestamp::parse_rfc3339);
    #[expect(clippy::cast_possible_truncation, reason = "the length of a run in milliseconds")]
    let began = |(end, seconds): (Timestamp, f64)| end.plus(-((seconds * 1e3).round() as i64));
    reading.began_at = ended.zip(reading.duration_s).map(began);
    (reading.min_ms, reading.mean_ms, reading.max_ms) = (figure("min"), figure("avg"), figure("max"));
    reading.quantiles = duration
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, time)| {
            let percent = if name == "med" { 50.0 } else { name.strip_prefix("p(")?.strip_suffix(')')?.parse().ok()? };
            Some((percent, time.as_f64()?))
        })
        .collect();
    reading.quantiles.sort_by(|a, b| a.0.total_cmp(&b.0));
    reading.quantiles.dedup_by(|a, b| a.0 == b.0);
    Ok(reading)
}
