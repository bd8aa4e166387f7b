//! Escalations: who is paged for an incident, step after step, until somebody acknowledges it.
//!
//! A *policy* belongs to a team and counts for all its systems, or for some. Its steps say after which delay whom to page,
//! and for which severities; the steps of one severity are its *ladder*. A *run* climbs the ladder of one incident; a
//! schedule in it is asked who is on call at the moment of the step. It ends with a reason.

mod input;
mod ladder;
mod port;

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    alerts::Severity,
    id::{ChannelId, EscalationId, IncidentId, PolicyId, ScheduleId, TeamId, UserId},
    incidents::SystemRef,
    words::words,
};
pub use input::{MOST_STEPS, StepSheet, Steps, read_target};
pub use ladder::{Place, Rung};
pub use port::Escalations;

words! {
    /// Where a run stands, and why it ended.
    pub enum Progress {
        /// It climbs.
        Running = "running",
        /// Somebody acknowledged the incident, or an alert of it.
        Acknowledged = "acknowledged",
        /// The incident is over.
        Resolved = "resolved",
        /// Every step was taken as often as the policy says, and nobody acknowledged.
        Exhausted = "exhausted",
        /// Another run counts: the incident got worse, or turned out to be another that goes on.
        Replaced = "replaced",
    }
    /// Why a page reaches nobody.
    pub enum Trouble {
        /// The schedule has a gap.
        Gap = "gap",
        /// The person has no contact method that is on and verified.
        NoContact = "no-contact",
        /// The person's account is disabled, or may not work on incidents of the team.
        Absent = "absent",
        /// The channel is off.
        Off = "off",
        /// Whom the policy names is not there any more.
        Gone = "gone",
        /// The team has nobody who may work on its incidents.
        Empty = "empty",
    }
}

/// Whom a step pages.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A person.
    User(UserId),
    /// Whoever is on call at the moment of the step.
    Schedule(ScheduleId),
    /// A channel.
    Channel(ChannelId),
    /// Everybody of the team who may work on its incidents.
    Team(TeamId),
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::User(id) => write!(f, "user:{id}"),
            Self::Schedule(id) => write!(f, "schedule:{id}"),
            Self::Channel(id) => write!(f, "channel:{id}"),
            Self::Team(id) => write!(f, "team:{id}"),
        }
    }
}

impl Target {
    /// Reads `user:<id>`, `schedule:<id>`, `channel:<id>` or `team:<id>`.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, id) = text.trim().split_once(':')?;
        match kind {
            "user" => UserId::parse(id).map(Self::User),
            "schedule" => ScheduleId::parse(id).map(Self::Schedule),
            "channel" => ChannelId::parse(id).map(Self::Channel),
            "team" => TeamId::parse(id).map(Self::Team),
            _ => None,
        }
    }
}

impl Serialize for Target {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("expected user:, schedule:, channel: or team: and an id"))
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Target {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        <String as utoipa::PartialSchema>::schema()
    }
}
#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Target {}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = EscalationStep))]
pub struct Step {
    /// Minutes after the step before it, or after the incident was opened.
    pub after_min: i64,
    /// For which severities; one at least.
    pub severities: Vec<Severity>,
    /// Whom; one at least.
    pub targets: Vec<Target>,
}

/// What a policy says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = EscalationPolicyContent))]
pub struct Content {
    /// Its name.
    pub name: String,
    /// The team it belongs to.
    pub team: TeamId,
    /// Its steps in order.
    pub steps: Vec<Step>,
    /// How often the steps are taken again from the first one.
    pub repeat: i64,
    /// Minutes before they are.
    pub again_min: i64,
    /// A step that reaches nobody is left at once for the next one.
    pub skip_empty: bool,
    /// Whether it counts for every system of the team that has no policy of its own.
    pub default: bool,
    /// The systems it counts for.
    pub systems: Vec<crate::id::SystemId>,
}

/// A policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = EscalationPolicy))]
pub struct Policy {
    /// Its id.
    pub id: PolicyId,
    /// What it says.
    #[serde(flatten)]
    pub content: Content,
    /// Name of the team.
    pub team_name: String,
    /// Names of the systems it counts for.
    pub system_names: Vec<SystemRef>,
    /// Counts edits.
    pub version: i64,
}

/// Whom a target means at a moment, and whether they would be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = EscalationCall))]
pub struct Called {
    /// The target.
    pub target: Target,
    /// Its name: of the person, schedule, channel or team.
    pub name: String,
    /// The person, where one is meant.
    pub person: Option<UserId>,
    /// Their name; empty where none is meant.
    pub person_name: String,
    /// Through how many contact methods or channels.
    pub sent: i64,
    /// Why nobody is reached.
    pub trouble: Option<Trouble>,
}

/// A step as it would be, or will be, taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = EscalationPlanned))]
pub struct Planned {
    /// When, if nobody acknowledges.
    pub at: Timestamp,
    /// Minutes after the beginning.
    pub after_min: i64,
    /// 0, then 1, 2 … with each repetition.
    pub round: i64,
    /// Number of the step within the policy, from 1.
    pub step: i64,
    /// Whom.
    pub called: Vec<Called>,
}

/// The policy that would page for an incident, and what it would do until somebody acknowledges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = EscalationForeseen))]
pub struct Foreseen {
    /// The policy.
    pub policy: PolicyId,
    /// Its name.
    pub name: String,
    /// Its steps, one after another.
    pub steps: Vec<Planned>,
}

/// A step that was taken, or a page by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = EscalationTaken))]
pub struct Taken {
    /// When.
    pub at: Timestamp,
    /// With each repetition one more.
    pub round: i64,
    /// Number of the step within the policy, from 1; 0 for a page by hand.
    pub step: i64,
    /// Who paged by hand; empty for a step.
    pub by: String,
    /// Whom.
    pub called: Vec<Called>,
    /// The key of its deliveries.
    pub key: String,
}

/// One run of a policy, for one incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = EscalationRun))]
pub struct Run {
    /// Its id.
    pub id: EscalationId,
    /// The incident.
    pub incident: IncidentId,
    /// The policy, while it is there.
    pub policy: Option<PolicyId>,
    /// Its name when the run began.
    pub policy_name: String,
    /// Whose ladder it climbs.
    pub severity: Severity,
    /// Where it stands.
    pub state: Progress,
    /// Who or what ended it; empty while it runs.
    pub ended_by: String,
    /// When it began.
    pub began_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// When the next step is due, while it runs.
    pub next_at: Option<Timestamp>,
    /// Since when it waits because everything of the incident that lasts is kept quiet.
    #[serde(default)]
    pub held_at: Option<Timestamp>,
}

/// Everything that was done to page somebody for an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = EscalationRecord))]
pub struct Record {
    /// Its runs, the latest first.
    pub runs: Vec<Run>,
    /// Steps and pages by hand, the latest first.
    pub taken: Vec<Taken>,
    /// Name of the policy that counts for it; `null` where none does, so that nobody is paged.
    pub policy: Option<String>,
}

/// What is wrong with a policy now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = EscalationWarning))]
pub struct Warning {
    /// Number of the step, from 1.
    pub step: i64,
    /// Whom it would page.
    pub name: String,
    /// Why that reaches nobody.
    pub trouble: Trouble,
}

/// A policy with what is wrong with it now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = EscalationPolicyChecked))]
pub struct Checked {
    /// The policy.
    pub policy: Policy,
    /// Each step's targets by name, in order.
    pub names: Vec<Vec<Called>>,
    /// What is wrong.
    pub warnings: Vec<Warning>,
}

/// What forms may offer: values and names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choices {
    /// Teams whose policies the actor may keep.
    pub teams: Vec<(TeamId, String)>,
    /// Targets by name: people, schedules, teams, channels.
    pub targets: Vec<(Target, String)>,
    /// Those of them that would reach nobody now, and why; told where somebody is to be paged at once.
    pub unreached: Vec<(Target, Trouble)>,
    /// Systems of these teams.
    pub systems: Vec<SystemRef>,
}
