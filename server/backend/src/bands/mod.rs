//! Expected bands: fitted by the engine, read by pages and the API. That of a choice is worked out when somebody asks for it.

mod engine;
mod store;

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use domain::{
    Actor, Fault, Permission, Reach, Span,
    bands::{AHEAD, Band, Bands, HISTORY, Made, Measure},
    time::HOUR,
    transactions::Filter,
};

pub use engine::Forecaster;

use crate::{Context, occasions, streams, systems, transactions};

/// Choices whose bands are remembered for the rest of the hour, so that a page that follows does not work them out again and again.
const REMEMBERED: usize = 32;

type Worked = (String, Vec<(Measure, Made)>);

/// The service behind the port.
pub struct Service {
    ctx: Context,
    transactions: transactions::Settings,
    worked: Mutex<VecDeque<Worked>>,
}

impl Service {
    /// The service over the common ground; the settings say how long which counts are kept.
    pub fn new(ctx: Context, transactions: transactions::Settings) -> Self {
        Self { ctx, transactions, worked: Mutex::default() }
    }

    fn remembered(&self, name: &str) -> Option<Vec<(Measure, Made)>> {
        let worked = self.worked.lock().unwrap_or_else(PoisonError::into_inner);
        worked.iter().find(|(known, _)| known == name).map(|(_, made)| made.clone())
    }

    fn remember(&self, name: String, made: &[(Measure, Made)]) {
        let mut worked = self.worked.lock().unwrap_or_else(PoisonError::into_inner);
        worked.push_back((name, made.to_vec()));
        if worked.len() > REMEMBERED {
            worked.pop_front();
        }
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
        let ids: Vec<&str> = part.iter().map(|stream| stream.id.as_str()).collect();
        let name = format!("{ids:?} {filter:?} {end:?}");
        let made = match self.remembered(&name) {
            Some(made) => made,
            None => {
                let kept = self.transactions.shortest(now, part.iter().map(|stream| stream.keeping));
                let history = Span { from: end.plus(-HISTORY * HOUR), to: end };
                let slots = transactions::slots_among(&mut conn, (&part, filter), history, HOUR, &kept).await?;
                let teams = part.iter().map(|stream| stream.system.team.clone()).collect();
                let ahead = i64::try_from(AHEAD).unwrap_or(0);
                let wide = Span { from: history.from, to: end.plus(ahead * HOUR) };
                let times = occasions::during(&mut conn, &Reach::Teams(teams), wide).await?;
                drop(conn);
                let special = times.into_iter().map(|time| (time.kind, time.span)).collect();
                let made = engine::fitted(slots, (end, true), special).await?;
                self.remember(name, &made);
                made
            }
        };
        let span = Span { from: span.from.floor(HOUR), to: span.to };
        let band = |(measure, mut made): (Measure, Made)| {
            made.hours.retain(|hour| span.contains(hour.at));
            Band { measure, hours: made.hours, fit: made.fit }
        };
        Ok(made.into_iter().map(band).collect())
    }
}
