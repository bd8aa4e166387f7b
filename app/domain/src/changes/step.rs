//! What is brought and how, piece by piece: the artifact, and the steps that are ticked off while the work is done.

use std::collections::{BTreeMap, BTreeSet};

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
pub const STEP_PARTS: [&str; 9] =
    ["what", "who", "tool", "parameters", "expected", "check", "rollback", "rollback_tool", "rollback_parameters"];
/// Characters of one of them, and of what a tool is given.
const LONGEST: usize = 1_000;
const LONGEST_PARAMETERS: usize = 4_000;

/// What a tool is given, by key; what is given to none is left out.
pub type Given = BTreeMap<String, String>;

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
    /// Exactly what the tool is given, by key; secrets are no part of it.
    #[serde(default)]
    pub parameters: Given,
    /// The version of the tool that stood when this was written, and that is meant; whatever a request says here is replaced. Absent in
    /// what was written before steps said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_version: Option<i64>,
    /// What is to be seen when it went well; may be empty.
    #[serde(default)]
    pub expected: String,
    /// How that is looked at before the next step: go or no go; may be empty.
    #[serde(default)]
    pub check: String,
    /// How this step alone is undone; may be empty.
    #[serde(default)]
    pub rollback: String,
    /// The tool that undoes it; absent where a person does.
    #[serde(default)]
    pub rollback_tool: Option<ToolId>,
    /// Exactly what that tool is given, by key.
    #[serde(default)]
    pub rollback_parameters: Given,
    /// The version of that tool that stood when this was written, and that is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback_tool_version: Option<i64>,
}

impl Step {
    /// Everything it says, in the order of [`STEP_PARTS`].
    pub fn parts(&self) -> [String; 9] {
        let tool = |tool: &Option<ToolId>| tool.as_ref().map_or_else(String::new, ToString::to_string);
        [
            self.what.clone(),
            self.who.clone(),
            tool(&self.tool),
            print_given(&self.parameters),
            self.expected.clone(),
            self.check.clone(),
            self.rollback.clone(),
            tool(&self.rollback_tool),
            print_given(&self.rollback_parameters),
        ]
    }

    /// What a hash goes over, in a fixed order, but for what is [bound](Self::bound).
    pub(super) fn hashed(&self) -> [&str; 6] {
        [&self.what, &self.who, self.tool.as_ref().map_or("", ToolId::as_str), &self.expected, &self.check, &self.rollback]
    }

    /// What its tools are given, and the tool that undoes it: for a hash, each list after its length. `None` where there is none of it.
    pub(super) fn bound(&self) -> Option<Vec<String>> {
        if self.parameters.is_empty() && self.rollback_tool.is_none() && self.rollback_parameters.is_empty() {
            return None;
        }
        let mut parts = Vec::new();
        for given in [&self.parameters, &self.rollback_parameters] {
            parts.push(given.len().to_string());
            parts.extend(given.iter().flat_map(|(key, value)| [key.clone(), value.clone()]));
        }
        parts.push(self.rollback_tool.as_ref().map_or_else(String::new, ToString::to_string));
        Some(parts)
    }

    /// The version that it means of its tool, or of the one that undoes it.
    pub fn version(&self, undo: bool) -> Option<i64> {
        if undo { self.rollback_tool_version } else { self.tool_version }
    }

    /// The versions that it means, for a hash. `None` where it says none.
    pub(super) fn versions(&self) -> Option<[String; 2]> {
        let print = |version: Option<i64>| version.map_or_else(String::new, |version| version.to_string());
        let any = self.tool_version.is_some() || self.rollback_tool_version.is_some();
        any.then(|| [print(self.tool_version), print(self.rollback_tool_version)])
    }

    /// The same, whatever version of its tools is meant.
    pub(super) fn of_any_version(&self) -> Self {
        Self { tool_version: None, rollback_tool_version: None, ..self.clone() }
    }

    /// The tools that it names, with what they are given; `true` for the one that undoes it.
    pub fn tools(&self) -> impl Iterator<Item = (&ToolId, &Given, bool)> {
        let does = self.tool.as_ref().map(|tool| (tool, &self.parameters, false));
        does.into_iter().chain(self.rollback_tool.as_ref().map(|tool| (tool, &self.rollback_parameters, true)))
    }

    /// Whether it says how it is undone.
    pub fn is_undone(&self) -> bool {
        self.rollback_tool.is_some() || !self.rollback.is_empty()
    }
}

/// One `key = value` a line.
fn print_given(given: &Given) -> String {
    given.iter().map(|(key, value)| format!("{key} = {value}")).collect::<Vec<_>>().join("\n")
}

/// Reads what [`print_given`] prints; empty lines and empty values are none.
fn read_given(text: &str) -> Result<Given, Wording> {
    let mut given = Given::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let expected = || Wording::new("changes-expect-parameters");
        let (key, value) = line.split_once('=').map(|(key, value)| (key.trim(), value.trim())).ok_or_else(expected)?;
        if key.is_empty() || given.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(expected());
        }
    }
    given.retain(|_, value| !value.is_empty());
    Ok(given)
}

/// Whether it comes back as it is from the lines of a form.
fn is_plain(given: &Given) -> bool {
    given.iter().all(|(key, value)| !key.contains('=') && !format!("{key}{value}").contains(char::is_control))
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
    let mut given: Vec<(usize, [String; 9])> = Vec::new();
    let mut problems = Vec::new();
    for (i, json) in typed.all("steps").iter().enumerate() {
        match serde_json::from_str::<Step>(json) {
            Ok(step) if is_plain(&step.parameters) && is_plain(&step.rollback_parameters) => given.push((i, step.parts())),
            _ => problems.push(Problem::new(format!("steps[{i}]"), json, Wording::new("changes-expect-step"))),
        }
    }
    let rows: BTreeSet<usize> = typed.names().filter_map(place).map(|(i, _)| i).collect();
    for i in rows {
        let parts = STEP_PARTS.map(|part| typed.get(&format!("steps[{i}].{part}")).trim().to_owned());
        if parts.iter().any(|part| !part.is_empty()) {
            given.push((i, parts));
        }
    }
    let steps: Vec<Step> = given.into_iter().filter_map(|(i, parts)| read(i, parts, &mut problems)).collect();
    if steps.len() > MOST_STEPS {
        problems.push(Problem::new("steps", steps.len(), Wording::new("changes-expect-at-most-steps").with("max", MOST_STEPS)));
    }
    (steps, problems)
}

/// One step from its parts; what is wrong with it is added to the problems.
fn read(i: usize, parts: [String; 9], problems: &mut Vec<Problem>) -> Option<Step> {
    let before = problems.len();
    let mut wrong = |part: &str, value: &str, expected: Wording| problems.push(Problem::new(format!("steps[{i}].{part}"), value, expected));
    let [what, who, tool, parameters, expected, check, rollback, rollback_tool, rollback_parameters] = parts;
    if what.is_empty() {
        wrong("what", "", Wording::new("expect-something"));
    }
    for (part, text) in [("what", &what), ("who", &who), ("expected", &expected), ("check", &check), ("rollback", &rollback)] {
        if text.chars().count() > LONGEST {
            wrong(part, text, Wording::new("expect-at-most-characters").with("max", LONGEST));
        }
    }
    let mut bound = |[part, given_part]: [&str; 2], tool: &str, text: &str| {
        let id = ToolId::parse(tool);
        if id.is_none() && !tool.is_empty() {
            wrong(part, tool, Wording::new("expect-id"));
        }
        let given = match read_given(text) {
            _ if text.chars().count() > LONGEST_PARAMETERS => {
                Err(Wording::new("expect-at-most-characters").with("max", LONGEST_PARAMETERS))
            }
            Ok(given) if tool.is_empty() && !given.is_empty() => Err(Wording::new("changes-expect-no-parameters")),
            read => read,
        };
        let given = given.unwrap_or_else(|expected| {
            wrong(given_part, text, expected);
            Given::new()
        });
        (id, given)
    };
    let (tool, parameters) = bound(["tool", "parameters"], &tool, &parameters);
    let (rollback_tool, rollback_parameters) = bound(["rollback_tool", "rollback_parameters"], &rollback_tool, &rollback_parameters);
    let step = Step { what, who, tool, parameters, expected, check, rollback, rollback_tool, rollback_parameters, ..Step::default() };
    (problems.len() == before).then_some(step)
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
