//! What pages and the API may ask of `calendars`.

use super::ForeignCalendar;
use crate::{Actor, Fault, form::Typed, id::CalendarId};

/// The port of the area `calendars`; `backend` implements it. Everybody's calendars are read by everybody, those of a team by who may read
/// the team; writing takes `freezes.set`, in the team or, for everybody's, everywhere.
#[async_trait::async_trait]
pub trait Calendars: Send + Sync {
    /// All within reach, by name.
    async fn list(&self, actor: &Actor) -> Result<Vec<ForeignCalendar>, Fault>;

    /// One of them.
    async fn get(&self, actor: &Actor, id: &CalendarId) -> Result<ForeignCalendar, Fault>;

    /// Adds one, from the fields of [`super::FIELDS`]; it is read at once.
    async fn add(&self, actor: &Actor, typed: &Typed) -> Result<CalendarId, Fault>;

    /// Has it read now.
    async fn refresh(&self, actor: &Actor, id: &CalendarId) -> Result<(), Fault>;

    /// Removes it with its events.
    async fn remove(&self, actor: &Actor, id: &CalendarId) -> Result<(), Fault>;
}
