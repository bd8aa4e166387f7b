//! Users and memberships.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use domain::{
    Fault, Page, Portal, Wording,
    form::Typed,
    id::{TeamId, UserId},
    people::{User, UserFilter},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    super::{ApiFault, Body, Caller, Created, PageQuery, Query},
    id,
};

pub(super) fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(one, edit))
        .routes(routes!(password))
        .routes(routes!(disable))
        .routes(routes!(enable))
        .routes(routes!(unlock))
        .routes(routes!(give, take))
}

/// Which users.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct UserQuery {
    /// Part of login, name or mail address.
    q: Option<String>,
    /// Id of a team.
    team: Option<String>,
    /// `true` or `false`.
    disabled: Option<bool>,
    /// Cursor: `next` of the page before.
    after: Option<String>,
    /// Rows wanted, 1 to 500; 50 where it is not given.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
}

/// Users by login.
#[utoipa::path(get, path = "/api/v1/users", tag = "people", params(UserQuery), security(("token" = ["people.manage"])),
    responses((status = 200, body = Page<User>)))]
async fn list(Caller(actor): Caller, State(portal): State<Portal>, Query(query): Query<UserQuery>) -> Result<Json<Page<User>>, ApiFault> {
    actor.require_everywhere(domain::Permission::ManagePeople)?;
    let wrong = |text: &str| Fault::invalid("team", text, Wording::new("expect-id"));
    let team = query.team.filter(|t| !t.is_empty()).map(|text| TeamId::parse(&text).ok_or_else(|| wrong(&text))).transpose()?;
    let page = PageQuery { after: query.after, limit: query.limit }.page()?;
    let filter = UserFilter { text: query.q.unwrap_or_default(), team, disabled: query.disabled };
    Ok(Json(portal.people.users(&actor, &filter, &page).await?))
}

/// Makes a user: `login`, `name`, `email`, `password`, and `team` (`*` for every team) with `role` for a first membership. They
/// choose a password of their own when they first enter, unless `keep` is true.
#[utoipa::path(post, path = "/api/v1/users", tag = "people", request_body = Object, security(("token" = ["people.manage"])),
    responses((status = 201, body = User)))]
async fn add(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<User>, ApiFault> {
    let user = portal.people.add_user(&actor, &typed).await?;
    Ok(Created::new(format!("/api/v1/users/{user}"), portal.people.user(&actor, &user).await?))
}

/// One user.
#[utoipa::path(get, path = "/api/v1/users/{id}", tag = "people", params(("id" = UserId, Path)), security(("token" = ["people.manage"])),
    responses((status = 200, body = User)))]
async fn one(Caller(actor): Caller, State(portal): State<Portal>, Path(user): Path<String>) -> Result<Json<User>, ApiFault> {
    Ok(Json(portal.people.user(&actor, &id(&user, "user")?).await?))
}

/// Edits `name` and `email`.
#[utoipa::path(put, path = "/api/v1/users/{id}", tag = "people", params(("id" = UserId, Path)), request_body = Object,
    security(("token" = ["people.manage"])), responses((status = 200, body = User)))]
async fn edit(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(user): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<User>, ApiFault> {
    let user: UserId = id(&user, "user")?;
    portal.people.edit_user(&actor, &user, &typed).await?;
    Ok(Json(portal.people.user(&actor, &user).await?))
}

/// Sets `password`; the user's sessions end. They choose a password of their own when they next enter, unless `keep` is true.
#[utoipa::path(post, path = "/api/v1/users/{id}/password", tag = "people", params(("id" = UserId, Path)), request_body = Object,
    security(("token" = ["people.manage"])), responses((status = 204)))]
async fn password(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(user): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<StatusCode, ApiFault> {
    portal.people.set_password(&actor, &id(&user, "user")?, &typed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Keeps a user out from the next request on.
#[utoipa::path(post, path = "/api/v1/users/{id}/disable", tag = "people", params(("id" = UserId, Path)),
    security(("token" = ["people.manage"])), responses((status = 204)))]
async fn disable(Caller(actor): Caller, State(portal): State<Portal>, Path(user): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.people.set_disabled(&actor, &id(&user, "user")?, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets a user in again.
#[utoipa::path(post, path = "/api/v1/users/{id}/enable", tag = "people", params(("id" = UserId, Path)),
    security(("token" = ["people.manage"])), responses((status = 204)))]
async fn enable(Caller(actor): Caller, State(portal): State<Portal>, Path(user): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.people.set_disabled(&actor, &id(&user, "user")?, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets wrong passwords.
#[utoipa::path(post, path = "/api/v1/users/{id}/unlock", tag = "people", params(("id" = UserId, Path)),
    security(("token" = ["people.manage"])), responses((status = 204)))]
async fn unlock(Caller(actor): Caller, State(portal): State<Portal>, Path(user): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.people.unlock(&actor, &id(&user, "user")?).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn member(typed: &Typed) -> Result<UserId, Fault> {
    let text = typed.get("user");
    UserId::parse(text).ok_or_else(|| Fault::invalid("user", text, Wording::new("expect-id")))
}

/// Gives `role` to `user` in `team` (`*` for every team); giving it again changes nothing.
#[utoipa::path(post, path = "/api/v1/memberships", tag = "people", request_body = Object, security(("token" = ["people.manage"])),
    responses((status = 204)))]
async fn give(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<StatusCode, ApiFault> {
    actor.require_everywhere(domain::Permission::ManagePeople)?;
    portal.people.add_membership(&actor, &member(&typed)?, &typed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which membership.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters; the one parser of the domain reads them")]
struct MembershipQuery {
    /// Id of the user.
    user: String,
    /// Id of the team; `*` for every team.
    team: String,
    /// Id of the role.
    role: String,
}

/// Takes a role from a user in a team.
#[utoipa::path(delete, path = "/api/v1/memberships", tag = "people", params(MembershipQuery), security(("token" = ["people.manage"])),
    responses((status = 204)))]
async fn take(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<StatusCode, ApiFault> {
    actor.require_everywhere(domain::Permission::ManagePeople)?;
    let typed = Typed::from_pairs(pairs);
    portal.people.remove_membership(&actor, &member(&typed)?, &typed).await?;
    Ok(StatusCode::NO_CONTENT)
}
