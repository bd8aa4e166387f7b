//! The modules of a blackbox exporter (`blackbox.yml`, <https://github.com/prometheus/blackbox_exporter/blob/master/CONFIGURATION.md>)
//! and a list of targets: lines `MODULE TARGET [NAME]`.

use std::collections::BTreeMap;

use domain::{form::Typed, monitors::Note};
use serde::Deserialize;
use serde_norway::Value;

use self::{dns::dns, http::http};
use super::Found;

mod dns;
mod http;

#[derive(Deserialize)]
struct File {
    modules: BTreeMap<String, Module>,
}

/// A module: which prober, how long, and the options of that prober, read as they come so that none is passed over unsaid.
#[derive(Deserialize, Clone)]
struct Module {
    #[serde(default)]
    prober: String,
    #[serde(default)]
    timeout: String,
    #[serde(default)]
    http: Options,
    #[serde(default)]
    tcp: Options,
    #[serde(default)]
    dns: Options,
    #[serde(default)]
    icmp: Options,
    #[serde(default)]
    grpc: Options,
}

type Options = BTreeMap<String, Value>;

/// Whether the text is such a file.
pub(super) fn is_one(text: &str) -> bool {
    crate::yaml::read::<BTreeMap<String, Value>>(text).is_ok_and(|file| file.contains_key("modules"))
}

/// Reads the modules, and a monitor for each target.
pub(super) fn read(text: &str, targets: &str) -> Result<(Vec<Found>, Vec<Note>), String> {
    let file: File = crate::yaml::read(text)?;
    let mut found = Vec::new();
    let mut used: Vec<&str> = Vec::new();
    for line in targets.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut words = line.splitn(3, char::is_whitespace).map(str::trim);
        let (module, target, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let name = if name.is_empty() { format!("{target} ({module})") } else { name.to_owned() };
        found.push(match file.modules.get_key_value(module) {
            Some((known, module)) => {
                used.push(known);
                convert(module, target, name)
            }
            None => {
                let mut one = one(name);
                one.notes.push(Note::new("module", module));
                one.made = false;
                one
            }
        });
    }
    let notes =
        file.modules.keys().filter(|name| !used.contains(&name.as_str())).map(|name| Note::new("module", format!("{name}: –"))).collect();
    Ok((found, notes))
}

fn one(name: String) -> Found {
    Found { name, group: Vec::new(), fields: Typed::default(), paused: false, made: true, notes: Vec::new() }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(yes) => yes.to_string(),
        _ => String::new(),
    }
}

fn list(value: &Value) -> Vec<String> {
    value.as_sequence().map(|all| all.iter().map(text).collect()).unwrap_or_default()
}

/// `5s`, `1m30s`, `500ms` in seconds.
fn seconds(text: &str) -> Option<f64> {
    let (mut sum, mut number) = (0.0, String::new());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter.is_ascii_digit() || letter == '.' {
            number.push(letter);
            continue;
        }
        let mut unit = letter.to_string();
        while let Some(more) = letters.next_if(|next| next.is_alphabetic()) {
            unit.push(more);
        }
        let factor = match unit.as_str() {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3_600.0,
            _ => return None,
        };
        sum += number.parse::<f64>().ok()? * factor;
        number.clear();
    }
    (sum > 0.0 && number.is_empty()).then_some(sum)
}

fn convert(module: &Module, target: &str, name: String) -> Found {
    let mut found = one(name);
    found.set("interval", 60);
    // An exporter says down at once.
    found.set("needed", 1);
    found.seconds("timeout", seconds(&module.timeout).unwrap_or(10.0), 1.0, 60.0);
    let made = match module.prober.as_str() {
        "http" => http(&module.http, target, &mut found),
        "tcp" => tcp(&module.tcp, target, &mut found),
        "dns" => dns(&module.dns, target, &mut found),
        "icmp" => icmp(&module.icmp, target, &mut found),
        "grpc" => grpc(&module.grpc, target, &mut found),
        other => {
            found.notes.push(Note::new("kind", other));
            false
        }
    };
    found.made &= made;
    found
}

/// What changes nothing of the verdict here.
fn is_of_no_matter(option: &str) -> bool {
    ["preferred_ip_protocol", "ip_protocol_fallback", "compression", "skip_resolve_phase_with_proxy"].contains(&option)
}

fn left_out(option: &str, value: &Value, found: &mut Found) {
    if !is_of_no_matter(option) {
        let shown = serde_norway::to_string(value).unwrap_or_default().replace('\n', " ");
        // Of what may hold a credential only the name is said.
        let secret = ["auth", "password", "token", "credential", "key", "headers"].iter().any(|word| option.contains(word));
        found.notes.push(Note::new("setting", if secret { option.to_owned() } else { format!("{option}: {}", shown.trim()) }));
    }
}

fn tls(value: &Value, found: &mut Found) {
    for (name, value) in value.as_mapping().into_iter().flatten() {
        match (text(name).as_str(), text(value).as_str()) {
            ("insecure_skip_verify", "true") => found.set("accept_invalid", "on"),
            ("insecure_skip_verify", _) => {}
            ("min_version", "TLS13") => found.set("tls_min", "1.3"),
            ("min_version", "TLS12") => {}
            (name, _) => found.notes.push(Note::new("setting", format!("tls_config.{name}"))),
        }
    }
}

fn tcp(options: &Options, target: &str, found: &mut Found) -> bool {
    found.set("kind", "tcp");
    found.set("address", target);
    for (option, value) in options {
        match option.as_str() {
            "tls" if text(value) == "true" => found.set("tls", "on"),
            "tls" => {}
            "tls_config" => tls(value, found),
            "query_response" => {
                for step in value.as_sequence().into_iter().flatten() {
                    if let Some(expect) = step.get("expect").map(text).filter(|text| !text.is_empty()) {
                        found.fields.add("dialogue", format!("expect: {expect}"));
                    }
                    if let Some(send) = step.get("send").map(text).filter(|text| !text.is_empty()) {
                        let send = send.replace('\\', "\\\\").replace('\r', "\\r").replace('\n', "\\n");
                        found.fields.add("dialogue", format!("send: {send}"));
                    }
                    if step.get("starttls").is_some_and(|v| text(v) == "true") {
                        found.fields.add("dialogue", "starttls");
                    }
                }
            }
            _ => left_out(option, value, found),
        }
    }
    true
}

fn icmp(options: &Options, target: &str, found: &mut Found) -> bool {
    found.set("kind", "icmp");
    found.set("host", target);
    // One request, which must be answered.
    found.set("count", 1);
    found.set("loss", 0);
    for (option, value) in options {
        left_out(option, value, found);
    }
    true
}

fn grpc(options: &Options, target: &str, found: &mut Found) -> bool {
    found.set("kind", "grpc");
    found.set("address", target);
    for (option, value) in options {
        match option.as_str() {
            "service" => found.set("service", text(value)),
            "tls" if text(value) == "true" => found.set("tls", "on"),
            "tls" => {}
            "tls_config" => tls(value, found),
            _ => left_out(option, value, found),
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_2_is_demanded_where_nothing_else_will_do() {
        for (versions, target, demanded, notes) in [
            ("[HTTP/2.0]", "https://example.org", "2", 0),
            ("[HTTP/2, HTTP/3]", "https://example.org", "2", 0),
            ("[HTTP/1.1, HTTP/2.0]", "https://example.org", "", 0),
            ("[]", "https://example.org", "", 0),
            ("[HTTP/1.1]", "http://example.org", "", 0),
            ("[HTTP/2.0]", "http://example.org", "", 1),
            ("[HTTP/1.1]", "https://example.org", "", 1),
            ("[HTTP/1.0]", "https://example.org", "", 1),
        ] {
            let text = format!("modules:\n  m:\n    prober: http\n    http:\n      valid_http_versions: {versions}\n");
            let (found, _) = read(&text, &format!("m {target}")).unwrap();
            assert!(found[0].made);
            assert_eq!((found[0].fields.get("http_version"), found[0].notes.len()), (demanded, notes), "{versions} {target}");
        }
    }

    #[test]
    fn every_method_that_is_used_here_is_carried_over() {
        for (method, made) in [("HEAD", true), ("PUT", true), ("PATCH", true), ("DELETE", true), ("OPTIONS", true), ("TRACE", false)] {
            let text = format!("modules:\n  m:\n    prober: http\n    http: {{ method: {method} }}\n");
            let (found, _) = read(&text, "m http://example.org").unwrap();
            assert_eq!((found[0].made, found[0].notes.is_empty()), (made, made), "{method}");
            assert_eq!(found[0].fields.get("method"), if made { method } else { "" });
        }
    }

    #[test]
    fn what_is_said_once_is_merged_where_it_is_meant() {
        let text = "x: &usual { prober: http, timeout: 3s }\nmodules:\n  m: { <<: *usual, http: { method: HEAD } }\n";
        assert!(is_one(text));
        let (found, _) = read(text, "m http://example.org").unwrap();
        let said = ["kind", "timeout", "method"].map(|field| found[0].fields.get(field));
        assert_eq!((found[0].made, said), (true, ["http", "3", "HEAD"]));
    }

    #[test]
    fn who_asks_is_carried_over_or_the_check_is_not_made() {
        for (option, auth, secret, note) in [
            ("basic_auth: { username: watch, password: canary }", "basic", "canary", ""),
            ("basic_auth: { username: watch, password_file: /run/canary }", "", "", "basic_auth"),
            ("bearer_token: canary", "bearer", "canary", ""),
            ("bearer_token_file: /run/canary", "", "", "bearer_token_file"),
            ("authorization: { credentials: canary }", "bearer", "canary", ""),
            ("authorization: { type: bearer, credentials: canary }", "bearer", "canary", ""),
            ("authorization: { type: Token, credentials: canary }", "", "", "authorization: Token"),
            ("authorization: { credentials_file: /run/canary }", "", "", "authorization"),
            ("oauth2: { client_id: watch, client_secret: canary }", "", "", "oauth2"),
        ] {
            let text = format!("modules:\n  m: {{ prober: http, http: {{ {option} }} }}\n");
            let (found, _) = read(&text, "m http://example.org").unwrap();
            let fields = &found[0].fields;
            let given = if auth == "basic" { fields.get("password") } else { fields.get("token") };
            assert_eq!((found[0].made, fields.get("auth"), given), (note.is_empty(), auth, secret), "{option}");
            let notes: Vec<_> = found[0].notes.iter().map(|note| (note.what.as_str(), note.text.as_str())).collect();
            assert_eq!(notes, if note.is_empty() { vec![] } else { vec![("auth", note)] }, "{option}");
        }
    }

    #[test]
    fn durations_of_go() {
        assert_eq!(seconds("1m30s"), Some(90.0));
        assert_eq!(seconds("500ms"), Some(0.5));
        assert!(seconds("").is_none() && seconds("5").is_none() && seconds("x").is_none());
    }
}
