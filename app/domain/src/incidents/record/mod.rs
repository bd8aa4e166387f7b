//! The record of an incident: entries told later than they happened, comments written anew, and [files](crate::files).

mod port;

use serde::{Deserialize, Serialize};

use super::Entry;
use crate::{
    Fault, Timestamp, Wording,
    form::{Check, Typed},
    text::{Name, Prose},
    time::DAY,
};
pub use port::Record;

/// How long before the incident was opened an entry may lie, in milliseconds.
pub const BACK_MS: i64 = 30 * DAY;

/// A comment: what is said, and of which moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// Markdown.
    pub text: Prose,
    /// The moment that it tells of; `None` for now.
    pub at: Option<Timestamp>,
}

impl Remark {
    /// Reads `text`, and `at` (RFC 3339, or wall time in `zone`; may be empty), which lies in the past and not long before
    /// the incident was opened.
    pub fn parse(typed: &Typed, opened: Timestamp, now: Timestamp) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(super::COMMENT_FIELDS);
        let text = check.field("text", said);
        let at = check.optional("at", |text| {
            let at = super::moment(text, typed.get("zone"))?;
            if at <= now && at >= opened.plus(-BACK_MS) { Ok(at) } else { Err(Wording::new("incidents-expect-earlier")) }
        });
        let (text, at) = check.finish((text, at))?;
        Ok(Self { text, at })
    }
}

/// Reads `text` of a comment that is written anew.
pub fn read_rewrite(typed: &Typed) -> Result<Prose, Fault> {
    let mut check = Check::new(typed);
    check.only(&["text"]);
    let text = check.field("text", said);
    let (text,) = check.finish((text,))?;
    Ok(text)
}

fn said(text: &str) -> Result<Prose, Wording> {
    if text.trim().is_empty() { Err(Wording::new("expect-something")) } else { Prose::parse(text) }
}

/// Reads `reason`: why something is taken away or corrected.
pub fn read_reason(typed: &Typed) -> Result<Name, Fault> {
    let mut check = Check::new(typed);
    check.only(&["reason"]);
    let reason = check.field("reason", Name::parse);
    let (reason,) = check.finish((reason,))?;
    Ok(reason)
}

/// What a comment said before it was written anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EntryVersion {
    /// What it said, Markdown.
    pub text: String,
    /// When something else was written in its place.
    pub replaced_at: Timestamp,
}

/// An entry with what it said before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EntryHistory {
    /// As it stands.
    pub entry: Entry,
    /// What it said before, oldest first.
    pub before: Vec<EntryVersion>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_lies_in_the_past() {
        let typed = |at: &str| Typed::from_pairs([("text".to_owned(), "x".to_owned()), ("at".to_owned(), at.to_owned())]);
        let (opened, now) = (Timestamp(100 * DAY), Timestamp(101 * DAY));
        assert_eq!(Remark::parse(&typed(&opened.rfc3339()), opened, now).unwrap().at, Some(opened));
        assert_eq!(Remark::parse(&typed(""), opened, now).unwrap().at, None);
        for at in [now.plus(1_000), opened.plus(-BACK_MS - 1)] {
            assert_eq!(Remark::parse(&typed(&at.rfc3339()), opened, now).unwrap_err().problems()[0].field, "at");
        }
    }
}
