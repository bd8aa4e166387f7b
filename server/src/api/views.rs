//! `/api/v1/views`: lists as people want to see them again.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use domain::{
    Fault, Portal,
    form::Typed,
    id::ViewId,
    views::{Place, SavedView},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Body, Caller, Created, Query};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new().routes(routes!(list, save)).routes(routes!(get, change, remove)).routes(routes!(prefer, unprefer))
}

/// A view.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct ViewBody {
    /// Which list: `changes`.
    place: String,
    /// Its name.
    name: String,
    /// What the address of the list says, e.g. `view=week&state=pending`; a day is left out.
    query: String,
    /// Id of the team that it is shared with; left out where it is the caller's alone.
    team: Option<String>,
    /// Whether the caller sees it first; only where it is new.
    preferred: Option<bool>,
    /// The version that was read; only where one is changed.
    version: Option<i64>,
}

/// Which ones.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Of which list; of all where it is left out.
    place: Option<Place>,
}

fn read_id(text: &str) -> Result<ViewId, Fault> {
    ViewId::parse(text).ok_or(Fault::NotFound("view"))
}

/// The caller's views and those of their teams, by name.
#[utoipa::path(get, path = "/api/v1/views", tag = "views", params(Which), security(("token" = ["read"])),
    responses((status = 200, body = Vec<SavedView>)))]
async fn list(Caller(actor): Caller, State(portal): State<Portal>, Query(which): Query<Which>) -> Result<Json<Vec<SavedView>>, ApiFault> {
    Ok(Json(portal.views.list(&actor, which.place).await?))
}

/// Keeps a view.
#[utoipa::path(post, path = "/api/v1/views", tag = "views", request_body = ViewBody, security(("token" = ["read"])),
    responses((status = 201, body = SavedView), (status = 409, description = "There are as many as there may be."), (status = 422, description = "A field is wrong.")))]
async fn save(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<SavedView>, ApiFault> {
    let id = portal.views.save(&actor, &typed).await?;
    Ok(Created::new(format!("/api/v1/views/{id}"), portal.views.get(&actor, &id).await?))
}

/// One view.
#[utoipa::path(get, path = "/api/v1/views/{id}", tag = "views", params(("id" = String, Path)), security(("token" = ["read"])),
    responses((status = 200, body = SavedView), (status = 404)))]
async fn get(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<SavedView>, ApiFault> {
    Ok(Json(portal.views.get(&actor, &read_id(&id)?).await?))
}

/// Changes a view.
#[utoipa::path(put, path = "/api/v1/views/{id}", tag = "views", params(("id" = String, Path)), request_body = ViewBody, security(("token" = ["read"])),
    responses((status = 200, body = SavedView), (status = 409, description = "Somebody has edited it since."), (status = 422)))]
async fn change(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<SavedView>, ApiFault> {
    Ok(Json(portal.views.change(&actor, &read_id(&id)?, &typed).await?))
}

/// Removes a view, for everybody who sees it.
#[utoipa::path(delete, path = "/api/v1/views/{id}", tag = "views", params(("id" = String, Path)), security(("token" = ["read"])),
    responses((status = 204), (status = 404)))]
async fn remove(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.views.remove(&actor, &read_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The caller sees this view first where the list is opened without saying more.
#[utoipa::path(put, path = "/api/v1/views/{id}/preferred", tag = "views", params(("id" = String, Path)), security(("token" = ["read"])),
    responses((status = 204), (status = 404)))]
async fn prefer(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.views.prefer(&actor, &read_id(&id)?, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The list opens as a whole again.
#[utoipa::path(delete, path = "/api/v1/views/{id}/preferred", tag = "views", params(("id" = String, Path)), security(("token" = ["read"])),
    responses((status = 204), (status = 404)))]
async fn unprefer(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.views.prefer(&actor, &read_id(&id)?, false).await?;
    Ok(StatusCode::NO_CONTENT)
}
