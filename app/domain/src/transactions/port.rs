//! What pages and the API may ask of `transactions`.

use super::{Analysis, Batch, FailureSamples, Question, Receipt, SamplesAsked};
use crate::{Actor, Fault};

/// The port of the area `transactions`; `backend` implements it.
#[async_trait::async_trait]
pub trait Transactions: Send + Sync {
    /// Takes a place for a batch of so many bytes (as they travel; 0 where that is not known), before any of them is read.
    ///
    /// [`Fault::Forbidden`] where the actor may post to no system at all; [`Fault::TooMany`] where no place is free: nothing was done.
    async fn reserve(&self, actor: &Actor, bytes: u64) -> Result<Box<dyn Intake>, Fault>;

    /// Counts a batch that is at hand already; see [`Intake::count`].
    async fn ingest(&self, actor: &Actor, batch: Batch) -> Result<Receipt, Fault> {
        self.reserve(actor, batch.body.len() as u64).await?.count(batch).await
    }

    /// Counts a span within the actor's reach, beside the same span a week earlier. The span is cut at the present.
    async fn analyse(&self, actor: &Actor, question: &Question) -> Result<Analysis, Fault>;

    /// The newest failures within the actor's reach that were kept one by one, of those streams that keep any.
    async fn samples(&self, actor: &Actor, asked: &SamplesAsked) -> Result<FailureSamples, Fault>;
}

/// A place for one batch. Dropped, it is free again.
#[async_trait::async_trait]
pub trait Intake: Send {
    /// Makes room for a body that has turned out to have so many bytes by now; [`Fault::TooMany`] where there is none.
    fn grow(&mut self, bytes: u64) -> Result<(), Fault>;

    /// Waits for one of the few turns at work on the processor. Whoever unfolds a body takes its turn first, and keeps the
    /// place while it works, so that bodies unfolded at a time are few.
    async fn turn(&mut self) -> Result<(), Fault>;

    /// Counts the batch. When this returns, what it says is accepted is durable. A batch with a key counts once for its sender and the
    /// stream that is named for all its lines: sent again it gives the same receipt; another body under the same key is
    /// [`Fault::Conflict`]. Lines of systems that the actor may not post to are refused one by one.
    async fn count(self: Box<Self>, batch: Batch) -> Result<Receipt, Fault>;
}
