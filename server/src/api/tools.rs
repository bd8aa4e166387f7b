//! `/api/v1/tools` and `/api/v1/runs`.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use domain::{
    Fault, Page, Portal,
    form::Typed,
    id::{RunId, SystemId, ToolId},
    tools::{LogPart, Preview, Run, RunFilter, Tool, ToolFilter, Version},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Body, Caller, Created, PageQuery, Query};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(list, define))
        .routes(routes!(detail, redefine, retire))
        .routes(routes!(versions))
        .routes(routes!(preview))
        .routes(routes!(run))
        .routes(routes!(runs))
        .routes(routes!(run_detail))
        .routes(routes!(log))
        .routes(routes!(approve))
        .routes(routes!(reject))
        .routes(routes!(kill))
}

fn tool_id(text: &str) -> Result<ToolId, Fault> {
    ToolId::parse(text).ok_or(Fault::NotFound("tool"))
}

fn run_id(text: &str) -> Result<RunId, Fault> {
    RunId::parse(text).ok_or(Fault::NotFound("run"))
}

/// Which tools.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ToolQuery {
    /// Text within the name.
    q: Option<String>,
    /// Id of a system.
    system: Option<String>,
    /// Retired ones too.
    #[serde(default)]
    retired: bool,
}

/// Tools, newest first.
#[utoipa::path(get, path = "/api/v1/tools", tag = "tools", params(ToolQuery, PageQuery), security(("token" = ["read"])),
    responses((status = 200, body = Page<Tool>)))]
async fn list(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Query(query): Query<ToolQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Tool>>, ApiFault> {
    let system = match query.system.as_deref().filter(|s| !s.is_empty()) {
        None => None,
        Some(text) => Some(SystemId::parse(text).ok_or_else(|| Fault::invalid("system", text, domain::Wording::new("expect-id")))?),
    };
    let filter = ToolFilter { text: query.q.filter(|q| !q.is_empty()), system, retired: query.retired };
    Ok(Json(portal.tools.list(&actor, &filter, &page.page()?).await?))
}

/// One tool.
#[utoipa::path(get, path = "/api/v1/tools/{id}", tag = "tools", params(("id" = String, Path)), security(("token" = ["read"])),
    responses((status = 200, body = Tool)))]
async fn detail(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Tool>, ApiFault> {
    Ok(Json(portal.tools.get(&actor, &tool_id(&id)?).await?))
}

/// Every version of a tool, the newest first.
#[utoipa::path(get, path = "/api/v1/tools/{id}/versions", tag = "tools", params(("id" = String, Path)), security(("token" = ["read"])),
    responses((status = 200, body = Vec<Version>)))]
async fn versions(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Vec<Version>>, ApiFault> {
    Ok(Json(portal.tools.versions(&actor, &tool_id(&id)?).await?))
}

/// Defines a tool: `name`, `team`, `system`, `description`, `argv` (a list), `parameters` (objects with `key`, `kind`,
/// `label`, `rule`, `required`), `timeout_s`, `approval`, `first_line`, `takes_away`.
#[utoipa::path(post, path = "/api/v1/tools", tag = "tools", request_body = Object, security(("token" = ["tools.define"])),
    responses((status = 201, body = Tool)))]
async fn define(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<Tool>, ApiFault> {
    let id = portal.tools.define(&actor, &typed).await?;
    Ok(Created::new(format!("/api/v1/tools/{id}"), portal.tools.get(&actor, &id).await?))
}

/// Makes a new version of a tool; `version` names the version that was read.
#[utoipa::path(put, path = "/api/v1/tools/{id}", tag = "tools", params(("id" = String, Path)), request_body = Object,
    security(("token" = ["tools.define"])), responses((status = 200, body = Tool)))]
async fn redefine(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Tool>, ApiFault> {
    let id = tool_id(&id)?;
    portal.tools.redefine(&actor, &id, &typed).await?;
    Ok(Json(portal.tools.get(&actor, &id).await?))
}

/// Retires a tool; its history stays.
#[utoipa::path(delete, path = "/api/v1/tools/{id}", tag = "tools", params(("id" = String, Path)),
    security(("token" = ["tools.define"])), responses((status = 204)))]
async fn retire(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.tools.retire(&actor, &tool_id(&id)?, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a run would do, exactly; nothing happens.
#[utoipa::path(post, path = "/api/v1/tools/{id}/preview", tag = "tools", params(("id" = String, Path)), request_body = Object,
    security(("token" = ["tools.run-safe"])), responses((status = 200, body = Preview)))]
async fn preview(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Preview>, ApiFault> {
    Ok(Json(portal.tools.preview(&actor, &tool_id(&id)?, &typed).await?))
}

/// Asks for a run: `parameters` (an object), `incident`, `change`.
#[utoipa::path(post, path = "/api/v1/tools/{id}/runs", tag = "tools", params(("id" = String, Path)), request_body = Object,
    security(("token" = ["tools.run-safe"])), responses((status = 201, body = Run)))]
async fn run(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Created<Run>, ApiFault> {
    let run = portal.tools.run(&actor, &tool_id(&id)?, &typed).await?;
    Ok(Created::new(format!("/api/v1/runs/{run}"), portal.tools.get_run(&actor, &run).await?))
}

/// Which runs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RunQuery {
    /// Id of a tool.
    tool: Option<String>,
    /// A state, e.g. `running`.
    state: Option<String>,
    /// Id of an incident.
    incident: Option<String>,
    /// Id of a change.
    change: Option<String>,
    /// Id of a system.
    system: Option<String>,
}

/// Runs, newest first.
#[utoipa::path(get, path = "/api/v1/runs", tag = "tools", params(RunQuery, PageQuery), security(("token" = ["read"])),
    responses((status = 200, body = Page<Run>)))]
async fn runs(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Query(query): Query<RunQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Run>>, ApiFault> {
    let given =
        [("tool", query.tool), ("state", query.state), ("incident", query.incident), ("change", query.change), ("system", query.system)];
    let given = given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let filter = RunFilter::parse(&Typed::from_pairs(given))?;
    Ok(Json(portal.tools.runs(&actor, &filter, &page.page()?).await?))
}

/// One run.
#[utoipa::path(get, path = "/api/v1/runs/{id}", tag = "tools", params(("id" = String, Path)), security(("token" = ["read"])),
    responses((status = 200, body = Run)))]
async fn run_detail(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Run>, ApiFault> {
    Ok(Json(portal.tools.get_run(&actor, &run_id(&id)?).await?))
}

/// Which part of a log.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct LogQuery {
    /// Number of the first line wanted; 1 where it is not given, negative counts from the end.
    from: Option<i64>,
    /// Lines wanted, 1 to 10,000; 1,000 where it is not given.
    limit: Option<u32>,
}

/// Lines of a run's log.
#[utoipa::path(get, path = "/api/v1/runs/{id}/log", tag = "tools", params(("id" = String, Path), LogQuery),
    security(("token" = ["read"])), responses((status = 200, body = LogPart)))]
async fn log(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Query(query): Query<LogQuery>,
) -> Result<Json<LogPart>, ApiFault> {
    let (from, limit) = (query.from.unwrap_or(1), query.limit.unwrap_or(1_000));
    Ok(Json(portal.tools.log(&actor, &run_id(&id)?, from, limit).await?))
}

/// Approves a run that waits for it; never one's own.
#[utoipa::path(post, path = "/api/v1/runs/{id}/approve", tag = "tools", params(("id" = String, Path)),
    security(("token" = ["runs.approve"])), responses((status = 200, body = Run)))]
async fn approve(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Run>, ApiFault> {
    let id = run_id(&id)?;
    portal.tools.approve(&actor, &id).await?;
    Ok(Json(portal.tools.get_run(&actor, &id).await?))
}

/// Refuses a run that waits for approval; never one's own.
#[utoipa::path(post, path = "/api/v1/runs/{id}/reject", tag = "tools", params(("id" = String, Path)),
    security(("token" = ["runs.approve"])), responses((status = 200, body = Run)))]
async fn reject(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Run>, ApiFault> {
    let id = run_id(&id)?;
    portal.tools.reject(&actor, &id).await?;
    Ok(Json(portal.tools.get_run(&actor, &id).await?))
}

/// Has a run killed, or takes it back before it started.
#[utoipa::path(post, path = "/api/v1/runs/{id}/kill", tag = "tools", params(("id" = String, Path)),
    security(("token" = ["tools.run-safe"])), responses((status = 200, body = Run)))]
async fn kill(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Run>, ApiFault> {
    let id = run_id(&id)?;
    portal.tools.kill(&actor, &id).await?;
    Ok(Json(portal.tools.get_run(&actor, &id).await?))
}
