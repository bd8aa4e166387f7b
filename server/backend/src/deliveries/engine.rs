//! The courier: claims what is due, lets wait what must, sends it, and has it recorded how it ended.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    Fault, Timestamp,
    deliveries::{Held, Kind, Notify, Outcome, joined},
    id::TeamId,
    live::Topic,
    time::{MINUTE, SECOND},
};
use tokio::task::JoinSet;

use super::{
    ENGINE, record,
    send::{Load, Sender, Settings, Ways, mail},
    store::{self, Busy, Due, Left},
    subscribers::{self, Heard},
};
use crate::{Context, Engine, WriteTx};

/// Messages under way at once to one channel, and in all.
const EACH: usize = 4;
const ALL: usize = 64;
/// Of these so many are kept for pages and channels of teams: what persons send themselves takes the others at most.
const KEPT: usize = 24;
/// And so many at most are taken by subscribers of status pages: whoever is on call is told first.
const OUTSIDE: usize = 16;
/// Messages begun in one tick: a tick ends, so that the process can.
const BEGUN: usize = 1_000;
/// What is looked at of one channel at a time where some of it may have to wait, or be told together.
const BATCH: usize = 200;
/// How long an endpoint may take, and how long a claim lasts: longer, so that a claim is not lost while it is used.
pub(super) const TIMEOUT: Duration = Duration::from_millis(TIMEOUT_MS.unsigned_abs());
const TIMEOUT_MS: i64 = 10 * SECOND;
const LEASE_MS: i64 = 60 * SECOND;
/// From one look for what waits for nothing any more to the next.
const RELEASE_MS: i64 = MINUTE;
/// What was left by a channel that was removed, given up in one transaction.
const BURIED: u32 = 100;
/// Why it was given up.
const REMOVED: &str = "the channel was removed";
/// Likewise where a page that everybody could read is one of the house now.
const INSIDE: &str = "not everybody may read the page any more";
/// Likewise where the key of its secrets was lost.
const SEALED: &str = "its secret was sealed with another key file: type it anew";

/// The engine `deliveries`.
#[derive(Clone)]
pub struct Courier {
    ctx: Context,
    sender: Sender,
    /// When it last looked for what waits for nothing any more.
    released: Arc<Mutex<Timestamp>>,
}

/// Messages under way through one channel.
#[derive(Default)]
struct Flight {
    count: usize,
    outside: bool,
}

/// What is to be done with what is due of one channel.
#[derive(Default)]
struct Plan {
    /// Each sent as one message, in the name of the first.
    messages: Vec<Vec<Due>>,
    /// Waits until a moment.
    held: Vec<(Due, Timestamp, Held)>,
}

impl Courier {
    /// The engine over the common ground, with its ways out.
    pub fn new(ctx: Context, ways: Ways, settings: Settings) -> Self {
        let released = Arc::new(Mutex::new(Timestamp(i64::MIN)));
        Self { sender: Sender { ctx: ctx.clone(), ways, settings }, ctx, released }
    }

    /// Lets go what waits for another that has ended; now and then.
    async fn release(&self, now: Timestamp) -> Result<(), Fault> {
        {
            let mut released = self.released.lock().unwrap_or_else(PoisonError::into_inner);
            if now.since(*released) < RELEASE_MS && now >= *released {
                return Ok(());
            }
            *released = now;
        }
        let mut tx = self.ctx.begin_write().await?;
        if store::release_all(&mut tx).await? == 0 {
            return Ok(());
        }
        tx.commit().await
    }

    /// Subscribers who have something due, as many as there is room for, by whether they may be told it now.
    async fn outside(&self, flying: &HashMap<String, Flight>, room: usize, now: Timestamp) -> Result<Heard, Fault> {
        if room == 0 {
            return Ok(Heard::default());
        }
        let conn = &mut *self.ctx.db.read().await?;
        let mut busy = store::busy_subscribers(conn, now, ALL).await?;
        busy.retain(|channel| flying.get(&channel.id).is_none_or(|flight| flight.count < EACH));
        busy.truncate(room);
        subscribers::heard(conn, busy).await
    }

    /// Claims what is due and fits beside what is under way; gives that, and how much was made to wait or given up. Whoever may not read
    /// any more what they subscribed to as a reader is a subscriber no longer.
    async fn claim(&self, flying: &HashMap<String, Flight>) -> Result<(Vec<Load>, u64), Fault> {
        let now = self.ctx.now();
        let mut plans = Vec::new();
        let under_way = |of: &dyn Fn(&&Flight) -> bool| flying.values().filter(of).map(|flight| flight.count).sum::<usize>();
        let mut room = ALL.saturating_sub(under_way(&|_| true));
        let mut room_outside = OUTSIDE.saturating_sub(under_way(&|flight| flight.outside));
        // What is wrong with subscribers does not keep the others from being told.
        let mut heard = self.outside(flying, room_outside.min(room), now).await.unwrap_or_else(|fault| {
            tracing::error!(%fault, "subscribers of status pages are not told for now");
            Heard::default()
        });
        {
            let conn = &mut *self.ctx.db.read().await?;
            let mut busy = store::busy_channels(conn, now).await?;
            busy.append(&mut heard.told);
            for channel in busy {
                // A slow endpoint does not hold up the others.
                let free = if channel.rank >= 2 { room.saturating_sub(KEPT) } else { room };
                let free = if channel.is_outside() { free.min(room_outside) } else { free };
                let places = EACH.saturating_sub(flying.get(&channel.id).map_or(0, |flight| flight.count)).min(free);
                if places == 0 {
                    continue;
                }
                let plan = plan(conn, &channel, places, now).await?;
                let begun = plan.messages.len();
                room -= begun;
                if channel.is_outside() {
                    room_outside -= begun;
                }
                plans.push(plan);
            }
        }
        if plans.is_empty() && heard.is_all() {
            return Ok((Vec::new(), 0));
        }
        let (mut loads, mut held) = (Vec::new(), 0);
        let mut tx = self.ctx.begin_write().await?;
        for lost in &heard.lost {
            held += u64::from(subscribers::lose(&mut tx, &self.ctx, lost).await?);
        }
        for resting in &heard.resting {
            for left in store::left_due(&mut tx, resting, now, BURIED).await? {
                if self.give_up(&mut tx, &left, INSIDE).await? {
                    held += 1;
                    // Whoever comes after them has room at once.
                    tx.ring(ENGINE);
                }
            }
        }
        for plan in plans {
            for (due, until, why) in plan.held {
                held += u64::from(store::hold(&mut tx, &due, until, why).await?);
            }
            for message in plan.messages {
                loads.extend(claim(&mut tx, &message, now).await?);
            }
        }
        tx.commit().await?;
        Ok((loads, held))
    }

    /// Gives up what channels that were removed have left behind; gives how many it were.
    async fn bury(&self, now: Timestamp) -> Result<u64, Fault> {
        let mut done = 0;
        loop {
            let left = store::left_behind(&mut *self.ctx.db.read().await?, now, BURIED).await?;
            if left.is_empty() {
                return Ok(done);
            }
            let mut tx = self.ctx.begin_write().await?;
            for left in left {
                done += u64::from(self.give_up(&mut tx, &left, REMOVED).await?);
            }
            tx.commit().await?;
        }
    }

    /// Gives up what nobody is sending; `false` where it has moved meanwhile.
    async fn give_up(&self, tx: &mut WriteTx, left: &Left, why: &str) -> Result<bool, Fault> {
        if !store::mark_dead(tx, left, why).await? {
            return Ok(false);
        }
        tx.announce(Topic::Deliveries, &left.id, TeamId::parse(&left.team_id).as_ref());
        record::buried(tx, &self.ctx, left, why).await?;
        Ok(true)
    }

    /// Whether all of a load is still this process's to send, and stays so for as long as sending may take. Asked right before:
    /// a process that stood still since it claimed them does not send what another has taken over meanwhile.
    async fn is_ours(&self, load: &Load) -> Result<bool, Fault> {
        let until = self.ctx.now().plus(patience(load.job.kind == Kind::Email.name()));
        let conn = &mut *self.ctx.db.read().await?;
        for job in std::iter::once(&load.job).chain(&load.also) {
            if !store::is_claimed(conn, job, until).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// One attempt and its record.
    async fn attempt(&self, load: Load) -> (String, Result<(), Fault>) {
        let channel = load.job.channel_id.clone();
        match self.is_ours(&load).await {
            Ok(true) => {}
            // Whoever claims it next sends it.
            Ok(false) => return (channel, Ok(())),
            Err(fault) => return (channel, Err(fault)),
        }
        let begun = self.ctx.now();
        let outcome = match self.sender.send(&load).await {
            Ok(outcome) => outcome,
            Err(Fault::Conflict(why)) if why.key == "conflict-sealed" => Outcome::Failed(SEALED.to_owned()),
            Err(fault) => Outcome::Failed(fault.to_string()),
        };
        (channel, record::ended(&self.ctx, &load, begun, &outcome).await)
    }
}

/// Claims what goes out as one message.
async fn claim(tx: &mut WriteTx, due: &[Due], now: Timestamp) -> Result<Option<Load>, Fault> {
    let mut load: Option<Load> = None;
    for due in due {
        let first = load.as_ref().map(|load| load.job.id.clone());
        let Some(job) = store::claim(tx, due, now.plus(LEASE_MS), first.as_deref()).await? else { continue };
        match &mut load {
            Some(load) => load.also.push(job),
            None => load = Some(Load { job, also: Vec::new() }),
        }
    }
    Ok(load)
}

/// What is sent now of what is due, what is summed up, what waits. `places` is how many messages may be begun.
async fn plan(conn: &mut sqlx::AnyConnection, channel: &Busy, places: usize, now: Timestamp) -> Result<Plan, Fault> {
    let manner = channel.manner()?;
    // A text of the channel's own may be made for alerts: it is filled for each.
    let read = channel.is_read()? && manner.body(manner.language).is_none();
    if manner.quiet.is_none() && manner.per_minute.is_none() && !read {
        let alone = store::due(conn, channel, now, places).await?;
        return Ok(Plan { messages: alone.into_iter().map(|due| vec![due]).collect(), held: Vec::new() });
    }
    let mut plan = Plan::default();
    let mut told = Vec::new();
    for due in store::due(conn, channel, now, BATCH).await? {
        let severity = due.severity.map(domain::alerts::Severity::from_rank);
        let until = manner.quiet_until(severity, now);
        match until {
            _ if Notify::parse(&due.event).is_some_and(Notify::is_asked_for) => plan.messages.push(vec![due]),
            Some(until) => plan.held.push((due, until, Held::Quiet)),
            None => told.push(due),
        }
    }
    let mut told = if read { together(told)? } else { told.into_iter().map(|due| vec![due]).collect() };
    if let Some(most) = manner.per_minute {
        let (lately, oldest) = store::told_lately(conn, &channel.id, now).await?;
        let most = usize::try_from(i64::from(most) - lately).unwrap_or(0);
        let for_people = most > 0 && !channel.is_for_programs()?;
        if for_people && !told.is_empty() {
            // The last message of this minute tells people all the rest, and what comes after it.
            let last = told.split_off((most - 1).min(told.len() - 1));
            let ids: Vec<&str> = last.iter().flatten().map(|due| due.id.as_str()).collect();
            let behind = store::behind(conn, &ids, BATCH).await?;
            if told.len() + last.len() + behind.len() > most {
                told.push(last.into_iter().flatten().chain(behind).collect());
            } else {
                told.extend(last);
            }
        } else if told.len() > most {
            // To programs each is a message of its own.
            let until = oldest.plus(MINUTE).max(now.plus(SECOND));
            plan.held.extend(told.split_off(most).into_iter().flatten().map(|due| (due, until, Held::Rate)));
        }
    }
    plan.messages.extend(told);
    plan.messages.truncate(places);
    Ok(plan)
}

/// What is one message to whoever reads it.
fn together(due: Vec<Due>) -> Result<Vec<Vec<Due>>, Fault> {
    let places = joined(&due.iter().map(Due::piece).collect::<Result<Vec<_>, _>>()?);
    let mut due: Vec<Option<Due>> = due.into_iter().map(Some).collect();
    Ok(places.into_iter().map(|message| message.into_iter().filter_map(|place| due[place].take()).collect()).collect())
}

/// How long sending may take, in milliseconds.
fn patience(mail: bool) -> i64 {
    if mail { mail::PATIENCE_MS } else { TIMEOUT_MS }
}

#[async_trait]
impl Engine for Courier {
    fn name(&self) -> &'static str {
        ENGINE
    }

    fn period(&self) -> Duration {
        Duration::from_secs(1)
    }

    /// Whoever claimed something asks before it sends it whether its claim lasts for as long as that takes: after so long nobody is at
    /// it any more.
    async fn take_over(&self, now: Timestamp) -> Result<(), Fault> {
        let mut tx = self.ctx.begin_write().await?;
        for mail in [false, true] {
            store::shorten(&mut tx, mail, now.plus(patience(mail))).await?;
        }
        tx.commit().await
    }

    async fn set_back(&self, by: i64, now: Timestamp) -> Result<(), Fault> {
        let mut tx = self.ctx.begin_write().await?;
        store::sooner(&mut tx, by, now).await?;
        tx.commit().await
    }

    /// Sends until nothing is due. A slow endpoint does not hold the others up: while it takes its time, the bell is
    /// heard and the rest goes out.
    async fn tick(&self, now: Timestamp) -> Result<u64, Fault> {
        // What cannot be given up does not keep the rest from being sent.
        let buried = self.bury(now).await.unwrap_or_else(|fault| {
            tracing::error!(%fault, "what removed channels left behind was not given up");
            0
        });
        if let Err(fault) = self.release(now).await {
            tracing::error!(%fault, "what waits for nothing any more was not let go");
        }
        let bell = self.ctx.bus.bell(ENGINE);
        let mut load: HashMap<String, Flight> = HashMap::new();
        // Tasks of their own: an attempt that waits for the database must go on while this claims the next ones.
        let mut flying = JoinSet::new();
        let (mut begun, mut done, mut trouble) = (0, buried, None);
        loop {
            if begun < BEGUN && trouble.is_none() {
                match self.claim(&load).await {
                    Ok((loads, held)) => {
                        done += held;
                        for one in loads {
                            let flight = load.entry(one.job.channel_id.clone()).or_default();
                            flight.count += 1;
                            flight.outside = !one.job.page_id.is_empty();
                            begun += 1;
                            let this = self.clone();
                            flying.spawn(async move { Box::pin(this.attempt(one)).await });
                        }
                    }
                    Err(fault) => trouble = Some(fault),
                }
            }
            if flying.is_empty() {
                return trouble.map_or(Ok(done), Err);
            }
            tokio::select! {
                Some(landed) = flying.join_next() => {
                    let Ok((channel, outcome)) = landed else {
                        trouble = Some(Fault::Internal);
                        continue;
                    };
                    if let Some(flight) = load.get_mut(&channel) {
                        flight.count -= 1;
                    }
                    match outcome {
                        Ok(()) => done += 1,
                        Err(fault) => trouble = Some(fault),
                    }
                }
                () = bell.notified() => {}
            }
        }
    }
}
