//! What is typed to make or edit a monitor.

use super::{Kind, Places, SecretInput, Target, parse_seconds};
use crate::{
    Fault, Wording,
    alerts::Severity,
    form::{Check, Typed, one_of, whole},
    id::SystemId,
    text::Name,
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
    "redirect",
    "redirects",
    "redirect_to",
    "header_name",
    "header_match",
    "header_text",
    "json_path",
    "json_op",
    "json_value",
    "auth",
    "token",
    "accept_invalid",
    "headers",
    "body",
    "deadline",
    "grace",
    "address",
    "tls",
    "dialogue",
    "server_name",
    "issuer",
    "tls_min",
    "http_version",
    "starttls",
    "lookup",
    "record",
    "server",
    "transport",
    "rcode",
    "answers",
    "answer_text",
    "host",
    "count",
    "loss",
    "rtt",
    "service",
    "user",
    "database",
    "password",
    "forget",
    "locations",
    "quorum",
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
    /// What to do about the secret that goes with it.
    pub secret: SecretInput,
    /// From where it is checked.
    pub places: Places,
}

impl Draft {
    /// Reads the fields of [`FIELDS`]; empty optional ones take their defaults (every 30 s, timeout 10 s, `200-299`,
    /// two in a row, P2).
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(FIELDS);
        let name = check.field("name", Name::parse);
        let system = check.field("system", |text| SystemId::parse(text).ok_or_else(|| Wording::new("expect-id")));
        let severity = check.optional("severity", |text| Severity::parse(text).ok_or_else(|| one_of(Severity::ALL)));
        let needed = check.optional("needed", |text| whole(text, 1, 10));
        let hold = check.optional("hold", |text| parse_seconds(text, 0, 86_400));
        let recover = check.optional("recover", |text| parse_seconds(text, 0, 86_400));
        let kind = check.optional("kind", |text| Kind::parse(text).ok_or_else(|| one_of(Kind::ALL)));
        let target = kind.and_then(|kind| Target::parse(kind.unwrap_or(Kind::Http), &mut check, typed));
        let secret = target.as_ref().and_then(|target| SecretInput::parse(target, &mut check, typed));
        let delays = hold.zip(recover);
        // A heartbeat is called: nobody asks from anywhere.
        let called = matches!(target, Some(Target::Heartbeat(_)));
        let places = if called { Some(Places::default()) } else { Places::parse(&mut check) };
        let target = target.zip(secret).zip(places);
        let (name, system, severity, needed, delays, target) = check.finish((name, system, severity, needed, delays, target))?;
        let ((target, secret), places) = target;
        let needed = if matches!(target, Target::Heartbeat(_)) { 1 } else { needed.unwrap_or(2) };
        let (hold_s, recover_s) = delays;
        Ok(Self { name, system, severity: severity.unwrap_or(Severity::P2), needed, hold_s, recover_s, target, secret, places })
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
        monitor.places.places.iter().for_each(|place| typed.add("locations", place));
        typed.set("quorum", monitor.places.quorum);
        monitor.target.fill(&mut typed);
        typed
    }
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
        assert_eq!((http.pace.interval_s, http.pace.timeout_s, draft.needed, draft.severity), (30, 10, 2, Severity::P2));
        assert_eq!(http.expected.to_string(), "200-299");
    }

    #[test]
    fn every_kind_has_its_fields_and_fills_its_form() {
        let more: &[(&str, &[(&str, &str)])] = &[
            (
                "http",
                &[
                    ("url", "https://example.org/health"),
                    ("redirect", "follow"),
                    ("redirects", "2"),
                    ("header_name", "X-State"),
                    ("header_text", "up"),
                    ("json_path", "$.status"),
                    ("json_value", "UP"),
                    ("auth", "basic"),
                    ("user", "watch"),
                    ("password", "hunter2"),
                    ("tls_min", "1.3"),
                    ("http_version", "2"),
                ],
            ),
            ("tcp", &[("address", "mail.example.org:25"), ("dialogue", "expect: ^220\nsend: QUIT\\r")]),
            ("tls", &[("address", "example.org"), ("issuer", "R3")]),
            ("dns", &[("lookup", "example.org"), ("record", "MX"), ("answers", "regex"), ("answer_text", "^10 ")]),
            ("icmp", &[("host", "10.0.0.1"), ("count", "5"), ("loss", "20"), ("rtt", "100")]),
            ("grpc", &[("address", "api:443"), ("service", "pay.v1.Pay"), ("tls", "on")]),
            ("postgres", &[("address", "db"), ("user", "watch"), ("password", "hunter2")]),
            ("mysql", &[("address", "db:3307")]),
            ("redis", &[("address", "cache"), ("tls", "on")]),
            ("heartbeat", &[("deadline", "1h")]),
        ];
        for (kind, fields) in more {
            let mut pairs = vec![("name", "n"), ("system", SYSTEM), ("kind", *kind)];
            pairs.extend(fields.iter());
            let draft = Draft::parse(&typed(&pairs)).unwrap();
            assert_eq!(draft.target.kind().name(), *kind);
            assert!(!format!("{draft:?}").contains("hunter2"));
            let mut filled = Typed::default();
            draft.target.fill(&mut filled);
            filled.set("name", "n");
            filled.set("system", SYSTEM);
            filled.set("kind", kind);
            assert_eq!(Draft::parse(&filled).unwrap().target, draft.target, "{kind}: a form filled with what is stored gives the same");
            let json = serde_json::to_string(&draft.target).unwrap();
            assert_eq!(serde_json::from_str::<Target>(&json).unwrap(), draft.target, "{json}");
            let empty = Draft::parse(&typed(&[("name", "n"), ("system", SYSTEM), ("kind", kind)])).unwrap_err();
            assert_eq!(empty.problems().len(), 1, "{kind}: {empty:?}");
        }
    }

    #[test]
    fn every_method_is_taken_and_a_body_where_it_may_have_one() {
        let parse = |method: &str, body: &str| {
            let pairs = [("name", "n"), ("system", SYSTEM), ("kind", "http"), ("url", "http://x/"), ("method", method), ("body", body)];
            let fields = |fault: Fault| fault.problems().iter().map(|problem| problem.field.clone()).collect::<Vec<_>>();
            Draft::parse(&typed(&pairs)).map(|draft| draft.target).map_err(fields)
        };
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            let Ok(Target::Http(http)) = parse(method, "") else { panic!("{method}") };
            assert_eq!(http.method.name(), method);
            let expected = if matches!(method, "GET" | "HEAD") { Some(vec!["body".to_owned()]) } else { None };
            assert_eq!(parse(method, "{}").err(), expected, "{method}");
        }
        for method in ["TRACE", "CONNECT", "get"] {
            assert_eq!(parse(method, "").unwrap_err(), ["method"], "{method}");
        }
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
}
