//! Teams and roles.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use domain::{
    Fault, Page, Portal,
    form::Typed,
    id::{RoleId, TeamId},
    people::{Role, Team},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    super::{ApiFault, Body, Caller, Created},
    id,
};

pub(super) fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(teams, add_team))
        .routes(routes!(edit_team, remove_team))
        .routes(routes!(roles, add_role))
        .routes(routes!(edit_role, remove_role))
}

async fn team(portal: &Portal, actor: &domain::Actor, id: &TeamId) -> Result<Team, Fault> {
    portal.people.teams(actor).await?.into_iter().find(|t| t.id == *id).ok_or(Fault::NotFound("team"))
}

async fn role(portal: &Portal, actor: &domain::Actor, id: &RoleId) -> Result<Role, Fault> {
    portal.people.roles(actor).await?.into_iter().find(|r| r.id == *id).ok_or(Fault::NotFound("role"))
}

/// Teams that the caller may read, all on one page.
#[utoipa::path(get, path = "/api/v1/teams", tag = "people", responses((status = 200, body = Page<Team>)))]
async fn teams(Caller(actor): Caller, State(portal): State<Portal>) -> Result<Json<Page<Team>>, ApiFault> {
    Ok(Json(Page { items: portal.people.teams(&actor).await?, next: None }))
}

/// Makes a team: `key`, `name`.
#[utoipa::path(post, path = "/api/v1/teams", tag = "people", request_body = Object, security(("token" = ["people.manage"])),
    responses((status = 201, body = Team)))]
async fn add_team(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<Team>, ApiFault> {
    let id = portal.people.add_team(&actor, &typed).await?;
    Ok(Created::new(format!("/api/v1/teams/{id}"), team(&portal, &actor, &id).await?))
}

/// Edits a team.
#[utoipa::path(put, path = "/api/v1/teams/{id}", tag = "people", params(("id" = TeamId, Path)), request_body = Object,
    security(("token" = ["people.manage"])), responses((status = 200, body = Team)))]
async fn edit_team(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(which): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Team>, ApiFault> {
    let which: TeamId = id(&which, "team")?;
    portal.people.edit_team(&actor, &which, &typed).await?;
    Ok(Json(team(&portal, &actor, &which).await?))
}

/// Removes a team that owns nothing and has no members.
#[utoipa::path(delete, path = "/api/v1/teams/{id}", tag = "people", params(("id" = TeamId, Path)),
    security(("token" = ["people.manage"])), responses((status = 204)))]
async fn remove_team(Caller(actor): Caller, State(portal): State<Portal>, Path(which): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.people.remove_team(&actor, &id(&which, "team")?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Every role, all on one page.
#[utoipa::path(get, path = "/api/v1/roles", tag = "people", security(("token" = ["people.manage"])),
    responses((status = 200, body = Page<Role>)))]
async fn roles(Caller(actor): Caller, State(portal): State<Portal>) -> Result<Json<Page<Role>>, ApiFault> {
    Ok(Json(Page { items: portal.people.roles(&actor).await?, next: None }))
}

/// Makes a role: `key`, `name`, `name_zh`, `home`, `permissions`.
#[utoipa::path(post, path = "/api/v1/roles", tag = "people", request_body = Object, security(("token" = ["people.manage"])),
    responses((status = 201, body = Role)))]
async fn add_role(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<Role>, ApiFault> {
    let id = portal.people.add_role(&actor, &typed).await?;
    Ok(Created::new(format!("/api/v1/roles/{id}"), role(&portal, &actor, &id).await?))
}

/// Edits a role; holders feel it with their next request.
#[utoipa::path(put, path = "/api/v1/roles/{id}", tag = "people", params(("id" = RoleId, Path)), request_body = Object,
    security(("token" = ["people.manage"])), responses((status = 200, body = Role)))]
async fn edit_role(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(which): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Role>, ApiFault> {
    let which: RoleId = id(&which, "role")?;
    portal.people.edit_role(&actor, &which, &typed).await?;
    Ok(Json(role(&portal, &actor, &which).await?))
}

/// Removes a role that nobody has.
#[utoipa::path(delete, path = "/api/v1/roles/{id}", tag = "people", params(("id" = RoleId, Path)),
    security(("token" = ["people.manage"])), responses((status = 204)))]
async fn remove_role(Caller(actor): Caller, State(portal): State<Portal>, Path(which): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.people.remove_role(&actor, &id(&which, "role")?).await?;
    Ok(StatusCode::NO_CONTENT)
}
