//! Locust: `PREFIX_stats.csv` of `--csv`; the row `Aggregated` holds all of it.

use super::{Reading, Unread, lacks};
use crate::evidence::Source;

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
    let mut reading = Reading::of(Source::Locust, total, figure("Failure Count").and_then(super::whole).unwrap_or(0));
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
