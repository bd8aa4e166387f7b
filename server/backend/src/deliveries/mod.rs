//! Deliveries: the outbox that facts write into, the engine that empties it, the channels it empties into.
//!
//! **Architecture invariants:** nothing is sent inside a transaction; a row is sent only by whoever has claimed it
//! with one conditional update; the same key reaches a channel's outbox once and travels with every attempt. Nothing leaves
//! the outbox unsent but by being given up, with the reason: a channel that is removed leaves its ledger behind.
//!
//! The message is `POST` with `content-type: application/json` and the headers `webhook-id` (the key),
//! `webhook-timestamp` (seconds) and `webhook-signature`; its body is
//! `{"type": "alert.firing", "timestamp": "<RFC 3339>", "data": {…}}`, where `data` holds
//!
//! - for `alert.*`: `alert {id, title, detail, severity "P1"–"P4", state, started_at, fired_at, resolved_at, path}`,
//!   `system {id, name}`, `team {id}`, `incident {id, path}`;
//! - for `incident.*`: `incident {id, number, title, severity, state, opened_at, mitigated_at, resolved_at, reopened, path}`,
//!   `systems [{id}]`, `team {id}`;
//! - for `change.*`: what `changes` says of it; for `test`: `message`, `channel`, `by`.
//!
//! Moments are RFC 3339 in UTC, absent ones `null`; `path` is a page of the portal. A receiver answers 2xx within ten
//! seconds, knows a message by its `webhook-id`, and takes the first of several that carry the same one.

mod engine;
mod service;
mod sign;
mod store;

use domain::{
    Fault, Timestamp,
    deliveries::{Notice, Notify},
    id::IncidentId,
    live::Topic,
};
use sqlx::AnyConnection;

use crate::{Context, WriteTx, incidents};
pub use engine::Courier;
pub use service::Service;
use store::channels;

/// Name of the engine, and of its bell.
const ENGINE: &str = "deliveries";

/// What the secrets of channels are sealed for.
const SECRET: &str = "channels.secret";

/// Writes one row of the outbox for every enabled channel that wants the event and hears the team. The same key twice
/// is once.
pub async fn enqueue(tx: &mut WriteTx, ctx: &Context, notice: Notice) -> Result<(), Fault> {
    let Some(event) = Notify::parse(notice.event) else {
        tracing::error!(event = notice.event, "nobody can subscribe to this event");
        return Err(Fault::Internal);
    };
    let message = store::Message {
        event: notice.event,
        key: &notice.key,
        team: notice.team.as_str(),
        system: notice.system.as_ref(),
        incident: notice.incident.as_ref(),
        data: &notice.payload,
    };
    for channel in channels::listening(tx, &notice.team, event).await? {
        if store::enqueue(tx, &ctx.new_id(), &channel, &message, ctx.now()).await? {
            tx.announce(Topic::Deliveries, "", Some(&notice.team));
            tx.ring(ENGINE);
        }
    }
    Ok(())
}

/// How many deliveries of an incident were given up.
pub async fn dead_of_incident(conn: &mut AnyConnection, incident: &IncidentId) -> Result<i64, Fault> {
    store::dead_of_incident(conn, incident).await
}

/// Forgets deliveries that ended before, at most about `limit`, then the removed channels that nothing refers to any more.
/// What waits, and what an open incident needs, stays.
pub async fn forget(conn: &mut AnyConnection, before: Timestamp, limit: u32) -> Result<u64, Fault> {
    let open = incidents::open_ids(conn).await?;
    Ok(store::forget(conn, before, &open, limit).await? + channels::forget(conn, before).await?)
}
