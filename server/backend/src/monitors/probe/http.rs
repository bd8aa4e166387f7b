//! A URL, asked through the house's one client.

use std::time::Duration;

use domain::{
    Timestamp,
    monitors::{CheckResult, Fact, FactKind, HttpTarget, MatchMode, Method, Reason, Verdict},
};
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;

use super::{Asking, cut, failed, us};
use crate::egress::{Exchange, Request};

/// Bytes of a body that are looked at.
const BODY: usize = 256 << 10;
/// Redirects that are followed where a monitor follows.
const REDIRECTS: u8 = 5;

pub(super) async fn probe(asking: &Asking<'_>, target: &HttpTarget) -> CheckResult {
    let timeout = asking.deadline.saturating_duration_since(Instant::now());
    match Box::pin(asking.egress.request(request(target, timeout))).await {
        Ok(exchange) => answered(target, &exchange, asking.at),
        Err(error) => failed(&error, asking.at),
    }
}

fn request(target: &HttpTarget, timeout: Duration) -> Request {
    let method = match target.method {
        Method::Get => http::Method::GET,
        Method::Head => http::Method::HEAD,
        Method::Post => http::Method::POST,
    };
    let mut headers = HeaderMap::new();
    for (name, value) in &target.headers {
        // Both have been parsed when they were typed.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.append(name, value);
        }
    }
    Request {
        headers,
        body: target.body.clone().into(),
        timeout,
        follow: if target.follow { REDIRECTS } else { 0 },
        body_cap: BODY,
        accept_invalid: target.accept_invalid,
        ..Request::new(method, &target.url)
    }
}

fn answered(target: &HttpTarget, exchange: &Exchange, at: Timestamp) -> CheckResult {
    let certificate = exchange.certificate.as_ref();
    let expires_at = certificate.and_then(|c| c.expires_at);
    let body: &[u8] = if target.body_match.mode == MatchMode::None { &[] } else { &exchange.body };
    let (reason, mut detail) = target.judge(exchange.status.as_u16(), body, expires_at, at);
    if reason == Reason::Fine
        && let Some(problem) = certificate.and_then(|c| c.problem.as_ref())
    {
        detail = format!("certificate accepted although: {problem}");
    }
    let verdict = if reason == Reason::Fine { Verdict::Up } else { Verdict::Down };
    let timings = &exchange.timings;
    CheckResult {
        status: Some(exchange.status.as_u16()),
        latency_us: us(timings.total),
        dns_us: us(timings.dns),
        connect_us: us(timings.connect),
        tls_us: us(timings.tls),
        first_byte_us: us(timings.first_byte),
        tls_expires_at: expires_at,
        facts: vec![Fact::new(FactKind::Peer, exchange.peer), Fact::new(FactKind::HttpVersion, format!("{:?}", exchange.version))],
        ..CheckResult::bare(at, verdict, reason, cut(detail))
    }
}
