//! Every request has a name: in its log lines, in `x-request-id`, on error pages. And one log line when it is done.

use std::time::Instant;

use app::{edge::Peer, visit::RequestId};
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, Method},
    middleware::Next,
    response::Response,
};
use tracing::Instrument;

use crate::router::Edge;

/// What follows these in a path is a secret, whether the path is known or mistyped: such requests are logged by their pattern.
pub const SECRET: [&str; 9] =
    ["/ack/", "/approve/", "/beat/", "/calendar/", "/hooks/", "/oncall/calendar/", "/setup/", "/status-feeds/", "/subscriptions/"];

/// Names the request, measures it, logs it. Query strings and headers are never logged: secrets travel in them.
pub async fn name(State(_): State<Edge>, mut request: Request, next: Next) -> Response {
    let id = format!("{:024x}", rand::random::<u128>() >> 32);
    request.extensions_mut().insert(RequestId(id.clone()));
    let peer = request.extensions().get::<Peer>().map(|p| p.0.to_string()).unwrap_or_default();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let span = tracing::info_span!("request", id, %method);
    let began = Instant::now();
    let mut answer = next.run(request).instrument(span.clone()).await;
    let took = began.elapsed();
    let status = answer.status();
    let route = answer.extensions().get::<Matched>().map_or_else(|| "none".to_owned(), |m| m.0.clone());
    let shown = if SECRET.iter().any(|prefix| path.starts_with(prefix)) { &route } else { &path };
    span.in_scope(|| tracing::info!(path = %shown, status = status.as_u16(), ms = took.as_secs_f64() * 1e3, peer, "answered"));
    let labels = [("method", label(&method).to_owned()), ("route", route), ("status", status.as_u16().to_string())];
    metrics::counter!("evenkeel_http_requests_total", &labels).increment(1);
    metrics::histogram!("evenkeel_http_request_seconds", &labels[..2]).record(took.as_secs_f64());
    if let Ok(id) = HeaderValue::from_str(&id) {
        answer.headers_mut().insert("x-request-id", id);
    }
    answer
}

/// A method as a label. Any token may stand as the method of a request, and every label that is new is a series for ever.
fn label(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

/// The pattern that a request matched, on its way out.
#[derive(Debug, Clone)]
struct Matched(String);

/// Notes the pattern; stands inside the router, where it is known.
pub async fn note_route(request: Request, next: Next) -> Response {
    let matched = request.extensions().get::<MatchedPath>().map(|path| Matched(path.as_str().to_owned()));
    let mut answer = next.run(request).await;
    if let Some(matched) = matched {
        answer.extensions_mut().insert(matched);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_caller_makes_a_label() {
        assert_eq!(label(&Method::GET), "GET");
        for invented in ["get", "X1", "PROPFIND"] {
            assert_eq!(label(&Method::from_bytes(invented.as_bytes()).expect("a token")), "other");
        }
    }
}
