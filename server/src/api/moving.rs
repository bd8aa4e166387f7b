//! `/api/v1/changes/{id}/move`: what moving a change would do, and doing it.

use axum::{
    Json,
    extract::{Path, State},
};
use domain::{
    Fault, Portal,
    changes::{Moving, Revised},
    form::Typed,
    id::ChangeId,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Body, Caller, Query};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new().routes(routes!(moving, shift))
}

/// Another time.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct ShiftBody {
    /// Local wall time in the zone of the change, e.g. `2025-03-15T02:00`.
    start: String,
    /// The version that was read.
    version: i64,
}

/// What moving a change would do: its window, what would be in the way, approvals that would be void, what it would cost.
/// Nothing is stored.
#[utoipa::path(get, path = "/api/v1/changes/{id}/move", tag = "changes", security(("token" = ["changes.request"])), params(
    ("id" = String, Path),
    ("start" = String, Query, description = "Local wall time in the zone of the change, e.g. 2025-03-15T02:00"),
), responses((status = 200, body = Moving)))]
async fn moving(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Json<Moving>, ApiFault> {
    Ok(Json(portal.changes.moving(&actor, &id, &Typed::from_pairs(query)).await?))
}

/// Moves a change to another start; it stays as long as it is. Approvals given before are void.
#[utoipa::path(post, path = "/api/v1/changes/{id}/move", tag = "changes", params(("id" = String, Path)), security(("token" = ["changes.request"])),
    request_body = ShiftBody, responses((status = 200, body = Revised)))]
async fn shift(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Revised>, ApiFault> {
    let id = ChangeId::parse(&id).ok_or(Fault::NotFound("change"))?;
    Ok(Json(portal.changes.shift(&actor, &id, &typed).await?))
}
