//! Answers kept for a day, so that a repeated creation with the same key acts once.

mod store;

use domain::{
    Fault, Timestamp,
    time::{DAY, MINUTE},
};

use crate::{Context, WriteTx};

/// A request that was begun this many milliseconds ago is not being worked on any more.
const LOST_MS: i64 = 2 * MINUTE;

/// How a claim on a key went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The caller acts, then says [`keep`] or [`release`].
    Ours,
    /// The same request is being worked on.
    Running,
    /// The same request was begun and should be over by now, but no answer was kept: it may have acted.
    Lost,
    /// The key stands for another request.
    Other,
    /// The request was answered before.
    Answered {
        /// HTTP status of that answer.
        status: u16,
        /// What [`keep`] was given.
        body: String,
    },
}

/// Claims a key for a request; `actor` and `fingerprint` are texts of the caller's choosing.
pub async fn claim(ctx: &Context, actor: &str, key: &str, fingerprint: &str) -> Result<Claim, Fault> {
    let now = ctx.now();
    let mut tx = ctx.begin_write().await?;
    store::forget(&mut tx, now.plus(-DAY)).await?;
    let claim = if store::insert(&mut tx, actor, key, fingerprint, now).await? {
        Claim::Ours
    } else {
        match store::find(&mut tx, actor, key).await? {
            // Forgotten between the two statements: tell the caller to come again.
            None => Claim::Running,
            Some(row) if row.fingerprint != fingerprint => Claim::Other,
            Some(row) if row.status == 0 && now.since(Timestamp(row.created_at)) < LOST_MS => Claim::Running,
            Some(row) if row.status == 0 => Claim::Lost,
            Some(row) => Claim::Answered { status: u16::try_from(row.status).unwrap_or(500), body: row.body },
        }
    };
    tx.commit().await?;
    Ok(claim)
}

/// Keeps the answer of a claimed key.
pub async fn keep(ctx: &Context, actor: &str, key: &str, status: u16, body: &str) -> Result<(), Fault> {
    let mut tx = ctx.begin_write().await?;
    store::answer(&mut tx, actor, key, status, body).await?;
    tx.commit().await
}

/// Gives a claimed key back: nothing was done under it.
pub async fn release(ctx: &Context, actor: &str, key: &str) -> Result<(), Fault> {
    let mut tx = ctx.begin_write().await?;
    store::release(&mut tx, actor, key).await?;
    tx.commit().await
}

/// Forgets every answer: the key that sealed them is lost.
pub(crate) async fn forget_all(tx: &mut WriteTx) -> Result<(), Fault> {
    store::forget(tx, Timestamp(i64::MAX)).await
}
