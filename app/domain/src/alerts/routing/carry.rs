//! Carrying an `alertmanager.yml` over: what means the same stays, webhooks become channels, the rest is told.

use serde_json::{Value, json};

use crate::text::parse_url;

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The file as it would be put into force.
    pub file: Value,
    /// Channels that it needs: name and address of a webhook.
    pub webhooks: Vec<(String, String)>,
    /// What could not be carried over, in words.
    pub left: Vec<String>,
}

/// Whether a file is one of Alertmanager's: it has a tree of routes.
pub fn is_routing(file: &Value) -> bool {
    file.get("route").is_some_and(Value::is_object)
}

/// Carries it over.
pub fn carry(mut file: Value) -> Carried {
    let (mut webhooks, mut left) = (Vec::new(), Vec::new());
    if let Some(global) = file.get_mut("global").and_then(Value::as_object_mut) {
        let foreign: Vec<String> = global.keys().filter(|key| *key != "resolve_timeout").cloned().collect();
        for key in foreign {
            global.remove(&key);
            left.push(format!("global.{key}: belongs to an integration of Alertmanager"));
        }
    }
    if let Some(templates) = file.as_object_mut().and_then(|file| file.remove("templates"))
        && templates.as_array().is_some_and(|list| !list.is_empty())
    {
        left.push("templates: channels have templates of their own".to_owned());
    }
    if let Some(file) = file.as_object_mut()
        && file.remove("tracing").is_some()
    {
        left.push("tracing: the portal has its own settings".to_owned());
    }
    for receiver in file.get_mut("receivers").and_then(Value::as_array_mut).into_iter().flatten() {
        let Some(receiver) = receiver.as_object_mut() else { continue };
        let name = receiver.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let integrations: Vec<String> = receiver.keys().filter(|key| key.ends_with("_configs")).cloned().collect();
        let (mut channels, mut resolved) = (Vec::new(), Vec::new());
        for key in integrations {
            let configs = receiver.remove(&key).and_then(|configs| configs.as_array().cloned()).unwrap_or_default();
            for (i, config) in configs.iter().enumerate() {
                let place = format!("receivers \"{name}\".{key}[{i}]");
                let url =
                    config.get("url").and_then(Value::as_str).filter(|_| key == "webhook_configs").and_then(|url| parse_url(url).ok());
                let Some(url) = url else {
                    left.push(format!("{place}: make a channel for it, and name it under channels"));
                    continue;
                };
                let channel = if channels.is_empty() { name.clone() } else { format!("{name} {}", channels.len() + 1) };
                resolved.push(config.get("send_resolved").and_then(Value::as_bool).unwrap_or(true));
                for option in config.as_object().into_iter().flat_map(|config| config.keys()) {
                    if !["url", "send_resolved", "max_alerts"].contains(&option.as_str()) {
                        left.push(format!("{place}.{option}: channels sign what they send, and go out by the settings of the portal"));
                    }
                }
                channels.push(channel.clone());
                webhooks.push((channel, url));
            }
        }
        if !channels.is_empty() {
            if resolved.iter().any(|wanted| *wanted != resolved[0]) {
                left.push(format!("receivers \"{name}\": send_resolved is one for all its channels"));
            }
            receiver.insert("send_resolved".into(), json!(resolved[0]));
            receiver.insert("channels".into(), json!(channels));
        }
    }
    Carried { file, webhooks, left }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::routing::File;

    #[test]
    fn webhooks_become_channels_and_the_rest_is_told() {
        let file = json!({
            "global": { "resolve_timeout": "10m", "smtp_smarthost": "mail:25" },
            "templates": ["*.tmpl"],
            "route": { "receiver": "team-X", "group_by": ["alertname"], "routes": [{ "match_re": { "service": "a|b" }, "receiver": "hooks" }] },
            "receivers": [
                { "name": "team-X", "email_configs": [{ "to": "x@example.org" }] },
                { "name": "hooks", "webhook_configs": [{ "url": "http://a.example/h", "http_config": {} }, { "url": "http://b.example/h" }] },
            ],
            "inhibit_rules": [{ "source_match": { "severity": "critical" }, "target_match": { "severity": "warning" }, "equal": ["alertname"] }],
        });
        assert!(is_routing(&file));
        let carried = carry(file);
        let urls = |name: &str, url: &str| (name.to_owned(), url.to_owned());
        assert_eq!(carried.webhooks, [urls("hooks", "http://a.example/h"), urls("hooks 2", "http://b.example/h")]);
        assert_eq!(carried.left.len(), 4, "{:?}", carried.left);
        let routing = serde_json::from_value::<File>(carried.file).unwrap().read().unwrap();
        assert_eq!(routing.resolve_timeout, 600_000);
        assert_eq!(routing.receiver("hooks").unwrap().channels, ["hooks", "hooks 2"]);
    }
}
