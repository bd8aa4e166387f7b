//! `/api/v1/status-pages`: what customers are told.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use domain::{
    Fault, Portal,
    form::Typed,
    id::{StatusNoticeId, StatusPageId},
    status::{Notice, StatusAnswer, StatusDetail, StatusPage},
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Body, Caller, Created};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(one, edit, remove))
        .routes(routes!(end_subscription))
        .routes(routes!(publish))
        .routes(routes!(update))
        .routes(routes!(answer))
}

/// A status page.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct StatusPageBody {
    /// Its place: `/status/<slug>`.
    slug: String,
    /// Its title.
    title: String,
    /// A sentence or two, Markdown.
    about: Option<String>,
    /// Id of the team that edits it.
    team: String,
    /// Whether anybody may read it.
    public: Option<bool>,
    /// A host of its own; needs `settings.manage`. Stays where it is left out.
    host: Option<String>,
    /// IANA name of the zone of its times and days. Stays where it is left out; `UTC` for a new page.
    zone: Option<String>,
    /// `Group / Name = system-key`, the group may be left out.
    components: Option<Vec<String>>,
    /// The version that was read; 409 where somebody has edited it since.
    version: Option<i64>,
}

/// What customers are told of.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct StatusNoticeBody {
    /// One line.
    title: String,
    /// `investigating`, `identified`, `monitoring` or `resolved`.
    state: String,
    /// `degraded` or `outage`.
    impact: String,
    /// Names of components.
    affects: Option<Vec<String>>,
    /// Markdown.
    text: String,
    /// The incident behind it, by id or number; not told to readers.
    incident: Option<String>,
    /// RFC 3339, or wall time in `zone`; now where it is left out.
    began: Option<String>,
    /// IANA name of a zone.
    zone: Option<String>,
}

/// How it goes on.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct StatusUpdateBody {
    /// `investigating`, `identified`, `monitoring` or `resolved`.
    state: String,
    /// Markdown.
    text: String,
}

fn read(id: &str) -> Result<StatusPageId, Fault> {
    StatusPageId::parse(id).ok_or(Fault::NotFound("status page"))
}

/// The status pages that the caller may read.
#[utoipa::path(get, path = "/api/v1/status-pages", tag = "status", security(("token" = ["read"])), responses((status = 200, body = Vec<StatusPage>)))]
async fn list(Caller(actor): Caller, State(portal): State<Portal>) -> Result<Json<Vec<StatusPage>>, ApiFault> {
    Ok(Json(portal.status.pages(&actor).await?))
}

/// Makes a status page.
#[utoipa::path(post, path = "/api/v1/status-pages", tag = "status", security(("token" = ["systems.edit"])), request_body = StatusPageBody,
    responses((status = 201, body = StatusPage)))]
async fn add(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<StatusPage>, ApiFault> {
    let page = portal.status.add(&actor, &typed).await?;
    Ok(Created::new(format!("/api/v1/status-pages/{}", page.id), page))
}

/// A status page with what was told on it.
#[utoipa::path(get, path = "/api/v1/status-pages/{id}", tag = "status", security(("token" = ["read"])), params(("id" = String, Path, description = "id of the page")),
    responses((status = 200, body = StatusDetail)))]
async fn one(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<StatusDetail>, ApiFault> {
    Ok(Json(portal.status.page(&actor, &read(&id)?).await?))
}

/// Edits a status page.
#[utoipa::path(put, path = "/api/v1/status-pages/{id}", tag = "status", security(("token" = ["systems.edit"])), params(("id" = String, Path, description = "id of the page")),
    request_body = StatusPageBody, responses((status = 204), (status = 409, description = "edited since it was read, or its place or host is taken")))]
async fn edit(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<StatusCode, ApiFault> {
    portal.status.edit(&actor, &read(&id)?, &typed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a status page with all that was told on it.
#[utoipa::path(delete, path = "/api/v1/status-pages/{id}", tag = "status", security(("token" = ["systems.edit"])), params(("id" = String, Path, description = "id of the page")),
    responses((status = 204)))]
async fn remove(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.status.remove(&actor, &read(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends the subscription of an address, for whoever asks the house instead of following the link. Fields: `kind` (`email` or `webhook`) and
/// `email` or `url`.
#[utoipa::path(post, path = "/api/v1/status-pages/{id}/subscriptions/end", tag = "status", security(("token" = ["systems.edit"])), params(("id" = String, Path, description = "id of the page")),
    request_body = Object, responses((status = 204), (status = 422, description = "no such address is subscribed")))]
async fn end_subscription(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<StatusCode, ApiFault> {
    portal.status.end_subscription(&actor, &read(&id)?, &typed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tells customers of something.
#[utoipa::path(post, path = "/api/v1/status-pages/{id}/notices", tag = "status", security(("token" = ["incidents.work"])), params(("id" = String, Path, description = "id of the page")),
    request_body = StatusNoticeBody, responses((status = 201, body = Notice)))]
async fn publish(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Created<Notice>, ApiFault> {
    let notice = portal.status.publish(&actor, &read(&id)?, &typed).await?;
    Ok(Created::new(format!("/api/v1/status-notices/{}", notice.id), notice))
}

/// Tells them how it goes on.
#[utoipa::path(post, path = "/api/v1/status-notices/{id}/updates", tag = "status", security(("token" = ["incidents.work"])), params(("id" = String, Path, description = "id of the notice")),
    request_body = StatusUpdateBody, responses((status = 204)))]
async fn update(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<StatusCode, ApiFault> {
    let notice = StatusNoticeId::parse(&id).ok_or(Fault::NotFound("status notice"))?;
    portal.status.update(&actor, &notice, &typed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What readers of a page are told.
#[utoipa::path(get, path = "/api/v1/status/{slug}", tag = "status", security(("token" = ["read"])), params(("slug" = String, Path, description = "place of the page")),
    responses((status = 200, body = StatusAnswer)))]
async fn answer(Caller(actor): Caller, State(portal): State<Portal>, Path(slug): Path<String>) -> Result<Json<StatusAnswer>, ApiFault> {
    let told = portal.status.answer(&actor, &slug).await?;
    Ok(Json(Arc::unwrap_or_clone(told)))
}
