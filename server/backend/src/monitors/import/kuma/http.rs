//! Checks of a URL, and of what is in its answer.

use domain::monitors::{Method, Note};
use serde_json::Value;
use url::Url;

use super::{Entry, Found};

pub(super) fn http(entry: &Entry, kind: &str, found: &mut Found) -> bool {
    found.set("kind", "http");
    let url = entry.text("url");
    match Url::parse(&url) {
        Ok(mut url) if !url.username().is_empty() || url.password().is_some() => {
            // Credentials in the URL become what they are.
            let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
            found.set("auth", "basic");
            found.set("user", decode(url.username()));
            found.set("password", decode(url.password().unwrap_or_default()));
            let _ = url.set_username("");
            let _ = url.set_password(None);
            found.set("url", url);
        }
        _ => found.set("url", url),
    }
    let named = entry.text("method");
    let method = Method::parse(&named);
    match method {
        _ if named.is_empty() => {}
        Some(method) => found.set("method", method),
        None => {
            found.notes.push(Note::new("method", named));
            return false;
        }
    }
    if method.is_some_and(Method::has_body) {
        let body = entry.text("body");
        // Kuma says what it sends: JSON where nothing else was chosen.
        let says = entry.text("headers").to_ascii_lowercase().contains("content-type");
        if !body.is_empty() && !says {
            let kind = match entry.text("httpBodyEncoding").as_str() {
                "xml" => "text/xml; charset=utf-8",
                "form" => "application/x-www-form-urlencoded",
                _ => "application/json",
            };
            found.fields.add("headers", format!("Content-Type: {kind}"));
        }
        found.set("body", body);
    }
    if let Some(Value::Array(codes)) = entry.0.get("accepted_statuscodes") {
        found.set("expected", codes.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","));
    }
    let redirects = entry.number("maxredirects").unwrap_or(10.0);
    if redirects >= 1.0 {
        found.set("redirect", "follow");
        found.seconds("redirects", redirects, 1.0, 10.0);
    }
    if entry.yes("ignoreTls") {
        found.set("accept_invalid", "on");
    }
    if entry.yes("expiryNotification") && entry.text("url").starts_with("https:") {
        found.set("tls_days", 14);
        found.notes.push(Note::new("expiry", "14"));
    }
    headers(&entry.text("headers"), found);
    match entry.text("authMethod").as_str() {
        // Old versions knew Basic only, and named no method.
        "" if !entry.0.contains_key("authMethod") && !entry.text("basic_auth_user").is_empty() => {
            found.set("auth", "basic");
            found.set("user", entry.text("basic_auth_user"));
            found.set("password", entry.text("basic_auth_pass"));
        }
        "" | "null" => {}
        "bearer" => {
            found.set("auth", "bearer");
            found.set("token", entry.text("bearer_token"));
        }
        "basic" => {
            found.set("auth", "basic");
            found.set("user", entry.text("basic_auth_user"));
            found.set("password", entry.text("basic_auth_pass"));
        }
        other => found.notes.push(Note::new("auth", other)),
    }
    match kind {
        "keyword" => {
            found.set("match", if entry.yes("invertKeyword") { "lacks" } else { "contains" });
            found.set("match_text", entry.text("keyword"));
            true
        }
        "json-query" => json_query(entry, found),
        _ => true,
    }
}

fn headers(text: &str, found: &mut Found) {
    let Ok(Value::Object(headers)) = serde_json::from_str(text) else {
        if !text.is_empty() && text != "null" {
            found.notes.push(Note::new("header", "not JSON"));
        }
        return;
    };
    for (name, value) in headers {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match name.to_ascii_lowercase().as_str() {
            "authorization" if value.starts_with("Bearer ") => {
                found.set("auth", "bearer");
                found.set("token", value.trim_start_matches("Bearer ").trim());
            }
            "authorization" | "proxy-authorization" | "cookie" | "connection" | "content-length" | "transfer-encoding" => {
                found.notes.push(Note::new("header", name));
            }
            _ => found.fields.add("headers", format!("{name}: {value}")),
        }
    }
}

/// Kuma's paths are JSONata; plain ones, names and places parted by dots, mean the same in RFC 9535.
fn json_query(entry: &Entry, found: &mut Found) -> bool {
    let path = entry.text("jsonPath");
    let plain = path.trim_start_matches('$').trim_start_matches('.');
    let simple = !plain.is_empty() && plain.chars().all(|c| c.is_ascii_alphanumeric() || "_.[]".contains(c));
    if !simple && path != "$" {
        found.notes.push(Note::new("expression", path));
        return false;
    }
    let op = match entry.text("jsonPathOperator").as_str() {
        "" | "==" => "equals",
        "!=" => "differs",
        "<" => "below",
        ">" => "above",
        "contains" => "contains",
        other => {
            found.notes.push(Note::new("expression", format!("{path} {other}")));
            return false;
        }
    };
    found.set("json_path", if plain.is_empty() { "$".to_owned() } else { format!("$.{plain}").replace("$.[", "$[") });
    found.set("json_op", op);
    found.set("json_value", entry.text("expectedValue"));
    true
}
