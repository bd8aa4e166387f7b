//! A clock that can be set back while the past is told, and on while nobody wants to wait.

use std::sync::atomic::{AtomicI64, Ordering};

use backend::SystemClock;
use domain::{Clock, Timestamp};

/// The wall clock, moved.
#[derive(Default)]
pub struct ShiftedClock(AtomicI64);

impl ShiftedClock {
    /// From now on it shows this moment, and goes on from there.
    pub fn set(&self, at: Timestamp) {
        self.0.store(at.since(SystemClock.now()), Ordering::SeqCst);
    }

    /// From now on it shows so many milliseconds more.
    pub fn pass(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }

    /// From now on it shows the present.
    pub fn release(&self) {
        self.0.store(0, Ordering::SeqCst);
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus(self.0.load(Ordering::SeqCst))
    }
}
