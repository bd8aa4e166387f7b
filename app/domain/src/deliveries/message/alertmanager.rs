//! What Alertmanager posts to its webhooks (version 4), so that whatever listens to Alertmanager listens to us:
//! <https://prometheus.io/docs/alerting/latest/configuration/#webhook_config>.

use serde_json::{Map, Value, json};

use super::{Message, Tone, text};
use crate::{Timestamp, alerts::labels::severity_word};

/// How Go writes that a moment is not there.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// What a group says, as a group; anything else as one alert in a group of its own. `data` are the facts, `base` is how people reach
/// the portal, `most` how many alerts of a group are taken.
pub fn alertmanager(message: &Message, data: &Value, channel: &str, at: Timestamp, base: &str, most: Option<u64>) -> Value {
    if data["groupKey"].is_string() && data["alerts"].is_array() {
        return group(data, base, most);
    }
    let noun = if data["alert"].is_object() { &data["alert"] } else { &data["incident"] };
    // A test is over as soon as it is told: nobody has to resolve it.
    let resolved = matches!(message.tone, Tone::Good | Tone::Plain);
    let status = if resolved { "resolved" } else { "firing" };
    let named = |name: &str| noun[name].as_object().cloned().unwrap_or_default();
    let mut labels: Map<String, Value> = named("labels");
    let title = Some(text(&noun["title"])).filter(|title| !title.is_empty()).unwrap_or_else(|| message.title.clone());
    labels.entry("alertname").or_insert_with(|| json!(title));
    for (name, value) in [
        ("severity", message.severity.map(|s| severity_word(s).to_owned()).unwrap_or_default()),
        ("system", text(&data["system"]["name"])),
        ("number", text(&noun["number"])),
    ] {
        if !value.is_empty() {
            labels.entry(name).or_insert_with(|| json!(value));
        }
    }
    let mut annotations = named("annotations");
    annotations.entry("summary").or_insert_with(|| json!(message.title));
    if !message.text.is_empty() {
        annotations.entry("description").or_insert_with(|| json!(message.text));
    }
    let moment = |names: [&str; 2]| names.iter().find_map(|name| noun[*name].as_str()).map(str::to_owned);
    let starts = moment(["started_at", "opened_at"]).unwrap_or_else(|| at.rfc3339());
    let ends = if resolved { moment(["resolved_at", "resolved_at"]).unwrap_or_else(|| at.rfc3339()) } else { NEVER.to_owned() };
    let identity = Some(text(&noun["id"])).filter(|id| !id.is_empty()).unwrap_or_else(|| message.key.clone());
    let alert = json!({
        "status": status,
        "labels": labels,
        "annotations": annotations,
        "startsAt": starts,
        "endsAt": ends,
        "generatorURL": message.link.clone().unwrap_or_default(),
        "fingerprint": fingerprint(&identity),
    });
    json!({
        "version": "4",
        "groupKey": format!("{{}}:{{id=\"{identity}\"}}"),
        "truncatedAlerts": 0,
        "status": status,
        "receiver": channel,
        "groupLabels": { "alertname": alert["labels"]["alertname"] },
        "commonLabels": alert["labels"],
        "commonAnnotations": alert["annotations"],
        "externalURL": base,
        "alerts": [alert],
    })
}

/// A group with the alerts that this message tells of, as far as they are taken; without what is ours alone. The last message says how
/// many were not taken.
fn group(data: &Value, base: &str, most: Option<u64>) -> Value {
    let alerts = data["alerts"].as_array().map(Vec::as_slice).unwrap_or_default();
    let number = |value: &Value| value.as_u64().unwrap_or(0);
    let (before, here) = (number(&data["group"]["before"]), alerts.len() as u64);
    let taken = most.map_or(here, |most| most.saturating_sub(before).min(here));
    let is_last = most.is_some_and(|most| before + here >= most);
    let left = if is_last { number(&data["group"]["alerts"]).max(here).saturating_sub(before + taken) } else { 0 };
    let each = |alert: &Value| {
        let source = ["generatorURL", "path"].iter().map(|name| text(&alert[*name])).find(|url| !url.is_empty()).unwrap_or_default();
        json!({
            "status": alert["status"],
            "labels": alert["labels"],
            "annotations": alert["annotations"],
            "startsAt": alert["startsAt"],
            "endsAt": alert["endsAt"],
            "generatorURL": if source.starts_with('/') { format!("{base}{source}") } else { source },
            "fingerprint": alert["fingerprint"],
        })
    };
    json!({
        "version": "4",
        "groupKey": data["groupKey"],
        "truncatedAlerts": number(&data["truncatedAlerts"]) + left,
        "status": data["status"],
        "receiver": data["receiver"],
        "groupLabels": data["groupLabels"],
        "commonLabels": data["commonLabels"],
        "commonAnnotations": data["commonAnnotations"],
        "externalURL": base,
        "alerts": alerts.iter().take(usize::try_from(taken).unwrap_or(usize::MAX)).map(each).collect::<Vec<_>>(),
    })
}

/// Sixteen hexadecimal digits, as Alertmanager's are: FNV-1a.
fn fingerprint(identity: &str) -> String {
    let hash = identity.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}
