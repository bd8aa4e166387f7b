//! What was read last of the pages: it serves while it is fresh, while another reads it anew, and while nothing can be read.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::{Fault, Timestamp, Wording, id::TeamId, status::StatusAnswer, time::SECOND};
use tokio::time::timeout;

use super::{answer, store};
use crate::Context;

/// What was read serves so long, in milliseconds.
const FRESH_MS: i64 = 15 * SECOND;
/// So long a reader waits for a reading before they get the last one.
const PATIENCE: Duration = Duration::from_secs(2);
/// Pages that are remembered at most.
const REMEMBERED: usize = 500;

/// What was read of a page: whose it is, whether anybody may read it, and what they are told.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) team: TeamId,
    pub(super) public: bool,
    pub(super) answer: Arc<StatusAnswer>,
    /// When it was last tried to read it; `None` where that is to be done at once.
    tried: Option<Timestamp>,
}

/// Hosts of public pages, with the places of these.
#[derive(Default)]
struct Hosts {
    tried: Option<Timestamp>,
    places: HashMap<String, String>,
}

/// The pages as they were read.
#[derive(Default)]
pub(super) struct Shelf {
    kept: Mutex<HashMap<String, Kept>>,
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

impl Shelf {
    /// Something else is told on the page now: it is read anew, and shown as it was where that cannot be.
    pub(super) fn renew(&self, slug: &str) {
        if let Some(kept) = locked(&self.kept).get_mut(slug) {
            kept.tried = None;
        }
    }

    /// The page is another one now, or none: nobody is shown it as it was.
    pub(super) fn forget(&self, slug: &str) {
        locked(&self.kept).remove(slug);
        *locked(&self.hosts) = Hosts::default();
    }

    /// The page as it was read within the last seconds or is read now, or, where that cannot be, as it was last.
    pub(super) async fn page(&self, ctx: &Context, slug: &str) -> Result<Kept, Fault> {
        let last = locked(&self.kept).get(slug).cloned();
        let _turn = match &last {
            Some(kept) if is_fresh(kept.tried, ctx.now()) => return Ok(kept.clone()),
            Some(kept) => match self.turn.try_lock() {
                Ok(turn) => Some(turn),
                Err(_) => return Ok(kept.clone()),
            },
            None => None,
        };
        match timeout(PATIENCE, read(ctx, slug)).await {
            Ok(Ok(Some(fresh))) => {
                let mut kept = locked(&self.kept);
                if kept.len() >= REMEMBERED && !kept.contains_key(slug) {
                    kept.clear();
                }
                kept.insert(slug.to_owned(), fresh.clone());
                Ok(fresh)
            }
            Ok(Ok(None)) => {
                locked(&self.kept).remove(slug);
                Err(Fault::NotFound("status page"))
            }
            failed => {
                let Some(last) = last else {
                    let busy = Fault::Unavailable(Wording::new("unavailable-database-busy"));
                    return Err(failed.map_or(busy, |read| read.err().unwrap_or(Fault::Internal)));
                };
                // It is tried again in a while, not by every reader.
                if let Some(kept) = locked(&self.kept).get_mut(slug) {
                    kept.tried = Some(ctx.now());
                }
                Ok(last)
            }
        }
    }

    /// The place of the page under a host.
    pub(super) async fn place(&self, ctx: &Context, host: &str) -> Option<String> {
        let last = {
            let hosts = locked(&self.hosts);
            let place = hosts.places.get(host).cloned();
            if is_fresh(hosts.tried, ctx.now()) {
                return place;
            }
            place
        };
        let Ok(_turn) = self.turn.try_lock() else { return last };
        let read = async { store::hosts(&mut *ctx.db.read().await?).await };
        let read = timeout(PATIENCE, read).await;
        let mut hosts = locked(&self.hosts);
        hosts.tried = Some(ctx.now());
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
    Ok(Some(Kept { team: page.team, public: page.public, answer, tried: Some(now) }))
}
