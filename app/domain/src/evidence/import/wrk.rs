//! wrk and wrk2 with `--latency`, as they print it.

use super::{Reading, Unread, lacks};
use crate::evidence::Source;

/// After so many seconds without an answer wrk2 counts a timeout, unless it is told otherwise.
const TIMEOUT_S: f64 = 2.0;

/// Of the timeouts that wrk2 counts, those that are failures. Every two seconds it counts each connection that began no request within the
/// timeout: one that hangs again and again, and one that only waits for its turn, too; then nobody knows.
fn hung(counted: u64, connections: u64, rate: Option<f64>) -> Option<u64> {
    let idle = rate.is_none_or(|rate| connections as f64 > TIMEOUT_S * rate);
    if counted > 0 && idle { None } else { Some(counted.min(connections)) }
}

pub(super) fn text(text: &str) -> Result<Reading, Unread> {
    let mut reading = Reading::of(Source::Wrk, 0, None);
    let (mut failed, mut timeouts, mut connections) = (0_u64, 0, 0);
    let mut known = false;
    for line in text.lines().map(str::trim) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [n, "requests", "in", length, ..] => {
                let (Ok(n), Some(length)) = (n.parse(), time(length.trim_end_matches(','))) else { continue };
                (reading.requests, reading.duration_s, known) = (n, Some(length / 1e3), true);
            }
            [_, "threads", "and", n, "connections"] => connections = n.parse().unwrap_or(0),
            ["Requests/sec:", rate] => reading.rate = rate.parse().ok(),
            ["Latency", mean, _, max, ..] if reading.mean_ms.is_none() => (reading.mean_ms, reading.max_ms) = (time(mean), time(max)),
            ["Non-2xx", "or", "3xx", "responses:", n] => failed += n.parse::<u64>().unwrap_or(0),
            ["Socket", "errors:", rest @ ..] => {
                for of in rest.chunks(2) {
                    let [kind, n] = of else { continue };
                    let n = n.trim_end_matches(',').parse::<u64>().unwrap_or(0);
                    if *kind == "timeout" { timeouts = n } else { failed += n }
                }
            }
            [percent, length] => {
                if let (Some(percent), Some(length)) = (percent.strip_suffix('%').and_then(|p| p.parse::<f64>().ok()), time(length))
                    && percent < 100.0
                    && reading.quantile(percent).is_none()
                {
                    reading.quantiles.push((percent, length));
                }
            }
            _ => {}
        }
    }
    let second = text.contains("Thread calibration") || text.contains("HdrHistogram");
    let timeouts = if second { hung(timeouts, connections, reading.rate) } else { Some(timeouts) };
    // wrk keeps silent of what did not happen. What met a socket error may not stand among those that ended.
    reading.failed = timeouts.map(|timeouts| (failed + timeouts).min(reading.requests));
    match reading.requests {
        _ if !known => Err(lacks("wrk", "no line with the number of requests")),
        0 => Err(lacks("wrk", "no request ended")),
        _ => Ok(reading),
    }
}

/// Milliseconds of `1.21ms`, `850.00us`, `2.3s`, `1.5m`, `1h`.
fn time(text: &str) -> Option<f64> {
    let at = text.find(|c: char| c.is_ascii_alphabetic())?;
    let number: f64 = text[..at].parse().ok()?;
    Some(
        number
            * match &text[at..] {
                "us" => 1e-3,
                "ms" => 1.0,
                "s" => 1e3,
                "m" => 6e4,
                "h" => 3.6e6,
                _ => return None,
            },
    )
}
