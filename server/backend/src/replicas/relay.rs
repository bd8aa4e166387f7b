//! Carries events and bells from replica to replica by LISTEN/NOTIFY, so that a page that is open here hears of what was
//! committed there, and an engine that works there is woken from here.
//!
//! What is lost on the way (a connection that broke) is made up for: pages read everything anew, and engines look by
//! themselves once in a while.

use std::time::Duration;

use domain::{
    Fault,
    live::{Event, Topic},
};
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgListener;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::store;
use crate::{Context, events::Word};

/// What happens within this time travels together.
const GATHER: Duration = Duration::from_millis(50);
/// Words that travel together at most, and bytes: a notification of Postgres has room for 8,000.
const WORDS: usize = 200;
const ROOM: usize = 7_500;
/// Between two tries to listen.
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Serialize, Deserialize)]
struct Letter {
    from: String,
    /// Too much to be told one by one.
    all: bool,
    events: Vec<Event>,
    bells: Vec<String>,
}

/// Both directions for one process.
pub struct Relay {
    ctx: Context,
    url: String,
}

impl Relay {
    /// Between this process and the others on the Postgres at this URL.
    pub fn new(ctx: Context, url: &str) -> Self {
        Self { ctx, url: url.to_owned() }
    }

    /// Works on the tracker until the token is cancelled.
    pub fn start(self, tracker: &TaskTracker, stop: &CancellationToken) {
        let (ctx, words, ends) = (self.ctx.clone(), self.ctx.bus.overhear(), stop.clone());
        tracker.spawn(async move { ends.run_until_cancelled(tell(ctx, words)).await });
        let ends = stop.clone();
        tracker.spawn(async move { ends.run_until_cancelled(self.listen()).await });
    }

    /// Hears what others tell, for ever.
    async fn listen(self) {
        let mut first = true;
        loop {
            if let Err(error) = self.hear(&mut first).await {
                tracing::warn!(%error, "other replicas are not heard for a moment");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn hear(&self, first: &mut bool) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect(&self.url).await?;
        listener.listen("evenkeel").await?;
        if !std::mem::take(first) {
            self.all_anew();
        }
        loop {
            let Some(notification) = listener.try_recv().await? else {
                self.all_anew();
                continue;
            };
            match serde_json::from_str::<Letter>(notification.payload()) {
                Ok(letter) if letter.from == self.ctx.leases.replica() => {}
                Ok(Letter { all: true, .. }) => self.all_anew(),
                Ok(letter) => {
                    letter.events.into_iter().for_each(|event| self.ctx.bus.hear(event));
                    letter.bells.iter().for_each(|bell| self.ctx.bus.hear_bell(bell));
                }
                Err(error) => tracing::warn!(%error, "another replica said something that is not understood"),
            }
        }
    }

    /// Something may have been missed: everything is read anew.
    fn all_anew(&self) {
        for &topic in Topic::ALL {
            self.ctx.bus.hear(Event { topic, id: String::new(), team: None });
        }
        self.ctx.bus.hear_all_bells();
    }
}

/// Tells the others what happens here, for ever.
async fn tell(ctx: Context, mut words: Receiver<Word>) {
    loop {
        let mut letter = Letter { from: ctx.leases.replica().to_owned(), all: false, events: Vec::new(), bells: Vec::new() };
        match words.recv().await {
            Ok(word) => take(&mut letter, word),
            Err(RecvError::Lagged(_)) => letter.all = true,
            Err(RecvError::Closed) => return,
        }
        tokio::time::sleep(GATHER).await;
        while let Ok(word) = words.try_recv() {
            take(&mut letter, word);
        }
        if let Err(fault) = send(&ctx, letter).await {
            tracing::warn!(%fault, "other replicas were not told; they will see for themselves");
        }
    }
}

fn take(letter: &mut Letter, word: Word) {
    if letter.events.len() + letter.bells.len() >= WORDS {
        letter.all = true;
    }
    match word {
        _ if letter.all => {}
        Word::Event(event) if !letter.events.contains(&event) => letter.events.push(event),
        Word::Bell(bell) if !letter.bells.iter().any(|known| known == bell) => letter.bells.push(bell.to_owned()),
        Word::Event(_) | Word::Bell(_) => {}
    }
}

async fn send(ctx: &Context, mut letter: Letter) -> Result<(), Fault> {
    let text = |letter: &Letter| serde_json::to_string(letter).map_err(|_| Fault::Internal);
    let mut payload = text(&letter)?;
    if letter.all || payload.len() > ROOM {
        (letter.all, letter.events, letter.bells) = (true, Vec::new(), Vec::new());
        payload = text(&letter)?;
    }
    store::notify(&mut *ctx.db.read().await?, &payload).await
}
