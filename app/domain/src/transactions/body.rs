//! The body of a batch: newline-delimited JSON, a JSON array, or one JSON object. Good lines are kept, bad ones reported.

use std::fmt;

use serde::{
    Deserializer,
    de::{SeqAccess, Visitor},
};

use super::{
    record::{Line, LineProblem, Receipt, Rules},
    roll::{LocalNames, Row},
};
use crate::{Fault, Problem, Wording};

/// Refused lines that are listed; the rest are counted.
const LISTED: usize = 100;

/// A batch as it arrived, decompressed.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// The bytes.
    pub body: Vec<u8>,
    /// The sender's name for this batch; the same name with the same bytes counts once.
    pub key: Option<String>,
}

/// What was read from a batch.
#[derive(Debug, Default)]
pub struct Parsed {
    /// Good lines.
    pub rows: Vec<Row>,
    /// What the numbers in the rows stand for.
    pub names: LocalNames,
    /// What will be answered once the rows are durable.
    pub receipt: Receipt,
}

impl Parsed {
    fn take(&mut self, line: &Line<'_>, number: u64, rules: &Rules) {
        match line.read(rules, &mut self.names) {
            Ok(row) => {
                self.rows.push(row);
                self.receipt.accepted += 1;
            }
            Err(problems) => self.refuse(number, line.own_id(), problems),
        }
    }

    fn refuse(&mut self, line: u64, id: Option<String>, problems: Vec<Problem>) {
        self.receipt.refused += 1;
        if self.receipt.problems.len() < LISTED {
            self.receipt.problems.push(LineProblem { line, id, problems });
        }
    }
}

/// Reads a batch. Only what cannot be told apart into lines is refused as a whole: nothing at all, or an array that is not JSON.
pub fn read_batch(body: &[u8], rules: &Rules) -> Result<Parsed, Fault> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let mut parsed = Parsed::default();
    match body.iter().find(|b| !b.is_ascii_whitespace()) {
        None => return Err(Fault::invalid("body", "", Wording::new("expect-transaction-body"))),
        Some(b'[') => read_array(body, rules, &mut parsed)?,
        // An object over several lines is no NDJSON: its first line alone is not JSON, the whole is.
        Some(b'{') => match first_line(body).and_then(|line| serde_json::from_slice::<Line>(line).err()) {
            Some(_) if let Ok(one) = serde_json::from_slice::<Line>(body) => parsed.take(&one, 1, rules),
            _ => read_lines(body, rules, &mut parsed),
        },
        Some(_) => read_lines(body, rules, &mut parsed),
    }
    Ok(parsed)
}

fn first_line(body: &[u8]) -> Option<&[u8]> {
    body.split(|b| *b == b'\n').find(|line| !line.trim_ascii().is_empty())
}

fn read_lines(body: &[u8], rules: &Rules, parsed: &mut Parsed) {
    for (number, line) in (1..).zip(body.split(|b| *b == b'\n')) {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        match serde_json::from_slice::<Line>(line) {
            Ok(read) => parsed.take(&read, number, rules),
            Err(error) => {
                let expected = Wording::new("expect-transaction-json").with("column", error.column());
                parsed.refuse(number, None, vec![Problem::new("", String::from_utf8_lossy(line), expected)]);
            }
        }
    }
}

/// An array is read whole before anything counts: half an array is a broken transfer.
fn read_array(body: &[u8], rules: &Rules, parsed: &mut Parsed) -> Result<(), Fault> {
    struct Elements<'a> {
        rules: &'a Rules,
        parsed: &'a mut Parsed,
    }
    impl<'de> Visitor<'de> for Elements<'_> {
        type Value = ();
        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("an array of objects")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
            let mut number = 0;
            while let Some(line) = seq.next_element::<Line>()? {
                number += 1;
                self.parsed.take(&line, number, self.rules);
            }
            Ok(())
        }
    }
    let mut json = serde_json::Deserializer::from_slice(body);
    json.deserialize_seq(Elements { rules, parsed }).and_then(|()| json.end()).map_err(|error| {
        let line = body.split(|b| *b == b'\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
        let expected = Wording::new("expect-transaction-array").with("line", error.line()).with("column", error.column());
        Fault::invalid("body", String::from_utf8_lossy(line), expected)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Timestamp, id::SystemId, transactions::Target};

    fn rules() -> Rules {
        let id = SystemId::parse("0193f2a0-7b1c-7def-8abc-0123456789ab").unwrap();
        Rules {
            now: Timestamp(1_750_000_000_000),
            oldest: Timestamp(1_740_000_000_000),
            newest: Timestamp(1_750_000_600_000),
            success_codes: vec!["00".into(), "SUCCESS".into()],
            systems: [("pay".to_owned(), Target::Open(id)), ("old".to_owned(), Target::Closed)].into(),
        }
    }

    fn problems(parsed: &Parsed) -> Vec<(u64, String, String, &'static str)> {
        let each =
            |l: &LineProblem| l.problems.iter().map(|p| (l.line, p.field.clone(), p.value.clone(), p.expected.key)).collect::<Vec<_>>();
        parsed.receipt.problems.iter().flat_map(each).collect()
    }

    const GOOD: &str =
        r#"{"time":1750000000000,"system":"pay","link":"L1","merchant":17,"code":"51","latency_ms":12.5,"amount":"1.50","currency":"cny"}"#;

    #[test]
    fn the_three_forms_give_the_same_rows() {
        let lines = format!("{GOOD}\n\n{GOOD}\r\n");
        let array = format!(" [{GOOD},\n{GOOD}]\n");
        let pretty = GOOD.replace(',', ",\n");
        let a = read_batch(lines.as_bytes(), &rules()).unwrap();
        let b = read_batch(array.as_bytes(), &rules()).unwrap();
        let c = read_batch(pretty.as_bytes(), &rules()).unwrap();
        assert_eq!(a.rows, b.rows);
        assert_eq!(a.rows[..1], c.rows);
        let row = &a.rows[0];
        assert!(row.failed);
        assert_eq!((row.amount, row.minute), (150, 29_166_666));
        assert_eq!(a.names.texts(super::super::Dimension::Merchant), ["17"]);
    }

    #[test]
    fn every_problem_names_line_field_and_value() {
        let body = [
            GOOD,
            r#"{"time":1750000000,"system":"nope","success":1,"latency_ms":-1,"amount":1.5,"currency":"RMBX","merchant":["x"]}"#,
            r#"{"time":"2025-06-15T15:06:40Z","system":"old","code":"00","id":"t-3"}"#,
            "{oops",
            "[1]",
            r#"{"time":"2025-06-15T23:06:40+08:00","system":"pay","code":"success","amount":"1.5"}"#,
            r#"{"time":1700000000000,"system":"pay"}"#,
        ]
        .join("\n");
        let parsed = read_batch(body.as_bytes(), &rules()).unwrap();
        assert_eq!((parsed.receipt.accepted, parsed.receipt.refused), (1, 6));
        let found = problems(&parsed);
        let found: Vec<_> = found.iter().map(|(l, f, v, k)| (*l, f.as_str(), v.as_str(), *k)).collect();
        assert_eq!(
            found,
            [
                (2, "time", "1750000000", "expect-transaction-time"),
                (2, "system", "nope", "expect-transaction-system"),
                (2, "merchant", "{…}", "expect-transaction-text"),
                (2, "success", "1", "expect-transaction-success"),
                (2, "latency_ms", "-1", "expect-transaction-latency"),
                (2, "currency", "RMBX", "expect-transaction-currency"),
                (2, "amount", "1.5", "expect-transaction-amount"),
                (3, "system", "old", "expect-transaction-system-open"),
                (4, "", "{oops", "expect-transaction-json"),
                (5, "", "", "expect-transaction-object"),
                (6, "amount", "1.5", "expect-transaction-amount-currency"),
                (7, "time", "1700000000000", "expect-transaction-not-before"),
                (7, "success", "", "expect-transaction-success"),
            ]
        );
        assert_eq!(parsed.receipt.problems[1].id.as_deref(), Some("t-3"));
    }

    #[test]
    fn half_an_array_counts_nothing() {
        let fault = read_batch(format!("[{GOOD},{{\"ti").as_bytes(), &rules()).unwrap_err();
        assert_eq!(fault.problems()[0].expected.key, "expect-transaction-array");
        assert_eq!(read_batch(b" \n ", &rules()).unwrap_err().problems()[0].field, "body");
    }
}
