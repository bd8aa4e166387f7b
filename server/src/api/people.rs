//! `/api/v1/{me,users,teams,roles,memberships,tokens}`.

mod keep;
mod tokens;
mod users;

use axum::{Json, extract::State};
use domain::{
    Fault, Portal,
    people::{Preferences, User},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Caller};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new().routes(routes!(me)).merge(users::routes()).merge(keep::routes()).merge(tokens::routes())
}

/// The caller, and what they hold through this session or token.
#[derive(Debug, Serialize, ToSchema)]
struct Me {
    user: User,
    preferences: Preferences,
    /// Held in every team.
    everywhere: domain::PermissionSet,
    /// Held in single teams, by the id of the team.
    #[schema(value_type = std::collections::BTreeMap<String, Vec<domain::Permission>>)]
    teams: std::collections::BTreeMap<String, domain::PermissionSet>,
}

/// Who calls, and what they may do.
#[utoipa::path(get, path = "/api/v1/me", tag = "people", responses((status = 200, body = Me)))]
async fn me(Caller(actor): Caller, State(portal): State<Portal>) -> Result<Json<Me>, ApiFault> {
    let (user, preferences) = portal.people.me(&actor).await?;
    let teams = actor.grants.teams.iter().map(|(team, set)| (team.to_string(), *set)).collect();
    Ok(Json(Me { user, preferences, everywhere: actor.grants.everywhere, teams }))
}

/// The id in a path; what is no id names nothing.
fn id<T: std::str::FromStr>(text: &str, noun: &'static str) -> Result<T, Fault> {
    text.parse().map_err(|_| Fault::NotFound(noun))
}
