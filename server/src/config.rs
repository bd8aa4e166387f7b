//! Settings from four places: flags win over environment, environment over the file, the file over defaults.
//!
//! An unknown or ill-typed key is an error that names key, value, where it stands and what would be right.

use std::path::Path;

use backend::egress::Cidr;
use figment::{
    Figment, Metadata, Source,
    error::Kind,
    providers::{Env, Format, Serialized, Toml},
    value::Value,
};
use serde_json::Value as Json;
use utoipa::PartialSchema;

use crate::settings::Settings;

/// Prefix of environment variables; `__` stands for the dot: `EVENKEEL_LIMITS__TIMEOUT_S=60`.
pub const PREFIX: &str = "EVENKEEL_";
/// Variables with our prefix that are not settings of the process; `token` and `probe_token` are read by commands.
const NOT_SETTINGS: [&str; 10] =
    ["config", "site", "bin", "password", "token", "probe_token", "test_postgres", "test_python", "write_routes", "crashes"];

/// One thing that is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The key, e.g. `limits.timeout_s`.
    pub key: String,
    /// What was given.
    pub value: String,
    /// What would be right.
    pub expected: String,
    /// Where it stands: a file, the environment, a flag.
    pub place: String,
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} is wrong; expected {}", self.key, self.value, self.expected)?;
        if self.place.is_empty() { Ok(()) } else { write!(f, " (in {})", self.place) }
    }
}

/// Reads the settings; `flags` are `key=value` in dotted keys.
pub fn load(file: Option<&Path>, flags: &[(String, String)]) -> Result<Settings, Vec<Wrong>> {
    let mut figment = Figment::from(Serialized::defaults(Settings::default()));
    if let Some(file) = file {
        if !file.is_file() {
            let value = file.display().to_string();
            return Err(vec![Wrong { key: "--config".into(), value, expected: "a file that is there".into(), place: String::new() }]);
        }
        figment = figment.merge(Toml::file_exact(file));
    }
    // The name that many hosts set for their database.
    figment = figment.merge(Env::raw().only(&["DATABASE_URL"]).map(|_| "database".into()));
    figment = figment.merge(Env::prefixed(PREFIX).ignore(&NOT_SETTINGS).split("__"));
    for (key, value) in flags {
        // The same reading of values as in the environment: numbers, booleans and lists are recognised.
        let Ok(value) = value.parse::<Value>();
        figment = figment.merge(Serialized::default(key, value));
    }
    // Key by key: one that is wrong must not hide the others.
    let given: Json = figment.extract().map_err(|errors| errors.into_iter().map(|error| unread(&error)).collect::<Vec<_>>())?;
    let mut leaves = Vec::new();
    flatten("", &given, &mut leaves);
    let (mut all, mut good) = (Vec::new(), Figment::from(Serialized::defaults(Settings::default())));
    for (key, json) in leaves.into_iter().filter(|(_, json)| !json.is_null()) {
        let Ok(value) = figment.find_value(&key) else {
            let (value, expected) = ("this key".into(), "a key without dots in it".into());
            all.push(Wrong { key, value, expected, place: String::new() });
            continue;
        };
        let with = good.clone().merge(Serialized::default(&key, value));
        match with.extract::<Settings>() {
            Ok(_) => good = with,
            Err(errors) => all.extend(errors.into_iter().map(|error| wrong(&error, figment.find_metadata(&key), &json))),
        }
    }
    let mut settings: Settings = good.extract().map_err(|errors| errors.into_iter().map(|error| unread(&error)).collect::<Vec<_>>())?;
    settings.file = file.map(Path::to_owned);
    all.extend(check(&settings));
    if all.is_empty() { Ok(settings) } else { Err(all) }
}

fn place(metadata: Option<&Metadata>) -> String {
    metadata.map_or_else(String::new, |metadata| match &metadata.source {
        Some(Source::Code(_)) => "the command line".to_owned(),
        Some(source) => source.to_string(),
        None => "the environment".to_owned(),
    })
}

/// A file that does not read at all; the reader's own words name line and column.
fn unread(error: &figment::Error) -> Wrong {
    let key = if error.path.is_empty() { place(error.metadata.as_ref()) } else { error.path.join(".") };
    Wrong { key, value: "what stands there".into(), expected: format!("TOML that reads: {}", error.kind), place: String::new() }
}

fn wrong(error: &figment::Error, metadata: Option<&Metadata>, given: &Json) -> Wrong {
    let path = error.path.join(".");
    let place = place(metadata);
    let (key, value, expected) = match &error.kind {
        // The path ends in the unknown name.
        Kind::UnknownField(_, known) => (path, "this key".to_owned(), format!("one of {}", known.join(", "))),
        Kind::UnknownVariant(name, known) => (path, format!("{name:?}"), format!("one of {}", known.join(", "))),
        Kind::InvalidType(actual, expected) | Kind::InvalidValue(actual, expected) => (path, actual.to_string(), in_words(expected)),
        Kind::ISizeOutOfRange(n) => (path, n.to_string(), "a smaller number".into()),
        Kind::USizeOutOfRange(n) => (path, n.to_string(), "a smaller number".into()),
        other => {
            let expected = if path == "listen" {
                "an address and a port such as 127.0.0.1:8080".to_owned()
            } else {
                format!("something else: {other}")
            };
            (path, given.to_string(), expected)
        }
    };
    Wrong { key, value, expected, place }
}

/// Rust's names of types mean nothing to whoever writes a setting.
fn in_words(expected: &str) -> String {
    match expected {
        "u64" | "u32" | "usize" => "a whole number".into(),
        "a sequence" => "a list such as [\"…\"]".into(),
        other => other.into(),
    }
}

/// Whether a variable with our prefix may be set where a command runs that knows the settings.
#[cfg(test)]
pub(crate) fn takes(variable: &str) -> bool {
    let name = variable.trim_start_matches(PREFIX).to_ascii_lowercase();
    NOT_SETTINGS.contains(&name.as_str()) || docs().contains(&format!("# Environment: {variable}="))
}

/// What types cannot say: networks parse, files are there, bounds are not zero.
pub fn check(settings: &Settings) -> Vec<Wrong> {
    let mut all = Vec::new();
    let mut note = |key: &str, value: String, expected: &str| {
        all.push(Wrong { key: key.into(), value: format!("{value:?}"), expected: expected.into(), place: String::new() });
    };
    let networks = [
        ("trusted_proxies", &settings.trusted_proxies),
        ("metrics_from", &settings.metrics_from),
        ("egress.allow", &settings.egress.allow),
        ("egress.contacts", &settings.egress.contacts),
        ("egress.subscribers", &settings.egress.subscribers),
        ("egress.load", &settings.egress.load),
    ];
    for (key, list) in networks {
        for text in list.iter().filter(|text| text.parse::<Cidr>().is_err()) {
            note(key, text.clone(), "an address or a network such as 10.0.0.0/8");
        }
    }
    let url = &settings.url;
    let plain = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).map(|rest| rest.trim_end_matches('/'));
    if !url.is_empty() && plain.is_none_or(|rest| rest.is_empty() || rest.contains(['/', '?', '#', '@'])) {
        note("url", url.clone(), "http:// or https:// and a host, without a path");
    }
    let database = &settings.database;
    if !database.is_empty() && !["sqlite:", "postgres://", "postgresql://"].iter().any(|start| database.starts_with(start)) {
        note("database", database.split(':').next().unwrap_or_default().to_owned(), "sqlite:PATH or postgres://user:password@host/name");
    }
    let (certificate, key) = (&settings.tls.certificate, &settings.tls.key);
    if certificate.as_os_str().is_empty() != key.as_os_str().is_empty() {
        note("tls", format!("{} and {}", certificate.display(), key.display()), "both certificate and key, or neither");
    }
    let mail = &settings.mail;
    if !mail.host.is_empty() && backend::deliveries::sender_of(&mail.from).is_none() {
        note("mail.from", mail.from.clone(), "a mail address, or a name with one such as Evenkeel <evenkeel@example.org>");
    }
    if !mail.user.is_empty() && mail.password_file.as_os_str().is_empty() {
        note("mail.password_file", String::new(), "a file that holds the password of mail.user");
    }
    let files = [
        ("tls.certificate", certificate),
        ("tls.key", key),
        ("mail.password_file", &mail.password_file),
        ("mail.ca", &mail.ca),
        ("egress.ca", &settings.egress.ca),
    ];
    for (name, file) in files {
        if !file.as_os_str().is_empty() && !file.is_file() {
            let expected = if name == "mail.password_file" { "a file that is there" } else { "a PEM file that is there" };
            note(name, file.display().to_string(), expected);
        }
    }
    let ca = &settings.egress.ca;
    if ca.is_file()
        && let Err(error) = settings.egress.roots()
    {
        note("egress.ca", ca.display().to_string(), &format!("a PEM file with certificates of authorities ({error})"));
    }
    let named =
        settings.tools.accounts.values().map(|account| ("tools.accounts", account)).chain([("tools.account", &settings.tools.account)]);
    for (key, account) in named.filter(|(_, account)| !account.is_empty() && !backend::tools::has_account(account)) {
        note(key, account.clone(), "an account of this machine");
    }
    for (key, number, least, most) in bounds(settings) {
        if !(least..=most).contains(&number) {
            note(key, number.to_string(), &format!("a whole number from {least} to {most}"));
        }
    }
    if let Err(error) = tracing_subscriber::EnvFilter::builder().parse(&settings.log.filter) {
        note("log.filter", settings.log.filter.clone(), &format!("a filter such as info or warn,backend=debug ({error})"));
    }
    all
}

/// Every number with its bounds: none is so small that nothing works, or so large that it can only be a slip.
fn bounds(settings: &Settings) -> Vec<(&'static str, u64, u64, u64)> {
    const HOUR: u64 = 3_600;
    const DAYS: u64 = 36_500;
    const GIB: u64 = 1 << 30;
    let (limits, monitors, transactions, keep) = (&settings.limits, &settings.monitors, &settings.transactions, &settings.keep);
    let whole = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    vec![
        ("limits.body_bytes", whole(limits.body_bytes), 1, GIB),
        ("limits.ingest_bytes", whole(limits.ingest_bytes), 1, 4 * GIB),
        ("limits.file_bytes", whole(limits.file_bytes), 1, 32 << 20),
        ("limits.timeout_s", limits.timeout_s, 1, HOUR),
        ("limits.header_timeout_s", limits.header_timeout_s, 1, HOUR),
        ("limits.body_timeout_s", limits.body_timeout_s, 1, HOUR),
        ("limits.write_timeout_s", limits.write_timeout_s, 1, HOUR),
        ("limits.concurrency", whole(limits.concurrency), 1, 1_000_000),
        ("limits.connections", whole(limits.connections), 1, 1_000_000),
        ("limits.api_per_minute", limits.api_per_minute.into(), 1, 100_000_000),
        ("limits.pages_per_minute", limits.pages_per_minute.into(), 1, 100_000_000),
        ("limits.drain_s", limits.drain_s, 0, HOUR),
        ("limits.load_runs", whole(limits.load_runs), 1, 64),
        ("tools.processes", settings.tools.processes, 0, 10_000_000),
        ("monitors.concurrency", whole(monitors.concurrency), 1, 1_000_000),
        ("monitors.results", monitors.results.into(), 1, 1_000_000),
        ("monitors.minutes_days", monitors.minutes_days.into(), 1, DAYS),
        ("monitors.hours_days", monitors.hours_days.into(), 1, DAYS),
        ("monitors.days_days", monitors.days_days.into(), 1, DAYS),
        ("transactions.queue", whole(transactions.queue), 1, 1_000_000),
        ("transactions.queue_bytes", whole(transactions.queue_bytes), 1, 1_024 * GIB),
        ("transactions.max_values", whole(transactions.max_values), 1, 100_000_000),
        ("transactions.minute_days", transactions.minute_days.into(), 14, DAYS),
        ("transactions.hour_days", transactions.hour_days.into(), 1, DAYS),
        ("transactions.day_days", transactions.day_days.into(), 1, DAYS),
        ("keep.alerts_days", keep.alerts_days.into(), 1, DAYS),
        ("keep.deliveries_days", keep.deliveries_days.into(), 1, DAYS),
        ("keep.run_logs_days", keep.run_logs_days.into(), 1, DAYS),
        ("keep.runs_days", keep.runs_days.into(), 1, DAYS),
        ("keep.tokens_days", keep.tokens_days.into(), 1, DAYS),
    ]
}

/// The settings in force, as TOML with dotted keys; a password in the database URL is hidden.
pub fn show(settings: &Settings) -> String {
    let mut lines = Vec::new();
    let mut value = serde_json::to_value(settings).unwrap_or_default();
    value["database"] = Json::String(hide_password(&settings.database));
    flatten("", &value, &mut lines);
    lines
        .into_iter()
        .map(|(key, value)| if value.is_null() { format!("# {key} is not set\n") } else { format!("{key} = {value}\n") })
        .collect()
}

/// The URL without its password.
pub fn hide_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let Some((credential, host)) = rest.rsplit_once('@') else { return url.to_owned() };
    let user = credential.split(':').next().unwrap_or_default();
    format!("{scheme}://{user}:…@{host}")
}

/// The reference of every key: what it means, its default, its environment variable. Made from the code.
pub fn docs() -> String {
    let mut lines = Vec::new();
    flatten("", &serde_json::to_value(Settings::default()).unwrap_or_default(), &mut lines);
    let mut text = String::from(
        "# Settings of Evenkeel, with their defaults. Flags (--set KEY=VALUE) win over the environment,\n\
         # the environment over this file.\n",
    );
    for (key, default) in lines {
        let variable = format!("{PREFIX}{}", key.to_ascii_uppercase().replace('.', "__"));
        text += &format!("\n# {}\n# Environment: {variable}={}\n", describe(&key).replace('\n', "\n# "), in_environment(&default));
        text += &if default.is_null() { format!("# {key} is not set\n") } else { format!("{key} = {default}\n") };
    }
    text
}

/// A value as the environment carries it: without quotes, a list with commas between.
fn in_environment(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Array(list) if list.is_empty() => "one,other".into(),
        Json::Array(list) => list.iter().map(in_environment).collect::<Vec<_>>().join(","),
        Json::Null => "true".into(),
        other => other.to_string(),
    }
}

fn flatten(prefix: &str, value: &Json, lines: &mut Vec<(String, Json)>) {
    match value {
        Json::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                flatten(&if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") }, value, lines);
            }
        }
        other => lines.push((prefix.to_owned(), other.clone())),
    }
}

/// The doc comment of a key, from the schema that the code gives.
fn describe(key: &str) -> String {
    use crate::settings::{Egress, Keep, Limits, Log, Mail, Monitors, Tls, Tools, Transactions};
    let (schema, field) = match key.split_once('.') {
        None => (Settings::schema(), key),
        Some(("tls", field)) => (Tls::schema(), field),
        Some(("log", field)) => (Log::schema(), field),
        Some(("limits", field)) => (Limits::schema(), field),
        Some(("tools", field)) => (Tools::schema(), field),
        Some(("monitors", field)) => (Monitors::schema(), field),
        Some(("transactions", field)) => (Transactions::schema(), field),
        Some(("keep", field)) => (Keep::schema(), field),
        Some(("mail", field)) => (Mail::schema(), field),
        Some((_, field)) => (Egress::schema(), field),
    };
    let schema = serde_json::to_value(schema).unwrap_or_default();
    let property = &schema["properties"][field];
    // A key whose type has words of its own refers to that type, beside its own words.
    let nested =
        ["allOf", "oneOf"].iter().filter_map(|way| property[*way].as_array()).flatten().find_map(|one| one["description"].as_str());
    property["description"].as_str().or(nested).unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests;
