//! What pages and the API may ask of review templates.

use super::ReviewTemplate;
use crate::{
    Actor, Fault,
    form::Typed,
    id::{IncidentId, ReviewTemplateId},
};

/// The part of the port of `incidents` about review templates. Reading is for whoever may read anything; a template of a team is seen
/// by whoever may read that team's things. Changing needs `settings.manage` everywhere.
#[async_trait::async_trait]
pub trait Templates: Send + Sync {
    /// All that the actor may read, by name.
    async fn review_templates(&self, actor: &Actor) -> Result<Vec<ReviewTemplate>, Fault>;
    /// One of them.
    async fn review_template(&self, actor: &Actor, id: &ReviewTemplateId) -> Result<ReviewTemplate, Fault>;
    /// Adds one; see [`super::TemplateInput`].
    async fn add_review_template(&self, actor: &Actor, typed: &Typed) -> Result<ReviewTemplate, Fault>;
    /// Changes one; reviews that were begun from it stay as they are.
    async fn change_review_template(&self, actor: &Actor, id: &ReviewTemplateId, typed: &Typed) -> Result<(), Fault>;
    /// Removes one; reviews that were begun from it stay as they are.
    async fn remove_review_template(&self, actor: &Actor, id: &ReviewTemplateId) -> Result<(), Fault>;
    /// Chooses the sections of a review in which nobody has written yet: `template`, or nothing for the usual ones. Needs
    /// `incidents.work` in the incident's team.
    async fn begin_review(&self, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<(), Fault>;
}
