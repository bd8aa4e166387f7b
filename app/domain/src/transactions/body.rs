//! The body of a batch: newline-delimited JSON, a JSON array, or one JSON object. Good lines are kept, bad ones reported.

use std::fmt;

use serde::{
    Deserializer,
    de::{IgnoredAny, SeqAccess, Visitor},
};

use super::{
    names::LocalNames,
    record::{Line, LineProblem, LineSeed, Receipt},
    roll::Row,
    rules::Rules,
    samples::Samples,
};
use crate::{
    Fault, Problem, Wording,
    id::StreamId,
    streams::{ColumnMap, Layout},
};

/// Refused lines that are listed; the rest are counted.
const LISTED: usize = 100;

/// A batch as it arrived, decompressed.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// The bytes.
    pub body: Vec<u8>,
    /// The sender's name for this batch of this stream; the same name with the same bytes counts once.
    pub key: Option<String>,
    /// Where it has no name: that its content is its name.
    pub by_content: bool,
    /// The stream that all lines are of, whatever they say themselves.
    pub stream: Option<StreamId>,
    /// The same by its name, `system/stream`.
    pub stream_name: Option<String>,
    /// Where the fields of its lines stand, if not where the stream says: a table whose columns a person has chosen.
    pub read_as: Option<Box<Layout>>,
    /// Which field of its lines is what, where the sender says so; takes a stream that is named.
    pub columns: Option<Box<ColumnMap>>,
}

/// What was read from a batch.
#[derive(Debug, Default)]
pub struct Parsed {
    /// Good lines.
    pub rows: Vec<Row>,
    /// What the numbers in the rows stand for.
    pub names: LocalNames,
    /// Failures that may be kept one by one.
    pub samples: Samples,
    /// What will be answered once the rows are durable.
    pub receipt: Receipt,
}

impl Parsed {
    fn take(&mut self, line: &Line<'_>, number: u64, rules: &Rules) {
        match rules.read(line, &mut self.names, &mut self.samples) {
            Ok(row) => {
                self.rows.push(row);
                self.receipt.accepted += 1;
            }
            Err(problems) => self.refuse(number, rules.own_id(line), problems),
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
        Some(b'{') => match first_line(body).and_then(|line| Line::parse(line, &rules.fields).err()) {
            Some(_) if let Ok(one) = Line::parse(body, &rules.fields) => parsed.take(&one, 1, rules),
            _ => read_lines(body, rules, &mut parsed),
        },
        Some(_) => read_lines(body, rules, &mut parsed),
    }
    let seen = parsed.names.streams.iter().filter_map(|stream| stream.seen);
    if let Some((oldest, newest)) = seen.reduce(|(a, b), (c, d)| (a.min(c), b.max(d))) {
        (parsed.receipt.oldest_lag_ms, parsed.receipt.newest_lag_ms) = (Some(rules.now.since(oldest)), Some(rules.now.since(newest)));
    }
    Ok(parsed)
}

/// Objects that stand one after another without a line break, as some shippers write them; `None` where it is not that.
fn in_a_row(line: &[u8]) -> Option<Vec<&[u8]>> {
    let mut stream = serde_json::Deserializer::from_slice(line).into_iter::<IgnoredAny>();
    let (mut parts, mut from) = (Vec::new(), 0);
    while let Some(read) = stream.next() {
        read.ok()?;
        let to = stream.byte_offset();
        parts.push(line.get(from..to)?);
        from = to;
    }
    (parts.len() > 1 && line.starts_with(b"{")).then_some(parts)
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
        match Line::parse(line, &rules.fields) {
            Ok(read) => parsed.take(&read, number, rules),
            Err(error) => {
                let several = in_a_row(line).unwrap_or_default();
                let several: Result<Vec<Line>, _> = several.into_iter().map(|one| Line::parse(one, &rules.fields)).collect();
                match several {
                    Ok(several) if !several.is_empty() => several.iter().for_each(|one| parsed.take(one, number, rules)),
                    _ => {
                        let expected = Wording::new("expect-transaction-json").with("column", error.column());
                        parsed.refuse(number, None, vec![Problem::new("", String::from_utf8_lossy(line), expected)]);
                    }
                }
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
            while let Some(line) = seq.next_element_seed(LineSeed(&self.rules.fields))? {
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
    use crate::{
        Timestamp,
        id::SystemId,
        streams::{AmountUnit, Dimension, LatencyUnit, TimeFormat},
        transactions::Target,
    };

    const NOW: Timestamp = Timestamp(1_750_000_000_000);

    fn target(name: &str, change: impl FnOnce(&mut Layout)) -> Target {
        let mut layout = Layout::usual(&SystemId::parse("0193f2a0-7b1c-7def-8abc-0123456789ab").unwrap());
        change(&mut layout);
        Target { name: name.to_owned(), layout, open: name != "old", oldest: Timestamp(1_740_000_000_000) }
    }

    fn rules_of(targets: Vec<Target>, only: Option<usize>) -> Rules {
        Rules::new((NOW, Timestamp(1_750_000_600_000)), vec!["00".into(), "SUCCESS".into()], targets, only)
    }

    fn rules() -> Rules {
        rules_of(vec![target("pay", |_| {}), target("old", |_| {})], None)
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
        assert_eq!(a.names.texts("merchant"), ["17"]);
        assert_eq!(a.receipt.newest_lag_ms, Some(0));
    }

    #[test]
    fn every_problem_names_line_field_and_value() {
        let body = [
            GOOD,
            r#"{"time":1750000000,"system":"nope","success":2,"latency_ms":-2,"amount":1.5,"currency":"RMBX","merchant":["x"]}"#,
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
                (2, "success", "2", "expect-transaction-success"),
                (2, "latency_ms", "-2", "expect-transaction-latency"),
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

    /// A stream as a web server's log would need it.
    fn web() -> Target {
        target("pay/web", |layout| {
            layout.key = "web".into();
            let dimension = |key: &str, place, field: &str| Dimension {
                key: key.into(),
                label: String::new(),
                place,
                limit: None,
                wide: place == 3,
                field: field.into(),
                retired_at: None,
            };
            layout.dimensions = vec![dimension("region", 5, "geo.region"), dimension("host", 3, ""), dimension("tls", 0, "tls")];
            layout.success_codes = vec!["2*".into(), "304".into()];
            layout.currency = "JPY".into();
            let mapping = &mut layout.mapping;
            (mapping.time, mapping.time_format) = ("date".into(), TimeFormat::Seconds);
            (mapping.code, mapping.latency, mapping.latency_unit) = ("http.status".into(), "took".into(), LatencyUnit::Seconds);
            (mapping.amount, mapping.amount_unit) = ("price".into(), AmountUnit::Major);
        })
    }

    #[test]
    fn fields_stand_where_the_stream_says() {
        let body = r#"{"date":1749999999.25,"system":"pay","stream":"web","http":{"status":502,"x":[1]},"geo":{"region":"eu"},"host":"a","took":"0.25","price":12.0,"tls":true}
{"date":"1749999990","stream":"pay/web","http.status":"204","price":"7"}{"date":1750000000,"stream":"pay/web","http":{"status":304}}
{"date":"2025-06-15","stream":"pay/web","http":{"status":{"a":1}},"took":-2,"price":"1.5"}
{"time":1750000000000,"system":"pay","stream":"nope","code":"00"}"#;
        let parsed = read_batch(body.as_bytes(), &rules_of(vec![target("pay", |_| {}), web()], None)).unwrap();
        let found = problems(&parsed);
        let found: Vec<_> = found.iter().map(|(l, f, v, k)| (*l, f.as_str(), v.as_str(), *k)).collect();
        assert_eq!(
            found,
            [
                (3, "date", "2025-06-15", "expect-transaction-time-as"),
                (3, "http.status", "{…}", "expect-transaction-text"),
                (3, "took", "-2", "expect-transaction-latency-as"),
                (3, "price", "1.5", "expect-transaction-amount-as"),
                (4, "stream", "nope", "expect-transaction-stream"),
            ]
        );
        assert_eq!(parsed.receipt.accepted, 3);
        let [first, second, third] = parsed.rows[..] else { panic!() };
        assert!(first.failed && !second.failed && !third.failed);
        assert_eq!((first.amount, second.amount, first.wide), (12, 7, 1 << 3));
        assert_eq!(first.dims, [1, 0, 0, 1, 0, 1, 0, 0]);
        assert_eq!(parsed.names.texts("region"), ["eu"]);
        assert_eq!((parsed.names.texts("tls"), parsed.names.texts("code")), (&["true".to_owned()][..], &["502".to_owned()][..]));
        assert_eq!((parsed.receipt.newest_lag_ms, parsed.receipt.oldest_lag_ms), (Some(0), Some(10_000)));
    }

    #[test]
    fn wall_times_are_those_of_the_streams_zone() {
        let local = target("pay", |layout| {
            (layout.mapping.time_format, layout.mapping.time_zone) = (TimeFormat::Local, "Asia/Shanghai".into());
        });
        // It is 23:06:40 there.
        let at = |time: &str| GOOD.replace("1750000000000", &format!("\"{time}\""));
        let body = [at("2025-06-15 23:06:40"), at("2025/6/15 23:06"), at("2025-06-15 15:06:40Z"), at("noon"), GOOD.to_owned()].join("\n");
        let parsed = read_batch(body.as_bytes(), &rules_of(vec![local], None)).unwrap();
        assert_eq!(parsed.rows.iter().map(|row| row.minute).collect::<Vec<_>>(), [29_166_666; 3]);
        let found: Vec<_> = problems(&parsed).into_iter().map(|(line, _, value, key)| (line, value, key)).collect();
        assert_eq!(
            found,
            [(4, "noon".to_owned(), "expect-transaction-time-local"), (5, NOW.0.to_string(), "expect-transaction-time-local")]
        );
    }

    #[test]
    fn what_the_address_names_need_not_stand_in_the_line() {
        let targets = vec![target("pay", |_| {}), web(), target("old", |_| {})];
        let body = r#"[{"date":1749999999,"http":{"status":"500"},"stream":"stdout"},{"date":1749999999,"system":"other","http":{"status":"200"}}]"#;
        let parsed = read_batch(body.as_bytes(), &rules_of(targets.clone(), Some(1))).unwrap();
        assert_eq!((parsed.receipt.accepted, parsed.rows[0].failed, parsed.rows[1].failed), (2, true, false));
        let parsed = read_batch(body.as_bytes(), &rules_of(targets, Some(2))).unwrap();
        assert_eq!(parsed.receipt.refused, 2);
        // Shippers of container logs say "stream":"stdout": where a system has its usual stream only, that is no name of ours.
        let line = GOOD.replace("{", r#"{"stream":"stdout","#);
        assert_eq!(read_batch(line.as_bytes(), &rules()).unwrap().receipt.accepted, 1);
    }

    #[test]
    fn failures_are_kept_as_they_came_where_a_stream_asks() {
        let fine = GOOD.replace("51", "00");
        let other = GOOD.replace("}", r#","id":" t-9 "}"#);
        let body = format!("{fine}\n{}{other}\n", format!("{GOOD}\n").repeat(9));
        assert!(read_batch(body.as_bytes(), &rules()).unwrap().samples.failures.is_empty());
        let keeping = rules_of(vec![target("pay", |layout| layout.keeping.sample_days = Some(2))], None);
        let parsed = read_batch(body.as_bytes(), &keeping).unwrap();
        assert_eq!((parsed.receipt.accepted, parsed.samples.failures.len()), (11, 5), "those alike are few");
        // Two days are kept: what is older is counted, and no sample.
        let at = |ms: i64| GOOD.replace("1750000000000", &ms.to_string());
        let old = at(NOW.0 - 2 * crate::time::DAY - 1);
        let parsed = read_batch(old.as_bytes(), &keeping).unwrap();
        assert_eq!((parsed.receipt.accepted, parsed.samples.failures.len()), (1, 0));
        assert_eq!(read_batch(at(NOW.0 - 2 * crate::time::DAY).as_bytes(), &keeping).unwrap().samples.failures.len(), 1);
        let body = format!("{fine}\n{other}");
        let parsed = read_batch(body.as_bytes(), &keeping).unwrap();
        let [failure] = &parsed.samples.failures[..] else { panic!() };
        let received = parsed.names.received(failure);
        assert_eq!((failure.at, received.code.as_str(), received.latency_ms, received.amount), (NOW, "51", Some(12.5), Some(150)));
        assert_eq!((received.currency.as_str(), received.reference.trim()), ("CNY", "t-9"));
        let dimensions: Vec<_> = received.dimensions.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(dimensions, [("link", "L1"), ("merchant", "17")]);
    }

    #[test]
    fn half_an_array_counts_nothing() {
        let fault = read_batch(format!("[{GOOD},{{\"ti").as_bytes(), &rules()).unwrap_err();
        assert_eq!(fault.problems()[0].expected.key, "expect-transaction-array");
        assert_eq!(read_batch(b" \n ", &rules()).unwrap_err().problems()[0].field, "body");
    }
}
