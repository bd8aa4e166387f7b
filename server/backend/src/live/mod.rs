//! Live events for listeners, cut to their reach.

use std::{collections::HashSet, future::Future, pin::Pin};

use domain::{
    Actor, Permission, Reach,
    live::{Event, Listener, Live, Topic},
};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use crate::{Context, events::Bus};

/// Implements [`Live`].
pub struct Service {
    ctx: Context,
}

impl Service {
    /// The service over the common ground.
    pub fn new(ctx: Context) -> Self {
        Self { ctx }
    }
}

impl Live for Service {
    fn heard(&self) -> String {
        self.ctx.bus.heard()
    }

    fn listen(&self, actor: &Actor, since: Option<&str>) -> Box<dyn Listener> {
        let (events, count) = self.ctx.bus.listen();
        let mut ear = Ear { bus: self.ctx.bus.clone(), count, reach: actor.reach(Permission::Read), events, missed: Vec::new() };
        // Asked after listening has begun: what happens in between is rather told twice than not.
        ear.missed = match since.map(|heard| self.ctx.bus.since(heard)) {
            None => Vec::new(),
            Some(None) => Topic::ALL.to_vec(),
            Some(Some(events)) => {
                let topics: HashSet<Topic> = events.iter().filter(|event| ear.reaches(event)).map(|event| event.topic).collect();
                topics.into_iter().collect()
            }
        };
        Box::new(ear)
    }
}

struct Ear {
    bus: Bus,
    /// Events of the bus that it has heard of.
    count: u64,
    reach: Reach,
    events: Receiver<Event>,
    /// Topics to be read anew, because events were lost or came before it listened.
    missed: Vec<Topic>,
}

impl Ear {
    fn reaches(&self, event: &Event) -> bool {
        event.team.as_ref().is_none_or(|team| self.reach.includes(team))
    }
}

impl Listener for Ear {
    fn next(&mut self) -> Pin<Box<dyn Future<Output = Option<Event>> + Send + '_>> {
        Box::pin(async move {
            loop {
                if let Some(topic) = self.missed.pop() {
                    return Some(Event { topic, id: String::new(), team: None });
                }
                match self.events.recv().await {
                    Ok(event) => {
                        self.count += 1;
                        if self.reaches(&event) {
                            return Some(event);
                        }
                    }
                    Err(RecvError::Lagged(lost)) => {
                        self.count += lost;
                        self.missed = Topic::ALL.to_vec();
                    }
                    Err(RecvError::Closed) => return None,
                }
            }
        })
    }

    fn heard(&self) -> Option<String> {
        self.missed.is_empty().then(|| self.bus.heard_at(self.count))
    }
}
