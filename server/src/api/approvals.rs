//! `/api/v1/approval-policies`, `/api/v1/approval-delegations`, approving several at once.

use axum::{
    Json,
    extract::{Path, State},
};
use domain::{
    Fault, Permission, Portal,
    changes::{Delegation, Policy, PolicyContent, Stage, WhatIf},
    form::Typed,
    id::{ApprovalPolicyId, ChangeId, DelegationId},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Body, Caller, Created, Query, extract::Language};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(policies, set_policy))
        .routes(routes!(policy, change_policy, remove_policy))
        .routes(routes!(starters, set_starters))
        .routes(routes!(what_if))
        .routes(routes!(delegations, delegate))
        .routes(routes!(end_delegation))
        .routes(routes!(approve_many))
}

/// What a policy holds.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct PolicyBody {
    /// Its name, unique.
    name: String,
    /// The lowest is asked first; 100 where it is not given.
    place: Option<i64>,
    /// `standard`, `normal`, `emergency`; none for all.
    kinds: Option<Vec<String>>,
    /// `low`, `medium`, `high`: the higher of what was said and what facts say; none for all.
    risks: Option<Vec<String>>,
    /// 1 to 4; none for all.
    tiers: Option<Vec<u8>>,
    /// Who must agree, at most 6 stages; none where it is for `standard` changes only, which are agreed to with their template.
    stages: Vec<Stage>,
    /// Asks a stage only when the one before is complete.
    in_order: Option<bool>,
    /// How long an approval holds; 0 for as long as the window.
    hours: Option<i64>,
    /// Whether a rollback plan is needed.
    rollback: Option<bool>,
    /// `performance`, `high-availability`, `drill`, `security-scan`, `custom`: evidence that is needed of the artifact.
    evidence: Option<Vec<String>>,
    /// Names of `custom` evidence that is needed; where none is named any will do.
    custom: Option<Vec<String>>,
    /// Where evidence must have been shown; anywhere where it is not given.
    environment: Option<String>,
    /// Whether that must be made of all that production of one of the change's systems is made of, as the last of its deployments with
    /// `facts` says.
    like_production: Option<bool>,
    /// What evidence of `performance` must have measured, whatever limits it was held against: the 99th percentile in
    /// milliseconds at most, above 0.
    max_p99_ms: Option<f64>,
    /// Requests that failed, in percent, 0 to 100, at most.
    max_failed: Option<f64>,
    /// Requests a second that were reached, above 0, at least.
    min_rate: Option<f64>,
    /// The same in percent of the transactions a second in the busiest minute of the busiest of the change's systems in four weeks, 0 to
    /// 10000; 100 where it is not given and `like_production` is set. 0 asks for none.
    min_peak: Option<f64>,
    /// When editing: the version that was read.
    version: Option<i64>,
}

/// What a delegation holds.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct DelegationBody {
    /// Id or login of who approves instead.
    to: String,
    /// Local wall time at which it ends; at most 90 days ahead.
    until: String,
    /// IANA zone.
    zone: String,
    /// Why, one line.
    reason: String,
}

/// Several approvals.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct PicksBody {
    /// `ID:HASH` of each change, 1 to 100.
    pick: Vec<String>,
}

/// What became of one of them.
#[derive(Serialize, ToSchema)]
struct Picked {
    /// Which change.
    id: ChangeId,
    /// Whether it is approved by the caller now.
    approved: bool,
    /// Stable name of the refusal, where it was refused.
    refused: Option<&'static str>,
}

/// Delegations of the caller that hold now.
#[derive(Serialize, ToSchema)]
struct Delegations {
    /// Given by the caller.
    given: Vec<Delegation>,
    /// Given to the caller.
    taken: Vec<Delegation>,
}

fn policy_id(text: &str) -> Result<ApprovalPolicyId, Fault> {
    ApprovalPolicyId::parse(text).ok_or(Fault::NotFound("policy"))
}

/// Every approval policy, in the order in which they are asked.
#[utoipa::path(get, path = "/api/v1/approval-policies", tag = "changes", security(("token" = ["read"])), responses((status = 200, body = Vec<Policy>)))]
async fn policies(Caller(actor): Caller, State(portal): State<Portal>) -> Result<Json<Vec<Policy>>, ApiFault> {
    Ok(Json(portal.approving.policies(&actor).await?))
}

/// Writes an approval policy; needs the permission in every team.
#[utoipa::path(post, path = "/api/v1/approval-policies", tag = "changes", security(("token" = ["settings.manage"])),
    request_body = PolicyBody, responses((status = 201, body = Policy)))]
async fn set_policy(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<Policy>, ApiFault> {
    let id = portal.approving.set_policy(&actor, &typed).await?;
    let policy = portal.approving.policy(&actor, &id).await?;
    Ok(Created::new(format!("/api/v1/approval-policies/{id}"), policy))
}

/// One approval policy.
#[utoipa::path(get, path = "/api/v1/approval-policies/{id}", tag = "changes", params(("id" = String, Path)), security(("token" = ["read"])),
    responses((status = 200, body = Policy)))]
async fn policy(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Policy>, ApiFault> {
    Ok(Json(portal.approving.policy(&actor, &policy_id(&id)?).await?))
}

/// Changes an approval policy; what waits already keeps what it took.
#[utoipa::path(put, path = "/api/v1/approval-policies/{id}", tag = "changes", params(("id" = String, Path)), security(("token" = ["settings.manage"])),
    request_body = PolicyBody, responses((status = 200, body = Policy)))]
async fn change_policy(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Policy>, ApiFault> {
    let id = policy_id(&id)?;
    portal.approving.change_policy(&actor, &id, &typed).await?;
    Ok(Json(portal.approving.policy(&actor, &id).await?))
}

/// Removes an approval policy.
#[utoipa::path(delete, path = "/api/v1/approval-policies/{id}", tag = "changes", params(("id" = String, Path)), security(("token" = ["settings.manage"])),
    responses((status = 204)))]
async fn remove_policy(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
) -> Result<axum::http::StatusCode, ApiFault> {
    portal.approving.remove_policy(&actor, &policy_id(&id)?).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

/// The policies that a portal may begin with, in the caller's language; needs the permission in every team.
#[utoipa::path(get, path = "/api/v1/approval-policies/starters", tag = "changes", security(("token" = ["settings.manage"])),
    responses((status = 200, body = Vec<PolicyContent>)))]
async fn starters(Caller(actor): Caller, Language(locale): Language) -> Result<Json<Vec<PolicyContent>>, ApiFault> {
    actor.require_everywhere(Permission::ManageSettings)?;
    Ok(Json(app::changes::starters(locale)))
}

/// Sets those of them that are not there yet, by name or by what they say, and answers with these; needs the permission in every team.
#[utoipa::path(post, path = "/api/v1/approval-policies/starters", tag = "changes", security(("token" = ["settings.manage"])),
    responses((status = 200, body = Vec<Policy>)))]
async fn set_starters(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Language(locale): Language,
) -> Result<Json<Vec<Policy>>, ApiFault> {
    let set = portal.approving.begin_policies(&actor, app::changes::starters(locale)).await?;
    let all = portal.approving.policies(&actor).await?;
    Ok(Json(all.into_iter().filter(|policy| set.contains(&policy.id)).collect()))
}

/// Who would have to approve a change, if it were asked for now.
#[utoipa::path(get, path = "/api/v1/approval-policies/what-if", tag = "changes", security(("token" = ["read"])), params(
    ("systems" = Vec<String>, Query, description = "Keys or ids of systems; may be repeated"),
    ("risk" = String, Query, description = "`low`, `medium` or `high`"),
    ("kind" = Option<String>, Query, description = "`normal` where it is not given"),
), responses((status = 200, body = WhatIf)))]
async fn what_if(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Json<WhatIf>, ApiFault> {
    Ok(Json(portal.approving.what_if(&actor, &Typed::from_pairs(query)).await?))
}

/// Delegations of the caller that hold now.
#[utoipa::path(get, path = "/api/v1/approval-delegations", tag = "changes", responses((status = 200, body = Delegations)))]
async fn delegations(Caller(actor): Caller, State(portal): State<Portal>) -> Result<Json<Delegations>, ApiFault> {
    let (given, taken) = portal.approving.delegations(&actor).await?;
    Ok(Json(Delegations { given, taken }))
}

/// Lets somebody approve in the caller's place until a moment. Only for a person who is logged in: a token is refused, because what it
/// made would outlive it.
#[utoipa::path(post, path = "/api/v1/approval-delegations", tag = "changes", security(("token" = ["changes.approve"])),
    request_body = DelegationBody, responses((status = 201, body = Delegation), (status = 409, description = "The caller is a token.")))]
async fn delegate(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<Delegation>, ApiFault> {
    let id = portal.approving.delegate(&actor, &typed).await?;
    let (given, _) = portal.approving.delegations(&actor).await?;
    let made = given.into_iter().find(|d| d.id == id).ok_or(Fault::Internal)?;
    Ok(Created::new(format!("/api/v1/approval-delegations/{id}"), made))
}

/// Ends a delegation now.
#[utoipa::path(delete, path = "/api/v1/approval-delegations/{id}", tag = "changes", params(("id" = String, Path)), responses((status = 204)))]
async fn end_delegation(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
) -> Result<axum::http::StatusCode, ApiFault> {
    let id = DelegationId::parse(&id).ok_or(Fault::NotFound("delegation"))?;
    portal.approving.end_delegation(&actor, &id).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

/// Approves several changes, each for itself.
#[utoipa::path(post, path = "/api/v1/approvals", tag = "changes", request_body = PicksBody, responses((status = 200, body = Vec<Picked>)))]
async fn approve_many(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Body(typed): Body<Typed>,
) -> Result<Json<Vec<Picked>>, ApiFault> {
    let answers = portal.approving.approve_many(&actor, &typed).await?;
    let told = |a: domain::changes::Answered| Picked { id: a.id, approved: a.approved, refused: a.refused.map(|wording| wording.key) };
    Ok(Json(answers.into_iter().map(told).collect()))
}
