//! Live events for listeners, cut to their reach.

use std::{future::Future, pin::Pin};

use domain::{
    Actor, Permission, Reach,
    live::{Event, Listener, Live, Topic},
};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use crate::Context;

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
    fn listen(&self, actor: &Actor) -> Box<dyn Listener> {
        Box::new(Ear { reach: actor.reach(Permission::Read), events: self.ctx.bus.subscribe(), missed: Vec::new() })
    }
}

struct Ear {
    reach: Reach,
    events: Receiver<Event>,
    /// Topics to be read anew, because events were lost.
    missed: Vec<Topic>,
}

impl Listener for Ear {
    fn next(&mut self) -> Pin<Box<dyn Future<Output = Option<Event>> + Send + '_>> {
        Box::pin(async move {
            loop {
                if let Some(topic) = self.missed.pop() {
                    return Some(Event { topic, id: String::new(), team: None });
                }
                match self.events.recv().await {
                    Ok(event) if event.team.as_ref().is_none_or(|team| self.reach.includes(team)) => return Some(event),
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => self.missed = Topic::ALL.to_vec(),
                    Err(RecvError::Closed) => return None,
                }
            }
        })
    }
}
