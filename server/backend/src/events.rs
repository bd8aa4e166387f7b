//! Events after commit: a broadcast for live pages, a bell for each engine.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::live::Event;
use tokio::sync::{Notify, broadcast};

/// Events that a slow listener may fall behind before it is told to read everything anew.
const BACKLOG: usize = 1_024;

/// What happened in this process, for those beside it.
#[derive(Debug, Clone)]
pub(crate) enum Word {
    /// Something changed.
    Event(Event),
    /// An engine has work.
    Bell(&'static str),
}

/// The bus of one process. What is sent here has been committed before.
#[derive(Clone)]
pub struct Bus {
    events: broadcast::Sender<Event>,
    /// What began here; what was heard from others is not told again.
    words: broadcast::Sender<Word>,
    bells: Arc<Mutex<HashMap<&'static str, Arc<Notify>>>>,
}

impl Bus {
    pub(crate) fn new() -> Self {
        Self { events: broadcast::channel(BACKLOG).0, words: broadcast::channel(BACKLOG).0, bells: Arc::default() }
    }

    /// Sends an event to every listener, here and in other replicas; without listeners it is dropped.
    pub fn send(&self, event: Event) {
        // An error only says that nobody listens.
        let _ = self.words.send(Word::Event(event.clone()));
        self.hear(event);
    }

    /// Wakes an engine, wherever it works.
    pub fn ring(&self, engine: &'static str) {
        let _ = self.words.send(Word::Bell(engine));
        self.bell(engine).notify_one();
    }

    /// Listens from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// The bell of an engine, by the engine's name.
    pub fn bell(&self, engine: &'static str) -> Arc<Notify> {
        self.bells().entry(engine).or_default().clone()
    }

    fn bells(&self) -> MutexGuard<'_, HashMap<&'static str, Arc<Notify>>> {
        self.bells.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Overhears from now on what begins in this process.
    pub(crate) fn overhear(&self) -> broadcast::Receiver<Word> {
        self.words.subscribe()
    }

    /// An event of another replica.
    pub(crate) fn hear(&self, event: Event) {
        let _ = self.events.send(event);
    }

    /// A bell that was rung in another replica.
    pub(crate) fn hear_bell(&self, engine: &str) {
        if let Some(bell) = self.bells().get(engine) {
            bell.notify_one();
        }
    }

    /// Wakes every engine.
    pub(crate) fn hear_all_bells(&self) {
        self.bells().values().for_each(|bell| bell.notify_one());
    }
}
