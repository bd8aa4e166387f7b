//! Who is there: the session cookie, or a token on the API, as Bearer or as the password of Basic. Whoever shows nothing valid is nobody.

use app::{edge::Secure, visit::cookie};
use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::Response,
};
use base64::Engine;
use domain::{
    Fault,
    people::{Credential, Identity},
};

use crate::{error::Asked, router::Edge};

const BASE64: base64::engine::GeneralPurpose = base64::engine::general_purpose::STANDARD;

/// What a request shows of who sends it.
pub enum Shown {
    /// The session cookie.
    Session(String),
    /// The token.
    Token(String),
}

impl Shown {
    /// Finds it.
    pub fn of(request: &Request) -> Option<Self> {
        let secure = request.extensions().get::<Secure>().copied().unwrap_or(Secure(false));
        let headers = request.headers();
        let shown = headers
            .get(header::AUTHORIZATION)
            .filter(|_| request.uri().path().starts_with("/api/") || request.uri().path() == "/-/reload")
            .and_then(|v| v.to_str().ok())
            .and_then(|v| v.split_once(' '))
            .and_then(|(scheme, rest)| match scheme.to_ascii_lowercase().as_str() {
                "bearer" => Some(rest.trim().to_owned()),
                "basic" => password(rest.trim()),
                _ => None,
            })
            .map(Self::Token);
        shown.or_else(|| cookie(headers, secure.session_cookie()).map(|text| Self::Session(text.to_owned())))
    }

    /// As `people` asks for it.
    pub fn credential(&self) -> Credential<'_> {
        match self {
            Self::Session(text) => Credential::Session(text),
            Self::Token(text) => Credential::Token(text),
        }
    }
}

/// The password of Basic: tools of others send a token there, under whatever name.
fn password(encoded: &str) -> Option<String> {
    let decoded = BASE64.decode(encoded).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    text.split_once(':').map(|(_, password)| password.to_owned()).filter(|password| !password.is_empty())
}

/// Puts an [`Identity`] into the extensions of the request. One that is there already stays: it can only come
/// from within the process.
pub async fn identify(State(edge): State<Edge>, mut request: Request, next: Next) -> Response {
    if request.extensions().get::<Identity>().is_some() {
        return next.run(request).await;
    }
    let identity = match Shown::of(&request) {
        None => Identity::nobody(),
        Some(shown) => match edge.portal.people.authenticate(shown.credential()).await {
            Ok(identity) => identity,
            Err(Fault::Unauthenticated) => Identity::nobody(),
            // What customers are told is there for everybody, also while nobody can be recognised.
            Err(Fault::Unavailable(_)) if request.uri().path().starts_with("/status/") => Identity::nobody(),
            Err(Fault::Unavailable(_)) => return Asked::of(&request).refuse(StatusCode::SERVICE_UNAVAILABLE),
            Err(_) => return Asked::of(&request).refuse(StatusCode::INTERNAL_SERVER_ERROR),
        },
    };
    request.extensions_mut().insert(identity);
    next.run(request).await
}
