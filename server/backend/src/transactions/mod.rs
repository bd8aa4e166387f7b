//! The service of the area `transactions`, and what sibling areas may ask of it on their own connection.
//!
//! A batch takes a place before it is read, is parsed off the async threads ([`intake`]), waits in a bounded queue, and is
//! written by one task that takes whatever waits into a single transaction ([`writer`]); the answer goes out after the commit.
//! The engine ([`engine`]) merges segments and drops
//! what is older than its retention. Pages ask through [`ask`], and read through [`reads`].

mod ask;
mod dictionary;
mod engine;
pub(crate) mod explain;
mod intake;
mod lists;
mod reads;
mod samples;
mod slots;
mod store;
mod writer;

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    Actor, Fault, Permission, Span, Timestamp, Wording,
    id::{StreamId, SystemId},
    streams::{Fill, Keeping, Stream},
    time::DAY,
    transactions::{Analysis, FailureSamples, Intake, Kept, Question, STREAM, SamplesAsked},
};
use sqlx::AnyConnection;

use crate::{Context, streams};
pub(crate) use ask::{chosen_streams, counted};
pub use ask::{latest, totals};
pub use engine::Compactor;
use intake::Desk;
pub(crate) use slots::{ALWAYS, Hours, busiest, by_value, codes, hours, peak, slots, slots_among, slots_in, sum, sum_in};
pub(crate) use store::names_of;

/// Days that may be asked for at a time however few are kept, and at most: each is a point of a chart.
const SHORTEST_LIMIT: i64 = 396;
const MOST_DAYS: i64 = 1_500;

/// What boot may choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Codes that mean success where a line does not say `success` itself; compared without case.
    pub success_codes: Vec<String>,
    /// Batches that may wait; one more is answered with "too many".
    pub queue: usize,
    /// Bytes of bodies, as they travel, that may be in memory at a time; what comes beyond is answered with "too many".
    pub queue_bytes: usize,
    /// Days that minutes are kept.
    pub minute_days: u32,
    /// Days that hours are kept.
    pub hour_days: u32,
    /// Days that days are kept; older transactions are refused.
    pub day_days: u32,
    /// Days that the key of a batch is remembered; that of a file or table as long as days are kept.
    pub batch_days: u32,
    /// Different values that one dimension may have through one stream that says nothing else; further ones are counted together as `(other)`.
    pub max_values: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            success_codes: ["00", "0000", "SUCCESS"].map(str::to_owned).to_vec(),
            queue: 64,
            queue_bytes: 128 << 20,
            minute_days: 15,
            hour_days: 100,
            day_days: 800,
            batch_days: 7,
            max_values: 200_000,
        }
    }
}

impl Settings {
    /// From when on each grain is kept.
    pub(crate) fn kept(&self, now: Timestamp) -> Kept {
        let since = |days: u32| now.plus(-i64::from(days) * DAY);
        Kept { minute: since(self.minute_days), hour: since(self.hour_days), day: since(self.day_days) }
    }

    /// Refuses a span that is longer than anything that is kept: 13 months at least, and no more days than a chart can show.
    pub(crate) fn expect_span(&self, span: Span, own: impl IntoIterator<Item = Keeping>) -> Result<(), Fault> {
        let kept = own.into_iter().filter_map(|keeping| keeping.day_days).max().unwrap_or(0).max(self.day_days);
        let days = i64::from(kept).clamp(SHORTEST_LIMIT, MOST_DAYS);
        if span.length() <= days * DAY + DAY {
            return Ok(());
        }
        Err(Fault::invalid("from", span.from.rfc3339(), Wording::new("expect-transaction-span").with("days", days)))
    }

    /// The same for a stream that may say otherwise.
    pub(crate) fn kept_by(&self, now: Timestamp, keeping: Keeping) -> Kept {
        let since = |own: Option<u32>, usual: u32| now.plus(-i64::from(own.unwrap_or(usual)) * DAY);
        Kept {
            minute: since(keeping.minute_days, self.minute_days),
            hour: since(keeping.hour_days, self.hour_days),
            day: since(keeping.day_days, self.day_days),
        }
    }

    /// From when on each grain is kept of all that these systems count: their streams may have terms of their own.
    pub(crate) async fn kept_of(&self, conn: &mut AnyConnection, systems: &[SystemId], now: Timestamp) -> Result<Kept, Fault> {
        let streams = streams::of_ids(conn, systems).await?;
        Ok(self.shortest(now, streams.iter().map(|stream| stream.keeping)))
    }

    /// From when on each grain is kept of some stream at least.
    fn longest(&self, now: Timestamp, own: impl IntoIterator<Item = Keeping>) -> Kept {
        let join = |a: Kept, b: Kept| Kept { minute: a.minute.min(b.minute), hour: a.hour.min(b.hour), day: a.day.min(b.day) };
        own.into_iter().map(|keeping| self.kept_by(now, keeping)).fold(self.kept(now), join)
    }

    /// From when on each grain is kept of every one of these streams.
    pub(crate) fn shortest(&self, now: Timestamp, own: impl IntoIterator<Item = Keeping>) -> Kept {
        let join = |a: Kept, b: Kept| Kept { minute: a.minute.max(b.minute), hour: a.hour.max(b.hour), day: a.day.max(b.day) };
        own.into_iter().map(|keeping| self.kept_by(now, keeping)).reduce(join).unwrap_or_else(|| self.kept(now))
    }
}

/// Implements [`domain::transactions::Transactions`].
pub struct Service {
    ctx: Context,
    settings: Arc<Settings>,
    desk: Arc<Desk>,
}

impl Service {
    /// The service over the common ground. Starts the writer task on the current runtime; it ends when the service is dropped
    /// and its queue is empty.
    pub fn new(ctx: Context, settings: Settings) -> Self {
        let settings = Arc::new(settings);
        let desk = Arc::new(Desk::open(ctx.clone(), settings.clone()));
        Self { ctx, settings, desk }
    }

    /// Whether batches are written: a process in which they are not is not ready for any.
    pub fn is_written(&self) -> bool {
        self.desk.is_served()
    }
}

/// How many values the dimensions of a stream have, beside how many they may have.
pub(crate) async fn fills(conn: &mut AnyConnection, stream: &Stream, max_values: usize) -> Result<Vec<Fill>, Fault> {
    let number = store::find_values(conn, STREAM, &[stream.id.as_str()]).await?.into_iter().find_map(|row| u32::try_from(row.id).ok());
    let mut fills = Vec::new();
    for dimension in stream.open_dimensions() {
        let values = match number {
            Some(number) => store::brought(conn, number, &dimension.key).await?,
            None => 0,
        };
        let limit = dimension.limit.map_or(max_values as u64, u64::from);
        fills.push(Fill { dimension: dimension.key.clone(), values, limit, other_at: None });
    }
    Ok(fills)
}

/// The newest transaction of a stream, whenever that was.
pub(crate) async fn latest_of(conn: &mut AnyConnection, stream: &StreamId) -> Result<Option<Timestamp>, Fault> {
    store::latest(conn, Some(&[stream.as_str()])).await
}

#[async_trait]
impl domain::transactions::Transactions for Service {
    async fn reserve(&self, actor: &Actor, bytes: u64) -> Result<Box<dyn Intake>, Fault> {
        self.desk.clone().reserve(actor, bytes)
    }

    async fn analyse(&self, actor: &Actor, question: &Question) -> Result<Analysis, Fault> {
        actor.require_somewhere(Permission::Read)?;
        ask::analyse(&self.ctx, &self.settings, &actor.reach(Permission::Read), question).await
    }

    async fn samples(&self, actor: &Actor, asked: &SamplesAsked) -> Result<FailureSamples, Fault> {
        samples::asked(&self.ctx, actor, asked).await
    }
}
