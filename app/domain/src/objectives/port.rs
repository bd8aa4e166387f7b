//! What pages and the API may ask of `objectives`.

use super::{Hour, Objective};
use crate::{Actor, Fault, form::Typed, id::ObjectiveId};

/// The port of the area `objectives`; `backend` implements it.
#[async_trait::async_trait]
pub trait Objectives: Send + Sync {
    /// Objectives within reach: those that burn first, then by name.
    async fn list(&self, actor: &Actor) -> Result<Vec<Objective>, Fault>;

    /// One objective.
    async fn get(&self, actor: &Actor, id: &ObjectiveId) -> Result<Objective, Fault>;

    /// The hours of its window, and what was left of the budget after each. [`Fault::Unavailable`] where its source does not
    /// answer.
    async fn hours(&self, actor: &Actor, id: &ObjectiveId) -> Result<Vec<Hour>, Fault>;

    /// Makes an objective from the fields of [`super::FIELDS`]. Needs `monitors.edit` on the system.
    async fn create(&self, actor: &Actor, typed: &Typed) -> Result<ObjectiveId, Fault>;

    /// Edits an objective. What it had fired is over.
    async fn edit(&self, actor: &Actor, id: &ObjectiveId, typed: &Typed) -> Result<(), Fault>;

    /// Stops looking, or goes on. What it had fired is over.
    async fn pause(&self, actor: &Actor, id: &ObjectiveId, paused: bool) -> Result<(), Fault>;

    /// Deletes an objective. What it had fired is over.
    async fn delete(&self, actor: &Actor, id: &ObjectiveId) -> Result<(), Fault>;
}
