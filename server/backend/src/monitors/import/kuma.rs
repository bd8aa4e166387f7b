//! A backup of Uptime Kuma (Settings → Backup, or the API's `monitorList`), as its versions 1 and 2 write it.

use std::collections::HashMap;

use domain::{form::Typed, monitors::Note};
use serde_json::Value;
use url::Url;

use self::http::http;
use super::Found;

mod http;
mod settings;

/// One entry. What Kuma writes as a number, a text or a boolean differs from version to version: read as it comes.
struct Entry(serde_json::Map<String, Value>);

/// Entries of a list, or (as the API gives it) of an object of them by id.
fn entries(list: Value) -> Option<Vec<Entry>> {
    let each: Vec<Value> = match list {
        Value::Array(list) => list,
        Value::Object(map) => map.into_iter().map(|(_, one)| one).collect(),
        _ => return None,
    };
    each.into_iter().map(|one| if let Value::Object(fields) = one { Some(Entry(fields)) } else { None }).collect()
}

/// The entries and the notifications of a backup, or of what the API lists: a version 2 writes no backups any more.
fn contents(text: &str) -> Result<(Vec<Entry>, Vec<Entry>), String> {
    let mut file: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let notifications = file.get_mut("notificationList").map(Value::take).and_then(entries).unwrap_or_default();
    let monitors = match file.get_mut("monitorList") {
        Some(list) => entries(list.take()),
        None => entries(file).filter(|all| !all.is_empty() && all.iter().all(|one| one.0.contains_key("type"))),
    };
    monitors.map(|monitors| (monitors, notifications)).ok_or_else(|| "monitorList: –".to_owned())
}

impl Entry {
    fn text(&self, field: &str) -> String {
        match self.0.get(field) {
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        }
    }

    fn number(&self, field: &str) -> Option<f64> {
        self.text(field).parse().ok()
    }

    fn yes(&self, field: &str) -> bool {
        match self.0.get(field) {
            Some(Value::Bool(yes)) => *yes,
            Some(Value::Number(number)) => number.as_i64() != Some(0),
            Some(Value::String(text)) => matches!(text.as_str(), "1" | "true"),
            _ => false,
        }
    }
}

/// Reads a backup.
pub(super) fn read(text: &str) -> Result<(Vec<Found>, Vec<Note>), String> {
    let (monitors, notifications) = contents(text)?;
    let named: HashMap<String, String> = notifications.iter().map(|one| (one.text("id"), one.text("name"))).collect();
    let groups: HashMap<String, String> =
        monitors.iter().filter(|e| e.text("type") == "group").map(|e| (e.text("id"), e.text("name"))).collect();
    let parents: HashMap<String, String> = monitors.iter().map(|e| (e.text("id"), e.text("parent"))).collect();
    let mut found = Vec::new();
    for entry in &monitors {
        if entry.text("type") == "group" {
            continue;
        }
        let mut one = convert(entry);
        one.group = chain(&entry.text("parent"), &groups, &parents);
        let told = told(entry, &named);
        if !told.is_empty() {
            one.notes.push(Note::new("notifications", told));
        }
        found.push(one);
    }
    let mut notes = Vec::new();
    for group in monitors.iter().filter(|one| one.text("type") == "group") {
        let (name, told) = (group.text("name"), told(group, &named));
        notes.push(Note::new("group", &name));
        if !told.is_empty() {
            notes.push(Note::new("notifications", format!("{name}: {told}")));
        }
    }
    Ok((found, notes))
}

/// Names of the notifications that an entry told.
fn told(entry: &Entry, named: &HashMap<String, String>) -> String {
    let ids: Vec<String> = match entry.0.get("notificationIDList") {
        Some(Value::Object(ids)) => ids.iter().filter(|(_, on)| **on != Value::Bool(false)).map(|(id, _)| id.clone()).collect(),
        Some(Value::Array(ids)) => ids.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    };
    ids.into_iter().map(|id| named.get(&id).cloned().unwrap_or(id)).collect::<Vec<_>>().join(", ")
}

/// Names of the groups above an entry, the nearest first.
fn chain(parent: &str, groups: &HashMap<String, String>, parents: &HashMap<String, String>) -> Vec<String> {
    let (mut names, mut at) = (Vec::new(), parent.to_owned());
    while let Some(name) = groups.get(&at).filter(|_| names.len() < 10) {
        names.push(name.clone());
        at = parents.get(&at).cloned().unwrap_or_default();
    }
    names
}

fn convert(entry: &Entry) -> Found {
    let mut found = Found::new(entry.text("name"));
    // Of a group that was paused each is.
    found.paused = entry.0.contains_key("active") && !entry.yes("active") || entry.yes("forceInactive");
    common(entry, &mut found);
    let kind = entry.text("type");
    let made = match kind.as_str() {
        "http" | "keyword" | "json-query" => http(entry, &kind, &mut found),
        "port" => address(entry, "tcp", &mut found),
        "ping" => {
            found.set("kind", "icmp");
            found.set("host", entry.text("hostname"));
            // One answer is enough.
            found.seconds("count", entry.number("ping_count").unwrap_or(1.0), 1.0, 10.0);
            found.set("loss", 99);
            true
        }
        "dns" => dns(entry, &mut found),
        "push" => push(entry, &mut found),
        "postgres" | "mysql" | "redis" => database(entry, &kind, &mut found),
        "grpc-keyword" => grpc(entry, &mut found),
        _ => {
            found.notes.push(Note::new("kind", &kind));
            false
        }
    };
    if entry.yes("upsideDown") {
        // Made as it is it would say the opposite of what is meant.
        found.notes.push(Note::new("upside-down", ""));
        found.made = false;
    }
    if found.made && made {
        settings::left_out(entry, &mut found);
    }
    found.made &= made;
    found
}

fn common(entry: &Entry, found: &mut Found) {
    let interval = entry.number("interval").unwrap_or(60.0);
    found.seconds("interval", interval, 5.0, 3_600.0);
    let timeout = entry.number("timeout").filter(|seconds| *seconds > 0.0).unwrap_or(interval * 0.8);
    found.seconds("timeout", timeout.min(interval), 1.0, 60.0);
    // So many tries after the first that failed.
    let needed = entry.number("maxretries").unwrap_or(0.0) + 1.0;
    found.seconds("needed", needed, 1.0, 10.0);
    if needed > 1.0 && entry.number("retryInterval").is_some_and(|retry| (retry - interval).abs() > 0.5) {
        found.notes.push(Note::new("retry-interval", format!("{} s", entry.text("retryInterval"))));
    }
    if let Some(Value::Array(tags)) = entry.0.get("tags") {
        let words: Vec<String> = tags
            .iter()
            .filter_map(|tag| {
                Some([tag.get("name")?.as_str()?, tag.get("value").and_then(Value::as_str).unwrap_or_default()].join(" ").trim().to_owned())
            })
            .collect();
        if !words.is_empty() {
            found.notes.push(Note::new("tags", words.join(", ")));
        }
    }
    // What version 2 asks of an answer beside the rest.
    for condition in entry.0.get("conditions").and_then(Value::as_array).into_iter().flatten() {
        let said: Vec<&str> = ["variable", "operator", "value"].iter().filter_map(|part| condition[*part].as_str()).collect();
        found.notes.push(Note::new("condition", said.join(" ")));
    }
    if !entry.text("proxyId").is_empty() {
        found.notes.push(Note::new("proxy", entry.text("proxyId")));
    }
}

fn address(entry: &Entry, kind: &str, found: &mut Found) -> bool {
    if entry.yes("expiryNotification") {
        found.notes.push(Note::new("setting", "expiryNotification: true"));
    }
    found.set("kind", kind);
    found.set("address", host_port(&entry.text("hostname"), &entry.text("port")));
    true
}

fn host_port(host: &str, port: &str) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

fn dns(entry: &Entry, found: &mut Found) -> bool {
    found.set("kind", "dns");
    found.set("lookup", entry.text("hostname"));
    found.set("record", entry.text("dns_resolve_type"));
    let servers = entry.text("dns_resolve_server");
    let mut servers = servers.split(',').map(str::trim).filter(|server| !server.is_empty());
    if let Some(first) = servers.next() {
        let port = entry.text("port");
        found.set("server", host_port(first, if port.is_empty() { "53" } else { &port }));
    }
    let rest: Vec<&str> = servers.collect();
    if !rest.is_empty() {
        found.notes.push(Note::new("servers", rest.join(", ")));
    }
    true
}

fn push(entry: &Entry, found: &mut Found) -> bool {
    found.set("kind", "heartbeat");
    found.set("deadline", entry.number("interval").unwrap_or(60.0).max(10.0).round());
    let retries = entry.number("maxretries").unwrap_or(0.0);
    let retry = entry.number("retryInterval").unwrap_or(60.0);
    found.set("grace", (retries * retry).clamp(0.0, 86_400.0).round());
    found.notes.push(Note::new("push", ""));
    true
}

fn database(entry: &Entry, kind: &str, found: &mut Found) -> bool {
    found.set("kind", kind);
    let Ok(url) = Url::parse(&entry.text("databaseConnectionString")) else {
        found.notes.push(Note::new("invalid", "databaseConnectionString"));
        return false;
    };
    let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let host = url.host_str().unwrap_or_default().to_owned();
    found.set("address", url.port().map_or(host.clone(), |port| format!("{host}:{port}")));
    found.set("user", decode(url.username()));
    // That of MySQL stands apart from its address, in a field that others left free.
    let apart = if kind == "mysql" { entry.text("radiusPassword") } else { String::new() };
    found.set("password", url.password().map(decode).filter(|given| !given.is_empty()).unwrap_or(apart));
    if kind != "redis" {
        found.set("database", decode(url.path().trim_start_matches('/')));
    }
    if url.scheme() == "rediss" || url.query_pairs().any(|(name, value)| name == "sslmode" && value != "disable") {
        found.set("tls", "on");
    }
    if entry.yes("ignoreTls") {
        found.set("accept_invalid", "on");
    }
    let query = entry.text("databaseQuery");
    if !query.is_empty() && !query.trim_end_matches(';').eq_ignore_ascii_case("select 1") {
        found.notes.push(Note::new("query", query));
    }
    true
}

/// Of gRPC calls only those of the health service are the same here.
fn grpc(entry: &Entry, found: &mut Found) -> bool {
    found.set("kind", "grpc");
    found.set("address", entry.text("grpcUrl"));
    if entry.yes("grpcEnableTls") {
        found.set("tls", "on");
    }
    let asks_health = entry.text("grpcServiceName").ends_with("Health") && entry.text("grpcMethod").eq_ignore_ascii_case("check");
    if !asks_health {
        found.notes.push(Note::new("kind", format!("grpc-keyword {}/{}", entry.text("grpcServiceName"), entry.text("grpcMethod"))));
        return false;
    }
    let keyword = entry.text("keyword");
    if entry.yes("invertKeyword") {
        found.notes.push(Note::new("upside-down", ""));
        return false;
    }
    if !"SERVING".contains(&keyword) {
        found.notes.push(Note::new("condition", format!("keyword {keyword}")));
    }
    if let Ok(body) = serde_json::from_str::<Value>(&entry.text("grpcBody")) {
        found.set("service", body.get("service").and_then(Value::as_str).unwrap_or_default());
    }
    true
}

impl Found {
    fn new(name: String) -> Self {
        Self { name, group: Vec::new(), fields: Typed::default(), paused: false, made: true, notes: Vec::new() }
    }
}
