//! The house listens again: who called or reported while it was away was not heard, and is not blamed for it.

use domain::{
    Fault,
    monitors::{Target, rule},
};

use super::store;
use crate::Context;

/// Heartbeats that fell due meanwhile, looked at together.
const BATCH: u32 = 500;

/// Heartbeats that fell due while nobody listened have a whole deadline from now, and locations are not lost yet.
pub(super) async fn wake(ctx: &Context) -> Result<(), Fault> {
    let now = ctx.now();
    loop {
        let mut tx = ctx.begin_write().await?;
        let overdue = store::overdue(&mut tx, now, BATCH).await?;
        for (id, _) in &overdue {
            let due = match store::hold(&mut tx, &ctx.seal, id).await?.target {
                Target::Heartbeat(beat) => rule::missed_at(&beat, Some(now), None),
                _ => None,
            };
            store::set_due(&mut tx, id, due).await?;
        }
        tx.commit().await?;
        if overdue.len() < BATCH as usize {
            break;
        }
    }
    let mut tx = ctx.begin_write().await?;
    store::locations::hear_all(&mut tx, now).await?;
    tx.commit().await
}
