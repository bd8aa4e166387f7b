//! What a receiver outside needs that facts do not say of themselves: names beside ids, and whole addresses beside paths.

use domain::{
    Fault, Reach,
    id::{SystemId, TeamId},
};
use serde_json::{Value, json};
use sqlx::AnyConnection;

use crate::{people, systems};

/// The payload of a notice as it leaves: `team` and `systems` by name too, and `url` beside every `path`.
pub(super) async fn complete(conn: &mut AnyConnection, base: &str, payload: &Value) -> Result<Value, Fault> {
    let mut payload = payload.clone();
    if let Some(team) = payload.get_mut("team").filter(|team| team.get("name").is_none())
        && let Some(id) = team.get("id").and_then(Value::as_str).and_then(TeamId::parse)
    {
        team["name"] = json!(people::team_name(conn, &id).await?);
    }
    if let Some(Value::Array(listed)) = payload.get_mut("systems") {
        let ids: Vec<SystemId> = listed.iter().filter_map(|system| SystemId::parse(system.get("id")?.as_str()?)).collect();
        let briefs = systems::briefs(conn, &Reach::All, &ids).await?;
        for system in listed {
            if let Some(brief) = briefs.iter().find(|brief| system.get("id").and_then(Value::as_str) == Some(brief.id.as_str())) {
                system["key"] = json!(brief.key);
                system["name"] = json!(brief.name);
            }
        }
    }
    add_urls(&mut payload, base);
    Ok(payload)
}

fn add_urls(value: &mut Value, base: &str) {
    match value {
        Value::Object(fields) => {
            if let Some(path) = fields.get("path").and_then(Value::as_str).filter(|path| path.starts_with('/')) {
                let url = format!("{base}{path}");
                fields.insert("url".into(), url.into());
            }
            fields.values_mut().for_each(|value| add_urls(value, base));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| add_urls(value, base)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_has_its_address() {
        let mut payload =
            json!({ "alert": { "path": "/alerts/1" }, "incident": null, "more": [{ "path": "/x" }], "path": "not one of ours" });
        add_urls(&mut payload, "https://ops.example.org");
        assert_eq!(
            payload,
            json!({
                "alert": { "path": "/alerts/1", "url": "https://ops.example.org/alerts/1" },
                "incident": null,
                "more": [{ "path": "/x", "url": "https://ops.example.org/x" }],
                "path": "not one of ours",
            })
        );
    }
}
