//! Bounds on size, time and number, and the net under panics.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use backend::engines::what_panicked;
use bytes::{Bytes, BytesMut};
use futures::FutureExt;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Body as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::hosts;
use crate::{error::Asked, router::Edge};

/// Bytes of bodies that are gathered or worked on, of all callers together.
pub const GATHERED: usize = 64 << 20;
/// Places that are kept for status pages, where all others are taken.
pub const SHOWN: usize = 64;

/// The address that takes large bodies of measurements; everything else takes what a form may hold.
pub fn ingests(method: &Method, path: &str) -> bool {
    let of_stream = || path.strip_prefix("/api/v1/streams/").and_then(|rest| rest.strip_suffix("/transactions"));
    *method == Method::POST && (path == "/api/v1/transactions" || of_stream().is_some_and(|id| !id.contains('/')))
}

/// The pages that take a table, and carry it on to the next step.
fn carries(method: &Method, path: &str) -> bool {
    let place = path.strip_prefix("/streams/").and_then(|rest| rest.strip_suffix("/upload").or_else(|| rest.strip_suffix("/upload/rows")));
    *method == Method::POST && place.is_some_and(|id| !id.contains('/'))
}

/// The addresses that take a file.
fn attaches(method: &Method, path: &str) -> bool {
    if *method == Method::POST && matches!(path, "/evidence/new" | "/api/v1/evidence") {
        return true;
    }
    let page = path.strip_prefix("/api/v1").unwrap_or(path);
    let holder = page.strip_prefix("/incidents/").or_else(|| page.strip_prefix("/changes/"));
    let place = holder.and_then(|rest| rest.strip_suffix("/files"));
    *method == Method::POST && place.is_some_and(|id| !id.contains('/'))
}

/// Bytes of a table with what a form makes of it; what is larger is posted by the command line.
const TABLE: usize = 8 << 20;

/// What a form has around the file in it.
const AROUND_FILE: usize = 16 << 10;

/// Refuses bodies that announce more than allowed, and cuts off those that turn out longer.
pub async fn in_size(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    let limits = &edge.settings.limits;
    let most = match (request.method(), request.uri().path()) {
        (method, path) if ingests(method, path) => limits.ingest_bytes,
        (method, path) if carries(method, path) => TABLE,
        (method, path) if attaches(method, path) => limits.file_bytes + AROUND_FILE,
        _ => limits.body_bytes,
    };
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > most as u64) {
        return Asked::of(&request).refuse(StatusCode::PAYLOAD_TOO_LARGE);
    }
    next.run(request.map(|body| Body::new(Limited::new(body, most)))).await
}

/// Waits for the body before a place is taken, so that those who send slowly take none from others. What is gathered is
/// bounded for all callers together: by what has arrived, not by what was announced. Batches of measurements are read by
/// whoever takes them, after asking who sends them.
pub async fn gathered(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    if ingests(request.method(), request.uri().path()) || request.body().is_end_stream() {
        return next.run(request).await;
    }
    let asked = Asked::of(&request);
    let (parts, body) = request.into_parts();
    let most = Duration::from_secs(edge.settings.limits.body_timeout_s);
    match tokio::time::timeout(most, gather(body, &edge.gathering)).await {
        Ok(Ok((bytes, room))) => {
            let answer = next.run(Request::from_parts(parts, Body::from(bytes))).await;
            drop(room);
            answer
        }
        Ok(Err(status)) => asked.refuse(status),
        Err(_) => asked.refuse(StatusCode::REQUEST_TIMEOUT),
    }
}

/// The whole body, and the room that it takes: a permit for each byte.
async fn gather(mut body: Body, room: &Arc<Semaphore>) -> Result<(Bytes, Option<OwnedSemaphorePermit>), StatusCode> {
    let mut bytes = BytesMut::new();
    let mut taken: Option<OwnedSemaphorePermit> = None;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            let cause = std::error::Error::source(&error);
            let too_much = cause.is_some_and(<dyn std::error::Error>::is::<LengthLimitError>);
            if too_much { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::BAD_REQUEST }
        })?;
        let Ok(data) = frame.into_data() else { continue };
        let wanted = u32::try_from(data.len()).map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
        let more = room.clone().try_acquire_many_owned(wanted).map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
        match &mut taken {
            Some(taken) => taken.merge(more),
            None => taken = Some(more),
        }
        bytes.extend_from_slice(&data);
    }
    Ok((bytes.freeze(), taken))
}

/// Gives up on a request that has no answer in time. An answer that has begun may stream for as long as it likes.
pub async fn in_time(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    let asked = Asked::of(&request);
    let most = Duration::from_secs(edge.settings.limits.timeout_s);
    match tokio::time::timeout(most, next.run(request)).await {
        Ok(answer) => answer,
        Err(_) => asked.refuse(StatusCode::SERVICE_UNAVAILABLE),
    }
}

/// Sheds load: no queue forms here, a request beyond the bound hears at once that it should come back. What customers are told
/// has places of its own.
pub async fn in_number(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    if matches!(request.uri().path(), "/healthz" | "/readyz") {
        return next.run(request).await;
    }
    let reserve = || if hosts::shows(&edge, &request) { edge.showing.clone().try_acquire_owned().ok() } else { None };
    let Some(_place) = edge.places.clone().try_acquire_owned().ok().or_else(reserve) else {
        metrics::counter!("evenkeel_requests_shed_total").increment(1);
        return Asked::of(&request).refuse(StatusCode::SERVICE_UNAVAILABLE);
    };
    next.run(request).await
}

/// Turns a panic into a 500 with the request's name, and a log line.
pub async fn catch_panic(State(_): State<Edge>, request: Request, next: Next) -> Response {
    let asked = Asked::of(&request);
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(answer) => answer,
        Err(panic) => {
            tracing::error!(panic = what_panicked(panic.as_ref()), "a handler panicked");
            asked.refuse(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}
