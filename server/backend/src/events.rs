//! Events after commit: a broadcast for live pages, a bell for each engine.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use domain::live::Event;
use tokio::sync::{Notify, broadcast};

/// Events that a slow listener may fall behind before it is told to read everything anew.
const BACKLOG: usize = 1_024;

/// The bus of one process. What is sent here has been committed before.
#[derive(Clone)]
pub struct Bus {
    events: broadcast::Sender<Event>,
    bells: Arc<Mutex<HashMap<&'static str, Arc<Notify>>>>,
}

impl Bus {
    pub(crate) fn new() -> Self {
        Self { events: broadcast::channel(BACKLOG).0, bells: Arc::default() }
    }

    /// Sends an event to every listener; without listeners it is dropped.
    pub fn send(&self, event: Event) {
        // An error only says that nobody listens.
        let _ = self.events.send(event);
    }

    /// Listens from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// The bell of an engine, by the engine's name.
    pub fn bell(&self, engine: &'static str) -> Arc<Notify> {
        self.bells.lock().unwrap_or_else(PoisonError::into_inner).entry(engine).or_default().clone()
    }
}
