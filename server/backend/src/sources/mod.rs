//! The service of the area `sources`, its engine, and what sibling areas may ask of it.
//!
//! **Architecture invariants:** a source is claimed by moving its next moment forward, so that of several processes one
//! asks; the network comes first, then one transaction that writes what was found; pages read roll-ups, never a page of
//! an endpoint as it was scraped.

mod acts;
mod engine;
mod fetch;
mod reads;
mod record;
mod seams;
mod store;

use async_trait::async_trait;
use domain::{
    Actor, Fault, Span,
    form::Typed,
    id::{SeriesId, SourceId},
    monitors::Resolution,
    sources::{Answer, Catalogue, Kept, KeptSeries, Query, Source, Sources},
    time::DAY,
};

use crate::{Context, egress::Egress};

pub use engine::{Collector, NAME};
pub(crate) use seams::{Wanted, answer, check, trouble, windows};

/// The noun of alerts on a source.
pub const SOURCE: &str = "source";

/// How sources are asked and how long what is kept of them is kept.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether a tick waits for every answer, which is how tests drive it.
    pub by_hand: bool,
    /// Sources asked at a time.
    pub concurrency: usize,
    /// Milliseconds that minutes are kept.
    pub minutes_ms: i64,
    /// Milliseconds that hours are kept.
    pub hours_ms: i64,
    /// Milliseconds that days are kept.
    pub days_ms: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { by_hand: false, concurrency: 64, minutes_ms: 2 * DAY, hours_ms: 90 * DAY, days_ms: 3 * 366 * DAY }
    }
}

impl Settings {
    fn kept_ms(&self, resolution: Resolution) -> i64 {
        match resolution {
            Resolution::Minute => self.minutes_ms,
            Resolution::Hour => self.hours_ms,
            Resolution::Day => self.days_ms,
        }
    }
}

/// Implements [`domain::sources::Sources`].
pub struct Service {
    ctx: Context,
    egress: Egress,
}

impl Service {
    /// The service over the common ground; questions leave through `egress`.
    pub fn new(ctx: Context, egress: Egress) -> Self {
        Self { ctx, egress }
    }
}

#[async_trait]
impl Sources for Service {
    async fn list(&self, actor: &Actor) -> Result<Vec<Source>, Fault> {
        reads::list(&self.ctx, actor).await
    }
    async fn get(&self, actor: &Actor, id: &SourceId) -> Result<Source, Fault> {
        reads::get(&self.ctx, actor, id).await
    }
    async fn create(&self, actor: &Actor, typed: &Typed) -> Result<SourceId, Fault> {
        acts::create(&self.ctx, actor, typed).await
    }
    async fn edit(&self, actor: &Actor, id: &SourceId, typed: &Typed) -> Result<(), Fault> {
        acts::edit(&self.ctx, actor, id, typed).await
    }
    async fn pause(&self, actor: &Actor, id: &SourceId, paused: bool) -> Result<(), Fault> {
        acts::pause(&self.ctx, actor, id, paused).await
    }
    async fn ask_now(&self, actor: &Actor, id: &SourceId) -> Result<Source, Fault> {
        acts::ask_now(&self.ctx, &self.egress, actor, id).await
    }
    async fn delete(&self, actor: &Actor, id: &SourceId) -> Result<(), Fault> {
        acts::delete(&self.ctx, actor, id).await
    }
    async fn catalogue(&self, actor: &Actor, id: &SourceId) -> Result<Option<Catalogue>, Fault> {
        reads::catalogue(&self.ctx, actor, id).await
    }
    async fn choose(&self, actor: &Actor, id: &SourceId, typed: &Typed) -> Result<(), Fault> {
        acts::choose(&self.ctx, actor, id, typed).await
    }
    async fn kept(&self, actor: &Actor, id: &SourceId) -> Result<Vec<Kept>, Fault> {
        reads::kept(&self.ctx, actor, id).await
    }
    async fn series(&self, actor: &Actor, id: &SourceId, series: &[SeriesId], span: Span) -> Result<Vec<KeptSeries>, Fault> {
        reads::series(&self.ctx, actor, id, series, span).await
    }
    async fn query(&self, actor: &Actor, id: &SourceId, query: &Query) -> Result<Answer, Fault> {
        reads::query(&self.ctx, &self.egress, actor, id, query).await
    }
}
