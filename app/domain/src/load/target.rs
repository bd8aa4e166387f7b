//! Test targets: what may be loaded at all, and how hard at most.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Plan, Script};
use crate::{
    Fault, Problem, Timestamp, Wording,
    form::{Check, Typed},
    id::{LoadTargetId, SystemId, TeamId},
    text::{Name, parse_url},
};

/// The fields of a target.
pub const TARGET_FIELDS: &[&str] = &["name", "url", "system", "environment", "max_rate", "max_seconds", "max_in_flight", "version"];

/// What the caps of a target may be at most: the portal is no load generator of a data centre.
pub const MOST: Caps = Caps { rate: 20_000, seconds: 4 * 3_600, in_flight: 1_000 };

/// Methods that a script may use against a target: none that makes it carry the request on to somebody else.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
/// Headers that say whose request it is and where it ends: with them a script could reach what is not registered.
const FIRM: [&str; 10] = [
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "upgrade",
    "te",
    "trailer",
    "expect",
    "proxy-authorization",
    "proxy-connection",
];

/// How hard a target may be loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = LoadCaps))]
pub struct Caps {
    /// Requests a second.
    #[serde(rename = "max_rate")]
    pub rate: i64,
    /// Seconds of one run.
    #[serde(rename = "max_seconds")]
    pub seconds: i64,
    /// Requests in flight: as many connections.
    #[serde(rename = "max_in_flight")]
    pub in_flight: i64,
}

impl Caps {
    /// What in a plan goes beyond the caps, each with its field.
    #[expect(clippy::cast_precision_loss, reason = "caps stay far below 2^52")]
    pub fn beyond(self, plan: &Plan) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut over = |field: &str, value: f64, most: i64, key: &'static str| {
            if value > most as f64 {
                problems.push(Problem::new(field, value, Wording::new(key).with("max", most)));
            }
        };
        over("rate", plan.schedule.peak(), self.rate, "load-expect-rate");
        over("duration", plan.schedule.seconds(), self.seconds, "load-expect-seconds");
        over("connections", f64::from(plan.connections), self.in_flight, "load-expect-in-flight");
        problems
    }
}

/// A registered target.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = LoadTarget))]
pub struct Target {
    /// Its id.
    pub id: LoadTargetId,
    /// Its name.
    pub name: String,
    /// Scheme, host and port; nothing else is ever asked.
    pub url: String,
    /// The system that answers there.
    pub system: SystemId,
    /// Name of that.
    pub system_name: String,
    /// Its tier, 1 to 4: what trials of high availability are held to.
    pub tier: u8,
    /// The team of the system.
    pub team: TeamId,
    /// Name of that.
    pub team_name: String,
    /// Where it stands, e.g. `pre-production`.
    pub environment: String,
    /// How hard it may be loaded.
    #[serde(flatten)]
    pub caps: Caps,
    /// Whether it is loaded no more.
    pub retired: bool,
    /// Counts the edits.
    pub version: i64,
    /// Who wrote it last.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl Target {
    /// The target as form fields.
    pub fn to_typed(&self) -> Typed {
        let mut typed = Typed::default();
        typed.set("name", &self.name);
        typed.set("url", &self.url);
        typed.set("system", &self.system);
        typed.set("environment", &self.environment);
        typed.set("max_rate", self.caps.rate);
        typed.set("max_seconds", self.caps.seconds);
        typed.set("max_in_flight", self.caps.in_flight);
        typed.set("version", self.version);
        typed
    }

    /// Makes a plan of a script against this target: one parser for what is asked here and at a terminal.
    ///
    /// # Errors
    /// What is wrong with the script, goes beyond the caps or would leave the target.
    pub fn plan(&self, script: &Script) -> Result<Plan, Fault> {
        if !script.base.is_empty() && origin(&script.base).ok().as_deref() != Some(self.url.as_str()) {
            return Err(Fault::invalid("script", &script.base, Wording::new("load-expect-base").with("url", &self.url)));
        }
        if script.is_masked() {
            return Err(Fault::invalid("script", crate::tools::MASK, Wording::new("load-expect-unmasked")));
        }
        // As many connections as at a terminal, where the target bears them.
        let usual = if script.connections == 0 { u32::try_from(self.caps.in_flight.min(64)).unwrap_or(1) } else { script.connections };
        let script = Script { base: self.url.clone(), connections: usual, ..script.clone() };
        let plan = script.plan().map_err(|wrong| {
            let own = matches!(wrong.field.as_str(), "rate" | "duration" | "ramp" | "connections" | "timeout");
            let expected = Wording::new("load-expect-script").with("field", &wrong.field).with("expected", wrong.expected);
            Fault::invalid(if own { wrong.field.as_str() } else { "script" }, &wrong.value, expected)
        })?;
        for (at, request) in script.requests.iter().enumerate() {
            let field = |name: &str| format!("requests.{at}.{name}");
            let wrong = |field: String, value: &str, expected: &'static str| {
                let expected = Wording::new("load-expect-script").with("field", field).with("expected", expected);
                Err(Fault::invalid("script", value, expected))
            };
            let method = request.method.to_ascii_uppercase();
            if !method.is_empty() && !METHODS.contains(&method.as_str()) {
                return wrong(field("method"), &request.method, "GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS");
            }
            if let Some(name) = request.headers.keys().find(|name| FIRM.contains(&name.trim().to_ascii_lowercase().as_str())) {
                return wrong(field("headers"), name, "no header that says where a request goes or ends");
            }
        }
        let problems = self.caps.beyond(&plan);
        if problems.is_empty() { Ok(plan) } else { Err(Fault::Invalid(problems)) }
    }

    /// That it may be compared with a baseline: another place, or whatever artifact is named would be as fast as before; and one of
    /// the same system, for whoever asks could choose whatever is slow.
    pub fn against(&self, baseline: &Self) -> Result<(), Fault> {
        let refused = |expected: Wording| Err(Fault::invalid("baseline", &baseline.name, expected));
        if same_place(&self.url, &baseline.url) {
            return refused(Wording::new("load-expect-other"));
        }
        if self.system != baseline.system {
            return refused(Wording::new("load-expect-same-system").with("system", &self.system_name));
        }
        Ok(())
    }
}

/// A target as it is written down.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetDraft {
    /// Its name.
    pub name: Name,
    /// Scheme, host and port.
    pub url: String,
    /// The system that answers there.
    pub system: SystemId,
    /// Where it stands.
    pub environment: Name,
    /// How hard it may be loaded.
    pub caps: Caps,
}

impl TargetDraft {
    /// Reads the [`TARGET_FIELDS`].
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(TARGET_FIELDS);
        let name = check.field("name", Name::parse);
        let url = check.field("url", origin);
        let system = check.field("system", |text| SystemId::parse(text.trim()).ok_or_else(|| Wording::new("expect-id")));
        let environment = check.field("environment", Name::parse);
        let rate = check.number("max_rate", 1, MOST.rate);
        let seconds = check.number("max_seconds", 1, MOST.seconds);
        let in_flight = check.number("max_in_flight", 1, MOST.in_flight);
        let read = check.finish((name, url, system, environment, rate, seconds, in_flight))?;
        let (name, url, system, environment, rate, seconds, in_flight) = read;
        Ok(Self { name, url, system, environment, caps: Caps { rate, seconds, in_flight } })
    }
}

/// Scheme, host and port of a URL that has nothing else; in small letters, without a slash at the end and a port that goes
/// without saying, so that one place has one name.
pub fn origin(text: &str) -> Result<String, Wording> {
    let wrong = || Wording::new("load-expect-origin");
    let url = parse_url(&text.trim().to_ascii_lowercase()).map_err(|_| wrong())?;
    let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
    let place = rest.strip_suffix('/').unwrap_or(rest);
    if place.contains(['/', '?', '#']) {
        return Err(wrong());
    }
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (place, None),
    };
    let host_is_whole = !host.is_empty() && (!host.contains(':') || host.starts_with('[') && host.ends_with(']'));
    let port = port.map(|port| port.parse::<u16>().ok().filter(|port| *port > 0).ok_or_else(wrong)).transpose()?;
    if !host_is_whole {
        return Err(wrong());
    }
    let usual = if scheme == "https" { 443 } else { 80 };
    Ok(match port.filter(|port| *port != usual) {
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
    })
}

/// Whether two origins are one place, as far as their names tell: this machine has many, and a server may answer both schemes.
fn same_place(one: &str, other: &str) -> bool {
    place(one) == place(other)
}

/// Host and port; every name of this machine is `localhost`.
fn place(origin: &str) -> (&str, u16) {
    let (scheme, rest) = origin.split_once("://").unwrap_or(("", origin));
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port.parse().unwrap_or(0)),
        _ => (rest, if scheme == "https" { 443 } else { 80 }),
    };
    let host = host.trim_end_matches('.');
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().map(|address| address.to_canonical());
    let here = address
        .map_or_else(|_| host == "localhost" || host.ends_with(".localhost"), |address| address.is_loopback() || address.is_unspecified());
    (if here { "localhost" } else { host }, port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(caps: Caps) -> Target {
        let id = "0193f2a0-7b1c-7def-8abc-0123456789ab";
        Target {
            id: LoadTargetId::parse(id).unwrap(),
            name: "gateway".into(),
            url: "http://10.0.0.1:8080".into(),
            system: SystemId::parse(id).unwrap(),
            system_name: String::new(),
            tier: 1,
            team: TeamId::parse(id).unwrap(),
            team_name: String::new(),
            environment: "pre".into(),
            caps,
            retired: false,
            version: 1,
            by: String::new(),
            at: Timestamp(0),
        }
    }

    fn script(json: serde_json::Value) -> Script {
        serde_json::from_value(json).unwrap()
    }

    fn fields(result: Result<Plan, Fault>) -> Vec<String> {
        result.map_or_else(|fault| fault.problems().iter().map(|p| p.field.clone()).collect(), |_| Vec::new())
    }

    #[test]
    fn a_place_has_one_name() {
        assert_eq!(origin(" HTTP://Pre.Example.org:80/ ").unwrap(), "http://pre.example.org");
        assert_eq!(origin("https://pre:8443").unwrap(), "https://pre:8443");
        assert_eq!(origin("http://[::1]:8080/").unwrap(), "http://[::1]:8080");
        assert_eq!(origin("http://[::1]").unwrap(), "http://[::1]");
        for bad in [
            "ftp://a",
            "http://",
            "http://a/b",
            "http://a?x",
            "http://a:0",
            "http://a:99999",
            "http://u@a",
            "a:80",
            "http://a:b:1",
            "http://::1",
        ] {
            assert!(origin(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn this_machine_is_one_place_whatever_it_is_called() {
        for other in
            ["http://127.0.0.1:8080", "http://[::1]:8080", "https://127.3.2.1:8080", "http://a.localhost:8080", "http://0.0.0.0:8080"]
        {
            assert!(same_place("http://localhost:8080", other), "{other}");
        }
        assert!(
            same_place("http://[::ffff:127.0.0.1]", "http://localhost.:80")
                && same_place("http://pre.example.org", "http://pre.example.org.")
        );
        for (one, other) in
            [("http://localhost:8080", "http://localhost:8081"), ("http://a", "https://a"), ("http://10.0.0.1", "http://10.0.0.2")]
        {
            assert!(!same_place(one, other), "{one} {other}");
        }
    }

    #[test]
    fn caps_hold_to_the_last_request_and_second() {
        let target = target(Caps { rate: 100, seconds: 60, in_flight: 10 });
        let at = |rate: u32, seconds: u32, connections: u32| {
            fields(target.plan(&script(serde_json::json!({ "rate": rate, "duration": format!("{seconds}s"), "connections": connections }))))
        };
        assert_eq!(at(100, 60, 10), Vec::<String>::new());
        assert_eq!(at(101, 60, 10), ["rate"]);
        assert_eq!(at(100, 61, 10), ["duration"]);
        assert_eq!(at(100, 60, 11), ["connections"]);
        assert_eq!(at(101, 61, 11), ["rate", "duration", "connections"]);
        // A ramp counts to the length, a stage to the rate.
        assert_eq!(fields(target.plan(&script(serde_json::json!({ "rate": 10, "duration": "60s", "ramp": "1s" })))), ["duration"]);
        let stages =
            serde_json::json!({ "stages": [{ "rate": 50, "duration": "10s" }, { "rate": 100.5, "duration": "10s", "ramp": true }] });
        assert_eq!(fields(target.plan(&script(stages))), ["rate"]);
        // Where nothing is said, no more connections than the target bears.
        assert_eq!(target.plan(&script(serde_json::json!({ "rate": 1, "duration": "1s" }))).unwrap().connections, 10);
    }

    #[test]
    fn a_script_does_not_leave_its_target() {
        let target = target(Caps { rate: 100, seconds: 60, in_flight: 10 });
        let with = |more: serde_json::Value| {
            let mut json = serde_json::json!({ "rate": 1, "duration": "1s" });
            json.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            target.plan(&script(json))
        };
        assert_eq!(with(serde_json::json!({ "base": "http://10.0.0.1:8080/" })).unwrap().base, "http://10.0.0.1:8080");
        assert_eq!(fields(with(serde_json::json!({ "base": "http://10.0.0.2:8080" }))), ["script"]);
        for request in [
            serde_json::json!({ "path": "/", "method": "CONNECT" }),
            serde_json::json!({ "path": "/", "headers": { "Host": "other" } }),
            serde_json::json!({ "path": "/", "headers": { "Content-Length": "3" } }),
            serde_json::json!({ "path": "http://other/" }),
        ] {
            assert_eq!(fields(with(serde_json::json!({ "requests": [request] }))), ["script"], "{request}");
        }
    }
}
