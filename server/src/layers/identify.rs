//! Who is there: the session cookie, or a bearer token on the API. Whoever shows nothing valid is nobody.

use app::{edge::Secure, visit::cookie};
use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::Response,
};
use domain::{
    Fault,
    people::{Credential, Identity},
};

use crate::{error::Asked, router::Edge};

/// What a request shows of who sends it.
pub enum Shown {
    /// The session cookie.
    Session(String),
    /// The bearer token.
    Token(String),
}

impl Shown {
    /// Finds it.
    pub fn of(request: &Request) -> Option<Self> {
        let secure = request.extensions().get::<Secure>().copied().unwrap_or(Secure(false));
        let headers = request.headers();
        let bearer = headers
            .get(header::AUTHORIZATION)
            .filter(|_| request.uri().path().starts_with("/api/"))
            .and_then(|v| v.to_str().ok())
            .and_then(|v| v.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| Self::Token(token.trim().to_owned()));
        bearer.or_else(|| cookie(headers, secure.session_cookie()).map(|text| Self::Session(text.to_owned())))
    }

    /// As `people` asks for it.
    pub fn credential(&self) -> Credential<'_> {
        match self {
            Self::Session(text) => Credential::Session(text),
            Self::Token(text) => Credential::Token(text),
        }
    }
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
            Err(Fault::Unavailable(_)) => return Asked::of(&request).refuse(StatusCode::SERVICE_UNAVAILABLE),
            Err(_) => return Asked::of(&request).refuse(StatusCode::INTERNAL_SERVER_ERROR),
        },
    };
    request.extensions_mut().insert(identity);
    next.run(request).await
}
