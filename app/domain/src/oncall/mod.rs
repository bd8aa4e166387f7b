//! On call: who has the pager when, by schedules of a team.
//!
//! A schedule has *layers*, like sheets laid on each other: a later one covers an earlier one where it has somebody. A layer
//! hands off in turn, at the same wall time in the schedule's zone, whatever the clocks do; it may be restricted to hours of
//! the week, and to holidays or to all other days. *Covers* (overrides) lie on top of all layers, the last made one uppermost.
//! Where nothing has anybody there is a *gap*, and that is told as one.
//!
//! **Invariant:** [`on_call`] gives shifts that cover exactly the span that was asked for, without overlap: each instant has
//! one person, or is in a gap.

mod input;
mod layer;
mod load;
mod plan;
mod port;
mod sheet;
mod wall;
mod watch;

use serde::{Deserialize, Serialize};

use crate::{
    Span, Timestamp,
    changes::Window,
    id::{CoverId, ScheduleId, SwapId, TeamId, UserId},
    words::words,
};
pub use input::{COVER_FIELDS, CoverInput, SWAP_FIELDS, SwapInput};
pub use layer::{Hours, Layer};
pub use load::{Burden, Page, burdens};
pub use plan::{Holiday, MOST_LAYERS, Plan};
pub use port::OnCall;
pub use sheet::{FIRST_HANDOFF, HoursSheet, LayerSheet, Sheet};
pub use watch::{Shift, Source, on_call, present};

/// Schedules are told of in the years 2000 to 2199: farther away nobody is on call, and zones have no rules.
pub fn is_told(at: Timestamp) -> bool {
    (946_684_800_000..7_258_118_400_000).contains(&at.0)
}

words! {
    /// What a layer counts its turns in.
    pub enum Rotation {
        /// Days.
        Daily = "daily",
        /// Weeks.
        Weekly = "weekly",
        /// Hours.
        Hourly = "hourly",
    }
    /// A day of the week.
    pub enum Day {
        /// Monday.
        Monday = "mon",
        /// Tuesday.
        Tuesday = "tue",
        /// Wednesday.
        Wednesday = "wed",
        /// Thursday.
        Thursday = "thu",
        /// Friday.
        Friday = "fri",
        /// Saturday.
        Saturday = "sat",
        /// Sunday.
        Sunday = "sun",
    }
    /// What a layer does on the schedule's holidays.
    pub enum OnHolidays {
        /// The same as on other days: the calendar only shows them.
        Same = "same",
        /// It rests.
        Off = "off",
        /// It has somebody on holidays only.
        Only = "only",
    }
    /// Where the offer of a swap stands.
    pub enum SwapState {
        /// The other has not answered.
        Offered = "offered",
        /// Both have each other's shift.
        Accepted = "accepted",
        /// The other said no.
        Declined = "declined",
        /// Whoever offered took it back.
        Withdrawn = "withdrawn",
    }
}

/// Somebody by id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonRef {
    /// Their id.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// Whether they cannot be reached by their account any more: it is disabled, or may not work on incidents of the team.
    pub absent: bool,
}

/// A schedule by id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScheduleRef {
    /// Its id.
    pub id: ScheduleId,
    /// Its name.
    pub name: String,
    /// The team it belongs to.
    pub team: TeamId,
    /// Name of that team.
    pub team_name: String,
    /// IANA zone in which it hands off.
    pub zone: String,
}

/// A span of one person's duty, or a gap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Duty {
    /// From when to when.
    #[serde(flatten)]
    pub span: Span,
    /// Who; `null` in a gap.
    pub person: Option<PersonRef>,
    /// Name of the layer that says so; empty in a gap and where a cover says so.
    pub layer: String,
    /// The cover that says so.
    pub cover: Option<CoverId>,
}

/// Who has the pager of a schedule, and who is next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NowNext {
    /// The schedule.
    pub schedule: ScheduleRef,
    /// The present duty: a gap has no person.
    pub now: Duty,
    /// What follows, within eight weeks.
    pub next: Option<Duty>,
    /// The first gap within the next four weeks; one that lasts counts from now.
    pub gap: Option<Span>,
}

/// One's own shift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnShift {
    /// Of this schedule.
    pub schedule: ScheduleRef,
    /// From when to when.
    pub span: Span,
}

/// A person in place of whoever the layers say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Cover {
    /// Its id.
    pub id: CoverId,
    /// Who takes over.
    pub person: PersonRef,
    /// When.
    pub window: Window,
    /// Why; may be empty.
    pub reason: String,
    /// Who made it.
    pub author: String,
    /// When it was made: the last made one counts.
    pub created_at: Timestamp,
}

/// An offer to take each other's shift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Swap {
    /// Its id.
    pub id: SwapId,
    /// Of this schedule.
    pub schedule: ScheduleRef,
    /// Who offers.
    pub from: PersonRef,
    /// What they give.
    pub gives: Span,
    /// Who is asked.
    pub to: PersonRef,
    /// What is asked for in return.
    pub takes: Span,
    /// Where it stands.
    pub state: SwapState,
    /// When it was offered.
    pub created_at: Timestamp,
}

/// A schedule with everything its page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Schedule {
    /// Id, name, team, zone.
    #[serde(flatten)]
    pub schedule: ScheduleRef,
    /// What it says.
    pub plan: Plan,
    /// Everybody whom the plan names.
    pub people: Vec<PersonRef>,
    /// Covers that are not over, the earliest first.
    pub covers: Vec<Cover>,
    /// Counts edits.
    pub version: i64,
}

/// The calendar of a schedule over a span.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Roster {
    /// The span.
    pub span: Span,
    /// Each layer by itself, in order: its name and its duties.
    pub layers: Vec<Lane>,
    /// What counts in the end: covers the span without overlap, gaps included.
    pub duties: Vec<Duty>,
}

impl Roster {
    /// How many gaps are not over. What is over cannot be mended, and need not be: there may have been no schedule then.
    pub fn gaps(&self, now: Timestamp) -> usize {
        self.duties.iter().filter(|duty| duty.person.is_none() && duty.span.to > now).count()
    }
}

/// One layer by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Lane {
    /// Its name.
    pub name: String,
    /// Its duties; where it has nobody there is none.
    pub duties: Vec<Duty>,
}

/// People and teams that a form may offer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choices {
    /// Teams whose schedules the actor may edit: id and name.
    pub teams: Vec<(TeamId, String)>,
    /// People who may work on incidents of one of them, by name.
    pub people: Vec<PersonRef>,
}

/// A calendar feed behind a secret address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// The secret part of the address.
    pub secret: String,
    /// Whether the actor may give it another.
    pub may_renew: bool,
}
