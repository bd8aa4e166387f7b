//! What people type into the forms of an incident, and what the API sends: one parser for both.

use super::filter::one_of;
use crate::{
    Fault, Timestamp, Wording,
    alerts::Severity,
    form::{Check, Typed},
    id::{SystemId, TeamId, UserId},
    text::{Name, Prose},
};

/// Names of the fields that open or edit an incident.
pub const INCIDENT_FIELDS: &[&str] = &["title", "severity", "system", "team", "impact"];
/// Names of the fields of a comment.
pub const COMMENT_FIELDS: &[&str] = &["text", "at", "zone"];

/// What opens an incident by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// One line.
    pub title: Name,
    /// How bad it is.
    pub severity: Severity,
    /// The systems it concerns; the first one's team works on it.
    pub systems: Vec<SystemId>,
    /// The team that works on it: must be said where it concerns no system.
    pub team: Option<TeamId>,
    /// What customers notice; may be empty.
    pub impact: Prose,
}

impl Opening {
    /// Reads `title`, `severity`, `system` (repeatable), `team`, `impact`; one of `system` and `team` must be there.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(INCIDENT_FIELDS);
        let title = check.field("title", Name::parse);
        let severity = check.field("severity", severity);
        let systems = check.each("system", |text| SystemId::parse(text).ok_or_else(|| Wording::new("expect-id")));
        let team = check.field("team", |text| match text.trim() {
            "" => Ok(None),
            text => TeamId::parse(text).map(Some).ok_or_else(|| Wording::new("expect-id")),
        });
        if systems.as_ref().is_some_and(Vec::is_empty) && team == Some(None) {
            check.problem("system", Wording::new("incidents-expect-system-or-team"));
        }
        let impact = check.field("impact", Prose::parse);
        let (title, severity, mut systems, team, impact) = check.finish((title, severity, systems, team, impact))?;
        let mut seen = Vec::new();
        systems.retain(|id| {
            !seen.contains(id) && {
                seen.push(id.clone());
                true
            }
        });
        Ok(Self { title, severity, systems, team, impact })
    }
}

/// What edits an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// One line.
    pub title: Name,
    /// How bad it is.
    pub severity: Severity,
    /// What customers notice; may be empty.
    pub impact: Prose,
    /// The version that was read; `None` where whoever asks means the present one, whatever it is.
    pub version: Option<i64>,
}

impl Edit {
    /// Reads `title`, `severity`, `impact`, and `version`, which a call may leave out.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(&["title", "severity", "impact", "version"]);
        let title = check.field("title", Name::parse);
        let severity = check.field("severity", severity);
        let impact = check.field("impact", Prose::parse);
        let version = if typed.get("version").is_empty() { Some(None) } else { check.number("version", 1, i64::MAX).map(Some) };
        let (title, severity, impact, version) = check.finish((title, severity, impact, version))?;
        Ok(Self { title, severity, impact, version })
    }
}

/// Who shall lead an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lead {
    /// They; `None` for nobody.
    pub owner: Option<UserId>,
    /// Who led when it was decided, `Some(None)` for nobody; `None` where whoever asks means: whoever leads now.
    pub was: Option<Option<UserId>>,
}

impl Lead {
    /// Reads `owner` (`me`, the id of a user, empty for nobody) and `was` (an id, empty for nobody, or left out).
    /// `me` is the person who asks.
    pub fn parse(typed: &Typed, me: Option<&UserId>) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(&["owner", "was"]);
        let user = |text: &str| match text.trim() {
            "" => Ok(None),
            text => UserId::parse(text).map(Some).ok_or_else(|| Wording::new("expect-id")),
        };
        let owner = check.field("owner", |text| match (text, me) {
            ("me", Some(me)) => Ok(Some(me.clone())),
            (text, _) => user(text),
        });
        let was = if typed.has("was") { check.field("was", user).map(Some) } else { Some(None) };
        let (owner, was) = check.finish((owner, was))?;
        Ok(Self { owner, was })
    }
}

/// Reads a moment: RFC 3339, or wall time in a zone by its IANA name (UTC where none is named).
pub fn moment(text: &str, zone: &str) -> Result<Timestamp, Wording> {
    let zone = if zone.is_empty() { "UTC" } else { zone };
    Timestamp::parse_rfc3339(text.trim())
        .or_else(|| crate::time::parse_wall(text, &crate::time::zone(zone)?))
        .ok_or_else(|| Wording::new("expect-time"))
}

fn severity(text: &str) -> Result<Severity, Wording> {
    Severity::parse(text).ok_or_else(|| one_of(Severity::ALL.iter().map(|s| s.name())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_told_at_once() {
        let typed = Typed::from_pairs([("title".into(), " ".into()), ("severity".into(), "P9".into()), ("titel".into(), "x".into())]);
        let fault = Opening::parse(&typed).unwrap_err();
        let fields: Vec<_> = fault.problems().iter().map(|p| p.field.as_str()).collect();
        assert_eq!(fields, ["titel", "title", "severity", "system"]);
        assert_eq!(fault.problems()[2].value, "P9");
    }

    #[test]
    fn nobody_and_whoever_are_not_the_same() {
        let id = "0193f2a0-7b1c-7def-8abc-0123456789ab";
        let me = UserId::parse(id).unwrap();
        let lead = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            Lead::parse(&Typed::from_pairs(pairs), Some(&me))
        };
        assert_eq!(lead(&[("owner", "me")]), Ok(Lead { owner: Some(me.clone()), was: None }));
        assert_eq!(lead(&[("owner", ""), ("was", id)]), Ok(Lead { owner: None, was: Some(Some(me.clone())) }));
        assert_eq!(lead(&[("owner", id), ("was", "")]), Ok(Lead { owner: Some(me.clone()), was: Some(None) }));
        assert_eq!(lead(&[("owner", "she")]).unwrap_err().problems()[0].value, "she");
    }
}
