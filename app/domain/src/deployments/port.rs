//! What pages and the API may ask of `deployments`.

use super::{Deployment, Filter};
use crate::{Actor, Fault, Page, PageRequest, Span, form::Typed};

/// The port of the area `deployments`; `backend` implements it.
#[async_trait::async_trait]
pub trait Deployments: Send + Sync {
    /// One page of the deployments that the actor may read, newest first.
    async fn list(&self, actor: &Actor, filter: &Filter, page: &PageRequest) -> Result<Page<Deployment>, Fault>;
    /// Those that ran at some moment of the span, oldest first; the latest 500 of them.
    async fn during(&self, actor: &Actor, span: Span) -> Result<Vec<Deployment>, Fault>;
    /// Takes what CI posts; see [`super::Post`]. Needs `deployments.post` in the system's team. Says whether it was new.
    async fn post(&self, actor: &Actor, typed: &Typed) -> Result<(Deployment, bool), Fault>;
}
