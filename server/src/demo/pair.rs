//! Two instances of the ledger behind one address, for trials of high availability: where one is killed, requests fail until the
//! other takes over. Both write into one book, and the book can be read.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};
use domain::load::MARK;
use serde::Deserialize;
use serde_json::{Value, json};

/// What it is called where services are listed.
pub const NAME: &str = "ledger-pair";
/// How long the other instance takes to take over.
const TAKES_OVER: Duration = Duration::from_secs(3);
/// Bookings that are kept; then the book is begun anew.
const KEPT: usize = 200_000;

#[derive(Default)]
struct Pair {
    /// Until when nobody answers.
    gone: Option<Instant>,
    book: Vec<String>,
}

type Shared = Arc<Mutex<Pair>>;

fn held(pair: &Shared) -> MutexGuard<'_, Pair> {
    pair.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Its routes.
pub fn router() -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/fault", post(fault))
        .route("/book", post(book))
        .route("/received", get(received))
        .with_state(Shared::default())
}

fn gone(pair: &Pair) -> bool {
    pair.gone.is_some_and(|until| Instant::now() < until)
}

async fn health(State(pair): State<Shared>) -> (StatusCode, Json<Value>) {
    let gone = gone(&held(&pair));
    let status = if gone { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    (status, Json(json!({ "service": NAME, "status": if gone { "taking over" } else { "ok" } })))
}

#[derive(Deserialize)]
struct Switch {
    to: String,
}

async fn fault(State(pair): State<Shared>, Query(switch): Query<Switch>) -> (StatusCode, Json<Value>) {
    match switch.to.as_str() {
        "on" => held(&pair).gone = Some(Instant::now() + TAKES_OVER),
        "off" => held(&pair).gone = None,
        other => return (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "to": other, "expected": "on or off" }))),
    }
    (StatusCode::OK, Json(json!({ "service": NAME, "fault": switch.to })))
}

async fn book(State(pair): State<Shared>, headers: HeaderMap) -> StatusCode {
    tokio::time::sleep(Duration::from_millis(3)).await;
    let mut pair = held(&pair);
    if gone(&pair) {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    if let Some(mark) = headers.get(MARK).and_then(|mark| mark.to_str().ok()).filter(|mark| mark.len() <= 80) {
        if pair.book.len() >= KEPT {
            pair.book.clear();
        }
        pair.book.push(mark.to_owned());
    }
    StatusCode::CREATED
}

#[derive(Deserialize)]
struct Which {
    run: String,
}

async fn received(State(pair): State<Shared>, Query(which): Query<Which>) -> String {
    let own = |mark: &&String| mark.split_once('/').is_some_and(|(run, _)| run == which.run);
    held(&pair).book.iter().filter(own).map(|mark| format!("{mark}\n")).collect()
}
