//! wrk and wrk2 with `--latency`, as they print it.

use super::{Reading, Unread, lacks};
use crate::evidence::Source;

pub(super) fn text(text: &str) -> Result<Reading, Unread> {
    let mut reading = Reading::of(Source::Wrk, 0, None);
    let mut failed = 0;
    let mut known = false;
    for line in text.lines().map(str::trim) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [n, "requests", "in", length, ..] => {
                let (Ok(n), Some(length)) = (n.parse(), time(length.trim_end_matches(','))) else { continue };
                (reading.requests, reading.duration_s, known) = (n, Some(length / 1e3), true);
            }
            ["Requests/sec:", rate] => reading.rate = rate.parse().ok(),
            ["Latency", mean, _, max, ..] if reading.mean_ms.is_none() => (reading.mean_ms, reading.max_ms) = (time(mean), time(max)),
            ["Non-2xx", "or", "3xx", "responses:", n] => failed += n.parse::<u64>().unwrap_or(0),
            ["Socket", "errors:", rest @ ..] => {
                failed += rest.iter().filter_map(|word| word.trim_end_matches(',').parse::<u64>().ok()).sum::<u64>();
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
    // A request that met a socket error may not stand among those that ended.
    reading.requests = reading.requests.max(failed);
    // wrk keeps silent of what did not happen.
    reading.failed = Some(failed);
    if known { Ok(reading) } else { Err(lacks("wrk", "no line with the number of requests")) }
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
