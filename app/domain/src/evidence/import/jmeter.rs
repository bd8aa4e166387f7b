//! JMeter: results as CSV or XML (<https://jmeter.apache.org/usermanual/listeners.html>), and `statistics.json` of the dashboard.
//! Samples within a sample are parts of it and do not count.

use serde_json::Value;

use super::{Reading, Unread, count, lacks};
use crate::evidence::Source;

/// Columns where the file has no header: JMeter's own order.
const USUAL: [&str; 9] =
    ["timeStamp", "elapsed", "label", "responseCode", "responseMessage", "threadName", "dataType", "success", "failureMessage"];

pub(super) fn csv(rows: &[Vec<String>]) -> Result<Reading, Unread> {
    let named = rows.first().is_some_and(|row| row.iter().any(|name| name.trim() == "elapsed"));
    let names: Vec<&str> = if named { rows[0].iter().map(|name| name.trim()).collect() } else { USUAL.to_vec() };
    let place = |name: &str| names.iter().position(|own| *own == name).ok_or_else(|| lacks("JMeter", format!("no column {name}")));
    let (at, elapsed, success) = (place("timeStamp")?, place("elapsed")?, place("success")?);
    let samples: Vec<(i64, f64, bool)> = rows[usize::from(named)..]
        .iter()
        .filter_map(|row| {
            let begin = row.get(at)?.trim();
            let begin = begin
                .parse()
                .ok()
                .or_else(|| crate::verification::moment::read_moment(&begin.replace('/', "-"), &jiff::tz::TimeZone::UTC).map(|at| at.0));
            Some((begin?, row.get(elapsed)?.trim().parse().ok()?, !row.get(success)?.trim().eq_ignore_ascii_case("true")))
        })
        .collect();
    if samples.is_empty() { Err(lacks("JMeter", "no sample")) } else { Ok(Reading::of_samples(Source::Jmeter, &samples)) }
}

pub(super) fn xml(text: &str) -> Result<Reading, Unread> {
    if !text.contains("<testResults") {
        return Err(Unread::Unknown);
    }
    let (mut samples, mut depth) = (Vec::new(), 0u32);
    let mut rest = text;
    while let Some(from) = rest.find('<') {
        rest = &rest[from + 1..];
        if let Some(after) = rest.strip_prefix("![CDATA[") {
            rest = after.find("]]>").map_or("", |end| &after[end + 3..]);
            continue;
        }
        if let Some(after) = rest.strip_prefix("!--") {
            rest = after.find("-->").map_or("", |end| &after[end + 3..]);
            continue;
        }
        let Some(end) = closing(rest) else { break };
        let tag = &rest[..end];
        rest = &rest[end + 1..];
        let sample = |tag: &str| matches!(tag.split(|c: char| c.is_whitespace() || c == '/').next(), Some("sample" | "httpSample"));
        if let Some(tag) = tag.strip_prefix('/') {
            depth = depth.saturating_sub(u32::from(sample(tag)));
        } else if sample(tag) {
            if depth == 0 {
                samples.extend(one(tag));
            }
            depth += u32::from(!tag.ends_with('/'));
        }
    }
    if samples.is_empty() { Err(lacks("JMeter", "no sample")) } else { Ok(Reading::of_samples(Source::Jmeter, &samples)) }
}

/// Where a tag ends: the first `>` outside quotes.
fn closing(text: &str) -> Option<usize> {
    let mut quote = None;
    text.char_indices().find_map(|(at, letter)| match (quote, letter) {
        (None, '>') => Some(at),
        (None, '"' | '\'') => {
            quote = Some(letter);
            None
        }
        (Some(open), letter) if open == letter => {
            quote = None;
            None
        }
        _ => None,
    })
}

fn one(tag: &str) -> Option<(i64, f64, bool)> {
    let attribute = |name: &str| {
        let from = tag.find(&format!(" {name}=\""))? + name.len() + 3;
        tag[from..].split('"').next()
    };
    Some((attribute("ts")?.parse().ok()?, attribute("t")?.parse().ok()?, attribute("s")? != "true"))
}

pub(super) fn statistics(value: &Value) -> Result<Reading, Unread> {
    let all = value.get("Total").ok_or_else(|| lacks("JMeter", "statistics.json has no Total"))?;
    let total = all.get("sampleCount").and_then(count).ok_or_else(|| lacks("JMeter", "no sampleCount"))?;
    let mut reading = Reading::of(Source::Jmeter, total, all.get("errorCount").and_then(count));
    let figure = |name: &str| all.get(name).and_then(Value::as_f64);
    reading.rate = figure("throughput");
    reading.duration_s = reading.rate.filter(|rate| *rate > 0.0).map(|rate| total as f64 / rate);
    (reading.min_ms, reading.mean_ms, reading.max_ms) = (figure("minResTime"), figure("meanResTime"), figure("maxResTime"));
    let names = [(50.0, "medianResTime"), (90.0, "pct1ResTime"), (95.0, "pct2ResTime"), (99.0, "pct3ResTime")];
    reading.quantiles = names.into_iter().filter_map(|(percent, name)| Some((percent, figure(name)?))).collect();
    Ok(reading)
}
