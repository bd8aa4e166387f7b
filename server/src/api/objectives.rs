//! `/api/v1/objectives`.

use axum::{
    Json,
    extract::{Path, State},
};
use domain::{
    Fault, Portal,
    form::Typed,
    id::ObjectiveId,
    objectives::{Hour, Objective},
};
use http::StatusCode;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Body, Caller, Created};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(detail, edit, delete))
        .routes(routes!(hours))
        .routes(routes!(pause))
        .routes(routes!(resume))
}

fn read_id(text: &str) -> Result<ObjectiveId, Fault> {
    ObjectiveId::parse(text).ok_or(Fault::NotFound("objective"))
}

/// Objectives with what is left of their budgets, those that burn first.
#[utoipa::path(get, path = "/api/v1/objectives", tag = "objectives", security(("token" = [])),
    responses((status = 200, body = Vec<Objective>)))]
async fn list(Caller(actor): Caller, State(portal): State<Portal>) -> Result<Json<Vec<Objective>>, ApiFault> {
    Ok(Json(portal.objectives.list(&actor).await?))
}

/// Makes an objective.
///
/// Fields: `name`, `system` (id), `kind` (`success`, `latency`, `query`), `target` (per cent), `days` (of the window; 28 where none is
/// named) or `month` (an IANA zone: the window is the calendar month there, from the hour in UTC in which it begins); for `success` and
/// `latency` also `link`, `merchant`, `channel` (lists), for `latency` `within` (milliseconds); for `query` `source` (id), `good` and
/// `total`, PromQL in which `$window` stands for the length of a stretch; for its alerts `labels`, `annotations` and
/// `annotations_zh` (lines of `name: text`, with the templates of rules) and `runbook` (an address).
#[utoipa::path(post, path = "/api/v1/objectives", tag = "objectives", request_body = Object, security(("token" = ["monitors.edit"])),
    responses((status = 201, body = Objective)))]
async fn create(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<Objective>, ApiFault> {
    let id = portal.objectives.create(&actor, &typed).await?;
    Ok(Created::new(format!("/api/v1/objectives/{id}"), portal.objectives.get(&actor, &id).await?))
}

/// One objective.
#[utoipa::path(get, path = "/api/v1/objectives/{id}", tag = "objectives", params(("id" = String, Path)), security(("token" = [])),
    responses((status = 200, body = Objective), (status = 404)))]
async fn detail(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Objective>, ApiFault> {
    Ok(Json(portal.objectives.get(&actor, &read_id(&id)?).await?))
}

/// Replaces an objective; fields as in its creation. What it had fired is over.
#[utoipa::path(put, path = "/api/v1/objectives/{id}", tag = "objectives", params(("id" = String, Path)), request_body = Object,
    security(("token" = ["monitors.edit"])), responses((status = 200, body = Objective), (status = 404), (status = 409)))]
async fn edit(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Objective>, ApiFault> {
    let id = read_id(&id)?;
    portal.objectives.edit(&actor, &id, &typed).await?;
    Ok(Json(portal.objectives.get(&actor, &id).await?))
}

/// Deletes an objective. What it had fired is over.
#[utoipa::path(delete, path = "/api/v1/objectives/{id}", tag = "objectives", params(("id" = String, Path)),
    security(("token" = ["monitors.edit"])), responses((status = 204), (status = 404)))]
async fn delete(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.objectives.delete(&actor, &read_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The hours of the window, and what was left of the budget after each.
#[utoipa::path(get, path = "/api/v1/objectives/{id}/hours", tag = "objectives", params(("id" = String, Path)), security(("token" = [])),
    responses((status = 200, body = Vec<Hour>), (status = 404), (status = 503)))]
async fn hours(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Vec<Hour>>, ApiFault> {
    Ok(Json(portal.objectives.hours(&actor, &read_id(&id)?).await?))
}

/// Stops looking. What it had fired is over.
#[utoipa::path(post, path = "/api/v1/objectives/{id}/pause", tag = "objectives", params(("id" = String, Path)),
    security(("token" = ["monitors.edit"])), responses((status = 200, body = Objective), (status = 404)))]
async fn pause(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Objective>, ApiFault> {
    let id = read_id(&id)?;
    portal.objectives.pause(&actor, &id, true).await?;
    Ok(Json(portal.objectives.get(&actor, &id).await?))
}

/// Goes on looking.
#[utoipa::path(post, path = "/api/v1/objectives/{id}/resume", tag = "objectives", params(("id" = String, Path)),
    security(("token" = ["monitors.edit"])), responses((status = 200, body = Objective), (status = 404)))]
async fn resume(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Objective>, ApiFault> {
    let id = read_id(&id)?;
    portal.objectives.pause(&actor, &id, false).await?;
    Ok(Json(portal.objectives.get(&actor, &id).await?))
}
