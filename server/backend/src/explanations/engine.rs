//! The engine `explanations`: explains what lasts, soon after its first sign and then again and again.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    Fault, Reach, Timestamp,
    slices::{Basis, Explanation, Looked},
    systems::Brief,
    time::{self, DAY, HOUR, MINUTE, SECOND},
    transactions::Filter,
};
use jiff::tz::TimeZone;
use sqlx::AnyConnection;

use super::{
    Subject, keep, store,
    subjects::{Case, all},
};
use crate::{
    Context, Engine, oncall, streams, systems,
    transactions::{
        self,
        explain::{Within, kept, since_sign},
    },
};

/// Name of the engine; who finds things in timelines.
pub const NAME: &str = "explanations";
/// Cases of one tick.
const BATCH: usize = 20;
/// How long an explanation is kept after it was worked out last.
const KEPT: i64 = 400 * DAY;
/// Rows that are forgotten in one tick.
const FORGOTTEN: i64 = 200;
/// A count that fell by less than this share is no incident's cause.
const FELL: f64 = 0.7;

/// The engine.
pub struct Explainer {
    ctx: Context,
    settings: transactions::Settings,
    /// When each case was looked at last.
    looked: Mutex<HashMap<(Subject, String), Timestamp>>,
    swept: AtomicI64,
}

/// How long a case rests between two looks: what is fresh is looked at often.
fn rest(case: &Case, now: Timestamp) -> i64 {
    match now.since(case.sign) {
        age if age < 15 * MINUTE => 10 * SECOND,
        age if age < 6 * HOUR => MINUTE,
        _ => 10 * MINUTE,
    }
}

/// The zone whose wall time the weeks share: the one that is named; else that in which the teams of the systems are on call; else UTC.
async fn zone(conn: &mut AnyConnection, named: &str, systems: &[Brief]) -> Result<TimeZone, Fault> {
    if let Some(zone) = time::zone(named) {
        return Ok(zone);
    }
    oncall::zone_of(conn, &Reach::Teams(systems.iter().map(|system| system.team.clone()).collect())).await
}

impl Explainer {
    /// The engine over the common ground; the settings say how long which counts are kept.
    pub fn new(ctx: Context, settings: transactions::Settings) -> Self {
        Self { ctx, settings, looked: Mutex::default(), swept: AtomicI64::new(i64::MIN) }
    }

    /// What explains a case, if anything does.
    async fn explain(&self, case: &Case, now: Timestamp) -> Result<Option<Explanation>, Fault> {
        let conn = &mut *self.ctx.db.read().await?;
        let Some(plan) = case.plan(conn).await? else { return Ok(None) };
        let systems = systems::briefs(conn, &Reach::All, &plan.systems).await?;
        let zone = zone(conn, &plan.zone, &systems).await?;
        let filter = Filter { system: systems.iter().map(|system| system.key.clone()).collect(), ..plan.filter };
        let streams = streams::of(conn, systems).await?;
        // A dimension that is declared no longer tells nothing any more.
        let kept = match kept(&self.settings, &streams, &filter, now) {
            Err(Fault::Invalid(_)) => return Ok(None),
            kept => kept?,
        };
        for looked in &plan.looked {
            let (zone, kept, excused) = (&zone, &kept, plan.excused.as_slice());
            let currency = plan.currency.as_str();
            let within = Within { streams: &streams, filter: &filter, excused, zone, looked: *looked, currency, kept, now };
            let found = since_sign(conn, &within, plan.sign, plan.until.unwrap_or(now)).await?;
            // The hours before tell no volume: every evening ends.
            let known = matches!(found.baseline.basis, Basis::Weeks | Basis::Days);
            let fell = *looked == Looked::Success || case.subject == Subject::Alert || known && found.observed < FELL * found.expected;
            if found.is_trouble() && fell {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    async fn look(&self, case: &Case, now: Timestamp) -> Result<u64, Fault> {
        let Some(found) = self.explain(case, now).await? else { return Ok(0) };
        let mut tx = self.ctx.begin_write().await?;
        keep(&mut tx, &self.ctx, case.subject, &case.id, found).await?;
        let topic = if case.subject == Subject::Alert { domain::live::Topic::Alerts } else { domain::live::Topic::Incidents };
        tx.announce(topic, &case.id, None);
        tx.commit().await?;
        Ok(1)
    }

    /// Those of the cases that have rested.
    fn due(&self, cases: Vec<Case>, now: Timestamp) -> Vec<Case> {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let lasting: HashSet<(Subject, &str)> = cases.iter().map(|case| (case.subject, case.id.as_str())).collect();
        looked.retain(|(subject, id), _| lasting.contains(&(*subject, id.as_str())));
        let mut due = cases;
        due.retain(|case| looked.get(&(case.subject, case.id.clone())).is_none_or(|at| now.since(*at) >= rest(case, now)));
        // What is freshest first: somebody waits for it.
        due.sort_by_key(|case| std::cmp::Reverse(case.sign));
        due.truncate(BATCH);
        for case in &due {
            looked.insert((case.subject, case.id.clone()), now);
        }
        due
    }

    /// What is over stands as it was found last.
    async fn settle(&self, cases: &[Case]) -> Result<u64, Fault> {
        let known = store::unsettled(&mut *self.ctx.db.read().await?).await?;
        let mut done = 0;
        for (subject, id) in known {
            if !cases.iter().any(|case| case.subject == subject && case.id == id) {
                let mut tx = self.ctx.begin_write().await?;
                done += store::settle(&mut tx, subject, &id).await?;
                tx.commit().await?;
            }
        }
        Ok(done)
    }
}

#[async_trait]
impl Engine for Explainer {
    fn name(&self) -> &'static str {
        NAME
    }

    fn period(&self) -> Duration {
        Duration::from_secs(5)
    }

    async fn stand_down(&self) {
        self.looked.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    async fn set_back(&self, _by: i64, _now: Timestamp) -> Result<(), Fault> {
        self.stand_down().await;
        Ok(())
    }

    async fn tick(&self, now: Timestamp) -> Result<u64, Fault> {
        let cases = all(&mut *self.ctx.db.read().await?).await?;
        let mut done = self.settle(&cases).await?;
        for case in self.due(cases, now) {
            match self.look(&case, now).await {
                Ok(count) => done += count,
                Err(fault @ Fault::Unavailable(_)) => return Err(fault),
                Err(fault) => tracing::error!(case = ?case.subject, id = case.id, %fault, "it cannot be explained; the others are"),
            }
        }
        if now.0.saturating_sub(self.swept.load(Ordering::Relaxed)) >= HOUR {
            let mut tx = self.ctx.begin_write().await?;
            let gone = store::age(&mut tx, now.plus(-KEPT), FORGOTTEN).await?;
            tx.commit().await?;
            // What is left is forgotten with the next tick.
            if gone == 0 {
                self.swept.store(now.0, Ordering::Relaxed);
            }
            done += gone;
        }
        Ok(done)
    }
}
