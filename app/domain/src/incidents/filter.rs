//! Which incidents a list shows, and how one is named.

use super::State;
use crate::{
    Fault, Wording,
    alerts::Severity,
    form::{Check, Typed},
    id::{IncidentId, SystemId, TeamId},
};

/// Facets of a list of incidents; an empty list of a facet means any.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// States wanted.
    pub states: Vec<State>,
    /// Severities wanted.
    pub severities: Vec<Severity>,
    /// Systems wanted.
    pub systems: Vec<SystemId>,
    /// Those that concern no system are wanted (as well).
    pub systemless: bool,
    /// Teams wanted.
    pub teams: Vec<TeamId>,
    /// Only those that last.
    pub open: bool,
    /// Only those that the actor leads.
    pub mine: bool,
    /// Text in the title, or a number (`42`, `INC-42`).
    pub text: String,
}

impl Filter {
    /// Reads the parameters `state`, `severity`, `system` (an id, or `none`), `team` (each repeatable), `open`, `mine`, `q`.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        let states = check.each("state", |text| State::parse(text).ok_or_else(|| one_of(State::ALL.iter().map(|s| s.name()))));
        let severities = check.each("severity", |text| Severity::parse(text).ok_or_else(|| one_of(Severity::ALL.iter().map(|s| s.name()))));
        let systems = check.each("system", |text| match text {
            "none" => Ok(None),
            text => SystemId::parse(text).map(Some).ok_or_else(|| Wording::new("expect-id")),
        });
        let teams = check.each("team", |text| TeamId::parse(text).ok_or_else(|| Wording::new("expect-id")));
        let (states, severities, wanted, teams) = check.finish((states, severities, systems, teams))?;
        let systemless = wanted.contains(&None);
        let systems = wanted.into_iter().flatten().collect();
        let text = typed.get("q").trim().chars().take(120).collect();
        Ok(Self { states, severities, systems, systemless, teams, open: typed.has("open"), mine: typed.has("mine"), text })
    }

    /// The number that the text names, if it does.
    pub fn number(&self) -> Option<i64> {
        match Ref::parse(&self.text) {
            Some(Ref::Number(n)) => Some(n),
            _ => None,
        }
    }
}

pub(super) fn one_of<'a>(words: impl Iterator<Item = &'a str>) -> Wording {
    Wording::new("expect-one-of").with("choices", words.collect::<Vec<_>>().join(", "))
}

/// How a page or the API names an incident: by id, or by number as people say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ref {
    /// By id.
    Id(IncidentId),
    /// By number.
    Number(i64),
}

impl Ref {
    /// Reads an id, `42`, `INC-42` or `inc-42`.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(id) = IncidentId::parse(text) {
            return Some(Self::Id(id));
        }
        let digits = text.strip_prefix("INC-").or_else(|| text.strip_prefix("inc-")).unwrap_or(text);
        let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        digits.parse().ok().filter(|n| plain && *n > 0).map(Self::Number)
    }
}

impl From<IncidentId> for Ref {
    fn from(id: IncidentId) -> Self {
        Self::Id(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_say_numbers() {
        assert_eq!(Ref::parse("INC-42"), Some(Ref::Number(42)));
        assert_eq!(Ref::parse("42"), Some(Ref::Number(42)));
        assert!(matches!(Ref::parse("0193f2a0-7b1c-7def-8abc-0123456789ab"), Some(Ref::Id(_))));
        for bad in ["", "INC-", "-1", "0", "+4", "4 2", "99999999999999999999"] {
            assert_eq!(Ref::parse(bad), None, "{bad}");
        }
    }
}
