//! A change event of PagerDuty's Events API, version 2, as a deployment:
//! <https://developer.pagerduty.com/docs/events-api-v2/send-change-events/>

use serde_json::Value;

use super::reading::text;
use crate::{Timestamp, form::Typed};

/// Characters that a name of ours may have.
const LONGEST: usize = 120;

/// The fields of a deployment, but for its system: what its summary says came to where the event comes from. The clock of a sender may
/// be ahead; what is longer than a name may be is cut.
pub fn change(message: &Value, now: Timestamp) -> Result<Typed, String> {
    let payload = &message["payload"];
    let given = |value: &Value| text(value).map(|text| line(&text)).filter(|text| !text.is_empty());
    let summary = given(&payload["summary"]).ok_or("payload.summary: expected a text")?;
    let mut typed = Typed::default();
    typed.set("version", summary);
    let details = &payload["custom_details"];
    let place = [&details["environment"], &payload["source"]].into_iter().find_map(given);
    typed.set("environment", place.unwrap_or_default());
    let commit = ["sha", "commit", "commit_sha", "revision"].iter().find_map(|name| given(&details[*name]));
    let commit = commit.filter(|sha| (7..=64).contains(&sha.len()) && sha.bytes().all(|byte| byte.is_ascii_hexdigit()));
    typed.set("sha", commit.unwrap_or_default());
    let links = message["links"].as_array().into_iter().flatten().filter_map(|link| text(&link["href"]));
    typed.set("url", links.into_iter().find(|url| crate::text::parse_url(url).is_ok()).unwrap_or_default());
    if let Some(said) = text(&payload["timestamp"]).filter(|said| !said.is_empty()) {
        let at = Timestamp::parse_rfc3339(&said).ok_or("payload.timestamp: expected a moment such as 2025-03-14T06:00:00Z")?;
        typed.set("started_at", at.min(now).rfc3339());
    }
    Ok(typed)
}

/// One line without what is not seen, at most as long as a name.
fn line(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let seen: String = words.chars().filter(|letter| crate::text::one_line(&letter.to_string()).is_ok()).collect();
    seen.trim().chars().take(LONGEST).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_becomes_a_deployment() {
        let now = Timestamp::parse_rfc3339("2025-03-14T06:00:00Z").unwrap();
        let message = json!({
            "routing_key": "k", "links": [{ "href": "not one" }, { "href": "https://ci.example.org/32", "text": "CI" }],
            "payload": {
                "summary": "Build Success -\n Increase snapshot create timeout to 30 seconds", "timestamp": "2025-03-14T05:17:09.885Z", "source": "acme-pipeline-9999",
                "custom_details": { "build_state": "passed", "build_number": "2", "commit": "9AF4C3D" },
            },
        });
        let typed = change(&message, now).unwrap();
        let of = |field: &str| typed.get(field).to_owned();
        assert_eq!(
            (of("version").as_str(), of("environment").as_str()),
            ("Build Success - Increase snapshot create timeout to 30 seconds", "acme-pipeline-9999")
        );
        assert_eq!(
            (of("url").as_str(), of("sha").as_str(), of("started_at").as_str()),
            ("https://ci.example.org/32", "9AF4C3D", "2025-03-14T05:17:09.885Z")
        );
        let least = change(&json!({ "payload": { "summary": "x".repeat(500), "timestamp": "2026-01-01T00:00:00+08:00" } }), now).unwrap();
        assert_eq!((least.get("version").len(), least.get("environment"), least.get("started_at")), (120, "", now.rfc3339().as_str()));
        for wrong in [
            json!({}),
            json!({ "payload": { "summary": " \n" } }),
            json!({ "payload": { "summary": "x", "timestamp": "noon" } }),
            json!([]),
        ] {
            assert!(change(&wrong, now).is_err(), "{wrong}");
        }
    }
}
