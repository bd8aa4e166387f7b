//! What people type to make a channel, and what they look for in the ledger.

use std::collections::BTreeMap;

use super::{Kind, MANNER_FIELDS, Manner, Notify, State};
use crate::{
    Fault, Wording,
    form::{Check, Typed},
    id::{ChannelId, IncidentId, TeamId, UserId},
    text::Name,
};

/// Names of the fields that a channel of any kind has, beside those of its kind and those of every manner.
pub const CHANNEL_FIELDS: &[&str] = &["name", "kind", "team", "events", "enabled", "version", "firing_only", "acknowledge"];

/// A channel as typed.
#[derive(Clone, PartialEq, Eq)]
pub struct ChannelInput {
    /// Its name.
    pub name: Name,
    /// How it carries messages.
    pub kind: Kind,
    /// What the kind must know and may be shown.
    pub settings: BTreeMap<String, String>,
    /// What the kind must know and is sealed; only what was typed.
    pub secrets: BTreeMap<String, String>,
    /// In which manner it speaks.
    pub manner: Manner,
    /// The team whose facts it hears; `None` for every team.
    pub team: Option<TeamId>,
    /// What it wants to hear by itself; where that is nothing, it hears only what routes and policies send to it by name.
    pub events: Vec<Notify>,
    /// Whether it is on.
    pub enabled: bool,
}

/// A channel that is there already: what an edit may leave out, and what it may not.
pub struct Present<'a> {
    /// Its kind: stays.
    pub kind: Kind,
    /// Its settings.
    pub settings: &'a BTreeMap<String, String>,
    /// Names of the secrets that it has.
    pub secrets: &'a [String],
}

impl ChannelInput {
    /// Reads `name`, `kind` (`webhook` where it is not given), the fields of the kind, those of the manner, `team` (an id, or
    /// `*` for all), `events` (repeatable), `enabled`. Of a channel that is there a secret that was left out stays.
    pub fn parse(typed: &Typed, present: Option<&Present<'_>>) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        let kind = match present {
            Some(present) => Some(present.kind),
            None if typed.get("kind").is_empty() => Some(Kind::Webhook),
            None => check.field("kind", |text| {
                let choices = || Kind::of_teams().map(Kind::name).collect::<Vec<_>>().join(", ");
                Kind::parse(text)
                    .filter(|kind| Kind::of_teams().any(|of_teams| of_teams == *kind))
                    .ok_or_else(|| Wording::new("expect-one-of").with("choices", choices()))
            }),
        };
        let name = check.field("name", Name::parse);
        let fields = kind.map(Kind::fields).unwrap_or_default();
        if kind.is_some() {
            let known = CHANNEL_FIELDS.iter().chain(MANNER_FIELDS).copied().chain(fields.iter().map(|field| field.name));
            check.only(&known.collect::<Vec<_>>());
        }
        let given = kind.and_then(|kind| read_kind(&mut check, typed, kind, present));
        let team = check.field("team", |text| {
            if text == "*" { Ok(None) } else { TeamId::parse(text).map(Some).ok_or_else(|| Wording::new("expect-id")) }
        });
        let choices = || match kind {
            Some(kind) => kind.choices(),
            None => Notify::choices().collect(),
        };
        let events = check.each("events", |text| {
            Notify::parse(text).filter(|n| choices().contains(n)).ok_or_else(|| {
                Wording::new("expect-one-of").with("choices", choices().into_iter().map(Notify::name).collect::<Vec<_>>().join(", "))
            })
        });
        let manner = Manner::read(&mut check, typed);
        let (name, kind, (settings, secrets), team, events, manner) = check.finish((name, kind, given, team, events, manner))?;
        let events = Notify::choices().filter(|n| events.contains(n)).collect();
        Ok(Self { name, kind, settings, secrets, manner, team, events, enabled: typed.has("enabled") })
    }
}

impl Kind {
    /// What a channel of this kind may choose among: Alertmanager's form knows alerts and what is like them only.
    pub fn choices(self) -> Vec<Notify> {
        let all = Notify::choices();
        match self {
            Self::Alertmanager => all.filter(|event| !event.name().starts_with("change.")).collect(),
            _ => all.collect(),
        }
    }
}

/// What may be shown, and what is sealed.
pub(super) type Given = (BTreeMap<String, String>, BTreeMap<String, String>);

/// Reads the fields of a kind; problems go to `check`.
pub(super) fn read_kind(check: &mut Check<'_>, typed: &Typed, kind: Kind, present: Option<&Present<'_>>) -> Option<Given> {
    let (mut settings, mut secrets, mut good) = (BTreeMap::new(), BTreeMap::new(), true);
    for field in kind.fields() {
        let empty = typed.get(field.name).trim().is_empty();
        let stays = field.secret && present.is_some_and(|present| present.secrets.iter().any(|name| name == field.name));
        if empty && (stays || !field.required) {
            continue;
        }
        match check.field(field.name, |text| kind.read(field.name, text)) {
            Some(value) if field.secret => drop(secrets.insert(field.name.to_owned(), value)),
            Some(value) => drop(settings.insert(field.name.to_owned(), value)),
            None => good = false,
        }
    }
    if let (true, Some(present)) = (good, present) {
        // A secret that nobody knows any more does not go to a place that somebody else chose.
        let moved = kind.fields().iter().any(|field| field.destination && settings.get(field.name) != present.settings.get(field.name));
        for field in kind.fields().iter().filter(|field| moved && field.secret) {
            if present.secrets.iter().any(|name| name == field.name) && !secrets.contains_key(field.name) {
                check.problem(field.name, Wording::new("expect-secret-again"));
                good = false;
            }
        }
    }
    good.then_some((settings, secrets))
}

/// Facets of the ledger; an empty list means any.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// States wanted.
    pub states: Vec<State>,
    /// Kinds of channels wanted.
    pub kinds: Vec<Kind>,
    /// Events wanted.
    pub events: Vec<Notify>,
    /// Of this channel.
    pub channel: Option<ChannelId>,
    /// To contact methods of this person.
    pub user: Option<UserId>,
    /// Of this incident.
    pub incident: Option<IncidentId>,
}

impl Filter {
    /// Reads the parameters `state`, `kind`, `event` (all repeatable), `channel`, `user`, `incident`.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        let states = words(&mut check, "state", State::ALL, State::name);
        let kinds = words(&mut check, "kind", Kind::ALL, Kind::name);
        let events = words(&mut check, "event", Notify::ALL, Notify::name);
        let channel = check.optional("channel", |text| ChannelId::parse(text).ok_or_else(|| Wording::new("expect-id")));
        let user = check.optional("user", |text| UserId::parse(text).ok_or_else(|| Wording::new("expect-id")));
        let incident = check.optional("incident", |text| IncidentId::parse(text).ok_or_else(|| Wording::new("expect-id")));
        let (states, kinds, events, channel, user, incident) = check.finish((states, kinds, events, channel, user, incident))?;
        Ok(Self { states, kinds, events, channel, user, incident })
    }
}

/// Words of a repeated parameter.
fn words<T: Copy>(check: &mut Check<'_>, field: &str, all: &[T], name: impl Fn(T) -> &'static str) -> Option<Vec<T>> {
    check.each(field, |text| {
        let choices = || all.iter().map(|word| name(*word)).collect::<Vec<_>>().join(", ");
        all.iter().copied().find(|word| name(*word) == text).ok_or_else(|| Wording::new("expect-one-of").with("choices", choices()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(fields: &[(&str, &str)]) -> Typed {
        let usual = [("name", "pager"), ("team", "*"), ("events", "alert.firing")];
        let mut typed = Typed::default();
        for (name, value) in usual.iter().chain(fields) {
            typed.set(*name, value);
        }
        typed
    }

    fn wrong(fields: &[(&str, &str)], present: Option<&Present<'_>>) -> Vec<String> {
        let Err(fault) = ChannelInput::parse(&typed(fields), present) else { return Vec::new() };
        assert!(!format!("{fault:?}").contains("hunter2"), "a secret is not repeated");
        fault.problems().iter().map(|p| p.field.clone()).collect()
    }

    #[test]
    fn every_problem_of_a_channel_is_told() {
        assert_eq!(wrong(&[("url", "ftp://x"), ("secret", "hunter2"), ("events", "alert.fired")], None), ["url", "secret", "events"]);
        assert_eq!(wrong(&[("kind", "pigeon")], None), ["kind"]);
        assert_eq!(wrong(&[("kind", "web-push")], None), ["kind"], "a browser belongs to a person");
        assert_eq!(wrong(&[("kind", "email"), ("to", "hunter")], None), ["to"]);
        assert_eq!(wrong(&[("kind", "slack")], None), ["hook"]);
        assert_eq!(wrong(&[("kind", "slack"), ("hook", "hunter2"), ("url", "https://x.org/hunter2")], None), ["url", "hook"]);
        assert_eq!(wrong(&[("kind", "telegram"), ("token", "hunter2")], None), ["token", "chat"]);
        assert_eq!(wrong(&[("kind", "alertmanager"), ("url", "https://x.org/"), ("events", "change.pending")], None), ["events"]);
        assert!(wrong(&[("kind", "dingtalk"), ("hook", "https://oapi.dingtalk.com/robot/send?access_token=x")], None).is_empty());
    }

    #[test]
    fn a_channel_may_want_nothing_by_itself() {
        let fields = [("name", "pager"), ("team", "*"), ("kind", "email"), ("to", "duty@x.org")];
        let typed = Typed::from_pairs(fields.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(ChannelInput::parse(&typed, None).ok().unwrap().events.is_empty());
    }

    #[test]
    fn a_secret_stays_unless_it_would_go_elsewhere() {
        let settings = BTreeMap::from([("chat".to_owned(), "1".to_owned())]);
        let present = Present { kind: Kind::Telegram, settings: &settings, secrets: &["token".to_owned()] };
        assert!(wrong(&[("chat", "2")], Some(&present)).is_empty());
        assert_eq!(wrong(&[("chat", "1"), ("api", "https://evil.example.org")], Some(&present)), ["token"]);
        let known = [("chat", "1"), ("api", "https://tg.example.org"), ("token", "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw")];
        assert!(wrong(&known, Some(&present)).is_empty());
        let kept = ChannelInput::parse(&typed(&[("chat", "2"), ("kind", "slack")]), Some(&present)).ok().unwrap();
        assert!(kept.kind == Kind::Telegram && kept.secrets.is_empty(), "a channel keeps its kind");
    }
}
