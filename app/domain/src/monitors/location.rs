//! Where checks are run from: here, and wherever an agent of ours says that it is.
//!
//! **Architecture invariant:** a location that is lost knows nothing. Whatever it said last, it counts neither for nor
//! against a target; that it is lost is an alert of its own.

use serde::{Deserialize, Serialize};

use super::{CheckResult, State, Target};
use crate::{
    Actor, Fault, Timestamp, Wording,
    form::{Check, Typed, whole},
    id::{LocationId, MonitorId, TeamId},
    text::Name,
};

/// After so many milliseconds of silence a location is lost.
pub const LOST_MS: i64 = 90_000;
/// How the place is written where the portal itself runs.
pub const HERE: &str = "here";
/// Places that a monitor can name.
const MOST: usize = 10;

/// A place from which checks are run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, example = "here"))]
#[serde(try_from = "String", into = "String")]
pub struct Place(Option<LocationId>);

impl Place {
    /// Where the portal itself runs.
    pub const fn here() -> Self {
        Self(None)
    }

    /// Where an agent runs.
    pub fn at(location: LocationId) -> Self {
        Self(Some(location))
    }

    /// Reads `here` or the id of a location.
    pub fn parse(text: &str) -> Option<Self> {
        if text == HERE { Some(Self(None)) } else { LocationId::parse(text).map(|id| Self(Some(id))) }
    }

    /// The location; `None` for here.
    pub fn location(&self) -> Option<&LocationId> {
        self.0.as_ref()
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            None => f.write_str(HERE),
            Some(id) => f.write_str(id.as_str()),
        }
    }
}

impl From<Place> for String {
    fn from(place: Place) -> Self {
        place.to_string()
    }
}

impl TryFrom<String> for Place {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| "neither here nor the id of a location".to_owned())
    }
}

/// From where a monitor is checked, and how many of those must say *down*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Places {
    /// The places, `here` first; never none.
    pub places: Vec<Place>,
    /// *Down* when so many say so.
    pub quorum: u32,
}

impl Default for Places {
    fn default() -> Self {
        Self { places: vec![Place::here()], quorum: 1 }
    }
}

impl Places {
    /// Reads `locations` (repeated; none for here) and `quorum` (1).
    pub(super) fn parse(check: &mut Check<'_>) -> Option<Self> {
        let places = check.each("locations", |text| Place::parse(text).ok_or_else(|| Wording::new("expect-id")));
        let quorum = check.optional("quorum", |text| whole(text, 1, 10));
        let mut places = places?;
        places.sort();
        places.dedup();
        if places.is_empty() {
            places.push(Place::here());
        }
        if places.len() > MOST {
            check.problem("locations", Wording::new("monitors-expect-few-locations").with("max", MOST));
        }
        let quorum = quorum?.unwrap_or(1);
        if usize::try_from(quorum).is_ok_and(|quorum| quorum > places.len()) {
            check.problem("quorum", Wording::new("expect-between").with("min", 1).with("max", places.len()));
        }
        Some(Self { places, quorum })
    }

    /// Whether it is checked from here alone, as most are.
    pub fn is_here(&self) -> bool {
        self.places.len() == 1 && self.has(&Place::here())
    }

    /// Whether it is checked from there.
    pub fn has(&self, place: &Place) -> bool {
        self.places.contains(place)
    }

    /// As it is stored: parted by blanks.
    pub fn write(&self) -> String {
        self.places.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    /// Reads what was stored.
    pub fn read(text: &str, quorum: u32) -> Self {
        let places: Vec<Place> = text.split(' ').filter_map(Place::parse).collect();
        if places.is_empty() { Self::default() } else { Self { places, quorum: quorum.max(1) } }
    }

    /// What all places together say. *Down* where enough say so; *up* where somebody says so and not enough the contrary;
    /// where nobody who is left says *up*, nobody knows.
    pub fn verdict(&self, states: impl IntoIterator<Item = State>) -> super::Verdict {
        let (mut up, mut down) = (0_u32, 0_u32);
        for state in states {
            match state {
                State::Up => up += 1,
                State::Down => down += 1,
                State::New | State::Unknown => {}
            }
        }
        if down >= self.quorum {
            super::Verdict::Down
        } else if up > 0 {
            super::Verdict::Up
        } else {
            super::Verdict::Unknown
        }
    }
}

/// A location as a person sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Location {
    /// Its id.
    pub id: LocationId,
    /// Its name, e.g. `Frankfurt`.
    pub name: String,
    /// The team that is told when it is lost.
    pub team: TeamId,
    /// Name of that team.
    pub team_name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its agent was last heard of; `null` before the first time.
    pub seen_at: Option<Timestamp>,
    /// The version of its agent.
    pub version: String,
    /// Milliseconds from the last result of its agent to its arrival here.
    pub lag_ms: i64,
    /// Monitors that name it.
    pub monitors: i64,
    /// Grows with every edit; an edit names the one it began from.
    pub revision: i64,
}

impl Location {
    /// Whether it is lost: its agent was there, and is not any more.
    pub fn is_lost(&self, now: Timestamp) -> bool {
        self.seen_at.is_some_and(|seen| now.since(seen) > LOST_MS)
    }
}

/// A location as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocationDraft {
    /// Its name.
    pub name: Name,
    /// The team that is told when it is lost.
    pub team: TeamId,
}

impl LocationDraft {
    /// Reads `name` and `team` (id); an edit names its `revision`, too.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(&["name", "team", "revision"]);
        let name = check.field("name", Name::parse);
        let team = check.field("team", |text| TeamId::parse(text).ok_or_else(|| Wording::new("expect-id")));
        let (name, team) = check.finish((name, team))?;
        Ok(Self { name, team })
    }
}

/// A location just made: the only time that its token is told.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewLocation {
    /// Its id.
    pub id: LocationId,
    /// What its agent shows: it may fetch what it is to check, and report; nothing else.
    pub token: String,
}

/// What one place knows of a monitor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlaceStanding {
    /// The place.
    pub place: Place,
    /// Its name; empty for here.
    pub name: String,
    /// What it believes; *unknown* where it is lost.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// Whether it is lost.
    pub lost: bool,
    /// Its last results, oldest first; at most 60.
    pub recent: Vec<CheckResult>,
}

/// What an agent is to check.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Assignment {
    /// The monitor.
    pub monitor: MonitorId,
    /// The version of it that a result is of.
    pub version: i64,
    /// What is checked.
    pub target: Target,
    /// The secret that goes with it.
    pub secret: Option<String>,
}

/// Everything that an agent is to check.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Assignments {
    /// Another one says that something has changed.
    pub tag: String,
    /// Each monitor; none where the tag is the one that was asked with, because nothing has changed.
    pub monitors: Vec<Assignment>,
}

/// One result of an agent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reported {
    /// The monitor.
    pub monitor: MonitorId,
    /// Its version when it was asked.
    pub version: i64,
    /// What was found; its moment is by the agent's clock.
    pub result: CheckResult,
}

/// Results of an agent, in the order in which they were found. A batch whose number is not above the last of its session
/// has been counted already.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Report {
    /// Drawn anew whenever the agent starts.
    pub session: String,
    /// Counts up by one with every batch of a session, from 1.
    pub number: i64,
    /// The moment of sending by the agent's clock.
    pub sent_at: Timestamp,
    /// The version of the agent.
    pub version: String,
    /// At most 1,000; none says only that it is alive.
    pub results: Vec<Reported>,
}

/// The port of locations; `backend` implements it.
#[async_trait::async_trait]
pub trait Locations: Send + Sync {
    /// Every location, by name. Whoever is logged in may know where checks are run from.
    async fn locations(&self, actor: &Actor) -> Result<Vec<Location>, Fault>;

    /// Makes a location. Needs `settings.manage`.
    async fn create(&self, actor: &Actor, typed: &Typed) -> Result<NewLocation, Fault>;

    /// Gives a location another name and team; where it is lost, the alert that says so goes with it. Where `revision` names another
    /// than the present one, `Conflict`. Needs `settings.manage`.
    async fn edit(&self, actor: &Actor, id: &LocationId, typed: &Typed) -> Result<Location, Fault>;

    /// Gives a location a new token; the old one is dead at once. Needs `settings.manage`.
    async fn renew(&self, actor: &Actor, id: &LocationId) -> Result<NewLocation, Fault>;

    /// Deletes a location that no monitor names any more. Needs `settings.manage`.
    async fn delete(&self, actor: &Actor, id: &LocationId) -> Result<(), Fault>;

    /// What each place knows of a monitor; empty where it is checked from here alone.
    async fn places(&self, actor: &Actor, id: &MonitorId) -> Result<Vec<PlaceStanding>, Fault>;

    /// What the agent with this token is to check. Where it knows of `tag` already, the answer waits (25 s at most) until
    /// something has changed.
    async fn assignments(&self, token: &str, tag: &str) -> Result<Assignments, Fault>;

    /// Takes results of the agent with this token; how many counted. Durable when this returns.
    async fn report(&self, token: &str, report: Report) -> Result<u64, Fault>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitors::Verdict;

    #[test]
    fn enough_say_down_and_nobody_who_is_lost_says_anything() {
        let of = |quorum, letters: &str| {
            let states = letters.chars().map(|letter| match letter {
                'u' => State::Up,
                'd' => State::Down,
                _ => State::Unknown,
            });
            Places { places: Vec::new(), quorum }.verdict(states)
        };
        assert_eq!(of(1, "uud"), Verdict::Down);
        assert_eq!(of(2, "uud"), Verdict::Up);
        assert_eq!(of(2, "udd"), Verdict::Down);
        assert_eq!(of(2, "?d"), Verdict::Unknown, "one is not enough, and nobody says up");
        assert_eq!(of(2, "?u"), Verdict::Up);
        assert_eq!(of(1, "??"), Verdict::Unknown);
    }

    #[test]
    fn places_are_read_and_written() {
        let id = "0193f2a0-7b1c-7def-8abc-0123456789ab";
        let mut typed = Typed::default();
        typed.add("locations", id);
        typed.add("locations", HERE);
        typed.set("quorum", 2);
        let mut check = Check::new(&typed);
        let places = Places::parse(&mut check).unwrap();
        assert_eq!(places.write(), format!("here {id}"));
        assert_eq!(Places::read(&places.write(), 2), places);
        assert!(Places::read("", 1).is_here());
        typed.set("quorum", 3);
        let mut check = Check::new(&typed);
        Places::parse(&mut check);
        assert!(!check.is_clean());
    }
}
