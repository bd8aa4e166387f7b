//! `/api/v1/transactions/band`.

use axum::{Json, extract::State};
use domain::{Fault, Portal, Span, Timestamp, Wording, bands::Band, time::HOUR};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Caller, Query};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new().routes(routes!(band))
}

/// Of which system, over which span.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct BandQuery {
    /// Key of the system.
    system: String,
    /// RFC 3339; a day before `to` where it is not given.
    from: Option<String>,
    /// RFC 3339; a day from now where it is not given.
    to: Option<String>,
}

/// What is expected of a system, hour by hour: volume, success rate in per cent, p95 in milliseconds.
///
/// Hours that are past are told as they were forecast before they began. `fit` says what the last forecast is worth: `error` is the sMAPE
/// of its back-test in per cent, `held` the share of past hours within such a band, which is made for 0.9. There is no band until three
/// days of transactions are known.
#[utoipa::path(get, path = "/api/v1/transactions/band", tag = "transactions", params(BandQuery), security(("token" = [])),
    responses((status = 200, body = Vec<Band>), (status = 404)))]
async fn band(Caller(actor): Caller, State(portal): State<Portal>, Query(query): Query<BandQuery>) -> Result<Json<Vec<Band>>, ApiFault> {
    let read =
        |field: &str, text: &str| Timestamp::parse_rfc3339(text).ok_or_else(|| Fault::invalid(field, text, Wording::new("expect-time")));
    let to = query.to.as_deref().map_or(Ok(portal.clock.now().plus(24 * HOUR)), |text| read("to", text))?;
    let from = query.from.as_deref().map_or(Ok(to.plus(-24 * HOUR)), |text| read("from", text))?;
    let span = Span::new(from, to)
        .ok_or_else(|| Fault::invalid("to", to.rfc3339(), Wording::new("expect-after").with("earlier", from.rfc3339())))?;
    Ok(Json(portal.bands.over(&actor, &query.system, span).await?))
}
