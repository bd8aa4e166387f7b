//! Which monitors a list shows.

use super::Shown;
use crate::{
    Fault, Wording,
    form::{Check, Typed},
    id::{SystemId, TeamId},
};

/// Facets of a list of monitors; an empty list of a facet means any.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// What is shown of them.
    pub shown: Vec<Shown>,
    /// Their systems.
    pub systems: Vec<SystemId>,
    /// Their teams.
    pub teams: Vec<TeamId>,
    /// Part of the name, whatever its case; empty for any.
    pub text: String,
}

impl Filter {
    /// Reads the parameters `state`, `system`, `team` (each repeatable) and `q`.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        let shown = check.each("state", |text| {
            let choices = || Shown::ALL.iter().map(|s| s.name()).collect::<Vec<_>>().join(", ");
            Shown::parse(text).ok_or_else(|| Wording::new("expect-one-of").with("choices", choices()))
        });
        let systems = check.each("system", |text| SystemId::parse(text).ok_or_else(|| Wording::new("expect-id")));
        let teams = check.each("team", |text| TeamId::parse(text).ok_or_else(|| Wording::new("expect-id")));
        let text = check.field("q", |text| {
            if text.chars().count() > 120 {
                Err(Wording::new("expect-at-most-characters").with("max", 120))
            } else {
                Ok(text.trim().to_owned())
            }
        });
        let (shown, systems, teams, text) = check.finish((shown, systems, teams, text))?;
        Ok(Self { shown, systems, teams, text })
    }

    /// Whether it shows everything.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }
}
