//! One check of an HTTP monitor through the house's one client.

use std::time::Duration;

use domain::{
    Timestamp,
    monitors::{CheckResult, HttpTarget, MatchMode, Method, Reason, Verdict},
};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::egress::{Egress, EgressError, Exchange, Request};

/// Bytes of a body that are looked at.
const BODY: usize = 256 << 10;
/// Redirects that are followed where a monitor follows.
const REDIRECTS: u8 = 5;
/// Characters of technical detail that are kept.
const DETAIL: usize = 300;

/// Asks the target once. `at` is the moment at which the check begins.
pub(super) async fn probe(egress: &Egress, target: &HttpTarget, at: Timestamp) -> CheckResult {
    match Box::pin(egress.request(request(target))).await {
        Ok(exchange) => answered(target, &exchange, at),
        Err(error) => failed(&error, at),
    }
}

fn request(target: &HttpTarget) -> Request {
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
        timeout: Duration::from_secs(u64::from(target.timeout_s)),
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
    let us = |d: Duration| i64::try_from(d.as_micros()).ok();
    let timings = &exchange.timings;
    CheckResult {
        status: Some(exchange.status.as_u16()),
        latency_us: us(timings.total),
        dns_us: us(timings.dns),
        connect_us: us(timings.connect),
        tls_us: us(timings.tls),
        first_byte_us: us(timings.first_byte),
        tls_expires_at: expires_at,
        ..CheckResult::bare(at, verdict, reason, cut(detail))
    }
}

fn failed(error: &EgressError, at: Timestamp) -> CheckResult {
    let reason = Reason::parse(error.code()).unwrap_or(Reason::Protocol);
    // What we may not or cannot ask tells nothing of the target.
    let ours = error.is_ours() || reason == Reason::RefusedAddress;
    let verdict = if ours { Verdict::Unknown } else { Verdict::Down };
    CheckResult::bare(at, verdict, reason, cut(error.to_string()))
}

fn cut(mut text: String) -> String {
    if let Some((at, _)) = text.char_indices().nth(DETAIL) {
        text.truncate(at);
        text.push('…');
    }
    text
}
