//! A heartbeat is called.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use domain::{Fault, Portal};
use http::{StatusCode, header};

/// Says `ok` once the call is durable. Speaks plain text: cron reads it, not people.
pub(super) async fn beat(State(portal): State<Portal>, Path(secret): Path<String>) -> Response {
    let (status, text) = match portal.monitors.beat(&secret).await {
        Ok(()) => (StatusCode::OK, "ok\n"),
        Err(Fault::NotFound(_)) => (StatusCode::NOT_FOUND, "no such heartbeat\n"),
        Err(Fault::Internal) => (StatusCode::INTERNAL_SERVER_ERROR, "a fault on our side; try again\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "not now; try again\n"),
    };
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")], text).into_response()
}
