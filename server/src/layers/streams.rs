//! Live streams end when the process drains: browsers connect again, to the process that comes after.

use axum::{
    body::Body,
    extract::{Request, State},
    http::header,
    middleware::Next,
    response::Response,
};
use futures::StreamExt;

use crate::router::Edge;

/// Cuts a `text/event-stream` at the moment the process is told to stop.
pub async fn end_with_process(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    let answer = next.run(request).await;
    let live = answer.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
    if !live {
        return answer;
    }
    answer.map(|body| Body::from_stream(body.into_data_stream().take_until(edge.stop.cancelled_owned())))
}
