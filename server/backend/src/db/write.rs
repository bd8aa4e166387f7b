//! A write in progress.

use std::ops::{Deref, DerefMut};

use domain::{
    Fault,
    id::TeamId,
    live::{Event, Topic},
};
use sqlx::{Any, AnyConnection, Transaction};
use tokio::sync::OwnedMutexGuard;

use super::OrFault;
use crate::events::Bus;

/// A write transaction. Dropped without [`WriteTx::commit`] it rolls back. What it announces is told only after
/// the commit, so that nobody hears of what did not happen.
pub struct WriteTx {
    tx: Transaction<'static, Any>,
    _turn: Option<OwnedMutexGuard<()>>,
    bus: Bus,
    events: Vec<Event>,
    bells: Vec<&'static str>,
}

impl WriteTx {
    pub(super) fn new(tx: Transaction<'static, Any>, turn: Option<OwnedMutexGuard<()>>, bus: Bus) -> Self {
        Self { tx, _turn: turn, bus, events: Vec::new(), bells: Vec::new() }
    }

    /// Tells live pages, after the commit, that something changed.
    pub fn announce(&mut self, topic: Topic, id: impl ToString, team: Option<&TeamId>) {
        let event = Event { topic, id: id.to_string(), team: team.cloned() };
        if !self.events.contains(&event) {
            self.events.push(event);
        }
    }

    /// Wakes an engine after the commit.
    pub fn ring(&mut self, engine: &'static str) {
        if !self.bells.contains(&engine) {
            self.bells.push(engine);
        }
    }

    /// Makes it durable; then, and only then, is it told. [`Fault::Unavailable`] means that nothing was changed;
    /// a connection that is lost while it commits says nothing of that, and is [`Fault::Internal`].
    pub async fn commit(self) -> Result<(), Fault> {
        self.commit_or_doubt().await.map_err(|uncommitted| match uncommitted {
            Uncommitted::Refused(fault) => fault,
            Uncommitted::Doubted => Fault::Internal,
        })
    }

    /// The same, for whoever would do it again where it was refused.
    pub(crate) async fn commit_or_doubt(self) -> Result<(), Uncommitted> {
        match self.tx.commit().await {
            Err(error) if in_doubt(&error) => {
                tracing::error!(%error, "the connection was lost during a commit: whether it was made is not known");
                return Err(Uncommitted::Doubted);
            }
            committed => committed.or_fault()?,
        }
        for event in self.events {
            self.bus.send(event);
        }
        for bell in self.bells {
            self.bus.ring(bell);
        }
        Ok(())
    }
}

/// Whether nobody knows what became of a commit that ended so: the connection was lost before its answer came, or whoever stands
/// between us and the server answered in its place.
fn in_doubt(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => true,
        // 08*: connection lost; 57P*: the server is stopping, perhaps after it wrote.
        sqlx::Error::Database(db) => db.code().is_some_and(|code| code.starts_with("08") || code.starts_with("57P")),
        _ => false,
    }
}

/// Why a commit said no yes.
pub(crate) enum Uncommitted {
    /// Nothing was changed.
    Refused(Fault),
    /// The connection was lost meanwhile: it may have been made.
    Doubted,
}

impl From<Fault> for Uncommitted {
    fn from(fault: Fault) -> Self {
        Self::Refused(fault)
    }
}

impl Deref for WriteTx {
    type Target = AnyConnection;
    fn deref(&self) -> &AnyConnection {
        &self.tx
    }
}

impl DerefMut for WriteTx {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.tx
    }
}

#[cfg(test)]
mod tests {
    use std::{borrow::Cow, error::Error as StdError, fmt, io};

    use sqlx::error::{DatabaseError, ErrorKind};

    use super::*;

    /// What a server says with this code.
    #[derive(Debug)]
    struct Said(&'static str);

    impl fmt::Display for Said {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl StdError for Said {}

    impl DatabaseError for Said {
        fn message(&self) -> &str {
            self.0
        }

        fn code(&self) -> Option<Cow<'_, str>> {
            Some(self.0.into())
        }

        fn as_error(&self) -> &(dyn StdError + Send + Sync + 'static) {
            self
        }

        fn as_error_mut(&mut self) -> &mut (dyn StdError + Send + Sync + 'static) {
            self
        }

        fn into_error(self: Box<Self>) -> Box<dyn StdError + Send + Sync + 'static> {
            self
        }

        fn kind(&self) -> ErrorKind {
            ErrorKind::Other
        }
    }

    #[test]
    fn of_a_commit_whose_answer_did_not_come_nothing_is_promised() {
        let said = |code| sqlx::Error::Database(Box::new(Said(code)));
        let lost = [
            sqlx::Error::Io(io::ErrorKind::ConnectionReset.into()),
            sqlx::Error::Tls("cut off".into()),
            sqlx::Error::Protocol("unexpected end".to_owned()),
            sqlx::Error::WorkerCrashed,
            said("08006"),
            said("57P01"),
        ];
        for error in lost {
            assert!(in_doubt(&error), "{error}");
        }
        // Serialisation, deadlock, a constraint that was deferred, a full disk, a busy SQLite: it was answered.
        for error in [said("40001"), said("40P01"), said("23505"), said("53100"), said("5"), sqlx::Error::PoolClosed] {
            assert!(!in_doubt(&error), "{error}");
        }
    }
}
