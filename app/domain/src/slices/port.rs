//! What pages and the API may ask of explanations.

use super::{Asked, Explanation, Told};
use crate::{
    Actor, Fault,
    id::{AlertId, IncidentId},
};

/// The port of the area `explanations`; `backend` implements it.
#[async_trait::async_trait]
pub trait Explanations: Send + Sync {
    /// Looks for the slices that explain a span within the actor's reach. The span is cut at the present.
    async fn explain(&self, actor: &Actor, asked: &Asked) -> Result<Explanation, Fault>;

    /// What was found for an alert, by itself, while it held; `None` where nothing was.
    async fn of_alert(&self, actor: &Actor, id: &AlertId) -> Result<Option<Told>, Fault>;

    /// What was found for an incident, by itself, while it lasted; `None` where nothing was.
    async fn of_incident(&self, actor: &Actor, id: &IncidentId) -> Result<Option<Told>, Fault>;
}
