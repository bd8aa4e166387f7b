//! What is typed to make or edit a monitor.

use super::{BodyMatch, Heartbeat, HttpTarget, MatchMode, Method, StatusSet, Target};
use crate::{
    Fault, Wording,
    alerts::Severity,
    form::{Check, Typed},
    id::SystemId,
    text::{Name, parse_url},
};

/// Every field there is.
pub const FIELDS: &[&str] = &[
    "name",
    "system",
    "kind",
    "severity",
    "needed",
    "hold",
    "recover",
    "method",
    "url",
    "interval",
    "timeout",
    "expected",
    "match",
    "match_text",
    "tls_days",
    "follow",
    "accept_invalid",
    "headers",
    "body",
    "deadline",
    "grace",
    "version",
];

/// A monitor as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its name.
    pub name: Name,
    /// The system it belongs to.
    pub system: SystemId,
    /// How bad it is when it is down.
    pub severity: Severity,
    /// Equal verdicts in a row that move the state, 1–10; always 1 for a heartbeat, which has its grace.
    pub needed: u32,
    /// Seconds from *down* to a firing alert, 0–1 day; `None` for none.
    pub hold_s: Option<u32>,
    /// Seconds that *up* must last before the alert is resolved, 0–1 day; `None` for 10.
    pub recover_s: Option<u32>,
    /// What is checked.
    pub target: Target,
}

impl Draft {
    /// Reads the fields of [`FIELDS`]; empty optional ones take their defaults (every 30 s, timeout 10 s, `200-299`,
    /// two in a row, P2).
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(FIELDS);
        let name = check.field("name", Name::parse);
        let system = check.field("system", |text| SystemId::parse(text).ok_or_else(|| Wording::new("expect-id")));
        let severity =
            check.optional("severity", |text| Severity::parse(text).ok_or_else(|| one_of(Severity::ALL.iter().map(|s| s.name()))));
        let needed = check.optional("needed", |text| whole(text, 1, 10));
        let hold = check.optional("hold", |text| parse_seconds(text, 0, 86_400));
        let recover = check.optional("recover", |text| parse_seconds(text, 0, 86_400));
        let kind = check.field("kind", |text| match text {
            "http" | "" => Ok(true),
            "heartbeat" => Ok(false),
            _ => Err(one_of(["http", "heartbeat"].into_iter())),
        });
        let target = match kind {
            Some(true) => http(&mut check, typed),
            Some(false) => heartbeat(&mut check),
            None => None,
        };
        let delays = hold.zip(recover);
        let (name, system, severity, needed, delays, target) = check.finish((name, system, severity, needed, delays, target))?;
        let needed = if matches!(target, Target::Heartbeat(_)) { 1 } else { needed.unwrap_or(2) };
        let (hold_s, recover_s) = delays;
        Ok(Self { name, system, severity: severity.unwrap_or(Severity::P2), needed, hold_s, recover_s, target })
    }

    /// The fields of what is stored, to fill a form.
    pub fn typed(monitor: &super::Monitor) -> Typed {
        let mut typed = Typed::default();
        typed.set("name", &monitor.name);
        typed.set("system", &monitor.system.id);
        typed.set("severity", monitor.severity.name());
        typed.set("needed", monitor.needed);
        typed.set("hold", monitor.hold_s.map(|s| s.to_string()).unwrap_or_default());
        typed.set("recover", monitor.recover_s.map(|s| s.to_string()).unwrap_or_default());
        typed.set("kind", monitor.target.kind());
        typed.set("version", monitor.version);
        match &monitor.target {
            Target::Http(http) => {
                typed.set("method", http.method);
                typed.set("url", &http.url);
                typed.set("interval", http.interval_s);
                typed.set("timeout", http.timeout_s);
                typed.set("expected", &http.expected);
                typed.set("match", http.body_match.mode);
                typed.set("match_text", &http.body_match.text);
                typed.set("tls_days", http.tls_days.map(|d| d.to_string()).unwrap_or_default());
                typed.set("headers", http.headers.iter().map(|(n, v)| format!("{n}: {v}")).collect::<Vec<_>>().join("\n"));
                typed.set("body", &http.body);
                for (name, on) in [("follow", http.follow), ("accept_invalid", http.accept_invalid)] {
                    if on {
                        typed.set(name, "on");
                    }
                }
            }
            Target::Heartbeat(beat) => {
                typed.set("deadline", beat.deadline_s);
                typed.set("grace", beat.grace_s);
            }
            // Nothing can be said of it: whoever edits says it anew.
            Target::Unreadable { .. } => {}
        }
        typed
    }
}

fn http(check: &mut Check<'_>, typed: &Typed) -> Option<Target> {
    let method = check.optional("method", |text| Method::parse(text).ok_or_else(|| one_of(Method::ALL.iter().map(|m| m.name()))));
    let url = check.field("url", parse_url);
    let interval = check.optional("interval", |text| parse_seconds(text, 5, 3_600));
    let timeout = check.optional("timeout", |text| parse_seconds(text, 1, 60));
    let expected = check.optional("expected", StatusSet::parse);
    let mode = check.optional("match", |text| MatchMode::parse(text).ok_or_else(|| one_of(MatchMode::ALL.iter().map(|m| m.name()))));
    let mode_word = mode.flatten().unwrap_or(MatchMode::None);
    let body_match = check.field("match_text", |text| BodyMatch::parse(mode_word, text));
    let tls_days = check.optional("tls_days", |text| whole(text, 1, 365));
    let lines = typed.all("headers").join("\n");
    let headers = check.field("headers", |_| parse_headers(&lines));
    let body = check.field("body", |text| {
        if text.len() > 10_000 { Err(Wording::new("expect-at-most-characters").with("max", 10_000)) } else { Ok(text.to_owned()) }
    });
    let (interval_s, method) = (interval?.unwrap_or(30), method?.unwrap_or(Method::Get));
    let timeout_s = timeout?.unwrap_or_else(|| interval_s.min(10));
    if timeout_s > interval_s {
        check.problem("timeout", expect_duration(1, interval_s.min(60)));
    }
    if method != Method::Post && body.as_ref().is_some_and(|b| !b.is_empty()) {
        check.problem("body", Wording::new("monitors-expect-no-body"));
    }
    Some(Target::Http(HttpTarget {
        method,
        url: url?,
        interval_s,
        timeout_s,
        expected: expected?.unwrap_or_default(),
        body_match: body_match?,
        tls_days: tls_days?,
        follow: typed.has("follow"),
        accept_invalid: typed.has("accept_invalid"),
        headers: headers?,
        body: body?,
    }))
}

fn heartbeat(check: &mut Check<'_>) -> Option<Target> {
    let deadline_s = check.field("deadline", |text| parse_seconds(text, 10, 32 * 86_400));
    let grace_s = check.optional("grace", |text| parse_seconds(text, 0, 86_400));
    Some(Target::Heartbeat(Heartbeat { deadline_s: deadline_s?, grace_s: grace_s?.unwrap_or(0) }))
}

fn one_of<'a>(words: impl Iterator<Item = &'a str>) -> Wording {
    Wording::new("expect-one-of").with("choices", words.collect::<Vec<_>>().join(", "))
}

fn whole(text: &str, min: u32, max: u32) -> Result<u32, Wording> {
    let wrong = || Wording::new("expect-between").with("min", min).with("max", max);
    text.trim().parse().ok().filter(|n| (min..=max).contains(n)).ok_or_else(wrong)
}

/// What a duration between bounds, in seconds, must look like.
pub fn expect_duration(min: u32, max: u32) -> Wording {
    Wording::new("monitors-expect-duration").with("min", min).with("max", max)
}

/// Reads a duration in seconds: `30`, `30s`, `5m`, `1h`, `1d`, between bounds.
pub fn parse_seconds(text: &str, min: u32, max: u32) -> Result<u32, Wording> {
    let text = text.trim();
    let (number, unit) = match text.char_indices().last() {
        Some((at, 's')) => (&text[..at], 1),
        Some((at, 'm')) => (&text[..at], 60),
        Some((at, 'h')) => (&text[..at], 3_600),
        Some((at, 'd')) => (&text[..at], 86_400),
        _ => (text, 1),
    };
    let seconds = number.trim().parse::<u32>().ok().and_then(|n| n.checked_mul(unit));
    seconds.filter(|s| (min..=max).contains(s)).ok_or_else(|| expect_duration(min, max))
}

/// Reads `Name: value` lines, at most 20. The usual credentials are refused; since others may hold one too, a line that is
/// wrong is told by its number, and values are shown only to those who may edit the monitor.
fn parse_headers(lines: &str) -> Result<Vec<(String, String)>, Wording> {
    let wrong = |index: usize| Wording::new("monitors-expect-header").with("line", index + 1);
    let mut headers = Vec::new();
    for (index, line) in lines.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty()) {
        let (name, value) = line.split_once(':').ok_or_else(|| wrong(index))?;
        let (name, value) = (name.trim(), value.trim());
        let token = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
        if !token || value.is_empty() || value.len() > 1_000 || !value.bytes().all(|b| (0x20..0x7f).contains(&b)) {
            return Err(wrong(index));
        }
        let lower = name.to_ascii_lowercase();
        if ["authorization", "proxy-authorization", "cookie"].contains(&lower.as_str()) {
            return Err(Wording::new("monitors-expect-no-credentials").with("name", name));
        }
        if ["connection", "content-length", "transfer-encoding", "upgrade", "te", "trailer", "expect"].contains(&lower.as_str()) {
            return Err(Wording::new("monitors-expect-no-connection-header").with("name", name));
        }
        headers.push((name.to_owned(), value.to_owned()));
    }
    if headers.len() > 20 { Err(Wording::new("monitors-expect-few-headers")) } else { Ok(headers) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYSTEM: &str = "0193f2a0-7b1c-7def-8abc-0123456789ab";

    fn typed(pairs: &[(&str, &str)]) -> Typed {
        Typed::from_pairs(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())))
    }

    #[test]
    fn the_defaults_are_those_of_most_people() {
        let draft =
            Draft::parse(&typed(&[("name", "front"), ("system", SYSTEM), ("kind", "http"), ("url", "https://example.org/")])).unwrap();
        let Target::Http(http) = &draft.target else { panic!() };
        assert_eq!((http.interval_s, http.timeout_s, draft.needed, draft.severity), (30, 10, 2, Severity::P2));
        assert_eq!(http.expected.to_string(), "200-299");
    }

    #[test]
    fn every_problem_is_named_at_once() {
        let fault = Draft::parse(&typed(&[
            ("name", ""),
            ("system", "x"),
            ("kind", "http"),
            ("url", "ftp://x"),
            ("interval", "2s"),
            ("expected", "teapot"),
            ("match", "regex"),
            ("match_text", "("),
            ("headers", "Authorization: Bearer x"),
            ("colour", "red"),
        ]))
        .unwrap_err();
        let fields: Vec<_> = fault.problems().iter().map(|p| p.field.as_str()).collect();
        assert_eq!(fields, ["colour", "name", "system", "url", "interval", "expected", "match_text", "headers"]);
    }

    #[test]
    fn a_check_ends_before_the_next_begins() {
        let fault = Draft::parse(&typed(&[
            ("name", "a"),
            ("system", SYSTEM),
            ("kind", "http"),
            ("url", "http://x/"),
            ("interval", "10"),
            ("timeout", "11"),
            ("body", "x"),
        ]))
        .unwrap_err();
        let fields: Vec<_> = fault.problems().iter().map(|p| p.field.as_str()).collect();
        assert_eq!(fields, ["timeout", "body"]);
    }

    #[test]
    fn durations_have_units() {
        assert_eq!(parse_seconds(" 5m ", 5, 3_600), Ok(300));
        assert_eq!(parse_seconds("1h", 5, 3_600), Ok(3_600));
        for bad in ["", "m", "1.5h", "4", "2h", "99999999999d", "-5"] {
            assert!(parse_seconds(bad, 5, 3_600).is_err(), "{bad}");
        }
    }

    #[test]
    fn headers_are_lines() {
        assert_eq!(parse_headers("Accept: text/html\n\n X-A:b ").unwrap().len(), 2);
        for (bad, key) in [
            ("no colon", "monitors-expect-header"),
            ("a b: c", "monitors-expect-header"),
            ("Cookie: a=b", "monitors-expect-no-credentials"),
            ("Content-Length: 3", "monitors-expect-no-connection-header"),
        ] {
            assert_eq!(parse_headers(bad).unwrap_err().key, key);
        }
    }
}
