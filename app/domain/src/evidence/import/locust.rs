//! Locust: `PREFIX_stats.csv` of `--csv`, whose row `Aggregated` holds all of it, and what `--json` prints.

use serde_json::Value;

use super::{Reading, Unread, count, lacks};
use crate::{Timestamp, evidence::Source};

pub(super) fn csv(rows: &[Vec<String>]) -> Result<Reading, Unread> {
    let header = rows.first().ok_or_else(|| lacks("Locust", "the file is empty"))?;
    let place = |name: &str| header.iter().position(|own| own.trim() == name);
    let name = place("Name").ok_or_else(|| lacks("Locust", "no column Name"))?;
    let mut body = rows[1..].iter().filter(|row| row.len() > name);
    let all =
        body.clone().find(|row| matches!(row[name].trim(), "Aggregated" | "Total")).or_else(|| body.next().filter(|_| rows.len() == 2));
    let row = all.ok_or_else(|| lacks("Locust", "no row Aggregated"))?;
    let figure = |column: &str| row.get(place(column)?)?.trim().parse::<f64>().ok();
    let total = figure("Request Count").and_then(super::whole).ok_or_else(|| lacks("Locust", "no Request Count"))?;
    let mut reading = Reading::of(Source::Locust, total, figure("Failure Count").and_then(super::whole));
    reading.rate = figure("Requests/s");
    reading.duration_s = reading.rate.filter(|rate| *rate > 0.0).map(|rate| total as f64 / rate);
    reading.min_ms = figure("Min Response Time");
    reading.mean_ms = figure("Average Response Time");
    reading.max_ms = figure("Max Response Time");
    reading.quantiles = header
        .iter()
        .zip(row)
        .filter_map(|(name, cell)| Some((name.trim().strip_suffix('%')?.parse().ok()?, cell.trim().parse().ok()?)))
        .filter(|(percent, _): &(f64, f64)| *percent < 100.0)
        .collect();
    Ok(reading)
}

/// What `--json` prints: one entry for each name, with a histogram of its times. It holds all requests; the CSV is written each
/// second, and may lack the last.
pub(super) fn json(entries: &[Value]) -> Result<Reading, Unread> {
    let sum = |name: &str| -> Option<u64> { entries.iter().map(|one| one.get(name).and_then(count)).sum() };
    let figures = |name: &'static str| entries.iter().filter_map(move |one| one.get(name).and_then(Value::as_f64));
    let total = sum("num_requests").ok_or_else(|| lacks("Locust", "no num_requests"))?;
    let mut reading = Reading::of(Source::Locust, total, sum("num_failures"));
    let (begin, end) = (figures("start_time").reduce(f64::min), figures("last_request_timestamp").reduce(f64::max));
    #[expect(clippy::cast_possible_truncation, reason = "seconds since 1970")]
    let began_at = begin.map(|seconds| Timestamp((seconds * 1e3).round() as i64));
    reading.began_at = began_at;
    if let Some(seconds) = begin.zip(end).map(|(begin, end)| end - begin).filter(|seconds| *seconds > 0.0) {
        (reading.duration_s, reading.rate) = (Some(seconds), Some(total as f64 / seconds));
    }
    (reading.min_ms, reading.max_ms) = (figures("min_response_time").reduce(f64::min), figures("max_response_time").reduce(f64::max));
    let timed = total.saturating_sub(sum("num_none_requests").unwrap_or(0));
    reading.mean_ms = (timed > 0).then(|| figures("total_response_time").sum::<f64>() / timed as f64);
    let mut times: Vec<(f64, u64)> = Vec::new();
    for entry in entries {
        let own = entry.get("response_times").and_then(Value::as_object);
        times.extend(own.into_iter().flatten().filter_map(|(ms, n)| Some((ms.parse().ok()?, count(n)?))));
    }
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    // As Locust's own report: the highest time below which no more than so many lie. Requests that were not timed lie below all.
    let untimed = total.saturating_sub(times.iter().map(|(_, n)| n).sum());
    let at = |percent: f64| -> Option<f64> {
        let (below, mut before, mut found) = (super::whole((total as f64 * percent / 100.0).floor())?, untimed, None);
        for (ms, n) in &times {
            if found != Some(*ms) && before > below {
                break;
            }
            found = Some(*ms);
            before += n;
        }
        found
    };
    reading.quantiles = [50.0, 75.0, 90.0, 95.0, 99.0, 99.9].into_iter().filter_map(|percent| Some((percent, at(percent)?))).collect();
    Ok(reading)
}
