//! `/api/v1/evidence`: what was shown of artifacts.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use domain::{Fault, Page, PageRequest, Portal, evidence::Evidence, form::Typed, id::EvidenceId};
use http::header;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Caller, Created, Query};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new().routes(routes!(list, submit)).routes(routes!(one)).routes(routes!(file))
}

fn evidence_id(text: &str) -> Result<EvidenceId, Fault> {
    EvidenceId::parse(text).ok_or(Fault::NotFound("evidence"))
}

/// Evidence within reach, the newest first.
#[utoipa::path(get, path = "/api/v1/evidence", tag = "changes", security(("token" = ["read"])), params(
    ("q" = Option<String>, Query, description = "Part of an artifact's name, version or hash"),
    ("after" = Option<String>, Query, description = "Cursor: `next` of the page before"),
    ("limit" = Option<u32>, Query, description = "Rows wanted, 1 to 500; 50 where it is not given"),
), responses((status = 200, body = Page<Evidence>)))]
async fn list(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Json<Page<Evidence>>, ApiFault> {
    let query = Typed::from_pairs(query);
    let page = PageRequest::parse(Some(query.get("after")), Some(query.get("limit")))?;
    Ok(Json(portal.evidence.list(&actor, query.get("q"), &page).await?))
}

/// Keeps evidence of an artifact: the body is the file, what it is about stands in the query.
#[utoipa::path(post, path = "/api/v1/evidence", tag = "changes", security(("token" = ["changes.request"])), params(
    ("kind" = String, Query, description = "`performance`, `high-availability`, `drill`, `security-scan` or `custom`"),
    ("custom" = Option<String>, Query, description = "Of `custom` evidence, what it is called"),
    ("artifact" = String, Query, description = "Name of the artifact, as the change names it"),
    ("artifact_version" = String, Query, description = "Its version"),
    ("artifact_sha" = String, Query, description = "Its SHA-256 or commit, 7 to 64 hexadecimal digits"),
    ("environment" = String, Query, description = "Where it was shown"),
    ("facts" = Option<String>, Query, description = "What that is made of: `cpu=4;replicas=3;database=postgres 16`"),
    ("name" = String, Query, description = "Name of the file"),
    ("team" = Option<String>, Query, description = "Id of the team whose it is; needed where the caller has several"),
    ("verdict" = Option<String>, Query, description = "`passed`, `failed` or `inconclusive`; not needed where the file or limits decide"),
    ("max_p99_ms" = Option<String>, Query, description = "The 99th percentile may be so many milliseconds"),
    ("max_failed" = Option<String>, Query, description = "So many percent of the requests may fail"),
    ("days" = Option<u32>, Query, description = "How long it holds, 1 to 365; 30 where it is not given"),
    ("note" = Option<String>, Query, description = "A remark"),
), request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = Evidence), (status = 422, description = "too large, or not what it is said to be")))]
async fn submit(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Query(query): Query<Vec<(String, String)>>,
    body: Bytes,
) -> Result<Created<Evidence>, ApiFault> {
    let typed = Typed::from_pairs(query);
    let id = portal.evidence.submit(&actor, &typed, typed.get("name"), body.to_vec()).await?;
    Ok(Created::new(format!("/api/v1/evidence/{id}"), portal.evidence.get(&actor, &id).await?))
}

/// One piece of evidence.
#[utoipa::path(get, path = "/api/v1/evidence/{id}", tag = "changes", params(("id" = String, Path)), security(("token" = ["read"])),
    responses((status = 200, body = Evidence)))]
async fn one(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Evidence>, ApiFault> {
    Ok(Json(portal.evidence.get(&actor, &evidence_id(&id)?).await?))
}

/// Its file as it came.
#[utoipa::path(get, path = "/api/v1/evidence/{id}/file", tag = "changes", params(("id" = String, Path)), security(("token" = ["read"])),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
async fn file(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Response, ApiFault> {
    let (found, body) = portal.evidence.file(&actor, &evidence_id(&id)?).await?;
    let head = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, "attachment".to_owned()),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
        (header::ETAG, format!("\"{}\"", found.file_sha256)),
    ];
    Ok((head, body).into_response())
}
