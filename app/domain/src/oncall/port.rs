//! What pages and the API may ask of `oncall`.

use super::{Choices, Feed, NowNext, OwnShift, Roster, Schedule, ScheduleRef, Swap};
use crate::{
    Actor, Fault, Span,
    form::Typed,
    id::{CoverId, ScheduleId, SwapId, TeamId},
};

/// The port of the area `oncall`; `backend` implements it. Reading needs `read` in the team, keeping schedules
/// `oncall.manage`. Whoever has a shift may give it to somebody else of the team, and anybody of the team may fill a gap
/// themselves, without more.
#[async_trait::async_trait]
pub trait OnCall: Send + Sync {
    /// Every schedule within reach, by name.
    async fn schedules(&self, actor: &Actor) -> Result<Vec<ScheduleRef>, Fault>;
    /// Who has each pager now, and who is next; of one team where it is given.
    async fn now(&self, actor: &Actor, team: Option<&TeamId>) -> Result<Vec<NowNext>, Fault>;
    /// The actor's own shifts that are not over and begin within four weeks, in order.
    async fn own(&self, actor: &Actor) -> Result<Vec<OwnShift>, Fault>;
    /// One schedule.
    async fn schedule(&self, actor: &Actor, id: &ScheduleId) -> Result<Schedule, Fault>;
    /// Its calendar over a span of at most 400 days.
    async fn roster(&self, actor: &Actor, id: &ScheduleId, span: Span) -> Result<Roster, Fault>;
    /// What the calendar would be if this were saved, without storing it; `id` is the schedule that is edited, if one is.
    async fn preview(&self, actor: &Actor, id: Option<&ScheduleId>, typed: &Typed, span: Span) -> Result<Roster, Fault>;
    /// What a form may offer: of one team, or of all in which the actor may keep schedules.
    async fn choices(&self, actor: &Actor, team: Option<&TeamId>) -> Result<Choices, Fault>;

    /// Makes a schedule.
    async fn create(&self, actor: &Actor, typed: &Typed) -> Result<ScheduleId, Fault>;
    /// Changes a schedule (field `version` is what was read).
    async fn change(&self, actor: &Actor, id: &ScheduleId, typed: &Typed) -> Result<(), Fault>;
    /// Removes a schedule that no escalation policy names.
    async fn remove(&self, actor: &Actor, id: &ScheduleId) -> Result<(), Fault>;

    /// Puts a person in place of whoever the layers say.
    async fn cover(&self, actor: &Actor, id: &ScheduleId, typed: &Typed) -> Result<CoverId, Fault>;
    /// Takes a cover away.
    async fn uncover(&self, actor: &Actor, id: &ScheduleId, cover: &CoverId) -> Result<(), Fault>;

    /// Swaps that concern the actor or, with a schedule, all of it: those that wait for an answer.
    async fn swaps(&self, actor: &Actor, schedule: Option<&ScheduleId>) -> Result<Vec<Swap>, Fault>;
    /// Offers one of the actor's shifts for somebody else's.
    async fn offer(&self, actor: &Actor, id: &ScheduleId, typed: &Typed) -> Result<SwapId, Fault>;
    /// Takes an offer: both have each other's shift.
    async fn accept(&self, actor: &Actor, id: &SwapId) -> Result<(), Fault>;
    /// Says no to an offer.
    async fn decline(&self, actor: &Actor, id: &SwapId) -> Result<(), Fault>;
    /// Takes one's own offer back.
    async fn withdraw(&self, actor: &Actor, id: &SwapId) -> Result<(), Fault>;

    /// The calendar of the schedule or person whose secret this is, as iCalendar text. Nobody needs to be logged in.
    async fn ical(&self, secret: &str) -> Result<String, Fault>;
    /// The feed of a schedule, under an address of the actor's own, which ends with their right to read it.
    async fn feed(&self, actor: &Actor, id: &ScheduleId) -> Result<Feed, Fault>;
    /// Ends every address of a schedule's feed, whoever has it; each person has a new one.
    async fn renew_feed(&self, actor: &Actor, id: &ScheduleId) -> Result<(), Fault>;
    /// The feed of the actor's own shifts; `None` until they ask for one.
    async fn own_feed(&self, actor: &Actor) -> Result<Option<Feed>, Fault>;
    /// Gives the actor's own feed a (new) secret.
    async fn renew_own_feed(&self, actor: &Actor) -> Result<(), Fault>;
}
