//! `/api/v1/changes/{id}/rollback`, `…/undo/{place}`.

use axum::{
    Json,
    extract::{Path, State},
};
use domain::{Fault, Portal, changes::Detail, form::Typed};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Body, Caller, changes::change_id};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new().routes(routes!(roll_back)).routes(routes!(undo))
}

/// Why it is undone.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct UndoneBody {
    /// Why.
    remark: String,
}

/// How a step was undone.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct UndoBody {
    /// `done`, `failed`, `skipped`, or `run`: its tool runs (again).
    result: String,
    /// A remark; needed where its tool failed and somebody says otherwise.
    note: Option<String>,
    /// Secrets that its tool takes, for example `p.token`.
    #[schema(rename = "p.KEY")]
    secret: Option<String>,
}

/// Undoes every step that was done and says how, the last one first: tools by themselves, as they were approved, the rest as people say of
/// it. Then the work ends as rolled back; at once, where no step says how it is undone.
#[utoipa::path(post, path = "/api/v1/changes/{id}/rollback", tag = "changes", params(("id" = String, Path)), security(("token" = ["changes.execute"])),
    request_body = UndoneBody, responses((status = 200, body = Detail)))]
async fn roll_back(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Detail>, ApiFault> {
    portal.carrying.roll_back(&actor, &change_id(&id)?, &typed).await?;
    Ok(Json(portal.changes.detail(&actor, &id).await?))
}

/// Says of the step whose turn it is how it was undone, or runs its tool again; the first step is 0.
#[utoipa::path(post, path = "/api/v1/changes/{id}/undo/{place}", tag = "changes", params(("id" = String, Path), ("place" = u32, Path)),
    security(("token" = [])), request_body = UndoBody, responses((status = 200, body = Detail)))]
async fn undo(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path((id, place)): Path<(String, String)>,
    Body(typed): Body<Typed>,
) -> Result<Json<Detail>, ApiFault> {
    let place = place.parse().map_err(|_| Fault::NotFound("step"))?;
    portal.carrying.undo(&actor, &change_id(&id)?, place, &typed).await?;
    Ok(Json(portal.changes.detail(&actor, &id).await?))
}
