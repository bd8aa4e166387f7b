//! Files of load tools; which one it is shows in the file itself.

mod gatling;
mod jmeter;
mod k6;
mod locust;
mod oha;
mod own;
mod wrk;

use serde_json::Value;

use super::{Reading, table::rows};

/// Why a file is no evidence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// Of no tool that is known.
    #[error("neither of k6, JMeter, Gatling, oha, wrk2, Locust nor evenkeel load")]
    Unknown,
    /// It is the tool's, but something is not there.
    #[error("{tool}: {what}")]
    Lacks {
        /// The tool.
        tool: &'static str,
        /// What is not there, or wrong.
        what: String,
    },
}

fn lacks(tool: &'static str, what: impl Into<String>) -> Unread {
    Unread::Lacks { tool, what: what.into() }
}

/// Rows of a file that do not read: how many, and the first of them. What is not counted must not look as if it had gone well.
#[derive(Default)]
struct Gaps {
    count: usize,
    first: Option<(usize, String)>,
}

impl Gaps {
    fn note(&mut self, row: usize, what: &str) {
        self.count += 1;
        self.first.get_or_insert_with(|| (row, what.chars().take(80).collect()));
    }

    /// How many beside those that read, if any; refused where they are more than one in a hundred.
    fn of(self, tool: &'static str, read: usize) -> Result<Option<u64>, Unread> {
        let all = read + self.count;
        match self.first {
            Some((row, what)) if self.count * 100 > all => {
                Err(lacks(tool, format!("{} of {all} rows do not read, first row {row}: {what}", self.count)))
            }
            first => Ok(first.map(|_| self.count as u64)),
        }
    }
}

/// Reads what one run measured.
///
/// # Errors
/// Where the file is of no known tool, or says no number of requests.
pub fn read(bytes: &[u8]) -> Result<Reading, Unread> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.starts_with(['{', '[']) {
        // Of what k6 writes a line for each, the first tells enough.
        let first = || serde_json::from_str(text.lines().next()?).ok().filter(is_point);
        let value: Value = serde_json::from_str(text).or_else(|error| first().ok_or_else(|| lacks("JSON", error.to_string())))?;
        return json(&value);
    }
    if text.starts_with('<') {
        return jmeter::xml(text);
    }
    if text.starts_with("RUN\t") || text.contains("\nREQUEST\t") || text.starts_with("REQUEST\t") || text.starts_with("ASSERTION\t") {
        return gatling::log(text);
    }
    if text.contains("requests in") && (text.contains("Thread Stats") || text.contains("Requests/sec")) {
        return wrk::text(text);
    }
    if bytes.contains(&0) {
        return Err(lacks("Gatling", "a binary simulation.log can not be read: take js/stats.json of its report"));
    }
    let rows = rows(text);
    let header: Vec<&str> = rows.first().map(|row| row.iter().map(|name| name.trim()).collect()).unwrap_or_default();
    if header.contains(&"Request Count") {
        return locust::csv(&rows);
    }
    if header.contains(&"elapsed") || header.first().is_some_and(|cell| cell.len() == 13 && cell.parse::<i64>().is_ok()) {
        return jmeter::csv(&rows);
    }
    Err(Unread::Unknown)
}

/// Whether it is a line of `k6 run --out json`.
fn is_point(value: &Value) -> bool {
    value.get("metric").is_some() && value.get("type").is_some_and(|kind| kind == "Metric" || kind == "Point")
}

fn json(value: &Value) -> Result<Reading, Unread> {
    if is_point(value) {
        return Err(lacks("k6", "every point by itself, as --out json writes them, is not read: take what --summary-export writes"));
    }
    if value.get("tool").is_some_and(|tool| tool == "evenkeel load") {
        return own::report(value);
    }
    if value.get("metrics").is_some_and(Value::is_object) || value.pointer("/results/metrics").is_some_and(Value::is_array) {
        return k6::summary(value);
    }
    if value.get("latencyPercentiles").is_some() || value.pointer("/summary/requestsPerSec").is_some() {
        return oha::json(value);
    }
    if value.get("numberOfRequests").is_some() || value.pointer("/stats/numberOfRequests").is_some() {
        return gatling::stats(value);
    }
    if value.as_object().is_some_and(|all| all.values().any(|one| one.get("pct1ResTime").is_some())) {
        return jmeter::statistics(value);
    }
    if let Some(entries) = value.as_array().filter(|all| all.iter().any(|one| one.get("response_times").is_some())) {
        return locust::json(entries);
    }
    Err(Unread::Unknown)
}

/// A count that a file writes as a number of any kind.
fn count(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_f64().and_then(whole)).or_else(|| value.as_str()?.trim().parse().ok())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut before")]
fn whole(number: f64) -> Option<u64> {
    (0.0..9e15).contains(&number).then(|| number.round() as u64)
}
