//! Refuses unsafe requests that another site's page sent: `Sec-Fetch-Site`, falling back to `Origin` against `Host`.
//! What carries neither header was not sent by a browser, and so without anybody's cookies.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode, Uri, header},
    middleware::Next,
    response::Response,
};

use crate::{error::Asked, router::Edge};

/// 403 for what another site sent, except reading.
pub async fn same_site(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    if !request.method().is_safe() && foreign(request.headers(), request.uri(), &edge.public_authority) {
        return Asked::of(&request).refuse(StatusCode::FORBIDDEN);
    }
    next.run(request).await
}

fn foreign(headers: &HeaderMap, uri: &Uri, public: &str) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return !matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return false };
    let Some((_, authority)) = origin.to_str().ok().and_then(|o| o.split_once("://")) else { return true };
    // HTTP/2 has no Host header; its authority stands in the URI.
    let host = headers.get(header::HOST).and_then(|h| h.to_str().ok()).or_else(|| uri.authority().map(http::uri::Authority::as_str));
    host != Some(authority) && authority != public
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_may_act() {
        let asks = |pairs: &[(&'static str, &'static str)]| {
            let headers = pairs.iter().map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap())).collect();
            foreign(&headers, &Uri::from_static("/x"), "ops.example.org")
        };
        assert!(!asks(&[("host", "a:1")]));
        assert!(!asks(&[("host", "a:1"), ("origin", "http://a:1")]));
        assert!(!asks(&[("host", "inner:1"), ("origin", "https://ops.example.org")]));
        assert!(!asks(&[("host", "a:1"), ("sec-fetch-site", "same-origin")]));
        assert!(asks(&[("host", "a:1"), ("origin", "http://a:2")]));
        assert!(asks(&[("host", "a:1"), ("origin", "null")]));
        assert!(asks(&[("host", "a:1"), ("sec-fetch-site", "cross-site")]));
        assert!(asks(&[("host", "a:1"), ("sec-fetch-site", "same-site"), ("origin", "http://a:1")]));
    }
}
