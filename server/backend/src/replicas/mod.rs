//! Several processes on one Postgres: each engine works in one of them at a time, and all hear of what was committed in any.
//!
//! **Architecture invariants:** what an engine writes, it writes under its [`Lease`]: the first statement of its transaction
//! locks the lease and finds its own token there, or the transaction ends. So a process that was stopped, or cut off, and
//! believes itself to be at work can change nothing once another has taken over; clocks decide only how soon that happens.
//! What engines do outside the database they have claimed in it before. Three write without a lease because every row is
//! claimed by itself: deliveries, whose record of a message that has left must not be refused, and runs of tools and of load, which
//! work everywhere.
//!
//! On SQLite there is one process, which holds every lease without asking.

mod relay;
mod store;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::{Fault, Wording};
use sqlx::AnyConnection;
use tokio::time::Instant;

use crate::db::{Db, Kind};
pub use relay::Relay;

/// How long a lease holds without being renewed. Who takes over waits so long at most, and for [`crate::db::IDLE`] where the
/// other was stopped in the middle of a transaction.
pub const TERM: Duration = Duration::from_secs(5);

/// The leases of one process, by the name of the engine.
#[derive(Clone)]
pub struct Leases {
    db: Db,
    replica: Arc<str>,
    term: Duration,
    all: Arc<Mutex<HashMap<&'static str, Arc<Lease>>>>,
}

impl Leases {
    /// None is held yet. The name of the replica is drawn by lot: whoever starts anew is another.
    pub fn new(db: Db) -> Self {
        Self { db, replica: crate::seal::random_hex()[..16].into(), term: TERM, all: Arc::default() }
    }

    /// With another term, for tests.
    #[must_use]
    pub fn with_term(self, term: Duration) -> Self {
        Self { term, all: Arc::default(), ..self }
    }

    /// What this process is called among the replicas.
    pub fn replica(&self) -> &str {
        &self.replica
    }

    /// The lease for the work of this engine.
    pub fn of(&self, engine: &'static str) -> Arc<Lease> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let lease = all.entry(engine).or_insert_with(|| {
            Arc::new(Lease { name: engine, db: self.db.clone(), replica: self.replica.clone(), term: self.term, state: Mutex::default() })
        });
        lease.clone()
    }

    /// Lets go of everything, so that another need not wait.
    pub async fn release(&self) -> Result<(), Fault> {
        let all: Vec<_> = self.all.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        for lease in all {
            lease.release().await?;
        }
        Ok(())
    }
}

/// The right to do the work of one engine.
pub struct Lease {
    name: &'static str,
    db: Db,
    replica: Arc<str>,
    term: Duration,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Default)]
enum State {
    /// Never asked, or lost.
    #[default]
    Free,
    /// Ours under this token until this moment, counted from before the database was asked.
    Held { token: i64, until: Instant },
    /// Another's; not asked for again before this moment.
    Taken { ask: Instant },
}

impl Lease {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often it is renewed, or asked for.
    pub fn pace(&self) -> Duration {
        self.term / 4
    }

    /// Whether this process holds it now; takes or renews it where that is due. What the database cannot say now stays as it
    /// was until the term is over.
    pub async fn hold(&self) -> bool {
        if self.db.kind() == Kind::Sqlite {
            return true;
        }
        let (before, now) = (*self.state(), Instant::now());
        match before {
            State::Held { until, .. } if until.duration_since(now) > self.term - self.pace() => return true,
            State::Taken { ask } if now < ask => return false,
            State::Held { .. } | State::Taken { .. } | State::Free => {}
        }
        let taken = match self.db.keep().await {
            Ok(mut conn) => store::take(&mut conn, self.name, &self.replica, self.term).await,
            Err(fault) => Err(fault),
        };
        let after = match taken {
            Ok(Some(token)) => State::Held { token, until: now + self.term },
            Ok(None) => State::Taken { ask: now + self.pace() },
            Err(_) => match before {
                State::Held { until, .. } if Instant::now() < until => before,
                _ => State::Free,
            },
        };
        *self.state() = after;
        let held = matches!(after, State::Held { .. });
        if held != matches!(before, State::Held { .. }) {
            tracing::info!(engine = self.name, replica = &*self.replica, "{}", if held { "works here now" } else { "works elsewhere" });
        }
        held
    }

    /// Whether nobody else can have taken it yet, without asking: to be looked at right before something leaves the building.
    pub fn stands(&self) -> bool {
        self.db.kind() == Kind::Sqlite || matches!(*self.state(), State::Held { until, .. } if Instant::now() < until)
    }

    /// Fails unless the lease is this process's, and keeps it so until the transaction is over.
    pub(crate) async fn guard(&self, tx: &mut AnyConnection) -> Result<(), Fault> {
        if self.db.kind() == Kind::Sqlite {
            return Ok(());
        }
        let token = match *self.state() {
            State::Held { token, .. } => Some(token),
            State::Free | State::Taken { .. } => None,
        };
        if let Some(token) = token
            && store::is_held(tx, self.name, &self.replica, token).await?
        {
            return Ok(());
        }
        *self.state() = State::Free;
        Err(Fault::Unavailable(Wording::new("unavailable-lease-lost").with("engine", self.name)))
    }

    async fn release(&self) -> Result<(), Fault> {
        let before = std::mem::take(&mut *self.state());
        if let State::Held { token, .. } = before {
            store::release(&mut *self.db.keep().await?, self.name, &self.replica, token).await?;
        }
        Ok(())
    }
}
