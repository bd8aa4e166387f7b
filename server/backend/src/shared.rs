//! What many ask for at the same moment is read once: a live page in fifty browsers asks for the same at the same event.

use std::{
    collections::HashMap,
    future::Future,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use domain::Fault;

/// What was read, when the reading began, and of which state of things.
type Cell<V> = Arc<tokio::sync::Mutex<Option<(Instant, u64, V)>>>;

/// Keys that are kept at most: beyond them everything is read anew.
const KEYS: usize = 200;

/// Values that serve every reader of their key for a while. One reads, the others wait for it.
pub(crate) struct Shared<K, V> {
    keep: Duration,
    cells: Mutex<HashMap<K, Cell<V>>>,
}

impl<K: Eq + Hash, V: Clone> Shared<K, V> {
    /// Values serve this long; not at all where it is nothing.
    pub(crate) fn new(keep: Duration) -> Self {
        Self { keep, cells: Mutex::default() }
    }

    /// The value of the key, read now unless somebody has just read it. What failed is not kept.
    pub(crate) async fn get(&self, key: K, read: impl Future<Output = Result<V, Fault>>) -> Result<V, Fault> {
        self.get_of(key, 0, read).await
    }

    /// The same where a value serves only as long as the things stand that it was read of: `state` counts their changes and is
    /// taken before the reading.
    pub(crate) async fn get_of(&self, key: K, state: u64, read: impl Future<Output = Result<V, Fault>>) -> Result<V, Fault> {
        if self.keep.is_zero() {
            return read.await;
        }
        let cell = {
            let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
            if cells.len() >= KEYS && !cells.contains_key(&key) {
                cells.clear();
            }
            cells.entry(key).or_default().clone()
        };
        let mut held = cell.lock().await;
        if let Some((at, _, value)) = held.as_ref().filter(|(at, of, _)| at.elapsed() < self.keep && *of >= state) {
            tracing::trace!(age = ?at.elapsed(), "read before");
            return Ok(value.clone());
        }
        let at = Instant::now();
        let value = read.await?;
        *held = Some((at, state, value.clone()));
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn many_at_once_read_once_and_each_key_for_itself() {
        let (shared, read) = (Arc::new(Shared::new(Duration::from_secs(60))), Arc::new(AtomicU32::new(0)));
        let mut tasks = Vec::new();
        for n in 0..20 {
            let (shared, read) = (shared.clone(), read.clone());
            tasks.push(tokio::spawn(async move {
                let reading = async {
                    tokio::task::yield_now().await;
                    Ok(read.fetch_add(1, Ordering::SeqCst))
                };
                shared.get(n % 2, reading).await
            }));
        }
        for task in tasks {
            assert!(task.await.unwrap().unwrap() < 2);
        }
        assert_eq!(read.load(Ordering::SeqCst), 2);
        assert_eq!(shared.get(7, async { Err(Fault::Internal) }).await, Err(Fault::Internal));
        assert_eq!(shared.get(7, async { Ok(70) }).await, Ok(70));
        assert_eq!(shared.get_of(7, 1, async { Ok(71) }).await, Ok(71), "what it was read of has changed");
        assert_eq!(shared.get_of(7, 1, async { Ok(72) }).await, Ok(71));
        let alone = Shared::new(Duration::ZERO);
        assert_eq!((alone.get(1, async { Ok(1) }).await, alone.get(1, async { Ok(2) }).await), (Ok(1), Ok(2)));
    }
}
