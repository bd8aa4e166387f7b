//! `/api/v1/incidents/{id}/entries/…` and `/files/…`: the record of an incident.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use domain::{
    Fault, Portal,
    files::{File, file_id},
    form::Typed,
    id::EntryId,
    incidents::EntryHistory,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::find;
use crate::api::{
    ApiFault, Body, Caller, Created, Query,
    files::{Named, RemovalBody, content},
};

/// The endpoints of this part.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new().routes(routes!(entry, rewrite)).routes(routes!(attach)).routes(routes!(file)).routes(routes!(remove))
}

/// What a comment says.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct RewriteBody {
    /// Markdown.
    text: String,
}

/// An entry of the timeline with what it said before.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/entries/{entry}", tag = "incidents", security(("token" = ["read"])),
    params(("id" = String, Path, description = "id or number"), ("entry" = String, Path, description = "id of the entry")), responses((status = 200, body = EntryHistory)))]
async fn entry(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path((id, entry)): Path<(String, String)>,
) -> Result<Json<EntryHistory>, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    let entry = EntryId::parse(&entry).ok_or(Fault::NotFound("entry"))?;
    Ok(Json(portal.incidents.entry(&actor, &id, &entry).await?))
}

/// Writes one's own comment anew; what it said before is kept.
#[utoipa::path(put, path = "/api/v1/incidents/{id}/entries/{entry}", tag = "incidents", security(("token" = ["incidents.work"])),
    params(("id" = String, Path, description = "id or number"), ("entry" = String, Path, description = "id of the entry")),
    request_body = RewriteBody, responses((status = 204), (status = 409, description = "somebody else's")))]
async fn rewrite(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path((id, entry)): Path<(String, String)>,
    Body(typed): Body<Typed>,
) -> Result<StatusCode, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    let entry = EntryId::parse(&entry).ok_or(Fault::NotFound("entry"))?;
    portal.incidents.rewrite(&actor, &id, &entry, &typed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Attaches a file: the body is its content, whatever the content type says.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/files", tag = "incidents", security(("token" = ["incidents.work"])), params(("id" = String, Path, description = "id or number"), Named),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 201, body = File), (status = 422, description = "too large, or of a kind that may not be attached")))]
async fn attach(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Query(named): Query<Named>,
    body: Bytes,
) -> Result<Created<File>, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    let name = named.name.unwrap_or_default();
    let file = portal.incidents.attach(&actor, &id, &name, body.to_vec()).await?;
    Ok(Created::new(format!("/api/v1/incidents/{id}/files/{}", file.id), file))
}

/// The content of a file.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/files/{file}", tag = "incidents", security(("token" = ["read"])),
    params(("id" = String, Path, description = "id or number"), ("file" = String, Path, description = "id of the file")),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
async fn file(Caller(actor): Caller, State(portal): State<Portal>, Path((id, file)): Path<(String, String)>) -> Result<Response, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    let file = file_id(&file)?;
    Ok(content(portal.incidents.file(&actor, &id, &file).await?))
}

/// Removes the content of a file; that it was there stays.
#[utoipa::path(delete, path = "/api/v1/incidents/{id}/files/{file}", tag = "incidents", security(("token" = ["incidents.work"])),
    params(("id" = String, Path, description = "id or number"), ("file" = String, Path, description = "id of the file")),
    request_body = RemovalBody, responses((status = 204)))]
async fn remove(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path((id, file)): Path<(String, String)>,
    Body(typed): Body<Typed>,
) -> Result<StatusCode, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    let file = file_id(&file)?;
    portal.incidents.remove_file(&actor, &id, &file, &typed).await?;
    Ok(StatusCode::NO_CONTENT)
}
