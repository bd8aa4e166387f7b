//! Work that one of several processes has claimed in the database, and does to its end.
//!
//! A claim stands in the row of the work, with who holds it and until when; it is renewed while the work goes on. Here is what one
//! process knows of its own: which work that is, and what ends it. **Invariant:** a key is kept from before its row is claimed until
//! its work is over, so that no engine takes its own work for abandoned.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::Timestamp;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::db::{Db, Kind};

/// How long work has to end when the process does.
const PATIENCE: Duration = Duration::from_secs(10);

/// What this process has claimed: by key, the signal that ends it.
pub(crate) struct Claims<K, V> {
    /// Names this process among all that share the database.
    pub(crate) holder: String,
    /// Cancelled when the process ends.
    pub(crate) stop: CancellationToken,
    kept: Mutex<HashMap<K, Arc<V>>>,
    tasks: TaskTracker,
}

impl<K: Clone + Eq + Hash, V> Claims<K, V> {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            holder: crate::seal::random_hex()[..16].to_owned(),
            stop: CancellationToken::new(),
            kept: Mutex::default(),
            tasks: TaskTracker::new(),
        })
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<K, Arc<V>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How much work is claimed.
    pub(crate) fn count(&self) -> usize {
        self.kept().len()
    }

    /// Keeps a key for as long as what this gives is there; and the signal that ends its work.
    pub(crate) fn keep(self: &Arc<Self>, key: K, signal: V) -> (Kept<K, V>, Arc<V>) {
        let signal = Arc::new(signal);
        self.kept().insert(key.clone(), signal.clone());
        (Kept { claims: self.clone(), key }, signal)
    }

    /// What ends the work of a key, where this process does it.
    pub(crate) fn signal(&self, key: &K) -> Option<Arc<V>> {
        self.kept().get(key).cloned()
    }

    /// Whether a claim is this process's and its work goes on.
    pub(crate) fn goes_on(&self, holder: &str, key: &K) -> bool {
        holder == self.holder && self.kept().contains_key(key)
    }

    /// Does work beside the engine; its key is kept until it is over, however it ends.
    pub(crate) fn spawn(&self, kept: Kept<K, V>, work: impl Future<Output = ()> + Send + 'static)
    where
        K: Send + 'static,
        V: Send + Sync + 'static,
    {
        self.tasks.spawn(async move {
            let _kept = kept;
            work.await;
        });
    }

    /// Ends all work and waits until it has ended, for 10 s at most; whether it has.
    pub(crate) async fn end(&self) -> bool {
        self.stop.cancel();
        self.tasks.close();
        tokio::time::timeout(PATIENCE, self.tasks.wait()).await.is_ok()
    }
}

/// A key that is kept until this is dropped: its work is over, failed, or was another's.
pub(crate) struct Kept<K: Clone + Eq + Hash, V> {
    claims: Arc<Claims<K, V>>,
    key: K,
}

impl<K: Clone + Eq + Hash, V> Drop for Kept<K, V> {
    fn drop(&mut self) {
        self.claims.kept().remove(&self.key);
    }
}

/// The moment by which claims of other processes must have ended to be abandoned now.
pub(crate) fn abandoned_by(db: &Db, now: Timestamp) -> Timestamp {
    // One process has an SQLite file for itself, so a foreign claim is an old one.
    if db.kind() == Kind::Sqlite { Timestamp(i64::MAX) } else { now }
}
