//! `/api/v1/status-pages`: what customers are told.

use std::sync::Arc;

use app::{
    edge::Peer,
    status::{Feed, feed_address},
    visit::Guest,
};
use axum::{
    Extension, Json,
    extract::{Path, State},
    http::StatusCode,
};
use domain::{
    Actor, Fault, Portal,
    form::Typed,
    id::{StatusNoticeId, StatusPageId},
    status::{Asker, Notice, StatusAnswer, StatusDetail, StatusPage},
};
use serde::Serialize;
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
        .routes(routes!(subscribe))
        .routes(routes!(own_feed, renew_own_feed, end_own_feed))
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

/// How one wants to be told.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct StatusSubscriptionBody {
    /// `email` or `webhook`.
    kind: String,
    /// A mail address, for `email`.
    email: Option<String>,
    /// An address, for `webhook`.
    url: Option<String>,
}

/// Where the caller's own feed of a page is read. Whoever has an address reads it without a login, as long as the caller may read the page.
#[derive(Serialize, ToSchema)]
struct StatusFeedAddresses {
    /// As Atom.
    atom: String,
    /// As RSS.
    rss: String,
}

/// The addresses of the caller's own feed of a page.
async fn addresses(portal: &Portal, Guest(visit): &Guest, actor: &Actor, slug: &str) -> Result<Json<StatusFeedAddresses>, ApiFault> {
    let secret = portal.status.own_feed(actor, slug).await?.ok_or(Fault::NotFound("feed"))?;
    let address = |feed: Feed| feed_address(visit, &secret, feed);
    Ok(Json(StatusFeedAddresses { atom: address(Feed::Atom), rss: address(Feed::Rss) }))
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

/// Asks an address whether it wants to be told what is published on a page; it is told once it has confirmed. On a page that not everybody
/// may read it is told as long as the caller may.
#[utoipa::path(post, path = "/api/v1/status/{slug}/subscriptions", tag = "status", security(("token" = ["read"])), params(("slug" = String, Path, description = "place of the page")),
    request_body = StatusSubscriptionBody, responses((status = 202, description = "it is asked, or is told already"), (status = 429, description = "asked too often")))]
async fn subscribe(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Guest(visit): Guest,
    Extension(peer): Extension<Peer>,
    Path(slug): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<StatusCode, ApiFault> {
    let asker = Asker { peer: peer.0.to_string(), locale: visit.locale, zone: visit.zone_name.clone() };
    portal.status.subscribe(&actor, &slug, &typed, &asker).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Where the caller's own feed of a page that not everybody may read is read; 404 before it was made.
#[utoipa::path(get, path = "/api/v1/status/{slug}/feed", tag = "status", security(("token" = ["read"])), params(("slug" = String, Path, description = "place of the page")),
    responses((status = 200, body = StatusFeedAddresses), (status = 404, description = "it was not made yet")))]
async fn own_feed(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    guest: Guest,
    Path(slug): Path<String>,
) -> Result<Json<StatusFeedAddresses>, ApiFault> {
    addresses(&portal, &guest, &actor, &slug).await
}

/// Makes the caller's own feed of a page, or gives it another address; the old one is dead at once.
#[utoipa::path(post, path = "/api/v1/status/{slug}/feed", tag = "status", security(("token" = ["read"])), params(("slug" = String, Path, description = "place of the page")),
    responses((status = 200, body = StatusFeedAddresses), (status = 409, description = "anybody may read the page"), (status = 429, description = "it was made within the last minute")))]
async fn renew_own_feed(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    guest: Guest,
    Path(slug): Path<String>,
) -> Result<Json<StatusFeedAddresses>, ApiFault> {
    portal.status.renew_own_feed(&actor, &slug).await?;
    addresses(&portal, &guest, &actor, &slug).await
}

/// Ends the caller's own feed of a page.
#[utoipa::path(delete, path = "/api/v1/status/{slug}/feed", tag = "status", security(("token" = ["read"])), params(("slug" = String, Path, description = "place of the page")),
    responses((status = 204), (status = 404, description = "there is none")))]
async fn end_own_feed(Caller(actor): Caller, State(portal): State<Portal>, Path(slug): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.status.end_own_feed(&actor, &slug).await?;
    Ok(StatusCode::NO_CONTENT)
}
