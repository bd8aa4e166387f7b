//! Tokens.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use domain::{
    Page, Portal,
    form::Typed,
    id::TokenId,
    people::{NewToken, Token},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    super::{ApiFault, Body, Caller, Created, Query},
    id,
};

pub(super) fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(revoke))
}

/// Whose tokens.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TokenQuery {
    /// Everybody's, not only one's own; needs `people.manage`.
    #[serde(default)]
    everybody: bool,
}

/// The caller's tokens, without their secrets, all on one page.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "people", params(TokenQuery), responses((status = 200, body = Page<Token>)))]
async fn list(Caller(actor): Caller, State(portal): State<Portal>, Query(query): Query<TokenQuery>) -> Result<Json<Page<Token>>, ApiFault> {
    Ok(Json(Page { items: portal.people.tokens(&actor, query.everybody).await?, next: None }))
}

/// Makes a token: `name`, `days`, `permissions`. Its secret is told only in this answer.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "people", request_body = Object, security(("token" = ["tokens.manage"])),
    responses((status = 201, body = NewToken)))]
async fn create(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<NewToken>, ApiFault> {
    let token = portal.people.create_token(&actor, &typed).await?;
    Ok(Created::new(format!("/api/v1/tokens/{}", token.id), token))
}

/// Revokes a token.
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "people", params(("id" = TokenId, Path)), responses((status = 204)))]
async fn revoke(Caller(actor): Caller, State(portal): State<Portal>, Path(token): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.people.revoke_token(&actor, &id(&token, "token")?).await?;
    Ok(StatusCode::NO_CONTENT)
}
