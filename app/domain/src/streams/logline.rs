//! Lines of a log as lines of JSON: what web servers write, JSON as it is, or what a regular expression names.

use regex_lite::Regex;
use serde_json::{Map, Value};

use super::parse_clf;
use crate::{Timestamp, Wording};

/// How a log is written.
#[derive(Debug, Clone)]
pub enum LogFormat {
    /// As nginx and Apache write it (`combined`, `common`), with the time that the request took after it where it is there.
    Nginx,
    /// One object a line.
    Json,
    /// Named groups are fields.
    Regex(Box<Regex>),
}

/// `combined` or `common`, and whatever stands after it. A user may have blanks in the name; a request may be nothing, or rubbish.
const COMBINED: &str = concat!(
    r#"^(?<remote_addr>\S+) \S+ (?<remote_user>.*?) \[(?<time>[^\]]+)\] "#,
    r#""(?:(?<method>[A-Z]+) (?<path>(?:[^\s"\\]|\\.)+)(?: (?<protocol>(?:[^"\\]|\\.)*))?|(?:[^"\\]|\\.)*)" "#,
    r#"(?<code>\d{3}) (?<bytes>\d+|-)(?: "(?<referer>(?:[^"\\]|\\.)*)" "(?<user_agent>(?:[^"\\]|\\.)*)")?(?<tail>(?:\s.*)?)$"#
);

/// Nothing takes longer: a decimal beyond it is the time of the clock (`$msec`).
const LONGEST_SECONDS: f64 = 86_400.0;

/// How long the request took, in seconds: of what stands after the user agent the first decimal without quotes, or what is called
/// `rt` or `request_time`. The time of the upstream comes after it.
fn seconds(tail: &str) -> Option<f64> {
    let own = |token: &str| {
        let named = ["rt=", "request_time="].iter().find_map(|name| token.strip_prefix(name));
        let number = named.map_or(token, |text| text.trim_matches('"'));
        let (whole, part) = number.split_once('.')?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let seconds: Option<f64> = if digits(whole) && digits(part) { number.parse().ok() } else { None };
        seconds.filter(|seconds| *seconds <= LONGEST_SECONDS)
    };
    let mut quoted = false;
    let is_between = |letter: char| {
        quoted ^= letter == '"';
        letter.is_whitespace() && !quoted
    };
    tail.split(is_between).find_map(own)
}

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
    let time = text(fields, "time")?;
    let at = parse_clf(&time).or_else(|| Timestamp::parse_rfc3339(&time))?;
    fields.insert("time".to_owned(), at.rfc3339().into());
    if let Some(path) = text(fields, "path") {
        let path: String = path.split(['?', '#']).next().unwrap_or_default().chars().take(80).collect();
        fields.insert("path".to_owned(), path.into());
    }
    if let Some(seconds) = fields.remove("tail").as_ref().and_then(Value::as_str).and_then(seconds) {
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
        // What nobody asked for in earnest is counted all the same: a handshake that went wrong, a connection that said nothing.
        for request in [r"\x16\x03", "", "-", r#"\"GET\" /"#, "get / HTTP/1.1", "GET"] {
            let json = read(&LogFormat::Nginx, &format!(r#"::1 - - [14/Mar/2025:06:00:00 +0000] "{request}" 400 157 "-" "-""#)).unwrap();
            assert_eq!((&json["code"], &json["success"], json.get("path")), (&"400".into(), &false.into(), None), "{request}");
        }
        assert!(read(&LogFormat::Nginx, "starting worker process 7").is_none());
    }

    #[test]
    fn whatever_stands_after_the_user_agent_is_read_over() {
        let begin = r#"2001:db8::7 - - [14/Mar/2025:06:00:00 +0000] "GET /a HTTP/1.1" 200 615 "-" "curl/8.5""#;
        for (tail, latency) in [
            // `main` of nginx.org and of its image ends in the addresses that a proxy tells.
            (r#" "-""#, None),
            (r#" "10.0.0.7, 10.0.0.8""#, None),
            (r#" "10.0.0.7" 0.250"#, Some(250.0)),
            // `$request_time $upstream_response_time`: nginx itself answered, or another did.
            (" 0.000 -", Some(0.0)),
            (" 0.125 0.120", Some(125.0)),
            (" 0.125 0.100, 0.020 : 0.005", Some(125.0)),
            (r#" uct="0.001" urt="0.003" rt=0.004"#, Some(4.0)),
            (r#" 17 10.0.0.9:8080 request_time="0.005" HIT"#, Some(5.0)),
            (r#" "0.9" 1.2.3.4 - 7"#, None),
            // `$msec` is no latency, and does not stand before one.
            (" 1741932000.123 0.125", Some(125.0)),
            (" 1741932000.123", None),
        ] {
            let json = read(&LogFormat::Nginx, &format!("{begin}{tail}")).unwrap();
            assert_eq!((&json["remote_addr"], &json["user_agent"]), (&"2001:db8::7".into(), &"curl/8.5".into()), "{tail}");
            assert_eq!((json.get("latency_ms").and_then(Value::as_f64), json.get("tail")), (latency, None), "{tail}");
        }
        // `[$time_iso8601]` in the place of `[$time_local]`.
        let iso = read(&LogFormat::Nginx, &begin.replace("14/Mar/2025:06:00:00 +0000", "2025-03-14T14:00:00+08:00")).unwrap();
        assert_eq!(iso["time"], "2025-03-14T06:00:00.000Z");
        let named = read(&LogFormat::Nginx, &begin.replace("- - [", "- Ann Lee [")).unwrap();
        assert_eq!((&named["remote_user"], &named["code"]), (&"Ann Lee".into(), &"200".into()));
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
