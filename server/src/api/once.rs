//! `Idempotency-Key` on POST: the same key with the same request gives the stored answer and acts once.
//!
//! The key is claimed before the handler runs, so of two such requests at once one acts and the other hears 409.
//! Answers are kept for a day. From the claim on the request runs in a task of its own: whoever goes away, or has waited
//! too long, cannot tear claim, act and answer apart. What even so has no answer kept (the process died, the disk was
//! full) may have been done: its key stays claimed for a day, and the caller is told to look.

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use backend::idempotency::{self, Claim};
use domain::{Fault, Who, Wording, people::Identity};
use http_body_util::BodyExt;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use tracing::Instrument;

use super::ApiFault;
use crate::{layers::bounds::ingests, router::Edge};

/// An answer as it is stored.
#[derive(Serialize, Deserialize)]
struct Kept {
    kind: Option<String>,
    location: Option<String>,
    body: String,
}

/// Lets a POST with a key act once.
pub(super) async fn once(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    let Some(key) = request.headers().get("idempotency-key").cloned() else { return next.run(request).await };
    if request.method() != Method::POST || ingests(request.method(), request.uri().path()) {
        return next.run(request).await;
    }
    match act(&edge, &key, request, next).await {
        Ok(answer) => answer,
        Err(fault) => fault.into_response(),
    }
}

async fn act(edge: &Edge, key: &HeaderValue, request: Request, next: Next) -> Result<Response, ApiFault> {
    let key = key.to_str().ok().filter(|k| (1..=200).contains(&k.len())).ok_or_else(|| {
        Fault::invalid("Idempotency-Key", String::from_utf8_lossy(key.as_bytes()), Wording::new("expect-idempotency-key"))
    })?;
    let actor = match request.extensions().get::<Identity>().map(|identity| &identity.actor.who) {
        Some(Who::User(user)) => user.to_string(),
        // By itself: an answer may hold what another token of the same person may not have.
        Some(Who::Token(token, user)) => format!("{user}/{token}"),
        // Public endpoints create nothing; whoever is nobody is refused by the handler.
        _ => return Ok(next.run(request).await),
    };
    let (parts, body) = request.into_parts();
    let bytes = body
        .collect()
        .await
        .map_err(|_| ApiFault::Malformed(StatusCode::PAYLOAD_TOO_LARGE, "the body could not be read whole, or is too large".into()))?
        .to_bytes();
    // Keyed: a body may hold a password, and a plain hash of it could be guessed from a stolen database.
    let request_line = format!("{} {}", parts.method, parts.uri);
    let fingerprint = edge.ctx.seal.fingerprint("idempotency", &[request_line.as_bytes(), &bytes])?;
    let claimed = Claimed { edge: edge.clone(), actor, key: key.to_owned(), fingerprint };
    let request = Request::from_parts(parts, Body::from(bytes));
    match tokio::spawn(claimed.run(request, next).in_current_span()).await {
        Ok(answer) => answer,
        // The net under panics stands further out.
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Fault::Internal.into()),
        },
    }
}

/// A request under its key.
struct Claimed {
    edge: Edge,
    actor: String,
    key: String,
    fingerprint: String,
}

impl Claimed {
    async fn run(self, request: Request, next: Next) -> Result<Response, ApiFault> {
        let Self { edge, actor, key, fingerprint } = &self;
        match idempotency::claim(&edge.ctx, actor, key, fingerprint).await? {
            Claim::Ours => {}
            Claim::Running => return Err(Fault::conflict("conflict-idempotency-running").into()),
            Claim::Lost => return Err(Fault::conflict("conflict-idempotency-lost").into()),
            Claim::Other => return Err(Fault::invalid("Idempotency-Key", key, Wording::new("expect-new-idempotency-key")).into()),
            Claim::Answered { status, body } => return replay(edge, status, &body),
        }
        let answer = next.run(request).await;
        let status = answer.status();
        // A refusal did nothing: the same key may try again with what is right.
        if status.is_client_error() || status == StatusCode::SERVICE_UNAVAILABLE {
            if let Err(fault) = idempotency::release(&edge.ctx, actor, key).await {
                tracing::warn!(%fault, "the key of a refused request is not free again");
            }
            return Ok(answer);
        }
        // Only what was done is kept; a fault on the way leaves the claim, for nobody knows how far it came.
        if !status.is_success() {
            return Ok(answer);
        }
        let (parts, body) = answer.into_parts();
        let bytes = body.collect().await.map_err(|_| Fault::Internal)?.to_bytes();
        if let Err(fault) = self.keep(status, &parts.headers, &bytes).await {
            // It was done, and the caller hears so; only a repetition will not.
            tracing::warn!(%fault, "the answer to a request with a key was not kept");
        }
        Ok(Response::from_parts(parts, Body::from(bytes)))
    }

    async fn keep(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Result<(), Fault> {
        let text = |name| headers.get(name).and_then(|v: &HeaderValue| v.to_str().ok()).map(str::to_owned);
        let kept =
            Kept { kind: text(header::CONTENT_TYPE), location: text(header::LOCATION), body: String::from_utf8_lossy(body).into_owned() };
        // Sealed: the answer may hold a secret that is told only once, such as a new token.
        let kept = self.edge.ctx.seal.seal("idempotency", &serde_json::to_vec(&kept).map_err(|_| Fault::Internal)?)?;
        idempotency::keep(&self.edge.ctx, &self.actor, &self.key, status.as_u16(), &kept).await
    }
}

fn replay(edge: &Edge, status: u16, kept: &str) -> Result<Response, ApiFault> {
    let kept = edge.ctx.seal.unseal("idempotency", kept)?;
    let kept: Kept = serde_json::from_slice(kept.expose_secret()).map_err(|_| Fault::Internal)?;
    let mut answer = Response::new(Body::from(kept.body));
    *answer.status_mut() = StatusCode::from_u16(status).map_err(|_| Fault::Internal)?;
    let headers = answer.headers_mut();
    for (name, value) in [(header::CONTENT_TYPE, kept.kind), (header::LOCATION, kept.location)] {
        if let Some(value) = value.and_then(|v| HeaderValue::from_str(&v).ok()) {
            headers.insert(name, value);
        }
    }
    headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
    Ok(answer)
}
