//! The engine `objectives`: looks at every objective each minute and tells of what burns too fast.
//!
//! Looking is done beside the tick, objectives of one source one after another and until a deadline, so that a source that hangs
//! holds up no other. Those that had no turn come before all others the next time ([`Turns`]), and those of a source that is still busy
//! wait until it is not: however long a source takes, each has its turn. What is counted over a long stretch hardly changes within a minute: a query source is asked for it seldom
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
use crate::{
    Context, Engine,
    egress::Egress,
    systems,
    turns::{Turn, Turns, is_stale, line_up},
};

/// Name of the engine, and of its bell.
pub const NAME: &str = "objectives";
/// Objectives claimed in one tick, and those that may be looked through for them: whoever waits for a busy source keeps no other waiting.
const BATCH: usize = 500;
const LOOKED_THROUGH: i64 = 5_000;

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

/// An objective that is to be looked at, and the moment that it was moved to.
struct Claimed {
    objective: Stored,
    next: Timestamp,
}

impl Watcher {
    /// The engine over the common ground.
    pub fn new(ctx: Context, egress: Egress, settings: Settings) -> Self {
        let counting = Counting { ctx, egress, transactions: settings.transactions.clone() };
        Self { looking: Looking { counting, known: Arc::default() }, settings, running: tokio::sync::Mutex::default() }
    }

    /// Claims what is due; what asks a busy source stays due.
    async fn claim(&self, busy: &BTreeSet<String>, now: Timestamp) -> Result<Vec<Claimed>, Fault> {
        let ctx = &self.looking.counting.ctx;
        let mut due = store::due(&mut *ctx.db.read().await?, now, LOOKED_THROUGH).await?;
        due.retain(|objective| !busy.contains(&source_of(objective)));
        due.truncate(BATCH);
        if due.is_empty() {
            return Ok(Vec::new());
        }
        let mut tx = ctx.begin_write().await?;
        let mut claimed = Vec::with_capacity(due.len());
        for objective in due {
            // The rhythm stays where it was, unless a turn was missed.
            let due = if now.since(objective.next_at) < MINUTE { objective.next_at } else { now };
            let next = due.plus(MINUTE);
            if store::claim(&mut tx, &objective, next).await? {
                claimed.push(Claimed { objective, next });
            }
        }
        tx.commit().await?;
        Ok(claimed)
    }

    /// Begins to look at what is due.
    async fn begin(&self, tasks: &mut JoinSet<u64>, sources: &mut HashMap<Id, String>, now: Timestamp) -> Result<(), Fault> {
        if tasks.len() >= self.settings.concurrency {
            return Ok(());
        }
        self.looking.tidy(now);
        let busy: BTreeSet<String> = sources.values().cloned().collect();
        let mut batches: BTreeMap<String, Vec<Claimed>> = BTreeMap::new();
        for claimed in self.claim(&busy, now).await? {
            batches.entry(source_of(&claimed.objective)).or_default().push(claimed);
        }
        let deadline = Instant::now() + self.settings.patience;
        for (source, objectives) in batches {
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

/// The source of an objective; empty where it asks none.
fn source_of(objective: &Stored) -> String {
    objective.sli.source().map(ToString::to_string).unwrap_or_default()
}

/// Looks at objectives one after another, until the deadline; gives at how many. Those that have no turn by then stay due. Where the
/// source answers nobody they are unknown, and come when it is asked again, before those that had their turn.
async fn watch(looking: Looking, objectives: Vec<Claimed>, now: Timestamp, deadline: Instant) -> u64 {
    let ctx = &looking.counting.ctx;
    let (mut done, mut waiting) = (0, Vec::new());
    // Objectives without a source have nothing in common that could be silent.
    let mut turns = Turns::until(deadline, objectives.iter().all(|claimed| claimed.objective.sli.source().is_none()));
    let again = objectives.iter().map(|claimed| claimed.next).min().unwrap_or(now);
    for claimed in objectives {
        let objective = &claimed.objective;
        let turn = turns.take(looking.look(objective, now)).await;
        let answers = turns.answered(matches!(&turn, Turn::Had(Ok(Ok(_)))));
        let waits = matches!(turn, Turn::Waits);
        if !waits || !answers || is_stale(objective.standing.evaluated_at, MINUTE, ctx.now()) {
            let looked = match turn {
                Turn::Had(looked) => looked,
                Turn::Late | Turn::Waits => Ok(Err("the source takes too long for all that is asked of it".to_owned())),
            };
            let outcome = match looked {
                Ok(found) => write(ctx, objective, found).await,
                Err(fault) => Err(fault),
            };
            match outcome {
                Ok(counted) => done += u64::from(counted),
                // It comes again in a minute; others go on.
                Err(fault) => tracing::warn!(objective = %objective.id, %fault, "an objective could not be looked at"),
            }
        }
        if waits {
            waiting.push(claimed);
        }
    }
    if turns.silent() {
        line_up(again, waiting.iter_mut().map(|claimed| &mut claimed.objective.next_at));
    }
    if let Err(fault) = give_back(ctx, &waiting).await {
        tracing::warn!(%fault, "objectives that had no turn wait for their next one");
    }
    done
}

/// These are due as they say, not as they were claimed for.
async fn give_back(ctx: &Context, waiting: &[Claimed]) -> Result<(), Fault> {
    if waiting.is_empty() {
        return Ok(());
    }
    let mut tx = ctx.begin_write().await?;
    for claimed in waiting {
        store::give_back(&mut tx, &claimed.objective, claimed.next).await?;
    }
    tx.commit().await
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
