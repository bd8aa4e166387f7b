//! `/api/v1/sources`.

use axum::{
    Json,
    extract::{Path, State},
};
use domain::{
    Fault, Portal, Span, Timestamp, Wording,
    form::Typed,
    id::{SeriesId, SourceId},
    sources::{Answer, Catalogue, Kept, KeptSeries, Query as Question, Source},
    time::HOUR,
};
use http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Body, Caller, Created, Query};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(detail, edit, delete))
        .routes(routes!(ask))
        .routes(routes!(pause))
        .routes(routes!(resume))
        .routes(routes!(catalogue))
        .routes(routes!(kept, choose))
        .routes(routes!(values))
        .routes(routes!(query))
}

fn read_id(text: &str) -> Result<SourceId, Fault> {
    SourceId::parse(text).ok_or(Fault::NotFound("source"))
}

/// Metric sources, those that are down first.
#[utoipa::path(get, path = "/api/v1/sources", tag = "sources", security(("token" = [])), responses((status = 200, body = Vec<Source>)))]
async fn list(Caller(actor): Caller, State(portal): State<Portal>) -> Result<Json<Vec<Source>>, ApiFault> {
    Ok(Json(portal.sources.list(&actor).await?))
}

/// Makes a source.
///
/// Fields: `name`, `system` (id), `kind` (`query` or `scrape`), `url`, `interval` and `timeout` (seconds, or `30s`, `5m`),
/// `accept_invalid`, `tenant`, `auth` (`none`, `basic`, `bearer`), `user`, `secret`.
#[utoipa::path(post, path = "/api/v1/sources", tag = "sources", request_body = Object, security(("token" = ["monitors.edit"])),
    responses((status = 201, body = Source)))]
async fn create(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<Source>, ApiFault> {
    let id = portal.sources.create(&actor, &typed).await?;
    Ok(Created::new(format!("/api/v1/sources/{id}"), portal.sources.get(&actor, &id).await?))
}

/// One source.
#[utoipa::path(get, path = "/api/v1/sources/{id}", tag = "sources", params(("id" = String, Path)), security(("token" = [])),
    responses((status = 200, body = Source), (status = 404)))]
async fn detail(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Source>, ApiFault> {
    Ok(Json(portal.sources.get(&actor, &read_id(&id)?).await?))
}

/// Replaces how a source is asked; fields as in its creation. A secret that is not given stays, unless the source moves to
/// another host. With `version` an edit over somebody else's edit is refused.
#[utoipa::path(put, path = "/api/v1/sources/{id}", tag = "sources", params(("id" = String, Path)), request_body = Object,
    security(("token" = ["monitors.edit"])), responses((status = 200, body = Source), (status = 404), (status = 409)))]
async fn edit(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Source>, ApiFault> {
    let id = read_id(&id)?;
    portal.sources.edit(&actor, &id, &typed).await?;
    Ok(Json(portal.sources.get(&actor, &id).await?))
}

/// Deletes a source with everything that is kept of it.
#[utoipa::path(delete, path = "/api/v1/sources/{id}", tag = "sources", params(("id" = String, Path)),
    security(("token" = ["monitors.edit"])), responses((status = 204), (status = 404)))]
async fn delete(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.sources.delete(&actor, &read_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks a source once, now.
#[utoipa::path(post, path = "/api/v1/sources/{id}/ask", tag = "sources", params(("id" = String, Path)),
    security(("token" = ["monitors.edit"])), responses((status = 200, body = Source), (status = 404), (status = 409)))]
async fn ask(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Source>, ApiFault> {
    Ok(Json(portal.sources.ask_now(&actor, &read_id(&id)?).await?))
}

/// Stops asking a source.
#[utoipa::path(post, path = "/api/v1/sources/{id}/pause", tag = "sources", params(("id" = String, Path)),
    security(("token" = ["monitors.edit"])), responses((status = 200, body = Source), (status = 404)))]
async fn pause(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Source>, ApiFault> {
    let id = read_id(&id)?;
    portal.sources.pause(&actor, &id, true).await?;
    Ok(Json(portal.sources.get(&actor, &id).await?))
}

/// Goes on asking a source.
#[utoipa::path(post, path = "/api/v1/sources/{id}/resume", tag = "sources", params(("id" = String, Path)),
    security(("token" = ["monitors.edit"])), responses((status = 200, body = Source), (status = 404)))]
async fn resume(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Source>, ApiFault> {
    let id = read_id(&id)?;
    portal.sources.pause(&actor, &id, false).await?;
    Ok(Json(portal.sources.get(&actor, &id).await?))
}

/// What the last page that was looked through had to choose from; `null` where none has been read.
#[utoipa::path(get, path = "/api/v1/sources/{id}/catalogue", tag = "sources", params(("id" = String, Path)), security(("token" = [])),
    responses((status = 200, body = Option<Catalogue>), (status = 404)))]
async fn catalogue(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
) -> Result<Json<Option<Catalogue>>, ApiFault> {
    Ok(Json(portal.sources.catalogue(&actor, &read_id(&id)?).await?))
}

/// The series that are kept of a scraped endpoint.
#[utoipa::path(get, path = "/api/v1/sources/{id}/series", tag = "sources", params(("id" = String, Path)), security(("token" = [])),
    responses((status = 200, body = Vec<Kept>), (status = 404)))]
async fn kept(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Vec<Kept>>, ApiFault> {
    Ok(Json(portal.sources.kept(&actor, &read_id(&id)?).await?))
}

/// Chooses what is kept. Fields: `metric` (list of names), `selectors` (text, one selector a line). What is not chosen any
/// more is forgotten.
#[utoipa::path(put, path = "/api/v1/sources/{id}/series", tag = "sources", params(("id" = String, Path)), request_body = Object,
    security(("token" = ["monitors.edit"])), responses((status = 200, body = Source), (status = 404), (status = 409)))]
async fn choose(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Source>, ApiFault> {
    let id = read_id(&id)?;
    portal.sources.choose(&actor, &id, &typed).await?;
    Ok(Json(portal.sources.get(&actor, &id).await?))
}

/// Over which span.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SpanQuery {
    /// RFC 3339; six hours before `to` where it is not given.
    from: Option<String>,
    /// RFC 3339; now where it is not given.
    to: Option<String>,
}

fn moment(field: &str, text: &str) -> Result<Timestamp, Fault> {
    Timestamp::parse_rfc3339(text).ok_or_else(|| Fault::invalid(field, text, Wording::new("expect-time")))
}

fn span(from: Option<&str>, to: Option<&str>, now: Timestamp) -> Result<Span, Fault> {
    let to = to.map_or(Ok(now.plus(1)), |text| moment("to", text))?;
    let from = from.map_or(Ok(to.plus(-6 * HOUR)), |text| moment("from", text))?;
    Span::new(from, to).ok_or_else(|| Fault::invalid("to", to.rfc3339(), Wording::new("expect-after").with("earlier", from.rfc3339())))
}

/// A kept series over a span, rolled up by minute, hour or day.
#[utoipa::path(get, path = "/api/v1/sources/{id}/series/{series}", tag = "sources",
    params(("id" = String, Path), ("series" = String, Path), SpanQuery), security(("token" = [])),
    responses((status = 200, body = KeptSeries), (status = 404)))]
async fn values(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path((id, series)): Path<(String, String)>,
    Query(query): Query<SpanQuery>,
) -> Result<Json<KeptSeries>, ApiFault> {
    let series = SeriesId::parse(&series).ok_or(Fault::NotFound("series"))?;
    let span = span(query.from.as_deref(), query.to.as_deref(), portal.clock.now())?;
    let found = portal.sources.series(&actor, &read_id(&id)?, &[series], span).await?;
    Ok(Json(found.into_iter().next().ok_or(Fault::NotFound("series"))?))
}

/// A question.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// PromQL.
    #[serde(default)]
    q: String,
    /// RFC 3339: the begin of a span. Where it is not given the question is about one moment.
    from: Option<String>,
    /// RFC 3339: the end of the span, or the moment; now where it is not given.
    to: Option<String>,
}

/// Asks a query source in PromQL: for whoever may `monitors.edit` in its team.
#[utoipa::path(get, path = "/api/v1/sources/{id}/query", tag = "sources", params(("id" = String, Path), Asked), security(("token" = [])),
    responses((status = 200, body = Answer), (status = 404), (status = 409), (status = 422), (status = 503)))]
async fn query(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Json<Answer>, ApiFault> {
    // Whoever may not read it is not told that the question is wrong.
    let id = read_id(&id)?;
    portal.sources.get(&actor, &id).await?;
    let now = portal.clock.now();
    let question = match &asked.from {
        None => Question::instant(&asked.q, asked.to.as_deref().map_or(Ok(now), |text| moment("to", text))?)?,
        Some(from) => Question::range(&asked.q, span(Some(from), asked.to.as_deref(), now)?)?,
    };
    Ok(Json(portal.sources.query(&actor, &id, &question).await?))
}
