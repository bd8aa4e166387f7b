//! `/api/v1/transactions/explanation` and what was found for alerts and incidents.

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use domain::{
    Fault, Portal,
    form::Typed,
    id::AlertId,
    incidents::Ref,
    people::Identity,
    slices::{Asked, Explanation, Looked, Told},
    transactions::{FailureSample, Filter},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Caller, Query, period};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new().routes(routes!(explain)).routes(routes!(of_alert)).routes(routes!(of_incident))
}

/// What explains a span, and failures that show it.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct ExplanationAnswer {
    #[serde(flatten)]
    explanation: Explanation,
    /// The newest failures of the first slice with the code that explains most of it, where its stream keeps any.
    samples: Vec<FailureSample>,
}

/// Which slices explain a span: where failures (or what is missing) concentrate, with codes, interval, beginning and money.
///
/// The span is held against the same wall time of the last four weeks, or what there is; see `baseline`. `verdict` is `slices`,
/// `global` (no slice explains it), `none` (nothing unusual) or `too_little` (not enough traffic to tell). `from` and `to` take
/// RFC 3339, or a distance from now such as `now-1h`. `system`, `stream`, `code` and the keys of dimensions (`link`, `region`) choose,
/// and may be repeated. Slices are named by system, stream and the dimensions that the chosen streams declare.
#[utoipa::path(get, path = "/api/v1/transactions/explanation", tag = "transactions",
    params(
        ("from" = Option<String>, Query, description = "`now-1h` where it is not given."), ("to" = Option<String>, Query),
        ("looked" = Option<String>, Query, description = "`success` (where it is not given), `volume` or `amount`."),
        ("system" = Option<Vec<String>>, Query), ("stream" = Option<Vec<String>>, Query), ("link" = Option<Vec<String>>, Query), ("merchant" = Option<Vec<String>>, Query),
        ("channel" = Option<Vec<String>>, Query), ("code" = Option<Vec<String>>, Query),
        ("excused" = Option<Vec<String>>, Query, description = "Codes with which a failure counts as none."),
        ("zone" = Option<String>, Query, description = "IANA zone whose wall time the weeks share; that of the caller where it is not given.")
    ),
    responses((status = 200, body = ExplanationAnswer), (status = 422, description = "No chosen stream has such a dimension.")))]
async fn explain(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    identity: Option<Extension<Identity>>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Json<ExplanationAnswer>, ApiFault> {
    let typed = Typed::from_pairs(pairs);
    let (zone_name, zone) = period::zone(&typed, identity.map(|Extension(identity)| identity))?;
    let span = period::span(&typed, portal.clock.now(), &zone)?;
    let looked = Looked::read(typed.get("looked"))?;
    let asked = Asked { span, filter: Filter::read(&typed)?, zone: zone_name, looked, excused: Asked::read_excused(&typed)? };
    let explanation = portal.explanations.explain(&actor, &asked).await?;
    let samples = match explanation.samples_asked() {
        Some(asked) => portal.transactions.samples(&actor, &asked).await?.samples,
        None => Vec::new(),
    };
    Ok(Json(ExplanationAnswer { explanation, samples }))
}

/// What was found for an alert, by itself, while it held.
#[utoipa::path(get, path = "/api/v1/alerts/{id}/explanation", tag = "alerts", params(("id" = String, Path)),
    responses((status = 200, body = Told), (status = 404, description = "No such alert, or nothing was found.")))]
async fn of_alert(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Told>, ApiFault> {
    let id = AlertId::parse(&id).ok_or(Fault::NotFound("alert"))?;
    Ok(Json(portal.explanations.of_alert(&actor, &id).await?.ok_or(Fault::NotFound("explanation"))?))
}

/// What was found for an incident (by its id or number), by itself, while it lasted.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/explanation", tag = "incidents", params(("id" = String, Path)),
    responses((status = 200, body = Told), (status = 404, description = "No such incident, or nothing was found.")))]
async fn of_incident(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Told>, ApiFault> {
    let which = Ref::parse(&id).ok_or(Fault::NotFound("incident"))?;
    let id = portal.incidents.get(&actor, &which).await?.incident.id;
    Ok(Json(portal.explanations.of_incident(&actor, &id).await?.ok_or(Fault::NotFound("explanation"))?))
}
