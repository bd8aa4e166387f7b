//! `/api/v1/deployments`: what CI posts, and what was posted.

use axum::{
    Json,
    extract::{OriginalUri, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{
    Page, Portal,
    deployments::{Deployment, Filter},
    form::Typed,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    ApiFault, Body, Caller,
    alerts::{page, query},
};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new().routes(routes!(list, post))
}

/// A deployment as CI knows it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct DeploymentBody {
    /// Key or id of the system.
    system: String,
    /// What, e.g. `4.12.0`.
    version: String,
    /// The commit, 7 to 64 hexadecimal digits.
    sha: Option<String>,
    /// Where to; `production` where it is left out.
    environment: Option<String>,
    /// Which place of that, where it has several: the name of the target of load tests there. Left out: all of them.
    target: Option<String>,
    /// What that is made of, `name=value` with `;` between them, e.g. `cpu=8;replicas=3`: policies may demand evidence from an environment
    /// that is made as production is.
    facts: Option<String>,
    /// Page of the pipeline.
    url: Option<String>,
    /// `started`, `succeeded` (where it is left out), `failed` or `rolled-back`.
    status: Option<String>,
    /// RFC 3339; now where it is left out.
    started_at: Option<String>,
    /// RFC 3339; now where it is left out and the status is not `started`.
    finished_at: Option<String>,
    /// When the oldest commit that it brings was made: RFC 3339, or milliseconds since 1970. Lead time counts from it.
    committed_at: Option<String>,
    /// Id or number (`CHG-12`) of the change that it is made for, which must touch the system: its page, timeline and
    /// gate tell of it. Left out: what comes to production is made for the one change of the system that is approved and in its window,
    /// or under way, with this `sha`.
    change: Option<String>,
}

/// Deployments, newest first.
#[utoipa::path(get, path = "/api/v1/deployments", tag = "deployments", security(("token" = ["read"])),
    params(
        ("system" = Option<String>, Query, description = "id of a system"),
        ("environment" = Option<String>, Query, description = "e.g. `production`"),
        ("after" = Option<String>, Query, description = "cursor: `next` of the page before"),
        ("limit" = Option<u32>, Query, description = "1 to 500, else 50"),
    ),
    responses((status = 200, body = Page<Deployment>)))]
async fn list(Caller(actor): Caller, State(portal): State<Portal>, uri: OriginalUri) -> Result<Json<Page<Deployment>>, ApiFault> {
    let query = query(&uri);
    let filter = Filter::parse(&query)?;
    Ok(Json(portal.deployments.list(&actor, &filter, &page(&query)?).await?))
}

/// Posts a deployment: 201 where it is new, 200 where it finishes or repeats what was posted.
#[utoipa::path(post, path = "/api/v1/deployments", tag = "deployments", security(("token" = ["deployments.post"])), request_body = DeploymentBody,
    responses((status = 201, body = Deployment), (status = 200, body = Deployment)))]
async fn post(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Response, ApiFault> {
    let (made, new) = portal.deployments.post(&actor, &typed).await?;
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(made)).into_response())
}
