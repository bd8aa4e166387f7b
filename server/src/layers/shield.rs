//! Security headers on every answer, and the nonce that a page's own scripts carry.

use app::{edge::Secure, visit::Nonce};
use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use crate::router::Edge;

const ALWAYS: [(HeaderName, HeaderValue); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("permissions-policy"), HeaderValue::from_static("camera=(), microphone=(), geolocation=(), payment=()")),
];

/// Makes a nonce, hands the request on, and puts the headers on the answer.
pub async fn headers(State(_): State<Edge>, mut request: Request, next: Next) -> Response {
    let nonce = Nonce::new();
    let secure = request.extensions().get::<Secure>().is_some_and(|s| s.0);
    request.extensions_mut().insert(nonce.clone());
    let mut answer = next.run(request).await;
    let headers = answer.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, value);
    }
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'nonce-{}'; style-src 'self'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        nonce.as_str()
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        // What is handed out as a file brings a narrower one.
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    }
    // What is shown to one person must not be kept for another.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    answer
}
