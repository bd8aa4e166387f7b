//! oha: <https://github.com/hatoo/oha/blob/master/schema.json>. Seconds. An answer of 400 and more counts as failed here, which
//! oha's own success rate does not do. What was under way when the time of `-z` was over did not end: it counts nowhere, as there.

use serde_json::Value;

use super::{Reading, Unread, count, lacks};
use crate::evidence::Source;

/// What oha calls requests that the end of the run cut off.
const CUT_OFF: &str = "aborted due to deadline";

pub(super) fn json(value: &Value) -> Result<Reading, Unread> {
    let sum = |name: &str, which: fn(&str) -> bool| -> u64 {
        let all = value.get(name).and_then(Value::as_object);
        all.into_iter().flatten().filter(|(key, _)| which(key)).filter_map(|(_, n)| count(n)).sum()
    };
    let summary = value.get("summary").ok_or_else(|| lacks("oha", "no summary"))?;
    let errors = sum("errorDistribution", |error| error != CUT_OFF);
    let answers = sum("statusCodeDistribution", |_| true);
    if answers + errors == 0 {
        return Err(lacks("oha", "no requests: statusCodeDistribution and errorDistribution are empty"));
    }
    let bad = sum("statusCodeDistribution", |code| code.parse::<u16>().is_ok_and(|code| code >= 400));
    let mut reading = Reading::of(Source::Oha, answers + errors, Some(errors + bad));
    let seconds = |name: &str| summary.get(name).and_then(Value::as_f64);
    let ms = |name: &str| seconds(name).map(|s| s * 1e3);
    (reading.duration_s, reading.rate) = (seconds("total"), seconds("requestsPerSec"));
    (reading.min_ms, reading.mean_ms, reading.max_ms) = (ms("fastest"), ms("average"), ms("slowest"));
    let quantiles = value.get("latencyPercentiles").and_then(Value::as_object);
    reading.quantiles =
        quantiles.into_iter().flatten().filter_map(|(name, s)| Some((name.strip_prefix('p')?.parse().ok()?, s.as_f64()? * 1e3))).collect();
    reading.quantiles.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(reading)
}
