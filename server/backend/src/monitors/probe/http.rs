//! A URL, asked through the house's one client.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use domain::{
    Timestamp,
    monitors::{CheckResult, Fact, FactKind, Heard, HttpAuth, HttpTarget, Method, Reason, TlsVersion, Verdict},
};
use http::{HeaderMap, HeaderName, HeaderValue, header::AUTHORIZATION};
use secrecy::{ExposeSecret, SecretString};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout_at},
};

use super::{Asking, cut, failed, us};
use crate::egress::{Exchange, Request};

/// Bytes of a body that are looked at.
const BODY: usize = 4 << 20;
/// Bytes of a body that are read where none is looked at, and that are looked at on the spot.
const SMALL: usize = 256 << 10;
/// Larger bodies that are looked at at the same time: each takes a processor, and many times its room.
static LARGE: Semaphore = Semaphore::const_new(4);
/// How long after its deadline a check may look at a large body.
const GRACE: Duration = Duration::from_secs(2);

pub(super) async fn probe(asking: &Asking<'_>, target: &HttpTarget) -> CheckResult {
    let timeout = asking.deadline.saturating_duration_since(Instant::now());
    match Box::pin(asking.egress.request(request(target, asking.secret, timeout))).await {
        Ok(exchange) => answered(target, exchange, asking.at, asking.deadline + GRACE).await,
        Err(error) => failed(&error, asking.at),
    }
}

fn request(target: &HttpTarget, secret: Option<&SecretString>, timeout: Duration) -> Request {
    let method = match target.method {
        Method::Get => http::Method::GET,
        Method::Head => http::Method::HEAD,
        Method::Post => http::Method::POST,
        Method::Put => http::Method::PUT,
        Method::Patch => http::Method::PATCH,
        Method::Delete => http::Method::DELETE,
        Method::Options => http::Method::OPTIONS,
    };
    let mut headers = HeaderMap::new();
    for (name, value) in &target.headers {
        // Both have been parsed when they were typed.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.append(name, value);
        }
    }
    if let Some(mut value) = authorization(target, secret) {
        // It is not carried to another origin, and in no log.
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    Request {
        headers,
        body: target.body.clone().into(),
        timeout,
        follow: target.follow,
        body_cap: if target.wants_body() { BODY } else { SMALL },
        shares: true,
        accept_invalid: target.accept_invalid,
        only_13: target.tls_min == TlsVersion::V13,
        ..Request::new(method, &target.url)
    }
}

/// What says who asks.
fn authorization(target: &HttpTarget, secret: Option<&SecretString>) -> Option<HeaderValue> {
    let secret = secret.map(ExposeSecret::expose_secret).unwrap_or_default();
    let text = match target.auth {
        HttpAuth::None => return None,
        HttpAuth::Basic => format!("Basic {}", BASE64.encode(format!("{}:{secret}", target.user))),
        HttpAuth::Bearer => format!("Bearer {secret}"),
    };
    HeaderValue::try_from(text).ok()
}

/// Judges an answer. A large body is looked at apart, a few at a time and not for ever: a regular expression over all of it holds up no
/// check of another target.
async fn judge(target: &HttpTarget, heard: Heard, at: Timestamp, until: Instant) -> (Reason, String) {
    if heard.body.len() <= SMALL {
        return target.judge(&heard, at);
    }
    let target = target.clone();
    let judging = async move {
        let turn = LARGE.acquire().await.ok();
        let judged = tokio::task::spawn_blocking(move || {
            let judged = target.judge(&heard, at);
            // It is over when it is, also where nobody waits for it any more.
            drop(turn);
            judged
        });
        judged.await.unwrap_or_else(|error| (Reason::Unseen, error.to_string()))
    };
    let late = |_| (Reason::Unseen, "the body was too large to be looked at in time".to_owned());
    timeout_at(until, judging).await.unwrap_or_else(late)
}

async fn answered(target: &HttpTarget, exchange: Exchange, at: Timestamp, until: Instant) -> CheckResult {
    let certificate = exchange.certificate.as_ref();
    let expires_at = certificate.and_then(|c| c.expires_at);
    let version = format!("{:?}", exchange.version);
    let heard = Heard {
        status: exchange.status.as_u16(),
        headers: match &target.header {
            None => Vec::new(),
            Some(_) => exchange
                .headers
                .iter()
                .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
                .collect(),
        },
        location: exchange.location(),
        body: if target.wants_body() { exchange.body.into() } else { Vec::new() },
        cut: exchange.truncated,
        tls_expires_at: expires_at,
        version: version.clone(),
    };
    let (reason, mut detail) = judge(target, heard, at, until).await;
    if reason == Reason::Fine
        && let Some(problem) = certificate.and_then(|c| c.problem.as_ref())
    {
        detail = format!("certificate accepted although: {problem}");
    }
    let verdict = match reason {
        Reason::Fine => Verdict::Up,
        Reason::Unseen => Verdict::Unknown,
        _ => Verdict::Down,
    };
    let timings = &exchange.timings;
    let mut facts = vec![Fact::new(FactKind::Peer, exchange.peer), Fact::new(FactKind::HttpVersion, version)];
    facts.extend(exchange.tls_version.map(|version| Fact::new(FactKind::TlsVersion, version.replace('_', "."))));
    if exchange.url != target.url {
        facts.push(Fact::new(FactKind::Url, &exchange.url));
    }
    CheckResult {
        status: Some(exchange.status.as_u16()),
        latency_us: us(timings.total),
        dns_us: us(timings.dns),
        connect_us: us(timings.connect),
        tls_us: us(timings.tls),
        first_byte_us: us(timings.first_byte),
        tls_expires_at: expires_at,
        facts,
        ..CheckResult::bare(at, verdict, reason, cut(detail))
    }
}
