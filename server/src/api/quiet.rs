//! `/api/v1/quiet-windows`, `/api/v1/quiet-hours`, `/api/v1/changes/next-free-slot`: when a change hurts the fewest, and when it can run.

use axum::{Json, extract::State};
use domain::{
    Fault, Portal, Wording,
    changes::{Filter, QuietAnswer, QuietSpan, SlotAnswer},
    form::Typed,
    time::DAY,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Caller, Query};

/// Longest span whose hours are told.
const LONGEST: i64 = 62 * DAY;

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new().routes(routes!(windows)).routes(routes!(hours)).routes(routes!(next_free))
}

/// How quiet hours are expected to be.
#[derive(Debug, Serialize, ToSchema)]
struct QuietHours {
    /// Spans that are quieter than the busiest hour of the week, in order; `null` where too little is known to tell.
    spans: Option<Vec<QuietSpan>>,
}

/// The three cheapest windows of the next two weeks, or of the days that are asked for, by the volume of the systems and of all that depend on them, with cost, amounts and
/// time until verification can tell, as the form shows them; or why there are none. Windows are chosen by all that is counted; numbers are
/// told of the systems within reach (`told` of `systems`).
#[utoipa::path(get, path = "/api/v1/quiet-windows", tag = "changes", security(("token" = ["changes.request"])), params(
    ("systems" = Vec<String>, Query, description = "Keys or ids of the systems that are touched; may be repeated"),
    ("zone" = String, Query, description = "IANA zone"),
    ("start" = Option<String>, Query, description = "Local wall time; with `end` it says how long the work takes, two hours where neither is given"),
    ("end" = Option<String>, Query, description = "Local wall time"),
    ("length" = Option<u32>, Query, description = "Minutes that the work takes, 5 to 4,320, where `start` and `end` do not say it"),
    ("from" = Option<String>, Query, description = "RFC 3339; with `to` where the windows are to lie, instead of the next two weeks; at most 62 days ahead"),
    ("to" = Option<String>, Query, description = "RFC 3339"),
    ("verify_minutes" = Option<u32>, Query, description = "Minutes for which it is watched after the work"),
    ("team" = Option<String>, Query, description = "Id of the team that does the work; that of the first system where it is not given"),
    ("rollback_minutes" = Option<u32>, Query, description = "Minutes that rolling back takes, 0 to 1,440"),
    ("verify_margin" = Option<String>, Query, description = "Percentage points that verification is to see"),
    ("risk" = Option<String>, Query, description = "`low`, `medium` or `high`; medium where it is not given"),
    ("kind" = Option<String>, Query, description = "`normal`, `emergency` or `standard`; normal where it is not given"),
), responses((status = 200, body = QuietAnswer), (status = 422, description = "A parameter is wrong.")))]
async fn windows(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Json<QuietAnswer>, ApiFault> {
    Ok(Json(portal.carrying.quiet(&actor, &Typed::from_pairs(query)).await?))
}

/// How quiet the hours of a span are expected to be, of the busiest hour of the week, as the calendar shades them; with what they are
/// expected to hold and to move. Grade and share are of all that is counted, dependents of other teams included; `expected` and `amounts`
/// of the systems within reach.
#[utoipa::path(get, path = "/api/v1/quiet-hours", tag = "changes", security(("token" = ["read"])), params(
    ("from" = String, Query, description = "RFC 3339"),
    ("to" = String, Query, description = "RFC 3339; at most 62 days later"),
    ("system" = Option<Vec<String>>, Query, description = "Ids of systems; may be repeated; all where none is given"),
    ("zone" = Option<String>, Query, description = "IANA zone on whose wall the hours are; UTC where it is not given"),
), responses((status = 200, body = QuietHours), (status = 422, description = "A parameter is wrong.")))]
async fn hours(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Json<QuietHours>, ApiFault> {
    let query = Typed::from_pairs(query);
    let filter = Filter::parse(&query)?;
    let span = filter.span.ok_or_else(|| Fault::invalid("from", query.get("from"), Wording::new("changes-expect-rfc3339")))?;
    if span.length() > LONGEST {
        let most = Wording::new("changes-expect-window-at-most-days").with("max", LONGEST / DAY);
        return Err(Fault::invalid("to", query.get("to"), most).into());
    }
    let zone = match query.get("zone").trim() {
        "" => jiff::tz::TimeZone::UTC,
        name => domain::time::zone(name).ok_or_else(|| Fault::invalid("zone", name, Wording::new("expect-zone")))?,
    };
    let spans = portal.carrying.quiet_hours(&actor, &filter, span, &zone).await?;
    Ok(Json(QuietHours { spans }))
}

/// What is in the way of a change at the window that is asked about, and the next window of that length with nothing in the way.
#[utoipa::path(get, path = "/api/v1/changes/next-free-slot", tag = "changes", security(("token" = ["changes.request"])), params(
    ("change" = Option<String>, Query, description = "Id or number (`CHG-12`) of a change that is there: what is not said below is as it is"),
    ("systems" = Option<Vec<String>>, Query, description = "Keys or ids of the systems that are touched; may be repeated"),
    ("start" = Option<String>, Query, description = "Local wall time, e.g. `2025-03-14T02:00`; alone it moves the change"),
    ("end" = Option<String>, Query, description = "Local wall time"),
    ("zone" = Option<String>, Query, description = "IANA zone"),
    ("team" = Option<String>, Query, description = "Id of the team that does the work; that of the first system where it is not given"),
    ("risk" = Option<String>, Query, description = "`low`, `medium` or `high`; medium where it is not given"),
    ("kind" = Option<String>, Query, description = "`normal`, `emergency` or `standard`; normal where it is not given"),
    ("template" = Option<String>, Query, description = "Id of the template of a standard change"),
), responses((status = 200, body = SlotAnswer), (status = 404, description = "There is no such change."),
    (status = 422, description = "A parameter is wrong.")))]
async fn next_free(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Json<SlotAnswer>, ApiFault> {
    Ok(Json(portal.changes.next_free(&actor, &Typed::from_pairs(query)).await?))
}
