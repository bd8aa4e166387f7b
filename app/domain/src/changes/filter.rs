//! Which changes a list shows; the same words in the URL of a page and of the API.

use super::{Risk, State, state::word};
use crate::{
    Fault, Span, Timestamp, Wording,
    form::{Check, Typed},
    id::{SystemId, TeamId},
};

/// What to show; empty means everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Words that title, number or requester must contain, whatever their case; at most 120 characters. What reads as a hash
    /// finds changes of that artifact, too.
    pub text: String,
    /// One of these states.
    pub states: Vec<State>,
    /// Done by one of these teams.
    pub teams: Vec<TeamId>,
    /// Touching one of these systems.
    pub systems: Vec<SystemId>,
    /// Of one of these risks.
    pub risks: Vec<Risk>,
    /// Whose window, or whose execution, overlaps the span.
    pub span: Option<Span>,
}

impl Filter {
    /// Reads `q`, `state`, `team`, `system`, `risk` (each may be repeated) and `from`, `to` (RFC 3339, both or
    /// neither); other names are left to the page.
    pub fn parse(query: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(query);
        let text = check.field("q", |text| {
            let text = text.trim();
            if text.chars().count() > 120 { Err(Wording::new("expect-at-most-characters").with("max", 120)) } else { Ok(text.to_owned()) }
        });
        let states = check.each("state", |text| word(text, State::ALL));
        let risks = check.each("risk", |text| word(text, Risk::ALL));
        let teams = check.each("team", |text| TeamId::parse(text).ok_or_else(|| Wording::new("changes-expect-team")));
        let systems = check.each("system", |text| SystemId::parse(text).ok_or_else(|| Wording::new("expect-id")));
        let span = read_span(&mut check);
        let (text, states, risks, teams, systems) = check.finish((text, states, risks, teams, systems))?;
        Ok(Self { text, states, teams, systems, risks, span })
    }

    /// Whether it leaves anything out, apart from the span.
    pub fn is_narrow(&self) -> bool {
        *self != Self { span: self.span, ..Self::default() }
    }
}

/// Reads `from` and `to`, both or neither.
pub(super) fn read_span(check: &mut Check<'_>) -> Option<Span> {
    let moment = |text: &str| Timestamp::parse_rfc3339(text.trim()).ok_or_else(|| Wording::new("changes-expect-rfc3339"));
    let (from, to) = (check.optional("from", moment), check.optional("to", moment));
    match (from?, to?) {
        (Some(from), Some(to)) => {
            let span = Span::new(from, to);
            if span.is_none() {
                check.problem("to", Wording::new("changes-expect-after-start").with("start", from.rfc3339()));
            }
            span
        }
        (None, None) => None,
        (from, _) => {
            check.problem(if from.is_some() { "to" } else { "from" }, Wording::new("changes-expect-rfc3339"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rubbish_is_named() {
        let query = Typed::from_pairs(
            [("state", "done"), ("risk", "low"), ("from", "2025-01-01T00:00:00Z")].map(|(a, b)| (a.to_owned(), b.to_owned())),
        );
        let fields: Vec<_> = Filter::parse(&query).unwrap_err().problems().iter().map(|p| (p.field.clone(), p.value.clone())).collect();
        assert_eq!(fields, [("state".to_owned(), "done".to_owned()), ("to".to_owned(), String::new())]);
    }
}
