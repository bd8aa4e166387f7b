//! `/api/v1/transactions/band`.

use axum::{Json, extract::State};
use domain::{Fault, Portal, Span, Timestamp, Wording, bands::Band, form::Typed, time::HOUR, transactions::Filter};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Caller, Query};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new().routes(routes!(band))
}

/// What is expected of a system, or of a choice, hour by hour: volume, success rate in per cent, p95 in milliseconds.
///
/// Hours that are past are told as they were forecast before they began. `fit` says what the last forecast is worth: `error` is the sMAPE
/// of its back-test in per cent, `held` the share of past hours within such a band, which is made for 0.9. There is no band until three
/// days of transactions are known. Of a choice other than one whole system (by the keys of dimensions, `stream`, several systems) it is
/// worked out for the asking, from the hours before `to`, over the week before it; of codes there is none. One
/// is worked out at a time: who waits too long for that is told when to ask again.
#[utoipa::path(get, path = "/api/v1/transactions/band", tag = "transactions", 
    params(
        ("system" = Option<Vec<String>>, Query, description = "Keys of systems; needed where nothing else is chosen."), ("stream" = Option<Vec<String>>, Query),
        ("link" = Option<Vec<String>>, Query), ("merchant" = Option<Vec<String>>, Query), ("channel" = Option<Vec<String>>, Query),
        ("from" = Option<String>, Query, description = "RFC 3339; a day before `to` where it is not given."),
        ("to" = Option<String>, Query, description = "RFC 3339; a day from now where it is not given.")
    ), security(("token" = [])),
    responses((status = 200, body = Vec<Band>), (status = 404), (status = 422), (status = 429)))]
async fn band(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Json<Vec<Band>>, ApiFault> {
    let typed = Typed::from_pairs(pairs);
    let read = |field: &str, usual: Timestamp| match typed.get(field) {
        "" => Ok(usual),
        text => Timestamp::parse_rfc3339(text).ok_or_else(|| Fault::invalid(field, text, Wording::new("expect-time"))),
    };
    let to = read("to", portal.clock.now().plus(24 * HOUR))?;
    let from = read("from", to.plus(-24 * HOUR))?;
    let span = Span::new(from, to)
        .ok_or_else(|| Fault::invalid("to", to.rfc3339(), Wording::new("expect-after").with("earlier", from.rfc3339())))?;
    let filter = Filter::read(&typed)?;
    if filter.is_empty() {
        return Err(Fault::invalid("system", "", Wording::new("expect-something")).into());
    }
    Ok(Json(match filter.one_system() {
        Some(system) => portal.bands.over(&actor, system, span).await?,
        None => portal.bands.of_choice(&actor, &filter, span).await?,
    }))
}
