//! What people type after the fact, and what the API sends.

use super::TimeKind;
use crate::{
    Fault, Timestamp, Wording,
    form::{Check, Typed},
    id::UserId,
    incidents::{filter::one_of, moment},
    text::{Name, Prose},
};

/// Names of the fields of a review.
pub const REVIEW_FIELDS: &[&str] = &["summary", "went_well", "went_badly", "causes", "version"];
/// Names of the fields of an action.
pub const ACTION_FIELDS: &[&str] = &["action", "owner", "due", "zone"];

/// A moment is corrected, or no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correcting {
    /// Which.
    pub what: TimeKind,
    /// When it really was; `None`: the facts were right.
    pub at: Option<Timestamp>,
    /// Why.
    pub reason: Name,
}

impl Correcting {
    /// Reads `what`, `at` (RFC 3339, or wall time in `zone`; empty: by the facts) and `reason`.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(&["what", "at", "zone", "reason"]);
        let what = check.field("what", |text| TimeKind::parse(text).ok_or_else(|| one_of(TimeKind::ALL.iter().map(|k| k.name()))));
        let at = check.optional("at", |text| moment(text, typed.get("zone")));
        let reason = check.field("reason", Name::parse);
        let (what, at, reason) = check.finish((what, at, reason))?;
        Ok(Self { what, at, reason })
    }
}

/// What is written in a review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewInput {
    /// What happened.
    pub summary: Prose,
    /// What went well.
    pub went_well: Prose,
    /// What went badly.
    pub went_badly: Prose,
    /// What contributed to it.
    pub causes: Prose,
    /// What is written in the sections of its template, one by one, instead of the four above.
    pub sections: Vec<Prose>,
    /// The version that was read; `None` where whoever asks means the present one.
    pub version: Option<i64>,
}

impl ReviewInput {
    /// Reads the [`REVIEW_FIELDS`]; all may be empty. Where the review has so many sections of a template, `asked` above 0, it reads
    /// these instead: as texts in `sections`, one for each, or as fields `sections[i]`.
    pub fn parse(typed: &Typed, asked: usize) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        let places: Vec<String> = (0..asked).map(|i| format!("sections[{i}]")).collect();
        let own: Vec<&str> = places.iter().map(String::as_str).chain(["sections", "version"]).collect();
        check.only(if asked > 0 { &own } else { REVIEW_FIELDS });
        let summary = check.field("summary", Prose::parse);
        let went_well = check.field("went_well", Prose::parse);
        let went_badly = check.field("went_badly", Prose::parse);
        let causes = check.field("causes", Prose::parse);
        let sections: Option<Vec<Prose>> = match typed.all("sections") {
            [] => places.iter().map(|place| check.field(place, Prose::parse)).collect(),
            listed => {
                if asked > 0 && listed.len() != asked {
                    check.wrong("sections", &listed.len().to_string(), Wording::new("incidents-expect-texts").with("count", asked));
                }
                listed.iter().map(|text| Prose::parse(text).map_err(|wrong| check.wrong("sections", text, wrong)).ok()).collect()
            }
        };
        let version = if typed.get("version").is_empty() { Some(None) } else { check.number("version", 0, i64::MAX).map(Some) };
        let (summary, went_well, went_badly, causes, sections, version) =
            check.finish((summary, went_well, went_badly, causes, sections, version))?;
        Ok(Self { summary, went_well, went_badly, causes, sections, version })
    }
}

/// What is to be done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionInput {
    /// What.
    pub text: Name,
    /// By whom.
    pub owner: UserId,
    /// By when.
    pub due: Timestamp,
}

impl ActionInput {
    /// Reads `action`, `owner` (an id, or `me`) and `due` (RFC 3339, or wall time in `zone`).
    pub fn parse(typed: &Typed, me: Option<&UserId>) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(ACTION_FIELDS);
        let text = check.field("action", Name::parse);
        let owner = check.field("owner", |text| match (text, me) {
            ("me", Some(me)) => Ok(me.clone()),
            (text, _) => UserId::parse(text).ok_or_else(|| Wording::new("expect-id")),
        });
        let due = check.field("due", |text| moment(text, typed.get("zone")));
        let (text, owner, due) = check.finish((text, owner, due))?;
        Ok(Self { text, owner, due })
    }
}

/// Which actions a list shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ActionFilter {
    /// Only those of whoever asks.
    pub mine: bool,
    /// Only those that are late.
    pub overdue: bool,
    /// Those that were done or dropped as well.
    pub all: bool,
}

impl ActionFilter {
    /// Reads `mine`, `overdue`, `all`: there, or not.
    pub fn parse(typed: &Typed) -> Self {
        let on = |name: &str| !typed.get(name).is_empty();
        Self { mine: on("mine"), overdue: on("overdue"), all: on("all") }
    }
}
