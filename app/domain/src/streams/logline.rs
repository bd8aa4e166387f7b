//! Lines of a log as lines of JSON: what web servers write, JSON as it is, or what a regular expression names.

use regex_lite::Regex;
use serde_json::{Map, Value};

use super::parse_clf;
use crate::Wording;

/// How a log is written.
#[derive(Debug, Clone)]
pub enum LogFormat {
    /// As nginx and Apache write it (`combined`, `common`), with the time that the request took as a last field where it is there.
    Nginx,
    /// One object a line.
    Json,
    /// Named groups are fields.
    Regex(Box<Regex>),
}

/// `combined`, and a last number of seconds, alone or as `rt=0.123`.
const COMBINED: &str = concat!(
    r#"^(?<remote_addr>\S+) \S+ (?<remote_user>\S+) \[(?<time>[^\]]+)\] "(?:(?<method>[A-Z]+) (?<path>\S+)(?: (?<protocol>[^"]*))?|[^"]*)" "#,
    r#"(?<code>\d{3}) (?<bytes>\d+|-)(?: "(?<referer>(?:[^"\\]|\\.)*)" "(?<user_agent>(?:[^"\\]|\\.)*)")?(?:.*?[ =](?<seconds>\d+\.\d+))?\s*$"#
);

impl LogFormat {
    /// Reads `nginx`, `json`, or `regex` with its pattern.
    pub fn parse(name: &str, pattern: Option<&str>) -> Result<Self, Wording> {
        match (name, pattern) {
            ("nginx", None) => Ok(Self::Nginx),
            ("json", None) => Ok(Self::Json),
            ("regex", Some(pattern)) => {
                let regex = Regex::new(pattern).map_err(|error| Wording::new("streams-expect-regex").with("message", error))?;
                Ok(Self::Regex(Box::new(regex)))
            }
            _ => Err(Wording::new("expect-one-of").with("choices", "nginx, json, regex")),
        }
    }

    /// What reads a log so, made once.
    pub fn reader(&self) -> Reader {
        match self {
            Self::Nginx => Reader { regex: Regex::new(COMBINED).ok(), web: true },
            Self::Json => Reader { regex: None, web: false },
            Self::Regex(regex) => Reader { regex: Some((**regex).clone()), web: false },
        }
    }
}

/// Reads lines of one format.
#[derive(Debug, Clone)]
pub struct Reader {
    regex: Option<Regex>,
    web: bool,
}

/// Whether a code is among some, of which `2*` means all that begin with 2.
pub fn good_codes(codes: &str, code: &str) -> bool {
    codes.split(',').map(str::trim).any(|good| match good.strip_suffix('*') {
        Some(start) => code.starts_with(start),
        None => good == code,
    })
}

impl Reader {
    /// The line as a line of JSON; `None` where it is not written so. `good` says which codes of a web server are a success.
    pub fn line(&self, line: &str, good: &str) -> Option<String> {
        let Some(regex) = &self.regex else {
            let line = line.trim();
            return (line.starts_with('{') && line.ends_with('}')).then(|| line.to_owned());
        };
        let found = regex.captures(line)?;
        let mut fields = Map::new();
        for name in regex.capture_names().flatten() {
            if let Some(text) = found.name(name).map(|group| group.as_str()).filter(|text| !text.is_empty() && *text != "-") {
                fields.insert(name.to_owned(), Value::String(text.to_owned()));
            }
        }
        if self.web {
            web(&mut fields, good)?;
        }
        Some(Value::Object(fields).to_string())
    }
}

/// The usual names and units for what a web server wrote: a path without its question, a time with its zone, milliseconds.
fn web(fields: &mut Map<String, Value>, good: &str) -> Option<()> {
    let text = |fields: &Map<String, Value>, name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
    let at = parse_clf(&text(fields, "time")?)?;
    fields.insert("time".to_owned(), at.rfc3339().into());
    if let Some(path) = text(fields, "path") {
        let path: String = path.split(['?', '#']).next().unwrap_or_default().chars().take(80).collect();
        fields.insert("path".to_owned(), path.into());
    }
    if let Some(seconds) = fields.remove("seconds").as_ref().and_then(Value::as_str).and_then(|text| text.parse::<f64>().ok()) {
        // Rounded to microseconds.
        fields.insert("latency_ms".to_owned(), ((seconds * 1e6).round().max(0.0) / 1e3).into());
    }
    if !good.is_empty() {
        let code = text(fields, "code")?;
        fields.insert("success".to_owned(), good_codes(good, &code).into());
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(format: &LogFormat, line: &str) -> Option<Value> {
        format.reader().line(line, "1*, 2*, 3*, 404").map(|line| serde_json::from_str(&line).unwrap())
    }

    #[test]
    fn what_web_servers_write_is_read() {
        let line = r#"10.1.2.3 - bob [14/Mar/2025:14:00:00 +0800] "POST /pay/order?id=7 HTTP/1.1" 502 157 "https://a.example/\"x\"" "curl/8.5" 0.125"#;
        let json = read(&LogFormat::Nginx, line).unwrap();
        assert_eq!(
            (&json["time"], &json["path"], &json["method"]),
            (&"2025-03-14T06:00:00.000Z".into(), &"/pay/order".into(), &"POST".into())
        );
        assert_eq!((&json["code"], &json["success"], &json["latency_ms"]), (&"502".into(), &false.into(), &125.0.into()));
        let common = read(&LogFormat::Nginx, r#"::1 - - [14/Mar/2025:06:00:00 +0000] "GET / HTTP/2.0" 404 0"#).unwrap();
        assert_eq!((&common["success"], common.get("latency_ms"), common.get("remote_user")), (&true.into(), None, None));
        let named = r#"::1 - - [14/Mar/2025:06:00:00 +0000] "GET / HTTP/2.0" 200 9 "-" "x" rt=0.002 uct="0.000""#;
        assert_eq!(read(&LogFormat::Nginx, &named.replace(r#" uct="0.000""#, "")).unwrap()["latency_ms"], 2.0);
        // A handshake that went wrong has no request, and is counted all the same.
        assert_eq!(read(&LogFormat::Nginx, r#"::1 - - [14/Mar/2025:06:00:00 +0000] "\x16\x03" 400 157 "-" "-""#).unwrap()["code"], "400");
        assert!(read(&LogFormat::Nginx, "starting worker process 7").is_none());
    }

    #[test]
    fn groups_of_an_expression_are_fields() {
        let format = LogFormat::parse("regex", Some(r"^(?<time>\S+) rc=(?<code>\w+) took=(?<latency_ms>\d+)")).unwrap();
        assert_eq!(read(&format, "2025-03-14T06:00:00Z rc=51 took=12 x").unwrap()["code"], "51");
        assert!(read(&format, "nothing of it").is_none());
        assert!(LogFormat::parse("regex", Some("(")).is_err() && LogFormat::parse("xml", None).is_err());
        assert_eq!(read(&LogFormat::Json, r#" {"a":1} "#).unwrap()["a"], 1);
        assert!(read(&LogFormat::Json, "text").is_none());
    }
}
