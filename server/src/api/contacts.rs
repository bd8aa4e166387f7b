//! `/api/v1/contacts`: how one is reached oneself. In a session only: a token cannot lead somebody's pages elsewhere.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use domain::{
    Fault, Portal,
    deliveries::{Contact, Kind, Own},
    form::Typed,
    id::{ChannelId, DeliveryId},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Body, Caller, Created};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(push_key))
        .routes(routes!(one, edit, remove))
        .routes(routes!(raise))
        .routes(routes!(code))
        .routes(routes!(verify))
        .routes(routes!(test))
}

/// A contact method: what every kind has, and the fields of its kind. When editing, a secret that is left out stays.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct ContactBody {
    /// How one calls it, e.g. `phone`.
    name: String,
    /// How it carries messages; stays as it is when editing.
    kind: Option<Kind>,
    /// Whether it is used.
    enabled: Option<bool>,
    /// Mail: the address.
    to: Option<String>,
    /// Webhook: where messages are posted.
    url: Option<String>,
    /// Webhook: `whsec_…`; without it one is made. Never shown again.
    secret: Option<String>,
    /// Telegram: the token of the bot. Never shown again.
    token: Option<String>,
    /// Telegram: the chat.
    chat: Option<String>,
    /// Telegram: a Bot API server of one's own.
    api: Option<String>,
    /// Browser: the address of its push service. Never shown again.
    endpoint: Option<String>,
    /// Browser: its public key, in base64url. Never shown again.
    p256dh: Option<String>,
    /// Browser: its secret, in base64url. Never shown again.
    auth: Option<String>,
    /// Language of messages: `en` or `zh-CN`.
    language: Option<String>,
    /// IANA zone of times in messages and of quiet hours.
    zone: Option<String>,
    /// Wall time at which quiet hours begin, e.g. `22:00`.
    quiet_from: Option<String>,
    /// Wall time at which they end.
    quiet_to: Option<String>,
    /// Severity that breaks through, with all that is worse.
    quiet_through: Option<String>,
    /// Messages a minute; what is more is summed up in one.
    per_minute: Option<u32>,
    /// Id of the contact method of one's own that is told what this one could not tell.
    fallback: Option<String>,
    /// Minutes of failing after which it is told already; without it when this one gives up.
    fallback_after: Option<u32>,
    /// Whether it is told only what another one could not tell.
    reserve: Option<bool>,
    /// Template of the title, for both languages or one for each, as of channels.
    title: Option<Own>,
    /// Template of the text, likewise.
    body: Option<Own>,
    /// When editing: the version that was read.
    version: Option<i64>,
}

/// The code that was sent.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read as fields")]
struct CodeBody {
    /// Six digits.
    code: String,
}

/// A test that is on its way.
#[derive(Serialize, ToSchema)]
#[schema(as = ContactTest)]
struct Tested {
    /// The delivery.
    delivery: DeliveryId,
}

/// The key of this house for web push.
#[derive(Serialize, ToSchema)]
struct PushKey {
    /// `applicationServerKey` of a subscription, in base64url; always the same.
    key: String,
}

fn read(id: &str) -> Result<ChannelId, Fault> {
    ChannelId::parse(id).ok_or(Fault::NotFound("contact"))
}

/// One's own contact methods, in the order in which they are told.
#[utoipa::path(get, path = "/api/v1/contacts", tag = "contacts", security(("token" = [])),
    responses((status = 200, body = Vec<Contact>), (status = 409, description = "not in a session")))]
async fn list(Caller(actor): Caller, State(portal): State<Portal>) -> Result<Json<Vec<Contact>>, ApiFault> {
    Ok(Json(portal.contacts.mine(&actor).await?))
}

/// Adds one; a code is sent where the kind needs it.
#[utoipa::path(post, path = "/api/v1/contacts", tag = "contacts", security(("token" = [])), request_body = ContactBody,
    responses((status = 201, body = Contact), (status = 409), (status = 422)))]
async fn add(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<Contact>, ApiFault> {
    let made = portal.contacts.add(&actor, &typed).await?;
    Ok(Created::new(format!("/api/v1/contacts/{}", made.id), made))
}

/// The key with which a browser subscribes, whose `endpoint`, `p256dh` and `auth` are added as `web-push` then.
#[utoipa::path(get, path = "/api/v1/contacts/push-key", tag = "contacts", security(("token" = [])),
    responses((status = 200, body = PushKey), (status = 409, description = "not in a session")))]
async fn push_key(Caller(actor): Caller, State(portal): State<Portal>) -> Result<Json<PushKey>, ApiFault> {
    Ok(Json(PushKey { key: portal.contacts.push_key(&actor).await? }))
}

/// One of one's own.
#[utoipa::path(get, path = "/api/v1/contacts/{id}", tag = "contacts", security(("token" = [])), params(("id" = String, Path, description = "id of the contact method")),
    responses((status = 200, body = Contact), (status = 404), (status = 409)))]
async fn one(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Contact>, ApiFault> {
    Ok(Json(portal.contacts.one(&actor, &read(&id)?).await?))
}

/// Edits one. Where messages go elsewhere now, it must be proved anew.
#[utoipa::path(put, path = "/api/v1/contacts/{id}", tag = "contacts", security(("token" = [])), params(("id" = String, Path, description = "id of the contact method")),
    request_body = ContactBody, responses((status = 200, body = Contact), (status = 404), (status = 409), (status = 422)))]
async fn edit(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Contact>, ApiFault> {
    Ok(Json(portal.contacts.edit(&actor, &read(&id)?, &typed).await?))
}

/// Removes one. The address of the account is not removed but turned off.
#[utoipa::path(delete, path = "/api/v1/contacts/{id}", tag = "contacts", security(("token" = [])), params(("id" = String, Path, description = "id of the contact method")),
    responses((status = 204), (status = 404), (status = 409)))]
async fn remove(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.contacts.remove(&actor, &read(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Moves one before its predecessor.
#[utoipa::path(post, path = "/api/v1/contacts/{id}/raise", tag = "contacts", security(("token" = [])), params(("id" = String, Path, description = "id of the contact method")),
    responses((status = 204), (status = 404), (status = 409)))]
async fn raise(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.contacts.raise(&actor, &read(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a new code.
#[utoipa::path(post, path = "/api/v1/contacts/{id}/code", tag = "contacts", security(("token" = [])), params(("id" = String, Path, description = "id of the contact method")),
    responses((status = 204), (status = 404), (status = 409), (status = 429)))]
async fn code(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.contacts.send_code(&actor, &read(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Proves by the code that messages arrive there.
#[utoipa::path(post, path = "/api/v1/contacts/{id}/verify", tag = "contacts", security(("token" = [])), params(("id" = String, Path, description = "id of the contact method")),
    request_body = CodeBody, responses((status = 204), (status = 404), (status = 409), (status = 422)))]
async fn verify(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<StatusCode, ApiFault> {
    portal.contacts.verify(&actor, &read(&id)?, &typed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a test.
#[utoipa::path(post, path = "/api/v1/contacts/{id}/test", tag = "contacts", security(("token" = [])), params(("id" = String, Path, description = "id of the contact method")),
    responses((status = 202, body = Tested), (status = 404), (status = 409), (status = 429)))]
async fn test(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<(StatusCode, Json<Tested>), ApiFault> {
    let delivery = portal.contacts.test(&actor, &read(&id)?).await?;
    Ok((StatusCode::ACCEPTED, Json(Tested { delivery })))
}
