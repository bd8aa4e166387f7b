//! Settings of an entry that stand for something and for which there is no place here: each is said, unless it is as Kuma leaves it.

use domain::monitors::{Method, Note};
use serde_json::Value;

use super::{Entry, Found};

/// What is read elsewhere, field by field, or said there.
const READ: &[&str] = &[
    "accepted_statuscodes",
    "active",
    "authMethod",
    "basic_auth_pass",
    "basic_auth_user",
    "bearer_token",
    "conditions",
    "databaseConnectionString",
    "databaseQuery",
    "dns_resolve_server",
    "dns_resolve_type",
    "expectedValue",
    "expiryNotification",
    "forceInactive",
    "grpcBody",
    "grpcEnableTls",
    "grpcMethod",
    "grpcServiceName",
    "grpcUrl",
    "headers",
    "hostname",
    "httpBodyEncoding",
    "ignoreTls",
    "interval",
    "invertKeyword",
    "jsonPath",
    "jsonPathOperator",
    "keyword",
    "maxredirects",
    "maxretries",
    "method",
    "name",
    "notificationIDList",
    "parent",
    "ping_count",
    "port",
    "proxyId",
    "pushToken",
    "retryInterval",
    "tags",
    "timeout",
    "type",
    "upsideDown",
    "url",
];

/// What says nothing of a check by itself: where it stands in a list, what was seen last, how the file was made; and what belongs to a
/// way of logging in of which is said that it is not spoken here.
const OF_NO_MATTER: &[&str] = &[
    "authDomain",
    "authWorkstation",
    "childrenIDs",
    "dns_last_result",
    "grpcProtobuf",
    "id",
    "includeSensitiveData",
    "oauth_audience",
    "oauth_auth_method",
    "oauth_client_id",
    "oauth_client_secret",
    "oauth_scopes",
    "oauth_token_url",
    "path",
    "pathName",
    "ping_numeric",
    "responseMaxLength",
    "saveErrorResponse",
    "screenshot",
    "screenshot_delay",
    "tlsCa",
    "tlsCert",
    "tlsKey",
    "userId",
    "user_id",
    "weight",
];

/// Fields that only some types look at, by how they begin; Kuma writes those of every type into every entry.
const OF_TYPES: &[(&str, &[&str])] = &[
    ("body", &["http", "keyword", "json-query"]),
    ("cacheBust", &["http", "keyword", "json-query"]),
    ("docker_", &[]),
    ("expectedTlsAlert", &["port"]),
    ("game", &[]),
    ("grpc", &["grpc-keyword"]),
    ("kafkaProducer", &[]),
    ("location", &[]),
    ("mqtt", &[]),
    ("ntp", &[]),
    ("packetSize", &["ping"]),
    ("ping_", &["ping"]),
    ("protocol", &[]),
    ("rabbitmq", &[]),
    ("radius", &[]),
    ("remote_browser", &[]),
    ("retryOnlyOnStatusCodeFailure", &["json-query"]),
    ("saveResponse", &["http", "keyword", "json-query"]),
    ("smtpSecurity", &["port"]),
    ("snmp", &[]),
    ("subtype", &[]),
    ("system_service_name", &[]),
    ("ws", &[]),
];

/// What Kuma writes where nobody chose anything else, beside nothing, no, and zero.
const USUAL: &[(&str, &str)] = &[("packetSize", "56"), ("ping_per_request_timeout", "2"), ("expectedTlsAlert", "none")];

/// Of what may hold a credential only the name is said.
const SECRET: &[&str] = &["pass", "secret", "token", "key", "auth", "metadata", "body", "cert", "user", "sasl", "connection", "headers"];

/// Says what is left out of an entry that is made.
pub(super) fn left_out(entry: &Entry, found: &mut Found) {
    let kind = entry.text("type");
    for (field, value) in &entry.0 {
        let field = field.as_str();
        let known = READ.contains(&field) || OF_NO_MATTER.contains(&field);
        let foreign = OF_TYPES.iter().any(|(begin, kinds)| field.starts_with(begin) && !kinds.contains(&kind.as_str()));
        let shown = shown(value);
        if known || foreign || shown.is_empty() || USUAL.contains(&(field, &shown)) {
            continue;
        }
        if field == "body" && Method::parse(&entry.text("method")).is_some_and(Method::has_body) {
            continue;
        }
        let name = field.to_ascii_lowercase();
        let secret = SECRET.iter().any(|word| name.contains(word));
        found.notes.push(Note::new("setting", if secret { field.to_owned() } else { format!("{field}: {shown}") }));
    }
}

/// A value as it stands in the file; nothing where it says no.
fn shown(value: &Value) -> String {
    match value {
        Value::Null | Value::Bool(false) => String::new(),
        Value::String(text) if text.trim() == "null" || text.trim() == "0" => String::new(),
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) if number.as_f64() == Some(0.0) => String::new(),
        Value::Array(list) if list.is_empty() => String::new(),
        Value::Object(map) if map.is_empty() => String::new(),
        other => other.to_string(),
    }
}
