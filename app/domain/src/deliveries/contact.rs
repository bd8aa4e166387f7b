//! How a person is reached: contact methods, which belong to nobody else.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Kind, MANNER_FIELDS, Manner,
    input::{Present, read_kind},
};
use crate::{
    Fault, Timestamp, Wording,
    alerts::Severity,
    form::{Check, Typed},
    id::{ChannelId, UserId},
    text::Name,
    time::MINUTE,
};

/// How long a code verifies, and how many wrong ones are looked at.
pub const CODE_LASTS_MS: i64 = 15 * MINUTE;
/// See [`CODE_LASTS_MS`].
pub const CODE_TRIES: i64 = 5;
/// Most contact methods of one person.
pub const CONTACTS: usize = 20;

/// Names of the fields of a contact method, beside those of its kind and those of every manner.
const FIELDS: &[&str] = &["name", "kind", "enabled", "version", "reserve"];

/// One way to reach a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Contact {
    /// Its id: a channel of its own.
    pub id: ChannelId,
    /// Whose it is.
    pub user: UserId,
    /// How the person calls it, e.g. `phone`.
    pub name: String,
    /// How it carries messages.
    pub kind: Kind,
    /// Where messages go, as far as it may be told.
    pub target: String,
    /// What its kind must know and may be shown.
    pub settings: BTreeMap<String, String>,
    /// In which manner it speaks.
    pub manner: Manner,
    /// Whether it is used.
    pub enabled: bool,
    /// Whether it is the mail address of the account: it follows that, and can be turned off but not removed.
    pub account: bool,
    /// Its place among those of the person.
    pub place: i64,
    /// When the person proved that messages arrive there; nothing but the code is sent before.
    pub verified_at: Option<Timestamp>,
    /// Since when nothing arrives through it.
    pub failing_since: Option<Timestamp>,
    /// Counts edits.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A contact method as typed.
#[derive(Clone, PartialEq, Eq)]
pub struct ContactInput {
    /// How the person calls it.
    pub name: Name,
    /// How it carries messages.
    pub kind: Kind,
    /// What the kind must know and may be shown.
    pub settings: BTreeMap<String, String>,
    /// What the kind must know and is sealed; only what was typed.
    pub secrets: BTreeMap<String, String>,
    /// In which manner it speaks.
    pub manner: Manner,
    /// Whether it is used.
    pub enabled: bool,
}

impl Kind {
    /// Whether a code must prove that messages arrive where the person says: what reaches other people could be used to
    /// pester them.
    pub fn needs_code(self) -> bool {
        matches!(self, Self::Email | Self::Telegram)
    }
}

impl ContactInput {
    /// Reads `name`, `kind`, the fields of the kind, those of the manner that concern a person, `enabled`.
    pub fn parse(typed: &Typed, present: Option<&Present<'_>>) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        let kind = match present {
            Some(present) => Some(present.kind),
            None => check.field("kind", |text| {
                let choices = || Kind::OF_PERSONS.map(Kind::name).join(", ");
                Kind::parse(text)
                    .filter(|kind| Kind::OF_PERSONS.contains(kind))
                    .ok_or_else(|| Wording::new("expect-one-of").with("choices", choices()))
            }),
        };
        let name = check.field("name", Name::parse);
        if let Some(kind) = kind {
            let known = FIELDS.iter().chain(MANNER_FIELDS).copied().chain(kind.fields().iter().map(|field| field.name));
            check.only(&known.collect::<Vec<_>>());
        }
        let given = kind.and_then(|kind| read_kind(&mut check, typed, kind, present));
        let manner = Manner::read(&mut check, typed);
        let (name, kind, (settings, secrets), manner) = check.finish((name, kind, given, manner))?;
        Ok(Self { name, kind, settings, secrets, manner, enabled: typed.has("enabled") })
    }
}

/// The six digits that a keyed hash stands for.
pub fn code_of(mac: &str) -> String {
    let number = mac.bytes().take(16).fold(0_u64, |number, byte| number.wrapping_mul(31).wrapping_add(u64::from(byte)));
    format!("{:06}", number % 1_000_000)
}

/// As whom a signed link acknowledges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkAs {
    /// As this person: the one it was sent to, or who came by the link of a channel and is logged in.
    Person(String),
    /// By way of this channel, whose readers may.
    Channel(String),
    /// Nobody yet: whoever came by the link of a channel has to log in.
    LogIn,
}

/// What a signed link acknowledges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// As whom.
    pub who: LinkAs,
    /// What it is about; where the message told of several, the worst of them.
    pub about: LinkTold,
    /// When all of that was acknowledged, by whomever.
    pub acknowledged_at: Option<Timestamp>,
    /// Its page.
    pub path: String,
    /// Where the message told of several alerts or incidents: each of them that the reader may see.
    pub told: Vec<LinkTold>,
    /// How many more alerts it told of by their number alone; the link does not acknowledge those.
    pub beyond: u64,
}

/// One of several alerts or incidents that a message told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkTold {
    /// The number of an incident; `None` of an alert.
    pub number: Option<i64>,
    /// Its title.
    pub title: String,
    /// What is said of the title in each language, as [`crate::alerts::title_told`] reads it; empty where it is one alone.
    pub told: String,
    /// How bad it is.
    pub severity: Severity,
    /// Whether it is over.
    pub over: bool,
    /// When it was acknowledged, by whomever.
    pub acknowledged_at: Option<Timestamp>,
    /// Its page.
    pub path: String,
    /// The page of the incident of an alert, which is acknowledged with it.
    pub incident: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_six_digits() {
        for mac in ["", "00", "ffffffffffffffffffff", "0123456789abcdef"] {
            let code = code_of(mac);
            assert!(code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()), "{code}");
        }
        assert_ne!(code_of("0123456789abcdef"), code_of("1123456789abcdef"));
    }

    #[test]
    fn persons_are_not_reached_by_what_belongs_to_a_room() {
        let typed = Typed::from_pairs([("name", "room"), ("kind", "slack")].map(|(k, v)| (k.to_owned(), v.to_owned())));
        assert!(ContactInput::parse(&typed, None).is_err_and(|fault| fault.problems()[0].field == "kind"));
    }
}
