//! `/api/v1/oncall/policies` and what they did for an incident.

use axum::{
    Json,
    extract::{OriginalUri, Path, State},
    http::StatusCode,
};
use domain::{
    Fault, Portal, Span, Timestamp, Wording,
    alerts::Severity,
    escalations::{Checked, Planned, Policy, Record, Run, Taken},
    form::Typed,
    id::PolicyId,
    oncall::Burden,
    time::DAY,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Body, Caller, Created, alerts::query, incidents::find};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(detail, change, remove))
        .routes(routes!(what_if))
        .routes(routes!(load))
        .routes(routes!(record))
        .routes(routes!(acknowledge))
        .routes(routes!(escalate))
        .routes(routes!(page))
}

/// One step.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct StepBody {
    /// Minutes after the step before it, or after the incident was opened.
    after_min: i64,
    /// `P1` to `P4`; all where it is not given.
    severities: Option<Vec<String>>,
    /// `user:<id>`, `schedule:<id>`, `team:<id>` or `channel:<id>`.
    targets: Vec<String>,
}

/// What a policy says.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct PolicyBody {
    /// One line, taken by no other policy of the team.
    name: String,
    /// Id of the team.
    team: String,
    /// Its steps in order.
    steps: Vec<StepBody>,
    /// How often the steps are taken again; 0 where it is not given.
    repeat: Option<i64>,
    /// Minutes before they are, and after the last step; 15 where it is not given.
    again_min: Option<i64>,
    /// Whether a step that reaches nobody is left at once for the next one.
    skip_empty: Option<bool>,
    /// Whether it counts for every system of the team without a policy of its own.
    default: Option<bool>,
    /// Ids of systems of the team for which it counts in any case.
    systems: Option<Vec<String>>,
    /// When changing: the version that was read.
    version: Option<i64>,
}

/// Whom to page.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct PageBody {
    /// `user:<id>`, `schedule:<id>`, `team:<id>` or `channel:<id>`.
    target: String,
}

fn read(id: &str) -> Result<PolicyId, Fault> {
    PolicyId::parse(id).ok_or(Fault::NotFound("policy"))
}

fn moment(query: &Typed, name: &'static str, usual: Timestamp) -> Result<Timestamp, Fault> {
    match query.get(name) {
        "" => Ok(usual),
        text => Timestamp::parse_rfc3339(text).ok_or_else(|| Fault::invalid(name, text, Wording::new("expect-time"))),
    }
}

/// Policies of escalation, by name, with what is wrong with each now.
#[utoipa::path(get, path = "/api/v1/oncall/policies", tag = "oncall", security(("token" = ["read"])), responses((status = 200, body = Vec<Checked>)))]
async fn list(Caller(actor): Caller, State(portal): State<Portal>) -> Result<Json<Vec<Checked>>, ApiFault> {
    Ok(Json(portal.escalations.policies(&actor).await?))
}

/// Makes a policy.
#[utoipa::path(post, path = "/api/v1/oncall/policies", tag = "oncall", security(("token" = ["oncall.manage"])), request_body = PolicyBody,
    responses((status = 201, body = Policy)))]
async fn create(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<Policy>, ApiFault> {
    let policy = portal.escalations.create(&actor, &typed).await?;
    Ok(Created::new(format!("/api/v1/oncall/policies/{}", policy.id), policy))
}

/// One policy, with what is wrong with it now.
#[utoipa::path(get, path = "/api/v1/oncall/policies/{id}", tag = "oncall", security(("token" = ["read"])), params(("id" = String, Path)),
    responses((status = 200, body = Checked)))]
async fn detail(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Checked>, ApiFault> {
    Ok(Json(portal.escalations.policy(&actor, &read(&id)?).await?))
}

/// Changes a policy. Runs under way go on by what it says now.
#[utoipa::path(put, path = "/api/v1/oncall/policies/{id}", tag = "oncall", security(("token" = ["oncall.manage"])), params(("id" = String, Path)),
    request_body = PolicyBody, responses((status = 200, body = Checked), (status = 409, description = "changed since it was read")))]
async fn change(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Checked>, ApiFault> {
    let id = read(&id)?;
    portal.escalations.change(&actor, &id, &typed).await?;
    Ok(Json(portal.escalations.policy(&actor, &id).await?))
}

/// Removes a policy; its runs end.
#[utoipa::path(delete, path = "/api/v1/oncall/policies/{id}", tag = "oncall", security(("token" = ["oncall.manage"])), params(("id" = String, Path)),
    responses((status = 204)))]
async fn remove(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.escalations.remove(&actor, &read(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whom it would page when, if nobody acknowledged.
#[utoipa::path(get, path = "/api/v1/oncall/policies/{id}/what-if", tag = "oncall", security(("token" = ["read"])),
    params(("id" = String, Path), ("severity" = Option<String>, Query, description = "`P1` to `P4`; else `P1`"),
        ("at" = Option<String>, Query, description = "RFC 3339; else now")),
    responses((status = 200, body = Vec<Planned>)))]
async fn what_if(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    uri: OriginalUri,
) -> Result<Json<Vec<Planned>>, ApiFault> {
    let query = query(&uri);
    let severity = match query.get("severity") {
        "" => Severity::P1,
        text => Severity::parse(text)
            .ok_or_else(|| Fault::invalid("severity", text, Wording::new("expect-one-of").with("choices", "P1, P2, P3, P4")))?,
    };
    let at = moment(&query, "at", portal.clock.now())?;
    Ok(Json(portal.escalations.what_if(&actor, &read(&id)?, severity, at).await?))
}

/// How often people were paged and reached, the heaviest burden first.
#[utoipa::path(get, path = "/api/v1/oncall/load", tag = "oncall", security(("token" = ["read"])),
    params(("from" = Option<String>, Query, description = "RFC 3339; else a week ago"), ("to" = Option<String>, Query, description = "RFC 3339; else now")),
    responses((status = 200, body = Vec<Burden>)))]
async fn load(Caller(actor): Caller, State(portal): State<Portal>, uri: OriginalUri) -> Result<Json<Vec<Burden>>, ApiFault> {
    let query = query(&uri);
    let to = moment(&query, "to", portal.clock.now())?;
    let from = moment(&query, "from", to.plus(-7 * DAY))?;
    let span = Span::new(from, to).ok_or_else(|| Fault::invalid("to", query.get("to"), Wording::new("oncall-expect-after")))?;
    Ok(Json(portal.escalations.load(&actor, span).await?))
}

/// What was done to page somebody for an incident.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/escalations", tag = "incidents", security(("token" = ["read"])),
    params(("id" = String, Path, description = "id or number")), responses((status = 200, body = Record)))]
async fn record(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Record>, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    Ok(Json(portal.escalations.record(&actor, &id).await?))
}

/// Takes notice of an incident and all its alerts: nobody is paged for it any more.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/acknowledge", tag = "incidents", security(("token" = ["incidents.work"])),
    params(("id" = String, Path, description = "id or number")), responses((status = 204), (status = 409, description = "it is over")))]
async fn acknowledge(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    portal.incidents.acknowledge(&actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes the next step at once, or begins to page.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/escalate", tag = "incidents", security(("token" = ["incidents.work"])),
    params(("id" = String, Path, description = "id or number")),
    responses((status = 200, body = Run), (status = 409, description = "it is over, or no policy pages anybody")))]
async fn escalate(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Run>, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    Ok(Json(portal.escalations.escalate(&actor, &id).await?))
}

/// Pages somebody now.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/page", tag = "incidents", security(("token" = ["incidents.work"])),
    params(("id" = String, Path, description = "id or number")), request_body = PageBody, responses((status = 200, body = Taken)))]
async fn page(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Taken>, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    Ok(Json(portal.escalations.page(&actor, &id, &typed).await?))
}
