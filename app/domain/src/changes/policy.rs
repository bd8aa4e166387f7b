//! Approval policies: which changes take whose agreement, how many, in which order, and for how long it holds.
//!
//! The first policy that matches a change decides; where none does, the owners of every system touched agree, one person for a
//! low or medium risk and two for a high one. A policy becomes *demands* when a change is written: teams by name, nothing that an
//! edit of the policy could move afterwards.

mod starters;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Bounds, Demand, Demands, Kind, Risk, state::word};
use crate::{
    Fault, Problem, Timestamp, Wording,
    evidence::EvidenceKind,
    form::{Check, Checked, Typed},
    id::{ApprovalPolicyId, TeamId},
    text::Name,
    words::words,
};

/// Stages that one policy may have.
pub const MOST_STAGES: usize = 6;
/// The fields of one stage in a form, e.g. `stages[0].count`.
pub const STAGE_PARTS: [&str; 4] = ["count", "of", "team", "roles"];
/// Names of custom evidence that one policy may ask for.
const MOST_CUSTOM: usize = 10;
/// Longest time that an approval may be said to hold, in hours: 90 days.
const LONGEST_HOURS: i64 = 90 * 24;

words! {
    /// Whose agreement a stage takes.
    pub enum Side {
        /// Persons who may approve for all owners of the systems touched at once.
        Owners = "owners",
        /// Persons of each owner.
        EachOwner = "each-owner",
        /// Persons of the team that does the work.
        Doer = "doer",
        /// Persons of one named team.
        Team = "team",
    }
}

/// One stage of approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ApprovalStage))]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// How many persons, 1–9.
    pub count: u32,
    /// Of whom.
    pub of: Side,
    /// The team, for `team`.
    #[serde(default)]
    pub team: Option<TeamId>,
    /// Keys of roles, one of which they must have there; empty for anybody who may approve.
    #[serde(default)]
    pub roles: Vec<String>,
}

/// What a policy says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ApprovalPolicyContent))]
pub struct PolicyContent {
    /// Its name.
    pub name: String,
    /// Order in which policies are asked, the lowest first.
    pub place: i64,
    /// Kinds of changes that it is for; empty for all.
    pub kinds: Vec<Kind>,
    /// Risks that it is for, the higher of what was said and what facts say; empty for all.
    pub risks: Vec<Risk>,
    /// Tiers that it is for, that of the most important system; empty for all.
    pub tiers: Vec<u8>,
    /// Who must agree; nobody where it is for standard changes only, which are agreed to with their template.
    pub stages: Vec<Stage>,
    /// Whether a stage is asked only when the one before is complete.
    pub in_order: bool,
    /// How many hours an approval holds; 0: as long as the window.
    pub hours: i64,
    /// Whether a rollback plan is needed.
    pub rollback: bool,
    /// Kinds of evidence that are needed of the artifact.
    #[serde(default)]
    pub evidence: Vec<EvidenceKind>,
    /// Custom evidence that is needed, by name; where none is named any will do.
    #[serde(default)]
    pub custom: Vec<String>,
    /// Where evidence must have been shown; empty for anywhere.
    #[serde(default)]
    pub environment: String,
    /// Whether that must be made as production is.
    #[serde(default)]
    pub like_production: bool,
    /// What evidence of performance must have measured.
    #[serde(flatten)]
    pub bounds: Bounds,
}

/// A policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ApprovalPolicy))]
pub struct Policy {
    /// Its id.
    pub id: ApprovalPolicyId,
    /// What it says.
    #[serde(flatten)]
    pub content: PolicyContent,
    /// Who wrote it last.
    pub author: String,
    /// When.
    pub updated_at: Timestamp,
    /// Counts edits from 1.
    pub version: i64,
}

impl PolicyContent {
    /// Whether it is for such a change.
    pub fn matches(&self, kind: Kind, risk: Risk, tier: u8) -> bool {
        let any = |empty: bool, has: bool| empty || has;
        any(self.kinds.is_empty(), self.kinds.contains(&kind))
            && any(self.risks.is_empty(), self.risks.contains(&risk))
            && any(self.tiers.is_empty(), self.tiers.contains(&tier))
    }

    /// What it takes for a change of this team on systems of these owners.
    pub fn demands(&self, owners: &[TeamId], doer: &TeamId) -> Demands {
        let mut list = Vec::new();
        for (stage, of) in self.stages.iter().enumerate() {
            let sides: Vec<Vec<TeamId>> = match (of.of, &of.team) {
                (Side::Owners, _) => vec![owners.to_vec()],
                (Side::EachOwner, _) => owners.iter().map(|owner| vec![owner.clone()]).collect(),
                (Side::Doer, _) | (Side::Team, None) => vec![vec![doer.clone()]],
                (Side::Team, Some(team)) => vec![vec![team.clone()]],
            };
            list.extend(sides.into_iter().map(|teams| Demand { stage, count: of.count, teams, roles: of.roles.clone() }));
        }
        let (policy, evidence, custom) = (self.name.clone(), self.evidence.clone(), self.custom.clone());
        Demands {
            policy,
            in_order: self.in_order,
            list,
            evidence,
            custom,
            environment: self.environment.clone(),
            like_production: self.like_production,
            bounds: self.bounds,
            peak: None,
        }
    }

    /// Reads a form or JSON; `roles` are the keys that there are.
    pub fn parse(typed: &Typed, roles: &[String]) -> Result<Self, Fault> {
        const FIELDS: &[&str] = &[
            "name",
            "place",
            "kinds",
            "risks",
            "tiers",
            "stages",
            "in_order",
            "hours",
            "rollback",
            "evidence",
            "custom",
            "environment",
            "like_production",
            "version",
        ];
        let mut check = Check::new(typed);
        let known: Vec<&str> =
            FIELDS.iter().copied().chain(Bounds::FIELDS).chain(typed.names().filter(|name| place(name).is_some())).collect();
        check.only(&known);
        let name = check.field("name", Name::parse);
        let place = if typed.get("place").trim().is_empty() { Some(100) } else { check.number("place", 0, 10_000) };
        let kinds = check.each("kinds", |text| word(text, Kind::ALL));
        let risks = check.each("risks", |text| word(text, Risk::ALL));
        let tiers = check.each("tiers", |text| {
            text.trim()
                .parse()
                .ok()
                .filter(|t| (1..=4).contains(t))
                .ok_or_else(|| Wording::new("expect-between").with("min", 1).with("max", 4))
        });
        let hours = if typed.get("hours").trim().is_empty() { Some(0) } else { check.number("hours", 0, LONGEST_HOURS) };
        let evidence = check.each("evidence", |text| word(text, EvidenceKind::ALL)).map(|mut kinds| {
            kinds.sort();
            kinds.dedup();
            kinds
        });
        let bounds = Bounds::parse(&mut check, evidence.as_deref());
        let (custom, environment) = (parse_custom(&mut check, evidence.as_deref()), check.optional("environment", Name::parse));
        let placed = environment.as_ref().is_some_and(Option::is_some) || typed.has("like_production");
        if evidence.as_deref().is_some_and(<[_]>::is_empty) && placed {
            check.problem("evidence", Wording::new("changes-expect-evidence"));
        }
        // A standard change is agreed to with its template: nobody would be asked.
        let unasked = kinds.as_deref().is_some_and(|kinds| !kinds.is_empty() && kinds.iter().all(|kind| *kind == Kind::Standard));
        let (stages, wrong) = parse_stages(typed, roles, unasked);
        let read = check.finish((name, place, kinds, risks, tiers, hours, evidence, custom, environment, bounds));
        match read {
            Ok((name, place, kinds, risks, tiers, hours, evidence, custom, environment, bounds)) if wrong.is_empty() => Ok(Self {
                name: name.into_string(),
                place,
                kinds,
                risks,
                tiers,
                stages,
                in_order: typed.has("in_order"),
                hours,
                rollback: typed.has("rollback"),
                evidence,
                custom,
                environment: environment.map_or_else(String::new, Name::into_string),
                like_production: typed.has("like_production"),
                bounds,
            }),
            Ok(_) => Err(Fault::Invalid(wrong)),
            Err(Fault::Invalid(mut found)) => {
                found.extend(wrong);
                Err(Fault::Invalid(found))
            }
            Err(other) => Err(other),
        }
    }

    /// The same as fields of a form.
    pub fn to_typed(&self) -> Typed {
        let mut typed = Typed::default();
        typed.set("name", &self.name);
        typed.set("place", self.place);
        typed.set("hours", self.hours);
        self.kinds.iter().for_each(|kind| typed.add("kinds", kind));
        self.risks.iter().for_each(|risk| typed.add("risks", risk));
        self.tiers.iter().for_each(|tier| typed.add("tiers", tier));
        self.evidence.iter().for_each(|kind| typed.add("evidence", kind));
        self.bounds.to_typed(&mut typed);
        typed.set("custom", self.custom.join("\n"));
        typed.set("environment", &self.environment);
        for (name, on) in [("in_order", self.in_order), ("rollback", self.rollback), ("like_production", self.like_production)] {
            if on {
                typed.set(name, "on");
            }
        }
        for (i, stage) in self.stages.iter().enumerate() {
            typed.set(format!("stages[{i}].count"), stage.count);
            typed.set(format!("stages[{i}].of"), stage.of);
            if let Some(team) = &stage.team {
                typed.set(format!("stages[{i}].team"), team);
            }
            stage.roles.iter().for_each(|role| typed.add(format!("stages[{i}].roles"), role));
        }
        typed
    }
}

/// Reads `custom`: names of custom evidence, one a line or value. They need custom evidence to be asked for.
fn parse_custom(check: &mut Check<'_>, evidence: Option<&[EvidenceKind]>) -> Checked<Vec<String>> {
    let lines = check.typed().all("custom").join("\n");
    let mut names: Vec<String> = Vec::new();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match Name::parse(line) {
            Ok(name) if !names.iter().any(|known| known.to_lowercase() == line.to_lowercase()) => names.push(name.into_string()),
            Ok(_) => {}
            Err(expected) => {
                check.problem("custom", expected);
                return None;
            }
        }
    }
    if names.len() > MOST_CUSTOM {
        check.problem("custom", Wording::new("changes-expect-at-most-custom").with("max", MOST_CUSTOM));
        return None;
    }
    if !names.is_empty() && evidence.is_some_and(|kinds| !kinds.contains(&EvidenceKind::Custom)) {
        check.problem("evidence", Wording::new("changes-expect-custom"));
        return None;
    }
    Some(names)
}

/// Index and part of a field such as `stages[1].of`.
fn place(name: &str) -> Option<(usize, &str)> {
    let (index, part) = name.strip_prefix("stages[")?.split_once("].")?;
    let part = STAGE_PARTS.into_iter().find(|known| *known == part)?;
    index.parse().ok().filter(|i| *i < 100).map(|i| (i, part))
}

/// One stage as it is given: count, whose, team, roles.
type Given = (usize, String, String, String, Vec<String>);

/// Reads the stages; there are none where it is for standard changes only, as `unasked` says.
fn parse_stages(typed: &Typed, known: &[String], unasked: bool) -> (Vec<Stage>, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut given: Vec<Given> = Vec::new();
    for (i, json) in typed.all("stages").iter().enumerate() {
        match serde_json::from_str::<Stage>(json) {
            Ok(stage) => {
                let team = stage.team.as_ref().map(ToString::to_string).unwrap_or_default();
                given.push((i, stage.count.to_string(), stage.of.to_string(), team, stage.roles));
            }
            Err(_) => problems.push(Problem::new(format!("stages[{i}]"), json, Wording::new("changes-expect-stage"))),
        }
    }
    let rows: BTreeSet<usize> = typed.names().filter_map(place).map(|(i, _)| i).collect();
    for i in rows {
        let part = |part: &str| typed.get(&format!("stages[{i}].{part}")).trim().to_owned();
        if !part("of").is_empty() {
            let roles = typed.all(&format!("stages[{i}].roles")).iter().filter(|role| !role.is_empty()).cloned().collect();
            given.push((i, part("count"), part("of"), part("team"), roles));
        }
    }
    let mut stages = Vec::new();
    for (i, count, of, team, roles) in given {
        let before = problems.len();
        let mut wrong =
            |part: &str, value: &str, expected: Wording| problems.push(Problem::new(format!("stages[{i}].{part}"), value, expected));
        let count_read = count.parse().ok().filter(|n| (1..=9).contains(n));
        if count_read.is_none() {
            wrong("count", &count, Wording::new("expect-between").with("min", 1).with("max", 9));
        }
        let of_read = word(&of, Side::ALL);
        if let Err(expected) = &of_read {
            wrong("of", &of, expected.clone());
        }
        let needs_team = of_read == Ok(Side::Team);
        let team_read = if needs_team { TeamId::parse(&team) } else { None };
        if needs_team && team_read.is_none() {
            wrong("team", &team, Wording::new("changes-expect-team"));
        }
        if let Some(role) = roles.iter().find(|role| !known.contains(role)) {
            wrong("roles", role, Wording::new("expect-one-of").with("choices", known.join(", ")));
        }
        if let (true, Some(count), Ok(of)) = (problems.len() == before, count_read, of_read) {
            stages.push(Stage { count, of, team: team_read, roles });
        }
    }
    if unasked {
        if let Some(first) = stages.first() {
            problems.push(Problem::new("stages[0].of", first.of, Wording::new("changes-expect-no-stages")));
        }
    } else if problems.is_empty() && !(1..=MOST_STAGES).contains(&stages.len()) {
        let expected = Wording::new("changes-expect-stages").with("max", MOST_STAGES);
        problems.push(Problem::new("stages[0].of", if stages.is_empty() { String::new() } else { stages.len().to_string() }, expected));
    }
    (stages, problems)
}

#[cfg(test)]
mod tests;
