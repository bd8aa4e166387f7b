//! What people type to make a channel, and what they look for in the ledger.

use super::{Notify, State};
use crate::{
    Fault, Wording,
    form::{Check, Typed},
    id::{ChannelId, IncidentId, TeamId},
    text::{self, Name},
};

/// Names of the fields of a channel.
pub const CHANNEL_FIELDS: &[&str] = &["name", "url", "secret", "team", "events", "enabled", "version"];

/// What to do about the secret.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretInput {
    /// Leave it as it is; make one where there is none.
    Keep,
    /// This one: `whsec_` and base64 of 24 to 64 bytes.
    Given(String),
}

/// A channel as typed.
#[derive(Clone, PartialEq, Eq)]
pub struct ChannelInput {
    /// Its name.
    pub name: Name,
    /// Where messages are posted.
    pub url: String,
    /// The secret.
    pub secret: SecretInput,
    /// The team whose facts it hears; `None` for every team.
    pub team: Option<TeamId>,
    /// What it wants to hear, one at least.
    pub events: Vec<Notify>,
    /// Whether it is on.
    pub enabled: bool,
}

impl ChannelInput {
    /// Reads `name`, `url`, `secret` (empty: keep or make), `team` (an id, or `*` for all), `events` (repeatable), `enabled`.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(CHANNEL_FIELDS);
        let name = check.field("name", Name::parse);
        let url = check.field("url", text::parse_url);
        let secret = check.field("secret", secret);
        let team = check.field("team", |text| {
            if text == "*" { Ok(None) } else { TeamId::parse(text).map(Some).ok_or_else(|| Wording::new("expect-id")) }
        });
        let events = check.each("events", |text| {
            Notify::parse(text).filter(|n| Notify::choices().any(|choice| choice == *n)).ok_or_else(|| {
                Wording::new("expect-one-of").with("choices", Notify::choices().map(Notify::name).collect::<Vec<_>>().join(", "))
            })
        });
        if events.as_ref().is_some_and(Vec::is_empty) {
            check.problem("events", Wording::new("expect-something"));
        }
        let (name, url, secret, team, events) = check.finish((name, url, secret, team, events))?;
        let events = Notify::choices().filter(|n| events.contains(n)).collect();
        Ok(Self { name, url, secret, team, events, enabled: typed.has("enabled") })
    }
}

/// `whsec_` and 32 to 88 base64 letters.
fn secret(text: &str) -> Result<SecretInput, Wording> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(SecretInput::Keep);
    }
    let body = text.strip_prefix("whsec_").unwrap_or_default();
    let letters = body.trim_end_matches('=');
    let good = (32..=88).contains(&body.len())
        && body.len().is_multiple_of(4)
        && body.len() - letters.len() <= 2
        && letters.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'));
    if good { Ok(SecretInput::Given(text.to_owned())) } else { Err(Wording::new("expect-webhook-secret")) }
}

/// Facets of the ledger; an empty list means any.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// States wanted.
    pub states: Vec<State>,
    /// Of this channel.
    pub channel: Option<ChannelId>,
    /// Of this incident.
    pub incident: Option<IncidentId>,
}

impl Filter {
    /// Reads the parameters `state` (repeatable), `channel`, `incident`.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        let states = check.each("state", |text| {
            State::parse(text).ok_or_else(|| {
                Wording::new("expect-one-of").with("choices", State::ALL.iter().map(|s| s.name()).collect::<Vec<_>>().join(", "))
            })
        });
        let channel = check.optional("channel", |text| ChannelId::parse(text).ok_or_else(|| Wording::new("expect-id")));
        let incident = check.optional("incident", |text| IncidentId::parse(text).ok_or_else(|| Wording::new("expect-id")));
        let (states, channel, incident) = check.finish((states, channel, incident))?;
        Ok(Self { states, channel, incident })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_of_a_channel_is_told() {
        let typed = Typed::from_pairs(
            [("name", "pager"), ("url", "ftp://x"), ("secret", "hunter2"), ("team", "*"), ("events", "alert.fired")]
                .map(|(k, v)| (k.to_owned(), v.to_owned())),
        );
        let fault = ChannelInput::parse(&typed).map(|_| ()).unwrap_err();
        let fields: Vec<_> = fault.problems().iter().map(|p| p.field.as_str()).collect();
        assert_eq!(fields, ["url", "secret", "events"]);
        assert!(!format!("{fault:?}").contains("hunter2"), "a secret is not repeated");
    }

    #[test]
    fn secrets_are_long_enough() {
        assert!(secret("").is_ok_and(|s| s == SecretInput::Keep));
        assert!(secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").is_ok());
        for bad in ["whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_short===", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa-w"] {
            assert!(secret(bad).is_err(), "{bad}");
        }
    }
}
