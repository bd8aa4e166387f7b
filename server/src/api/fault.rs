//! Faults as problem details (RFC 9457), in the caller's language.

use app::{
    i18n::{say, say_wording},
    visit::RequestId,
};
use axum::{
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{
    Fault,
    people::{Identity, Locale},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::v2;
use crate::error;

/// Why a call was refused.
#[derive(Debug, Clone)]
pub enum ApiFault {
    /// What the port said.
    Fault(Fault),
    /// The request could not be read at all: status, and what is wrong with it.
    Malformed(StatusCode, String),
}

impl From<Fault> for ApiFault {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// The body of every refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProblemDetails {
    /// What kind of problem, e.g. `urn:evenkeel:problem:invalid`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The permission that is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
    /// What is wrong with each field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// The name of the request in the logs.
    pub request_id: String,
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldProblem {
    /// The field.
    pub field: String,
    /// What was given.
    pub value: String,
    /// What would be right.
    pub expected: String,
}

impl IntoResponse for ApiFault {
    /// A status, and the fault for [`put_into_words`] to put into words.
    fn into_response(self) -> Response {
        let (status, retry_after) = match &self {
            Self::Malformed(status, _) => (*status, None),
            Self::Fault(fault) => (app::fault::status(fault), app::fault::retry_after(fault)),
        };
        let mut answer = status.into_response();
        let headers = answer.headers_mut();
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        answer.extensions_mut().insert(self);
        answer
    }
}

/// Puts faults into words: the layer that knows the caller's language and the request's name.
pub(crate) async fn put_into_words(request: Request, next: Next) -> Response {
    let chosen = request.extensions().get::<Identity>().and_then(|identity| identity.preferences.locale);
    let locale = chosen.unwrap_or_else(|| error::locale(request.headers()));
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    // Who speaks Alertmanager's API reads a JSON text, and nothing else.
    let plain = request.uri().path().starts_with("/api/v2/") || request.uri().path() == v2::RELOAD;
    let mut answer = next.run(request).await;
    if let Some(fault) = answer.extensions_mut().remove::<ApiFault>() {
        let details = describe(&fault, answer.status(), locale, id);
        let (mut parts, _) = answer.into_parts();
        parts.headers.remove(header::CONTENT_LENGTH);
        if plain {
            parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            let words = serde_json::to_string(&details.detail.unwrap_or(details.title)).unwrap_or_default();
            return Response::from_parts(parts, words.into());
        }
        parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        return Response::from_parts(parts, serde_json::to_string(&details).unwrap_or_default().into());
    }
    answer
}

fn describe(fault: &ApiFault, status: StatusCode, locale: Locale, request_id: String) -> ProblemDetails {
    let speak = |key| say(locale, key, &[]);
    let (kind, detail) = match fault {
        ApiFault::Malformed(_, detail) => ("malformed", Some(detail.clone())),
        ApiFault::Fault(fault) => match fault {
            Fault::Invalid(_) => ("invalid", None),
            Fault::NotFound(noun) => ("not-found", Some(format!("no such {noun}"))),
            Fault::Forbidden(_) => ("forbidden", None),
            Fault::Unauthenticated => ("unauthenticated", None),
            Fault::Conflict(wording) => ("conflict", Some(say_wording(locale, wording))),
            Fault::TooMany { .. } => ("too-many", None),
            Fault::Unavailable(wording) => ("unavailable", Some(say_wording(locale, wording))),
            Fault::Internal => ("internal", None),
        },
    };
    let title = match kind {
        "malformed" => speak("edge-malformed"),
        "invalid" => speak("fault-invalid-title"),
        "not-found" => speak("fault-not-found-title"),
        "forbidden" => speak("fault-forbidden-title"),
        "unauthenticated" => speak("fault-unauthenticated-title"),
        "conflict" => speak("fault-conflict-title"),
        "too-many" => speak("fault-too-many-title"),
        "unavailable" => speak("fault-unavailable-title"),
        _ => speak("fault-internal-title"),
    };
    let (permission, errors) = match fault {
        ApiFault::Fault(Fault::Forbidden(permission)) => (Some(permission.name().to_owned()), Vec::new()),
        ApiFault::Fault(Fault::Invalid(problems)) => (None, problems.iter().map(|p| field(locale, p)).collect()),
        _ => (None, Vec::new()),
    };
    ProblemDetails { kind: format!("urn:evenkeel:problem:{kind}"), title, status: status.as_u16(), detail, permission, errors, request_id }
}

fn field(locale: Locale, problem: &domain::Problem) -> FieldProblem {
    FieldProblem { field: problem.field.clone(), value: problem.value.clone(), expected: say_wording(locale, &problem.expected) }
}
