//! What pages and the API may ask of `occasions`.

use super::{Occasion, Report};
use crate::{Actor, Fault, form::Typed, id::OccasionId};

/// The port of the area `occasions`; `backend` implements it. Everybody's occasions are read by everybody, those of a team by who may read
/// the team; writing takes `freezes.set`, in the team or, for everybody's, everywhere.
#[async_trait::async_trait]
pub trait Occasions: Send + Sync {
    /// Those that go on or come, the next first; with `past` those that are over, too, which come last.
    async fn list(&self, actor: &Actor, past: bool) -> Result<Vec<Occasion>, Fault>;

    /// One of them.
    async fn get(&self, actor: &Actor, id: &OccasionId) -> Result<Occasion, Fault>;

    /// Adds one, from the fields of [`super::FIELDS`].
    async fn add(&self, actor: &Actor, typed: &Typed) -> Result<OccasionId, Fault>;

    /// Changes one; `version` must name the version that was read, otherwise `Conflict`.
    async fn change(&self, actor: &Actor, id: &OccasionId, typed: &Typed) -> Result<(), Fault>;

    /// Removes one.
    async fn remove(&self, actor: &Actor, id: &OccasionId) -> Result<(), Fault>;

    /// Takes a foreign calendar over: fields `text` (iCalendar), `kind`, `zone`, `team`. What is there already is left as it is. With
    /// `dry` it is only said what would be.
    async fn import(&self, actor: &Actor, typed: &Typed, dry: bool) -> Result<Report, Fault>;
}
