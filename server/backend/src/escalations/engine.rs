//! The climber: takes the steps that are due.

use std::time::Duration;

use async_trait::async_trait;
use domain::{
    Fault, Reach, Timestamp,
    escalations::{Place, Progress},
    id::IncidentId,
    incidents::EntryKind,
    live::Topic,
    time::{MINUTE, SECOND},
};

use super::{
    ENGINE,
    call::{Page, page},
    store,
};
use crate::{Context, Engine, alerts, incidents};

/// How long a step that is held waits before it is looked at again.
const HELD: i64 = 10 * SECOND;
/// Steps taken in one tick: a tick ends, so that the process can.
const EACH_TICK: i64 = 500;

/// The engine `escalations`.
pub struct Climber {
    ctx: Context,
}

impl Climber {
    /// The engine over the common ground.
    pub fn new(ctx: Context) -> Self {
        Self { ctx }
    }

    /// Takes the next step of an incident's run, if it is due; `false` where somebody else has taken it.
    async fn step(&self, incident: &IncidentId) -> Result<bool, Fault> {
        let now = self.ctx.now();
        let mut tx = self.ctx.begin_write().await?;
        // The incident first, then its run: whoever acknowledges takes them in this order, too.
        let incident = incidents::locked(&mut tx, incident).await?;
        let Some(climbing) = store::running(&mut tx, &incident.id).await?.filter(|c| c.run.next_at.is_some_and(|at| at <= now)) else {
            return Ok(false);
        };
        // Nobody is called about what is silenced, muted, or only follows from something else.
        if alerts::kept_quiet(&mut tx, &incident.id, now).await? {
            if store::hold(&mut tx, &climbing, now.plus(HELD), now).await? {
                incidents::note(&mut tx, &self.ctx, &incident.id, ENGINE, EntryKind::PagingHeld, "", None).await?;
                tx.announce(Topic::OnCall, &incident.id, Some(&incident.team));
            }
            tx.commit().await?;
            return Ok(true);
        }
        // Nor before the routes tell of it: what is over while they wait calls nobody.
        if climbing.seq == 0
            && !climbing.by_hand
            && let Some(until) = alerts::waits_until(&mut tx, &incident.id, now).await?
        {
            // Another group may speak sooner: what joins the incident, or what the routes say by then.
            store::hurry(&mut tx, &climbing.run.id, until.min(now.plus(HELD))).await?;
            tx.announce(Topic::OnCall, &incident.id, Some(&incident.team));
            tx.commit().await?;
            return Ok(true);
        }
        let policy = match &climbing.run.policy {
            Some(id) => store::policy(&mut tx, &Reach::All, id).await?,
            None => None,
        };
        let severity = climbing.run.severity;
        let Some((content, rung)) =
            policy.as_ref().and_then(|policy| Some((&policy.content, policy.content.rung(severity, climbing.place)?)))
        else {
            // Every step was taken, or the policy is gone.
            if store::end(&mut tx, &incident.id, Progress::Exhausted, "", now).await? {
                let name = &climbing.run.policy_name;
                incidents::note(&mut tx, &self.ctx, &incident.id, ENGINE, EntryKind::Unanswered, name, None).await?;
                tx.announce(Topic::OnCall, &incident.id, Some(&incident.team));
            }
            tx.commit().await?;
            return Ok(true);
        };
        let beyond = Place { rung: climbing.place.rung + 1, ..climbing.place };
        let follows = content.after(severity, climbing.place);
        let next = follows.unwrap_or(beyond);
        // After the last step there is time to answer, as long as before a repetition.
        let wait = content.rung(severity, next).map_or(content.again_min * MINUTE, |rung| rung.wait_ms);
        if !store::claim(&mut tx, &climbing, next, now.plus(wait), now).await? {
            return Ok(false);
        }
        let what = Page {
            round: climbing.place.round,
            step: rung.number,
            by: "",
            run: Some(&climbing.run.id),
            policy: &content.name,
            targets: &rung.step.targets,
        };
        let taken = page(&mut tx, &self.ctx, &incident, &what).await?;
        let nobody = taken.called.iter().all(|called| called.trouble.is_some());
        if nobody && content.skip_empty && follows.is_some_and(|next| next.round == climbing.place.round) {
            store::hurry(&mut tx, &climbing.run.id, now).await?;
        }
        tx.announce(Topic::OnCall, &incident.id, Some(&incident.team));
        tx.commit().await?;
        Ok(true)
    }
}

#[async_trait]
impl Engine for Climber {
    fn name(&self) -> &'static str {
        ENGINE
    }

    fn period(&self) -> Duration {
        Duration::from_secs(2)
    }

    async fn set_back(&self, by: i64, now: Timestamp) -> Result<(), Fault> {
        let mut tx = self.ctx.begin_write().await?;
        store::sooner(&mut tx, by, now).await?;
        tx.commit().await
    }

    async fn tick(&self, now: Timestamp) -> Result<u64, Fault> {
        let due = store::due(&mut *self.ctx.db.read().await?, now, EACH_TICK).await?;
        let (mut done, mut trouble) = (0, None);
        for incident in due {
            match self.step(&incident).await {
                Ok(true) => done += 1,
                Ok(false) => {}
                // One incident that cannot be paged for does not keep the others from it.
                Err(fault) => {
                    tracing::error!(%fault, %incident, "a step of an escalation was not taken");
                    trouble = Some(fault);
                }
            }
        }
        trouble.map_or(Ok(done), Err)
    }
}
