//! `/api/v1/monitors`.

use axum::{
    Json,
    extract::{Path, State},
};
use domain::{
    Fault, Page, Portal, Span, Timestamp, Wording,
    form::Typed,
    id::MonitorId,
    monitors::{CheckResult, Filter, ImportPlan, Monitor, Recurring, Row, Series},
    time::HOUR,
};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Body, Caller, Created, PageQuery, Query};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(many))
        .routes(routes!(plan_import))
        .routes(routes!(import))
        .routes(routes!(detail, edit, delete))
        .routes(routes!(results))
        .routes(routes!(series))
        .routes(routes!(check))
        .routes(routes!(pause))
        .routes(routes!(resume))
        .routes(routes!(maintain))
        .routes(routes!(recurring, recur))
        .routes(routes!(heartbeat, renew))
}

/// What a list shows.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// `down`, `unknown`, `maintenance`, `paused`, `new` or `up`.
    state: Option<String>,
    /// Id of a system.
    system: Option<String>,
    /// Id of a team.
    team: Option<String>,
    /// Part of the name.
    q: Option<String>,
}

impl ListQuery {
    fn filter(&self) -> Result<Filter, Fault> {
        let pairs = [("state", &self.state), ("system", &self.system), ("team", &self.team), ("q", &self.q)];
        Filter::parse(&Typed::from_pairs(pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)))))
    }
}

fn read_id(text: &str) -> Result<MonitorId, Fault> {
    MonitorId::parse(text).ok_or(Fault::NotFound("monitor"))
}

/// Monitors, worst first, each with its last 24 hours.
#[utoipa::path(get, path = "/api/v1/monitors", tag = "monitors", params(ListQuery, PageQuery), security(("token" = [])),
    responses((status = 200, body = Page<Row>)))]
async fn list(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Query(query): Query<ListQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Row>>, ApiFault> {
    Ok(Json(portal.monitors.list(&actor, &query.filter()?, &page.page()?).await?))
}

/// Makes a monitor.
///
/// Fields of every kind: `name`, `system` (id), `kind`, `severity` (`P1`–`P4`), `hold` and `recover` (how long it must be down before an
/// alert fires, and up before it is resolved; empty: at once, and 10 s). Of every kind but `heartbeat`: `interval`, `timeout` (seconds,
/// or `30s`, `5m`), `needed`.
///
/// - `http`: `url`, `method`, `expected` (`200-299,301`), `match` (`none`, `contains`, `lacks`, `regex`), `match_text`, `tls_days`,
///   `accept_invalid`, `tls_min`, `http_version` (`any`, `2`), `redirect` (`none`, `follow`, `expect`), `redirects`, `redirect_to`, `json_path` (RFC 9535), `json_op`
///   (`equals`, `differs`, `below`, `above`, `contains`, `regex`, `exists`, `absent`), `json_value`, `header_name`, `header_match`,
///   `header_text`, `auth` (`none`, `basic`, `bearer`), `user`, `password`, `token`, `headers` (list of `Name: value`), `body`
/// - `tcp`: `address` (`host:port`), `tls`, `accept_invalid`, `dialogue` (list of `expect: REGEX`, `send: TEXT`, `starttls`)
/// - `tls`: `address`, `server_name`, `tls_days`, `tls_min` (`1.2`, `1.3`), `issuer`, `starttls` (`none`, `smtp`, `imap`, `pop3`, `postgres`)
/// - `dns`: `lookup`, `record` (`A`, `AAAA`, `CNAME`, `MX`, `TXT`, `NS`, `SOA`, `SRV`, `CAA`, `PTR`), `server`, `transport` (`udp`, `tcp`),
///   `rcode` (`NOERROR`, `NXDOMAIN`, `SERVFAIL`, `REFUSED`), `answers` (`any`, `exactly`, `includes`, `regex`, `none`), `answer_text` (list)
/// - `icmp`: `host`, `count`, `loss` (percent accepted), `rtt` (milliseconds at most)
/// - `grpc`: `address`, `service`, `tls`, `accept_invalid`
/// - `postgres`, `mysql`, `redis`: `address`, `tls`, `accept_invalid`, `user`, `database`, `password` (empty keeps what is stored;
///   `forget` drops it)
/// - `heartbeat`: `deadline`, `grace`
#[utoipa::path(post, path = "/api/v1/monitors", tag = "monitors", request_body = Object, security(("token" = ["monitors.edit"])),
    responses((status = 201, body = Monitor)))]
async fn create(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<Monitor>, ApiFault> {
    let id = portal.monitors.create(&actor, &typed).await?;
    let monitor = portal.monitors.get(&actor, &id).await?;
    Ok(Created::new(format!("/api/v1/monitors/{id}"), monitor))
}

/// How many monitors were acted on.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
struct Acted {
    /// That many.
    monitors: u64,
}

/// Does one act with several monitors, all or none.
///
/// Fields: `id` (list), `act` (`pause`, `resume`, `maintain`, `end-maintenance`), and with `maintain` also `for` (seconds).
#[utoipa::path(post, path = "/api/v1/monitors/many", tag = "monitors", request_body = Object, security(("token" = ["monitors.edit"])),
    responses((status = 200, body = Acted), (status = 404), (status = 422)))]
async fn many(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Json<Acted>, ApiFault> {
    Ok(Json(Acted { monitors: portal.monitors.many(&actor, &typed).await? }))
}

/// What an import would make; changes nothing.
///
/// Fields: `text` (a backup of Uptime Kuma as JSON, or the modules of a blackbox exporter as YAML), `targets` (with modules: list of
/// `MODULE TARGET [NAME]`), `system` (id or key: where what has no group of that name goes).
#[utoipa::path(post, path = "/api/v1/monitors/import/plan", tag = "monitors", request_body = Object,
    security(("token" = ["monitors.edit"])), responses((status = 200, body = ImportPlan), (status = 422)))]
async fn plan_import(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Json<ImportPlan>, ApiFault> {
    Ok(Json(portal.monitors.plan_import(&actor, &typed).await?))
}

/// Makes what the plan says, all or nothing; with `fingerprint` only if that is still the plan.
#[utoipa::path(post, path = "/api/v1/monitors/import", tag = "monitors", request_body = Object,
    security(("token" = ["monitors.edit"])), responses((status = 200, body = ImportPlan), (status = 409), (status = 422)))]
async fn import(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Json<ImportPlan>, ApiFault> {
    Ok(Json(portal.monitors.import(&actor, &typed).await?))
}

/// One monitor.
#[utoipa::path(get, path = "/api/v1/monitors/{id}", tag = "monitors", params(("id" = String, Path)), security(("token" = [])),
    responses((status = 200, body = Monitor), (status = 404)))]
async fn detail(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Monitor>, ApiFault> {
    Ok(Json(portal.monitors.get(&actor, &read_id(&id)?).await?))
}

/// Replaces what a monitor checks; fields as in its creation. With `version` an edit over somebody else's edit is refused.
#[utoipa::path(put, path = "/api/v1/monitors/{id}", tag = "monitors", params(("id" = String, Path)), request_body = Object,
    security(("token" = ["monitors.edit"])), responses((status = 200, body = Monitor), (status = 404), (status = 409)))]
async fn edit(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Monitor>, ApiFault> {
    let id = read_id(&id)?;
    portal.monitors.edit(&actor, &id, &typed).await?;
    Ok(Json(portal.monitors.get(&actor, &id).await?))
}

/// Deletes a monitor with its results.
#[utoipa::path(delete, path = "/api/v1/monitors/{id}", tag = "monitors", params(("id" = String, Path)),
    security(("token" = ["monitors.edit"])), responses((status = 204), (status = 404)))]
async fn delete(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.monitors.delete(&actor, &read_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The last results at full detail, newest first.
#[utoipa::path(get, path = "/api/v1/monitors/{id}/results", tag = "monitors", params(("id" = String, Path), PageQuery),
    security(("token" = [])), responses((status = 200, body = Page<CheckResult>), (status = 404)))]
async fn results(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<CheckResult>>, ApiFault> {
    Ok(Json(portal.monitors.results(&actor, &read_id(&id)?, &page.page()?).await?))
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

/// Results over a span, rolled up by minute, hour or day; at most 1,200 points.
#[utoipa::path(get, path = "/api/v1/monitors/{id}/series", tag = "monitors", params(("id" = String, Path), SpanQuery),
    security(("token" = [])), responses((status = 200, body = Series), (status = 404)))]
async fn series(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Query(query): Query<SpanQuery>,
) -> Result<Json<Series>, ApiFault> {
    let read =
        |field: &str, text: &str| Timestamp::parse_rfc3339(text).ok_or_else(|| Fault::invalid(field, text, Wording::new("expect-time")));
    let to = query.to.as_deref().map_or(Ok(portal.clock.now().plus(1)), |text| read("to", text))?;
    let from = query.from.as_deref().map_or(Ok(to.plus(-6 * HOUR)), |text| read("from", text))?;
    let span = Span::new(from, to)
        .ok_or_else(|| Fault::invalid("to", to.rfc3339(), Wording::new("expect-after").with("earlier", from.rfc3339())))?;
    Ok(Json(portal.monitors.series(&actor, &read_id(&id)?, span).await?))
}

/// Checks a monitor once, now; gives the result, which counts like any other.
#[utoipa::path(post, path = "/api/v1/monitors/{id}/check", tag = "monitors", params(("id" = String, Path)),
    security(("token" = ["monitors.edit"])), responses((status = 200, body = CheckResult), (status = 404), (status = 409)))]
async fn check(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<CheckResult>, ApiFault> {
    Ok(Json(portal.monitors.check_now(&actor, &read_id(&id)?).await?))
}

/// Suspends the checks.
#[utoipa::path(post, path = "/api/v1/monitors/{id}/pause", tag = "monitors", params(("id" = String, Path)),
    security(("token" = ["monitors.edit"])), responses((status = 200, body = Monitor), (status = 404)))]
async fn pause(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Monitor>, ApiFault> {
    let id = read_id(&id)?;
    portal.monitors.pause(&actor, &id).await?;
    Ok(Json(portal.monitors.get(&actor, &id).await?))
}

/// Takes the checks up again.
#[utoipa::path(post, path = "/api/v1/monitors/{id}/resume", tag = "monitors", params(("id" = String, Path)),
    security(("token" = ["monitors.edit"])), responses((status = 200, body = Monitor), (status = 404)))]
async fn resume(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Monitor>, ApiFault> {
    let id = read_id(&id)?;
    portal.monitors.resume(&actor, &id).await?;
    Ok(Json(portal.monitors.get(&actor, &id).await?))
}

/// Until when a monitor tells nobody.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Maintenance {
    /// RFC 3339, at most 30 days ahead; `null` ends it.
    until: Option<String>,
}

/// Begins or ends maintenance: it goes on being checked, but fires no alert.
#[utoipa::path(put, path = "/api/v1/monitors/{id}/maintenance", tag = "monitors", params(("id" = String, Path)), request_body = Maintenance,
    security(("token" = ["monitors.edit"])), responses((status = 200, body = Monitor), (status = 404), (status = 422)))]
async fn maintain(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(given): Body<Maintenance>,
) -> Result<Json<Monitor>, ApiFault> {
    let id = read_id(&id)?;
    let read = |text: &str| Timestamp::parse_rfc3339(text).ok_or_else(|| Fault::invalid("until", text, Wording::new("expect-time")));
    let until = given.until.as_deref().map(read).transpose()?;
    portal.monitors.maintain(&actor, &id, until).await?;
    Ok(Json(portal.monitors.get(&actor, &id).await?))
}

/// The maintenance that comes again; `null` for none.
#[utoipa::path(get, path = "/api/v1/monitors/{id}/maintenance/recurring", tag = "monitors", params(("id" = String, Path)),
    security(("token" = [])), responses((status = 200, body = Option<Recurring>), (status = 404)))]
async fn recurring(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
) -> Result<Json<Option<Recurring>>, ApiFault> {
    Ok(Json(portal.monitors.recurring(&actor, &read_id(&id)?).await?))
}

/// Writes the maintenance that comes again, or takes it away where `rrule` is absent. What runs goes on to its end.
///
/// Fields: `rrule` (RFC 5545, such as `FREQ=WEEKLY;BYDAY=SU`), `start` (wall time of the first), `minutes` (each time), `zone` (IANA).
#[utoipa::path(put, path = "/api/v1/monitors/{id}/maintenance/recurring", tag = "monitors", params(("id" = String, Path)),
    request_body = Object, security(("token" = ["monitors.edit"])),
    responses((status = 200, body = Option<Recurring>), (status = 404), (status = 422)))]
async fn recur(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Option<Recurring>>, ApiFault> {
    Ok(Json(portal.monitors.recur(&actor, &read_id(&id)?, &typed).await?))
}

/// By which path a heartbeat is called.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
struct Calling {
    /// `/beat/…`: GET or POST it. Whoever knows it can call it.
    path: String,
}

/// The path by which a heartbeat is called.
#[utoipa::path(get, path = "/api/v1/monitors/{id}/heartbeat", tag = "monitors", params(("id" = String, Path)),
    security(("token" = ["monitors.edit"])), responses((status = 200, body = Calling), (status = 404), (status = 409)))]
async fn heartbeat(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Calling>, ApiFault> {
    let secret = portal.monitors.secret(&actor, &read_id(&id)?).await?;
    let secret = secret.ok_or_else(|| Fault::conflict("monitors-conflict-not-heartbeat"))?;
    Ok(Json(Calling { path: format!("/beat/{secret}") }))
}

/// Gives a heartbeat a new path; the old one is dead at once.
#[utoipa::path(post, path = "/api/v1/monitors/{id}/heartbeat", tag = "monitors", params(("id" = String, Path)),
    security(("token" = ["monitors.edit"])), responses((status = 200, body = Calling), (status = 404), (status = 409)))]
async fn renew(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Calling>, ApiFault> {
    let secret = portal.monitors.renew_secret(&actor, &read_id(&id)?).await?;
    Ok(Json(Calling { path: format!("/beat/{secret}") }))
}
