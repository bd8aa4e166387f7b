//! One SQL text, two databases: SQLite embedded by default, Postgres at scale, through sqlx `Any`.
//!
//! **Architecture invariants:** columns are BIGINT, TEXT, BYTEA/BLOB or DOUBLE PRECISION only; placeholders are
//! `$1…` (both databases read them); a read-then-write begins with [`Db::begin_write`], which is
//! `BEGIN IMMEDIATE` on SQLite, because a deferred transaction that upgrades to write is refused at once.

mod bind;
mod copy;
mod fault;
mod migrate;
mod sql;
mod write;

use std::{path::PathBuf, sync::Arc, time::Duration};

use domain::Fault;
use percent_encoding::percent_decode_str;
use sqlx::{Any, AnyPool, AssertSqlSafe, Connection as _, any::AnyPoolOptions, pool::PoolConnection};
use tokio::sync::Mutex;

pub use bind::Bind;
pub use fault::{OrFault, stored};
pub use sql::{Sql, in_order, sql};
pub(crate) use write::Uncommitted;
pub use write::WriteTx;

use crate::events::Bus;

/// Which database this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Embedded, one file, one process.
    Sqlite,
    /// A server, any number of processes.
    Postgres,
}

/// Pools of connections to a migrated database; cheap to clone.
#[derive(Clone)]
pub struct Db {
    pool: AnyPool,
    /// Where writes take their connection from. SQLite: one of its own, so that whoever has the turn has a connection
    /// too, however many read. Postgres: the same pool.
    writers: AnyPool,
    /// Where leases are renewed. Postgres: connections of their own, so that whoever takes all others takes no lease along; they wait
    /// for no lock for long, so that a lease that another holds fast keeps none of ours.
    keepers: AnyPool,
    kind: Kind,
    /// SQLite has one writer: waiting here in order is fairer and cheaper than polling its lock.
    writer: Arc<Mutex<()>>,
}

/// Where the file of a `sqlite:` URL is.
pub fn sqlite_file(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?.trim_start_matches("//");
    let path = percent_decode_str(path.split('?').next().unwrap_or(path)).decode_utf8_lossy();
    Some(PathBuf::from(path.into_owned()))
}

/// How long a transaction on Postgres may stand still: then the server ends it, and what it has locked is free. A process that
/// was stopped in the middle of one must not keep the others waiting.
pub const IDLE: Duration = Duration::from_secs(8);

/// How long a write waits for its turn before the answer is "unavailable".
const WRITE_WAIT: Duration = Duration::from_secs(8);

/// Connections on which leases are renewed; how long a renewal waits for one, and for a lock: less than a lease holds.
const KEEPERS: u32 = 4;
const KEEP_WAIT: Duration = Duration::from_secs(2);
const KEEP_LOCK: Duration = Duration::from_secs(1);

impl Db {
    /// Opens `sqlite:PATH`, `sqlite::memory:` is not offered (every connection would be another database), or
    /// `postgres://…`, and brings its tables up to date.
    pub async fn open(url: &str) -> Result<Self, sqlx::Error> {
        let db = Self::connect(url).await?;
        migrate::run(&db.pool, db.kind).await?;
        Ok(db)
    }

    /// Opens without touching the tables.
    pub async fn connect(url: &str) -> Result<Self, sqlx::Error> {
        sqlx::any::install_default_drivers();
        let kind = if url.starts_with("postgres:") || url.starts_with("postgresql:") { Kind::Postgres } else { Kind::Sqlite };
        if let (Kind::Sqlite, Some(file)) = (kind, sqlite_file(url)) {
            crate::private::database(&file)?;
        }
        let url = match kind {
            Kind::Sqlite if !url.contains("mode=") => format!("{url}{}mode=rwc", if url.contains('?') { '&' } else { '?' }),
            _ => url.to_owned(),
        };
        let options = |keeps: bool| {
            AnyPoolOptions::new()
                .max_connections(if kind == Kind::Sqlite { 8 } else { 16 })
                .acquire_timeout(WRITE_WAIT)
                // A file does not hang up; a server may have, and then the connection is replaced before it is used.
                .test_before_acquire(kind == Kind::Postgres)
                .after_connect(move |conn, _| {
                    Box::pin(async move {
                        if kind == Kind::Sqlite {
                            for pragma in [
                                "PRAGMA journal_mode = WAL",
                                "PRAGMA synchronous = FULL",
                                "PRAGMA busy_timeout = 5000",
                                "PRAGMA foreign_keys = ON",
                                "PRAGMA cache_size = -16000",
                                "PRAGMA temp_store = MEMORY",
                            ] {
                                sqlx::query(pragma).execute(&mut *conn).await?;
                            }
                        }
                        if kind == Kind::Postgres {
                            let idle = format!("SET idle_in_transaction_session_timeout = {}", IDLE.as_millis());
                            sqlx::query(AssertSqlSafe(idle)).execute(&mut *conn).await?;
                        }
                        if keeps {
                            let lock = format!("SET lock_timeout = {}", KEEP_LOCK.as_millis());
                            sqlx::query(AssertSqlSafe(lock)).execute(&mut *conn).await?;
                        }
                        Ok(())
                    })
                })
                // SQLite ends a transaction by itself where the disk is full. A connection that takes it for open would never begin
                // another one: it is replaced.
                .before_acquire(|conn, _| {
                    let outside = !conn.is_in_transaction();
                    Box::pin(async move { Ok(outside) })
                })
        };
        let pool = options(false).connect(&url).await?;
        let (writers, keepers) = match kind {
            Kind::Sqlite => (options(false).max_connections(1).connect_lazy(&url)?, pool.clone()),
            Kind::Postgres => (pool.clone(), options(true).max_connections(KEEPERS).acquire_timeout(KEEP_WAIT).connect_lazy(&url)?),
        };
        Ok(Self { pool, writers, keepers, kind, writer: Arc::default() })
    }

    /// Which database this is; ask only where one SQL text cannot serve both.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// A connection to read on.
    pub async fn read(&self) -> Result<PoolConnection<Any>, Fault> {
        self.pool.acquire().await.or_fault()
    }

    /// The connection on which leases are renewed.
    pub(crate) async fn keep(&self) -> Result<PoolConnection<Any>, Fault> {
        self.keepers.acquire().await.or_fault()
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), Fault> {
        let mut conn = self.read().await?;
        sql("SELECT 1").run(&mut conn).await.map(drop)
    }

    /// Begins a write; its events go to `bus` after commit.
    pub(crate) async fn begin_write(&self, bus: Bus) -> Result<WriteTx, Fault> {
        let (turn, begin) = match self.kind {
            Kind::Sqlite => {
                let turn = tokio::time::timeout(WRITE_WAIT, self.writer.clone().lock_owned()).await.map_err(|_| fault::busy())?;
                (Some(turn), "BEGIN IMMEDIATE")
            }
            Kind::Postgres => (None, "BEGIN"),
        };
        let tx = self.writers.begin_with(begin).await.or_fault()?;
        Ok(WriteTx::new(tx, turn, bus))
    }

    /// Closes every connection; on SQLite this also folds the write-ahead log into the file.
    pub async fn close(&self) {
        self.writers.close().await;
        self.keepers.close().await;
        self.pool.close().await;
    }
}
