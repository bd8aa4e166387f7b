//! What a change says, which is what is approved: parsed from a form or from JSON, and its hash.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Risk, Window, state::word};
use crate::{
    Fault, Wording,
    form::{Check, Typed},
    id::{SystemId, TeamId},
    systems::Brief,
    text::{Name, Prose},
};

/// Most systems that one change may touch.
const MOST_SYSTEMS: usize = 50;

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
    /// How it is undone, Markdown.
    pub rollback: String,
    /// Who notices what, for how long; may be empty.
    pub impact: String,
    /// How risky.
    pub risk: Risk,
    /// Why that risky, or why not.
    pub risk_reason: String,
}

impl Content {
    /// Reads what was typed. `known` are the systems that the requester may name, by id or by key; the team is
    /// that of the first system where none is given. All problems at once.
    pub fn parse(typed: &Typed, known: &[Brief]) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(CONTENT_FIELDS);
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
        let rollback = check.field("rollback", required);
        let impact = check.field("impact", Prose::parse);
        let risk = check.field("risk", |text| word(text, Risk::ALL));
        let reason = check.field("risk_reason", |text| {
            let text = required(text)?;
            if text.as_str().chars().count() > 1_000 { Err(Wording::new("expect-at-most-characters").with("max", 1_000)) } else { Ok(text) }
        });
        let (title, systems, team, window, plan, rollback, impact, risk, reason) =
            check.finish((title, systems, team, window, plan, rollback, impact, risk, reason))?;
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
        ] {
            typed.set(field, value);
        }
        for system in &self.systems {
            typed.add("systems", system);
        }
        typed
    }

    /// Hex SHA-256 over everything here. Every part is preceded by its length and the list by its count, so that
    /// no two contents give the same bytes.
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
        for part in parts {
            sha.update((part.len() as u64).to_be_bytes());
            sha.update(part.as_bytes());
        }
        sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
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
    fn everything_wrong_is_said_at_once() {
        let mut typed = Typed::default();
        typed.set("titel", "x");
        typed.set("systems", "mainframe");
        let fault = Content::parse(&typed, &[]).unwrap_err();
        let fields: Vec<_> = fault.problems().iter().map(|p| p.field.as_str()).collect();
        assert_eq!(fields, ["titel", "title", "systems", "zone", "start", "end", "plan", "rollback", "risk", "risk_reason"]);
    }

    #[test]
    fn every_part_moves_the_hash() {
        let base = content();
        let mut seen = std::collections::BTreeSet::from([base.hash()]);
        let edits: [fn(&mut Content); 11] = [
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
