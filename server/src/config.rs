//! Settings from four places: flags win over environment, environment over the file, the file over defaults.
//!
//! An unknown or ill-typed key is an error that names key, value, where it stands and what would be right.

use std::path::Path;

use backend::egress::Cidr;
use figment::{
    Figment, Source,
    error::Kind,
    providers::{Env, Format, Serialized, Toml},
    value::Value,
};
use serde_json::Value as Json;
use utoipa::PartialSchema;

use crate::settings::Settings;

/// Prefix of environment variables; `__` stands for the dot: `EVENKEEL_LIMITS__TIMEOUT_S=60`.
pub const PREFIX: &str = "EVENKEEL_";
/// Variables with our prefix that are not settings of the process.
const NOT_SETTINGS: [&str; 6] = ["config", "site", "bin", "password", "test_postgres", "write_routes"];

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
    let mut settings: Settings = figment.extract().map_err(|errors| errors.into_iter().map(wrong).collect::<Vec<_>>())?;
    settings.file = file.map(Path::to_owned);
    let wrong = check(&settings);
    if wrong.is_empty() { Ok(settings) } else { Err(wrong) }
}

fn wrong(error: figment::Error) -> Wrong {
    let path = error.path.join(".");
    let place = error.metadata.as_ref().map_or_else(String::new, |metadata| match &metadata.source {
        Some(Source::Code(_)) => "the command line".to_owned(),
        Some(source) => source.to_string(),
        None => "the environment".to_owned(),
    });
    let (key, value, expected) = match &error.kind {
        // The path ends in the unknown name.
        Kind::UnknownField(_, known) => (path, "this key".to_owned(), format!("one of {}", known.join(", "))),
        Kind::UnknownVariant(name, known) => (path, format!("{name:?}"), format!("one of {}", known.join(", "))),
        Kind::InvalidType(actual, expected) | Kind::InvalidValue(actual, expected) => (path, actual.to_string(), in_words(expected)),
        Kind::ISizeOutOfRange(n) => (path, n.to_string(), "a smaller number".into()),
        Kind::USizeOutOfRange(n) => (path, n.to_string(), "a smaller number".into()),
        other => (path, "what was given".to_owned(), format!("something else: {other}")),
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
    for (name, file) in [("tls.certificate", certificate), ("tls.key", key)] {
        if !file.as_os_str().is_empty() && !file.is_file() {
            note(name, file.display().to_string(), "a PEM file that is there");
        }
    }
    let limits = &settings.limits;
    let numbers = [
        ("limits.body_bytes", limits.body_bytes),
        ("limits.ingest_bytes", limits.ingest_bytes),
        ("limits.concurrency", limits.concurrency),
        ("limits.connections", limits.connections),
    ];
    for (key, _) in numbers.into_iter().filter(|(_, n)| *n == 0) {
        note(key, "0".into(), "a number above 0");
    }
    for (key, _) in
        [("limits.timeout_s", limits.timeout_s), ("limits.header_timeout_s", limits.header_timeout_s)].into_iter().filter(|(_, n)| *n == 0)
    {
        note(key, "0".into(), "a number of seconds above 0");
    }
    if limits.api_per_minute == 0 {
        note("limits.api_per_minute", "0".into(), "a number above 0");
    }
    let keep = &settings.keep;
    let days = [
        ("keep.alerts_days", keep.alerts_days),
        ("keep.deliveries_days", keep.deliveries_days),
        ("keep.run_logs_days", keep.run_logs_days),
        ("keep.runs_days", keep.runs_days),
        ("keep.tokens_days", keep.tokens_days),
    ];
    for (key, _) in days.into_iter().filter(|(_, days)| *days == 0) {
        note(key, "0".into(), "a number of days above 0");
    }
    if let Err(error) = tracing_subscriber::EnvFilter::builder().parse(&settings.log.filter) {
        note("log.filter", settings.log.filter.clone(), &format!("a filter such as info or warn,backend=debug ({error})"));
    }
    all
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
        text += &format!("\n# {}\n# Environment: {variable}\n", describe(&key).replace('\n', "\n# "));
        text += &if default.is_null() { format!("# {key} is not set\n") } else { format!("{key} = {default}\n") };
    }
    text
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
    use crate::settings::{Egress, Keep, Limits, Log, Monitors, Tls, Tools, Transactions};
    let (schema, field) = match key.split_once('.') {
        None => (Settings::schema(), key),
        Some(("tls", field)) => (Tls::schema(), field),
        Some(("log", field)) => (Log::schema(), field),
        Some(("limits", field)) => (Limits::schema(), field),
        Some(("tools", field)) => (Tools::schema(), field),
        Some(("monitors", field)) => (Monitors::schema(), field),
        Some(("transactions", field)) => (Transactions::schema(), field),
        Some(("keep", field)) => (Keep::schema(), field),
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
mod tests {
    use super::*;

    fn flags(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn flags_win_and_are_read_by_type() {
        let settings = load(None, &flags(&[("limits.timeout_s", "7"), ("trusted_proxies", "[\"10.0.0.0/8\"]"), ("data", "/x")])).unwrap();
        assert_eq!((settings.limits.timeout_s, settings.trusted_proxies.len()), (7, 1));
        assert_eq!(settings.database_url(), "sqlite:/x/evenkeel.db");
    }

    #[test]
    fn errors_name_key_value_and_what_is_right() {
        let say = |pairs| load(None, &flags(pairs)).unwrap_err()[0].to_string();
        let unknown = say(&[("limits.timeout", "7")]);
        assert!(unknown.starts_with("limits.timeout: this key is wrong; expected one of body_bytes, "), "{unknown}");
        let typed = say(&[("limits.timeout_s", "soon")]);
        assert!(typed.starts_with("limits.timeout_s: string \"soon\" is wrong; expected a whole number"), "{typed}");
        let word = say(&[("log.format", "xml")]);
        assert!(word.starts_with("log.format: \"xml\" is wrong; expected one of text, json"), "{word}");
        assert!(say(&[("egress.allow", "[\"10.0.0.0/33\"]")]).starts_with("egress.allow: \"10.0.0.0/33\" is wrong"));
        assert!(say(&[("tls.key", "/no/such")]).starts_with("tls: "));
        assert!(say(&[("url", "example.org")]).starts_with("url: "));
    }

    #[test]
    fn the_reference_has_words_for_every_key() {
        let docs = docs();
        assert!(docs.contains("EVENKEEL_LIMITS__TIMEOUT_S"));
        for block in docs.split("\n\n").skip(1) {
            assert!(block.lines().next().is_some_and(|line| line.len() > 4), "no words: {block}");
        }
    }

    #[test]
    fn passwords_are_not_shown() {
        let settings = Settings { database: "postgres://ek:s3cret@db/ek".into(), ..Settings::default() };
        assert!(!show(&settings).contains("s3cret"));
        assert!(show(&settings).contains("postgres://ek:…@db/ek"));
    }
}
