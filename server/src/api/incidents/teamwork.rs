//! `/api/v1/incidents/{id}/…` around an incident: responders, tasks, the runbook, merging, links, systems; and the rules of
//! the house.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use domain::{
    Fault, Portal,
    form::Typed,
    id::TaskId,
    incidents::{Role, Rules, Task},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::find;
use crate::api::{ApiFault, Body, Caller, Created};

/// The endpoints of this part.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(give_role))
        .routes(routes!(take_role))
        .routes(routes!(add_task))
        .routes(routes!(tick_task, remove_task))
        .routes(routes!(pin))
        .routes(routes!(merge))
        .routes(routes!(link))
        .routes(routes!(unlink))
        .routes(routes!(add_system))
        .routes(routes!(remove_system))
        .routes(routes!(rules, set_rules))
        .routes(routes!(save_role, remove_role))
}

/// Who shall hold which role.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct ResponderBody {
    /// `me`, or the id of a user who may work incidents in its team.
    user: String,
    /// Key of a role; with `commander` they lead.
    role: String,
}

/// What is to be done.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct TaskBody {
    /// What, in a line.
    task: String,
    /// `me`, or the id of a user who may work incidents in its team; left out for nobody in particular.
    assignee: Option<String>,
    /// By when: RFC 3339, or wall time in `zone`.
    due: Option<String>,
    /// IANA name of a zone; UTC where it is left out.
    zone: Option<String>,
}

/// Whether it is done.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read as fields")]
struct TickBody {
    /// `true`: done; `false`: to be done.
    done: bool,
}

/// Which runbook is pinned.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct RunbookBody {
    /// Id of a system, `own`, or nothing for that of the first system.
    runbook_of: Option<String>,
    /// With `own`: Markdown.
    runbook: Option<String>,
}

/// What it turned out to be.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct MergeBody {
    /// The other incident, by id or number.
    into: String,
}

/// What belongs to it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct LinkBody {
    /// The other incident, by id or number.
    other: String,
    /// `related`, `caused-by` or `duplicate`.
    kind: String,
}

/// A system.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct SystemBody {
    /// Id of the system.
    add_system: String,
}

/// The rules of the house.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct RulesBody {
    /// How long after resolution a fault that comes back reopens the incident, in minutes; 0: never.
    reopen_minutes: i64,
}

/// A role.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct RoleBody {
    /// Its English name.
    name: String,
    /// Its Chinese name.
    name_zh: String,
}

/// The incident that another one was merged into.
#[derive(Serialize, ToSchema)]
struct Merged {
    /// Its number.
    number: i64,
}

/// Gives somebody a role in the incident.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/responders", tag = "incidents", security(("token" = ["incidents.work"])), params(("id" = String, Path, description = "id or number")),
    request_body = ResponderBody, responses((status = 204)))]
async fn give_role(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<StatusCode, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    portal.incidents.add_responder(&actor, &id, &typed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a role from somebody.
#[utoipa::path(delete, path = "/api/v1/incidents/{id}/responders/{user}/{role}", tag = "incidents", security(("token" = ["incidents.work"])),
    params(("id" = String, Path, description = "id or number"), ("user" = String, Path, description = "id of the user, or `me`"), ("role" = String, Path, description = "key of the role")),
    responses((status = 204)))]
async fn take_role(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path((id, user, role)): Path<(String, String, String)>,
) -> Result<StatusCode, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    let typed = Typed::from_pairs([("user".to_owned(), user), ("role".to_owned(), role)]);
    portal.incidents.remove_responder(&actor, &id, &typed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Writes down what is to be done.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/tasks", tag = "incidents", security(("token" = ["incidents.work"])), params(("id" = String, Path, description = "id or number")),
    request_body = TaskBody, responses((status = 201, body = Task)))]
async fn add_task(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Created<Task>, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    let task = portal.incidents.add_task(&actor, &id, &typed).await?;
    Ok(Created::new(format!("/api/v1/incidents/{id}/tasks/{}", task.id), task))
}

/// It is done, or to be done again.
#[utoipa::path(put, path = "/api/v1/incidents/{id}/tasks/{task}", tag = "incidents", security(("token" = ["incidents.work"])),
    params(("id" = String, Path, description = "id or number"), ("task" = String, Path, description = "id of the task")),
    request_body = TickBody, responses((status = 204)))]
async fn tick_task(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path((id, task)): Path<(String, String)>,
    Body(typed): Body<Typed>,
) -> Result<StatusCode, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    let task = TaskId::parse(&task).ok_or(Fault::NotFound("task"))?;
    portal.incidents.tick_task(&actor, &id, &task, typed.has("done")).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// It need not be done.
#[utoipa::path(delete, path = "/api/v1/incidents/{id}/tasks/{task}", tag = "incidents", security(("token" = ["incidents.work"])),
    params(("id" = String, Path, description = "id or number"), ("task" = String, Path, description = "id of the task")), responses((status = 204)))]
async fn remove_task(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path((id, task)): Path<(String, String)>,
) -> Result<StatusCode, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    let task = TaskId::parse(&task).ok_or(Fault::NotFound("task"))?;
    portal.incidents.remove_task(&actor, &id, &task).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Pins a runbook.
#[utoipa::path(put, path = "/api/v1/incidents/{id}/runbook", tag = "incidents", security(("token" = ["incidents.work"])), params(("id" = String, Path, description = "id or number")),
    request_body = RunbookBody, responses((status = 204)))]
async fn pin(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<StatusCode, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    portal.incidents.pin_runbook(&actor, &id, &typed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// It turned out to be another incident: alerts, responders and open tasks go there.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/merge", tag = "incidents", security(("token" = ["incidents.work"])), params(("id" = String, Path, description = "id or number")),
    request_body = MergeBody, responses((status = 200, body = Merged), (status = 409, description = "one of the two was merged, or is over while this one lasts")))]
async fn merge(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Merged>, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    let number = portal.incidents.merge(&actor, &id, &typed).await?;
    Ok(Json(Merged { number }))
}

/// Says that another incident belongs to it.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/links", tag = "incidents", security(("token" = ["incidents.work"])), params(("id" = String, Path, description = "id or number")),
    request_body = LinkBody, responses((status = 204)))]
async fn link(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<StatusCode, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    portal.incidents.link(&actor, &id, &typed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes back that another incident belongs to it.
#[utoipa::path(delete, path = "/api/v1/incidents/{id}/links/{other}/{kind}", tag = "incidents", security(("token" = ["incidents.work"])),
    params(("id" = String, Path, description = "id or number"), ("other" = String, Path, description = "id or number"), ("kind" = String, Path, description = "`related`, `caused-by` or `duplicate`")),
    responses((status = 204)))]
async fn unlink(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path((id, other, kind)): Path<(String, String, String)>,
) -> Result<StatusCode, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    let typed = Typed::from_pairs([("other".to_owned(), other), ("kind".to_owned(), kind)]);
    portal.incidents.unlink(&actor, &id, &typed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// It concerns a system as well.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/systems", tag = "incidents", security(("token" = ["incidents.work"])), params(("id" = String, Path, description = "id or number")),
    request_body = SystemBody, responses((status = 204)))]
async fn add_system(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<StatusCode, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    portal.incidents.set_system(&actor, &id, &typed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// It does not concern a system; the first one stays.
#[utoipa::path(delete, path = "/api/v1/incidents/{id}/systems/{system}", tag = "incidents", security(("token" = ["incidents.work"])),
    params(("id" = String, Path, description = "id or number"), ("system" = String, Path, description = "id of the system")), responses((status = 204)))]
async fn remove_system(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path((id, system)): Path<(String, String)>,
) -> Result<StatusCode, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    let typed = Typed::from_pairs([("remove_system".to_owned(), system)]);
    portal.incidents.set_system(&actor, &id, &typed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The rules of the house for all incidents.
#[utoipa::path(get, path = "/api/v1/incident-rules", tag = "incidents", security(("token" = ["read"])), responses((status = 200, body = Rules)))]
async fn rules(Caller(actor): Caller, State(portal): State<Portal>) -> Result<Json<Rules>, ApiFault> {
    Ok(Json(portal.incidents.rules(&actor).await?))
}

/// Sets within what time a relapse reopens an incident.
#[utoipa::path(put, path = "/api/v1/incident-rules", tag = "incidents", security(("token" = ["settings.manage"])), request_body = RulesBody, responses((status = 204)))]
async fn set_rules(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<StatusCode, ApiFault> {
    portal.incidents.set_rules(&actor, &typed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Adds a role, or renames it.
#[utoipa::path(put, path = "/api/v1/incident-roles/{key}", tag = "incidents", security(("token" = ["settings.manage"])), params(("key" = String, Path, description = "handle of the role")),
    request_body = RoleBody, responses((status = 200, body = Role)))]
async fn save_role(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(key): Path<String>,
    Body(mut typed): Body<Typed>,
) -> Result<Json<Role>, ApiFault> {
    typed.set("key", key);
    Ok(Json(portal.incidents.save_role(&actor, &typed).await?))
}

/// Removes a role that nobody holds in an open incident.
#[utoipa::path(delete, path = "/api/v1/incident-roles/{key}", tag = "incidents", security(("token" = ["settings.manage"])), params(("key" = String, Path, description = "handle of the role")),
    responses((status = 204), (status = 409, description = "somebody holds it")))]
async fn remove_role(Caller(actor): Caller, State(portal): State<Portal>, Path(key): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.incidents.remove_role(&actor, &key).await?;
    Ok(StatusCode::NO_CONTENT)
}
