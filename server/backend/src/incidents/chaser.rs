//! Reminds the owners of actions, a day before these are due and every day after, until they are done; the engine `actions`.

use std::time::Duration;

use async_trait::async_trait;
use domain::{
    Fault, Reach, Timestamp,
    deliveries::Notice,
    incidents::{Action, remind_after},
    live::Topic,
};
use serde_json::json;

use super::store;
use crate::{Context, Engine, deliveries};

/// Name of the engine, and of its bell.
const NAME: &str = "actions";
/// Reminders of one tick.
const BATCH: u32 = 100;

/// The engine `actions`.
pub struct Chaser {
    ctx: Context,
}

impl Chaser {
    /// The engine over the common ground.
    pub fn new(ctx: Context) -> Self {
        Self { ctx }
    }

    /// Reminds one owner, by every contact method that is on; where there is none, the portal still shows it to them.
    async fn remind(&self, action: &Action, now: Timestamp) -> Result<u64, Fault> {
        let mut tx = self.ctx.begin_write().await?;
        let Some(number) = store::reminded(&mut tx, &action.id, now, remind_after(action.due, now)).await? else { return Ok(0) };
        let told = store::get(&mut tx, &Reach::All, &action.incident).await?.told();
        let mut payload = json!({
            "action": {
                "id": action.id,
                "text": action.text,
                "due_at": action.due.rfc3339(),
                "overdue": action.is_overdue(now),
                "path": "/incidents/actions?mine=on",
            },
            "incident": { "id": action.incident, "number": action.number, "title": action.title, "path": format!("/incidents/{}/review", action.number) },
            "team": { "id": action.team },
        });
        if let Some(told) = told {
            payload["incident"]["told"] = told;
        }
        let notice = Notice {
            event: "action.due",
            system: None,
            team: action.team.clone(),
            incident: Some(action.incident.clone()),
            payload,
            key: format!("action-due-{}-{number}", action.id),
        };
        deliveries::enqueue_to_user(&mut tx, &self.ctx, &action.owner, notice).await?;
        tx.announce(Topic::Incidents, &action.incident, Some(&action.team));
        tx.commit().await?;
        Ok(1)
    }
}

#[async_trait]
impl Engine for Chaser {
    fn name(&self) -> &'static str {
        NAME
    }

    fn period(&self) -> Duration {
        Duration::from_secs(300)
    }

    async fn tick(&self, now: Timestamp) -> Result<u64, Fault> {
        let due = store::to_remind(&mut *self.ctx.db.read().await?, now, BATCH).await?;
        let mut done = 0;
        for action in due {
            match self.remind(&action, now).await {
                Ok(count) => done += count,
                Err(fault @ Fault::Unavailable(_)) => return Err(fault),
                Err(fault) => tracing::error!(action = %action.id, %fault, "an action cannot be chased; the others are"),
            }
        }
        Ok(done)
    }
}
