//! "Last seen": kept when there is time for it, never in the way of what the person came to read.
//!
//! A full disk or a busy writer must not turn a page away, so the note is a task of its own: one at a time, soon given
//! up on, tried again by the next request.

use std::{sync::Arc, time::Duration};

use domain::{
    Fault, Timestamp,
    id::{SessionId, TokenId},
    time::MINUTE,
};
use tokio::sync::Semaphore;

use super::store;
use crate::Context;

/// It is written at most this often, in milliseconds.
const SEEN_MS: i64 = 5 * MINUTE;
/// How long a request stays for its own note.
const PATIENCE: Duration = Duration::from_millis(20);

/// What somebody was recognised by.
pub(super) enum By {
    Session(SessionId),
    Token(TokenId),
}

/// The one place from which "last seen" is written.
pub(super) struct Seen {
    turn: Arc<Semaphore>,
}

impl Default for Seen {
    fn default() -> Self {
        Self { turn: Arc::new(Semaphore::new(1)) }
    }
}

impl Seen {
    /// Notes that somebody was here now, where the last note is old; without a word where that cannot be.
    pub(super) async fn note(&self, ctx: &Context, by: By, last: Option<i64>) {
        let now = ctx.now();
        if last.is_some_and(|last| now.since(Timestamp(last)) < SEEN_MS) {
            return;
        }
        let Ok(turn) = self.turn.clone().try_acquire_owned() else { return };
        let ctx = ctx.clone();
        let task = tokio::spawn(async move {
            let _turn = turn;
            if let Err(fault) = write(&ctx, &by, now).await {
                tracing::debug!(%fault, "last seen was not written");
            }
        });
        // Mostly it is done at once. Whoever gives up waiting leaves it to its task.
        let _ = tokio::time::timeout(PATIENCE, task).await;
    }
}

async fn write(ctx: &Context, by: &By, now: Timestamp) -> Result<(), Fault> {
    let mut tx = ctx.begin_write().await?;
    match by {
        By::Session(id) => store::sessions::touch(&mut tx, id, now).await?,
        By::Token(id) => store::tokens::touch(&mut tx, id, now).await?,
    }
    tx.commit().await
}
