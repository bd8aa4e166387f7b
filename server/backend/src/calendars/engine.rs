//! The engine `calendars`: reads every foreign calendar when it is due, through the house's one client.
//!
//! The network is asked outside of any act on the database. What was read before stays where a reading fails: an old calendar that says how
//! old it is helps more than none.

use std::time::Duration;

use async_trait::async_trait;
use domain::{Actor, Fault, Timestamp, Wording, live::Topic, text::seen};
use futures::{StreamExt, stream};
use http::{HeaderValue, Method, StatusCode, header};
use jiff::tz::TimeZone;

use super::{
    PURPOSE,
    read::{Read, read},
    store::{self, Due},
};
use crate::{
    Context, Engine,
    egress::{Egress, Request},
};

/// Name of the engine, and of its bell.
pub(super) const NAME: &str = "calendars";
/// Calendars of one tick, and how many of them are asked at a time.
const BATCH: i64 = 20;
const AT_ONCE: usize = 4;
/// Bytes of a calendar that are read.
const BODY: usize = 4 << 20;
/// Redirects that are followed; each is checked as the first address was.
const REDIRECTS: u8 = 3;
/// Characters of a reason, and of an ETag, that are kept.
const DETAIL: usize = 300;

/// Reads foreign calendars.
pub struct Reader {
    ctx: Context,
    egress: Egress,
}

/// What came.
enum Came {
    /// It is as it was.
    Same,
    /// Its events, and what the sender calls this state of it.
    New(Read, String),
}

impl Reader {
    /// The engine over the common ground.
    pub fn new(ctx: Context, egress: Egress) -> Self {
        Self { ctx, egress }
    }

    /// Asks for a calendar; an error says why there is none, in English.
    async fn ask(&self, due: &Due, now: Timestamp) -> Result<Came, String> {
        let url = self.ctx.seal.unseal_text(PURPOSE, &due.url).map_err(|_| "the address cannot be opened: the key file is another one")?;
        let mut request = Request::new(Method::GET, url);
        (request.follow, request.body_cap, request.timeout) = (REDIRECTS, BODY, Duration::from_secs(20));
        request.headers.insert(header::ACCEPT, HeaderValue::from_static("text/calendar, */*;q=0.1"));
        if let Some(etag) = HeaderValue::from_str(&due.etag).ok().filter(|_| !due.etag.is_empty()) {
            request.headers.insert(header::IF_NONE_MATCH, etag);
        }
        let exchange = Box::pin(self.egress.request(request)).await.map_err(|error| error.told())?;
        if exchange.status == StatusCode::NOT_MODIFIED {
            return Ok(Came::Same);
        }
        if exchange.status != StatusCode::OK {
            return Err(format!("status {}, expected 200", exchange.status.as_u16()));
        }
        if exchange.truncated {
            return Err(format!("the calendar is larger than {} MiB", BODY >> 20));
        }
        let etag = exchange.headers.get(header::ETAG).and_then(|value| value.to_str().ok()).filter(|etag| etag.len() <= DETAIL);
        let etag = etag.unwrap_or_default().to_owned();
        let zone = domain::time::zone(&due.calendar.content.zone).unwrap_or(TimeZone::UTC);
        let reading = tokio::task::spawn_blocking(move || read(&String::from_utf8_lossy(&exchange.body), &zone, now));
        match reading.await.map_err(|_| "the calendar could not be read".to_owned())? {
            Ok(found) => Ok(Came::New(found, etag)),
            Err(wrong) => Err(said(&wrong)),
        }
    }

    /// Reads one, and keeps what came. Whether it was still there. What cannot be kept is written down as its failure: it holds up no other.
    async fn one(&self, due: Due, now: Timestamp) -> Result<bool, Fault> {
        let came = self.ask(&due, now).await;
        match self.keep(due.clone(), came, now).await {
            Err(fault) if !matches!(fault, Fault::Unavailable(_)) => {
                tracing::error!(calendar = %due.calendar.id, %fault, "a calendar could not be kept");
                self.keep(due, Err("what came could not be kept".to_owned()), now).await
            }
            kept => kept,
        }
    }

    /// Keeps what came, or why nothing did. Whether the calendar was still there.
    async fn keep(&self, due: Due, came: Result<Came, String>, now: Timestamp) -> Result<bool, Fault> {
        let content = &due.calendar.content;
        let mut tx = self.ctx.begin_write().await?;
        let reading = &due.calendar.reading;
        let is_failing = reading.failing_since.is_some();
        // Pages are drawn anew where they would show something else, not after every reading.
        let news = match came {
            Ok(came) => {
                let came = match &came {
                    Came::Same => (None, 0, due.etag.as_str()),
                    Came::New(read, etag) => (Some(read.events.as_slice()), read.left, etag.as_str()),
                };
                let others = store::was_read(&mut tx, &due, came, (now, content.next(now, 0))).await?;
                others.map(|others| others || is_failing || reading.read_at.is_none())
            }
            Err(why) => {
                let why: String = seen(&why).chars().take(DETAIL).collect();
                tracing::info!(calendar = %due.calendar.id, %why, actor = %Actor::engine(NAME).name, "a calendar could not be read");
                let was_there = store::failed(&mut tx, &due, &why, (now, content.next(now, due.failures + 1))).await?;
                was_there.then_some(!is_failing)
            }
        };
        if news == Some(true) {
            tx.announce(Topic::Changes, &due.calendar.id, content.team.as_ref());
        }
        tx.commit().await?;
        Ok(news.is_some())
    }
}

/// Why something is no calendar, in English, as it is kept.
fn said(wrong: &Wording) -> String {
    match wrong.key {
        "occasions-expect-at-most" => "the calendar has too many events",
        "occasions-expect-shallow" => "the parts of the calendar lie too deep within one another",
        _ => "what came is no calendar: it begins with something else than BEGIN:VCALENDAR, or does not end",
    }
    .to_owned()
}

#[async_trait]
impl Engine for Reader {
    fn name(&self) -> &'static str {
        NAME
    }

    fn period(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn set_back(&self, by: i64, now: Timestamp) -> Result<(), Fault> {
        let mut tx = self.ctx.begin_write().await?;
        store::sooner(&mut tx, by, now).await?;
        tx.commit().await
    }

    async fn tick(&self, now: Timestamp) -> Result<u64, Fault> {
        let due = store::due(&mut *self.ctx.db.read().await?, now, BATCH).await?;
        let mut asked = stream::iter(due).map(|due| self.one(due, now)).buffer_unordered(AT_ONCE);
        let mut done = 0;
        while let Some(outcome) = asked.next().await {
            match outcome {
                Ok(was_there) => done += u64::from(was_there),
                Err(fault @ Fault::Unavailable(_)) => return Err(fault),
                // Already logged with what it was about; it is due again.
                Err(fault) => tracing::error!(%fault, "a calendar is neither kept nor marked; the others are"),
            }
        }
        Ok(done)
    }
}
