//! `/api/v1/channels`, `/api/v1/deliveries`.

use axum::{
    Json,
    extract::{OriginalUri, Path, State},
    http::StatusCode,
};
use domain::{
    Fault, Page, Portal,
    deliveries::{Attempt, Channel, Delivery, Filter, Kind, NewChannel, Notify, Own, message::Message},
    form::Typed,
    id::{ChannelId, DeliveryId},
    people::Locale,
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
        .routes(routes!(preview))
        .routes(routes!(channel, edit_channel, remove_channel))
        .routes(routes!(test_channel))
        .routes(routes!(list))
        .routes(routes!(detail))
        .routes(routes!(resend))
        .routes(routes!(resend_all))
}

/// What a channel holds. Beside these come the fields of its kind: `webhook` `url`, `secret`; `email` `to`; `slack`, `teams`,
/// `wecom` `hook`; `dingtalk`, `feishu` `hook`, `secret`; `telegram` `token`, `chat`, `api`; `alertmanager` `url`, `token`,
/// `max_alerts`. What is secret is sealed and never shown again; when editing, a secret that is left out stays.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct ChannelBody {
    /// One line, taken by no other channel.
    name: String,
    /// How it carries messages, `webhook` where it is not given; stays as it is when editing.
    kind: Option<Kind>,
    /// Webhook, Alertmanager: where messages are posted.
    url: Option<String>,
    /// Slack, Teams, DingTalk, Feishu, WeCom: the webhook URL, which is a secret.
    hook: Option<String>,
    /// Mail: addresses with commas between them.
    to: Option<String>,
    /// Telegram: the chat.
    chat: Option<String>,
    /// Telegram: a Bot API server of one's own.
    api: Option<String>,
    /// Telegram: the token of the bot. Alertmanager: a bearer token.
    token: Option<String>,
    /// Alertmanager: how many alerts of a group are told at most; 0 or nothing for all.
    max_alerts: Option<u64>,
    /// Webhook: `whsec_…`; without it one is made. DingTalk, Feishu: the signing secret.
    secret: Option<String>,
    /// Id of the team whose facts it hears, or `*` for every team.
    team: String,
    /// `alert.firing`, `alert.resolved`, `incident.opened` …; none for what is sent to it by name alone.
    events: Option<Vec<String>>,
    /// Whether it is on.
    enabled: Option<bool>,
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
    /// Id of the channel that is told what this one could not tell.
    fallback: Option<String>,
    /// Minutes of failing after which it is told already.
    fallback_after: Option<u32>,
    /// Whether it does not tell that something is over: `send_resolved: false` of Alertmanager.
    firing_only: Option<bool>,
    /// Who may acknowledge by the link in its messages: `nobody`, `login` (whoever logs in; the usual) or `readers`.
    acknowledge: Option<String>,
    /// Template of the title, for both languages; or an object with one for each, `{"en": …, "zh-CN": …}`, of which a missing one falls
    /// back to the other. `title_en` and `title_zh` are the same one by one.
    title: Option<Own>,
    /// Template of the text, likewise; also `body_en` and `body_zh`.
    body: Option<Own>,
    /// When editing: the version that was read.
    version: Option<i64>,
}

/// The words of a channel; whatever else a channel holds may stand there as well.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct WordsBody {
    /// How the channel is called.
    name: Option<String>,
    /// Language of messages: `en` or `zh-CN`.
    language: Option<String>,
    /// IANA zone of times in messages.
    zone: Option<String>,
    /// Template of the title, for both languages; or an object with one for each, `{"en": …, "zh-CN": …}`, of which a missing one falls
    /// back to the other. `title_en` and `title_zh` are the same one by one.
    title: Option<Own>,
    /// Template of the text, likewise; also `body_en` and `body_zh`.
    body: Option<Own>,
}

/// What templates make of sample facts.
#[derive(Serialize, ToSchema)]
struct ChannelPreview {
    /// What happened.
    event: Notify,
    /// The language of the message.
    language: Locale,
    /// One line.
    title: String,
    /// Sentences; may be empty.
    text: String,
    /// Words and values below.
    facts: Vec<PreviewFact>,
}

/// A word and its value.
#[derive(Serialize, ToSchema)]
struct PreviewFact {
    /// The word, in the language of the message.
    word: String,
    /// What it is.
    value: String,
}

impl From<Message> for ChannelPreview {
    fn from(message: Message) -> Self {
        let facts = message.facts.into_iter().map(|(word, value)| PreviewFact { word, value }).collect();
        Self { event: message.event, language: message.locale, title: message.title, text: message.text, facts }
    }
}

/// A delivery with the body that was or will be sent, and its attempts.
#[derive(Serialize, ToSchema)]
struct DeliveryDetail {
    /// The delivery.
    delivery: Delivery,
    /// The body, exactly as it is signed.
    body: String,
    /// Its attempts, oldest first; of more than a hundred the newest.
    attempts: Vec<Attempt>,
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

/// What templates make of sample facts, one message for each of a few events in the language of the channel, then in the other one;
/// nothing is stored.
#[utoipa::path(post, path = "/api/v1/channels/preview", tag = "deliveries", security(("token" = ["channels.manage"])), request_body = WordsBody,
    responses((status = 200, body = Vec<ChannelPreview>), (status = 422)))]
async fn preview(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Body(typed): Body<Typed>,
) -> Result<Json<Vec<ChannelPreview>>, ApiFault> {
    let messages = portal.deliveries.preview(&actor, &typed).await?;
    Ok(Json(messages.into_iter().map(ChannelPreview::from).collect()))
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
        ("kind" = Option<Vec<String>>, Query, description = "kinds of channels; repeatable"),
        ("event" = Option<Vec<String>>, Query, description = "events; repeatable"),
        ("channel" = Option<String>, Query, description = "id of a channel"),
        ("user" = Option<String>, Query, description = "id of a person: what went to their contact methods"),
        ("incident" = Option<String>, Query, description = "id of an incident"),
        ("after" = Option<String>, Query, description = "cursor: `next` of the page before"),
        ("limit" = Option<u32>, Query, description = "1 to 500, else 50"),
    ),
    responses((status = 200, body = Page<Delivery>)))]
async fn list(Caller(actor): Caller, State(portal): State<Portal>, uri: OriginalUri) -> Result<Json<Page<Delivery>>, ApiFault> {
    let query = query(&uri);
    Ok(Json(portal.deliveries.list(&actor, &Filter::parse(&query)?, &page(&query)?).await?))
}

/// One delivery with its message and its attempts.
#[utoipa::path(get, path = "/api/v1/deliveries/{id}", tag = "deliveries", security(("token" = ["read"])), params(("id" = String, Path)),
    responses((status = 200, body = DeliveryDetail)))]
async fn detail(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<DeliveryDetail>, ApiFault> {
    let id = delivery_id(&id)?;
    let (delivery, body) = portal.deliveries.get(&actor, &id).await?;
    let attempts = portal.deliveries.attempts(&actor, &id).await?;
    Ok(Json(DeliveryDetail { delivery, body, attempts }))
}

/// Sends again what was given up, with the same key.
#[utoipa::path(post, path = "/api/v1/deliveries/{id}/resend", tag = "deliveries", security(("token" = ["channels.manage"])), params(("id" = String, Path)),
    responses((status = 204), (status = 409, description = "it was not given up")))]
async fn resend(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.deliveries.resend(&actor, &delivery_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How many deliveries were sent again.
#[derive(Serialize, ToSchema)]
struct Resent {
    /// Their number.
    resent: u64,
}

/// Sends again everything given up that the parameters match, at most 1,000, with the same keys.
#[utoipa::path(post, path = "/api/v1/deliveries/resend", tag = "deliveries", security(("token" = ["channels.manage"])),
    params(
        ("kind" = Option<Vec<String>>, Query, description = "kinds of channels; repeatable"),
        ("event" = Option<Vec<String>>, Query, description = "events; repeatable"),
        ("channel" = Option<String>, Query, description = "id of a channel"),
        ("incident" = Option<String>, Query, description = "id of an incident"),
    ),
    responses((status = 200, body = Resent)))]
async fn resend_all(Caller(actor): Caller, State(portal): State<Portal>, uri: OriginalUri) -> Result<Json<Resent>, ApiFault> {
    let resent = portal.deliveries.resend_all(&actor, &Filter::parse(&query(&uri))?).await?;
    Ok(Json(Resent { resent }))
}
