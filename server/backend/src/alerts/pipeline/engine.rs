//! The dispatcher: groups whose time has come, alerts that are quiet, or are no longer, because time has passed, and what edited
//! routes lead elsewhere.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    Fault, Timestamp,
    alerts::Reason,
    time::{MINUTE, SECOND},
};
use sqlx::AnyConnection;

use super::{
    flush::flush,
    judge::{Judge, Subject},
    reroute::lead,
    store, suppress,
};
use crate::{
    Context, Engine,
    alerts::{
        routing, step,
        store::{AlertRow, append, save, take},
    },
};

/// Name of the engine, and of its bell.
pub(in crate::alerts) const NAME: &str = "dispatch";
/// Groups that speak in one tick.
const GROUPS: usize = 500;
/// Alerts that are judged in one tick, and from how many on that is done seldom. Where there are more, each has its turn.
const JUDGED: usize = 20_000;
const MANY: usize = 1_000;
/// How seldom: once in so many milliseconds.
const SELDOM: i64 = 10_000;
/// Alerts that turn quiet, or are no longer, in one write.
const TOGETHER: usize = 250;
/// How long an alert that cannot be turned is left alone.
const ASIDE: i64 = MINUTE;

/// The engine `dispatch`.
pub struct Dispatcher {
    ctx: Context,
    /// When alerts were judged last, and how many there were.
    judged: Mutex<(Timestamp, usize)>,
    /// The moment of a group for which the next tick comes, unless something else brings it before.
    due: Mutex<Option<Timestamp>>,
    /// Of what is kept quiet, and of the rest, the one that was judged last, where there are more than are judged in one tick.
    places: Mutex<[Option<(i64, String)>; 2]>,
    most: usize,
    /// The version of the routes by which everything was led, and when that was seen.
    led: Mutex<(i64, Timestamp)>,
    /// Alerts that could not be turned, and until when they are left alone.
    aside: Mutex<HashMap<String, Timestamp>>,
}

impl Dispatcher {
    /// The engine over the common ground.
    pub fn new(ctx: Context) -> Self {
        let (judged, led) = (Mutex::new((Timestamp(i64::MIN), 0)), Mutex::new((-1, Timestamp(0))));
        Self { ctx, judged, due: Mutex::default(), places: Mutex::default(), most: JUDGED, led, aside: Mutex::default() }
    }

    /// Judges so many alerts in one tick, for tests.
    #[must_use]
    pub fn judging(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// What is judged in this tick: what is kept quiet first, because somebody waits to hear of it. Of more than there is room for,
    /// those that come after what was judged last, in turn.
    async fn lasting(&self, conn: &mut AnyConnection) -> Result<Vec<AlertRow>, Fault> {
        let before = self.places.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut after = [None, None];
        let mut all: Vec<AlertRow> = Vec::new();
        for (place, quiet) in [true, false].into_iter().enumerate() {
            // However many are kept quiet, some of the others are judged too.
            let room = if quiet { self.most * 3 / 4 } else { self.most - all.len() };
            let found = store::lasting(conn, quiet, before[place].as_ref(), room).await?;
            if found.len() >= room {
                after[place] = found.last().map(|row| (row.started_at, row.id.clone()));
            }
            all.extend(found);
        }
        *self.places.lock().unwrap_or_else(PoisonError::into_inner) = after;
        Ok(all)
    }

    /// Lets every group speak whose time has come, each in a transaction of its own: one that cannot holds up no other.
    async fn groups(&self, now: Timestamp) -> Result<u64, Fault> {
        let due = store::due(&mut *self.ctx.db.read().await?, now, GROUPS).await?;
        let mut done = 0;
        for id in &due {
            let mut tx = self.ctx.begin_write().await?;
            let mut judge = Judge::begin(&mut tx, now).await?;
            match flush(&mut tx, &self.ctx, &mut judge, &[id.as_str()]).await {
                Ok(0) => {}
                Ok(_) => {
                    tx.commit().await?;
                    done += 1;
                }
                Err(fault @ Fault::Unavailable(_)) => return Err(fault),
                Err(fault) => tracing::error!(group = id, %fault, "a group cannot speak"),
            }
        }
        if due.len() >= GROUPS {
            self.ctx.bus.bell(NAME).notify_one();
        }
        Ok(done)
    }

    fn is_time(&self, now: Timestamp) -> bool {
        let due = self.due.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (at, count) = *self.judged.lock().unwrap_or_else(PoisonError::into_inner);
        let since = now.since(at);
        // A tick that comes because groups speak judges what they say; everything has its second.
        if due.is_some_and(|due| due <= now) && (0..SECOND).contains(&since) {
            return false;
        }
        count < MANY || since >= SELDOM
    }

    /// Looks at everything that fires: what is quiet now and was not, what was and is not.
    async fn judge(&self, now: Timestamp) -> Result<u64, Fault> {
        if !self.is_time(now) {
            return Ok(0);
        }
        let mut changed: Vec<(String, Vec<Reason>)> = Vec::new();
        {
            let conn = &mut *self.ctx.db.read().await?;
            let mut judge = Judge::begin(conn, now).await?;
            let lasting = self.lasting(conn).await?;
            *self.judged.lock().unwrap_or_else(PoisonError::into_inner) = (now, lasting.len());
            // One that does not read is left to the clockwork, which says so.
            let (rows, subjects): (Vec<_>, Vec<_>) =
                lasting.into_iter().filter_map(|row| Subject::of(&row).ok().map(|subject| (row, subject))).unzip();
            judge.prepare(conn, &subjects).await?;
            for (row, subject) in rows.into_iter().zip(&subjects) {
                let reasons = judge.reasons(conn, subject).await?;
                // Reasons that do not read are written anew.
                if row.suppressed().ok().as_ref() != Some(&reasons) {
                    changed.push((row.id, reasons));
                }
            }
        }
        let aside = {
            let mut aside = self.aside.lock().unwrap_or_else(PoisonError::into_inner);
            aside.retain(|_, until| *until > now);
            aside.clone()
        };
        changed.retain(|(id, _)| !aside.contains_key(id));
        let mut done = 0;
        for chunk in changed.chunks(TOGETHER) {
            done += match self.turn(chunk, now).await {
                Ok(count) => count,
                Err(fault @ Fault::Unavailable(_)) => return Err(fault),
                Err(_) => self.turn_each(chunk, now).await?,
            };
        }
        Ok(done)
    }

    /// Turns these one by one, because together they could not be: one that cannot keeps back none of the others.
    async fn turn_each(&self, changed: &[(String, Vec<Reason>)], now: Timestamp) -> Result<u64, Fault> {
        let mut done = 0;
        for one in changed {
            match self.turn(std::slice::from_ref(one), now).await {
                Ok(count) => done += count,
                Err(fault @ Fault::Unavailable(_)) => return Err(fault),
                Err(fault) => {
                    tracing::error!(alert = one.0, %fault, "an alert cannot turn quiet or loud; it is left alone for a minute");
                    self.aside.lock().unwrap_or_else(PoisonError::into_inner).insert(one.0.clone(), now.plus(ASIDE));
                }
            }
        }
        Ok(done)
    }

    /// What keeps these quiet is something else now, or nothing: that is written down, and whoever has to hear of them does.
    async fn turn(&self, changed: &[(String, Vec<Reason>)], now: Timestamp) -> Result<u64, Fault> {
        let mut reasons: HashMap<&str, &[Reason]> = changed.iter().map(|(id, reasons)| (id.as_str(), reasons.as_slice())).collect();
        let mut tx = self.ctx.begin_write().await?;
        let mut rows = take(&mut tx, reasons.keys().copied()).await?;
        step::announce(&mut tx, rows.iter())?;
        let judge = Judge::begin(&mut tx, now).await?;
        let (mut events, mut decided) = (Vec::new(), Vec::new());
        for row in &mut rows {
            let reasons = reasons.remove(row.id.as_str()).unwrap_or_default();
            events.push(suppress(row, reasons, &mut decided)?);
        }
        let released: Vec<String> = rows.iter().filter(|row| !row.is_suppressed()).map(|row| row.id.clone()).collect();
        step::heard(&mut tx, &self.ctx, &judge, rows.iter_mut().filter(|row| !row.is_suppressed()).collect()).await?;
        save(&mut tx, &rows.iter().collect::<Vec<_>>()).await?;
        append(&mut tx, &self.ctx, &events).await?;
        store::decide(&mut tx, &self.ctx, &decided).await?;
        store::call_standing(&mut tx, &released, now).await?;
        tx.commit().await?;
        Ok(rows.len() as u64)
    }

    /// Leads what fires by the routes in force, where others led it. Whoever began to lead by older routes while they were edited
    /// commits soon after: that is looked for once more now and then.
    async fn lead(&self, now: Timestamp) -> Result<u64, Fault> {
        let (version, _) = routing::in_force(&mut *self.ctx.db.read().await?).await?;
        let known = *self.led.lock().unwrap_or_else(PoisonError::into_inner);
        if known.0 == version && now.since(known.1).abs() < SELDOM {
            return Ok(0);
        }
        let mut done = 0;
        loop {
            let mut tx = self.ctx.begin_write().await?;
            let Some(led) = lead(&mut tx, &self.ctx).await? else { break };
            tx.commit().await?;
            done += led;
        }
        *self.led.lock().unwrap_or_else(PoisonError::into_inner) = (version, now);
        Ok(done)
    }
}

#[async_trait]
impl Engine for Dispatcher {
    fn name(&self) -> &'static str {
        NAME
    }

    fn period(&self) -> Duration {
        Duration::from_secs(1)
    }

    async fn set_back(&self, by: i64, now: Timestamp) -> Result<(), Fault> {
        let mut tx = self.ctx.begin_write().await?;
        store::sooner(&mut tx, by, now).await?;
        tx.commit().await
    }

    async fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        // What cannot be read now is looked for by the tick.
        let mut conn = self.ctx.db.read().await.ok()?;
        let due = store::next_due(&mut conn, now).await.ok().flatten();
        *self.due.lock().unwrap_or_else(PoisonError::into_inner) = due;
        due
    }

    async fn tick(&self, now: Timestamp) -> Result<u64, Fault> {
        // Whatever stops one of them, groups that are due speak.
        let (judged, led, spoke) = (self.judge(now).await, self.lead(now).await, self.groups(now).await);
        Ok(judged? + led? + spoke?)
    }
}
