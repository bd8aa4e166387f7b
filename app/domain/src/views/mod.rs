//! Saved views: a list as somebody wants to see it again, under a name.
//!
//! A view is what the address of a list says: which ones, drawn how. It belongs to a person, or is shared with a team; it names no
//! day, so that it shows today whenever it is opened. **Invariant:** what is stored reads as the list itself would read it, and is
//! always written alike, so that a page can tell whether it is being shown.

mod port;

pub use port::Views;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    Actor, Fault, Permission, Wording,
    changes::{Filter, LaneBy, Shape},
    form::{Check, Typed},
    id::{TeamId, ViewId},
    text::Name,
    words::words,
};

/// Most views that a person has, and that a team has, of one list.
pub const MOST: i64 = 50;
/// Bytes of an address that are kept.
const LONGEST: usize = 1_000;

words! {
    /// A list that can be kept as a view.
    pub enum Place {
        /// The calendar of changes.
        Changes = "changes",
    }
}

impl Place {
    /// The path of the list.
    pub fn path(self) -> &'static str {
        match self {
            Self::Changes => "/changes",
        }
    }

    /// Who shares a view of it with a team.
    pub fn shared_by(self) -> Permission {
        match self {
            Self::Changes => Permission::RequestChanges,
        }
    }

    /// The parameters that are kept, in the order in which they are written.
    fn kept(self) -> &'static [&'static str] {
        match self {
            Self::Changes => &["view", "by", "days", "q", "team", "system", "state", "risk", "quiet"],
        }
    }

    /// Whether the list would read this.
    fn reads(self, typed: &Typed) -> Result<(), Wording> {
        let first =
            |fault: Fault| fault.problems().first().map_or_else(|| Wording::new("views-expect-query"), |found| found.expected.clone());
        match self {
            Self::Changes => {
                let (days, quiet) = (typed.get("days"), typed.get("quiet"));
                Shape::read(typed.get("view"))?;
                LaneBy::read(typed.get("by"))?;
                if !days.is_empty() && !days.parse().is_ok_and(|days| (1..=31).contains(&days)) {
                    return Err(Wording::new("expect-between").with("min", 1).with("max", 31));
                }
                if !quiet.is_empty() && quiet != "on" {
                    return Err(Wording::new("expect-one-of").with("choices", "on"));
                }
                Filter::parse(typed).map(|_| ()).map_err(first)
            }
        }
    }

    /// What of a query, or of a whole address, is kept: known parameters that say something, always written alike.
    ///
    /// # Errors
    /// What the list would not read.
    pub fn tidy(self, text: &str) -> Result<String, Wording> {
        let query = text.trim();
        let query = query.split_once('?').map_or(query, |(_, query)| query);
        let query = query.split_once('#').map_or(query, |(query, _)| query);
        let pairs: BTreeSet<(usize, String, String)> = form_urlencoded::parse(query.as_bytes())
            .filter_map(|(name, value)| {
                let place = self.kept().iter().position(|kept| *kept == name)?;
                let value = value.trim().to_owned();
                (!value.is_empty()).then(|| (place, name.into_owned(), value))
            })
            .collect();
        self.reads(&Typed::from_pairs(pairs.iter().map(|(_, name, value)| (name.clone(), value.clone()))))?;
        let mut written = form_urlencoded::Serializer::new(String::new());
        // A bare address is where the view lies that a person prefers: what shows everything says so.
        if self == Self::Changes && !pairs.iter().any(|(_, name, _)| name == "view") {
            written.append_pair("view", Shape::Lanes.name());
        }
        for (_, name, value) in pairs {
            written.append_pair(&name, &value);
        }
        let written = written.finish();
        if written.len() > LONGEST { Err(Wording::new("expect-at-most-characters").with("max", LONGEST)) } else { Ok(written) }
    }
}

/// A view as it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SavedView {
    /// Its id.
    pub id: ViewId,
    /// What it says.
    #[serde(flatten)]
    pub content: ViewContent,
    /// Who made it.
    pub owner: String,
    /// Whether that is the reader.
    pub mine: bool,
    /// Name of the team that it is shared with; empty where it is not.
    pub team_name: String,
    /// Whether the reader sees it where the list is opened without saying more.
    pub preferred: bool,
    /// Counts edits from 1.
    pub version: i64,
}

impl SavedView {
    /// Whether somebody who may read it may also change and remove it: it is theirs, or they manage the team that it is shared with.
    pub fn editable_by(&self, actor: &Actor) -> bool {
        self.mine || self.content.team.as_ref().is_some_and(|team| actor.may(Permission::ManagePeople, team))
    }

    /// The address of what it shows, within the portal.
    pub fn address(&self) -> String {
        format!("{}?{}", self.content.place.path(), self.content.query)
    }
}

/// What a view says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ViewContent {
    /// Which list.
    pub place: Place,
    /// Its name.
    pub name: String,
    /// What the address of the list says, without a question mark.
    pub query: String,
    /// The team that it is shared with; absent where it is its owner's alone.
    pub team: Option<TeamId>,
}

impl ViewContent {
    /// Reads `place`, `name`, `query`, `team`.
    ///
    /// # Errors
    /// [`Fault::Invalid`] names every field that is wrong.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(&["place", "name", "query", "team", "preferred", "version"]);
        let places: Vec<(&str, Place)> = Place::ALL.iter().map(|place| (place.name(), *place)).collect();
        let place = check.choice("place", &places);
        let name = check.field("name", Name::parse);
        let query = check.field("query", |text| place.map_or_else(|| Ok(String::new()), |place| place.tidy(text)));
        let team = check.optional("team", |text| TeamId::parse(text.trim()).ok_or_else(|| Wording::new("changes-expect-team")));
        let (place, name, query, team) = check.finish((place, name, query, team))?;
        Ok(Self { place, name: name.into_string(), query, team })
    }

    /// The same as form fields.
    pub fn to_typed(&self) -> Typed {
        let mut typed = Typed::default();
        typed.set("place", self.place);
        typed.set("name", &self.name);
        typed.set("query", &self.query);
        typed.set("team", self.team.as_ref().map_or("", TeamId::as_str));
        typed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tidy(text: &str) -> Result<String, Wording> {
        Place::Changes.tidy(text)
    }

    #[test]
    fn an_address_is_written_alike_whatever_its_order() {
        assert_eq!(
            tidy("/changes?state=pending&view=week&q=&date=2025-03-14&state=approved").unwrap(),
            "view=week&state=approved&state=pending"
        );
        assert_eq!(tidy("state=approved&state=pending&state=approved&view=week").unwrap(), "view=week&state=approved&state=pending");
        assert_eq!(tidy("").unwrap(), "view=lanes");
        assert_eq!(tidy("days=1&by=system").unwrap(), "view=lanes&by=system&days=1");
        assert_eq!(tidy("?q=%E5%B0%81%E7%BD%91+a%26b").unwrap(), "view=lanes&q=%E5%B0%81%E7%BD%91+a%26b");
        assert_eq!(tidy("view=month&after=x&utm=1#here").unwrap(), "view=month");
    }

    #[test]
    fn what_the_list_would_not_read_is_no_view() {
        for wrong in ["view=spiral", "days=90", "state=done", "team=mine", "quiet=yes"] {
            assert!(tidy(wrong).is_err(), "{wrong}");
        }
        assert!(tidy(&format!("q={}", "a".repeat(121))).is_err());
        let many: String = (0..40).map(|n| format!("&system=00000000-0000-7000-8000-0000000000{n:02x}")).collect();
        assert_eq!(tidy(&many).unwrap_err().key, "expect-at-most-characters");
    }

    #[test]
    fn every_wrong_field_is_named() {
        let typed = Typed::from_pairs([("place", "nowhere"), ("name", ""), ("team", "x")].map(|(a, b)| (a.to_owned(), b.to_owned())));
        let fields: Vec<_> = ViewContent::parse(&typed).unwrap_err().problems().iter().map(|p| p.field.clone()).collect();
        assert_eq!(fields, ["place", "name", "team"]);
        let right =
            Typed::from_pairs([("place", "changes"), ("name", "Mine"), ("query", "view=week")].map(|(a, b)| (a.to_owned(), b.to_owned())));
        let content = ViewContent::parse(&right).unwrap();
        assert_eq!(ViewContent::parse(&content.to_typed()).unwrap(), content);
    }
}
