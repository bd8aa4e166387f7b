//! The engine `objectives`: looks at every objective each minute and tells of what burns too fast.
//!
//! Looking is done beside the tick, objectives of one source one after another and until a deadline, so that a source that hangs
//! holds up no other. What is counted over a long stretch hardly changes within a minute: a query source is asked for it seldom
//! ([`fresh_ms`]), and what it said is remembered meanwhile.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    Fault, Timestamp,
    id::ObjectiveId,
    live::Topic,
    objectives::{ALARMS, Count, Look, burn, fresh_ms, judge},
    time::MINUTE,
};
use tokio::{
    task::{Id, JoinSet},
    time::Instant,
};

use super::{
    Settings,
    count::{Counting, Stretch},
    store::{self, Stored},
    tell,
};
use crate::{Context, Engine, egress::Egress, systems};

/// Name of the engine, and of its bell.
pub const NAME: &str = "objectives";
/// Objectives claimed in one tick.
const BATCH: i64 = 500;

/// What a stretch of an objective counted, in which version, and when that was asked.
type Known = HashMap<(ObjectiveId, Stretch), (i64, Timestamp, Count)>;

/// Looks at objectives.
pub struct Watcher {
    looking: Looking,
    settings: Settings,
    running: tokio::sync::Mutex<(JoinSet<u64>, HashMap<Id, String>)>,
}

/// Counting, with a memory.
#[derive(Clone)]
struct Looking {
    counting: Counting,
    /// By objective and stretch.
    known: Arc<Mutex<Known>>,
}

impl Watcher {
    /// The engine over the common ground.
    pub fn new(ctx: Context, egress: Egress, settings: Settings) -> Self {
        let counting = Counting { ctx, egress, transactions: settings.transactions.clone() };
        Self { looking: Looking { counting, known: Arc::default() }, settings, running: tokio::sync::Mutex::default() }
    }

    async fn claim(&self, now: Timestamp) -> Result<Vec<Stored>, Fault> {
        let ctx = &self.looking.counting.ctx;
        let due = store::due(&mut *ctx.db.read().await?, now, BATCH).await?;
        if due.is_empty() {
            return Ok(due);
        }
        let mut tx = ctx.begin_write().await?;
        let mut claimed = Vec::with_capacity(due.len());
        for objective in due {
            // The rhythm stays where it was, unless a turn was missed.
            let next = if now.since(objective.next_at) < MINUTE { objective.next_at } else { now };
            if store::claim(&mut tx, &objective, next.plus(MINUTE)).await? {
                claimed.push(objective);
            }
        }
        tx.commit().await?;
        Ok(claimed)
    }

    /// Begins to look at what is due. Those of a source that is still busy with the last turn are passed over this time.
    async fn begin(&self, tasks: &mut JoinSet<u64>, sources: &mut HashMap<Id, String>, now: Timestamp) -> Result<(), Fault> {
        if tasks.len() >= self.settings.concurrency {
            return Ok(());
        }
        self.looking.tidy(now);
        let busy: BTreeSet<String> = sources.values().cloned().collect();
        let mut batches: BTreeMap<String, Vec<Stored>> = BTreeMap::new();
        for objective in self.claim(now).await? {
            batches.entry(objective.sli.source().map(ToString::to_string).unwrap_or_default()).or_default().push(objective);
        }
        let deadline = Instant::now() + self.settings.patience;
        for (source, objectives) in batches.into_iter().filter(|(source, _)| !busy.contains(source)) {
            let task = tasks.spawn(watch(self.looking.clone(), objectives, now, deadline));
            sources.insert(task.id(), source);
        }
        Ok(())
    }
}

impl Looking {
    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts of every stretch: each alarm's long and short one, and the whole window; each once. Where a shorter one burns
    /// faster than the budget lasts, nothing is taken from memory: an alarm may be near.
    async fn look(&self, objective: &Stored, now: Timestamp) -> Result<Result<Look, String>, Fault> {
        let whole = Stretch::window(objective.days, &objective.month, now);
        let (mut counts, mut burning) = (BTreeMap::new(), false);
        let alarms = ALARMS.iter().flat_map(|alarm| [alarm.short_ms, alarm.long_ms]).map(Stretch::Last);
        for stretch in alarms.chain([whole]).collect::<BTreeSet<_>>() {
            match self.stretch(objective, stretch, now, burning).await? {
                Ok(count) => {
                    burning |= burn(count, objective.target).is_some_and(|burn| burn > 1.0);
                    counts.insert(stretch, count);
                }
                // Where one question stays without an answer the others are not asked.
                Err(why) => return Ok(Err(why)),
            }
        }
        let of = |stretch| counts.get(&stretch).copied().unwrap_or_default();
        let stretches = ALARMS.iter().map(|alarm| (of(Stretch::Last(alarm.long_ms)), of(Stretch::Last(alarm.short_ms)))).collect();
        Ok(Ok(Look { stretches, whole: of(whole) }))
    }

    /// Counts of one stretch, or what they were a moment ago that is short beside it.
    async fn stretch(&self, objective: &Stored, stretch: Stretch, now: Timestamp, anew: bool) -> Result<Result<Count, String>, Fault> {
        let place = (objective.id.clone(), stretch);
        if !anew
            && objective.sli.source().is_some()
            && let Some((version, at, count)) = self.known().get(&place).copied()
            && version == objective.version
            && (0..fresh_ms(stretch.length(now))).contains(&now.since(at))
        {
            return Ok(Ok(count));
        }
        let counted = self.counting.stretch(&objective.system, &objective.sli, stretch, now).await?;
        // Where nothing was counted there may be something in a minute.
        if let (Some(_), Ok(count)) = (objective.sli.source(), &counted)
            && count.total > 0.0
        {
            self.known().insert(place, (objective.version, now, *count));
        }
        Ok(counted)
    }

    /// Forgets what is remembered of objectives that are not looked at any more.
    fn tidy(&self, now: Timestamp) {
        self.known().retain(|(_, stretch), (_, at, _)| (0..2 * fresh_ms(stretch.length(now))).contains(&now.since(*at)));
    }
}

/// Takes a look into account, unless the objective was edited, paused or deleted since; whether it counted.
async fn write(ctx: &Context, asked: &Stored, found: Result<Look, String>) -> Result<bool, Fault> {
    let mut tx = ctx.begin_write().await?;
    let held = match store::hold(&mut tx, &asked.id).await {
        Err(Fault::NotFound(_)) => return Ok(false),
        held => held?,
    };
    if held.paused || held.version != asked.version {
        return Ok(false);
    }
    let standing = judge(&held.standing, found, held.target, ctx.now());
    tell::say(&mut tx, ctx, &held, &standing).await?;
    store::set_standing(&mut tx, &held.id, &standing).await?;
    let team = systems::brief(&mut tx, &held.system).await?.team;
    tx.announce(Topic::Rules, &held.id, Some(&team));
    tx.commit().await?;
    Ok(true)
}

/// Looks at objectives one after another, until the deadline; gives at how many. Of those that have no turn by then nobody knows
/// anything.
async fn watch(looking: Looking, objectives: Vec<Stored>, now: Timestamp, deadline: Instant) -> u64 {
    let mut done = 0;
    for objective in objectives {
        let late = || Ok(Err("the source takes too long for all that is asked of it".to_owned()));
        let looked = tokio::time::timeout_at(deadline, looking.look(&objective, now)).await;
        let outcome = match looked.unwrap_or_else(|_| late()) {
            Ok(found) => write(&looking.counting.ctx, &objective, found).await,
            Err(fault) => Err(fault),
        };
        match outcome {
            Ok(counted) => done += u64::from(counted),
            // It comes again in a minute; others go on.
            Err(fault) => tracing::warn!(objective = %objective.id, %fault, "an objective could not be looked at"),
        }
    }
    done
}

#[async_trait]
impl Engine for Watcher {
    fn name(&self) -> &'static str {
        NAME
    }

    fn period(&self) -> Duration {
        Duration::from_secs(5)
    }

    async fn set_back(&self, by: i64, now: Timestamp) -> Result<(), Fault> {
        let mut tx = self.looking.counting.ctx.begin_write().await?;
        store::sooner(&mut tx, by, now).await?;
        tx.commit().await
    }

    async fn tick(&self, now: Timestamp) -> Result<u64, Fault> {
        let (tasks, sources) = &mut *self.running.lock().await;
        let mut done = 0;
        let mut spawned = false;
        loop {
            let next = if spawned && self.settings.by_hand { tasks.join_next_with_id().await } else { tasks.try_join_next_with_id() };
            match next {
                Some(Ok((id, count))) => {
                    sources.remove(&id);
                    done += count;
                }
                Some(Err(error)) => {
                    sources.remove(&error.id());
                    tracing::error!(%error, "looking at objectives failed");
                }
                None if spawned => return Ok(done),
                None => {
                    self.begin(tasks, sources, now).await?;
                    spawned = true;
                }
            }
        }
    }
}
