//! No stream outlives what it was opened with: the process, the session or token, and what its owner may read. Nor does a question
//! that is kept waiting until there is something to say.
//!
//! Browsers connect again: to the process that comes after, or to the login page.

use std::time::Duration;

use axum::{
    body::Body,
    extract::{Request, State},
    http::{Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{
    Actor, Fault,
    live::{Event, Topic},
};
use futures::StreamExt;
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::sleep,
};

use crate::{layers::identify::Shown, router::Edge};

/// How often the credential is asked anew, beside whenever something about people changes.
const RECHECK: Duration = Duration::from_secs(4);

/// How long a question may still be thought about when the process is told to stop. Nothing is changed by one, so that it can be put
/// again: to the process that comes after.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Cuts a `text/event-stream` at the moment the process is told to stop, and at most five seconds after the credential
/// of its request has ceased to be valid or to mean the same.
pub async fn end_in_time(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    let shown = Shown::of(&request);
    let stop = edge.stop.clone();
    let asks = request.method() == Method::GET;
    let overdue = async {
        stop.cancelled().await;
        sleep(LAST_WORDS).await;
    };
    let answer = tokio::select! {
        answer = next.run(request) => answer,
        () = overdue, if asks => return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")]).into_response(),
    };
    let live = answer.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
    if !live {
        return answer;
    }
    // From now on, not from when somebody first reads the body.
    let events = edge.ctx.bus.subscribe();
    let opened_by = match &shown {
        Some(shown) => edge.portal.people.authenticate(shown.credential()).await.ok().map(|identity| identity.actor),
        None => None,
    };
    let end = async move {
        tokio::select! {
            () = edge.stop.cancelled() => {}
            () = ends(&edge, shown, opened_by, events) => {}
        }
    };
    answer.map(|body| Body::from_stream(body.into_data_stream().take_until(Box::pin(end))))
}

/// Comes back when the credential does not stand for the same actor any more.
async fn ends(edge: &Edge, shown: Option<Shown>, mut opened_by: Option<Actor>, mut events: Receiver<Event>) {
    // Nobody can be thrown out who did not have to come in.
    let Some(shown) = shown else { return std::future::pending().await };
    loop {
        match edge.portal.people.authenticate(shown.credential()).await {
            Ok(identity) if opened_by.as_ref().is_none_or(|actor| *actor == identity.actor) => opened_by = Some(identity.actor),
            // A database that is busy for a moment is no reason to close.
            Err(fault) if fault != Fault::Unauthenticated => {}
            _ => return,
        }
        let people_changed = async {
            loop {
                match events.recv().await {
                    Ok(event) if event.topic != Topic::People => {}
                    Err(RecvError::Closed) => std::future::pending().await,
                    Ok(_) | Err(RecvError::Lagged(_)) => return,
                }
            }
        };
        tokio::select! {
            () = people_changed => {}
            () = sleep(RECHECK) => {}
        }
    }
}
