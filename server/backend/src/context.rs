//! The common ground that every service stands on: database, clock, events, identifiers.

use std::{sync::Arc, time::SystemTime};

use domain::{Clock, Timestamp};

use crate::{Db, Seal, db::WriteTx, events::Bus};

/// Cheap to clone; one per process (or per test).
#[derive(Clone)]
pub struct Context {
    /// The database.
    pub db: Db,
    /// Where `now` comes from.
    pub clock: Arc<dyn Clock>,
    /// Events after commit, and the bells that wake engines.
    pub bus: Bus,
    /// Seals secrets at rest.
    pub seal: Seal,
    /// How people reach the portal from outside, without a slash at the end: what leaves the building begins its links so.
    pub url: Arc<str>,
}

impl Context {
    /// Ground over a migrated database. Secrets are sealed with a key that is forgotten with the process, unless
    /// [`Context::with_seal`] gives a lasting one: boot must, tests need not.
    pub fn new(db: Db, clock: Arc<dyn Clock>) -> Self {
        Self { db, clock, bus: Bus::new(), seal: Seal::random(), url: "http://127.0.0.1:8080".into() }
    }

    /// Seals secrets with these keys.
    #[must_use]
    pub fn with_seal(self, seal: Seal) -> Self {
        Self { seal, ..self }
    }

    /// Begins links with this address.
    #[must_use]
    pub fn with_url(self, url: &str) -> Self {
        Self { url: url.into(), ..self }
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new identifier: UUIDv7 of the clock's moment, so that ids sort by creation.
    pub fn new_id<T: std::str::FromStr>(&self) -> T {
        let ms = u64::try_from(self.now().0).unwrap_or(0);
        let seconds = ms / 1000;
        let nanos = u32::try_from((ms % 1000) * 1_000_000).unwrap_or(0);
        let uuid = uuid::Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos));
        match uuid.to_string().parse() {
            Ok(id) => id,
            Err(_) => unreachable!("a UUID prints in the form that ids parse"),
        }
    }

    /// Begins a write: one at a time on SQLite (`BEGIN IMMEDIATE`), concurrent on Postgres.
    pub async fn begin_write(&self) -> Result<WriteTx, domain::Fault> {
        self.db.begin_write(self.bus.clone()).await
    }
}

/// The wall clock of the machine.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}
