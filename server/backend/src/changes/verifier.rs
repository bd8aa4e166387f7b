//! Watches changes whose work has ended, by the roll-ups of their systems, until it can be said how they went; the engine
//! `verification`.
//!
//! What passes closes the change; what fails opens an incident with the change as its confirmed cause, and tells the teams;
//! what cannot be told is left to people. **Invariant:** each look is kept, and each has its effect once, whatever else
//! happens to the change meanwhile.

use std::time::Duration;

use async_trait::async_trait;
use domain::{
    Actor, Fault, Reach, Timestamp,
    changes::{Act, Course, EntryKind, Look, Outcome, State, Verified, look, number_text},
    id::ChangeId,
};
use serde_json::json;

use super::{
    loaded::{self, Loaded},
    seen::{Sight, sight},
    store, tell,
};
use crate::{Context, Engine, WriteTx, incidents, transactions};

/// Name of the engine, and of its bell.
const NAME: &str = "verification";
/// Changes of one tick.
const BATCH: u32 = 20;

/// The engine `verification`.
pub struct Verifier {
    ctx: Context,
    settings: transactions::Settings,
}

impl Verifier {
    /// The engine over the common ground; the settings say how long which counts are kept.
    pub fn new(ctx: Context, settings: transactions::Settings) -> Self {
        Self { ctx, settings }
    }

    async fn look(&self, id: &ChangeId, now: Timestamp) -> Result<u64, Fault> {
        let (change, course, Sight { seen, beside, codes, drawn }) = {
            let conn = &mut *self.ctx.db.read().await?;
            let Some(found) = store::by_id(conn, &Reach::All, id.as_str()).await? else { return Ok(0) };
            let change = loaded::whole(conn, found).await?;
            let Some(course) = store::course(conn, id).await? else { return Ok(0) };
            let summary = &change.stored.summary;
            let (Some(started), State::Observing) = (summary.started_at, summary.state) else { return self.end(id).await };
            let kept = self.settings.kept_of(conn, &change.content.systems, now).await?;
            let sight = sight(conn, &change, (&course, started), now, &kept).await?;
            (change, course, sight)
        };
        let watch = change.content.watch;
        // Seconds of reckoning where there is much.
        let look =
            tokio::task::spawn_blocking(move || look((now, &course), (&seen, &beside), codes, watch)).await.map_err(|_| Fault::Internal)?;
        let drawn = drawn.with(&look);
        let after = course.after(watch, look.verdict, now, &change.content.window.zone);
        let mut tx = self.ctx.begin_write().await?;
        if store::keep_look(&mut tx, id, &course, (&look, &drawn), after.as_ref()).await? == 0 {
            return Ok(0);
        }
        self.follow(&mut tx, id, &course, &look, after.as_ref()).await?;
        tx.commit().await?;
        Ok(1)
    }

    /// Somebody ended it meanwhile.
    async fn end(&self, id: &ChangeId) -> Result<u64, Fault> {
        let mut tx = self.ctx.begin_write().await?;
        let done = store::end_watch(&mut tx, id).await?;
        tx.commit().await?;
        Ok(done)
    }

    /// What follows from a look, on its transaction.
    async fn follow(&self, tx: &mut WriteTx, id: &ChangeId, before: &Course, look: &Look, after: Option<&Course>) -> Result<(), Fault> {
        let Some(found) = store::by_id(tx, &Reach::All, id.as_str()).await?.filter(|found| found.summary.state == State::Observing) else {
            // It was closed between reading and writing: the look stands, but moves nothing.
            return store::end_watch(tx, id).await.map(drop);
        };
        let change = loaded::whole(tx, found).await?;
        match (look.verdict, after) {
            (_, Some(course)) if course.stage == before.stage => {
                tx.announce(domain::live::Topic::Changes, id, Some(change.team()));
                Ok(())
            }
            (_, Some(course)) => self.told(tx, &change, look, course.stage.name(), "", &[]).await,
            (Verified::Pass, None) => self.pass(tx, &change, look).await,
            (Verified::Fail, None) => self.fail(tx, &change, look).await,
            (Verified::Inconclusive, None) => {
                self.notice(tx, &change, (change.stored.summary.outcome, look.verdict, false)).await?;
                self.told(tx, &change, look, look.verdict.name(), "", &[]).await
            }
        }
    }

    /// It closes by itself, where its outcome and its approval let it, and figures tell of every system.
    async fn pass(&self, tx: &mut WriteTx, change: &Loaded, look: &Look) -> Result<(), Fault> {
        let summary = &change.stored.summary;
        let closes = look.closes() && summary.outcome == Some(Outcome::Success) && summary.owed_at.is_none();
        self.notice(tx, change, (summary.outcome, look.verdict, closes)).await?;
        let mut entries = Vec::new();
        if let Some(to) = summary.state.after(Act::Close).filter(|_| closes) {
            let step = store::Move::plain(summary.state, to, change.stored.version);
            if store::step(tx, change.id(), &step, self.ctx.now()).await? == 1 {
                entries.push((EntryKind::Closed, ""));
            }
        }
        self.told(tx, change, look, look.verdict.name(), "", &entries).await
    }

    /// An incident with the change as its confirmed cause; the change did not end well, whatever was said of it.
    async fn fail(&self, tx: &mut WriteTx, change: &Loaded, look: &Look) -> Result<(), Fault> {
        let summary = &change.stored.summary;
        let outcome = match summary.outcome {
            Some(Outcome::Degraded | Outcome::RolledBack) => summary.outcome,
            _ => {
                store::set_outcome(tx, change.id(), Outcome::Degraded, self.ctx.now()).await?;
                Some(Outcome::Degraded)
            }
        };
        let failed = look.figures.iter().find(|figure| figure.verdict == Verified::Fail);
        let worst = failed.and_then(|figure| change.systems.iter().find(|system| system.name == figure.system));
        let Some(system) = worst.or(change.systems.first()) else { return Err(Fault::Internal) };
        let mut systems = vec![system.id.clone()];
        systems.extend(change.content.systems.iter().filter(|id| **id != system.id).cloned());
        let lines: Vec<String> =
            look.figures.iter().filter(|figure| figure.verdict == Verified::Fail).map(domain::changes::LookFigure::line).collect();
        let blame = incidents::Blame {
            change: change.id(),
            label: change.label(),
            team: change.team().clone(),
            risk: change.content.risk.name(),
            system,
            systems: &systems,
            since: summary.started_at.unwrap_or(look.span.from),
            impact: lines.join("\n"),
        };
        let (_, number) = incidents::blame(tx, &self.ctx, NAME, &blame).await?;
        self.notice(tx, change, (outcome, look.verdict, false)).await?;
        self.told(tx, change, look, look.verdict.name(), &format!("/incidents/{number}"), &[]).await
    }

    async fn notice(&self, tx: &mut WriteTx, change: &Loaded, what: (Option<Outcome>, Verified, bool)) -> Result<(), Fault> {
        tell::verified(tx, &self.ctx, &Actor::engine(NAME), change, what).await
    }

    /// The timeline and the audit row.
    async fn told(
        &self,
        tx: &mut WriteTx,
        change: &Loaded,
        look: &Look,
        what: &str,
        link: &str,
        further: &[(EntryKind, &str)],
    ) -> Result<(), Fault> {
        let link = if link.is_empty() { format!("/changes/{}#verification", change.id()) } else { link.to_owned() };
        let entry = (EntryKind::Verified, what, link.as_str());
        store::insert_entry(tx, &self.ctx.new_id(), change.id(), NAME, entry, self.ctx.now()).await?;
        let figures: Vec<String> = look.figures.iter().map(domain::changes::LookFigure::line).collect();
        let detail = json!({ "change": number_text(change.stored.summary.number), "verdict": look.verdict, "stage": look.stage, "next": what, "figures": figures });
        tell::act(tx, &self.ctx, &Actor::engine(NAME), change, "change.verify", further, &detail).await
    }
}

#[async_trait]
impl Engine for Verifier {
    fn name(&self) -> &'static str {
        NAME
    }

    fn period(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn tick(&self, now: Timestamp) -> Result<u64, Fault> {
        let due = store::to_look_at(&mut *self.ctx.db.read().await?, now, BATCH).await?;
        let mut done = 0;
        for id in due {
            match self.look(&id, now).await {
                Ok(count) => done += count,
                Err(fault @ Fault::Unavailable(_)) => return Err(fault),
                Err(fault) => tracing::error!(change = %id, %fault, "a change cannot be verified; the others are"),
            }
        }
        Ok(done)
    }
}
