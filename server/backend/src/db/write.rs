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
            Err(error @ sqlx::Error::Io(_)) => {
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
