//! What is brought and how, piece by piece: the artifact, and the steps that are ticked off while the work is done.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    Problem, Wording,
    form::{Check, Checked, Typed},
    id::ToolId,
    text::Name,
};

/// Steps that one change may have.
pub const MOST_STEPS: usize = 40;
/// The fields of one step in a form, e.g. `steps[0].what`.
pub const STEP_PARTS: [&str; 6] = ["what", "who", "tool", "expected", "check", "rollback"];
/// Characters of one of them.
const LONGEST: usize = 1_000;

/// What a change brings: exactly this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Artifact {
    /// Its name, e.g. `gateway`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 (or a shorter commit) in hexadecimal digits; may be empty.
    pub sha: String,
}

impl std::fmt::Display for Artifact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.name, self.version)?;
        if self.sha.is_empty() { Ok(()) } else { write!(f, " {}", self.sha) }
    }
}

impl Artifact {
    /// Reads `artifact`, `artifact_version`, `artifact_sha`: all empty is none.
    pub(super) fn parse(typed: &Typed, check: &mut Check<'_>) -> Checked<Option<Self>> {
        let given = |field: &str| !typed.get(field).trim().is_empty();
        if !given("artifact") && !given("artifact_version") && !given("artifact_sha") {
            return Some(None);
        }
        let name = check.field("artifact", Name::parse);
        let version = check.field("artifact_version", Name::parse);
        let sha = check.field("artifact_sha", |text| if bare(text).is_empty() { Ok(String::new()) } else { read_sha(text) });
        Some(Some(Self { name: name?.into_string(), version: version?.into_string(), sha: sha? }))
    }

    pub(super) fn fill(&self, typed: &mut Typed) {
        typed.set("artifact", &self.name);
        typed.set("artifact_version", &self.version);
        typed.set("artifact_sha", &self.sha);
    }
}

/// A hash without what says its kind.
fn bare(text: &str) -> &str {
    text.trim().trim_start_matches("sha256:")
}

/// The hash of an artifact: 7 to 64 hexadecimal digits.
pub fn read_sha(text: &str) -> Result<String, Wording> {
    let text = bare(text).to_ascii_lowercase();
    let good = (7..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit());
    if good { Ok(text) } else { Err(Wording::new("changes-expect-sha")) }
}

/// One step of the work.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What is done.
    pub what: String,
    /// By whom; may be empty.
    #[serde(default)]
    pub who: String,
    /// The tool that does it; absent where a person does it by hand.
    #[serde(default)]
    pub tool: Option<ToolId>,
    /// What is to be seen when it went well; may be empty.
    #[serde(default)]
    pub expected: String,
    /// How that is looked at before the next step: go or no go; may be empty.
    #[serde(default)]
    pub check: String,
    /// How this step alone is undone; may be empty.
    #[serde(default)]
    pub rollback: String,
}

impl Step {
    /// Everything it says, in a fixed order: what a hash goes over.
    pub fn parts(&self) -> [&str; 6] {
        [&self.what, &self.who, self.tool.as_ref().map_or("", ToolId::as_str), &self.expected, &self.check, &self.rollback]
    }
}

/// Index and part of a field such as `steps[3].who`.
fn place(name: &str) -> Option<(usize, &str)> {
    let (index, part) = name.strip_prefix("steps[")?.split_once("].")?;
    let part = STEP_PARTS.into_iter().find(|known| *known == part)?;
    index.parse().ok().filter(|i| *i < 1_000).map(|i| (i, part))
}

/// Whether a field is one of a step.
pub(super) fn is_part(name: &str) -> bool {
    place(name).is_some()
}

/// Reads `steps` (JSON objects) and `steps[i].…`; a row of a form that is empty is none.
pub(super) fn parse(typed: &Typed) -> (Vec<Step>, Vec<Problem>) {
    let mut given: Vec<(usize, [String; 6])> = Vec::new();
    let mut problems = Vec::new();
    for (i, json) in typed.all("steps").iter().enumerate() {
        match serde_json::from_str::<Step>(json) {
            Ok(step) => given.push((i, step.parts().map(str::to_owned))),
            Err(_) => problems.push(Problem::new(format!("steps[{i}]"), json, Wording::new("changes-expect-step"))),
        }
    }
    let rows: BTreeSet<usize> = typed.names().filter_map(place).map(|(i, _)| i).collect();
    for i in rows {
        let parts = STEP_PARTS.map(|part| typed.get(&format!("steps[{i}].{part}")).trim().to_owned());
        if parts.iter().any(|part| !part.is_empty()) {
            given.push((i, parts));
        }
    }
    let mut steps = Vec::new();
    for (i, parts) in given {
        let before = problems.len();
        let mut wrong =
            |part: &str, value: &str, expected: Wording| problems.push(Problem::new(format!("steps[{i}].{part}"), value, expected));
        if parts[0].is_empty() {
            wrong("what", "", Wording::new("expect-something"));
        }
        for (part, text) in STEP_PARTS.iter().zip(&parts) {
            if text.chars().count() > LONGEST {
                wrong(part, text, Wording::new("expect-at-most-characters").with("max", LONGEST));
            }
        }
        let tool = if parts[2].is_empty() { None } else { ToolId::parse(&parts[2]) };
        if tool.is_none() && !parts[2].is_empty() {
            wrong("tool", &parts[2], Wording::new("expect-id"));
        }
        if problems.len() == before {
            let [what, who, _, expected, check, rollback] = parts;
            steps.push(Step { what, who, tool, expected, check, rollback });
        }
    }
    if steps.len() > MOST_STEPS {
        problems.push(Problem::new("steps", steps.len(), Wording::new("changes-expect-at-most-steps").with("max", MOST_STEPS)));
    }
    (steps, problems)
}

/// The same as fields of a form.
pub(super) fn fill(steps: &[Step], typed: &mut Typed) {
    for (i, step) in steps.iter().enumerate() {
        for (part, text) in STEP_PARTS.iter().zip(step.parts()) {
            if !text.is_empty() {
                typed.set(format!("steps[{i}].{part}"), text);
            }
        }
    }
}
