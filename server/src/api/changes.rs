//! `/api/v1/changes`, `/api/v1/freezes`.

mod files;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
};
use domain::{
    Fault, Page, PageRequest, Portal,
    changes::{Conflict, Detail, Filter, Freeze, Revised, Step, Summary, Waiting},
    form::Typed,
    id::{ChangeId, FreezeId},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    ApiFault, Body, Caller, Created, Query,
    extract::{PageQuery, read_body},
};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(list, request))
        .routes(routes!(waiting))
        .routes(routes!(check))
        .routes(routes!(detail, revise))
        .routes(routes!(submit))
        .routes(routes!(approve))
        .routes(routes!(reject))
        .routes(routes!(schedule))
        .routes(routes!(start))
        .routes(routes!(finish))
        .routes(routes!(close))
        .routes(routes!(cancel))
        .routes(routes!(comment))
        .routes(routes!(freezes, set_freeze))
        .routes(routes!(freeze, change_freeze, lift_freeze))
        .merge(files::routes())
}

/// What a request for a change holds.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct ChangeBody {
    /// One line.
    title: String,
    /// Id of the team that does the work; that of the first system where it is not given.
    team: Option<String>,
    /// Keys or ids of the systems it touches.
    systems: Vec<String>,
    /// Local wall time, e.g. `2025-03-14T02:00`.
    start: String,
    /// Local wall time.
    end: String,
    /// IANA zone, e.g. `Asia/Shanghai`.
    zone: String,
    /// What will be done, Markdown.
    plan: String,
    /// How it is undone, Markdown.
    rollback: String,
    /// Minutes that undoing it takes, 0 to 1,440; what is at risk in a window lasts as long as the work and this.
    rollback_minutes: Option<u32>,
    /// Who notices what.
    impact: Option<String>,
    /// `low`, `medium` or `high`.
    risk: String,
    /// Why.
    risk_reason: String,
    /// `normal`, `emergency` or, with a template, `standard`; normal where it is not given.
    kind: Option<String>,
    /// Id of the template that a standard change is made from.
    template: Option<String>,
    /// Name of what is brought.
    artifact: Option<String>,
    /// Its version.
    artifact_version: Option<String>,
    /// Its SHA-256 or commit, hexadecimal.
    artifact_sha: Option<String>,
    /// The plan step by step, at most 40.
    steps: Option<Vec<Step>>,
    /// Minutes that it is watched after the work, 10 to 720; 0: not at all; 60 where it is not given.
    verify_minutes: Option<u32>,
    /// Percentage points that failures may rise by, 0.01 to 10; 0.2 where it is not given.
    verify_margin: Option<String>,
    /// Percent that latency may rise by; 20 where it is not given.
    verify_latency: Option<u32>,
    /// Asks for approval at once.
    submit: Option<bool>,
    /// When editing: the version that was read.
    version: Option<i64>,
}

/// What an approver says.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct VerdictBody {
    /// The `hash` of the content that was read.
    hash: String,
    /// A remark; the reason where it is a refusal.
    remark: Option<String>,
}

/// How the work ended.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct FinishBody {
    /// `success`, `degraded`, `rolled-back` or `inconclusive`.
    outcome: String,
    /// What happened; needed unless all went as planned.
    remark: Option<String>,
}

/// A remark.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct RemarkBody {
    /// A reason; may be empty.
    remark: Option<String>,
}

/// How something that yields is gone past.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct StartBody {
    /// Goes past what yields, e.g. an open incident; kept and counted.
    r#override: Option<bool>,
    /// Why; needed with `override`.
    reason: Option<String>,
}

/// Something said.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct CommentBody {
    /// Markdown.
    text: String,
}

/// What a freeze holds.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct FreezeBody {
    /// `all`, `team` or `systems`.
    scope: String,
    /// Id of the team, for `team`.
    team: Option<String>,
    /// Keys or ids of the systems, for `systems`.
    systems: Option<Vec<String>>,
    /// Local wall time.
    start: String,
    /// Local wall time.
    end: String,
    /// IANA zone.
    zone: String,
    /// Why, one line.
    reason: String,
    /// An RRULE, where it comes again: each time as long on the wall as the first.
    rrule: Option<String>,
    /// Whether a reason goes past it; otherwise two people who break it.
    soft: Option<bool>,
    /// When editing: the version that was read.
    version: Option<i64>,
}

/// What would be in the way.
#[derive(Serialize, ToSchema)]
struct Conflicts {
    /// The worst first.
    conflicts: Vec<Conflict>,
}

pub(super) fn change_id(text: &str) -> Result<ChangeId, Fault> {
    ChangeId::parse(text).ok_or(Fault::NotFound("change"))
}

fn freeze_id(text: &str) -> Result<FreezeId, Fault> {
    FreezeId::parse(text).ok_or(Fault::NotFound("freeze"))
}

/// Lists changes, the latest window first.
#[utoipa::path(get, path = "/api/v1/changes", tag = "changes", security(("token" = ["read"])), params(
    ("q" = Option<String>, Query, description = "Words in title or requester, or a number"),
    ("state" = Option<Vec<String>>, Query, description = "States; may be repeated"),
    ("team" = Option<Vec<String>>, Query, description = "Ids of teams; may be repeated"),
    ("system" = Option<Vec<String>>, Query, description = "Ids of systems; may be repeated"),
    ("risk" = Option<Vec<String>>, Query, description = "Risks; may be repeated"),
    ("from" = Option<String>, Query, description = "RFC 3339: the window, or the work, overlaps from … to"),
    ("to" = Option<String>, Query, description = "RFC 3339"),
    ("after" = Option<String>, Query, description = "Cursor: `next` of the page before"),
    ("limit" = Option<u32>, Query, description = "Rows wanted, 1 to 500; 50 where it is not given"),
), responses((status = 200, body = Page<Summary>)))]
async fn list(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Json<Page<Summary>>, ApiFault> {
    let query = Typed::from_pairs(query);
    let page = PageRequest::parse(Some(query.get("after")), Some(query.get("limit")))?;
    Ok(Json(portal.changes.list(&actor, &Filter::parse(&query)?, &page).await?))
}

/// Requests a change; with `submit` it waits for approval at once.
#[utoipa::path(post, path = "/api/v1/changes", tag = "changes", security(("token" = ["changes.request"])),
    request_body = ChangeBody, responses((status = 201, body = Detail)))]
async fn request(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<Detail>, ApiFault> {
    let id = portal.changes.request(&actor, &typed).await?;
    let detail = portal.changes.detail(&actor, id.as_str()).await?;
    Ok(Created::new(format!("/api/v1/changes/{id}"), detail))
}

/// Changes that wait for the caller's approval, the earliest window first.
#[utoipa::path(get, path = "/api/v1/approvals", tag = "changes", responses((status = 200, body = Vec<Waiting>)))]
async fn waiting(Caller(actor): Caller, State(portal): State<Portal>) -> Result<Json<Vec<Waiting>>, ApiFault> {
    Ok(Json(portal.changes.waiting(&actor).await?))
}

/// Says what would be in the way of a change, without storing it.
#[utoipa::path(post, path = "/api/v1/changes/check", tag = "changes", security(("token" = ["changes.request"])),
    request_body = ChangeBody, responses((status = 200, body = Conflicts)))]
async fn check(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Json<Conflicts>, ApiFault> {
    Ok(Json(Conflicts { conflicts: portal.changes.check(&actor, None, &typed).await? }))
}

/// One change, by id or number (`CHG-12`).
#[utoipa::path(get, path = "/api/v1/changes/{id}", tag = "changes", params(("id" = String, Path)), security(("token" = ["read"])), responses((status = 200, body = Detail)))]
async fn detail(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Detail>, ApiFault> {
    Ok(Json(portal.changes.detail(&actor, &id).await?))
}

/// Edits a change; approvals given to other content are void.
#[utoipa::path(put, path = "/api/v1/changes/{id}", tag = "changes", params(("id" = String, Path)), security(("token" = ["changes.request"])),
    request_body = ChangeBody, responses((status = 200, body = Revised)))]
async fn revise(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Revised>, ApiFault> {
    Ok(Json(portal.changes.revise(&actor, &change_id(&id)?, &typed).await?))
}

/// Defines acts that take nothing and answer with the change afterwards.
macro_rules! acts {
    ($($(#[$doc:meta])* $name:ident $path:literal $permission:literal;)+) => {$(
        $(#[$doc])*
        #[utoipa::path(post, path = $path, tag = "changes", params(("id" = String, Path)), security(("token" = [$permission])), responses((status = 200, body = Detail)))]
        async fn $name(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Detail>, ApiFault> {
            portal.changes.$name(&actor, &change_id(&id)?).await?;
            Ok(Json(portal.changes.detail(&actor, &id).await?))
        }
    )+};
}

acts! {
    /// Asks for approval.
    submit "/api/v1/changes/{id}/submit" "changes.request";
    /// Takes an approved change into the plan.
    schedule "/api/v1/changes/{id}/schedule" "changes.execute";
    /// Ends the observation.
    close "/api/v1/changes/{id}/close" "changes.execute";
}

/// Begins the work: only inside the window, only when no freeze covers what is left of it. A body is needed only to go past
/// what yields.
#[utoipa::path(post, path = "/api/v1/changes/{id}/start", tag = "changes", params(("id" = String, Path)), security(("token" = ["changes.execute"])),
    request_body = StartBody, responses((status = 200, body = Detail)))]
async fn start(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>, body: Bytes) -> Result<Json<Detail>, ApiFault> {
    let typed = if body.is_empty() { Typed::default() } else { read_body(&body)? };
    portal.changes.start(&actor, &change_id(&id)?, &typed).await?;
    Ok(Json(portal.changes.detail(&actor, &id).await?))
}

/// Approves exactly the content whose hash was read.
#[utoipa::path(post, path = "/api/v1/changes/{id}/approve", tag = "changes", params(("id" = String, Path)),
    request_body = VerdictBody, responses((status = 200, body = Detail)))]
async fn approve(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Detail>, ApiFault> {
    portal.changes.approve(&actor, &change_id(&id)?, &typed).await?;
    Ok(Json(portal.changes.detail(&actor, &id).await?))
}

/// Refuses, with a reason.
#[utoipa::path(post, path = "/api/v1/changes/{id}/reject", tag = "changes", params(("id" = String, Path)),
    request_body = VerdictBody, responses((status = 200, body = Detail)))]
async fn reject(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Detail>, ApiFault> {
    portal.changes.reject(&actor, &change_id(&id)?, &typed).await?;
    Ok(Json(portal.changes.detail(&actor, &id).await?))
}

/// Ends the work with an outcome.
#[utoipa::path(post, path = "/api/v1/changes/{id}/finish", tag = "changes", params(("id" = String, Path)), security(("token" = ["changes.execute"])),
    request_body = FinishBody, responses((status = 200, body = Detail)))]
async fn finish(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Detail>, ApiFault> {
    portal.changes.finish(&actor, &change_id(&id)?, &typed).await?;
    Ok(Json(portal.changes.detail(&actor, &id).await?))
}

/// Withdraws a change.
#[utoipa::path(post, path = "/api/v1/changes/{id}/cancel", tag = "changes", params(("id" = String, Path)), security(("token" = ["changes.request"])),
    request_body = RemarkBody, responses((status = 200, body = Detail)))]
async fn cancel(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Detail>, ApiFault> {
    portal.changes.cancel(&actor, &change_id(&id)?, &typed).await?;
    Ok(Json(portal.changes.detail(&actor, &id).await?))
}

/// Adds to the discussion.
#[utoipa::path(post, path = "/api/v1/changes/{id}/comments", tag = "changes", params(("id" = String, Path)), security(("token" = ["changes.request"])),
    request_body = CommentBody, responses((status = 200, body = Detail)))]
async fn comment(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Detail>, ApiFault> {
    portal.changes.comment(&actor, &change_id(&id)?, &typed).await?;
    Ok(Json(portal.changes.detail(&actor, &id).await?))
}

/// Freezes that have not ended, or with `past=true` all: those that end last first, so the past ones last.
#[utoipa::path(get, path = "/api/v1/freezes", tag = "changes", security(("token" = ["read"])),
    params(("past" = Option<bool>, Query, description = "Also those that are over"), PageQuery), responses((status = 200, body = Page<Freeze>)))]
async fn freezes(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Json<Page<Freeze>>, ApiFault> {
    let query = Typed::from_pairs(query);
    let page = PageRequest::parse(Some(query.get("after")), Some(query.get("limit")))?;
    Ok(Json(portal.changes.freezes(&actor, query.get("past") == "true", &page).await?))
}

/// Sets a freeze.
#[utoipa::path(post, path = "/api/v1/freezes", tag = "changes", security(("token" = ["freezes.set"])),
    request_body = FreezeBody, responses((status = 201, body = Freeze)))]
async fn set_freeze(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<Freeze>, ApiFault> {
    let id = portal.changes.set_freeze(&actor, &typed).await?;
    let freeze = portal.changes.freeze(&actor, &id).await?;
    Ok(Created::new(format!("/api/v1/freezes/{id}"), freeze))
}

/// One freeze.
#[utoipa::path(get, path = "/api/v1/freezes/{id}", tag = "changes", params(("id" = String, Path)), security(("token" = ["read"])), responses((status = 200, body = Freeze)))]
async fn freeze(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Freeze>, ApiFault> {
    Ok(Json(portal.changes.freeze(&actor, &freeze_id(&id)?).await?))
}

/// Changes a freeze.
#[utoipa::path(put, path = "/api/v1/freezes/{id}", tag = "changes", params(("id" = String, Path)), security(("token" = ["freezes.set"])),
    request_body = FreezeBody, responses((status = 200, body = Freeze)))]
async fn change_freeze(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Freeze>, ApiFault> {
    let id = freeze_id(&id)?;
    portal.changes.change_freeze(&actor, &id, &typed).await?;
    Ok(Json(portal.changes.freeze(&actor, &id).await?))
}

/// Removes a freeze.
#[utoipa::path(delete, path = "/api/v1/freezes/{id}", tag = "changes", params(("id" = String, Path)), security(("token" = ["freezes.set"])), responses((status = 204)))]
async fn lift_freeze(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
) -> Result<axum::http::StatusCode, ApiFault> {
    portal.changes.lift_freeze(&actor, &freeze_id(&id)?).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}
