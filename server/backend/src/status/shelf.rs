//! What was read last of the pages: it serves while it is fresh, while another reads it anew, and while nothing can be read.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::{
    Fault, Timestamp, Wording,
    id::{StatusPageId, TeamId},
    live::{Event, Topic},
    status::StatusAnswer,
    time::SECOND,
};
use tokio::{
    sync::broadcast::{Receiver, error::TryRecvError},
    time::timeout,
};

use super::{answer, store};
use crate::Context;

/// What was read serves so long, in milliseconds.
const FRESH_MS: i64 = 15 * SECOND;
/// So long a reader waits for a reading before they get the last one.
const PATIENCE: Duration = Duration::from_secs(2);
/// What is told where a page is another one now, before its place.
const TURNED: &str = "status-page/";
/// Pages that are remembered at most.
const REMEMBERED: usize = 500;

/// What was read of a page: whose it is, whether anybody may read it, and what they are told.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) id: StatusPageId,
    pub(super) team: TeamId,
    pub(super) public: bool,
    pub(super) answer: Arc<StatusAnswer>,
    /// When it was last tried to read it; `None` where that is to be done at once.
    tried: Option<Timestamp>,
}

/// The pages that were read, by their places; and how often that was forgotten or to be read anew: what was read meanwhile is of before.
#[derive(Default)]
struct Pages {
    kept: HashMap<String, Kept>,
    turned: u64,
}

/// Hosts of public pages, with the places of these.
#[derive(Default)]
struct Hosts {
    tried: Option<Timestamp>,
    places: HashMap<String, String>,
    /// How often they were forgotten.
    turned: u64,
}

/// The pages as they were read.
pub(super) struct Shelf {
    pages: Mutex<Pages>,
    /// What is told of pages here and in other replicas, as far as it was not listened to yet.
    told: Mutex<Receiver<Event>>,
    hosts: Mutex<Hosts>,
    /// Whose turn it is to read what others are shown meanwhile as it was.
    turn: tokio::sync::Mutex<()>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_fresh(tried: Option<Timestamp>, now: Timestamp) -> bool {
    tried.is_some_and(|tried| now.since(tried) < FRESH_MS)
}

/// What is told where a page is another one now, or none: its place, so that it is known by that.
pub(super) fn turned(slug: &str) -> String {
    format!("{TURNED}{slug}")
}

impl Shelf {
    /// An empty one, which listens to what is told of pages.
    pub(super) fn new(ctx: &Context) -> Self {
        let told = Mutex::new(ctx.bus.subscribe());
        Self { pages: Mutex::default(), told, hosts: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }

    /// Listens to what was told since: of these pages something else is told now, or they are others.
    fn hear(&self) {
        let mut told = locked(&self.told);
        loop {
            match told.try_recv() {
                Ok(event) if event.topic == Topic::Incidents => match event.id.strip_prefix(TURNED) {
                    Some(slug) => self.forget(slug),
                    None => self.renew(|kept| kept.id.as_str() == event.id),
                },
                Ok(_) => {}
                // Nobody knows which.
                Err(TryRecvError::Lagged(_)) => self.renew(|_| true),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }

    /// Something else is told on pages now: they are read anew, and shown as they were where that cannot be.
    fn renew(&self, which: impl Fn(&Kept) -> bool) {
        let mut pages = locked(&self.pages);
        let mut renewed = 0;
        for kept in pages.kept.values_mut().filter(|kept| which(kept)) {
            kept.tried = None;
            renewed += 1;
        }
        pages.turned += renewed;
    }

    /// The page is another one now, or none: nobody is shown it as it was.
    fn forget(&self, slug: &str) {
        let mut pages = locked(&self.pages);
        pages.turned += 1;
        pages.kept.remove(slug);
        drop(pages);
        let mut hosts = locked(&self.hosts);
        *hosts = Hosts { turned: hosts.turned + 1, ..Hosts::default() };
    }

    /// The page as it was read within the last seconds or is read now, or, where that cannot be, as it was last.
    pub(super) async fn page(&self, ctx: &Context, slug: &str) -> Result<Kept, Fault> {
        self.hear();
        let (last, turned) = {
            let pages = locked(&self.pages);
            (pages.kept.get(slug).cloned(), pages.turned)
        };
        let _turn = match &last {
            Some(kept) if is_fresh(kept.tried, ctx.now()) => return Ok(kept.clone()),
            Some(kept) => match self.turn.try_lock() {
                Ok(turn) => Some(turn),
                Err(_) => return Ok(kept.clone()),
            },
            None => None,
        };
        let read = timeout(PATIENCE, read(ctx, slug)).await;
        self.hear();
        match read {
            Ok(Ok(Some(fresh))) => {
                let mut pages = locked(&self.pages);
                // It may have become another while it was read: then this is for whoever asked before, and for nobody after.
                if pages.turned == turned {
                    if pages.kept.len() >= REMEMBERED && !pages.kept.contains_key(slug) {
                        pages.kept.clear();
                    }
                    pages.kept.insert(slug.to_owned(), fresh.clone());
                }
                Ok(fresh)
            }
            Ok(Ok(None)) => {
                locked(&self.pages).kept.remove(slug);
                Err(Fault::NotFound("status page"))
            }
            failed => {
                let mut pages = locked(&self.pages);
                let Some(last) = last.filter(|_| pages.kept.contains_key(slug)) else {
                    let busy = Fault::Unavailable(Wording::new("unavailable-database-busy"));
                    return Err(failed.map_or(busy, |read| read.err().unwrap_or(Fault::Internal)));
                };
                // It is tried again in a while, not by every reader.
                if let Some(kept) = pages.kept.get_mut(slug) {
                    kept.tried = Some(ctx.now());
                }
                Ok(last)
            }
        }
    }

    /// The place of the page under a host.
    pub(super) async fn place(&self, ctx: &Context, host: &str) -> Option<String> {
        self.hear();
        let (last, turned) = {
            let hosts = locked(&self.hosts);
            let place = hosts.places.get(host).cloned();
            if is_fresh(hosts.tried, ctx.now()) {
                return place;
            }
            (place, hosts.turned)
        };
        let Ok(_turn) = self.turn.try_lock() else { return last };
        let read = async { store::hosts(&mut *ctx.db.read().await?).await };
        let read = timeout(PATIENCE, read).await;
        self.hear();
        let mut hosts = locked(&self.hosts);
        if hosts.turned == turned {
            hosts.tried = Some(ctx.now());
        }
        if let Ok(Ok(rows)) = read {
            hosts.places = rows.into_iter().collect();
        }
        hosts.places.get(host).cloned()
    }

    /// Whether a page was under this host when that was read last.
    pub(super) fn knows(&self, host: &str) -> bool {
        locked(&self.hosts).places.contains_key(host)
    }
}

async fn read(ctx: &Context, slug: &str) -> Result<Option<Kept>, Fault> {
    let conn = &mut *ctx.db.read().await?;
    let Some(page) = store::by_slug(conn, slug).await? else { return Ok(None) };
    let now = ctx.now();
    let answer = Arc::new(answer::read(conn, &page, now).await?);
    Ok(Some(Kept { id: page.id.clone(), team: page.team, public: page.public, answer, tried: Some(now) }))
}
