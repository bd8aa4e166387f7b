//! What pages may ask of live events.

use std::{future::Future, pin::Pin};

use super::Event;
use crate::Actor;

/// A stream of events for one listener. `next` gives `None` when the process drains.
/// A listener that falls behind gets an event with an empty id for every topic it missed, never silence.
pub trait Listener: Send {
    /// The next event within the listener's reach.
    fn next(&mut self) -> Pin<Box<dyn Future<Output = Option<Event>> + Send + '_>>;
}

/// The port of live events; `backend` implements it.
pub trait Live: Send + Sync {
    /// Listens as the actor: only events of teams that they may read, or of no team.
    fn listen(&self, actor: &Actor) -> Box<dyn Listener>;
}
