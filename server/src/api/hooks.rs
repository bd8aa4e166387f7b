//! `/hooks/{secret}`, `/v2/enqueue` and `/v2/change/enqueue`: where other systems post alerts and deployments. The secret is the whole
//! authority. Alerts that come with the right one are bounded by size and number alone, wrong secrets per address; deployments like
//! everything else of the API.

use app::routes::{Need, RouteEntry};
use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::post,
};
use bytes::Bytes;
use domain::{Fault, Portal, alerts::inbound::IntegrationKind, people::Locale};
use serde_json::{Value, json};

use super::{ApiFault, fault, rate};
use crate::router::Edge;

/// The doors, and their lines of the table.
pub(crate) fn router(edge: &Edge) -> (Router<Portal>, [RouteEntry; 4]) {
    let alerts = Router::new()
        // Grafana may be told to PUT.
        .route("/hooks/{secret}", post(take).put(take))
        .route("/v2/enqueue", post(enqueue))
        .layer(from_fn_with_state(edge.clone(), rate::bound_guesses));
    let changes = Router::new().route("/v2/change/enqueue", post(enqueue_change)).layer(from_fn_with_state(edge.clone(), rate::bound));
    let router = alerts.merge(changes).layer(from_fn(fault::put_into_words));
    let table = [("POST", "/hooks/{secret}"), ("PUT", "/hooks/{secret}"), ("POST", "/v2/enqueue"), ("POST", "/v2/change/enqueue")];
    (router, table.map(|(method, path)| RouteEntry { method, path: path.into(), need: Need::Public }))
}

/// Takes a message of whatever kind the integration is.
async fn take(State(portal): State<Portal>, Path(secret): Path<String>, body: Bytes) -> Response {
    match portal.integrations.take(&secret, None, &body).await {
        Ok(taken) => (StatusCode::ACCEPTED, Json(json!({ "taken": taken.alerts }))).into_response(),
        Err(fault @ Fault::Invalid(_)) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": words(&fault).join("; ") }))).into_response()
        }
        Err(fault @ Fault::NotFound("integration")) => guessed(ApiFault::from(fault).into_response()),
        Err(fault) => ApiFault::from(fault).into_response(),
    }
}

/// The answer to a secret that opens nothing.
fn guessed(mut answer: Response) -> Response {
    answer.extensions_mut().insert(rate::Guess);
    answer
}

/// What is wrong, in English: a program reads it.
fn words(fault: &Fault) -> Vec<String> {
    let each = fault.problems().iter().map(|problem| app::i18n::say_wording(Locale::En, &problem.expected));
    each.map(|expected| format!("expected {expected}")).collect()
}

/// An event that PagerDuty would refuse, in its words: <https://developer.pagerduty.com/docs/events-api-v2/overview/>
fn refuse(errors: Vec<String>) -> Response {
    let body = json!({ "status": "invalid event", "message": "Event object is invalid", "errors": errors });
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}

/// PagerDuty's Events API, version 2: the routing key is the secret.
async fn enqueue(State(portal): State<Portal>, body: Bytes) -> Response {
    let message: Value = match serde_json::from_slice(&body) {
        Ok(message) => message,
        // Whose it is cannot be seen: whoever sends many of these is guessing.
        Err(error) => return guessed(refuse(vec![error.to_string()])),
    };
    let key = message["routing_key"].as_str().unwrap_or_default();
    match portal.integrations.take(key, Some(IntegrationKind::Pagerduty), &body).await {
        Ok(taken) => {
            let answer = json!({ "status": "success", "message": "Event processed", "dedup_key": taken.key });
            (StatusCode::ACCEPTED, Json(answer)).into_response()
        }
        Err(Fault::NotFound("integration")) => guessed(refuse(vec!["Invalid routing key".to_owned()])),
        Err(Fault::NotFound(_)) => refuse(vec!["Invalid routing key".to_owned()]),
        Err(fault @ Fault::Invalid(_)) => refuse(words(&fault)),
        Err(fault) => ApiFault::from(fault).into_response(),
    }
}

/// A change event of the same API: a deployment of the system of that way in.
async fn enqueue_change(State(portal): State<Portal>, body: Bytes) -> Response {
    let key = match serde_json::from_slice::<Value>(&body) {
        Ok(message) => message["routing_key"].as_str().unwrap_or_default().to_owned(),
        Err(error) => return refuse(vec![error.to_string()]),
    };
    match portal.integrations.take_change(&key, &body).await {
        Ok(()) => (StatusCode::ACCEPTED, Json(json!({ "status": "success", "message": "Change event processed" }))).into_response(),
        Err(Fault::NotFound(_)) => refuse(vec!["Invalid routing key".to_owned()]),
        Err(fault @ Fault::Invalid(_)) => refuse(words(&fault)),
        Err(fault) => ApiFault::from(fault).into_response(),
    }
}
