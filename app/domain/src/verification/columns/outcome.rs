//! Columns of one outcome a row.

use super::words::{BROKEN, COUNTED, FAILURES, MANY, NOT, NUMBER, SUCCESSES, TOTALS, UP, Words};
use crate::outcome::{BAD, GOOD};

/// Whether `true` in a column by a name of these words says that something failed. `None` where they say neither: words such as `is`
/// do not matter, `not` before the word that says it turns it round, and so does `free` after it.
fn true_is_failure(low: &Words) -> Option<bool> {
    let first = |lists: &[&[&str]]| low.0.iter().position(|word| lists.iter().any(|list| list.contains(&word.as_str())));
    let failing = first(&[FAILURES, BAD, BROKEN]).map(|at| (at, true));
    let (at, failure) = failing.or_else(|| first(&[SUCCESSES, GOOD, UP]).map(|at| (at, false)))?;
    let turned = at.checked_sub(1).and_then(|before| low.0.get(before)).is_some_and(|word| NOT.contains(&word.as_str()));
    // `crash_free` says that none was.
    let free = low.0.get(at + 1).is_some_and(|word| word == "free");
    Some(failure != (turned != free))
}

/// Whether a cell says that something failed, of a column by a name of these words; `None` where it says neither.
pub fn failed(low: &Words, cell: &str) -> Option<bool> {
    let cell = cell.trim().to_lowercase();
    match cell.as_str() {
        "true" | "yes" | "t" | "y" => true_is_failure(low),
        "false" | "no" | "f" | "n" => true_is_failure(low).map(|failure| !failure),
        word if GOOD.contains(&word) => Some(false),
        word if BAD.contains(&word) => Some(true),
        _ => None,
    }
}

/// What a column of one outcome a row says by 0 and 1: whether the 1 is a failure. `None` of other columns, such as those that count
/// how many failed of a kind (`http_errors`).
pub fn one_is_failure(name: &str) -> Option<bool> {
    let low = Words::of(name);
    if low.measures() {
        return None;
    }
    let on = |lists: &[&[&str]], word: &String| lists.iter().any(|list| list.contains(&word.as_str()));
    // `request_failed` is of one of them, `failed_requests` is a number of them.
    let many = |word: &String| {
        on(&[NUMBER], word) || (on(&[TOTALS, COUNTED, MANY], word) && !word.ends_with(|end: char| end.is_ascii() && end != 's'))
    };
    // `errors` and nothing else may be of one as well.
    let plain = low.0.iter().all(|word| on(&[TOTALS, FAILURES, SUCCESSES], word));
    if plain || !low.0.iter().any(many) { true_is_failure(&low) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_read_from_words() {
        for (name, cell, wanted) in [
            ("success", "true", Some(false)),
            ("success", "False", Some(true)),
            ("failed", "TRUE", Some(true)),
            ("timed_out", "yes", Some(true)),
            ("isHealthy", "no", Some(true)),
            ("status", "OK", Some(false)),
            ("status", "Failed", Some(true)),
            ("status", "true", None),
            ("host", "web-1", None),
        ] {
            assert_eq!(failed(&Words::of(name), cell), wanted, "{name} {cell}");
        }
    }

    #[test]
    fn a_one_is_read_from_the_name() {
        for name in [
            "failed",
            "errors",
            "is_error",
            "has_failed",
            "http_error",
            "timeout",
            "payment_failed",
            "is_request_failed",
            "wasDeclined",
            "not_ok",
        ] {
            assert_eq!(one_is_failure(name), Some(true), "{name}");
        }
        for name in ["success", "ok", "is_success", "payment_approved", "did_pass", "no_error", "without_error", "up"] {
            assert_eq!(one_is_failure(name), Some(false), "{name}");
        }
        for name in ["error_time_ms", "success_rate", "cached", "http_errors", "timeout_count", "failed_orders", "value"] {
            assert_eq!(one_is_failure(name), None, "{name}");
        }
    }
}
