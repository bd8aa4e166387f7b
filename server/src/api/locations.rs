//! `/api/v1/locations`, and the two doors of an agent under `/api/v1/probe`.

use axum::{
    Json,
    extract::{Path, State},
};
use domain::{
    Fault, Portal,
    form::Typed,
    id::{LocationId, MonitorId},
    monitors::{Assignments, Location, NewLocation, PlaceStanding, Report},
};
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Body, Caller, Created, Query};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(edit, delete))
        .routes(routes!(renew))
        .routes(routes!(places))
        .routes(routes!(assignments))
        .routes(routes!(report))
}

fn read_id(text: &str) -> Result<LocationId, Fault> {
    LocationId::parse(text).ok_or(Fault::NotFound("location"))
}

/// The token that an agent shows; it is no token of a person, so it opens nothing else.
fn token(headers: &HeaderMap) -> &str {
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| value.split_once(' '));
    shown.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map_or("", |(_, token)| token.trim())
}

/// Every location from which checks are run, beside here.
#[utoipa::path(get, path = "/api/v1/locations", tag = "locations", security(("token" = [])), responses((status = 200, body = Vec<Location>)))]
async fn list(Caller(actor): Caller, State(portal): State<Portal>) -> Result<Json<Vec<Location>>, ApiFault> {
    Ok(Json(portal.locations.locations(&actor).await?))
}

/// Makes a location; its token is told once. Fields: `name`, `team` (id: who is told when it is lost).
#[utoipa::path(post, path = "/api/v1/locations", tag = "locations", request_body = Object, security(("token" = ["settings.manage"])),
    responses((status = 201, body = NewLocation), (status = 422)))]
async fn create(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<NewLocation>, ApiFault> {
    let made = portal.locations.create(&actor, &typed).await?;
    Ok(Created::new(format!("/api/v1/locations/{}", made.id), made))
}

/// Gives a location another name and team. Fields: `name`, `team` (id: who is told when it is lost), `revision` (the one that was read;
/// 409 where somebody has edited it since).
#[utoipa::path(put, path = "/api/v1/locations/{id}", tag = "locations", params(("id" = String, Path)), request_body = Object,
    security(("token" = ["settings.manage"])), responses((status = 200, body = Location), (status = 404), (status = 409), (status = 422)))]
async fn edit(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Location>, ApiFault> {
    Ok(Json(portal.locations.edit(&actor, &read_id(&id)?, &typed).await?))
}

/// Deletes a location that no monitor names.
#[utoipa::path(delete, path = "/api/v1/locations/{id}", tag = "locations", params(("id" = String, Path)),
    security(("token" = ["settings.manage"])), responses((status = 204), (status = 404), (status = 409)))]
async fn delete(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.locations.delete(&actor, &read_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a location a new token; the old one is dead at once.
#[utoipa::path(post, path = "/api/v1/locations/{id}/token", tag = "locations", params(("id" = String, Path)),
    security(("token" = ["settings.manage"])), responses((status = 200, body = NewLocation), (status = 404)))]
async fn renew(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<NewLocation>, ApiFault> {
    Ok(Json(portal.locations.renew(&actor, &read_id(&id)?).await?))
}

/// What each place knows of a monitor; empty where it is checked from here alone.
#[utoipa::path(get, path = "/api/v1/monitors/{id}/places", tag = "locations", params(("id" = String, Path)), security(("token" = [])),
    responses((status = 200, body = Vec<PlaceStanding>), (status = 404)))]
async fn places(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Vec<PlaceStanding>>, ApiFault> {
    let id = MonitorId::parse(&id).ok_or(Fault::NotFound("monitor"))?;
    Ok(Json(portal.locations.places(&actor, &id).await?))
}

/// What is known already.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Known {
    /// The `tag` of the last answer; then this one waits, 20 s at most, until something has changed.
    #[serde(default)]
    tag: String,
}

/// What the agent is to check whose token is shown (`Authorization: Bearer evl_…`).
#[utoipa::path(get, path = "/api/v1/probe/assignments", tag = "locations", params(Known), security(()),
    responses((status = 200, body = Assignments), (status = 404)))]
async fn assignments(State(portal): State<Portal>, headers: HeaderMap, Query(known): Query<Known>) -> Result<Json<Assignments>, ApiFault> {
    Ok(Json(portal.locations.assignments(token(&headers), &known.tag).await?))
}

/// How many results counted.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
struct Counted {
    /// That many; 0 where the batch had been counted before.
    counted: u64,
}

/// Takes results of the agent whose token is shown. A batch is counted once, by its number.
#[utoipa::path(post, path = "/api/v1/probe/results", tag = "locations", request_body = Report, security(()),
    responses((status = 200, body = Counted), (status = 404), (status = 422)))]
async fn report(State(portal): State<Portal>, headers: HeaderMap, Body(report): Body<Report>) -> Result<Json<Counted>, ApiFault> {
    Ok(Json(Counted { counted: portal.locations.report(token(&headers), report).await? }))
}
