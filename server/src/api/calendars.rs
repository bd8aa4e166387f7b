//! `/api/v1/calendars`: foreign calendars.

use axum::{
    Json,
    extract::{Path, State},
};
use domain::{Fault, Portal, calendars::ForeignCalendar, form::Typed, id::CalendarId};
use http::StatusCode;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Body, Caller, Created};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(get, remove)).routes(routes!(refresh))
}

/// A foreign calendar to be read.
#[derive(ToSchema)]
#[schema(as = ForeignCalendarBody)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct CalendarBody {
    /// Its name.
    name: String,
    /// An `https`, `http` or `webcal` address of iCalendar text; kept sealed and never told.
    url: String,
    /// IANA zone of its whole days, and of times that name none.
    zone: String,
    /// Id of the team whose it is; left out where it is everybody's.
    team: Option<String>,
    /// Minutes from one reading to the next, 15 to 10,080; 60 where it is not given.
    every_minutes: Option<u32>,
}

fn read_id(text: &str) -> Result<CalendarId, Fault> {
    CalendarId::parse(text).ok_or(Fault::NotFound("calendar"))
}

/// Foreign calendars, by name, each with how reading it went.
#[utoipa::path(get, path = "/api/v1/calendars", tag = "changes", security(("token" = ["read"])),
    responses((status = 200, body = Vec<ForeignCalendar>)))]
async fn list(Caller(actor): Caller, State(portal): State<Portal>) -> Result<Json<Vec<ForeignCalendar>>, ApiFault> {
    Ok(Json(portal.calendars.list(&actor).await?))
}

/// Adds a foreign calendar; it is read at once.
#[utoipa::path(post, path = "/api/v1/calendars", tag = "changes", request_body = CalendarBody, security(("token" = ["freezes.set"])),
    responses((status = 201, body = ForeignCalendar), (status = 422, description = "A field is wrong.")))]
async fn add(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<ForeignCalendar>, ApiFault> {
    let id = portal.calendars.add(&actor, &typed).await?;
    Ok(Created::new(format!("/api/v1/calendars/{id}"), portal.calendars.get(&actor, &id).await?))
}

/// One foreign calendar.
#[utoipa::path(get, path = "/api/v1/calendars/{id}", tag = "changes", params(("id" = String, Path)), security(("token" = ["read"])),
    responses((status = 200, body = ForeignCalendar), (status = 404)))]
async fn get(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<ForeignCalendar>, ApiFault> {
    Ok(Json(portal.calendars.get(&actor, &read_id(&id)?).await?))
}

/// Removes a foreign calendar with its events.
#[utoipa::path(delete, path = "/api/v1/calendars/{id}", tag = "changes", params(("id" = String, Path)), security(("token" = ["freezes.set"])),
    responses((status = 204), (status = 404)))]
async fn remove(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.calendars.remove(&actor, &read_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Has a foreign calendar read now.
#[utoipa::path(post, path = "/api/v1/calendars/{id}/refresh", tag = "changes", params(("id" = String, Path)),
    security(("token" = ["freezes.set"])), responses((status = 204), (status = 404)))]
async fn refresh(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.calendars.refresh(&actor, &read_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
