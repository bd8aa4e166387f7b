//! `/api/v1/reports`: summaries of a day.

use axum::{Extension, Json, extract::State};
use domain::{
    Portal,
    form::Typed,
    people::Identity,
    reports::{DayReport, day_of, read},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Caller, Query, period};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new().routes(routes!(day))
}

/// The report of a day: volume, success, codes, worst merchants and links, incidents and changes, against the day before and the
/// same day last week. While the day lasts, all three are counted up to the same time of day. Where hours are no longer kept, days of
/// UTC by the same dates are counted; see `counted_zone`.
#[utoipa::path(get, path = "/api/v1/reports/day", tag = "transactions",
    params(
        ("date" = Option<String>, Query, description = "`2025-03-14`, or `today`; yesterday where it is not given."),
        ("zone" = Option<String>, Query, description = "IANA zone whose day is meant; that of the caller where it is not given.")
    ),
    responses((status = 200, body = DayReport)))]
async fn day(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    identity: Option<Extension<Identity>>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Json<DayReport>, ApiFault> {
    let typed = Typed::from_pairs(pairs);
    let (name, zone) = period::zone(&typed, identity.map(|Extension(identity)| identity))?;
    let day = day_of(typed.get("date"), portal.clock.now(), &zone)?;
    Ok(Json(read(&portal, &actor, day, &name, &zone).await?))
}
