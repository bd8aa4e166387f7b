//! What pages and the API may ask of `overview`.

use super::{Found, Glance};
use crate::{Actor, Fault};

/// The port of the area `overview`; `backend` implements it.
#[async_trait::async_trait]
pub trait Overview: Send + Sync {
    /// The state of things in one glance, for the frame of every page. Cheap: asked with each page.
    async fn glance(&self, actor: &Actor) -> Result<Glance, Fault>;

    /// Systems, incidents, changes and tools within the actor's reach whose name, number or pinyin initials match;
    /// the best twenty first. An empty text finds nothing.
    async fn search(&self, actor: &Actor, text: &str) -> Result<Vec<Found>, Fault>;
}
