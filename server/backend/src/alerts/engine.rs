//! The clockwork of alerts: what moves because time has passed, not because somebody said something.

use std::time::Duration;

use async_trait::async_trait;
use domain::{Fault, Timestamp};

use super::{step, store};
use crate::{Context, Engine};

/// Alerts looked at in one tick.
const BATCH: i64 = 200;

/// The engine `alerts`: `pending → firing` and `recovering → resolved` when their delays are over.
pub struct Clockwork {
    ctx: Context,
}

impl Clockwork {
    /// The engine over the common ground.
    pub fn new(ctx: Context) -> Self {
        Self { ctx }
    }
}

#[async_trait]
impl Engine for Clockwork {
    fn name(&self) -> &'static str {
        "alerts"
    }

    fn period(&self) -> Duration {
        Duration::from_secs(1)
    }

    async fn tick(&self, now: Timestamp) -> Result<u64, Fault> {
        let due = store::due(&mut *self.ctx.db.read().await?, now, BATCH).await?;
        let mut done = 0;
        for id in due {
            let mut tx = self.ctx.begin_write().await?;
            // Between the look and the lock it may have moved already.
            if let Some(row) = store::take(&mut tx, &id, now).await? {
                let reading = row.reading();
                done += step::advance(&mut tx, &self.ctx, row, reading).await?;
                tx.commit().await?;
            }
        }
        Ok(done)
    }
}
