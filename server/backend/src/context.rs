//! The common ground that every service stands on: database, clock, events, identifiers.

use std::{sync::Arc, time::SystemTime};

use domain::{Clock, Timestamp};

use crate::{
    Db, Seal,
    db::WriteTx,
    events::Bus,
    replicas::{Lease, Leases},
};

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
    /// Whether mail leaves this house: a mail server is set up.
    pub mail: bool,
    /// Which engines work in this process.
    pub leases: Leases,
    /// The lease under which everything is written that is written on this ground.
    pub lease: Option<Arc<Lease>>,
}

impl Context {
    /// Ground over a migrated database. Secrets are sealed with a key that is forgotten with the process, unless
    /// [`Context::with_seal`] gives a lasting one: boot must, tests need not.
    pub fn new(db: Db, clock: Arc<dyn Clock>) -> Self {
        Self {
            leases: Leases::new(db.clone()),
            lease: None,
            db,
            clock,
            bus: Bus::new(),
            seal: Seal::random(),
            url: "http://127.0.0.1:8080".into(),
            mail: false,
        }
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

    /// Says whether mail leaves this house.
    #[must_use]
    pub fn with_mail(self, mail: bool) -> Self {
        Self { mail, ..self }
    }

    /// The ground of an engine: what is written on it is written only while this process holds the lease of that name.
    #[must_use]
    pub fn under(&self, engine: &'static str) -> Self {
        Self { lease: Some(self.leases.of(engine)), ..self.clone() }
    }

    /// Whether what is done on this ground is still this process's to do. Asks nobody.
    pub fn acts(&self) -> bool {
        self.lease.as_ref().is_none_or(|lease| lease.stands())
    }

    /// With other leases, for tests.
    #[must_use]
    pub fn with_leases(self, leases: Leases) -> Self {
        Self { leases, ..self }
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
        let mut tx = self.db.begin_write(self.bus.clone()).await?;
        if let Some(lease) = &self.lease {
            lease.guard(&mut tx).await?;
        }
        Ok(tx)
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
