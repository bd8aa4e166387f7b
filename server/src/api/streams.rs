//! `/api/v1/streams`: what systems send, declared; and the way in for the lines of one stream.

use axum::{
    Extension, Json,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use domain::{
    Fault, Portal,
    form::Typed,
    id::StreamId,
    people::Identity,
    streams::{Detail, Preview, Stream, StreamFate},
};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    ApiFault, Body, Caller, Created, Query,
    transactions::{BatchAnswer, LineError, line_errors, take},
};
use crate::error;

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(import))
        .routes(routes!(preview_new))
        .routes(routes!(detail, edit, delete))
        .routes(routes!(preview))
        .routes(routes!(ingest))
}

fn read_id(text: &str) -> Result<StreamId, Fault> {
    StreamId::parse(text).ok_or(Fault::NotFound("stream"))
}

/// Every stream of the systems that you see, the usual ones included: those have the id of their system.
#[utoipa::path(get, path = "/api/v1/streams", tag = "transactions", security(("token" = [])),
    responses((status = 200, body = Vec<Stream>)))]
async fn list(Caller(actor): Caller, State(portal): State<Portal>) -> Result<Json<Vec<Stream>>, ApiFault> {
    Ok(Json(portal.streams.list(&actor).await?))
}

/// Declares a stream.
///
/// Fields: `system` (id), `key`, `name`; `dimensions`, at most eight, each its key or an object of `key`, `label`, `field`, `limit` (values
/// that are told apart, the rest is `(other)`) and `wide` (latency is not kept by it); `success_codes` (`2*` means all that begin with 2);
/// `currency` of lines that name none; where a line says what: `time` and `time_format` (`auto`, `rfc3339`, `epoch-s`, `epoch-ms`, `epoch-us`,
/// `epoch-ns`, `clf`, `local`, `local-dmy` or `local-mdy` in the IANA zone `time_zone`), `code`, `success`, `latency` and `latency_unit` (`ms`, `s`, `us`, `ns`), `amount` and `amount_unit` (`usual`, `minor`, `major`, `major-comma`),
/// `currency_field`, `id`, a field within another by a point (`http.status`); `minute_days`, `hour_days`, `day_days`; `sample_days` and
/// `samples_per_minute`, where some failures are to be kept as they are received.
#[utoipa::path(post, path = "/api/v1/streams", tag = "transactions", request_body = Object, security(("token" = ["systems.edit"])),
    responses((status = 201, body = Detail), (status = 422)))]
async fn create(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<Detail>, ApiFault> {
    let id = portal.streams.create(&actor, &typed).await?;
    Ok(Created::new(format!("/api/v1/streams/{id}"), portal.streams.get(&actor, &id).await?))
}

/// What became of an entry of a file.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ImportedStream {
    /// `system/key`, or the key of the system.
    pub stream: String,
    /// New, changed, or as it was.
    pub fate: StreamFate,
}

/// Declares the streams of a YAML file (a list under `streams`, `system` by its key): send `yaml`, and `plan` to change nothing.
#[utoipa::path(post, path = "/api/v1/streams/import", tag = "transactions", request_body = Object, security(("token" = ["systems.edit"])),
    responses((status = 200, body = Vec<ImportedStream>), (status = 422)))]
async fn import(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Body(typed): Body<Typed>,
) -> Result<Json<Vec<ImportedStream>>, ApiFault> {
    let fates = portal.streams.import(&actor, typed.get("yaml"), typed.has("plan")).await?;
    Ok(Json(fates.into_iter().map(|(stream, fate)| ImportedStream { stream, fate }).collect()))
}

/// One stream: what is declared, who sends it and how their clocks are, how full its dimensions are.
#[utoipa::path(get, path = "/api/v1/streams/{id}", tag = "transactions", params(("id" = String, Path)), security(("token" = [])),
    responses((status = 200, body = Detail), (status = 404)))]
async fn detail(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Detail>, ApiFault> {
    Ok(Json(portal.streams.get(&actor, &read_id(&id)?).await?))
}

/// Declares a stream anew; fields as in its creation, `system` and `key` stay. What was counted keeps its meaning: dimensions may be added,
/// put in another order, taken away; one that is taken away keeps its place until nothing is kept that used it.
#[utoipa::path(put, path = "/api/v1/streams/{id}", tag = "transactions", params(("id" = String, Path)), request_body = Object,
    security(("token" = ["systems.edit"])), responses((status = 200, body = Detail), (status = 404), (status = 409), (status = 422)))]
async fn edit(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Detail>, ApiFault> {
    let id = read_id(&id)?;
    portal.streams.edit(&actor, &id, &typed).await?;
    Ok(Json(portal.streams.get(&actor, &id).await?))
}

/// Takes a declaration away: a usual stream is as it was before it had one; what another counted is shown no longer.
#[utoipa::path(delete, path = "/api/v1/streams/{id}", tag = "transactions", params(("id" = String, Path)),
    security(("token" = ["systems.edit"])), responses((status = 204), (status = 404), (status = 409)))]
async fn delete(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.streams.delete(&actor, &read_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a sample would count as.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PreviewAnswer {
    /// The lines that were read.
    #[serde(flatten)]
    pub preview: Preview,
    /// What is wrong with the first refused lines.
    pub errors: Vec<LineError>,
}

fn previewed(preview: Preview, identity: Option<Extension<Identity>>, headers: &HeaderMap) -> Json<PreviewAnswer> {
    let locale = identity.and_then(|Extension(i)| i.preferences.locale).unwrap_or_else(|| error::locale(headers));
    Json(PreviewAnswer { errors: line_errors(&preview.problems, locale), preview })
}

/// What lines (`sample`) would count as under a declaration that is not made yet; the other fields as in its creation.
#[utoipa::path(post, path = "/api/v1/streams/preview", tag = "transactions", request_body = Object, security(("token" = ["systems.edit"])),
    responses((status = 200, body = PreviewAnswer), (status = 422)))]
async fn preview_new(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    identity: Option<Extension<Identity>>,
    headers: HeaderMap,
    Body(typed): Body<Typed>,
) -> Result<Json<PreviewAnswer>, ApiFault> {
    Ok(previewed(portal.streams.preview(&actor, None, &typed).await?, identity, &headers))
}

/// What lines (`sample`) would count as if the stream were declared so; nothing is counted.
#[utoipa::path(post, path = "/api/v1/streams/{id}/preview", tag = "transactions", params(("id" = String, Path)), request_body = Object,
    security(("token" = ["systems.edit"])), responses((status = 200, body = PreviewAnswer), (status = 404), (status = 422)))]
async fn preview(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    identity: Option<Extension<Identity>>,
    headers: HeaderMap,
    Body(typed): Body<Typed>,
) -> Result<Json<PreviewAnswer>, ApiFault> {
    let id = read_id(&id)?;
    Ok(previewed(portal.streams.preview(&actor, Some(&id), &typed).await?, identity, &headers))
}

/// Counts a batch of one stream, whatever its lines say of stream and system; else as `POST /api/v1/transactions`.
///
/// This is where log shippers send what they have, as they have it: Vector's and Fluent Bit's HTTP outputs and Logstash's, as NDJSON, as an
/// array, or object after object; the stream's declaration says which field is what. They send a batch again when its answer is lost:
/// with `?key=content` it counts once all the same.
#[utoipa::path(post, path = "/api/v1/streams/{id}/transactions", tag = "transactions",
    request_body(content((String = "application/x-ndjson"), (Vec<serde_json::Value> = "application/json"), (String = "text/csv"))),
    params(("id" = String, Path), ("map" = Option<Vec<String>>, Query, description = "`Bank=link`: a column (or field) and what it holds; `When=time:local:Asia/Shanghai` says how a time is written, too."),
        ("key" = Option<String>, Query, description = "`content`: a batch without an `Idempotency-Key` goes by its unpacked content; two that are equal count once."),
        ("Idempotency-Key" = Option<String>, Header, description = "Your name for this batch of this stream, 1 to 200 visible characters.")),
    security(("token" = ["transactions.ingest"])),
    responses(
        (status = 200, body = BatchAnswer), (status = 404), (status = 409, description = "Another batch came under this key."),
        (status = 413, description = "More than 32 MiB."),
        (status = 415, description = "Neither lines of JSON nor an array, or packed otherwise."), (status = 422, body = BatchAnswer), (status = 429, description = "The queue is full.")
    ))]
async fn ingest(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    identity: Option<Extension<Identity>>,
    Query(pairs): Query<Vec<(String, String)>>,
    headers: HeaderMap,
    body: axum::body::Body,
) -> Result<Response, ApiFault> {
    let id = read_id(&id)?;
    take(portal, actor, identity.map(|Extension(identity)| identity), (&headers, &pairs), body, (Some(id), None)).await
}
