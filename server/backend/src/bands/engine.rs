//! The engine `bands`: forecasts each system's volume, success rate, latency and amount anew every hour, from the hours before.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    Fault, Reach, Span, Timestamp,
    bands::{HISTORY, LEAST, Made, Measure, fit},
    id::SystemId,
    occasions::Kind,
    systems::Brief,
    time::{DAY, HOUR, MINUTE},
    transactions::{Filter, Sum, units},
};

use super::store;
use crate::{Context, Engine, occasions, streams, systems, transactions};

/// Name of the engine, and of its bell.
const NAME: &str = "bands";
/// What comes late into an hour is waited for.
const LATE: i64 = 2 * MINUTE;
/// How long bands are kept: as long as a year is looked back at.
const KEPT: i64 = 400 * DAY;
/// How far ahead is forecast, with a little more.
pub(super) const AHEAD_MS: i64 = 3 * DAY;
/// Rows forgotten at once, and how often in one tick: it holds up nobody for long, and goes faster than bands come.
const FORGOTTEN: u32 = 2_000;
const ROUNDS: u32 = 100;

/// Fits bands.
pub struct Forecaster {
    ctx: Context,
    transactions: transactions::Settings,
    /// The hour for which each system was last looked at here, with or without a result.
    looked: Mutex<BTreeMap<SystemId, Timestamp>>,
}

impl Forecaster {
    /// The engine over the common ground.
    pub fn new(ctx: Context, transactions: transactions::Settings) -> Self {
        Self { ctx, transactions, looked: Mutex::default() }
    }

    fn known(&self, system: &SystemId) -> Option<Timestamp> {
        self.looked.lock().unwrap_or_else(PoisonError::into_inner).get(system).copied()
    }

    /// Forecasts one system from the hours that have ended; how many measures have a band now.
    async fn look(&self, of: &Brief, hour: Timestamp, now: Timestamp) -> Result<u64, Fault> {
        let system = &of.id;
        let span = Span { from: hour.plus(-HISTORY * HOUR), to: hour };
        let (slots, before, special) = {
            let mut conn = self.ctx.db.read().await?;
            let kept = self.transactions.kept_of(&mut conn, std::slice::from_ref(system), now).await?;
            let streams = streams::of_ids(&mut conn, std::slice::from_ref(system)).await?;
            let slots = transactions::slots_among(&mut conn, (&streams, &Filter::default()), span, HOUR, &kept).await?;
            let wide = Span { from: span.from, to: hour.plus(AHEAD_MS) };
            let special = occasions::special(&mut conn, vec![of.team.clone()], wide).await?;
            (slots, store::fitted(&mut conn, system).await?, special)
        };
        // After a longer stop the past has no band: it is laid out where none was forecast.
        let first: Vec<Measure> = {
            let is_first = |measure: &Measure| before.get(measure.name()).is_none_or(|at| now.since(*at) > DAY);
            Measure::ALL.iter().copied().filter(is_first).collect()
        };
        let mut made = fitted(slots, (now, first.clone()), special).await?;
        if made.is_empty() {
            return Ok(0);
        }
        // What has begun is forecast no more.
        made.iter_mut().for_each(|(measure, made)| made.hours.retain(|hour| first.contains(measure) || hour.at >= now));
        let mut tx = self.ctx.begin_write().await?;
        for (measure, made) in &made {
            store::keep(&mut tx, system, *measure, made).await?;
        }
        tx.commit().await?;
        Ok(made.len() as u64)
    }

    /// Forgets the hours that began before, in acts that hold up nobody.
    async fn forget(&self, before: Timestamp) -> Result<(), Fault> {
        for _ in 0..ROUNDS {
            let mut tx = self.ctx.begin_write().await?;
            let gone = store::age(&mut tx, before, FORGOTTEN).await?;
            tx.commit().await?;
            if gone < u64::from(FORGOTTEN) {
                break;
            }
        }
        Ok(())
    }
}

/// Fits every measure to hours, the first of which that hold anything begin the history; none where too little is known, and none of
/// the amount where that is not of one currency. `first` are those that are laid over the past, too. See [`fit`].
pub(super) async fn fitted(
    (slots, currency): (Vec<(Timestamp, Sum)>, Option<String>),
    (now, first): (Timestamp, Vec<Measure>),
    special: Vec<(Kind, Span)>,
) -> Result<Vec<(Measure, Made)>, Fault> {
    let Some(begins) = slots.iter().position(|(_, sum)| sum.sums.total > 0).filter(|begins| slots.len() - begins >= LEAST) else {
        return Ok(Vec::new());
    };
    tokio::task::spawn_blocking(move || {
        let hours = &slots[begins..];
        let of = |measure: Measure| {
            let currency = if measure == Measure::Amount { currency.as_deref()? } else { "" };
            let values: Vec<f64> = hours.iter().map(|(_, sum)| value((measure, currency), sum)).collect();
            Some((measure, fit(measure, &values, hours[0].0, (now, first.contains(&measure)), &special)?))
        };
        Measure::ALL.iter().filter_map(|measure| of(*measure)).collect()
    })
    .await
    .map_err(|_| Fault::Internal)
}

/// The value of an hour; NaN where there is none.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn value((measure, currency): (Measure, &str), sum: &Sum) -> f64 {
    let (total, failed) = (sum.sums.total as f64, sum.sums.failed as f64);
    match measure {
        Measure::Volume => total,
        Measure::Success if total > 0.0 => (total - failed) / total * 100.0,
        Measure::Success => f64::NAN,
        Measure::P95 => sum.latency.quantile(0.95).unwrap_or(f64::NAN),
        Measure::Amount => units(sum.sums.amount as f64, currency),
    }
}

#[async_trait]
impl Engine for Forecaster {
    fn name(&self) -> &'static str {
        NAME
    }

    fn period(&self) -> Duration {
        Duration::from_secs(60)
    }

    async fn stand_down(&self) {
        self.looked.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    async fn tick(&self, now: Timestamp) -> Result<u64, Fault> {
        let hour = now.plus(-LATE).floor(HOUR);
        let all = systems::all(&mut *self.ctx.db.read().await?, &Reach::All).await?;
        let mut done = 0;
        for of in all {
            let system = of.id.clone();
            if self.known(&system).is_some_and(|looked| looked >= hour) {
                continue;
            }
            match self.look(&of, hour, now).await {
                Ok(count) => done += count,
                Err(fault @ Fault::Unavailable(_)) => return Err(fault),
                Err(fault) => tracing::error!(system = %system, %fault, "a band cannot be fitted; the others are"),
            }
            self.looked.lock().unwrap_or_else(PoisonError::into_inner).insert(system, hour);
        }
        if done > 0 {
            self.forget(now.plus(-KEPT)).await?;
        }
        Ok(done)
    }
}
