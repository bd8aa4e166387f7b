//! `/api/v1/channels`, `/api/v1/deliveries`.

use axum::{
    Json,
    extract::{OriginalUri, Path, State},
    http::StatusCode,
};
use domain::{
    Fault, Page, Portal,
    deliveries::{Channel, Delivery, Filter, NewChannel},
    form::Typed,
    id::{ChannelId, DeliveryId},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    ApiFault, Body, Caller, Created,
    alerts::{page, query},
};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(channels, create_channel))
        .routes(routes!(channel, edit_channel, remove_channel))
        .routes(routes!(test_channel))
        .routes(routes!(list))
        .routes(routes!(detail))
        .routes(routes!(resend))
}

/// What a channel holds.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct ChannelBody {
    /// One line, taken by no other channel.
    name: String,
    /// Where messages are posted.
    url: String,
    /// `whsec_…`; without it one is made, or the present one stays.
    secret: Option<String>,
    /// Id of the team whose facts it hears, or `*` for every team.
    team: String,
    /// `alert.firing`, `alert.resolved`, `incident.opened` …
    events: Vec<String>,
    /// Whether it is on.
    enabled: Option<bool>,
    /// When editing: the version that was read.
    version: Option<i64>,
}

/// A delivery with the body that was or will be sent.
#[derive(Serialize, ToSchema)]
struct DeliveryDetail {
    /// The delivery.
    delivery: Delivery,
    /// The body, exactly as it is signed.
    body: String,
}

/// A delivery that was written.
#[derive(Serialize, ToSchema)]
struct Written {
    /// Its id.
    delivery: DeliveryId,
}

fn channel_id(id: &str) -> Result<ChannelId, Fault> {
    ChannelId::parse(id).ok_or(Fault::NotFound("channel"))
}

fn delivery_id(id: &str) -> Result<DeliveryId, Fault> {
    DeliveryId::parse(id).ok_or(Fault::NotFound("delivery"))
}

/// The channels that the caller may manage, by name.
#[utoipa::path(get, path = "/api/v1/channels", tag = "deliveries", security(("token" = ["channels.manage"])), responses((status = 200, body = Vec<Channel>)))]
async fn channels(Caller(actor): Caller, State(portal): State<Portal>) -> Result<Json<Vec<Channel>>, ApiFault> {
    Ok(Json(portal.deliveries.channels(&actor).await?))
}

/// Makes a channel; the secret is told this once.
#[utoipa::path(post, path = "/api/v1/channels", tag = "deliveries", security(("token" = ["channels.manage"])), request_body = ChannelBody,
    responses((status = 201, body = NewChannel)))]
async fn create_channel(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Body(typed): Body<Typed>,
) -> Result<Created<NewChannel>, ApiFault> {
    let made = portal.deliveries.create_channel(&actor, &typed).await?;
    Ok(Created::new(format!("/api/v1/channels/{}", made.channel.id), made))
}

/// One channel.
#[utoipa::path(get, path = "/api/v1/channels/{id}", tag = "deliveries", security(("token" = ["channels.manage"])), params(("id" = String, Path)),
    responses((status = 200, body = Channel)))]
async fn channel(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Channel>, ApiFault> {
    Ok(Json(portal.deliveries.channel(&actor, &channel_id(&id)?).await?))
}

/// Edits a channel.
#[utoipa::path(put, path = "/api/v1/channels/{id}", tag = "deliveries", security(("token" = ["channels.manage"])), params(("id" = String, Path)),
    request_body = ChannelBody, responses((status = 200, body = Channel), (status = 409, description = "somebody has edited it meanwhile")))]
async fn edit_channel(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Channel>, ApiFault> {
    Ok(Json(portal.deliveries.edit_channel(&actor, &channel_id(&id)?, &typed).await?))
}

/// Removes a channel with what was delivered through it.
#[utoipa::path(delete, path = "/api/v1/channels/{id}", tag = "deliveries", security(("token" = ["channels.manage"])), params(("id" = String, Path)),
    responses((status = 204)))]
async fn remove_channel(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.deliveries.remove_channel(&actor, &channel_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts a test message into the outbox.
#[utoipa::path(post, path = "/api/v1/channels/{id}/test", tag = "deliveries", security(("token" = ["channels.manage"])), params(("id" = String, Path)),
    responses((status = 201, body = Written)))]
async fn test_channel(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Created<Written>, ApiFault> {
    let delivery = portal.deliveries.test_channel(&actor, &channel_id(&id)?).await?;
    Ok(Created::new(format!("/api/v1/deliveries/{delivery}"), Written { delivery }))
}

/// The ledger, newest first.
#[utoipa::path(get, path = "/api/v1/deliveries", tag = "deliveries", security(("token" = ["read"])),
    params(
        ("state" = Option<Vec<String>>, Query, description = "`waiting`, `sending`, `delivered`, `dead`; repeatable"),
        ("channel" = Option<String>, Query, description = "id of a channel"),
        ("incident" = Option<String>, Query, description = "id of an incident"),
        ("after" = Option<String>, Query, description = "cursor: `next` of the page before"),
        ("limit" = Option<u32>, Query, description = "1 to 500, else 50"),
    ),
    responses((status = 200, body = Page<Delivery>)))]
async fn list(Caller(actor): Caller, State(portal): State<Portal>, uri: OriginalUri) -> Result<Json<Page<Delivery>>, ApiFault> {
    let query = query(&uri);
    Ok(Json(portal.deliveries.list(&actor, &Filter::parse(&query)?, &page(&query)?).await?))
}

/// One delivery with its message.
#[utoipa::path(get, path = "/api/v1/deliveries/{id}", tag = "deliveries", security(("token" = ["read"])), params(("id" = String, Path)),
    responses((status = 200, body = DeliveryDetail)))]
async fn detail(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<DeliveryDetail>, ApiFault> {
    let (delivery, body) = portal.deliveries.get(&actor, &delivery_id(&id)?).await?;
    Ok(Json(DeliveryDetail { delivery, body }))
}

/// Sends again what was given up, with the same key.
#[utoipa::path(post, path = "/api/v1/deliveries/{id}/resend", tag = "deliveries", security(("token" = ["channels.manage"])), params(("id" = String, Path)),
    responses((status = 204), (status = 409, description = "it was not given up")))]
async fn resend(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.deliveries.resend(&actor, &delivery_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
