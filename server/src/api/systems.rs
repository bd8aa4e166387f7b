//! `/api/v1/systems`.

use axum::{
    Json,
    extract::{Path, State},
    http::{StatusCode, header},
    response::IntoResponse,
};
use domain::{
    Fault, Page, Portal,
    form::Typed,
    id::SystemId,
    systems::{Filter, Plan, System},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Body, Caller, Created, PageQuery, Query};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(export))
        .routes(routes!(plan))
        .routes(routes!(apply))
        .routes(routes!(detail, edit, delete))
}

/// Which systems.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Text within key or name.
    q: Option<String>,
    /// Key of the owning team.
    team: Option<String>,
    /// 1 to 4.
    tier: Option<String>,
}

fn id(text: &str) -> Result<SystemId, Fault> {
    SystemId::parse(text).ok_or(Fault::NotFound("system"))
}

/// The catalogue, by tier and key.
#[utoipa::path(get, path = "/api/v1/systems", tag = "systems", params(ListQuery, PageQuery), security(("token" = ["read"])),
    responses((status = 200, body = Page<System>)))]
async fn list(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Query(query): Query<ListQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<System>>, ApiFault> {
    let filter = Filter::parse(query.q.as_deref(), query.team.as_deref(), query.tier.as_deref())?;
    Ok(Json(portal.systems.list(&actor, &filter, &page.page()?).await?))
}

/// One system.
#[utoipa::path(get, path = "/api/v1/systems/{id}", tag = "systems", params(("id" = String, Path)), security(("token" = ["read"])),
    responses((status = 200, body = System)))]
async fn detail(Caller(actor): Caller, State(portal): State<Portal>, Path(text): Path<String>) -> Result<Json<System>, ApiFault> {
    Ok(Json(portal.systems.get(&actor, &id(&text)?).await?))
}

/// Writes down a system: `key`, `name`, `team` and `needs` by key, `tier`, `description`, `runbook`, `links`.
#[utoipa::path(post, path = "/api/v1/systems", tag = "systems", request_body = Object, security(("token" = ["systems.edit"])),
    responses((status = 201, body = System)))]
async fn create(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<System>, ApiFault> {
    let id = portal.systems.create(&actor, &typed).await?;
    Ok(Created::new(format!("/api/v1/systems/{id}"), portal.systems.get(&actor, &id).await?))
}

/// Replaces a system; `version` names the version that was read.
#[utoipa::path(put, path = "/api/v1/systems/{id}", tag = "systems", params(("id" = String, Path)), request_body = Object,
    security(("token" = ["systems.edit"])), responses((status = 200, body = System)))]
async fn edit(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(text): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<System>, ApiFault> {
    let id = id(&text)?;
    portal.systems.edit(&actor, &id, &typed).await?;
    Ok(Json(portal.systems.get(&actor, &id).await?))
}

/// Removes a system that nothing needs and nothing belongs to.
#[utoipa::path(delete, path = "/api/v1/systems/{id}", tag = "systems", params(("id" = String, Path)),
    security(("token" = ["systems.edit"])), responses((status = 204)))]
async fn delete(Caller(actor): Caller, State(portal): State<Portal>, Path(text): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.systems.delete(&actor, &id(&text)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The catalogue as YAML.
#[utoipa::path(get, path = "/api/v1/systems.yaml", tag = "systems", security(("token" = ["export"])),
    responses((status = 200, body = String, content_type = "application/yaml")))]
async fn export(Caller(actor): Caller, State(portal): State<Portal>) -> Result<impl IntoResponse, ApiFault> {
    let yaml = portal.systems.export(&actor).await?;
    Ok(([(header::CONTENT_TYPE, "application/yaml; charset=utf-8")], yaml))
}

/// What a file would alter: send `{"yaml": "…"}`.
#[utoipa::path(post, path = "/api/v1/systems/plan", tag = "systems", request_body = Object, security(("token" = ["systems.edit"])),
    responses((status = 200, body = Plan)))]
async fn plan(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Json<Plan>, ApiFault> {
    Ok(Json(portal.systems.plan(&actor, typed.get("yaml")).await?))
}

/// Applies a file: send `yaml` and, to apply only what was shown, the plan's `fingerprint`.
#[utoipa::path(post, path = "/api/v1/systems/apply", tag = "systems", request_body = Object, security(("token" = ["systems.edit"])),
    responses((status = 200, body = Plan)))]
async fn apply(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Json<Plan>, ApiFault> {
    let fingerprint = typed.has("fingerprint").then(|| typed.get("fingerprint"));
    Ok(Json(portal.systems.apply(&actor, typed.get("yaml"), fingerprint).await?))
}
