//! `/live?topics=alerts,incidents`: server-sent events that say which kind of thing changed, never what. Whoever
//! hears one reads the page anew, with their own reach. With `since=…`, which a page carries, nothing is missed between the
//! moment in which it was read and the one in which it listens. Every event carries as its id how far was heard by then: a browser
//! that has lost the stream comes back with the last one (`Last-Event-ID`), and is told only what came after.
//!
//! The stream closes when the process drains, and at most five seconds after the session behind it has ended: the
//! layers of the server see to both.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{LazyLock, Mutex, PoisonError},
    time::Duration,
};

use axum::response::{
    IntoResponse, Response,
    sse::{Event as SseEvent, Sse},
};
use domain::{Fault, Wording, live::Topic};
use futures::stream;
use http::{HeaderMap, header};
use serde::Deserialize;

use crate::{
    fault::Answer,
    query::Query,
    routes::{Need, Routes},
    visit::Visit,
};

/// Streams that one person may have open at once: as many tabs.
const PER_PERSON: usize = 32;
/// How often an idle stream says that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);

static OPEN: LazyLock<Mutex<HashMap<String, usize>>> = LazyLock::new(Mutex::default);

/// Its pages and acts.
pub fn routes() -> Routes {
    Routes::new().get("/live", Need::LoggedIn, listen)
}

#[derive(Deserialize)]
struct LiveQuery {
    #[serde(default)]
    topics: String,
    since: Option<String>,
}

async fn listen(visit: Visit, Query(query): Query<LiveQuery>, headers: HeaderMap) -> Answer {
    let topics = topics(&query.topics)?;
    let seat = Seat::take(visit.actor.user().map_or(visit.actor.name.as_str(), domain::id::UserId::as_str))?;
    // The address of a browser that comes back is still that of its first call.
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).filter(|id| !id.is_empty());
    let listener = visit.portal.live.listen(&visit.actor, last.or(query.since.as_deref()));
    let state = Stream { listener, topics, greeted: false, _seat: seat };
    let events = stream::unfold(state, |mut state| async move { state.next().await.map(|event| (Ok::<_, Infallible>(event), state)) });
    let mut response = Sse::new(events).into_response();
    no_buffering(&mut response);
    Ok(response)
}

/// Proxies must pass events on as they come.
fn no_buffering(response: &mut Response) {
    response.headers_mut().insert("x-accel-buffering", http::HeaderValue::from_static("no"));
    response.headers_mut().insert(header::CACHE_CONTROL, http::HeaderValue::from_static("no-store"));
}

fn topics(text: &str) -> Result<Vec<Topic>, Fault> {
    let mut topics = Vec::new();
    for word in text.split(',').filter(|word| !word.is_empty()).take(16) {
        let known = "alerts, incidents, changes, monitors, transactions, runs, deliveries, oncall, systems, sources, rules, people";
        topics
            .push(Topic::parse(word).ok_or_else(|| Fault::invalid("topics", word, Wording::new("expect-one-of").with("choices", known)))?);
    }
    Ok(topics)
}

/// The word of a topic in the stream.
fn word(topic: Topic) -> &'static str {
    match topic {
        Topic::Alerts => "alerts",
        Topic::Incidents => "incidents",
        Topic::Changes => "changes",
        Topic::Monitors => "monitors",
        Topic::Transactions => "transactions",
        Topic::Runs => "runs",
        Topic::Deliveries => "deliveries",
        Topic::OnCall => "oncall",
        Topic::Systems => "systems",
        Topic::Rules => "rules",
        Topic::Sources => "sources",
        Topic::Load => "load",
        Topic::People => "people",
    }
}

struct Stream {
    listener: Box<dyn domain::live::Listener>,
    topics: Vec<Topic>,
    /// It has said that it listens.
    greeted: bool,
    _seat: Seat,
}

impl Stream {
    /// The next event of a wanted topic; `None` closes the stream.
    async fn next(&mut self) -> Option<SseEvent> {
        if !self.greeted {
            self.greeted = true;
            return Some(self.marked(SseEvent::default().event("hello").data("{}").retry(Duration::from_secs(2))));
        }
        let until = tokio::time::Instant::now() + HEARTBEAT;
        loop {
            let Ok(event) = tokio::time::timeout_at(until, self.listener.next()).await else {
                // Nothing that is wanted: no event, but how far that is known. A browser notes it and calls nobody.
                return Some(self.marked(SseEvent::default().comment("")));
            };
            let event = event?;
            if self.topics.contains(&event.topic) {
                let data = serde_json::json!({ "topic": word(event.topic), "id": event.id });
                return Some(self.marked(SseEvent::default().event("changed").data(data.to_string())));
            }
        }
    }

    /// With how far was heard; without it as long as a browser that came back then would miss something.
    fn marked(&self, event: SseEvent) -> SseEvent {
        match self.listener.heard() {
            Some(heard) => event.id(heard),
            None => event,
        }
    }
}

/// One of a person's places; given back when the stream ends.
struct Seat(String);

impl Seat {
    fn take(person: &str) -> Result<Self, Fault> {
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(person.to_owned()).or_default();
        if *count >= PER_PERSON {
            return Err(Fault::TooMany { retry_after_s: 10 });
        }
        *count += 1;
        Ok(Self(person.to_owned()))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.0) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_are_bounded_and_given_back() {
        let seats: Vec<_> = (0..PER_PERSON).map(|_| Seat::take("seat-test").unwrap()).collect();
        assert_eq!(Seat::take("seat-test").err(), Some(Fault::TooMany { retry_after_s: 10 }));
        drop(seats);
        assert!(Seat::take("seat-test").is_ok());
    }

    #[test]
    fn unknown_topics_are_named() {
        assert_eq!(topics("alerts,runs").unwrap(), [Topic::Alerts, Topic::Runs]);
        assert_eq!(topics("alerts,x").unwrap_err().problems()[0].value, "x");
    }
}
