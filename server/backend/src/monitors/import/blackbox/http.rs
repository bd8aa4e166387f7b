//! What the http prober is told.

use domain::monitors::{Method, Note};
use serde_norway::Value;

use super::{Found, Options, left_out, list, text, tls};

pub(super) fn http(options: &Options, target: &str, found: &mut Found) -> bool {
    found.set("kind", "http");
    found.set("url", if target.contains("://") { target.to_owned() } else { format!("http://{target}") });
    found.set("redirect", "follow");
    found.set("redirects", 10);
    let mut made = true;
    for (option, value) in options {
        match option.as_str() {
            "valid_status_codes" => {
                let codes = list(value);
                if !codes.is_empty() {
                    found.set("expected", codes.join(","));
                }
            }
            "method" => match Method::parse(&text(value)) {
                Some(method) => found.set("method", method),
                None => {
                    found.notes.push(Note::new("method", text(value)));
                    made = false;
                }
            },
            "headers" => {
                for (name, value) in value.as_mapping().into_iter().flatten() {
                    found.fields.add("headers", format!("{}: {}", text(name), text(value)));
                }
            }
            "body" => found.set("body", text(value)),
            "follow_redirects" if text(value) == "false" => found.set("redirect", "none"),
            "no_follow_redirects" if text(value) == "true" => found.set("redirect", "none"),
            "follow_redirects" | "no_follow_redirects" => {}
            // The scheme of the target says so; redirects never go down to http.
            "fail_if_not_ssl" if target.starts_with("https://") || text(value) == "false" => {}
            "fail_if_ssl" if text(value) == "false" => {}
            "fail_if_body_matches_regexp" => made &= pattern(value, "lacks", option, found),
            "fail_if_body_not_matches_regexp" => made &= pattern(value, "regex", option, found),
            "fail_if_header_matches" => made &= header(value, "lacks", option, found),
            "fail_if_header_not_matches" => made &= header(value, "regex", option, found),
            "valid_http_versions" => versions(value, target, found),
            "tls_config" => tls(value, found),
            "basic_auth" | "bearer_token" | "bearer_token_file" | "authorization" | "oauth2" => made &= login(value, option, found),
            _ => left_out(option, value, found),
        }
    }
    made
}

/// Who asks, by a name with a password or by a token that stand in the file. Without them the check would ask for something else.
fn login(value: &Value, option: &str, found: &mut Found) -> bool {
    let of = |name: &str| value.get(name).map(text).unwrap_or_default();
    let bearer = of("type").is_empty() || of("type").trim().eq_ignore_ascii_case("bearer");
    match option {
        "basic_auth" if ["password_file", "username_file"].iter().all(|file| value.get(*file).is_none()) => {
            found.set("auth", "basic");
            found.set("user", of("username"));
            found.set("password", of("password"));
        }
        "bearer_token" => {
            found.set("auth", "bearer");
            found.set("token", text(value));
        }
        "authorization" if bearer && value.get("credentials").is_some() => {
            found.set("auth", "bearer");
            found.set("token", of("credentials"));
        }
        _ => {
            let said = if bearer { option.to_owned() } else { format!("{option}: {}", of("type")) };
            found.notes.push(Note::new("auth", said));
            return false;
        }
    }
    true
}

/// HTTP/2 can be demanded, over TLS; what allows both versions that are spoken here demands nothing.
fn versions(value: &Value, target: &str, found: &mut Found) {
    let versions = list(value);
    let has = |version: &str| versions.iter().any(|one| one == version);
    let secure = target.starts_with("https://");
    match (has("HTTP/2.0") || has("HTTP/2"), has("HTTP/1.1")) {
        _ if versions.is_empty() => {}
        (true, true) => {}
        // Without TLS nothing else is spoken here.
        (_, true) if !secure => {}
        (true, false) if secure => found.set("http_version", "2"),
        _ => left_out("valid_http_versions", value, found),
    }
}

/// One pattern of the body can be carried over; of a pattern that must *not* match only plain text.
fn pattern(value: &Value, mode: &str, option: &str, found: &mut Found) -> bool {
    let patterns = list(value);
    let plain = |text: &str| text.chars().all(|c| c.is_alphanumeric() || " _-/:\"',".contains(c));
    match patterns.as_slice() {
        [] => true,
        [only] if !found.fields.has("match") && (mode == "regex" || plain(only)) => {
            found.set("match", mode);
            found.set("match_text", only);
            true
        }
        _ => {
            left_out(option, value, found);
            false
        }
    }
}

fn header(value: &Value, mode: &str, option: &str, found: &mut Found) -> bool {
    let headers = value.as_sequence().map(Vec::as_slice).unwrap_or_default();
    let plain = |text: &str| text.chars().all(|c| c.is_alphanumeric() || " _-/:;=,".contains(c));
    match headers {
        [] => true,
        [only] if !found.fields.has("header_name") => {
            let regexp = only.get("regexp").map(text).unwrap_or_default();
            let lenient = only.get("allow_missing").is_some_and(|v| text(v) == "true");
            // Here what must match must be there; what must not may be missing.
            if (mode == "lacks" && !plain(&regexp)) || lenient != (mode == "lacks") {
                left_out(option, value, found);
                return false;
            }
            found.set("header_name", only.get("header").map(text).unwrap_or_default());
            found.set("header_match", mode);
            found.set("header_text", regexp);
            true
        }
        _ => {
            left_out(option, value, found);
            false
        }
    }
}
