//! Gatling: `js/stats.json` and `js/global_stats.json` of its report, and `simulation.log` where it is text (up to 3.9).

use serde_json::Value;

use super::{Gaps, Reading, Unread, count, lacks};
use crate::evidence::Source;

pub(super) fn stats(value: &Value) -> Result<Reading, Unread> {
    let stats = value.get("stats").unwrap_or(value);
    let figure = |name: &str, of: &str| {
        let found = stats.get(name)?.get(of)?;
        found.as_f64().or_else(|| found.as_str()?.parse().ok())
    };
    let number = |of: &str| stats.get("numberOfRequests").and_then(|all| count(all.get(of)?));
    let total = number("total").ok_or_else(|| lacks("Gatling", "no numberOfRequests.total"))?;
    let mut reading = Reading::of(Source::Gatling, total, number("ko"));
    reading.rate = figure("meanNumberOfRequestsPerSecond", "total");
    reading.duration_s = reading.rate.filter(|rate| *rate > 0.0).map(|rate| total as f64 / rate);
    reading.min_ms = figure("minResponseTime", "total");
    reading.mean_ms = figure("meanResponseTime", "total");
    reading.max_ms = figure("maxResponseTime", "total");
    // As Gatling is set up where nobody changed it.
    let names = [(50.0, "percentiles1"), (75.0, "percentiles2"), (95.0, "percentiles3"), (99.0, "percentiles4")];
    reading.quantiles = names.into_iter().filter_map(|(percent, name)| Some((percent, figure(name, "total")?))).collect();
    Ok(reading)
}

pub(super) fn log(text: &str) -> Result<Reading, Unread> {
    let (mut samples, mut gaps) = (Vec::new(), Gaps::default());
    for (line, text) in text.lines().enumerate().filter(|(_, text)| text.starts_with("REQUEST\t")) {
        match request(text) {
            Some(sample) => samples.push(sample),
            None => gaps.note(line + 1, text),
        }
    }
    let unread = gaps.of("Gatling", samples.len())?;
    if samples.is_empty() {
        return Err(lacks("Gatling", "no REQUEST in the log"));
    }
    Ok(Reading { unread, ..Reading::of_samples(Source::Gatling, &samples) })
}

/// The two moments before OK or KO, wherever a version puts them.
fn request(line: &str) -> Option<(Option<i64>, f64, bool)> {
    let fields: Vec<&str> = line.strip_prefix("REQUEST\t")?.split('\t').map(str::trim).collect();
    let at = fields.iter().rposition(|field| matches!(*field, "OK" | "KO"))?;
    let (begin, end): (i64, i64) = (fields.get(at.checked_sub(2)?)?.parse().ok()?, fields[at - 1].parse().ok()?);
    Some((Some(begin), (end - begin).max(0) as f64, fields[at] == "KO"))
}
