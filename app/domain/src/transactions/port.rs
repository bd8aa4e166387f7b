//! What pages and the API may ask of `transactions`.

use super::{Analysis, Batch, Question, Receipt};
use crate::{Actor, Fault};

/// The port of the area `transactions`; `backend` implements it.
#[async_trait::async_trait]
pub trait Transactions: Send + Sync {
    /// Counts a batch. When this returns, what it says is accepted is durable. A batch with a key counts once: sent again it
    /// gives the same receipt; another body under the same key is [`Fault::Conflict`].
    ///
    /// [`Fault::Forbidden`] where the actor may post to no system at all; [`Fault::TooMany`] where the queue is full, before
    /// anything was done; lines of systems that the actor may not post to are refused one by one.
    async fn ingest(&self, actor: &Actor, batch: Batch) -> Result<Receipt, Fault>;

    /// Counts a span within the actor's reach, beside the same span a week earlier. The span is cut at the present.
    async fn analyse(&self, actor: &Actor, question: &Question) -> Result<Analysis, Fault>;
}
