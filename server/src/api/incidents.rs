//! `/api/v1/incidents`. An incident is named by its id or its number.

mod after;
mod record;
mod teamwork;
mod templates;

use axum::{
    Json,
    extract::{OriginalUri, Path, State},
    http::StatusCode,
};
use domain::{
    Actor, Fault, Page, Portal, Wording,
    form::Typed,
    id::IncidentId,
    incidents::{self, Filter, Incident, IncidentDetail, Ref, SuspectKind, Verdict},
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    ApiFault, Body, Caller, Created,
    alerts::{page, query},
};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(detail, edit))
        .routes(routes!(move_to))
        .routes(routes!(comment))
        .routes(routes!(assign))
        .routes(routes!(judge))
        .merge(after::routes())
        .merge(record::routes())
        .merge(teamwork::routes())
        .merge(templates::routes())
}

/// What opens an incident.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct OpeningBody {
    /// One line.
    title: String,
    /// `P1` to `P4`.
    severity: String,
    /// Ids of the systems; the first one's team works on it.
    system: Option<Vec<String>>,
    /// Id of the team that works on it; needed where no system is named.
    team: Option<String>,
    /// What customers notice, Markdown.
    impact: Option<String>,
}

/// What edits an incident.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct EditBody {
    /// One line.
    title: String,
    /// `P1` to `P4`.
    severity: String,
    /// What customers notice, Markdown.
    impact: Option<String>,
    /// The version that was read; 409 where somebody has edited it since. Left out: whatever it is by now.
    version: Option<i64>,
}

/// Where it goes.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read as fields")]
struct MoveBody {
    /// `investigating`, `identified`, `mitigated`, `resolved`, `reviewed` or `closed`.
    state: String,
}

/// What is said.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct RemarkOnIncident {
    /// Markdown.
    text: String,
    /// The earlier moment that it tells of: RFC 3339, or wall time in `zone`.
    at: Option<String>,
    /// IANA name of a zone; UTC where it is left out.
    zone: Option<String>,
}

/// Who leads.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read as fields")]
struct OwnerBody {
    /// `me`, the id of a user who may work incidents in its team, or nothing for nobody.
    owner: Option<String>,
    /// Who led when this was decided: the id of a user, or an empty text for nobody; 409 where it is somebody else by now.
    was: Option<String>,
}

/// What is said of a suspect.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read as fields")]
struct JudgementBody {
    /// `confirmed` or `rejected`.
    verdict: String,
}

/// The id behind how a URL names an incident.
pub(super) async fn find(portal: &Portal, actor: &Actor, which: &str) -> Result<IncidentId, Fault> {
    match Ref::parse(which).ok_or(Fault::NotFound("incident"))? {
        Ref::Id(id) => Ok(id),
        number => Ok(portal.incidents.get(actor, &number).await?.incident.id),
    }
}

/// Incidents, newest first.
#[utoipa::path(get, path = "/api/v1/incidents", tag = "incidents", security(("token" = ["read"])),
    params(
        ("state" = Option<Vec<String>>, Query, description = "repeatable"),
        ("severity" = Option<Vec<String>>, Query, description = "`P1` to `P4`; repeatable"),
        ("system" = Option<Vec<String>>, Query, description = "id of a system, or `none`; repeatable"),
        ("team" = Option<Vec<String>>, Query, description = "id of a team; repeatable"),
        ("open" = Option<String>, Query, description = "any value: only those that last"),
        ("mine" = Option<String>, Query, description = "any value: only those that the caller leads"),
        ("q" = Option<String>, Query, description = "text in the title, or a number"),
        ("after" = Option<String>, Query, description = "cursor: `next` of the page before"),
        ("limit" = Option<u32>, Query, description = "1 to 500, else 50"),
    ),
    responses((status = 200, body = Page<Incident>)))]
async fn list(Caller(actor): Caller, State(portal): State<Portal>, uri: OriginalUri) -> Result<Json<Page<Incident>>, ApiFault> {
    let query = query(&uri);
    Ok(Json(portal.incidents.list(&actor, &Filter::parse(&query)?, &page(&query)?).await?))
}

/// Opens an incident by hand.
#[utoipa::path(post, path = "/api/v1/incidents", tag = "incidents", security(("token" = ["incidents.work"])), request_body = OpeningBody,
    responses((status = 201, body = Incident)))]
async fn create(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<Incident>, ApiFault> {
    let incident = portal.incidents.open(&actor, &typed).await?;
    Ok(Created::new(format!("/api/v1/incidents/{}", incident.id), incident))
}

/// One incident with timeline, suspects and alerts.
#[utoipa::path(get, path = "/api/v1/incidents/{id}", tag = "incidents", security(("token" = ["read"])), params(("id" = String, Path, description = "id or number")),
    responses((status = 200, body = IncidentDetail)))]
async fn detail(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<IncidentDetail>, ApiFault> {
    let which = Ref::parse(&id).ok_or(Fault::NotFound("incident"))?;
    Ok(Json(portal.incidents.get(&actor, &which).await?))
}

/// Edits title, severity and impact.
#[utoipa::path(put, path = "/api/v1/incidents/{id}", tag = "incidents", security(("token" = ["incidents.work"])), params(("id" = String, Path, description = "id or number")),
    request_body = EditBody, responses((status = 204), (status = 409, description = "edited since it was read")))]
async fn edit(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<StatusCode, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    portal.incidents.edit(&actor, &id, &typed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Moves it on, along the table of moves.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/move", tag = "incidents", security(("token" = ["incidents.work"])), params(("id" = String, Path, description = "id or number")),
    request_body = MoveBody, responses((status = 204), (status = 409, description = "the state does not allow it")))]
async fn move_to(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<StatusCode, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    let choices = incidents::State::ALL.iter().map(|state| state.name()).collect::<Vec<_>>().join(", ");
    let state = incidents::State::parse(typed.get("state"))
        .ok_or_else(|| Fault::invalid("state", typed.get("state"), Wording::new("expect-one-of").with("choices", choices)))?;
    portal.incidents.move_to(&actor, &id, state).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Adds a comment to the timeline.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/comments", tag = "incidents", security(("token" = ["incidents.work"])), params(("id" = String, Path, description = "id or number")),
    request_body = RemarkOnIncident, responses((status = 204)))]
async fn comment(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<StatusCode, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    portal.incidents.comment(&actor, &id, &typed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives the lead to somebody, or to nobody.
#[utoipa::path(put, path = "/api/v1/incidents/{id}/owner", tag = "incidents", security(("token" = ["incidents.work"])), params(("id" = String, Path, description = "id or number")),
    request_body = OwnerBody, responses((status = 204), (status = 409, description = "somebody else leads by now")))]
async fn assign(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<StatusCode, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    portal.incidents.lead(&actor, &id, &typed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Says of a suspect that it caused this, or did not.
#[utoipa::path(put, path = "/api/v1/incidents/{id}/suspects/{kind}/{what}", tag = "incidents", security(("token" = ["incidents.work"])),
    params(("id" = String, Path, description = "id or number"), ("kind" = String, Path, description = "`change`, `deployment`, `run` or `alert`"), ("what" = String, Path, description = "its id")),
    request_body = JudgementBody, responses((status = 204)))]
async fn judge(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path((id, kind, what)): Path<(String, String, String)>,
    Body(typed): Body<Typed>,
) -> Result<StatusCode, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    let kind = SuspectKind::parse(&kind).ok_or(Fault::NotFound("suspect"))?;
    let verdict = Verdict::parse(typed.get("verdict")).ok_or_else(|| {
        Fault::invalid("verdict", typed.get("verdict"), Wording::new("expect-one-of").with("choices", "confirmed, rejected"))
    })?;
    portal.incidents.judge(&actor, &id, kind, &what, verdict).await?;
    Ok(StatusCode::NO_CONTENT)
}
