//! Which alerts a list shows.

use super::{
    Matcher, Severity, State,
    matcher::{Op, expressions, parse_matchers},
};
use crate::{
    Fault,
    form::{Check, Typed},
    id::{IncidentId, SystemId},
};

/// Facets of a list of alerts; an empty list of a facet means any.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// States wanted; empty means everything that is not over.
    pub states: Vec<State>,
    /// Severities wanted.
    pub severities: Vec<Severity>,
    /// Systems wanted.
    pub systems: Vec<SystemId>,
    /// Of one incident.
    pub incident: Option<IncidentId>,
    /// Matchers that the labels satisfy, all of them.
    pub labels: Vec<Matcher>,
    /// Only of teams that the actor belongs to by name, not of those seen by a role in all teams.
    pub mine: bool,
    /// Only what nobody has acknowledged.
    pub unacknowledged: bool,
    /// Only what tells nobody, a silence say, or only what tells somebody.
    pub suppressed: Option<bool>,
    /// Also what never fired.
    pub unfired: bool,
}

impl Filter {
    /// Reads the parameters `state`, `severity`, `system` (each repeatable), `mine`, `unacknowledged`, `suppressed` (`yes`,
    /// `no`), `incident`, and `label`, repeatable too: matchers in Alertmanager's syntax, `name="value"` or several with commas.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        let states = check.each("state", |text| State::parse(text).ok_or_else(|| one_of(State::ALL.iter().map(|s| s.name()))));
        let severities = check.each("severity", |text| Severity::parse(text).ok_or_else(|| one_of(Severity::ALL.iter().map(|s| s.name()))));
        let systems = check.each("system", |text| SystemId::parse(text).ok_or_else(|| crate::Wording::new("expect-id")));
        let incident = check.optional("incident", |text| IncidentId::parse(text).ok_or_else(|| crate::Wording::new("expect-id")));
        let suppressed = check.optional("suppressed", |text| match text {
            "yes" => Ok(true),
            "no" => Ok(false),
            _ => Err(one_of(["yes", "no"].into_iter())),
        });
        let given = typed.all("label");
        let many = given.len() > MOST_MATCHERS || expressions(given) > MOST_MATCHERS;
        let labels = check.each("label", |text| {
            // Counted before one is compiled.
            if many { Err(unread(format!("at most {MOST_MATCHERS}"))) } else { parse_matchers(text).map_err(unread) }
        });
        let (states, severities, systems, incident, suppressed, labels) =
            check.finish((states, severities, systems, incident, suppressed, labels))?;
        Ok(Self {
            states,
            severities,
            systems,
            incident,
            labels: labels.into_iter().flatten().take(MOST_MATCHERS).collect(),
            mine: typed.has("mine"),
            unacknowledged: typed.has("unacknowledged"),
            suppressed,
            unfired: false,
        })
    }
}

/// Matchers that one list takes into account.
const MOST_MATCHERS: usize = 20;

/// What would be right where a matcher cannot be read.
pub fn unread(why: String) -> crate::Wording {
    crate::Wording::new("alerts-expect-matchers").with("why", why)
}

/// The matcher that one label of an alert is found by.
pub fn of_label(name: &str, value: &str) -> String {
    Matcher::new(name, Op::Equal, value).map(|matcher| matcher.to_string()).unwrap_or_default()
}

fn one_of<'a>(words: impl Iterator<Item = &'a str>) -> crate::Wording {
    crate::Wording::new("expect-one-of").with("choices", words.collect::<Vec<_>>().join(", "))
}
