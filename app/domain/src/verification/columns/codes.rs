//! Columns of codes: what says that it went well, whatever else fails, and what was never seen before.

use std::collections::{HashMap, HashSet};

use super::{
    nothing,
    outcome::failed,
    words::{SUCCESSES, UP, Words},
};
use crate::text::number;

/// Words that the name of a column of codes ends with.
const CODES: &[&str] = &[
    "code",
    "rc",
    "errno",
    "errcode",
    "errorcode",
    "exitcode",
    "respcode",
    "resultcode",
    "retcode",
    "returncode",
    "返回码",
    "响应码",
    "错误码",
    "结果码",
];
/// Cells that say, beside the words of outcomes, that it went well: reasons that HTTP gives.
const WELL: &[&str] = &[
    "created",
    "no content",
    "partial content",
    "reset content",
    "found",
    "see other",
    "not modified",
    "moved permanently",
    "moved temporarily",
    "temporary redirect",
    "permanent redirect",
];
/// Cells that say that it is not over, or was not tried.
const OPEN: &[&str] = &[
    "pending",
    "queued",
    "waiting",
    "running",
    "processing",
    "in progress",
    "in_progress",
    "started",
    "open",
    "new",
    "scheduled",
    "skipped",
    "unknown",
    "处理中",
    "待处理",
];
/// Cells that say how far something has come: what stands beside them is another stage as well, and no failure for that.
const STAGES: &[&str] = &["completed"];
/// Words of a name whose `approved` is a stage as well; of a payment it is the answer.
const STAGED: &[&str] = &["order", "approval", "document", "request", "application"];
/// How a sum of several requests begins, of which the last number says how many failed.
const SUM: &str = "number of samples in transaction";
/// Letters of a code at most: what is longer is a sentence, or names one row.
const LETTERS: usize = 16;
/// Codes that are named at most.
const NAMED: usize = 5;

/// Whether a column holds a code a row, by its name.
pub fn names_codes(name: &str) -> bool {
    let low = Words::of(name);
    !low.measures() && low.0.last().is_some_and(|word| CODES.contains(&word.as_str()))
}

fn is_code(cell: &str) -> bool {
    cell.chars().count() <= LETTERS && cell.chars().all(|letter| letter.is_alphanumeric() || "-_.".contains(letter))
}

/// Whether a cell says that it went well, and not only how far it has come.
pub fn went_well(low: &Words, cell: &str) -> bool {
    let word = cell.trim().to_lowercase();
    let is_stage = STAGES.contains(&word.as_str()) || word == "approved" && low.has(STAGED);
    failed(low, cell) == Some(false) && !is_stage
}

/// Whether a cell says that something failed, of a column most of whose cells say that it went well: everything else does, but for what
/// is not over.
pub fn failed_else(low: &Words, cell: &str) -> Option<bool> {
    let word = cell.trim().to_lowercase();
    let is = |lists: &[&[&str]]| lists.iter().any(|list| list.contains(&word.as_str()));
    match failed(low, cell) {
        None if nothing(cell) || is(&[OPEN]) => None,
        None if word.starts_with(SUM) => {
            let last = word.rsplit(|letter: char| !letter.is_ascii_digit()).find(|digits| !digits.is_empty())?;
            Some(last.bytes().any(|digit| digit != b'0'))
        }
        // Numbers beside words: statuses of HTTP, and 0.
        None if number(&word).is_some_and(|value| value == 0.0 || (200.0..400.0).contains(&value)) => Some(false),
        None => Some(!is(&[SUCCESSES, UP, WELL])),
        said => said,
    }
}

/// Whether a column holds codes of which 0 (`00`) says that it went well, and everything else that it did not: by its name, and as most
/// of the baseline is 0. What may be statuses of HTTP, of which 0 is no answer, is none. Of the candidate words will do as well.
pub fn zero_is_good(name: &str, before: &[&str], after: &[&str]) -> bool {
    if !names_codes(name) {
        return false;
    }
    let (before, after) = (told(before), told(after));
    let zeros = before.iter().filter(|(_, value)| *value == Some(0.0)).count();
    let others: Vec<(&str, Option<f64>)> = before.iter().chain(&after).copied().filter(|(_, value)| *value != Some(0.0)).collect();
    let code = |cell: &str, value: Option<f64>| match value {
        Some(value) => value.fract() == 0.0,
        None => is_code(cell) && cell.chars().any(|letter| letter.is_ascii_digit()),
    };
    let low = Words::of(name);
    // A 200 shows that they are of HTTP; other schemes have codes of three digits as well.
    let proven = low.has(&["http"]) || others.iter().any(|(_, value)| *value == Some(200.0));
    let http = low.has(&["http", "status", "response", "resp"]) || low.0 == ["code"];
    let statuses = http && proven && others.iter().all(|(_, value)| value.is_some_and(|value| (100.0..600.0).contains(&value)));
    let whole = |value: &Option<f64>| value.is_none_or(|value| value.fract() == 0.0);
    let codes = !others.is_empty() && before.iter().all(|(cell, value)| code(cell, *value)) && after.iter().all(|(_, value)| whole(value));
    zeros * 2 > before.len() && codes && !statuses
}

/// What says anything, and its number.
fn told<'c>(cells: &[&'c str]) -> Vec<(&'c str, Option<f64>)> {
    cells.iter().filter(|cell| !nothing(cell)).map(|cell| (cell.trim(), number(cell))).collect()
}

/// Codes of failures that only the candidate has and how often each is there, the commonest first, as many as are to be named.
pub fn new_codes(before: &[&str], after: &[&str], failed: impl Fn(&str) -> bool) -> Vec<(String, usize)> {
    let known: HashSet<&str> = before.iter().map(|cell| cell.trim()).collect();
    let mut found: HashMap<&str, usize> = HashMap::new();
    for cell in after.iter().map(|cell| cell.trim()).filter(|cell| !known.contains(cell) && !nothing(cell) && is_code(cell) && failed(cell))
    {
        *found.entry(cell).or_default() += 1;
    }
    commonest(found.into_iter().map(|(code, times)| (code.to_owned(), times)).collect())
}

/// The commonest first, as many as are to be named.
pub fn commonest(mut found: Vec<(String, usize)>) -> Vec<(String, usize)> {
    found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    found.truncate(NAMED);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beside_what_went_well_everything_else_fails() {
        let low = Words::of("status");
        for (cell, wanted) in [
            ("OK", Some(false)),
            ("E51", Some(true)),
            ("51", Some(true)),
            ("Connection refused by peer", Some(true)),
            ("Not Modified", Some(false)),
            ("paid", Some(false)),
            ("pending", None),
            ("-", None),
            ("200", Some(false)),
            ("302", Some(false)),
            ("00", Some(false)),
            ("404", Some(true)),
            ("Number of samples in transaction : 3, number of failing samples : 0", Some(false)),
            ("Number of samples in transaction : 3, number of failing samples : 10", Some(true)),
        ] {
            assert_eq!(failed_else(&low, cell), wanted, "{cell}");
        }
    }

    #[test]
    fn only_codes_have_a_zero_that_is_good() {
        for name in ["result_code", "responseCode", "rc", "RC", "exit_code", "errno", "error_code", "返回码", "code"] {
            assert!(zero_is_good(name, &["0", "00", "51"], &["00", "05"]), "{name}");
        }
        assert!(zero_is_good("response_code", &["00", "00", "51"], &["00", "N7"]) && zero_is_good("exit_code", &["0", "0"], &["-1"]));
        assert!(zero_is_good("result_code", &["0", "0", "101"], &["0"]));
        for name in ["port", "shop_id", "retries", "value", "errors", "code_ms", "error_codes", "error_code_count", "status", "barcodes"] {
            assert!(!zero_is_good(name, &["0", "0", "51"], &["0", "5"]), "{name}");
        }
        assert!(zero_is_good("response_code", &["000", "000", "116"], &["000", "116", "116"]), "no 200 among them");
        assert!(!zero_is_good("http_code", &["0", "0"], &["503"]), "by its name");
        assert!(!zero_is_good("result_code", &["0", "0", "0.5"], &["0"]), "a measure");
        assert!(!zero_is_good("result_code", &["0", "0"], &["0"]), "nothing to ask");
        assert!(!zero_is_good("zip_code", &["10115", "10117", "0"], &["10115"]), "most are not 0");
        assert!(!zero_is_good("error_code", &["0", "0", "broken pipe"], &["0"]), "a sentence");
        assert!(zero_is_good("error_code", &["0", "0", "5"], &["0", "broken pipe"]), "of the candidate it says that it failed");
        for name in ["http_code", "status_code", "responseCode", "code"] {
            assert!(!zero_is_good(name, &["0", "0"], &["200", "0"]), "{name}");
        }
    }

    #[test]
    fn new_codes_are_named_by_how_often_they_are_there() {
        let after = ["00", "E7", "E9", "E9", "51", "no such host", "e3a1f0b2-94c7-4d21-9a55", "-"];
        assert_eq!(new_codes(&["00", "51"], &after, |cell| cell != "00"), [("E9".to_owned(), 2), ("E7".to_owned(), 1)]);
        let many: Vec<String> = (10..30).map(|code| code.to_string()).collect();
        assert_eq!(new_codes(&[], &many.iter().map(String::as_str).collect::<Vec<_>>(), |_| true).len(), NAMED);
    }
}
