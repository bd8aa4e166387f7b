//! The browser at the other end: where it is, what it calls itself, and the cookie it holds.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Redirect, Response},
};
use domain::{Timestamp, people::LoggedIn};
use http::{HeaderValue, header, request::Parts};

use crate::edge::{Peer, Secure};

/// What log-in notes of a request.
pub(super) struct Browser {
    /// Its address.
    pub(super) peer: String,
    /// What it calls itself.
    pub(super) agent: String,
    secure: Secure,
}

impl<S: Send + Sync> FromRequestParts<S> for Browser {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let agent = parts.headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        let peer = parts.extensions.get::<Peer>().map(|peer| peer.0.to_string()).unwrap_or_default();
        let secure = parts.extensions.get::<Secure>().copied().unwrap_or(Secure(false));
        Ok(Self { peer, agent, secure })
    }
}

impl Browser {
    fn cookie(&self, value: &str, max_age_s: i64) -> String {
        let secure = if self.secure.0 { "; Secure" } else { "" };
        format!("{}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{secure}", self.secure.session_cookie())
    }

    /// Sends it on with the cookie of a new session.
    pub(super) fn entered(&self, session: &LoggedIn, now: Timestamp, to: &str) -> Response {
        self.sent(to, &self.cookie(&session.cookie, session.expires.since(now) / 1000))
    }

    /// Sends it on without the cookie.
    pub(super) fn left(&self, to: &str) -> Response {
        self.sent(to, &self.cookie("", 0))
    }

    fn sent(&self, to: &str, cookie: &str) -> Response {
        let mut response = Redirect::to(to).into_response();
        if let Ok(cookie) = HeaderValue::from_str(cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}
