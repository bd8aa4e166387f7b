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
        let (title, systems, team, window, plan, rollback, impact, risk, reason, (kind, template), artifact, watch) = match read {
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
            parts.extend(self.steps.iter().flat_map(Step::parts));
        }
        // What was approved before changes were watched keeps its hash.
        if self.watch != Watch::default() {
            parts.extend(["watch", &watch]);
        }
        if let Some(template) = &self.template {
            parts.extend(["template", template.as_str()]);
        }
        for part in parts {
            sha.update((part.len() as u64).to_be_bytes());
            sha.update(part.as_bytes());
        }
        sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
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
pub(super) mod tests {
    use super::*;

    pub(crate) fn id(n: u8) -> String {
        format!("00000000-0000-7000-8000-0000000000{n:02x}")
    }

    fn system(n: u8, key: &str) -> Brief {
        Brief {
            id: SystemId::parse(&id(n)).unwrap(),
            key: key.into(),
            name: key.into(),
            team: TeamId::parse(&id(1)).unwrap(),
            team_name: "Payments".into(),
            tier: 1,
        }
    }

    pub(crate) fn typed() -> Typed {
        Typed::from_pairs(
            [
                ("title", "New routing"),
                ("systems", "ledger"),
                ("systems", "gateway"),
                ("start", "2025-03-14T02:00"),
                ("end", "2025-03-14T04:00"),
                ("zone", "Asia/Shanghai"),
                ("plan", "1. deploy"),
                ("rollback", "deploy the one before"),
                ("impact", ""),
                ("risk", "low"),
                ("risk_reason", "done weekly"),
            ]
            .map(|(k, v)| (k.to_owned(), v.to_owned())),
        )
    }

    pub(crate) fn content() -> Content {
        Content::parse(&typed(), &[system(2, "gateway"), system(3, "ledger")]).unwrap()
    }

    #[test]
    fn systems_by_key_or_id_sorted_and_the_team_of_the_first() {
        let content = content();
        assert_eq!(content.systems.iter().map(SystemId::as_str).collect::<Vec<_>>(), [id(2), id(3)]);
        assert_eq!(content.team.as_str(), id(1));
        let again = Content::parse(&content.to_typed(), &[system(2, "gateway"), system(3, "ledger")]).unwrap();
        assert_eq!(again, content);
    }

    #[test]
    fn what_was_approved_before_keeps_its_hash() {
        let old = r#"{"title":"T","team":"00000000-0000-7000-8000-000000000001","systems":[],"window":{"start":"2025-03-14T02:00","end":"2025-03-14T04:00",
            "zone":"UTC","span":{"from":1741917600000,"to":1741924800000}},"plan":"p","rollback":"r","impact":"","risk":"low","risk_reason":"x"}"#;
        let content: Content = serde_json::from_str(old).unwrap();
        assert_eq!((content.kind, content.steps.len()), (Kind::Normal, 0));
        assert_eq!(&content.hash()[..16], "86682da09e34a0e5");
    }

    #[test]
    fn steps_and_artifact_come_through_the_form() {
        let mut typed = typed();
        for (name, value) in [
            ("kind", "emergency"),
            ("artifact", "gateway"),
            ("artifact_version", "4.12"),
            ("artifact_sha", &"ab".repeat(32)),
            ("steps[0].what", "drain"),
            ("steps[0].who", "rita"),
            ("steps[1].what", ""),
            ("steps[2].what", "deploy"),
            ("steps[2].expected", "all nodes green"),
        ] {
            typed.set(name, value);
        }
        let known = [system(2, "gateway"), system(3, "ledger")];
        let content = Content::parse(&typed, &known).unwrap();
        let told: Vec<_> = content.steps.iter().map(|s| format!("{}/{}/{}", s.what, s.who, s.expected)).collect();
        assert_eq!(
            (told.as_slice(), content.kind),
            (&["drain/rita/".to_owned(), "deploy//all nodes green".to_owned()][..], Kind::Emergency)
        );
        assert_eq!(Content::parse(&content.to_typed(), &known).unwrap(), content);
        typed.set("steps[3].who", "nobody knows what");
        typed.set("artifact_sha", "xyz");
        typed.set("steps[4].wat", "x");
        let fault = Content::parse(&typed, &known).unwrap_err();
        let fields: Vec<_> = fault.problems().iter().map(|p| p.field.as_str()).collect();
        assert_eq!(fields, ["steps[4].wat", "artifact_sha", "steps[3].what"]);
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let mut typed = Typed::default();
        typed.set("titel", "x");
        typed.set("systems", "mainframe");
        let fault = Content::parse(&typed, &[]).unwrap_err();
        let fields: Vec<_> = fault.problems().iter().map(|p| p.field.as_str()).collect();
        assert_eq!(fields, ["titel", "title", "systems", "zone", "start", "end", "plan", "risk", "risk_reason"]);
    }

    #[test]
    fn every_part_moves_the_hash() {
        let base = content();
        let mut seen = std::collections::BTreeSet::from([base.hash()]);
        let edits: [fn(&mut Content); 20] = [
            |c| c.title.push('x'),
            |c| c.team = TeamId::parse(&id(9)).unwrap(),
            |c| {
                c.systems.pop();
            },
            |c| c.window.start.push('x'),
            |c| c.window.end.push('x'),
            |c| c.window.zone.push('x'),
            |c| c.window.span.to = c.window.span.to.plus(1),
            |c| c.plan.push('x'),
            |c| c.rollback.push('x'),
            |c| c.impact.push('x'),
            |c| c.risk = Risk::High,
            |c| c.kind = Kind::Emergency,
            |c| c.artifact = Some(Artifact { name: "gateway".into(), version: "4.12".into(), sha: String::new() }),
            |c| c.artifact = Some(Artifact { name: "gateway".into(), version: "4.1".into(), sha: "2".into() }),
            |c| c.steps.push(Step { what: "drain".into(), ..Step::default() }),
            |c| c.watch.minutes = 120,
            |c| c.watch.margin = 100,
            |c| c.watch.latency = 30,
            |c| c.steps.push(Step { what: "drain".into(), who: "rita".into(), ..Step::default() }),
            |c| c.steps.extend([Step { what: "drain".into(), ..Step::default() }, Step { what: "drain".into(), ..Step::default() }]),
        ];
        for edit in edits {
            let mut other = base.clone();
            edit(&mut other);
            assert!(seen.insert(other.hash()), "an edit left the hash alone");
        }
        // Moving text from one field into the next is another content.
        let mut moved = base.clone();
        moved.plan = String::from("1. deplo");
        moved.rollback = format!("y{}", base.rollback);
        assert!(seen.insert(moved.hash()));
    }
}
