//! What pages and the API may ask of `overview`.

use super::{Events, Found, Glance, Summary};
use crate::{Actor, Fault, Span};

/// The port of the area `overview`; `backend` implements it.
#[async_trait::async_trait]
pub trait Overview: Send + Sync {
    /// The state of things in one glance, for the frame of every page. Cheap: asked with each page.
    async fn glance(&self, actor: &Actor) -> Result<Glance, Fault>;

    /// Systems, incidents, changes and tools within the actor's reach whose name, number or pinyin initials match;
    /// the best twenty first. An empty text finds nothing.
    async fn search(&self, actor: &Actor, text: &str) -> Result<Vec<Found>, Fault>;

    /// Are customers hurt now, and everything that the overview shows with it.
    async fn summary(&self, actor: &Actor) -> Result<Summary, Fault>;

    /// Changes and incidents within the actor's reach that belong on a chart over the span.
    async fn events(&self, actor: &Actor, span: Span) -> Result<Events, Fault>;
}
