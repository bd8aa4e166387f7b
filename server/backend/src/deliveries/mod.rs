//! Deliveries: the outbox that facts write into, the engine that empties it, the channels it empties into.
//!
//! **Architecture invariants:** nothing is sent inside a transaction; a row is sent only by whoever has claimed it
//! with one conditional update; the same key reaches a channel's outbox once and travels with every attempt.

mod service;
mod store;

use domain::{
    Fault,
    deliveries::{Notice, Notify},
    live::Topic,
};

use crate::{Context, WriteTx};
pub use service::Service;

/// Name of the engine, and of its bell.
pub(crate) const ENGINE: &str = "deliveries";

/// Writes one row of the outbox for every enabled channel that wants the event and hears the team. The same key twice
/// is once.
pub async fn enqueue(tx: &mut WriteTx, ctx: &Context, notice: Notice) -> Result<(), Fault> {
    let Some(event) = Notify::parse(notice.event) else {
        tracing::error!(event = notice.event, "nobody can subscribe to this event");
        return Err(Fault::Internal);
    };
    for channel in store::listening(tx, &notice.team, event).await? {
        if store::enqueue(tx, &ctx.new_id(), &channel, &notice, ctx.now()).await? {
            tx.announce(Topic::Deliveries, "", Some(&notice.team));
            tx.ring(ENGINE);
        }
    }
    Ok(())
}
