//! What pages and the API may ask of `views`.

use super::{Place, SavedView};
use crate::{Actor, Fault, form::Typed, id::ViewId};

/// The port of the area `views`; `backend` implements it. A view is read by its owner and, where it is shared, by who may read the team;
/// it is changed by its owner and, where it is shared, by who manages the people of the team.
#[async_trait::async_trait]
pub trait Views: Send + Sync {
    /// Those of a list, or of all: the reader's own and those of their teams, by name.
    async fn list(&self, actor: &Actor, place: Option<Place>) -> Result<Vec<SavedView>, Fault>;

    /// One of them.
    async fn get(&self, actor: &Actor, id: &ViewId) -> Result<SavedView, Fault>;

    /// The one that the reader sees where the list is opened without saying more.
    async fn preferred(&self, actor: &Actor, place: Place) -> Result<Option<SavedView>, Fault>;

    /// Keeps a view: fields `place`, `name`, `query` (what the address says), `team` (shared with it), `preferred`.
    async fn save(&self, actor: &Actor, typed: &Typed) -> Result<ViewId, Fault>;

    /// Changes one; `version` must name the version that was read, otherwise `Conflict`. Gives what was written: who takes away that it
    /// is shared may not read it any more.
    async fn change(&self, actor: &Actor, id: &ViewId, typed: &Typed) -> Result<SavedView, Fault>;

    /// Removes one, for everybody who sees it.
    async fn remove(&self, actor: &Actor, id: &ViewId) -> Result<(), Fault>;

    /// The reader wants to see this one first, or not any more.
    async fn prefer(&self, actor: &Actor, id: &ViewId, yes: bool) -> Result<(), Fault>;
}
