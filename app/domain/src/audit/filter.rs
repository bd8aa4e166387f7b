//! Which rows of the trail a list holds, and what checking the chain found.

use serde::{Deserialize, Serialize};

use crate::{
    Fault, Timestamp, Wording,
    form::{Check, Typed},
    id::TeamId,
};

/// Which rows a list holds; an empty text or `None` does not narrow it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditFilter {
    /// Part of the actor's name, in any case, or the whole id.
    pub actor: String,
    /// The beginning of the act: `change` finds `change.approve` too.
    pub act: String,
    /// The noun, e.g. `incident`.
    pub kind: String,
    /// Id of the object.
    pub object: String,
    /// The team.
    pub team: Option<TeamId>,
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
}

impl AuditFilter {
    /// Reads the parameters `actor`, `act`, `kind`, `object`, `team`, `from`, `to`; moments as `moment` reads them.
    pub fn parse(typed: &Typed, moment: impl Fn(&str) -> Option<Timestamp>) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        let word = |text: &str| -> Result<String, Wording> {
            let text = text.trim();
            if text.chars().count() <= 120 { Ok(text.to_owned()) } else { Err(Wording::new("expect-at-most-characters").with("max", 120)) }
        };
        let time = |text: &str| moment(text).ok_or_else(|| Wording::new("expect-time"));
        let actor = check.field("actor", word);
        let act = check.field("act", word);
        let kind = check.field("kind", word);
        let object = check.field("object", word);
        let team = check.optional("team", |id| TeamId::parse(id).ok_or_else(|| Wording::new("expect-id")));
        let from = check.optional("from", time);
        let to = check.optional("to", time);
        let (actor, act, kind, object, team, from, to) = check.finish((actor, act, kind, object, team, from, to))?;
        Ok(Self { actor, act, kind, object, team, from, to })
    }
}

/// What is wrong with the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Damage {
    /// The row does not carry the hash of its content on top of the row before: one of both was edited.
    Edited,
    /// The row is not there.
    Missing,
    /// The rows end before, or go beyond, what the head says; or the head is not in the portal's hand.
    Truncated,
    /// The trail is whole, but not the one that was noted: an older or another one.
    Another,
}

/// How many rows there are and the hash of the last one, written `COUNT:HASH`. Kept elsewhere, it shows later whether the
/// trail still begins with these rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Rows.
    pub rows: i64,
    /// Hash of the last of them.
    pub hash: String,
}

impl Mark {
    /// Reads `COUNT:HASH`.
    pub fn parse(text: &str) -> Option<Self> {
        let (rows, hash) = text.trim().split_once(':')?;
        let rows = rows.parse().ok().filter(|rows| *rows > 0)?;
        (hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit())).then(|| Self { rows, hash: hash.to_ascii_lowercase() })
    }
}

/// What checking the whole chain found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Verdict {
    /// Rows that were checked.
    pub rows: i64,
    /// Those of them from before there was a key: their hashes show mistakes, but not somebody who computes them anew.
    pub plain: i64,
    /// Hash of the last row.
    pub head: String,
    /// The first thing that is wrong: the row's number and what.
    pub broken: Option<(i64, Damage)>,
}

impl Verdict {
    /// What to note elsewhere, `COUNT:HASH`: a later rewriting of the whole chain, or an older copy in its place, shows.
    pub fn mark(&self) -> String {
        format!("{}:{}", self.rows, self.head)
    }

    /// Whether the chain is whole.
    pub fn is_whole(&self) -> bool {
        self.broken.is_none()
    }
}
