//! What the edge itself refuses, before a page or the API is reached: short, in the reader's language, with the
//! request's name. The API gets problem details (RFC 9457), everyone else a small page that needs no asset.

use app::{
    i18n::say,
    visit::{LANGUAGE_COOKIE, RequestId, cookie},
};
use axum::{
    http::{HeaderMap, HeaderValue, Request, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::people::Locale;

/// Enough of a request to refuse it properly, taken before the request is handed on.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Whether a program asks.
    pub api: bool,
    locale: Locale,
    id: String,
}

impl Asked {
    /// Notes what is needed of a request.
    pub fn of<B>(request: &Request<B>) -> Self {
        Self {
            api: request.uri().path().starts_with("/api/"),
            locale: locale(request.headers()),
            id: request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
        }
    }

    /// The refusal.
    pub fn refuse(&self, status: StatusCode) -> Response {
        let (title, advice) = words(status, self.locale);
        let mut answer = if self.api {
            let body = serde_json::json!({
                "type": "about:blank", "title": title, "status": status.as_u16(), "detail": advice, "request_id": self.id,
            });
            (status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
        } else {
            (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], self.page(status, &title, &advice)).into_response()
        };
        if status == StatusCode::SERVICE_UNAVAILABLE {
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        answer
    }

    fn page(&self, status: StatusCode, title: &str, advice: &str) -> String {
        let (name, home) = (say(self.locale, "edge-request", &[]), say(self.locale, "fault-home", &[]));
        format!(
            "<!doctype html><html lang=\"{lang}\"><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
             <meta name=\"color-scheme\" content=\"light dark\"><title>{code} {title}</title>\
             <main><h1>{code} {title}</h1><p>{advice}</p><p>{name}: <code>{id}</code></p><p><a href=\"/\">{home}</a></p></main></html>",
            lang = self.locale.tag(),
            code = status.as_u16(),
            id = self.id,
        )
    }
}

/// The language of a request that nobody has been found for yet: the language cookie, then `Accept-Language`.
pub fn locale(headers: &HeaderMap) -> Locale {
    cookie(headers, LANGUAGE_COOKIE)
        .and_then(Locale::parse)
        .unwrap_or_else(|| headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).map_or(Locale::En, Locale::accept))
}

fn words(status: StatusCode, locale: Locale) -> (String, String) {
    let (title, advice) = match status {
        StatusCode::FORBIDDEN => ("fault-forbidden-title", "fault-forbidden-cross-site"),
        StatusCode::NOT_FOUND => ("fault-not-found-title", "fault-not-found-text"),
        StatusCode::METHOD_NOT_ALLOWED => ("edge-method", "edge-method-text"),
        StatusCode::PAYLOAD_TOO_LARGE => ("edge-too-large", "edge-too-large-text"),
        StatusCode::SERVICE_UNAVAILABLE => ("fault-unavailable-title", "edge-busy-text"),
        _ => ("fault-internal-title", "edge-internal-text"),
    };
    (say(locale, title, &[]), say(locale, advice, &[]))
}
