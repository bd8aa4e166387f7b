//! JMeter: results as CSV or XML (<https://jmeter.apache.org/usermanual/listeners.html>), and `statistics.json` of the dashboard.
//! Samples within a sample are parts of it and do not count. That of a transaction controller is the sum of others, which count in its
//! place where the file has them.

use serde_json::Value;

use super::{Gaps, Reading, Unread, count, lacks};
use crate::{
    evidence::Source,
    series::Manner,
    verification::moment::read_moment,
};

/// Columns where the file has no header: JMeter's own order.
const USUAL: [&str; 9] =
    ["timeStamp", "elapsed", "label", "responseCode", "responseMessage", "threadName", "dataType", "success", "failureMessage"];

/// How the message of a transaction controller's sample begins.
const SUM: &str = "Number of samples in transaction";

/// A sample: begin, where it is known, and length in milliseconds, whether it failed, and whether it is the sum of others.
struct Sample(Option<i64>, f64, bool, bool);

/// What the samples say.
fn reading(all: &[Sample], gaps: Gaps) -> Result<Reading, Unread> {
    let unread = gaps.of("JMeter", all.len())?;
    let sums_alone = all.iter().all(|Sample(.., sum)| *sum);
    let counted = all.iter().filter(|Sample(.., sum)| sums_alone || !sum);
    let samples: Vec<(Option<i64>, f64, bool)> = counted.map(|Sample(begin, length, failed, _)| (*begin, *length, *failed)).collect();
    if samples.is_empty() {
        return Err(lacks("JMeter", "no sample"));
    }
    Ok(Reading { unread, ..Reading::of_samples(Source::Jmeter, &samples) })
}

/// The moment at which a sample began, as `jmeter.save.saveservice.timestamp_format` has it.
fn began(text: &str, manner: Manner) -> Option<i64> {
    let wall = || read_moment(text, &jiff::tz::TimeZone::UTC).map(|at| at.0);
    text.parse().ok().or_else(wall).or_else(|| manner.moment(text))
}

/// Milliseconds.
fn length(text: &str) -> Option<f64> {
    text.parse().ok().filter(|ms: &f64| ms.is_finite())
}

pub(super) fn csv(rows: &[Vec<String>]) -> Result<Reading, Unread> {
    let named = rows.first().is_some_and(|row| row.iter().any(|name| name.trim() == "elapsed"));
    let names: Vec<&str> = if named { rows[0].iter().map(|name| name.trim()).collect() } else { USUAL.to_vec() };
    let place = |name: &str| names.iter().position(|own| *own == name).ok_or_else(|| lacks("JMeter", format!("no column {name}")));
    let (at, elapsed, success) = (place("timeStamp")?, place("elapsed")?, place("success")?);
    let message = place("responseMessage").ok();
    let manner = Manner::of(rows.iter().filter_map(|row| row.get(at)).map(String::as_str));
    let (mut samples, mut gaps) = (Vec::new(), Gaps::default());
    for (place, row) in rows.iter().enumerate().skip(usize::from(named)) {
        let cell = |at: usize| row.get(at).map_or("", |cell| cell.trim());
        // Files that were put together have the header again.
        if cell(elapsed) == "elapsed" {
            continue;
        }
        let sum = message.is_some_and(|at| cell(at).starts_with(SUM));
        match (length(cell(elapsed)), cell(success)) {
            (Some(length), said) if !said.is_empty() => {
                samples.push(Sample(began(cell(at), manner), length, !said.eq_ignore_ascii_case("true"), sum));
            }
            (None, _) => gaps.note(place + 1, &format!("elapsed \"{}\"", cell(elapsed))),
            (Some(_), _) => gaps.note(place + 1, "success \"\""),
        }
    }
    reading(&samples, gaps)
}

pub(super) fn xml(text: &str) -> Result<Reading, Unread> {
    if !text.contains("<testResults") {
        return Err(Unread::Unknown);
    }
    // Of what is open, whether its parts count for themselves.
    let (mut samples, mut open) = (Vec::new(), Vec::new());
    let mut gaps = Gaps::default();
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
            if sample(tag) {
                open.pop();
            }
        } else if sample(tag) {
            let found = one(tag);
            let sum = found.as_ref().is_some_and(|Sample(.., sum)| *sum);
            if open.iter().all(|counts| *counts) {
                match found {
                    Some(found) => samples.push(found),
                    None => gaps.note(samples.len() + gaps.count + 1, tag),
                }
            }
            if !tag.ends_with('/') {
                open.push(sum);
            }
        }
    }
    reading(&samples, gaps)
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

fn one(tag: &str) -> Option<Sample> {
    let attribute = |name: &str| {
        let from = tag.find(&format!(" {name}=\""))? + name.len() + 3;
        tag[from..].split('"').next()
    };
    let sum = attribute("rm").is_some_and(|text| text.starts_with(SUM));
    Some(Sample(attribute("ts").and_then(|text| began(text, Manner::default())), length(attribute("t")?)?, attribute("s")? != "true", sum))
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
