//! What a change says, which is what is approved: parsed from a form or from JSON, and its hash.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Artifact, Kind, Risk, Step, Watch, Window, state::word, step};
use crate::{
    Fault, Wording,
    form::{Check, Checked, Typed},
    id::{SystemId, TeamId, TemplateId},
    systems::Brief,
    text::{Name, Prose},
};

/// Most systems that one change may touch.
pub(super) const MOST_SYSTEMS: usize = 50;

/// The fields of a change, as forms and the API name them.
pub const CONTENT_FIELDS: &[&str] = &[
    "title",
    "team",
    "systems",
    "start",
    "end",
    "zone",
    "plan",
    "rollback",
    "rollback_minutes",
    "impact",
    "risk",
    "risk_reason",
    "kind",
    "template",
    "artifact",
    "artifact_version",
    "artifact_sha",
    "steps",
    "verify_minutes",
    "verify_margin",
    "verify_latency",
    SUBMIT_FIELD,
    "version",
    "act",
];

/// Sent along, it asks for approval at once.
pub const SUBMIT_FIELD: &str = "submit";

/// Everything that an approval binds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Content {
    /// One line.
    pub title: String,
    /// The team that does the work.
    pub team: TeamId,
    /// The systems it touches, sorted, without repetition; 1–50.
    pub systems: Vec<SystemId>,
    /// When.
    pub window: Window,
    /// What will be done, Markdown.
    pub plan: String,
    /// How it is undone, Markdown; may be empty where the policy does not ask for it.
    pub rollback: String,
    /// Minutes that undoing it takes, 0 where nobody said: what is at risk lasts as long as the work and this.
    #[serde(default)]
    pub rollback_minutes: u32,
    /// Who notices what, for how long; may be empty.
    pub impact: String,
    /// How risky.
    pub risk: Risk,
    /// Why that risky, or why not.
    pub risk_reason: String,
    /// What kind of change it is.
    #[serde(default = "normal")]
    pub kind: Kind,
    /// The template that it is made from: a standard change has one, others have none.
    #[serde(default)]
    pub template: Option<TemplateId>,
    /// What is brought, where something is.
    #[serde(default)]
    pub artifact: Option<Artifact>,
    /// The plan step by step, as it is ticked off; may be empty.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// How it is watched once the work has ended.
    #[serde(default)]
    pub watch: Watch,
}

/// What every change was before there were kinds.
fn normal() -> Kind {
    Kind::Normal
}

impl Content {
    /// Reads what was typed. `known` are the systems that the requester may name, by id or by key; the team is
    /// that of the first system where none is given. All problems at once.
    pub fn parse(typed: &Typed, known: &[Brief]) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        let known_names: Vec<&str> = CONTENT_FIELDS.iter().copied().chain(typed.names().filter(|name| step::is_part(name))).collect();
        check.only(&known_names);
        let title = check.field("title", Name::parse);
        let systems = check.each("systems", |text| {
            let text = text.trim();
            known.iter().find(|s| s.id.as_str() == text || s.key == text).ok_or_else(|| Wording::new("changes-expect-system"))
        });
        match &systems {
            Some(list) if list.is_empty() => check.problem("systems", Wording::new("changes-expect-a-system")),
            Some(list) if list.len() > MOST_SYSTEMS => {
                check.problem("systems", Wording::new("changes-expect-at-most-systems").with("max", MOST_SYSTEMS));
            }
            _ => {}
        }
        let team = check.optional("team", |text| TeamId::parse(text.trim()).ok_or_else(|| Wording::new("changes-expect-team")));
        let window = Window::parse(&mut check);
        let plan = check.field("plan", required);
        let rollback = check.field("rollback", Prose::parse);
        let rollback = rollback.zip(rollback_minutes(&mut check));
        let impact = check.field("impact", Prose::parse);
        let risk = check.field("risk", |text| match text.trim() {
            "" => Err(Wording::new("changes-expect-risk")),
            text => word(text, Risk::ALL),
        });
        let reason = check.field("risk_reason", |text| {
            let text = required(text)?;
            if text.as_str().chars().count() > 1_000 { Err(Wording::new("expect-at-most-characters").with("max", 1_000)) } else { Ok(text) }
        });
        let kind = if typed.get("kind").is_empty() { Some(Kind::Normal) } else { check.field("kind", |text| word(text, Kind::ALL)) };
        let kind = kind_and_template(&mut check, kind);
        let artifact = Artifact::parse(typed, &mut check);
        let watch = Watch::parse(&mut check);
        let (steps, wrong) = step::parse(typed);
        let read = check.finish((title, systems, team, window, plan, rollback, impact, risk, reason, kind, artifact, watch));
        let (title, systems, team, window, plan, (rollback, rollback_minutes), impact, risk, reason, (kind, template), artifact, watch) =
            match read {
                Ok(read) if wrong.is_empty() => read,
                Ok(_) => return Err(Fault::Invalid(wrong)),
                Err(Fault::Invalid(mut found)) => {
                    found.extend(wrong);
                    return Err(Fault::Invalid(found));
                }
                Err(other) => return Err(other),
            };
        let team = team.or_else(|| systems.first().map(|s| s.team.clone())).ok_or(Fault::Internal)?;
        let mut systems: Vec<_> = systems.into_iter().map(|s| s.id.clone()).collect();
        systems.sort();
        systems.dedup();
        Ok(Self {
            title: title.into_string(),
            team,
            systems,
            window,
            plan: plan.into_string(),
            rollback: rollback.into_string(),
            rollback_minutes,
            impact: impact.into_string(),
            risk,
            risk_reason: reason.into_string(),
            kind,
            template,
            artifact,
            steps,
            watch,
        })
    }

    /// The same as form fields: what an edit page begins with.
    pub fn to_typed(&self) -> Typed {
        let mut typed = Typed::default();
        for (field, value) in [
            ("title", self.title.as_str()),
            ("team", self.team.as_str()),
            ("start", &self.window.start),
            ("end", &self.window.end),
            ("zone", &self.window.zone),
            ("plan", &self.plan),
            ("rollback", &self.rollback),
            ("impact", &self.impact),
            ("risk", self.risk.name()),
            ("risk_reason", &self.risk_reason),
            ("kind", self.kind.name()),
        ] {
            typed.set(field, value);
        }
        for system in &self.systems {
            typed.add("systems", system);
        }
        if let Some(template) = &self.template {
            typed.set("template", template);
        }
        if self.rollback_minutes > 0 {
            typed.set("rollback_minutes", self.rollback_minutes);
        }
        if let Some(artifact) = &self.artifact {
            artifact.fill(&mut typed);
        }
        step::fill(&self.steps, &mut typed);
        self.watch.fill(&mut typed);
        typed
    }

    /// Hex SHA-256 over everything here. Every part is preceded by its length and the list by its count, so that
    /// no two contents give the same bytes. What was approved before there were kinds and steps keeps its hash.
    pub fn hash(&self) -> String {
        let mut sha = Sha256::new();
        let (from, to) = (self.window.span.from.0.to_string(), self.window.span.to.0.to_string());
        let count = self.systems.len().to_string();
        let mut parts = vec![
            "evenkeel change 1",
            &self.title,
            self.team.as_str(),
            &self.window.start,
            &self.window.end,
            &self.window.zone,
            &from,
            &to,
            &self.plan,
            &self.rollback,
            &self.impact,
            self.risk.name(),
            &self.risk_reason,
            &count,
        ];
        parts.extend(self.systems.iter().map(SystemId::as_str));
        let steps = self.steps.len().to_string();
        let watch = self.watch.line();
        if self.kind != Kind::Normal || self.artifact.is_some() || !self.steps.is_empty() || self.watch != Watch::default() {
            parts[0] = "evenkeel change 2";
            parts.push(self.kind.name());
            match &self.artifact {
                None => parts.push("0"),
                Some(artifact) => parts.extend(["1", &artifact.name, &artifact.version, &artifact.sha]),
            }
            parts.push(&steps);
            parts.extend(self.steps.iter().flat_map(Step::hashed));
        }
        // What was approved before steps said what their tools are given keeps its hash.
        let bound: Vec<String> = self.bound();
        parts.extend(bound.iter().map(String::as_str));
        // What was approved before steps said which version of a tool they mean keeps its hash.
        let versions = self.versions();
        parts.extend(versions.iter().map(String::as_str));
        // What was approved before changes were watched keeps its hash.
        if self.watch != Watch::default() {
            parts.extend(["watch", &watch]);
        }
        if let Some(template) = &self.template {
            parts.extend(["template", template.as_str()]);
        }
        let undoing = self.rollback_minutes.to_string();
        if self.rollback_minutes > 0 {
            parts.extend(["rollback minutes", &undoing]);
        }
        for part in parts {
            sha.update((part.len() as u64).to_be_bytes());
            sha.update(part.as_bytes());
        }
        sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What binds tools to steps, each with the place of its step.
    fn bound(&self) -> Vec<String> {
        let of = |(place, step): (usize, &Step)| step.bound().map(|parts| [vec!["bound".to_owned(), place.to_string()], parts].concat());
        self.steps.iter().enumerate().filter_map(of).flatten().collect()
    }

    /// The versions of the tools that steps mean, each with the place of its step.
    fn versions(&self) -> Vec<String> {
        let of =
            |(place, step): (usize, &Step)| step.versions().map(|[does, undoes]| ["versions".to_owned(), place.to_string(), does, undoes]);
        self.steps.iter().enumerate().filter_map(of).flatten().collect()
    }
}

/// Longest time that rolling back may take, in minutes: a day.
const LONGEST_ROLLBACK: u32 = 1_440;

/// Minutes that rolling back takes; 0 where nobody says.
pub(super) fn rollback_minutes(check: &mut Check<'_>) -> Checked<u32> {
    let minutes = check.optional("rollback_minutes", |text| {
        let expected = || Wording::new("expect-between").with("min", 0).with("max", LONGEST_ROLLBACK);
        text.trim().parse().ok().filter(|minutes| *minutes <= LONGEST_ROLLBACK).ok_or_else(expected)
    })?;
    Some(minutes.unwrap_or(0))
}

/// The kind with its template: a standard change has one, and no other has.
fn kind_and_template(check: &mut Check<'_>, kind: Checked<Kind>) -> Checked<(Kind, Option<TemplateId>)> {
    let template = check.optional("template", |text| TemplateId::parse(text.trim()).ok_or_else(|| Wording::new("expect-id")))?;
    match (kind, &template) {
        (Some(Kind::Standard), None) => check.problem("template", Wording::new("changes-expect-template")),
        (Some(Kind::Normal | Kind::Emergency), Some(_)) => check.problem("template", Wording::new("changes-expect-no-template")),
        _ => {}
    }
    Some((kind?, template))
}

fn required(text: &str) -> Result<Prose, Wording> {
    let prose = Prose::parse(text)?;
    if prose.as_str().trim().is_empty() { Err(Wording::new("expect-something")) } else { Ok(prose) }
}

#[cfg(test)]
pub(super) mod tests;
