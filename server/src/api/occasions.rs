//! `/api/v1/occasions`: days that are not like others.

use app::i18n::say_wording;
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use domain::{
    Fault, Portal,
    form::Typed,
    id::OccasionId,
    occasions::{Occasion, Report},
    people::Locale,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Body, Caller, Created, Query};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(get, change, remove)).routes(routes!(import))
}

/// An occasion: whole days of a zone.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct OccasionBody {
    /// `holiday`, `payday` or `event`.
    kind: String,
    /// Its name.
    name: String,
    /// Its first day, `2025-10-01`.
    first: String,
    /// Its last day; left out where it is one.
    last: Option<String>,
    /// IANA zone of its days.
    zone: String,
    /// Id of the team whose it is; left out where it is everybody's.
    team: Option<String>,
    /// When it comes again, an RRULE; left out where it does not.
    rrule: Option<String>,
    /// First days of the times that are left out of that, as `2026-10-01`.
    without: Option<Vec<String>>,
    /// The version that was read; only where one is changed.
    version: Option<i64>,
}

/// A foreign calendar.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct CalendarBody {
    /// iCalendar (RFC 5545); whole days are taken, but for those that are left out (EXDATE), cancelled or moved (RECURRENCE-ID).
    text: String,
    /// What kind its days are: `holiday`, `payday` or `event`.
    kind: String,
    /// IANA zone of its days.
    zone: String,
    /// Id of the team whose they are; left out where they are everybody's.
    team: Option<String>,
    /// Only say what would be done.
    dry: Option<bool>,
}

/// What became of a calendar.
#[derive(Debug, Serialize, ToSchema)]
struct Imported {
    /// How many events were taken, or would be.
    taken: usize,
    /// Event by event.
    events: Vec<Event>,
}

/// What became of an event.
#[derive(Debug, Serialize, ToSchema)]
struct Event {
    /// What it is called.
    name: String,
    /// Its first day, as far as it was read.
    first: String,
    /// Why it was left out; `null` where it was taken.
    why: Option<String>,
}

impl From<Report> for Imported {
    fn from(report: Report) -> Self {
        let event = |one: domain::occasions::Taken| Event {
            name: one.name,
            first: one.first,
            why: one.why.as_ref().map(|why| say_wording(Locale::En, why)),
        };
        Self { taken: report.taken, events: report.events.into_iter().map(event).collect() }
    }
}

/// Which ones.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Also those that are over.
    #[serde(default)]
    past: bool,
}

fn read_id(text: &str) -> Result<OccasionId, Fault> {
    OccasionId::parse(text).ok_or(Fault::NotFound("occasion"))
}

/// Occasions that go on or come, the next first.
#[utoipa::path(get, path = "/api/v1/occasions", tag = "changes", params(Which), security(("token" = ["read"])),
    responses((status = 200, body = Vec<Occasion>)))]
async fn list(Caller(actor): Caller, State(portal): State<Portal>, Query(which): Query<Which>) -> Result<Json<Vec<Occasion>>, ApiFault> {
    Ok(Json(portal.occasions.list(&actor, which.past).await?))
}

/// Adds an occasion.
#[utoipa::path(post, path = "/api/v1/occasions", tag = "changes", request_body = OccasionBody, security(("token" = ["freezes.set"])),
    responses((status = 201, body = Occasion), (status = 422, description = "A field is wrong.")))]
async fn add(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<Occasion>, ApiFault> {
    let id = portal.occasions.add(&actor, &typed).await?;
    Ok(Created::new(format!("/api/v1/occasions/{id}"), portal.occasions.get(&actor, &id).await?))
}

/// One occasion.
#[utoipa::path(get, path = "/api/v1/occasions/{id}", tag = "changes", params(("id" = String, Path)), security(("token" = ["read"])),
    responses((status = 200, body = Occasion), (status = 404)))]
async fn get(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Occasion>, ApiFault> {
    Ok(Json(portal.occasions.get(&actor, &read_id(&id)?).await?))
}

/// Changes an occasion.
#[utoipa::path(put, path = "/api/v1/occasions/{id}", tag = "changes", params(("id" = String, Path)), request_body = OccasionBody,
    security(("token" = ["freezes.set"])),
    responses((status = 200, body = Occasion), (status = 409, description = "Somebody has edited it since."), (status = 422)))]
async fn change(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Occasion>, ApiFault> {
    let id = read_id(&id)?;
    portal.occasions.change(&actor, &id, &typed).await?;
    Ok(Json(portal.occasions.get(&actor, &id).await?))
}

/// Removes an occasion.
#[utoipa::path(delete, path = "/api/v1/occasions/{id}", tag = "changes", params(("id" = String, Path)), security(("token" = ["freezes.set"])),
    responses((status = 204), (status = 404)))]
async fn remove(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.occasions.remove(&actor, &read_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a foreign calendar over; what is there already is left as it is.
#[utoipa::path(post, path = "/api/v1/occasions/import", tag = "changes", request_body = CalendarBody, security(("token" = ["freezes.set"])),
    responses((status = 200, body = Imported), (status = 422, description = "No calendar, or a field is wrong.")))]
async fn import(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Json<Imported>, ApiFault> {
    Ok(Json(portal.occasions.import(&actor, &typed, typed.has("dry")).await?.into()))
}
