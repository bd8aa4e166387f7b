//! What handlers take and give.

use std::convert::Infallible;

use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use domain::{
    Actor, Fault, PageRequest,
    people::{Identity, Locale},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::IntoParams;

use super::ApiFault;
use crate::error;

/// Who calls. Refuses nobody with 401; public endpoints do without it.
pub struct Caller(pub Actor);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiFault;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiFault> {
        match parts.extensions.get::<Identity>() {
            Some(identity) if identity.actor.authenticated().is_ok() => Ok(Self(identity.actor.clone())),
            _ => Err(Fault::Unauthenticated.into()),
        }
    }
}

/// The language of whoever calls: their own, or what the request asks for.
pub struct Language(pub Locale);

impl<S: Send + Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let chosen = parts.extensions.get::<Identity>().and_then(|identity| identity.preferences.locale);
        Ok(Self(chosen.unwrap_or_else(|| error::locale(&parts.headers))))
    }
}

/// The parameters of a request. What does not fit is refused as a field of a body is.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = ApiFault;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiFault> {
        Ok(app::query::read(&parts.uri).map(Self)?)
    }
}

/// A JSON body. [`domain::form::Typed`] takes any object; the port parses it as it parses a form.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiFault;
    async fn from_request(request: Request, state: &S) -> Result<Self, ApiFault> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if kind != "application/json" && !kind.ends_with("+json") {
            return Err(ApiFault::Malformed(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                format!("content-type is {kind:?}; expected application/json"),
            ));
        }
        let bytes = bytes::Bytes::from_request(request, state)
            .await
            .map_err(|refused| ApiFault::Malformed(refused.status(), "the body could not be read whole, or is too large".into()))?;
        read_body(&bytes).map(Self)
    }
}

/// A body as JSON, whatever it calls itself: where it may be left out.
pub fn read_body<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiFault> {
    serde_json::from_slice(bytes)
        .map_err(|error| ApiFault::Malformed(StatusCode::BAD_REQUEST, format!("the body is not the JSON expected: {error}")))
}

/// 201 with `Location`.
pub struct Created<T> {
    /// Path of what was made, e.g. `/api/v1/incidents/…`.
    pub location: String,
    /// What was made.
    pub body: T,
}

impl<T> Created<T> {
    /// What was made, and where it is.
    pub fn new(location: impl Into<String>, body: T) -> Self {
        Self { location: location.into(), body }
    }
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let mut answer = (StatusCode::CREATED, Json(self.body)).into_response();
        if let Ok(location) = HeaderValue::from_str(&self.location) {
            answer.headers_mut().insert(header::LOCATION, location);
        }
        answer
    }
}

/// `?after=<cursor>&limit=50` of every list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Cursor: `next` of the page before.
    pub after: Option<String>,
    /// Rows wanted, 1 to 500; 50 where it is not given.
    #[param(value_type = Option<u32>)]
    pub limit: Option<String>,
}

impl PageQuery {
    /// The page asked for, or a fault naming the parameter.
    pub fn page(&self) -> Result<PageRequest, Fault> {
        PageRequest::parse(self.after.as_deref(), self.limit.as_deref())
    }
}
