//! What is sent: a script, as people write it, and the plan that is made of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Schedule, Stage, Template};
use crate::tools::MASK;

/// Words in the name of a header or a variable that holds what is nobody's to read.
const SECRET: [&str; 10] = ["auth", "cookie", "credential", "key", "passwd", "password", "secret", "session", "signature", "token"];
/// Has one of them in its name, and is none.
const HARMLESS: [&str; 1] = ["idempotency-key"];

/// Whether what stands under this name is hidden.
fn is_secret(name: &str) -> bool {
    let name = name.trim().to_ascii_lowercase();
    !HARMLESS.contains(&name.as_str()) && SECRET.iter().any(|word| name.contains(word))
}

/// Hard caps, whatever a script says.
const MOST_RATE: f64 = 100_000.0;
const MOST_SECONDS: f64 = 4.0 * 3_600.0;
const MOST_REQUESTS: f64 = 200_000_000.0;
const MOST_CONNECTIONS: u32 = 10_000;
const MOST_WRITTEN: usize = 1_000;
const MOST_TURNS: u64 = 100_000;
/// Bytes of a request with its variables filled in.
const MOST_SENT: usize = 64 * 1024;

/// A script in YAML or JSON.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Where the paths begin: `http://127.0.0.1:8080`.
    #[serde(default)]
    pub base: String,
    /// Requests a second.
    #[serde(default)]
    pub rate: f64,
    /// How long: `60s`, `5m`.
    #[serde(default)]
    pub duration: String,
    /// Time in which the rate rises from nothing, before that.
    #[serde(default)]
    pub ramp: String,
    /// In place of rate, duration and ramp: one stretch after another.
    #[serde(default)]
    pub stages: Vec<ScriptStage>,
    /// Connections; 64 where it does not say. Of HTTP/2 so many requests are under way at most, which share fewer.
    #[serde(default)]
    pub connections: u32,
    /// Version of HTTP, `1.1` or `2`; 1.1 where it does not say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub http: String,
    /// After which a request has failed; ten seconds where it does not say.
    #[serde(default)]
    pub timeout: String,
    /// Values for `{{name}}`; `{{n}}` is the number of the request.
    #[serde(default)]
    pub variables: BTreeMap<String, Values>,
    /// What is sent; one `GET /` where nothing stands here.
    #[serde(default)]
    pub requests: Vec<ScriptRequest>,
}

impl Script {
    /// The script as it may be shown: without what its headers say of who asks, without the values that they take from
    /// variables, and without those of variables whose name says that they are secret. `None` where nothing needs to be hidden.
    pub fn masked(&self) -> Option<Self> {
        let mut masked = self.clone();
        let mut hidden = false;
        for (_, values) in masked.variables.iter_mut().filter(|(name, _)| is_secret(name)) {
            *values = Values::List(vec![MASK.to_owned()]);
            hidden = true;
        }
        for request in &mut masked.requests {
            let own = request.headers.iter_mut().filter(|(name, _)| is_secret(name));
            for (_, value) in own {
                let named = value.split("{{").skip(1).filter_map(|rest| rest.split_once("}}"));
                for (name, _) in named {
                    if let Some(values) = masked.variables.get_mut(name.trim()) {
                        *values = Values::List(vec![MASK.to_owned()]);
                    }
                }
                MASK.clone_into(value);
                hidden = true;
            }
        }
        hidden.then_some(masked)
    }

    /// Whether something in it was hidden: such a script can not be sent.
    pub fn is_masked(&self) -> bool {
        let listed = |values: &Values| matches!(values, Values::List(list) if list.iter().any(|value| value == MASK));
        self.requests.iter().any(|request| request.headers.values().any(|value| value == MASK)) || self.variables.values().any(listed)
    }
}

/// A stretch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptStage {
    /// Requests a second at its end; the one before ends where this begins.
    pub rate: f64,
    /// How long.
    pub duration: String,
    /// Whether the rate changes evenly; else at once.
    #[serde(default)]
    pub ramp: bool,
}

/// Values of a variable, taken in turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Values {
    /// These.
    List(Vec<String>),
    /// Numbers, both ends included.
    Range {
        /// The first.
        from: i64,
        /// The last.
        to: i64,
    },
}

/// A request.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptRequest {
    /// `GET` where it does not say.
    #[serde(default)]
    pub method: String,
    /// From `/` on.
    pub path: String,
    /// Names and values.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// What is sent along.
    #[serde(default)]
    pub body: String,
    /// How often, among the others; 1 where it does not say.
    #[serde(default)]
    pub weight: u32,
    /// Answers that are good; 200 to 399 where it does not say.
    #[serde(default)]
    pub expect: Vec<u16>,
}

impl ScriptRequest {
    /// How often it comes in each round.
    fn turns(&self) -> u32 {
        self.weight.clamp(1, 1_000)
    }
}

/// What is wrong with a script.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {value:?}, expected {expected}")]
pub struct BadScript {
    /// Where.
    pub field: String,
    /// What stands there.
    pub value: String,
    /// What would be right.
    pub expected: &'static str,
}

pub(super) fn wrong(field: impl Into<String>, value: impl ToString, expected: &'static str) -> BadScript {
    BadScript { field: field.into(), value: value.to_string(), expected }
}

/// A request that is ready to be filled.
#[derive(Debug, Clone, PartialEq)]
pub struct Sending {
    /// The method.
    pub method: String,
    /// Path and query.
    pub path: Template,
    /// Headers.
    pub headers: Vec<(String, Template)>,
    /// The body.
    pub body: Template,
    expect: Vec<u16>,
}

impl Sending {
    /// Bytes of path, headers and body with the longest values.
    fn longest(&self, variables: &BTreeMap<String, Values>) -> usize {
        let headers = self.headers.iter().map(|(name, value)| name.len().saturating_add(value.longest(variables)));
        headers.chain([&self.path, &self.body].map(|text| text.longest(variables))).fold(0, usize::saturating_add)
    }

    /// Whether an answer is good.
    pub fn expects(&self, status: u16) -> bool {
        if self.expect.is_empty() { (200..400).contains(&status) } else { self.expect.contains(&status) }
    }
}

/// A script that can be run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where to.
    pub base: String,
    /// When.
    pub schedule: Schedule,
    /// Connections.
    pub connections: u32,
    /// Whether HTTP/2 is spoken.
    pub http2: bool,
    /// Milliseconds after which a request has failed.
    pub timeout_ms: u64,
    /// Values.
    pub variables: BTreeMap<String, Values>,
    /// What each request says of itself in the header [`super::MARK`], before its number; nothing where this is empty.
    pub mark: String,
    requests: Vec<Sending>,
    /// Numbers of requests, each as often as it weighs.
    turns: Vec<usize>,
}

impl Plan {
    /// What the request of this number is.
    pub fn request(&self, n: u64) -> &Sending {
        let turn = usize::try_from(n % self.turns.len() as u64).unwrap_or(0);
        &self.requests[self.turns[turn]]
    }

    /// All that are sent in turn.
    pub fn requests(&self) -> &[Sending] {
        &self.requests
    }
}

/// What is given beside a script, and goes before it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Given {
    /// Requests a second, in place of stages too.
    pub rate: Option<f64>,
    /// How long.
    pub duration: Option<String>,
    /// Time in which the rate rises, before that.
    pub ramp: Option<String>,
    /// Connections.
    pub connections: Option<u32>,
    /// After which a request has failed.
    pub timeout: Option<String>,
}

impl Script {
    /// The script with what was given beside it.
    #[must_use]
    pub fn with(mut self, given: &Given) -> Self {
        if let Some(rate) = given.rate {
            self.rate = rate;
            self.stages.clear();
        }
        for (own, given) in [(&mut self.duration, &given.duration), (&mut self.ramp, &given.ramp), (&mut self.timeout, &given.timeout)] {
            if let Some(given) = given {
                own.clone_from(given);
            }
        }
        self.connections = given.connections.unwrap_or(self.connections);
        self
    }

    /// Makes a plan, within the hard caps.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub fn plan(&self) -> Result<Plan, BadScript> {
        if !(self.base.starts_with("http://") || self.base.starts_with("https://")) {
            return Err(wrong("base", &self.base, "http://… or https://…"));
        }
        // Beside stages it is not used, but kept all the same.
        if !self.rate.is_finite() {
            return Err(wrong("rate", self.rate, "above 0, 100,000 a second at most"));
        }
        let schedule = Schedule::new(self.stages()?);
        if schedule.seconds() > MOST_SECONDS {
            return Err(wrong("duration", schedule.seconds(), "four hours at most"));
        }
        if !(1.0..=MOST_REQUESTS).contains(&schedule.requests()) {
            return Err(wrong("rate", schedule.requests(), "1 to 200 million requests in all"));
        }
        let connections = if self.connections == 0 { 64 } else { self.connections };
        if connections > MOST_CONNECTIONS {
            return Err(wrong("connections", connections, "10,000 at most"));
        }
        let http2 = match self.http.trim() {
            "" | "1.1" => false,
            "2" => true,
            other => return Err(wrong("http", other, "\"1.1\" or \"2\"")),
        };
        let timeout = if self.timeout.is_empty() { 10.0 } else { seconds("timeout", &self.timeout)? };
        if !(0.001..=300.0).contains(&timeout) {
            return Err(wrong("timeout", &self.timeout, "1ms to 5m"));
        }
        for (name, values) in &self.variables {
            match values {
                Values::List(list) if list.is_empty() => return Err(wrong(format!("variables.{name}"), "[]", "at least one value")),
                Values::Range { from, to } if from > to => {
                    return Err(wrong(format!("variables.{name}"), format!("{from} to {to}"), "from ≤ to"));
                }
                _ => {}
            }
        }
        let turns: u64 = self.requests.iter().map(|one| u64::from(one.turns())).sum();
        if self.requests.len() > MOST_WRITTEN || turns > MOST_TURNS {
            return Err(wrong("requests", self.requests.len(), "1,000 at most, whose weights are 100,000 at most together"));
        }
        let root = ScriptRequest { path: "/".into(), ..ScriptRequest::default() };
        let written = if self.requests.is_empty() { std::slice::from_ref(&root) } else { self.requests.as_slice() };
        let requests = written.iter().enumerate().map(|(at, one)| self.sending(at, one)).collect::<Result<Vec<_>, _>>()?;
        let turns = written.iter().enumerate().flat_map(|(at, one)| std::iter::repeat_n(at, one.turns() as usize)).collect();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within five minutes")]
        let timeout_ms = (timeout * 1e3) as u64;
        let (base, variables) = (self.base.clone(), self.variables.clone());
        Ok(Plan { base, schedule, connections, http2, timeout_ms, variables, mark: String::new(), requests, turns })
    }

    fn stages(&self) -> Result<Vec<Stage>, BadScript> {
        let rated = |field: String, rate: f64| {
            if rate > 0.0 && rate <= MOST_RATE { Ok(rate) } else { Err(wrong(field, rate, "above 0, 100,000 a second at most")) }
        };
        if self.stages.is_empty() {
            let rate = rated("rate".into(), self.rate)?;
            let mut stages = vec![Stage { from: rate, to: rate, seconds: seconds("duration", &self.duration)? }];
            if !self.ramp.is_empty() {
                stages.insert(0, Stage { from: 0.0, to: rate, seconds: seconds("ramp", &self.ramp)? });
            }
            return Ok(stages);
        }
        let mut before = 0.0;
        self.stages
            .iter()
            .enumerate()
            .map(|(at, stage)| {
                let to = rated(format!("stages.{at}.rate"), stage.rate)?;
                let from = if stage.ramp { before } else { to };
                before = to;
                Ok(Stage { from, to, seconds: seconds(&format!("stages.{at}.duration"), &stage.duration)? })
            })
            .collect()
    }

    fn sending(&self, at: usize, one: &ScriptRequest) -> Result<Sending, BadScript> {
        let field = |name: &str| format!("requests.{at}.{name}");
        let template = |name: &str, text: &str| Template::parse(text, &field(name), &self.variables);
        let method = if one.method.is_empty() { "GET".to_owned() } else { one.method.to_ascii_uppercase() };
        if !method.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(wrong(field("method"), &one.method, "GET, POST, …"));
        }
        if !one.path.starts_with('/') {
            return Err(wrong(field("path"), &one.path, "a path from / on"));
        }
        let headers = one.headers.iter().map(|(name, value)| Ok((name.clone(), template("headers", value)?))).collect::<Result<_, _>>()?;
        let sending =
            Sending { method, path: template("path", &one.path)?, headers, body: template("body", &one.body)?, expect: one.expect.clone() };
        let longest = sending.longest(&self.variables);
        if longest > MOST_SENT {
            return Err(wrong(
                format!("requests.{at}"),
                longest,
                "path, headers and body of 65,536 bytes at most, with the longest values of their variables",
            ));
        }
        Ok(sending)
    }
}

fn seconds(field: &str, text: &str) -> Result<f64, BadScript> {
    let text = text.trim();
    let at = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let unit = match &text[at..] {
        "ms" => 1e-3,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        _ => 0.0,
    };
    let length = text[..at].parse::<f64>().unwrap_or(0.0) * unit;
    if length > 0.0 && length.is_finite() { Ok(length) } else { Err(wrong(field, text, "a length such as 60s or 5m")) }
}
