//! The OpenAPI 3.1 document, generated from the code.

use app::routes::{Need, RouteEntry};
use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use domain::Permission;
use utoipa::{
    OpenApi,
    openapi::{
        OpenApi as Document,
        path::Operation,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::{Caller, FieldProblem, ProblemDetails};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Evenkeel",
        description = "The operations portal, for programs. Refusals are problem details (RFC 9457); lists are paged by `after` and `limit`; \
        a POST that creates takes an `Idempotency-Key`; every answer says what is left of the caller's rate in `RateLimit-*`."
    ),
    components(schemas(ProblemDetails, FieldProblem)),
    security(("token" = []))
)]
struct Frame;

/// The document without any endpoint.
pub(super) fn frame() -> Document {
    let mut document = Frame::openapi();
    let components = document.components.get_or_insert_default();
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("An API token, made on the tokens page.")).build();
    components.add_security_scheme("token", SecurityScheme::Http(scheme));
    document
}

/// What each endpoint needs, from its `security`.
pub(super) fn table(document: &Document) -> Vec<RouteEntry> {
    operations(document).map(|(method, path, operation)| RouteEntry { method, path: path.to_owned(), need: need(operation) }).collect()
}

/// Method, path and operation of every endpoint, in the order of paths.
pub(super) fn operations(document: &Document) -> impl Iterator<Item = (&'static str, &str, &Operation)> {
    document.paths.paths.iter().flat_map(|(path, item)| {
        [("GET", &item.get), ("POST", &item.post), ("PUT", &item.put), ("PATCH", &item.patch), ("DELETE", &item.delete)]
            .into_iter()
            .filter_map(move |(method, operation)| Some((method, path.as_str(), operation.as_ref()?)))
    })
}

/// The need of one endpoint: no word means a login, an empty requirement anybody, a scope a permission.
pub(super) fn need(operation: &Operation) -> Need {
    let Some(first) = operation.security.as_ref().and_then(|all| all.first()) else { return Need::LoggedIn };
    let value = serde_json::to_value(first).unwrap_or_default();
    match value.get("token") {
        None => Need::Public,
        Some(scopes) => scopes.get(0).and_then(|name| Permission::parse(name.as_str()?)).map_or(Need::LoggedIn, Need::Permission),
    }
}

/// `/api/v1/openapi.json`.
pub(super) async fn serve(_: Caller, json: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], json).into_response()
}
