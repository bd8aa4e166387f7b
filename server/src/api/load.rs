//! `/api/v1/load`: targets of load tests, runs, comparisons.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use domain::{
    Fault, Page, PageRequest, Portal,
    form::Typed,
    id::{LoadComparisonId, LoadRunId, LoadTargetId},
    load::{Comparison, Run, RunFilter, Second, Target},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Body, Caller, Created, Query};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(targets, register))
        .routes(routes!(target, change))
        .routes(routes!(retire))
        .routes(routes!(revive))
        .routes(routes!(runs, start))
        .routes(routes!(run))
        .routes(routes!(seconds))
        .routes(routes!(stop))
        .routes(routes!(given_back))
        .routes(routes!(compare))
        .routes(routes!(comparison))
        .routes(routes!(call_off))
}

/// What may be loaded.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct TargetBody {
    /// Its name.
    name: String,
    /// Scheme, host and port, e.g. `http://10.9.0.5:8080`.
    url: String,
    /// Id of the system that answers there.
    system: String,
    /// Where it stands, e.g. `pre-production`.
    environment: String,
    /// Requests a second at most, 1 to 20,000.
    max_rate: i64,
    /// Seconds of a run at most, 1 to 14,400.
    max_seconds: i64,
    /// Requests in flight at most, 1 to 1,000.
    max_in_flight: i64,
    /// The version that was read; only where one is changed.
    version: Option<i64>,
}

/// What is sent, and for what.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct OrderBody {
    /// Id of the target; of a comparison that of the candidate.
    target: String,
    /// Requests a second; 100 where neither this nor the script says anything.
    rate: Option<f64>,
    /// How long: `60s`, `30m`.
    duration: Option<String>,
    /// Time before that in which the rate rises.
    ramp: Option<String>,
    /// Connections: as many requests are in flight at most.
    connections: Option<u32>,
    /// After which a request has failed; `10s` where nothing is said.
    timeout: Option<String>,
    /// YAML or JSON as `evenkeel load` reads it.
    script: Option<String>,
    /// Name of the artifact.
    artifact: String,
    /// Its version.
    artifact_version: String,
    /// Its SHA-256 or commit, 7 to 64 hexadecimal digits.
    artifact_sha: String,
    /// What the environment is made of.
    facts: Option<String>,
    /// The 99th percentile may be so many milliseconds.
    max_p99_ms: Option<f64>,
    /// So many percent of the requests may fail.
    max_failed: Option<f64>,
    /// Days for which the evidence holds; 30 where nothing is said.
    days: Option<i64>,
}

/// One run of that, and what is taken away meanwhile.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct RunBody {
    /// What is sent, and for what.
    #[serde(flatten)]
    order: OrderBody,
    /// Id of a tool that takes something away in the middle of the run; what that costs becomes evidence of high availability.
    fault_tool: Option<String>,
    /// What that tool is given: lines of `key=value`.
    fault_values: Option<String>,
    /// Seconds after which it is run; a third of the run where nothing is said.
    fault_after: Option<i64>,
    /// Id of a tool that gives it back; it is run whatever becomes of the run.
    mend_tool: Option<String>,
    /// What that one is given.
    mend_values: Option<String>,
    /// Seconds after which it is run; half of what is left where nothing is said.
    mend_after: Option<i64>,
    /// Path at the target that tells the marks (`Evenkeel-Request: RUN/NUMBER`) it has received; `{{run}}` stands for the run.
    ledger: Option<String>,
}

/// The same load against a baseline and a candidate in turns.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct ComparisonBody {
    /// Id of the target of the baseline.
    baseline: String,
    /// Runs of each side, 5 to 20; 5 where nothing is said.
    turns: Option<i64>,
    /// The 99th percentile may be so many times as high; 1.10 where nothing is said.
    slower: Option<f64>,
    /// The throughput must be so many times as high; 0.95 where nothing is said.
    throughput: Option<f64>,
    /// The rest as for one run.
    #[serde(flatten)]
    order: OrderBody,
}

/// Which ones.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Also those that are retired.
    #[serde(default)]
    retired: bool,
}

fn target_id(text: &str) -> Result<LoadTargetId, Fault> {
    LoadTargetId::parse(text).ok_or(Fault::NotFound("load-target"))
}

fn run_id(text: &str) -> Result<LoadRunId, Fault> {
    LoadRunId::parse(text).ok_or(Fault::NotFound("load-run"))
}

fn comparison_id(text: &str) -> Result<LoadComparisonId, Fault> {
    LoadComparisonId::parse(text).ok_or(Fault::NotFound("load-comparison"))
}

/// Targets within reach.
#[utoipa::path(get, path = "/api/v1/load/targets", tag = "changes", params(Which), security(("token" = ["read"])),
    responses((status = 200, body = Vec<Target>)))]
async fn targets(Caller(actor): Caller, State(portal): State<Portal>, Query(which): Query<Which>) -> Result<Json<Vec<Target>>, ApiFault> {
    Ok(Json(portal.load.targets(&actor, which.retired).await?))
}

/// Registers a target.
#[utoipa::path(post, path = "/api/v1/load/targets", tag = "changes", request_body = TargetBody, security(("token" = ["systems.edit"])),
    responses((status = 201, body = Target), (status = 422, description = "A field is wrong, or the address may not be loaded.")))]
async fn register(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<Target>, ApiFault> {
    let id = portal.load.register(&actor, &typed).await?;
    Ok(Created::new(format!("/api/v1/load/targets/{id}"), portal.load.target(&actor, &id).await?))
}

/// One target.
#[utoipa::path(get, path = "/api/v1/load/targets/{id}", tag = "changes", params(("id" = String, Path)), security(("token" = ["read"])),
    responses((status = 200, body = Target), (status = 404)))]
async fn target(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Target>, ApiFault> {
    Ok(Json(portal.load.target(&actor, &target_id(&id)?).await?))
}

/// Changes a target.
#[utoipa::path(put, path = "/api/v1/load/targets/{id}", tag = "changes", params(("id" = String, Path)), request_body = TargetBody,
    security(("token" = ["systems.edit"])),
    responses((status = 200, body = Target), (status = 409, description = "Somebody has edited it since."), (status = 422)))]
async fn change(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Target>, ApiFault> {
    let id = target_id(&id)?;
    portal.load.change(&actor, &id, &typed).await?;
    Ok(Json(portal.load.target(&actor, &id).await?))
}

/// Retires a target: it is loaded no more.
#[utoipa::path(post, path = "/api/v1/load/targets/{id}/retire", tag = "changes", params(("id" = String, Path)),
    security(("token" = ["systems.edit"])), responses((status = 204), (status = 404)))]
async fn retire(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.load.retire(&actor, &target_id(&id)?, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Brings a target back.
#[utoipa::path(post, path = "/api/v1/load/targets/{id}/revive", tag = "changes", params(("id" = String, Path)),
    security(("token" = ["systems.edit"])), responses((status = 204), (status = 404)))]
async fn revive(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.load.retire(&actor, &target_id(&id)?, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Runs within reach, the newest first.
#[utoipa::path(get, path = "/api/v1/load/runs", tag = "changes", security(("token" = ["read"])), params(
    ("target" = Option<String>, Query, description = "Only against this target"),
    ("state" = Option<String>, Query, description = "Only those that stand so, e.g. `running`"),
    ("after" = Option<String>, Query, description = "Cursor: `next` of the page before"),
    ("limit" = Option<u32>, Query, description = "Rows wanted, 1 to 500; 50 where it is not given"),
), responses((status = 200, body = Page<Run>)))]
async fn runs(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Json<Page<Run>>, ApiFault> {
    let query = Typed::from_pairs(query);
    let page = PageRequest::parse(Some(query.get("after")), Some(query.get("limit")))?;
    Ok(Json(portal.load.runs(&actor, &RunFilter::parse(&query)?, &page).await?))
}

/// Asks for a run; it starts when its turn comes, and its result is kept as evidence.
#[utoipa::path(post, path = "/api/v1/load/runs", tag = "changes", request_body = RunBody, security(("token" = ["changes.request"])),
    responses((status = 201, body = Run), (status = 422, description = "A field is wrong, or goes beyond what the target bears."), (status = 429)))]
async fn start(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<Run>, ApiFault> {
    let id = portal.load.start(&actor, &typed).await?;
    Ok(Created::new(format!("/api/v1/load/runs/{id}"), portal.load.run(&actor, &id).await?))
}

/// One run with its report.
#[utoipa::path(get, path = "/api/v1/load/runs/{id}", tag = "changes", params(("id" = String, Path)), security(("token" = ["read"])),
    responses((status = 200, body = Run), (status = 404)))]
async fn run(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Run>, ApiFault> {
    Ok(Json(portal.load.run(&actor, &run_id(&id)?).await?))
}

/// Its seconds so far, also while it runs.
#[utoipa::path(get, path = "/api/v1/load/runs/{id}/seconds", tag = "changes", params(("id" = String, Path)), security(("token" = ["read"])),
    responses((status = 200, body = Vec<Second>), (status = 404)))]
async fn seconds(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Vec<Second>>, ApiFault> {
    Ok(Json(portal.load.seconds(&actor, &run_id(&id)?).await?))
}

/// Ends a run, or takes it back before it started; one of a comparison ends that.
#[utoipa::path(post, path = "/api/v1/load/runs/{id}/stop", tag = "changes", params(("id" = String, Path)),
    security(("token" = ["changes.request"])), responses((status = 204), (status = 404), (status = 409, description = "It is over.")))]
async fn stop(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.load.stop(&actor, &run_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Somebody has given back by hand what a trial took away: the portal tries no more, and its alert is over.
#[utoipa::path(post, path = "/api/v1/load/runs/{id}/given-back", tag = "changes", params(("id" = String, Path)),
    security(("token" = ["changes.request"])), responses((status = 204), (status = 404), (status = 409, description = "Nothing is owed.")))]
async fn given_back(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.load.given_back(&actor, &run_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks for runs against two targets that take turns; what they show is kept as evidence of the candidate.
#[utoipa::path(post, path = "/api/v1/load/comparisons", tag = "changes", request_body = ComparisonBody,
    security(("token" = ["changes.request"])),
    responses((status = 201, body = Comparison), (status = 422, description = "A field is wrong, or goes beyond what a target bears."), (status = 429)))]
async fn compare(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<Comparison>, ApiFault> {
    let id = portal.load.compare(&actor, &typed).await?;
    Ok(Created::new(format!("/api/v1/load/comparisons/{id}"), portal.load.comparison(&actor, &id).await?))
}

/// One comparison with its runs.
#[utoipa::path(get, path = "/api/v1/load/comparisons/{id}", tag = "changes", params(("id" = String, Path)), security(("token" = ["read"])),
    responses((status = 200, body = Comparison), (status = 404)))]
async fn comparison(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Comparison>, ApiFault> {
    Ok(Json(portal.load.comparison(&actor, &comparison_id(&id)?).await?))
}

/// Ends what runs of a comparison, and takes back the rest; nothing is judged.
#[utoipa::path(post, path = "/api/v1/load/comparisons/{id}/stop", tag = "changes", params(("id" = String, Path)),
    security(("token" = ["changes.request"])), responses((status = 204), (status = 404), (status = 409, description = "It is over.")))]
async fn call_off(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.load.call_off(&actor, &comparison_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
