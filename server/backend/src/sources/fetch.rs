//! Asking a source through the house's one client.

use std::time::Duration;

use base64::Engine as _;
use domain::sources::{
    Answer, AuthKind, Query, SourceKind,
    exposition::{self, Family, Format, Limits},
    read_answer,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

use super::store::Stored;
use crate::egress::{Egress, Exchange, Request};

/// Bytes of a page, or of an answer, that are read.
const BODY: usize = 16 << 20;
/// Redirects that are followed.
const REDIRECTS: u8 = 3;
/// Characters of technical detail that are kept.
const DETAIL: usize = 300;

/// What a source gave.
pub(super) enum Gave {
    /// A page.
    Page(Format, Vec<Family>),
    /// An answer to our question whether it answers.
    Word,
}

/// One try and how it went.
pub(super) struct Try {
    /// What came, or why nothing did, in English.
    pub(super) outcome: Result<Gave, String>,
    pub(super) took_ms: i64,
}

/// Why a question was not answered, in English.
pub(super) enum Refusal {
    /// The source says that the question is wrong.
    Question(String),
    /// The source is down, or may not be asked.
    Source(String),
}

/// Asks once: for its page, or for the number one. Reading a large page is work: it is done beside the threads that answer.
pub(super) async fn ask(egress: &Egress, source: &Stored, secret: Option<&str>) -> Try {
    let begin = std::time::Instant::now();
    let outcome = match source.kind {
        SourceKind::Scrape => scrape(egress, source, secret).await,
        SourceKind::Query => {
            let query = [("query", "vector(1)".to_owned())];
            match post(egress, source, secret, "query", &query).await {
                Ok(_) => Ok(Gave::Word),
                Err(Refusal::Question(why) | Refusal::Source(why)) => Err(why),
            }
        }
    };
    let took_ms = i64::try_from(begin.elapsed().as_millis()).unwrap_or(i64::MAX);
    Try { outcome: outcome.map_err(cut), took_ms }
}

async fn scrape(egress: &Egress, source: &Stored, secret: Option<&str>) -> Result<Gave, String> {
    let mut request = request(source, secret, Method::GET, source.url.clone())?;
    request.headers.insert(header::ACCEPT, HeaderValue::from_static(exposition::ACCEPT));
    let exchange = Box::pin(egress.request(request)).await.map_err(|error| error.to_string())?;
    if !exchange.status.is_success() {
        return Err(format!("status {}, expected 200", exchange.status.as_u16()));
    }
    if exchange.truncated {
        return Err(format!("the page is larger than {} MiB", BODY >> 20));
    }
    let format = Format::of(exchange.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default());
    let body = exchange.body;
    let read = tokio::task::spawn_blocking(move || exposition::parse(&body, format, Limits::default())).await;
    let families = read.map_err(|_| "the page could not be read".to_owned())?.map_err(|wrong| wrong.to_string())?;
    Ok(Gave::Page(format, families))
}

/// Asks a question of a query source.
pub(super) async fn query(egress: &Egress, source: &Stored, secret: Option<&str>, query: &Query) -> Result<Answer, Refusal> {
    let seconds = |at: domain::Timestamp| format!("{}.{:03}", at.0.div_euclid(1_000), at.0.rem_euclid(1_000));
    let mut fields = vec![("query", query.expr.clone()), ("timeout", format!("{}s", source.timeout_s))];
    match query.span {
        Some(span) => {
            fields.extend([("start", seconds(span.from)), ("end", seconds(span.to)), ("step", format!("{}s", query.step_ms() / 1_000))]);
            post(egress, source, secret, "query_range", &fields).await
        }
        None => {
            fields.push(("time", seconds(query.at)));
            post(egress, source, secret, "query", &fields).await
        }
    }
}

async fn post(egress: &Egress, source: &Stored, secret: Option<&str>, path: &str, fields: &[(&str, String)]) -> Result<Answer, Refusal> {
    let mut request = request(source, secret, Method::POST, format!("{}/api/v1/{path}", source.url)).map_err(Refusal::Source)?;
    request.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    request.body = form(fields).into();
    let exchange = Box::pin(egress.request(request)).await.map_err(|error| Refusal::Source(error.to_string()))?;
    let took_ms = i64::try_from(exchange.timings.total.as_millis()).unwrap_or(i64::MAX);
    let Exchange { status, body, truncated, .. } = exchange;
    if truncated {
        return Err(Refusal::Question(format!("the answer is larger than {} MiB", BODY >> 20)));
    }
    let answer = tokio::task::spawn_blocking(move || read_answer(&body, took_ms))
        .await
        .unwrap_or_else(|_| Err("the answer could not be read".into()));
    // 400 and 422 are how the API says that the question is wrong; the body tells why.
    match (status.as_u16(), answer) {
        (200, Ok(answer)) => Ok(answer),
        (400 | 422, Err(why)) => Err(Refusal::Question(cut(why))),
        (200, Err(why)) => Err(Refusal::Source(cut(why))),
        (status, _) => Err(Refusal::Source(format!("status {status}, expected 200"))),
    }
}

fn form(fields: &[(&str, String)]) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields.iter().map(|(name, value)| (*name, value.as_str())));
    form.finish()
}

fn request(source: &Stored, secret: Option<&str>, method: Method, url: String) -> Result<Request, String> {
    let mut headers = HeaderMap::new();
    let secret = secret.unwrap_or_default();
    let authorization = match source.auth {
        AuthKind::None => None,
        AuthKind::Basic => Some(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{}:{secret}", source.user)))),
        AuthKind::Bearer => Some(format!("Bearer {secret}")),
    };
    if let Some(text) = authorization {
        let mut value = HeaderValue::try_from(text).map_err(|_| "the credentials cannot stand in a header".to_owned())?;
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
    }
    if !source.tenant.is_empty() {
        let value = HeaderValue::try_from(&source.tenant).map_err(|_| "the tenant cannot stand in a header".to_owned())?;
        headers.insert(HeaderName::from_static("x-scope-orgid"), value);
    }
    Ok(Request {
        headers,
        timeout: Duration::from_secs(u64::from(source.timeout_s)),
        follow: REDIRECTS,
        body_cap: BODY,
        accept_invalid: source.accept_invalid,
        ..Request::new(method, url)
    })
}

fn cut(mut text: String) -> String {
    if let Some((at, _)) = text.char_indices().nth(DETAIL) {
        text.truncate(at);
        text.push('…');
    }
    text
}
