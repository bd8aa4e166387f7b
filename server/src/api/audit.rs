//! `/api/v1/audit`.

use axum::{Json, extract::State};
use domain::{
    Page, PageRequest, Permission, Portal, Timestamp,
    audit::{AuditFilter, AuditRow, Verdict},
    form::Typed,
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Caller, Query};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(verify))
}

/// Which rows.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters; the one parser of the domain reads them")]
struct AuditQuery {
    /// Part of the actor's name, or the whole id.
    actor: Option<String>,
    /// The beginning of the act, e.g. `change`.
    act: Option<String>,
    /// The noun, e.g. `incident`.
    kind: Option<String>,
    /// Id of the thing.
    object: Option<String>,
    /// Id of the team.
    team: Option<String>,
    /// From this moment on (RFC 3339).
    from: Option<String>,
    /// Before this moment (RFC 3339).
    to: Option<String>,
    /// Cursor: `next` of the page before.
    after: Option<String>,
    /// Rows wanted, 1 to 500; 50 where it is not given.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
}

/// Rows of the audit trail, newest first.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(AuditQuery), security(("token" = ["audit.read"])),
    responses((status = 200, body = Page<AuditRow>)))]
async fn list(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Json<Page<AuditRow>>, ApiFault> {
    actor.require_somewhere(Permission::ReadAudit)?;
    let typed = Typed::from_pairs(pairs);
    let page = PageRequest::parse(Some(typed.get("after")), Some(typed.get("limit")))?;
    let filter = AuditFilter::parse(&typed, Timestamp::parse_rfc3339)?;
    Ok(Json(portal.audit.list(&actor, &filter, &page).await?))
}

/// Computes the chain of hashes anew.
#[utoipa::path(post, path = "/api/v1/audit/verify", tag = "audit", security(("token" = ["audit.read"])),
    responses((status = 200, body = Verdict)))]
async fn verify(Caller(actor): Caller, State(portal): State<Portal>) -> Result<Json<Verdict>, ApiFault> {
    Ok(Json(portal.audit.verify(&actor, None).await?))
}
