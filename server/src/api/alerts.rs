//! `/api/v1/alerts`.

use app::components::Here;
use axum::{
    Json,
    extract::{OriginalUri, Path, State},
};
use domain::{
    Fault, Page, PageRequest, Portal,
    alerts::{Alert, AlertDetail, Filter},
    form::Typed,
    id::AlertId,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Body, Caller};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(detail)).routes(routes!(acknowledge)).routes(routes!(acknowledge_all))
}

/// The query of a list as typed fields, so that repeated parameters are kept.
pub(super) fn query(uri: &OriginalUri) -> Typed {
    let text = uri.0.path_and_query().map_or("", |p| p.as_str());
    Typed::from_pairs(Here::parse(text).pairs().iter().cloned())
}

/// The page that a query asks for.
pub(super) fn page(query: &Typed) -> Result<PageRequest, Fault> {
    PageRequest::parse(Some(query.get("after")), Some(query.get("limit")))
}

fn read(id: &str) -> Result<AlertId, Fault> {
    AlertId::parse(id).ok_or(Fault::NotFound("alert"))
}

/// How many alerts were acknowledged by this call.
#[derive(Serialize, ToSchema)]
struct Acknowledged {
    /// Those that nobody had acknowledged before.
    acknowledged: u64,
}

/// Which alerts to acknowledge.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read as fields")]
struct AlertIds {
    /// Their ids, at most 500.
    ids: Vec<String>,
}

/// Alerts: unacknowledged first, then the worst, then the newest.
#[utoipa::path(get, path = "/api/v1/alerts", tag = "alerts", security(("token" = ["read"])),
    params(
        ("state" = Option<Vec<String>>, Query, description = "`pending`, `firing`, `recovering`, `resolved`; repeatable; without it whatever is not over"),
        ("severity" = Option<Vec<String>>, Query, description = "`P1` to `P4`; repeatable"),
        ("system" = Option<Vec<String>>, Query, description = "id of a system; repeatable"),
        ("incident" = Option<String>, Query, description = "id of an incident"),
        ("label" = Option<Vec<String>>, Query, description = "matchers in Alertmanager's syntax, e.g. `team=\"payments\"` or `instance=~\"db.*\",env!=\"test\"`; repeatable"),
        ("unacknowledged" = Option<String>, Query, description = "any value: only what nobody has acknowledged"),
        ("suppressed" = Option<String>, Query, description = "`yes`: only what tells nobody, for a silence, an inhibition, a dependency; `no`: only what tells somebody"),
        ("after" = Option<String>, Query, description = "cursor: `next` of the page before"),
        ("limit" = Option<u32>, Query, description = "1 to 500, else 50"),
    ),
    responses((status = 200, body = Page<Alert>)))]
async fn list(Caller(actor): Caller, State(portal): State<Portal>, uri: OriginalUri) -> Result<Json<Page<Alert>>, ApiFault> {
    let query = query(&uri);
    Ok(Json(portal.alerts.list(&actor, &Filter::parse(&query)?, &page(&query)?).await?))
}

/// One alert with its history.
#[utoipa::path(get, path = "/api/v1/alerts/{id}", tag = "alerts", security(("token" = ["read"])), params(("id" = String, Path)),
    responses((status = 200, body = AlertDetail)))]
async fn detail(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<AlertDetail>, ApiFault> {
    Ok(Json(portal.alerts.get(&actor, &read(&id)?).await?))
}

/// Acknowledges an alert; twice is once.
#[utoipa::path(post, path = "/api/v1/alerts/{id}/acknowledge", tag = "alerts", security(("token" = ["alerts.acknowledge"])), params(("id" = String, Path)),
    responses((status = 200, body = Acknowledged)))]
async fn acknowledge(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Acknowledged>, ApiFault> {
    let fresh = portal.alerts.acknowledge(&actor, &read(&id)?).await?;
    Ok(Json(Acknowledged { acknowledged: u64::from(fresh) }))
}

/// Acknowledges several alerts, all or none.
#[utoipa::path(post, path = "/api/v1/alerts/acknowledge", tag = "alerts", security(("token" = ["alerts.acknowledge"])), request_body = AlertIds,
    responses((status = 200, body = Acknowledged)))]
async fn acknowledge_all(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Body(typed): Body<Typed>,
) -> Result<Json<Acknowledged>, ApiFault> {
    let ids = typed.all("ids").iter().map(|id| read(id)).collect::<Result<Vec<_>, _>>()?;
    Ok(Json(Acknowledged { acknowledged: portal.alerts.acknowledge_all(&actor, &ids).await? }))
}
