//! Expected bands: fitted by the engine, read by pages and the API. That of a choice is worked out when somebody asks for it.

mod engine;
mod store;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    Actor, Fault, Permission, Span, Timestamp,
    bands::{Band, Bands, HISTORY, LEAST, Made, Measure},
    streams::Stream,
    time::HOUR,
    transactions::{Filter, Kept},
};
use tokio::sync::Semaphore;

pub use engine::Forecaster;

use crate::{Context, occasions, streams, systems, transactions, turns::turn_at};

/// Choices whose bands are remembered for the rest of the hour, so that a page that follows does not work them out again and again.
const REMEMBERED: usize = 32;
/// How long somebody waits for their turn.
const PATIENCE: Duration = Duration::from_secs(2);

type Worked = (String, Vec<(Measure, Made)>);

/// The service behind the port.
pub struct Service {
    ctx: Context,
    transactions: transactions::Settings,
    worked: Arc<Mutex<VecDeque<Worked>>>,
    /// One band is worked out at a time: it takes weeks of counts and many forecasts, and anybody may ask for one.
    turn: Arc<Semaphore>,
}

/// The hours that a band is made of which ends at an hour, as far as hours are kept; `None` where they are too few.
fn history(end: Timestamp, kept: Timestamp) -> Option<Span> {
    let from = end.plus(-HISTORY * HOUR).max(kept.plus(HOUR - 1).floor(HOUR));
    let least = i64::try_from(LEAST).unwrap_or(i64::MAX / HOUR) * HOUR;
    (end.since(from) >= least).then_some(Span { from, to: end })
}

impl Service {
    /// The service over the common ground; the settings say how long which counts are kept.
    pub fn new(ctx: Context, transactions: transactions::Settings) -> Self {
        Self { ctx, transactions, worked: Arc::default(), turn: Arc::new(Semaphore::new(1)) }
    }

    /// The bands of a choice of streams up to an hour: remembered, or worked out when it is their turn.
    async fn made(&self, part: &[Stream], filter: &Filter, end: Timestamp) -> Result<Vec<(Measure, Made)>, Fault> {
        let ids: Vec<&str> = part.iter().map(|stream| stream.id.as_str()).collect();
        let name = format!("{ids:?} {filter:?} {end:?}");
        if let Some(made) = remembered(&self.worked, &name) {
            return Ok(made);
        }
        let kept = self.transactions.shortest(self.ctx.now(), part.iter().map(|stream| stream.keeping));
        let Some(history) = history(end, kept.hour) else { return Ok(Vec::new()) };
        let turn = turn_at(&self.turn, PATIENCE).await?;
        // Whoever had the turn before may have asked for the same.
        if let Some(made) = remembered(&self.worked, &name) {
            return Ok(made);
        }
        let work = Work { ctx: self.ctx.clone(), part: part.to_vec(), filter: filter.clone(), history, kept };
        let worked = self.worked.clone();
        // Whoever asked may be gone before it is done: it goes on for the next who asks, and the turn is over when it is done.
        let task = tokio::spawn(async move {
            let _turn = turn;
            let made = work.done().await?;
            remember(&worked, name, &made);
            Ok(made)
        });
        task.await.map_err(|_| Fault::Internal)?
    }
}

fn remembered(worked: &Mutex<VecDeque<Worked>>, name: &str) -> Option<Vec<(Measure, Made)>> {
    let worked = worked.lock().unwrap_or_else(PoisonError::into_inner);
    worked.iter().find(|(known, _)| known == name).map(|(_, made)| made.clone())
}

fn remember(worked: &Mutex<VecDeque<Worked>>, name: String, made: &[(Measure, Made)]) {
    let mut worked = worked.lock().unwrap_or_else(PoisonError::into_inner);
    worked.push_back((name, made.to_vec()));
    if worked.len() > REMEMBERED {
        worked.pop_front();
    }
}

/// What a band of a choice is worked out from.
struct Work {
    ctx: Context,
    part: Vec<Stream>,
    filter: Filter,
    history: Span,
    kept: Kept,
}

impl Work {
    async fn done(self) -> Result<Vec<(Measure, Made)>, Fault> {
        let Self { ctx, part, filter, history, kept } = self;
        let mut conn = ctx.db.read().await?;
        let slots = transactions::slots_among(&mut conn, (&part, &filter), history, HOUR, &kept).await?;
        let teams = part.iter().map(|stream| stream.system.team.clone()).collect();
        let wide = Span { from: history.from, to: history.to.plus(engine::AHEAD_MS) };
        let special = occasions::special(&mut conn, teams, wide).await?;
        drop(conn);
        engine::fitted(slots, (history.to, Measure::ALL.to_vec()), special).await
    }
}

#[async_trait]
impl Bands for Service {
    async fn over(&self, actor: &Actor, system: &str, span: Span) -> Result<Vec<Band>, Fault> {
        actor.authenticated()?;
        let mut conn = self.ctx.db.read().await?;
        let seen = systems::all(&mut conn, &actor.reach(Permission::Read)).await?;
        let system = seen.into_iter().find(|brief| brief.key == system).ok_or(Fault::NotFound("system"))?.id;
        let span = Span { from: span.from.floor(HOUR), to: span.to };
        let mut bands = Vec::new();
        for &measure in Measure::ALL {
            if let Some(fit) = store::fit(&mut conn, &system, measure).await? {
                bands.push(Band { measure, hours: store::hours(&mut conn, &system, measure, span).await?, fit });
            }
        }
        Ok(bands)
    }

    async fn of_choice(&self, actor: &Actor, filter: &Filter, span: Span) -> Result<Vec<Band>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let now = self.ctx.now();
        // Hours that are over; those of the last week before this one are laid out, each day from what was known before it.
        let end = span.to.min(now).floor(HOUR);
        let mut conn = self.ctx.db.read().await?;
        let systems = systems::all(&mut conn, &actor.reach(Permission::Read)).await?;
        let all = streams::of(&mut conn, systems).await?;
        let part = transactions::chosen_streams(&all, filter)?;
        if part.is_empty() || !filter.code.is_empty() {
            return Ok(Vec::new());
        }
        drop(conn);
        let made = self.made(&part, filter, end).await?;
        let span = Span { from: span.from.floor(HOUR), to: span.to };
        let band = |(measure, mut made): (Measure, Made)| {
            made.hours.retain(|hour| span.contains(hour.at));
            Band { measure, hours: made.hours, fit: made.fit }
        };
        Ok(made.into_iter().map(band).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::DAY;

    #[test]
    fn a_history_lies_within_what_is_kept() {
        let end = Timestamp(1_741_910_400_000);
        assert_eq!(history(end, end.plus(-400 * DAY)), Some(Span { from: end.plus(-35 * DAY), to: end }));
        assert_eq!(history(end, end.plus(-10 * DAY - 1)), Some(Span { from: end.plus(-10 * DAY), to: end }));
        assert_eq!(history(end, end.plus(-2 * DAY)), None);
        assert_eq!(history(Timestamp(0), end), None);
    }
}
