//! `/api/v1/rules`.

use axum::{
    Json,
    extract::{Path, State},
};
use domain::{
    Fault, Portal, Span, Timestamp, Wording,
    form::Typed,
    id::{RuleId, SourceId, SystemId},
    rules::{Instance, Preview, Rule, Slot},
    time::HOUR,
};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Body, Caller, Created, Query, extract::Language, imported::RulesReport};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(preview))
        .routes(routes!(import))
        .routes(routes!(detail, edit, delete))
        .routes(routes!(instances))
        .routes(routes!(values))
        .routes(routes!(pause))
        .routes(routes!(resume))
}

fn read_id(text: &str) -> Result<RuleId, Fault> {
    RuleId::parse(text).ok_or(Fault::NotFound("rule"))
}

/// Alert rules: what holds first, then what nobody knows.
#[utoipa::path(get, path = "/api/v1/rules", tag = "rules", security(("token" = [])), responses((status = 200, body = Vec<Rule>)))]
async fn list(Caller(actor): Caller, State(portal): State<Portal>) -> Result<Json<Vec<Rule>>, ApiFault> {
    Ok(Json(portal.rules.list(&actor).await?))
}

/// Makes a rule.
///
/// Fields: `name`, `group`, `system` (id), `kind` (`query`, `kept`, `transactions`, `unusual`); for `query` also `source` (id) and `expr`; for
/// `kept` also `source`, `selector`, `over`, `fold` (`last`, `mean`, `min`, `max`); for `transactions` also `measure` (`volume`,
/// `success`, `p99`, `code`, `amount` in `currency`), `over`, `code`, `link`, `merchant`, `channel` (lists); for `unusual` the same but `amount` (`over` at most an hour) `zone` (IANA, whose time of the wall the days before share) and `by`, a
/// dimension whose values are judged each by itself: its value is a surprise, minus the decimal logarithm of the probability that
/// chance alone brings as much, and `fire` is 6 where it is not given. Then `weeks` (2–8, for the deviation in per
/// cent), `compare` (`present`, `above`, `below`), `fire`, `recover`, `for`, `keep`, `interval`, `no_data` (`keep`, `alert`, `ok`),
/// `severity`, `severity_label`, `severity_steps` (one a line, the first that holds counts: `> 10: P1`, `{tier="1"}: P2`,
/// `{tier="1"} >= 10: P1`; also `<`, `<=`, `==`), `labels`, `annotations` and `annotations_zh`, those in Chinese (lines of
/// `name: text`; `summary_zh` among the annotations is the same as `summary` among those in Chinese), `runbook`.
#[utoipa::path(post, path = "/api/v1/rules", tag = "rules", request_body = Object, security(("token" = ["monitors.edit"])),
    responses((status = 201, body = Rule)))]
async fn create(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<Rule>, ApiFault> {
    let id = portal.rules.create(&actor, &typed).await?;
    Ok(Created::new(format!("/api/v1/rules/{id}"), portal.rules.get(&actor, &id).await?))
}

/// What is tried.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TrialQuery {
    /// Id of the rule that would be edited so: it may ask what it asks already.
    rule: Option<String>,
}

/// How often a rule of these fields would have fired in the last 24 hours; fields as in its creation. Changes nothing.
#[utoipa::path(post, path = "/api/v1/rules/preview", tag = "rules", params(TrialQuery), request_body = Object, security(("token" = ["monitors.edit"])),
    responses((status = 200, body = Preview), (status = 503)))]
async fn preview(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Query(query): Query<TrialQuery>,
    Body(typed): Body<Typed>,
) -> Result<Json<Preview>, ApiFault> {
    let id = query.rule.as_deref().map(read_id).transpose()?;
    Ok(Json(portal.rules.preview(&actor, id.as_ref(), &typed).await?))
}

/// A file of Prometheus rules.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Import {
    /// Id of the system that the rules will concern.
    system: String,
    /// Id of the query source that they will ask.
    source: String,
    /// The file, YAML with `groups`.
    yaml: String,
    /// Only say what would be done.
    #[serde(default)]
    plan: bool,
}

/// Takes a file of Prometheus rules over; says of each what became of it.
#[utoipa::path(post, path = "/api/v1/rules/import", tag = "rules", request_body = Import, security(("token" = ["monitors.edit"])),
    responses((status = 200, body = RulesReport), (status = 422)))]
async fn import(
    Caller(actor): Caller,
    Language(locale): Language,
    State(portal): State<Portal>,
    Body(given): Body<Import>,
) -> Result<Json<RulesReport>, ApiFault> {
    let wrong = |field: &str, text: &str| Fault::invalid(field, text, Wording::new("expect-id"));
    let system = SystemId::parse(&given.system).ok_or_else(|| wrong("system", &given.system))?;
    let source = SourceId::parse(&given.source).ok_or_else(|| wrong("source", &given.source))?;
    let report = portal.rules.import(&actor, &system, &source, &given.yaml, given.plan).await?;
    Ok(Json(RulesReport::said(report, locale)))
}

/// One rule.
#[utoipa::path(get, path = "/api/v1/rules/{id}", tag = "rules", params(("id" = String, Path)), security(("token" = [])),
    responses((status = 200, body = Rule), (status = 404)))]
async fn detail(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Rule>, ApiFault> {
    Ok(Json(portal.rules.get(&actor, &read_id(&id)?).await?))
}

/// Replaces a rule; fields as in its creation. What it had fired is over. With `version` an edit over somebody else's edit is
/// refused.
#[utoipa::path(put, path = "/api/v1/rules/{id}", tag = "rules", params(("id" = String, Path)), request_body = Object,
    security(("token" = ["monitors.edit"])), responses((status = 200, body = Rule), (status = 404), (status = 409)))]
async fn edit(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Rule>, ApiFault> {
    let id = read_id(&id)?;
    portal.rules.edit(&actor, &id, &typed).await?;
    Ok(Json(portal.rules.get(&actor, &id).await?))
}

/// Deletes a rule. What it had fired is over.
#[utoipa::path(delete, path = "/api/v1/rules/{id}", tag = "rules", params(("id" = String, Path)),
    security(("token" = ["monitors.edit"])), responses((status = 204), (status = 404)))]
async fn delete(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.rules.delete(&actor, &read_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The label sets of a rule as they were last, those that hold first.
#[utoipa::path(get, path = "/api/v1/rules/{id}/instances", tag = "rules", params(("id" = String, Path)), security(("token" = [])),
    responses((status = 200, body = Vec<Instance>), (status = 404)))]
async fn instances(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Vec<Instance>>, ApiFault> {
    Ok(Json(portal.rules.instances(&actor, &read_id(&id)?).await?))
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

/// The values of a rule over a span, rolled up over all label sets.
#[utoipa::path(get, path = "/api/v1/rules/{id}/values", tag = "rules", params(("id" = String, Path), SpanQuery), security(("token" = [])),
    responses((status = 200, body = Vec<Slot>), (status = 404)))]
async fn values(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Query(query): Query<SpanQuery>,
) -> Result<Json<Vec<Slot>>, ApiFault> {
    let read =
        |field: &str, text: &str| Timestamp::parse_rfc3339(text).ok_or_else(|| Fault::invalid(field, text, Wording::new("expect-time")));
    let to = query.to.as_deref().map_or(Ok(portal.clock.now().plus(1)), |text| read("to", text))?;
    let from = query.from.as_deref().map_or(Ok(to.plus(-6 * HOUR)), |text| read("from", text))?;
    let span = Span::new(from, to)
        .ok_or_else(|| Fault::invalid("to", to.rfc3339(), Wording::new("expect-after").with("earlier", from.rfc3339())))?;
    Ok(Json(portal.rules.values(&actor, &read_id(&id)?, span).await?))
}

/// Stops looking. What the rule had fired is over.
#[utoipa::path(post, path = "/api/v1/rules/{id}/pause", tag = "rules", params(("id" = String, Path)),
    security(("token" = ["monitors.edit"])), responses((status = 200, body = Rule), (status = 404)))]
async fn pause(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Rule>, ApiFault> {
    let id = read_id(&id)?;
    portal.rules.pause(&actor, &id, true).await?;
    Ok(Json(portal.rules.get(&actor, &id).await?))
}

/// Goes on looking.
#[utoipa::path(post, path = "/api/v1/rules/{id}/resume", tag = "rules", params(("id" = String, Path)),
    security(("token" = ["monitors.edit"])), responses((status = 200, body = Rule), (status = 404)))]
async fn resume(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Rule>, ApiFault> {
    let id = read_id(&id)?;
    portal.rules.pause(&actor, &id, false).await?;
    Ok(Json(portal.rules.get(&actor, &id).await?))
}
