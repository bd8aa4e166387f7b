//! `/api/v1/overview` and `/api/v1/search`: are customers hurt now, and where is what.

use axum::{Json, extract::State};
use domain::{
    Portal,
    overview::{Found, Summary},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Caller, Query};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new().routes(routes!(summary)).routes(routes!(search))
}

/// Are customers hurt now: the verdict with its reasons, and everything the overview shows, within your reach.
#[utoipa::path(get, path = "/api/v1/overview", tag = "overview",
    security(("token" = ["read"])), responses((status = 200, body = Summary)))]
async fn summary(Caller(actor): Caller, State(portal): State<Portal>) -> Result<Json<Summary>, ApiFault> {
    Ok(Json(portal.overview.summary(&actor).await?))
}

/// What is searched for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SearchQuery {
    /// A name, a number, or the initials of its pinyin.
    #[serde(default)]
    q: String,
}

/// Systems, incidents, changes and tools by name, number or pinyin initials; the best twenty first.
#[utoipa::path(get, path = "/api/v1/search", tag = "overview", params(SearchQuery),
    security(("token" = ["read"])), responses((status = 200, body = Vec<Found>)))]
async fn search(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Query(query): Query<SearchQuery>,
) -> Result<Json<Vec<Found>>, ApiFault> {
    let text: String = query.q.chars().take(100).collect();
    Ok(Json(portal.overview.search(&actor, &text).await?))
}
