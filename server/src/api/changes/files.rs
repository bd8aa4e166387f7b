//! `/api/v1/changes/{id}/files`: files attached to a change; `GET` of the change lists them.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use domain::{
    Actor, Fault, Portal,
    files::{File, file_id},
    form::Typed,
    id::ChangeId,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiFault, Body, Caller, Created, Query,
    files::{Named, RemovalBody, content},
};

/// The endpoints of this part.
pub(super) fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new().routes(routes!(list, attach)).routes(routes!(file, remove))
}

async fn find(portal: &Portal, actor: &Actor, which: &str) -> Result<ChangeId, Fault> {
    match ChangeId::parse(which) {
        Some(id) => Ok(id),
        None => Ok(portal.changes.detail(actor, which).await?.summary.id),
    }
}

/// Files of a change, oldest first; those whose content was removed among them.
#[utoipa::path(get, path = "/api/v1/changes/{id}/files", tag = "changes", security(("token" = ["read"])),
    params(("id" = String, Path, description = "id or number")), responses((status = 200, body = Vec<File>)))]
async fn list(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Vec<File>>, ApiFault> {
    Ok(Json(portal.changes.detail(&actor, &id).await?.files))
}

/// Attaches a file: the body is its content, whatever the content type says. What was approved stays approved.
#[utoipa::path(post, path = "/api/v1/changes/{id}/files", tag = "changes", security(("token" = ["changes.request"])), params(("id" = String, Path, description = "id or number"), Named),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 201, body = File), (status = 422, description = "too large, or of a kind that may not be attached")))]
async fn attach(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Query(named): Query<Named>,
    body: Bytes,
) -> Result<Created<File>, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    let file = portal.changes.attach(&actor, &id, &named.name.unwrap_or_default(), body.to_vec()).await?;
    Ok(Created::new(format!("/api/v1/changes/{id}/files/{}", file.id), file))
}

/// The content of a file.
#[utoipa::path(get, path = "/api/v1/changes/{id}/files/{file}", tag = "changes", security(("token" = ["read"])),
    params(("id" = String, Path, description = "id or number"), ("file" = String, Path, description = "id of the file")),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
async fn file(Caller(actor): Caller, State(portal): State<Portal>, Path((id, file)): Path<(String, String)>) -> Result<Response, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    Ok(content(portal.changes.file(&actor, &id, &file_id(&file)?).await?))
}

/// Removes the content of a file; that it was there stays.
#[utoipa::path(delete, path = "/api/v1/changes/{id}/files/{file}", tag = "changes", security(("token" = ["changes.request"])),
    params(("id" = String, Path, description = "id or number"), ("file" = String, Path, description = "id of the file")),
    request_body = RemovalBody, responses((status = 204), (status = 409, description = "It is no draft: what approvers saw stays.")))]
async fn remove(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path((id, file)): Path<(String, String)>,
    Body(typed): Body<Typed>,
) -> Result<StatusCode, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    portal.changes.remove_file(&actor, &id, &file_id(&file)?, &typed).await?;
    Ok(StatusCode::NO_CONTENT)
}
