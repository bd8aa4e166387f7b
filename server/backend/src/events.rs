//! Events after commit: a broadcast for live pages, a bell for each engine.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::live::{Event, Topic};
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

/// What was heard of late, so that a page misses nothing between being read and listening.
struct Recent {
    /// Names this bus: what another process counted says nothing here.
    bus: String,
    /// Events heard so far; the last of them are kept.
    count: u64,
    events: VecDeque<Event>,
    /// How often each topic spoke.
    spoken: HashMap<Topic, u64>,
}

impl Recent {
    fn heard(&self, count: u64) -> String {
        format!("{}-{count}", self.bus)
    }
}

/// The bus of one process. What is sent here has been committed before.
#[derive(Clone)]
pub struct Bus {
    events: broadcast::Sender<Event>,
    recent: Arc<Mutex<Recent>>,
    /// What began here; what was heard from others is not told again.
    words: broadcast::Sender<Word>,
    bells: Arc<Mutex<HashMap<&'static str, Arc<Notify>>>>,
}

impl Bus {
    pub(crate) fn new() -> Self {
        let recent = Recent { bus: crate::seal::random_hex()[..16].to_owned(), count: 0, events: VecDeque::new(), spoken: HashMap::new() };
        Self {
            events: broadcast::channel(BACKLOG).0,
            recent: Arc::new(Mutex::new(recent)),
            words: broadcast::channel(BACKLOG).0,
            bells: Arc::default(),
        }
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

    /// Listens from now on, and says how many events were heard before.
    pub(crate) fn listen(&self) -> (broadcast::Receiver<Event>, u64) {
        let recent = self.recent();
        (self.events.subscribe(), recent.count)
    }

    /// How far this process has heard, as [`Self::since`] reads it.
    pub fn heard(&self) -> String {
        let recent = self.recent();
        recent.heard(recent.count)
    }

    /// The same after so many events.
    pub(crate) fn heard_at(&self, count: u64) -> String {
        self.recent().heard(count)
    }

    /// What was heard since then; `None` where that is too long ago, or was in another process.
    pub fn since(&self, heard: &str) -> Option<Vec<Event>> {
        let recent = self.recent();
        let (bus, count) = heard.rsplit_once('-')?;
        let missed = recent.count.checked_sub(count.parse().ok()?).and_then(|missed| usize::try_from(missed).ok())?;
        let begin = recent.events.len().checked_sub(missed)?;
        (bus == recent.bus).then(|| recent.events.range(begin..).cloned().collect())
    }

    /// How often these topics spoke here so far: what was read before serves as long as this stands.
    pub(crate) fn spoken(&self, topics: &[Topic]) -> u64 {
        let recent = self.recent();
        topics.iter().filter_map(|topic| recent.spoken.get(topic)).sum()
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
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
        let mut recent = self.recent();
        recent.count += 1;
        *recent.spoken.entry(event.topic).or_default() += 1;
        recent.events.push_back(event.clone());
        if recent.events.len() > BACKLOG {
            recent.events.pop_front();
        }
        // Not let go before: who begins to listen knows which events come after those that were counted.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_heard_since_is_known_for_a_while() {
        let bus = Bus::new();
        let event = |id: &str| Event { topic: Topic::Load, id: id.to_owned(), team: None };
        bus.hear(event("1"));
        let heard = bus.heard();
        assert_eq!(bus.since(&heard), Some(Vec::new()));
        bus.hear(event("2"));
        bus.send(event("3"));
        assert_eq!(bus.since(&heard), Some(vec![event("2"), event("3")]));
        assert_eq!((bus.spoken(&[Topic::Load, Topic::Runs]), bus.spoken(&[Topic::Runs])), (3, 0));
        for unknown in ["", "x", "x-1", &Bus::new().heard(), &format!("{}9", bus.heard())] {
            assert_eq!(bus.since(unknown), None, "{unknown}");
        }
        (0..BACKLOG).for_each(|_| bus.hear(event("more")));
        assert_eq!(bus.since(&heard), None);
    }
}
