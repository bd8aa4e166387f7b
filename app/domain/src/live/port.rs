//! What pages may ask of live events.

use std::{future::Future, pin::Pin};

use super::Event;
use crate::Actor;

/// A stream of events for one listener. `next` gives `None` when the process drains.
/// A listener that falls behind gets an event with an empty id for every topic it missed, never silence.
pub trait Listener: Send {
    /// The next event within the listener's reach.
    /// Whoever gives up waiting misses nothing.
    fn next(&mut self) -> Pin<Box<dyn Future<Output = Option<Event>> + Send + '_>>;

    /// How far it has heard: whoever listens `since` then is told only what came after. `None` while something that came before is
    /// still to be told.
    fn heard(&self) -> Option<String>;
}

/// The port of live events; `backend` implements it.
pub trait Live: Send + Sync {
    /// How far this process has heard: what a page carries that is read now.
    fn heard(&self) -> String;

    /// Listens as the actor: only events of teams that they may read, or of no team. First come, with an empty id, the topics that
    /// spoke `since` a page was read; all of them where that is not known any more.
    fn listen(&self, actor: &Actor, since: Option<&str>) -> Box<dyn Listener>;
}
