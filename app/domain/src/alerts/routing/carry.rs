//! Carrying an `alertmanager.yml` over: what means the same stays, receivers become channels, the rest is told.
//!
//! Source: <https://prometheus.io/docs/alerting/latest/configuration/>, as of release 0.28.

use std::{collections::BTreeMap, fmt};

use serde_json::{Map, Value, json};

use crate::{Wording, deliveries::Kind};

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The file as it would be put into force.
    pub file: Value,
    /// Channels that it needs.
    pub channels: Vec<Needed>,
    /// What could not be carried over.
    pub left: Vec<Wording>,
}

/// A channel that a receiver needs.
#[derive(Clone, PartialEq, Eq)]
pub struct Needed {
    /// Its name: that of the receiver, numbered from the second on.
    pub name: String,
    /// How it carries messages.
    pub kind: Kind,
    /// The fields of the kind; some are secret.
    pub fields: BTreeMap<String, String>,
    /// Whether it does not tell that something is over: `send_resolved` of its integration.
    pub firing_only: bool,
    /// Whether a channel of that name is there, which stays as it is.
    pub there: bool,
}

impl Needed {
    /// Where messages go, as far as it may be told.
    pub fn target(&self) -> String {
        self.kind.target(&self.fields)
    }
}

impl fmt::Debug for Needed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Needed").field("name", &self.name).field("kind", &self.kind).field("target", &self.target()).finish_non_exhaustive()
    }
}

/// Whether a file is one of Alertmanager's: it has a tree of routes.
pub fn is_routing(file: &Value) -> bool {
    file.get("route").is_some_and(Value::is_object)
}

/// Carries it over; `ready` says whether a kind of channel can be made at all.
pub fn carry(mut file: Value, ready: &dyn Fn(Kind) -> bool) -> Carried {
    let mut left = Vec::new();
    let global = global(&mut file, &mut left);
    if let Some(templates) = file.as_object_mut().and_then(|file| file.remove("templates"))
        && templates.as_array().is_some_and(|list| !list.is_empty())
    {
        left.push(Wording::new("routing-left-templates"));
    }
    if let Some(file) = file.as_object_mut()
        && file.remove("tracing").is_some()
    {
        left.push(Wording::new("routing-left-tracing"));
    }
    let mut channels = Vec::new();
    for entry in file.get_mut("receivers").and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut) {
        receiver(entry, &global, ready, &mut channels, &mut left);
    }
    Carried { file, channels, left }
}

/// Takes out what stands for every integration.
fn global(file: &mut Value, left: &mut Vec<Wording>) -> Map<String, Value> {
    let Some(all) = file.get_mut("global").and_then(Value::as_object_mut) else { return Map::new() };
    let (stays, goes): (Map<_, _>, Map<_, _>) = std::mem::take(all).into_iter().partition(|(key, _)| key == "resolve_timeout");
    *all = stays;
    for key in goes.keys() {
        match key.as_str() {
            // Each channel that is made gets it.
            "slack_api_url" | "telegram_bot_token" => {}
            key if key.starts_with("smtp_") => left.push(Wording::new("routing-left-mail").with("key", key)),
            key => left.push(Wording::new("routing-left-global").with("key", key)),
        }
    }
    goes
}

/// Integrations that are a kind of channel here.
const CHANNELS: [&str; 5] = ["webhook_configs", "email_configs", "slack_configs", "msteamsv2_configs", "telegram_configs"];

/// Turns the integrations of one receiver into channels.
fn receiver(
    entry: &mut Map<String, Value>,
    global: &Map<String, Value>,
    ready: &dyn Fn(Kind) -> bool,
    needed: &mut Vec<Needed>,
    left: &mut Vec<Wording>,
) {
    let name = entry.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let integrations: Vec<String> = entry.keys().filter(|key| key.ends_with("_configs")).cloned().collect();
    let (mut names, mut lost) = (Vec::new(), 0);
    for key in integrations {
        let configs = entry.remove(&key).and_then(|configs| configs.as_array().cloned()).unwrap_or_default();
        for (i, config) in configs.iter().enumerate() {
            let place = format!("receivers \"{name}\".{key}[{i}]");
            let Some(found) = Found::read(&key, config, global) else {
                let what = if key == "slack_configs" && slack_url(config, global).is_some_and(|url| is_slack_api(&url)) {
                    "routing-left-slack-token"
                } else if CHANNELS.contains(&key.as_str()) {
                    "routing-left-unread"
                } else {
                    "routing-left-integration"
                };
                left.push(Wording::new(what).with("place", place));
                lost += 1;
                continue;
            };
            if !ready(found.kind) {
                left.push(Wording::new("routing-left-not-ready").with("place", place));
                lost += 1;
                continue;
            }
            let others = config.as_object().into_iter().flat_map(Map::keys).filter(|option| !found.read.contains(&option.as_str()));
            let others = others.filter(|option| *option != "send_resolved");
            left.extend(others.map(|option| Wording::new("routing-left-option").with("place", format!("{place}.{option}"))));
            let beside = beside_token(config).filter(|_| found.read.contains(&"http_config"));
            left.extend(beside.map(|option| Wording::new("routing-left-option").with("place", format!("{place}.http_config.{option}"))));
            // As upstream, where only these tell that something is over unless they are told not to.
            let usual = matches!(found.kind, Kind::Alertmanager | Kind::Telegram | Kind::Teams);
            let resolved = config.get("send_resolved").and_then(Value::as_bool).unwrap_or(usual);
            let channel = if names.is_empty() { name.clone() } else { format!("{name} {}", names.len() + 1) };
            names.push(channel.clone());
            needed.push(Needed { name: channel, kind: found.kind, fields: found.fields, firing_only: !resolved, there: false });
        }
    }
    if names.is_empty() && lost > 0 {
        left.push(Wording::new("routing-left-receiver").with("name", &name));
        entry.insert("team".into(), json!(true));
    }
    if !names.is_empty() {
        entry.insert("channels".into(), json!(names));
    }
}

/// Where an integration of Slack posts: its own address, else that of all.
fn slack_url(config: &Value, global: &Map<String, Value>) -> Option<String> {
    config.get("api_url").or_else(|| global.get("slack_api_url")).and_then(Value::as_str).map(str::to_owned)
}

/// Whether an address of Slack is no hook but its API, which wants the token of a bot and a room with each message.
fn is_slack_api(url: &str) -> bool {
    url.split(['?', '#']).next().is_some_and(|url| url.trim().trim_end_matches('/').ends_with("/api/chat.postMessage"))
}

/// What `http_config` says beside a token.
fn beside_token(config: &Value) -> impl Iterator<Item = &String> {
    let all = config.get("http_config").and_then(Value::as_object).into_iter().flat_map(Map::keys);
    all.filter(|option| !["authorization", "bearer_token"].contains(&option.as_str()))
}

/// What an integration becomes.
struct Found {
    kind: Kind,
    fields: BTreeMap<String, String>,
    /// Options that are in it.
    read: &'static [&'static str],
}

impl Found {
    /// `None` where there is no such kind of channel, or a field is missing (secrets in files of their own, say) or wrong.
    fn read(key: &str, config: &Value, global: &Map<String, Value>) -> Option<Self> {
        let own = |name: &str| match config.pointer(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let of_all = |name: &str| global.get(name).and_then(Value::as_str).map(str::to_owned);
        // A channel says no other word before its token.
        let bearer = own("/http_config/authorization/type").is_none_or(|word| word.trim().eq_ignore_ascii_case("bearer"));
        let token = || own("/http_config/authorization/credentials").filter(|_| bearer).or_else(|| own("/http_config/bearer_token"));
        let (kind, given, read): (_, Vec<(&str, Option<String>)>, &'static [&'static str]) = match key {
            // With a token `http_config` is told but for that; without one as a whole.
            "webhook_configs" => {
                let mut given = vec![("url", own("/url"))];
                given.extend(own("/max_alerts").map(|most| ("max_alerts", Some(most))));
                match token() {
                    Some(token) => {
                        given.push(("token", Some(token)));
                        (Kind::Alertmanager, given, &["url", "max_alerts", "http_config"])
                    }
                    None => (Kind::Alertmanager, given, &["url", "max_alerts"]),
                }
            }
            "email_configs" => (Kind::Email, vec![("to", own("/to"))], &["to"]),
            "slack_configs" => (Kind::Slack, vec![("hook", slack_url(config, global).filter(|url| !is_slack_api(url)))], &["api_url"]),
            "msteamsv2_configs" => (Kind::Teams, vec![("hook", own("/webhook_url"))], &["webhook_url"]),
            "telegram_configs" => {
                let token = own("/bot_token").or_else(|| of_all("telegram_bot_token"));
                let mut given = vec![("token", token), ("chat", own("/chat_id"))];
                given.extend(own("/api_url").filter(|url| url != "https://api.telegram.org").map(|url| ("api", Some(url))));
                (Kind::Telegram, given, &["bot_token", "chat_id", "api_url"])
            }
            _ => return None,
        };
        let fields = given.into_iter().map(|(name, value)| Some((name.to_owned(), kind.read(name, &value?).ok()?)));
        Some(Self { kind, fields: fields.collect::<Option<_>>()?, read })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::routing::File;

    #[test]
    fn what_stands_beside_a_token_is_told() {
        for (config, token, left) in [
            (json!({ "authorization": { "credentials": "canary" } }), true, vec![]),
            (json!({ "authorization": { "type": "bearer", "credentials": "canary" } }), true, vec![]),
            (
                json!({ "bearer_token": "canary", "proxy_url": "http://p", "tls_config": {} }),
                true,
                vec!["http_config.proxy_url", "http_config.tls_config"],
            ),
            (json!({ "authorization": { "type": "Token", "credentials": "canary" } }), false, vec!["http_config"]),
            (json!({ "tls_config": {} }), false, vec!["http_config"]),
        ] {
            let file =
                json!({ "receivers": [{ "name": "r", "webhook_configs": [{ "url": "http://a.example/h", "http_config": config }] }] });
            let carried = carry(file, &|_| true);
            assert_eq!(carried.channels[0].fields.contains_key("token"), token, "{config}");
            let places = left.iter().map(|option| format!("receivers \"r\".webhook_configs[0].{option}"));
            let told: Vec<_> = places.map(|place| Wording::new("routing-left-option").with("place", place)).collect();
            assert_eq!(carried.left, told, "{config}");
        }
    }

    #[test]
    fn receivers_become_channels_and_the_rest_is_told() {
        let file = json!({
            "global": { "resolve_timeout": "10m", "smtp_smarthost": "mail:25", "slack_api_url": "https://hooks.slack.com/services/T/B/canary" },
            "templates": ["*.tmpl"],
            "route": { "receiver": "team-X", "group_by": ["alertname"], "routes": [{ "match_re": { "service": "a|b" }, "receiver": "hooks" }] },
            "receivers": [
                { "name": "team-X", "email_configs": [{ "to": "x@example.org, y@example.org", "html": "" }], "slack_configs": [{ "send_resolved": true }] },
                { "name": "hooks", "webhook_configs": [
                    { "url": "http://a.example/h", "http_config": { "proxy_url": "http://p" } },
                    { "url": "http://b.example/h", "max_alerts": 50, "http_config": { "authorization": { "credentials": "canary" } } },
                    { "url_file": "/etc/secret" },
                ] },
                { "name": "lost", "victorops_configs": [{ "routing_key": "canary" }] },
                { "name": "blackhole" },
                { "name": "bot", "slack_configs": [{
                    "api_url": "https://slack.com/api/chat.postMessage", "channel": "#x",
                    "http_config": { "authorization": { "credentials": "canary" } },
                }] },
                { "name": "others", "pagerduty_configs": [{ "routing_key": "canary" }],
                    "telegram_configs": [{ "bot_token": "12345:AAAAAAAAAAAAAAAAAAAAAAAA", "chat_id": -100 }, { "bot_token_file": "/x", "chat_id": 1 }] },
            ],
            "inhibit_rules": [{ "source_match": { "severity": "critical" }, "target_match": { "severity": "warning" }, "equal": ["alertname"] }],
        });
        assert!(is_routing(&file));
        let unready = carry(file.clone(), &|kind| kind != Kind::Email);
        assert_eq!((unready.channels.len(), unready.channels[0].kind, unready.left.len()), (4, Kind::Slack, 11), "{:#?}", unready.left);
        let carried = carry(file, &|_| true);
        let made: Vec<_> = carried.channels.iter().map(|one| (one.name.as_str(), one.kind, one.target())).collect();
        assert_eq!(
            made,
            [
                ("team-X", Kind::Email, "x@example.org, y@example.org".to_owned()),
                ("team-X 2", Kind::Slack, "https://hooks.slack.com/…".to_owned()),
                ("hooks", Kind::Alertmanager, "http://a.example/h".to_owned()),
                ("hooks 2", Kind::Alertmanager, "http://b.example/h".to_owned()),
                ("others", Kind::Telegram, "-100".to_owned()),
            ]
        );
        assert_eq!((&*carried.channels[3].fields["token"], &*carried.channels[3].fields["max_alerts"]), ("canary", "50"));
        assert!(!format!("{:?} {:?}", carried.channels, carried.left).contains("canary"));
        let told = carried.told(false);
        assert_eq!((told.root.as_str(), told.receivers, told.inhibitions, told.intervals, told.channels.len()), ("team-X", 6, 1, 0, 5));
        assert!(!format!("{told:?}").contains("canary"));
        // As upstream: mail does not tell of an end unless it is told to.
        let quiet: Vec<_> = carried.channels.iter().map(|one| one.firing_only).collect();
        assert_eq!(quiet, [true, false, false, false, false]);
        // smtp_smarthost, templates, html, proxy_url, a file, VictorOps and nobody, the bot and nobody, PagerDuty, a file.
        assert_eq!(carried.left.len(), 11, "{:#?}", carried.left);
        assert!(carried.left.iter().any(|left| format!("{left:?}").contains("routing-left-slack-token")));
        let routing = serde_json::from_value::<File>(carried.file).unwrap().read().unwrap();
        assert_eq!(routing.resolve_timeout, 600_000);
        assert_eq!(routing.receiver("hooks").unwrap().channels, ["hooks", "hooks 2"]);
        // Nobody is left without a word, but for the one who was meant to be.
        assert_eq!(["lost", "bot", "blackhole"].map(|name| routing.receiver(name).unwrap().team), [true, true, false]);
    }
}
