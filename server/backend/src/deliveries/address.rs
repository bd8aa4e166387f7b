//! What a receiver outside needs that facts do not say of themselves: names beside ids, and whole addresses beside paths.

use std::collections::HashMap;

use domain::{
    Fault, Reach,
    id::{SystemId, TeamId},
    systems::Brief,
};
use serde_json::{Value, json};
use sqlx::AnyConnection;

use crate::{people, systems};

/// Names of the teams and systems of which payloads give the id only.
pub(super) struct Names {
    teams: HashMap<TeamId, String>,
    systems: HashMap<SystemId, Brief>,
}

fn team_of(payload: &Value) -> Option<TeamId> {
    let team = payload.get("team").filter(|team| team.get("name").is_none())?;
    team.get("id").and_then(Value::as_str).and_then(TeamId::parse)
}

fn system_of(listed: &Value) -> Option<SystemId> {
    SystemId::parse(listed.get("id")?.as_str()?)
}

impl Names {
    /// Asks once for all of these.
    pub(super) async fn of(conn: &mut AnyConnection, payloads: impl Iterator<Item = &Value>) -> Result<Self, Fault> {
        let (mut teams, mut systems) = (Vec::new(), Vec::new());
        for payload in payloads {
            teams.extend(team_of(payload));
            systems.extend(payload.get("systems").and_then(Value::as_array).into_iter().flatten().filter_map(system_of));
        }
        teams.sort();
        teams.dedup();
        systems.sort();
        systems.dedup();
        let teams = if teams.is_empty() { Vec::new() } else { people::teams(conn, &Reach::Teams(teams)).await? };
        let systems = if systems.is_empty() { Vec::new() } else { systems::briefs(conn, &Reach::All, &systems).await? };
        Ok(Self {
            teams: teams.into_iter().map(|team| (team.id, team.name)).collect(),
            systems: systems.into_iter().map(|system| (system.id.clone(), system)).collect(),
        })
    }

    /// The payload of a notice as it leaves: `team` and `systems` by name too, and `url` beside every `path`.
    pub(super) fn complete(&self, base: &str, payload: &Value) -> Value {
        let mut payload = payload.clone();
        if let Some(id) = team_of(&payload) {
            payload["team"]["name"] = json!(self.teams.get(&id));
        }
        if let Some(Value::Array(listed)) = payload.get_mut("systems") {
            for system in listed {
                if let Some(brief) = system_of(system).and_then(|id| self.systems.get(&id)) {
                    system["key"] = json!(brief.key);
                    system["name"] = json!(brief.name);
                }
            }
        }
        add_urls(&mut payload, base);
        payload
    }
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
