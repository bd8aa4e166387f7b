//! What the message of another system says of each of its alerts. An alert that cannot be read is told and takes no other with it; what
//! only explains is cut to what is kept, so that a talkative sender is heard all the same.

use serde_json::Value;

use super::{Asked, IntegrationKind, Mapping, lines};
use crate::{
    Timestamp,
    alerts::{
        Labels, Posted,
        labels::{self, ALERTNAME, MAX_LABELS, MAX_NAME, MAX_VALUE, fingerprint},
    },
};

/// Characters that a key may have: as many as a `dedup_key` of PagerDuty.
const MAX_KEY: usize = 255;
/// Things told that are kept; a few more are added here.
const MOST_TOLD: usize = MAX_LABELS - 4;

/// What a message means, alert by alert; what it lacks is told in words.
pub fn read(kind: IntegrationKind, mapping: &Mapping, message: &Value) -> Result<Vec<Result<Asked, String>>, String> {
    match kind {
        IntegrationKind::Alertmanager | IntegrationKind::Grafana => {
            let alerts = message["alerts"].as_array().ok_or("alerts: expected a list")?;
            Ok(alerts.iter().map(webhook).collect())
        }
        IntegrationKind::Pagerduty => Ok(vec![event(message)]),
        IntegrationKind::Webhook if mapping.items.is_empty() => Ok(match message {
            Value::Array(items) => items.iter().map(|item| mapped(mapping, item)).collect(),
            one => vec![mapped(mapping, one)],
        }),
        IntegrationKind::Webhook => {
            let items = message.pointer(&mapping.items).and_then(Value::as_array);
            let items = items.ok_or_else(|| format!("{}: expected a list", mapping.items))?;
            Ok(items.iter().map(|item| mapped(mapping, item)).collect())
        }
    }
}

/// A value as text: a number or a truth is written out, anything else that is no text is none.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

fn cut(text: &str, most: usize) -> String {
    labels::cut(text, most).to_owned()
}

fn labels(value: &Value) -> Labels {
    let pairs = value.as_object().into_iter().flatten();
    pairs.filter_map(|(name, value)| Some((name.clone(), cut(&text(value)?, MAX_VALUE)))).collect()
}

/// What explains an alert: texts as they are, what is nested as JSON.
fn told(value: &Value) -> Labels {
    let said = |value: &Value| match value {
        Value::Null => None,
        Value::Object(_) | Value::Array(_) => Some(value.to_string()),
        plain => text(plain),
    };
    let pairs = value.as_object().into_iter().flatten().take(MOST_TOLD);
    pairs.filter_map(|(name, value)| Some((cut(name, MAX_NAME), cut(&said(value)?, 8 * MAX_VALUE)))).collect()
}

fn moment(value: &Value) -> Option<Timestamp> {
    value.as_str().filter(|text| !text.starts_with("0001-")).and_then(Timestamp::parse_rfc3339)
}

fn key(value: &Value, field: &str) -> Result<Option<String>, String> {
    match text(value).filter(|key| !key.is_empty()) {
        Some(key) if key.chars().count() > MAX_KEY => Err(format!("{field}: expected at most {MAX_KEY} characters")),
        key => Ok(key),
    }
}

/// One alert of Alertmanager's webhook (version 4), and of Grafana's, which is shaped alike:
/// <https://prometheus.io/docs/alerting/latest/configuration/#webhook_config>,
/// <https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/>
fn webhook(alert: &Value) -> Result<Asked, String> {
    let own = labels(&alert["labels"]);
    if own.is_empty() {
        return Err("labels: expected at least one".to_owned());
    }
    // Grafana's covers labels that it does not send.
    let key = key(&alert["fingerprint"], "fingerprint")?.unwrap_or_else(|| fingerprint(&own));
    if alert["status"] == "resolved" {
        return Ok(Asked::Over(key, moment(&alert["endsAt"])));
    }
    let mut annotations = told(&alert["annotations"]);
    if !annotations.contains_key("value") {
        let values = alert["values"].as_object().into_iter().flatten();
        let each: Vec<String> = values.filter_map(|(name, value)| Some(format!("{name}={}", text(value)?))).collect();
        // Older ones say them in a text only.
        let said = if each.is_empty() { text(&alert["valueString"]).unwrap_or_default() } else { each.join(", ") };
        if !said.is_empty() {
            annotations.insert("value".to_owned(), cut(&said, MAX_VALUE));
        }
    }
    let url = ["generatorURL", "panelURL", "dashboardURL"].iter().filter_map(|name| text(&alert[*name])).find(|url| !url.is_empty());
    Ok(Asked::Fires(Box::new(Posted {
        labels: own,
        annotations,
        starts_at: moment(&alert["startsAt"]),
        url: url.unwrap_or_default(),
        key: Some(key),
        ..Posted::default()
    })))
}

/// An event of PagerDuty, version 2: <https://developer.pagerduty.com/docs/events-api-v2/trigger-events/>
fn event(message: &Value) -> Result<Asked, String> {
    let key = key(&message["dedup_key"], "dedup_key")?;
    let lacks = || "dedup_key: expected 1 to 255 characters".to_owned();
    match message["event_action"].as_str() {
        Some("resolve") => key.map(|key| Asked::Over(key, None)).ok_or_else(lacks),
        Some("acknowledge") => key.map(Asked::Seen).ok_or_else(lacks),
        Some("trigger") => trigger(message, key),
        _ => Err("event_action: expected trigger, acknowledge or resolve".to_owned()),
    }
}

fn trigger(message: &Value, key: Option<String>) -> Result<Asked, String> {
    let payload = &message["payload"];
    let given = |name: &str| text(&payload[name]).filter(|text| !text.trim().is_empty()).map(|text| cut(&text, MAX_VALUE));
    let need = |name: &str| given(name).ok_or_else(|| format!("payload.{name}: expected a text"));
    let (summary, source, severity) = (need("summary")?, need("source")?, need("severity")?);
    if !["critical", "error", "warning", "info"].contains(&severity.as_str()) {
        return Err("payload.severity: expected critical, error, warning or info".to_owned());
    }
    let mut own: Labels = [("source".to_owned(), source), ("severity".to_owned(), severity)].into();
    for name in ["component", "group", "class"] {
        own.extend(given(name).map(|value| (name.to_owned(), value)));
    }
    let name = own.get("class").or_else(|| own.get("component")).cloned().unwrap_or_else(|| "event".to_owned());
    own.insert(ALERTNAME.to_owned(), name);
    let details = &payload["custom_details"];
    let mut annotations = told(details);
    annotations.extend(text(details).map(|details| ("description".to_owned(), cut(&details, 8 * MAX_VALUE))));
    annotations.insert("summary".to_owned(), summary.clone());
    let links = message["links"].as_array().into_iter().flatten().map(|link| &link["href"]);
    let url = std::iter::once(&message["client_url"]).chain(links).filter_map(text).find(|url| !url.is_empty());
    Ok(Asked::Fires(Box::new(Posted {
        labels: own,
        annotations,
        starts_at: moment(&payload["timestamp"]),
        url: url.unwrap_or_default(),
        title: Some(summary),
        key,
        ..Posted::default()
    })))
}

fn mapped(mapping: &Mapping, item: &Value) -> Result<Asked, String> {
    let at = |pointer: &str| (!pointer.is_empty()).then(|| item.pointer(pointer)).flatten();
    let read = |pointer: &str| at(pointer).and_then(text).filter(|text| !text.is_empty());
    let mut own = Labels::new();
    for (name, pointer) in lines(&mapping.labels).unwrap_or_default() {
        own.extend(read(&pointer).map(|value| (name, cut(&value, MAX_VALUE))));
    }
    let title = read(&mapping.title);
    // How bad it is, and what it is called, may change until it is over.
    let named = match (&title, own.is_empty()) {
        (_, false) => Some(fingerprint(&own)),
        (Some(title), true) => Some(fingerprint(&[(ALERTNAME.to_owned(), title.clone())].into())),
        (None, true) => None,
    };
    let key = key(at(&mapping.key).unwrap_or(&Value::Null), &mapping.key)?.or(named);
    let key = key.ok_or("nothing stands where the mapping looks: expected a key, a title or a label")?;
    let status = read(&mapping.status).unwrap_or_default();
    if mapping.over.split(',').map(str::trim).any(|word| !word.is_empty() && word.eq_ignore_ascii_case(&status)) {
        return Ok(Asked::Over(key, None));
    }
    if own.is_empty() && title.is_none() {
        return Err("nothing stands where the mapping looks: expected a title or a label".to_owned());
    }
    own.extend(read(&mapping.severity).map(|word| ("severity".to_owned(), cut(&word, MAX_VALUE))));
    if !own.contains_key(ALERTNAME) {
        own.insert(ALERTNAME.to_owned(), title.as_deref().map_or_else(|| "webhook".to_owned(), |title| cut(title, MAX_VALUE)));
    }
    let detail = read(&mapping.detail).map(|detail| ("description".to_owned(), cut(&detail, 8 * MAX_VALUE)));
    Ok(Asked::Fires(Box::new(Posted {
        labels: own,
        annotations: detail.into_iter().collect(),
        url: read(&mapping.url).unwrap_or_default(),
        title,
        key: Some(key),
        ..Posted::default()
    })))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fires(asked: &Result<Asked, String>) -> &Posted {
        match asked {
            Ok(Asked::Fires(posted)) => posted,
            other => panic!("{other:?}"),
        }
    }

    fn over(key: &str) -> Result<Asked, String> {
        Ok(Asked::Over(key.to_owned(), None))
    }

    #[test]
    fn alertmanager() {
        let message = json!({ "version": "4", "alerts": [
            { "status": "firing", "labels": { "alertname": "Down" }, "annotations": { "summary": "it is" }, "startsAt": "2025-03-14T06:00:00.123Z", "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "http://p/g" },
            { "status": "resolved", "labels": { "alertname": "Slow" }, "startsAt": "2025-03-14T05:00:00Z", "endsAt": "2025-03-14T05:30:00Z" },
            { "status": "firing", "labels": {} },
        ] });
        let asked = read(IntegrationKind::Alertmanager, &Mapping::default(), &message).unwrap();
        let posted = fires(&asked[0]);
        assert_eq!((posted.line().as_str(), posted.url.as_str(), posted.ends_at), ("it is", "http://p/g", None));
        assert!(matches!(&asked[1], Ok(Asked::Over(key, Some(at))) if key.len() == 16 && at.rfc3339() == "2025-03-14T05:30:00.000Z"));
        assert!(asked[2].is_err(), "it is told, and takes no other with it");
        assert!(read(IntegrationKind::Alertmanager, &Mapping::default(), &json!({})).is_err());
    }

    #[test]
    fn grafana() {
        let message = json!({ "alerts": [{
            "status": "firing", "labels": { "alertname": "High memory" }, "annotations": {}, "startsAt": "2021-10-12T09:51:03.157076+02:00", "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "", "panelURL": "", "dashboardURL": "https://g/d/1", "fingerprint": "c6eadffa33fcdf37", "values": { "B": 44.25, "C": 1 },
        }] });
        let asked = read(IntegrationKind::Grafana, &Mapping::default(), &message).unwrap();
        let posted = fires(&asked[0]);
        assert_eq!(
            (posted.key.as_deref(), posted.seen().as_str(), posted.url.as_str()),
            (Some("c6eadffa33fcdf37"), "B=44.25, C=1", "https://g/d/1")
        );
        assert_eq!(posted.starts_at.unwrap().rfc3339(), "2021-10-12T07:51:03.157Z");
        let older = json!({ "alerts": [{ "status": "firing", "labels": { "alertname": "A" }, "values": null, "valueString": "[ var='B' value=1 ]" }] });
        let asked = read(IntegrationKind::Grafana, &Mapping::default(), &older).unwrap();
        assert_eq!(fires(&asked[0]).seen(), "[ var='B' value=1 ]");
    }

    #[test]
    fn pagerduty() {
        let send = |message: Value| read(IntegrationKind::Pagerduty, &Mapping::default(), &message).unwrap().remove(0);
        let trigger = json!({ "event_action": "trigger", "dedup_key": "k", "links": [{ "href": "https://l", "text": "l" }], "payload": { "summary": "disk full", "source": "db1", "severity": "error", "class": "disk", "component": "", "custom_details": { "free": 3, "mounts": ["/", "/var"], "none": null } } });
        let asked = send(trigger.clone());
        let posted = fires(&asked);
        assert_eq!(
            (posted.key.as_deref(), posted.labels["alertname"].as_str(), posted.annotations["free"].as_str(), posted.url.as_str()),
            (Some("k"), "disk", "3", "https://l")
        );
        assert_eq!(posted.annotations["mounts"], r#"["/","/var"]"#);
        assert!(!posted.labels.contains_key("component") && !posted.annotations.contains_key("none"));
        let mut plain = trigger;
        plain["payload"]["custom_details"] = json!("free: 3");
        plain["dedup_key"] = Value::Null;
        let asked = send(plain);
        assert_eq!((fires(&asked).seen().as_str(), fires(&asked).key.as_ref()), ("free: 3", None), "whoever gives no key is given one");
        assert_eq!(send(json!({ "event_action": "resolve", "dedup_key": "k" })), over("k"));
        assert_eq!(send(json!({ "event_action": "acknowledge", "dedup_key": "k" })), Ok(Asked::Seen("k".into())));
        for bad in [
            json!({ "event_action": "resolve" }),
            json!({ "event_action": "dance" }),
            json!([]),
            json!({ "event_action": "resolve", "dedup_key": "k".repeat(256) }),
            json!({ "event_action": "trigger", "payload": { "summary": "x", "source": "y", "severity": "P1" } }),
            json!({ "event_action": "trigger", "payload": { "summary": " ", "source": "y", "severity": "info" } }),
        ] {
            assert!(send(bad).is_err());
        }
    }

    #[test]
    fn who_says_too_much_is_cut_short() {
        let details: serde_json::Map<String, Value> = (0..500).map(|n| (format!("d{n}"), json!("错".repeat(9_000)))).collect();
        let message = json!({ "event_action": "trigger", "payload": { "summary": "s".repeat(5_000), "source": "db1", "severity": "info", "custom_details": details } });
        let asked = read(IntegrationKind::Pagerduty, &Mapping::default(), &message).unwrap();
        let posted = fires(&asked[0]).clone();
        assert!(posted.annotations.len() <= MAX_LABELS && posted.annotations.values().all(|text| text.len() <= 8 * MAX_VALUE));
        assert!(posted.settle(Timestamp(0), 1).is_ok());
    }

    #[test]
    fn any_json_by_its_mapping() {
        let mapping = Mapping {
            items: "/events".into(),
            title: "/msg".into(),
            severity: "/level".into(),
            status: "/state".into(),
            over: "ok, closed".into(),
            key: "/id".into(),
            labels: "host=/where/host\nteam=/where/team".into(),
            ..Mapping::default()
        };
        let message = json!({ "events": [
            { "id": 7, "msg": "too hot", "level": "CRITICAL", "state": "open", "where": { "host": "h1" } },
            { "id": 8, "state": "OK" },
            {},
        ] });
        let asked = read(IntegrationKind::Webhook, &mapping, &message).unwrap();
        let posted = fires(&asked[0]);
        assert_eq!(
            (posted.key.as_deref(), posted.labels["host"].as_str(), posted.labels["severity"].as_str()),
            (Some("7"), "h1", "CRITICAL")
        );
        assert_eq!(asked[1], over("8"));
        assert!(asked[2].is_err());
        assert!(read(IntegrationKind::Webhook, &mapping, &json!({})).is_err());
    }

    #[test]
    fn without_a_key_the_labels_tell_it_from_others_and_how_bad_it_is_may_change() {
        let mapping = Mapping {
            title: "/msg".into(),
            severity: "/level".into(),
            status: "/level".into(),
            over: "ok".into(),
            labels: "host=/host".into(),
            ..Mapping::default()
        };
        let asked = read(
            IntegrationKind::Webhook,
            &mapping,
            &json!([{ "msg": "too hot", "level": "page", "host": "h1" }, { "msg": "cool again", "level": "ok", "host": "h1" }]),
        );
        let asked = asked.unwrap();
        assert_eq!(asked[1], over(fires(&asked[0]).key.as_deref().unwrap()));
    }
}
