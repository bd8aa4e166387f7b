//! `/api/v1/integrations`: ways in for alerts that other systems post.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use domain::{
    Fault, Permission, Portal,
    alerts::inbound::{Integration, IntegrationKind, Previewed, preview as preview_sample},
    form::Typed,
    id::IntegrationId,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Body, Caller, Created};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(preview)).routes(routes!(one, edit, remove)).routes(routes!(renew))
}

fn read(id: &str) -> Result<IntegrationId, Fault> {
    IntegrationId::parse(id).ok_or(Fault::NotFound("integration"))
}

/// A way in as it is written. Of `items` to `labels` only the kind `webhook` needs any.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read as fields")]
struct IntegrationBody {
    /// Its name.
    name: String,
    /// Who posts.
    kind: IntegrationKind,
    /// Id of the team that alerts go to.
    team: String,
    /// Id of the system that an alert concerns whose label `system` names none of the team.
    system: Option<String>,
    /// Whether it is open.
    enabled: bool,
    /// Where the list of alerts stands (RFC 6901); without it the message is one alert, or a list of them.
    items: Option<String>,
    /// What tells an alert from others; without it its labels do.
    key: Option<String>,
    /// One line that names it.
    title: Option<String>,
    /// What was seen.
    detail: Option<String>,
    /// How bad it is, in some word.
    severity: Option<String>,
    /// An address to look at.
    url: Option<String>,
    /// Whether it lasts.
    status: Option<String>,
    /// Words of the status that say that it is over, with commas.
    over: Option<String>,
    /// Labels, one a line: `name=/pointer`.
    labels: Option<String>,
    /// On an edit: the version that it is based on.
    version: Option<i64>,
}

/// A sample, with the kind and the mapping that are tried on it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read as fields")]
struct SampleBody {
    /// Who posts.
    kind: IntegrationKind,
    /// A message as a text of JSON.
    sample: String,
    /// And the fields of a mapping, as above.
    title: Option<String>,
}

/// A way in and its secret.
#[derive(Serialize, ToSchema)]
struct Opened {
    #[serde(flatten)]
    integration: Integration,
    /// The secret: the routing key of PagerDuty's clients.
    secret: String,
    /// Where to post to.
    path: String,
}

impl Opened {
    fn new((integration, secret): (Integration, String)) -> Json<Self> {
        let path = match integration.kind {
            IntegrationKind::Pagerduty => "/v2/enqueue".to_owned(),
            _ => format!("/hooks/{secret}"),
        };
        Json(Self { integration, secret, path })
    }
}

/// Ways in of the teams for which the caller may route alerts, by name.
#[utoipa::path(get, path = "/api/v1/integrations", tag = "alerts", security(("token" = ["alerts.route"])),
    responses((status = 200, body = Vec<Integration>)))]
async fn list(Caller(actor): Caller, State(portal): State<Portal>) -> Result<Json<Vec<Integration>>, ApiFault> {
    Ok(Json(portal.integrations.list(&actor).await?))
}

/// Opens a way in; its secret stands at its address.
#[utoipa::path(post, path = "/api/v1/integrations", tag = "alerts", security(("token" = ["alerts.route"])), request_body = IntegrationBody,
    responses((status = 201, body = Integration), (status = 422)))]
async fn create(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<Integration>, ApiFault> {
    let one = portal.integrations.create(&actor, &typed).await?;
    Ok(Created::new(format!("/api/v1/integrations/{}", one.id), one))
}

/// What a sample would become; nothing is changed.
#[utoipa::path(post, path = "/api/v1/integrations/preview", tag = "alerts", security(("token" = ["alerts.route"])), request_body = SampleBody,
    responses((status = 200, body = Vec<Previewed>), (status = 422)))]
async fn preview(Caller(actor): Caller, Body(typed): Body<Typed>) -> Result<Json<Vec<Previewed>>, ApiFault> {
    actor.require_somewhere(Permission::RouteAlerts)?;
    Ok(Json(preview_sample(&typed)?))
}

/// One way in with its secret.
#[utoipa::path(get, path = "/api/v1/integrations/{id}", tag = "alerts", security(("token" = ["alerts.route"])), params(("id" = String, Path)),
    responses((status = 200, body = Opened), (status = 404)))]
async fn one(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Opened>, ApiFault> {
    Ok(Opened::new(portal.integrations.get(&actor, &read(&id)?).await?))
}

/// Changes a way in; all fields anew. Where it is closed, or has another kind or team, what fires through it is over.
#[utoipa::path(put, path = "/api/v1/integrations/{id}", tag = "alerts", security(("token" = ["alerts.route"])), params(("id" = String, Path)), request_body = IntegrationBody,
    responses((status = 204), (status = 404), (status = 409), (status = 422)))]
async fn edit(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<StatusCode, ApiFault> {
    portal.integrations.edit(&actor, &read(&id)?, &typed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Closes a way in for good; what fires through it is over.
#[utoipa::path(delete, path = "/api/v1/integrations/{id}", tag = "alerts", security(("token" = ["alerts.route"])), params(("id" = String, Path)),
    responses((status = 204), (status = 404)))]
async fn remove(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.integrations.remove(&actor, &read(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a way in another secret; the old one is dead at once.
#[utoipa::path(post, path = "/api/v1/integrations/{id}/secret", tag = "alerts", security(("token" = ["alerts.route"])), params(("id" = String, Path)),
    responses((status = 200, body = Opened), (status = 404)))]
async fn renew(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Opened>, ApiFault> {
    Ok(Opened::new(portal.integrations.renew(&actor, &read(&id)?).await?))
}
