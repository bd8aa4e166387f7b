//! What was changed since something was approved, field by field.

use serde::{Deserialize, Serialize};

use super::{Content, Step};
use crate::id::{SystemId, TeamId};

/// Stands for the files that came since, by name, one a line.
pub const FILES_FIELD: &str = "files";

/// How one field differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldDiff {
    /// The field, as forms name it; `start` stands for the whole window, `files` for the files that came since, by name, one a line.
    pub field: String,
    /// What it said.
    pub before: String,
    /// What it says.
    pub now: String,
}

/// The fields that differ. `name` gives the name of a system, `team` that of a team.
pub fn diff_content(
    before: &Content,
    now: &Content,
    name: impl Fn(&SystemId) -> String,
    team: impl Fn(&TeamId) -> String,
) -> Vec<FieldDiff> {
    let systems = |content: &Content| content.systems.iter().map(&name).collect::<Vec<_>>().join("\n");
    let window = |content: &Content| {
        let w = &content.window;
        format!("{} – {} {}", w.start.replace('T', " "), w.end.replace('T', " "), w.zone)
    };
    let template = |content: &Content| content.template.as_ref().map_or(String::new(), ToString::to_string);
    let artifact = |content: &Content| content.artifact.as_ref().map_or(String::new(), ToString::to_string);
    let steps = |content: &Content| {
        let line = |(i, step): (usize, &Step)| {
            let parts = step.parts().into_iter().filter(|p| !p.is_empty()).map(|p| p.replace('\n', ", "));
            let versions = [("tool", step.tool_version), ("rollback_tool", step.rollback_tool_version)];
            let versions = versions.into_iter().filter_map(|(part, version)| Some(format!("{part} v{}", version?)));
            format!("{}. {}", i + 1, parts.chain(versions).collect::<Vec<_>>().join(" · "))
        };
        content.steps.iter().enumerate().map(line).collect::<Vec<_>>().join("\n")
    };
    let pairs = [
        ("title", before.title.clone(), now.title.clone()),
        ("team", team(&before.team), team(&now.team)),
        ("systems", systems(before), systems(now)),
        ("start", window(before), window(now)),
        ("risk", before.risk.to_string(), now.risk.to_string()),
        ("risk_reason", before.risk_reason.clone(), now.risk_reason.clone()),
        ("impact", before.impact.clone(), now.impact.clone()),
        ("plan", before.plan.clone(), now.plan.clone()),
        ("rollback", before.rollback.clone(), now.rollback.clone()),
        ("rollback_minutes", before.rollback_minutes.to_string(), now.rollback_minutes.to_string()),
        ("kind", before.kind.to_string(), now.kind.to_string()),
        ("template", template(before), template(now)),
        ("artifact", artifact(before), artifact(now)),
        ("steps", steps(before), steps(now)),
        ("verify_minutes", before.watch.line(), now.watch.line()),
    ];
    pairs
        .into_iter()
        .filter(|(_, before, now)| before != now)
        .map(|(field, before, now)| FieldDiff { field: field.to_owned(), before, now })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::changes::content::tests::content;

    #[test]
    fn only_what_differs_is_told() {
        let before = content();
        let mut now = before.clone();
        now.plan.push_str("\n2. watch");
        now.systems.pop();
        let diff = diff_content(&before, &now, |id| id.as_str()[34..].to_owned(), ToString::to_string);
        let told: Vec<_> = diff.iter().map(|d| (d.field.as_str(), d.before.as_str(), d.now.as_str())).collect();
        assert_eq!(told, [("systems", "02\n03", "02"), ("plan", "1. deploy", "1. deploy\n2. watch")]);
    }
}
